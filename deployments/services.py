"""The services of a deployment as container apps: what each is told, and what makes it wider."""

from collections.abc import Iterable, Mapping
from typing import Final

import pulumi

from components.apps.container_service import ContainerService, ContainerServiceArgs, KafkaTrigger
from components.apps.database_gate import DatabaseGate
from components.apps.workload import Ingress
from components.messaging.hub_listener import HubListener, HubListenerArgs
from deployments.catalogue.hubs import DEAD_LETTER_CONTAINER
from deployments.catalogue.services import Service, scale_of
from deployments.catalogue.workloads import listener_secret
from deployments.options import told_by_options
from deployments.permissions import Roles
from deployments.world import World

# Messages that a consumer may lie behind before another replica helps.
_LAG: Final = 100


def listen(
    world: World, hub_provider: pulumi.ProviderResource | None, opts: pulumi.ResourceOptions
) -> dict[str, HubListener]:
    """Declare what the scale rules of consumers read with, by hub.

    `hub_provider`: for hubs of a global deployment in another subscription.
    """
    base, rule = world.base, f"listen-{world.blueprint.settings.deployment}"
    own = world.blueprint.settings.subscription_id
    return {
        row.name: HubListener(
            f"listen-{row.name}",
            HubListenerArgs(
                place=base.place,
                namespace_group=world.topics[row.name].group,
                namespace_name=world.topics[row.name].namespace,
                hub=row.name,
                rule_name=rule,
                vault_name=base.vault.name,
                secret_name=listener_secret(row.name),
                replaced_with=world.topics[row.name].made_anew,
                hub_provider=hub_provider if world.topics[row.name].subscription_id != own else None,
            ),
            opts,
        )
        for row in world.runs.consumed
    }


def run(
    world: World,
    roles: Roles,
    listeners: Mapping[str, HubListener],
    gate: DatabaseGate,
    opts: pulumi.ResourceOptions,
    *,
    told: Mapping[str, pulumi.Input[str]] | None = None,
) -> dict[str, ContainerService]:
    """Declare the services, by name. `told`: variables that all of them get beside their own."""
    blueprint, base = world.blueprint, world.base
    made: dict[str, ContainerService] = {}
    for service in world.runs.services:
        before = pulumi.ResourceOptions(depends_on=[gate, *roles[service.name], *base.ways.made])
        made[service.name] = ContainerService(
            service.name,
            ContainerServiceArgs(
                place=base.place,
                service=service.name,
                identity=world.identities[service.name],
                environment_id=base.environment.id,
                default_domain=base.environment.default_domain,
                workspace_id=base.logs.id,
                image=blueprint.images[service.name],
                registry=None if service.name in blueprint.placeholders else world.registry.login_server,
                ingress=Ingress.NETWORK if service.http else Ingress.NONE,
                scale=scale_of(service, blueprint.settings.deployment.environment),
                triggers=[_trigger(world, service, name) for name in service.receives],
                secrets={listener_secret(name): listeners[name].secret_uri for name in service.receives},
                variables={**(told or {}), **_variables(world, service), **told_by_options(world, service.name)},
            ),
            pulumi.ResourceOptions.merge(opts, before),
        )
    return made


def _consumer_group(world: World, service: Service) -> str:
    """Kafka's group id: unique in a namespace that several deployments share."""
    return f"{world.blueprint.settings.deployment}.{service.name}"


def _trigger(world: World, service: Service, name: str) -> KafkaTrigger:
    return KafkaTrigger(
        name=f"lag-{name}",
        bootstrap=world.topics[name].bootstrap,
        topic=name,
        consumer_group=_consumer_group(world, service),
        secret=listener_secret(name),
        lag=_LAG,
    )


def _variables(world: World, service: Service) -> dict[str, pulumi.Input[str]]:
    """What a service is told of its world: what its row names and no more, and nothing secret."""
    data = world.data
    found: dict[str, pulumi.Input[str]] = {
        "DEPLOYMENT": str(world.blueprint.settings.deployment),
        "APPLICATIONINSIGHTS_CONNECTION_STRING": world.base.insights.connection_string,
    }
    if tenant := world.blueprint.settings.options.dedicated_tenant:
        found["DEDICATED_TENANT"] = tenant  # the one that it accepts
    if service.databases:
        found["POSTGRES_HOST"] = data.postgres.host
        found["POSTGRES_USER"] = world.blueprint.names.of("user_assigned_identity", service.name)
        found["POSTGRES_DATABASES"] = _listed(data.postgres.databases[name] for name in service.databases)
        found["POSTGRES_POOL_SIZE"] = str(service.pool)
    if service.http:  # by which the gateway checks tokens; an environment is of one Entra tenant
        found["ENTRA_TENANT_ID"] = world.blueprint.settings.tenant_id
        found["ENTRA_AUDIENCE"] = world.blueprint.audience
    if service.cache:
        found["REDIS_HOST"] = data.redis.host
        found["REDIS_PORT"] = data.redis.port.apply(str)
    if containers := [*service.containers, *([DEAD_LETTER_CONTAINER] if service.receives else [])]:
        found["BLOB_ENDPOINT"] = data.storage.blob_endpoint
        found["BLOB_CONTAINERS"] = ",".join(containers)
    dead = [world.runs.hub(name).dead_letters for name in service.receives]
    for part, hubs in (("SENDS", service.sends), ("RECEIVES", service.receives), ("DEAD_LETTERS", dead)):
        if hubs:
            found[f"KAFKA_{part}"] = _listed(
                pulumi.Output.concat(each, "=", world.topics[each].bootstrap) for each in hubs
            )
    if service.receives:
        found["KAFKA_GROUP"] = _consumer_group(world, service)
    return found


def _listed(values: Iterable[pulumi.Output[str]]) -> pulumi.Output[str]:
    return pulumi.Output.all(*values).apply(lambda each: ",".join(map(str, each)))
