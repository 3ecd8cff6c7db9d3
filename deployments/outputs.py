"""The outputs of a deployment's stack, typed: what a person, cfctl or another stack may read. Nothing is secret."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi

from components.apps.container_service import ContainerService
from deployments.catalogue.hubs import hubs_in
from deployments.contracts import OUTPUT, NetworkFacts
from deployments.world import World


@dataclass(frozen=True, kw_only=True)
class DeploymentOutputs:
    """What every deployment tells.

    `service_urls`: by service, reachable from inside the network. `placeholders`: workloads that have no image of their
    own yet, where a public sample runs. `gateway_url`: of a global; the address of the whole platform in its
    environment. `contract`: what others need to know of a global, or of a regional that has peers.
    """

    resource_group: pulumi.Output[str]
    network_id: pulumi.Output[str]
    environment_domain: pulumi.Output[str]
    postgres_host: pulumi.Output[str]
    databases: Sequence[pulumi.Output[str]]
    redis_host: pulumi.Output[str]
    kafka_bootstrap: pulumi.Output[str]
    hubs: Sequence[str]
    blob_endpoint: pulumi.Output[str]
    registry: pulumi.Output[str]
    key_vault_uri: pulumi.Output[str]
    service_urls: Mapping[str, pulumi.Output[str]]
    placeholders: Sequence[str]
    gateway_url: pulumi.Output[str] | None = None
    contract: NetworkFacts | None = None

    def export(self) -> None:
        """Make them outputs of the stack."""
        named: dict[str, Any] = {
            "resourceGroup": self.resource_group,
            "networkId": self.network_id,
            "environmentDomain": self.environment_domain,
            "postgresHost": self.postgres_host,
            "databases": list(self.databases),
            "redisHost": self.redis_host,
            "kafkaBootstrap": self.kafka_bootstrap,
            "hubs": list(self.hubs),
            "blobEndpoint": self.blob_endpoint,
            "registry": self.registry,
            "keyVaultUri": self.key_vault_uri,
            "serviceUrls": dict(self.service_urls),
            "placeholders": list(self.placeholders),
        }
        if self.gateway_url is not None:
            named["gatewayUrl"] = self.gateway_url
        if self.contract is not None:
            named[OUTPUT] = self.contract.published()
        for name, value in named.items():
            pulumi.export(name, value)


def outputs_of(
    world: World,
    apps: Mapping[str, ContainerService],
    gateway_url: pulumi.Output[str] | None = None,
    contract: NetworkFacts | None = None,
) -> DeploymentOutputs:
    """The outputs of a deployment."""
    base, data, hubs = world.base, world.data, world.runs.hubs or world.runs.own_hubs
    return DeploymentOutputs(
        resource_group=pulumi.Output.from_input(base.place.group),
        network_id=base.network.id,
        environment_domain=base.environment.default_domain,
        postgres_host=data.postgres.host,
        databases=list(data.postgres.databases.values()),
        redis_host=data.redis.host,
        kafka_bootstrap=pulumi.Output.from_input(world.topics[hubs[0].name].bootstrap),
        hubs=list(hubs_in(hubs)),
        blob_endpoint=data.storage.blob_endpoint,
        registry=pulumi.Output.from_input(world.registry.login_server),
        key_vault_uri=base.vault.uri,
        service_urls={name: app.url for name, app in apps.items() if app.url is not None},
        placeholders=world.blueprint.placeholders,
        gateway_url=gateway_url,
        contract=contract,
    )
