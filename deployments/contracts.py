"""What crosses from one deployment to another, typed: from a global to its regionals, from a regional to its peers.

Two halves. `DeploymentIds` is computed: ids are functions of subscription, group and name, so a deployment previews
alone. `NetworkFacts` is read from the outputs of the other's stack: only what names cannot give. A deployment that
finds one missing goes on with an unknown in a preview, with a warning, and stops in an up; None never flows on
(`get_output` gives it silently). Nothing of the contract is secret: under another passphrase secrets arrive as `{}`.
Destroying never needs the other deployment.
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, fields
from typing import Any, Final, Self, cast

import pulumi

from cidr import DeploymentName
from components.conventions import Names

OUTPUT: Final = "contract"  # the output of a stack that holds its facts for others


@dataclass(frozen=True, kw_only=True)
class DeploymentIds:
    """What a deployment's settings and names say about its network, with no stack asked.

    `apps_prefix`: the addresses of its apps subnet.
    """

    names: Names
    subscription_id: str
    apps_prefix: str

    @property
    def deployment(self) -> DeploymentName:
        """The deployment."""
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
        return self.id_of("Microsoft.Network/virtualNetworks", self.network_name)

    def id_of(self, kind: str, name: str) -> str:
        """The ARM id of a resource in its group. `kind`: ARM's type."""
        return f"/subscriptions/{self.subscription_id}/resourceGroups/{self.group}/providers/{kind}/{name}"


@dataclass(frozen=True, kw_only=True)
class GlobalIds(DeploymentIds):
    """The same of a global deployment, and what its regionals share. `edge_prefix`: the subnet of its gateway."""

    edge_prefix: str

    @property
    def event_hubs_name(self) -> str:
        """Name of its Event Hubs namespace."""
        return self.names.of("event_hubs_namespace")

    @property
    def event_hubs_id(self) -> str:
        """The ARM id of its Event Hubs namespace."""
        return self.id_of("Microsoft.EventHub/namespaces", self.event_hubs_name)

    @property
    def kafka_bootstrap(self) -> str:
        """Host and port of the namespace's Kafka endpoint.

        https://learn.microsoft.com/azure/event-hubs/azure-event-hubs-apache-kafka-overview
        """
        return f"{self.event_hubs_name}.servicebus.windows.net:9093"

    @property
    def registry_id(self) -> str:
        """The ARM id of the environment's registry."""
        return self.id_of("Microsoft.ContainerRegistry/registries", self.names.of("container_registry"))

    @property
    def login_server(self) -> str:
        """Host name of the environment's registry.

        https://learn.microsoft.com/azure/container-registry/container-registry-concepts#registry
        """
        return f"{self.names.of('container_registry')}.azurecr.io"


@dataclass(frozen=True, kw_only=True)
class NetworkFacts:
    """What only a running deployment knows of its network; every field is a text that is not empty.

    `environment_domain`: default domain of its Container Apps environment, also the name of that one's private zone.
    The others change when something is made anew whose id stays: here its network.
    """

    environment_domain: pulumi.Output[str]
    network_guid: pulumi.Output[str]

    def published(self) -> dict[str, pulumi.Output[str]]:
        """The value of the output `contract`."""
        return {_KEYS[each.name]: getattr(self, each.name) for each in fields(self)}

    @classmethod
    def read(cls, deployment: DeploymentName, coming: Callable[[str], Awaitable[str]] | None = None) -> Self:
        """The facts of a deployment from its stack's outputs, in the same backend.

        coming: looks for a fact, by the name of its field, where the deployment is brought up at this moment; None
        where it stands. Pulumi itself refuses a stack that was never made.
        """
        keys = {each.name: _KEYS[each.name] for each in fields(cls)}
        stack = f"{pulumi.get_organization()}/{pulumi.get_project()}/{deployment}"
        published = pulumi.StackReference(str(deployment), stack_name=stack).get_output(OUTPUT)

        def complete(value: object) -> dict[str, Any]:
            return _complete(value, keys.values(), deployment)

        if coming is not None:
            return cls(**{name: _told_or_found(published, key, name, coming) for name, key in keys.items()})
        facts = cast("pulumi.Output[dict[str, str]]", published.apply(complete))
        return cls(**{name: facts[key] for name, key in keys.items()})


@dataclass(frozen=True, kw_only=True)
class GlobalFacts(NetworkFacts):
    """The same of a global deployment, and of its event hubs and its registry.

    `keystone_id`: ARM id of what its regionals lock (components/guarding/keystone.py); it stands when all else does.
    """

    event_hubs_created_at: pulumi.Output[str]
    registry_created_at: pulumi.Output[str]
    keystone_id: pulumi.Output[str]


# Attribute → key in the output, which deployments of earlier releases read too: a rename breaks them.
_KEYS: Final = {
    "environment_domain": "environmentDomain",
    "network_guid": "networkGuid",
    "event_hubs_created_at": "eventHubsCreatedAt",
    "registry_created_at": "registryCreatedAt",
    "keystone_id": "keystoneId",
}


def _told_or_found(
    published: pulumi.Output[Any], key: str, name: str, coming: Callable[[str], Awaitable[str]]
) -> pulumi.Output[str]:
    """The fact that is an output already, else the one that is looked for; each waits for itself alone."""

    def fact(value: object) -> Awaitable[str] | str:
        found = cast("Mapping[str, object]", value) if isinstance(value, Mapping) else {}
        told = found.get(key)
        return told if isinstance(told, str) and told else coming(name)

    return published.apply(fact)


def _complete(value: object, keys: Iterable[str], deployment: DeploymentName) -> dict[str, Any]:
    """The facts found; those missing are unknown in a preview. Raises RunError in an up, naming them."""
    found = cast("Mapping[str, object]", value) if isinstance(value, Mapping) else {}
    missing = [key for key in keys if not (isinstance(found.get(key), str) and found[key])]
    if missing:
        told = f"{deployment} has no output {', '.join(f'{OUTPUT}.{key}' for key in missing)}"
        if not pulumi.runtime.is_dry_run():
            raise pulumi.RunError(
                f"{told}: allowed is a text for each. Bring it up first: pulumi up -s {deployment} (./cfctl up does)"
            )
        pulumi.log.warn(
            f"{told}: the preview goes on with unknown values. Bring {deployment} up before this deployment."
        )
    return {key: pulumi.UNKNOWN if key in missing else found[key] for key in keys}
