"""What crosses from a global deployment to its regionals, typed.

Two halves. `GlobalIds` is computed: ids are functions of subscription, group and name, so a regional previews alone.
`GlobalFacts` is read from the outputs of the global stack: only what names cannot give. A regional that finds one
missing goes on with an unknown in a preview, with a warning, and stops in an up; None never flows on (`get_output`
gives it silently). Nothing of the contract is secret: under another passphrase secrets arrive as `{}`.
Destroying never needs the global deployment.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Self, cast

import pulumi

from cidr import DeploymentName
from components.conventions import Names

OUTPUT: Final = "contract"  # the output of a global stack that holds its facts


@dataclass(frozen=True, kw_only=True)
class GlobalIds:
    """What a global deployment's settings and names say about its resources, with no stack asked.

    `apps_prefix`, `edge_prefix`: the addresses of its apps subnet, and of the subnet of its gateway.
    """

    names: Names
    subscription_id: str
    apps_prefix: str
    edge_prefix: str

    @property
    def deployment(self) -> DeploymentName:
        """The global deployment."""
        return self.names.deployment

    @property
    def group(self) -> str:
        """Name of its resource group."""
        return self.names.of("resource_group")

    @property
    def network_name(self) -> str:
        """Name of its virtual network."""
        return self.names.of("virtual_network")

    @property
    def network_id(self) -> str:
        """The ARM id of its virtual network."""
        return self._id("Microsoft.Network/virtualNetworks", self.network_name)

    @property
    def event_hubs_name(self) -> str:
        """Name of its Event Hubs namespace."""
        return self.names.of("event_hubs_namespace")

    @property
    def event_hubs_id(self) -> str:
        """The ARM id of its Event Hubs namespace."""
        return self._id("Microsoft.EventHub/namespaces", self.event_hubs_name)

    @property
    def kafka_bootstrap(self) -> str:
        """Host and port of the namespace's Kafka endpoint.

        https://learn.microsoft.com/azure/event-hubs/azure-event-hubs-apache-kafka-overview
        """
        return f"{self.event_hubs_name}.servicebus.windows.net:9093"

    @property
    def registry_id(self) -> str:
        """The ARM id of the environment's registry."""
        return self._id("Microsoft.ContainerRegistry/registries", self.names.of("container_registry"))

    @property
    def login_server(self) -> str:
        """Host name of the environment's registry.

        https://learn.microsoft.com/azure/container-registry/container-registry-concepts#registry
        """
        return f"{self.names.of('container_registry')}.azurecr.io"

    def _id(self, kind: str, name: str) -> str:
        return f"/subscriptions/{self.subscription_id}/resourceGroups/{self.group}/providers/{kind}/{name}"


@dataclass(frozen=True, kw_only=True)
class GlobalFacts:
    """What only a running global deployment knows; every field is a text that is not empty.

    `environment_domain`: default domain of its Container Apps environment, also the name of that one's private zone.
    The others change when something is made anew whose id stays: its network, its event hubs, its registry.
    """

    environment_domain: pulumi.Output[str]
    network_guid: pulumi.Output[str]
    event_hubs_created_at: pulumi.Output[str]
    registry_created_at: pulumi.Output[str]

    def published(self) -> dict[str, pulumi.Output[str]]:
        """The value of the output `contract`."""
        return {key: getattr(self, name) for name, key in _KEYS.items()}

    @classmethod
    def read(cls, deployment: DeploymentName) -> Self:
        """The facts of a global deployment from its stack's outputs, in the same backend.

        Pulumi itself refuses a stack that was never made.
        """
        stack = f"{pulumi.get_organization()}/{pulumi.get_project()}/{deployment}"
        reference = pulumi.StackReference(str(deployment), stack_name=stack)

        def complete(value: object) -> dict[str, Any]:
            return _complete(value, deployment)

        facts = cast("pulumi.Output[dict[str, str]]", reference.get_output(OUTPUT).apply(complete))
        return cls(**{name: facts[key] for name, key in _KEYS.items()})


# Attribute → key in the output, which regionals of earlier releases read too: a rename breaks them.
_KEYS: Final = {
    "environment_domain": "environmentDomain",
    "network_guid": "networkGuid",
    "event_hubs_created_at": "eventHubsCreatedAt",
    "registry_created_at": "registryCreatedAt",
}


def _complete(value: object, deployment: DeploymentName) -> dict[str, Any]:
    """The facts found; those missing are unknown in a preview. Raises RunError in an up, naming them."""
    found = cast("Mapping[str, object]", value) if isinstance(value, Mapping) else {}
    missing = [key for key in _KEYS.values() if not (isinstance(found.get(key), str) and found[key])]
    if missing:
        told = f"{deployment} has no output {', '.join(f'{OUTPUT}.{key}' for key in missing)}"
        if not pulumi.runtime.is_dry_run():
            raise pulumi.RunError(
                f"{told}: allowed is a text for each. Bring it up first: pulumi up -s {deployment} (./cfctl up does)"
            )
        pulumi.log.warn(
            f"{told}: the preview goes on with unknown values. Bring {deployment} up before this deployment."
        )
    return {key: pulumi.UNKNOWN if key in missing else found[key] for key in _KEYS.values()}
