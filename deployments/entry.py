"""The one way in from outside: the gateway, alone in an environment of its own.

Public in dev and stg for the addresses of an allow list; in prod its environment is internal, behind Front Door.
Why an environment of its own: docs/decisions/0010-an-edge-environment.md.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import pulumi

from cidr import KINDS, Environment
from components.apps.container_environment import ContainerEnvironment, ContainerEnvironmentArgs
from components.apps.workload import Scale
from components.conventions import REGIONS, AccountNames
from components.edge.domain import Domain, Zone
from components.edge.front_door import FrontDoor, FrontDoorArgs
from components.gateway.gateway import Gateway, GatewayArgs
from components.gateway.routes import READINESS_PATH
from deployments.catalogue.routes import ROUTES
from deployments.catalogue.services import services_of
from deployments.catalogue.workloads import GATEWAY
from deployments.foundations import zone_redundant
from deployments.gate import azure_of
from deployments.permissions import Roles
from deployments.world import World

EDGE: Final = "edge"
# The way in answers at once, in dev too; what it forwards to may have to wake up.
_SCALES: Final[Mapping[Environment, Scale]] = {
    Environment.DEV: Scale(least=1, most=2),
    Environment.STG: Scale(least=1, most=3),
    Environment.PROD: Scale(least=2, most=10),
}


@dataclass(frozen=True, kw_only=True)
class Entry:
    """The gateway, its environment, and Front Door before them where there is one; `url`: the platform's address."""

    edge: ContainerEnvironment
    gateway: Gateway
    front_door: FrontDoor | None

    @property
    def url(self) -> pulumi.Output[str]:
        """Where the platform is asked from outside."""
        return self.front_door.url if self.front_door else self.gateway.url


def open_entry(world: World, roles: Roles, opts: pulumi.ResourceOptions) -> Entry:
    """Declare the edge environment and the gateway. Raises ValueError for settings without a gateway."""
    blueprint, base = world.blueprint, world.base
    settings, gateway = blueprint.settings, blueprint.settings.gateway
    if gateway is None:
        raise ValueError(f"{settings.deployment} has no gateway in its settings")
    environment, public = settings.deployment.environment, settings.front_door is None
    edge = ContainerEnvironment(
        EDGE,
        ContainerEnvironmentArgs(
            place=base.place,
            subnet_id=base.network.subnet_ids[EDGE],
            workspace_id=base.logs.id,
            descriptor=EDGE,
            public=public,
            links={} if public else {"own": base.own_link},
            zone_redundant=zone_redundant(blueprint),
        ),
        opts,
    )
    made = Gateway(
        GATEWAY,
        GatewayArgs(
            place=base.place,
            identity=world.identities[GATEWAY],
            environment_id=edge.id,
            default_domain=edge.default_domain,
            workspace_id=base.logs.id,
            image=blueprint.images[GATEWAY],
            registry=None if GATEWAY in blueprint.placeholders else world.registry.login_server,
            routes=ROUTES,
            services={kind: [service.name for service in services_of(kind) if service.http] for kind in KINDS},
            global_domain=base.environment.default_domain,
            regions=[region.azure_name for region in REGIONS.values()],
            entra_tenant_id=settings.tenant_id,
            audience=gateway.audience,
            allow_list=gateway.allow_list if public else (),
            public=public,
            scale=_SCALES[environment],
        ),
        pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(depends_on=[*roles[GATEWAY], *base.ways.made])),
    )
    return Entry(edge=edge, gateway=made, front_door=_front_door(world, edge, made, opts))


def _front_door(
    world: World, edge: ContainerEnvironment, gateway: Gateway, opts: pulumi.ResourceOptions
) -> FrontDoor | None:
    settings, base = world.blueprint.settings, world.base
    front, entry = settings.front_door, settings.gateway
    if front is None or entry is None:
        return None
    group = AccountNames(settings.application_code).of("resource_group")
    domain = front.domain and Domain(
        host_name=front.domain.host_name,
        zone=Zone(name=front.domain.zone, group=group) if front.domain.zone else None,
    )
    return FrontDoor(
        "front-door",
        FrontDoorArgs(
            place=base.place,
            workspace_id=base.logs.id,
            environment_id=edge.id,
            environment_domain=edge.default_domain,
            gateway_url=gateway.url,
            health_path=READINESS_PATH,
            requests_per_minute=front.requests_per_minute,
            provider=azure_of(opts),
            kept=[row.prefix for row in ROUTES if row.public],
            domain=domain,
            allow_list=entry.allow_list,
        ),
        opts,
    )
