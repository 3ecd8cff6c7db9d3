"""All that a deployment is made from, read and checked before anything is declared.

A program that fails half way has its declared resources made all the same: so whatever input can be wrong is taken
here, where nothing has been declared yet.
"""

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Self

from cidr import KINDS, AddressPlan, DeploymentName, load_map
from components.apps.workload import Image
from components.conventions import REGIONS, Names, RegionInfo, tags_for
from components.gateway.routes import check_routes
from components.network.security_rules import Neighbours
from components.recovery.addresses import Halves
from deployments.catalogue.checks import check_catalogue
from deployments.catalogue.routes import ROUTES
from deployments.catalogue.selection import Selection
from deployments.catalogue.services import services_of
from deployments.catalogue.workloads import GATEWAY, TENANCY
from deployments.contracts import DeploymentIds, GlobalIds
from deployments.expiry import Expiry
from deployments.exports import Exports
from deployments.images import CachedRepositories, load_images
from stacks import Settings, check_agreement, load_settings, precedes


@dataclass(frozen=True, kw_only=True)
class Blueprint:
    """Plain values only.

    `runs`: what the deployment runs. `halves`: the addresses of its network and of its standby. `images`,
    `placeholders`: of its services and the gateway. `tenancy_image`: `{repository}@{digest}` of the job that prepares
    the databases; `job_images`: of the jobs that a queue starts. `upstream`: what the environment's registry pulls.
    `neighbours`: whom the network's rules know outside of it. `global_ids`: of the global deployment that a regional
    one is joined to; None for a global. `joins`: of the peers that this one makes the peerings with. `exports`:
    where the tenancy job keeps what it exports. `audience`: what tokens of callers are for, as the gateway of the
    environment checks them. `expiry`: when it may be taken down.
    """

    settings: Settings
    runs: Selection
    halves: Halves
    region: RegionInfo
    names: Names
    tags: Mapping[str, str]
    images: Mapping[str, Image]
    placeholders: tuple[str, ...]
    tenancy_image: str
    job_images: Mapping[str, str]
    upstream: tuple[CachedRepositories, ...]
    neighbours: Neighbours
    global_ids: GlobalIds | None
    joins: tuple[DeploymentIds, ...]
    exports: Exports
    audience: str
    expiry: Expiry

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """The blueprint of the deployment that `settings` describes.

        Raises FaultsError for a deployment without addresses, a row of the catalogue that names what is not there, a
        workload without an image where it needs one, the stack files of the global deployment that a regional one needs
        and of its peers, what those say of it that it does not say of them, and a variable that gives it no sound end.
        """
        deployment = settings.deployment
        check_agreement(settings)
        runs = Selection.of(settings, _guest_of(settings))
        check_catalogue(settings, runs)
        check_routes(ROUTES, {kind: [row.name for row in services_of(kind) if row.http] for kind in KINDS})
        images = load_images(deployment.environment)
        services = [row.name for row in runs.services] + ([GATEWAY] if deployment.kind == "global" else [])
        ids = None if deployment.needs is None else _ids_of_global(deployment.needs)
        peers = [_ids_of(load_settings(str(peer))) for peer in settings.options.peers]
        halves = Halves.of(load_map(), load_map().plan(deployment))
        return cls(
            settings=settings,
            runs=runs,
            halves=halves,
            region=REGIONS[deployment.region],
            names=Names(deployment, settings.application_code),
            tags=tags_for(deployment, owner=settings.owner, cost_center=settings.cost_center),
            images=images.of(services),
            placeholders=tuple(name for name in services if images.is_placeholder(name)),
            tenancy_image=images.of_job(TENANCY),
            job_images={row.name: images.of_job(row.name) for row in runs.jobs},
            upstream=images.upstream,
            neighbours=_with_replica(
                settings,
                halves,
                _around_global(settings, halves.own) if ids is None else _around_regional(settings, ids, peers),
            ),
            global_ids=ids,
            joins=tuple(peer for peer in peers if precedes(peer.deployment, deployment)),
            exports=Exports.of(deployment),
            audience=_audience_of(settings),
            expiry=Expiry.of(settings, os.environ, datetime.now(UTC)),
        )


def _guest_of(settings: Settings) -> Settings | None:
    """The settings of the regional whose hubs lie in the global namespace of the environment."""
    needs = settings.deployment.needs
    guest = (settings if needs is None else load_settings(str(needs))).hosts_hubs_of
    if guest == settings.deployment:
        return settings
    return None if guest is None else load_settings(str(guest))


def _audience_of(settings: Settings) -> str:
    """The audience of the environment's tokens: its global deployment has the gateway. Raises ValueError without one,
    which no stack file of a global that was read is.
    """
    needs = settings.deployment.needs
    above = settings if needs is None else load_settings(str(needs))
    if above.gateway is None:
        raise ValueError(f"{above.deployment} has no gateway in its settings")
    return above.gateway.audience


def _ids_of_global(deployment: DeploymentName) -> GlobalIds:
    edge = load_map().plan(deployment).slot("edge").network
    return GlobalIds(**vars(_ids_of(load_settings(str(deployment)))), edge_prefix=str(edge))


def _ids_of(settings: Settings) -> DeploymentIds:
    return DeploymentIds(
        names=Names(settings.deployment, settings.application_code),
        subscription_id=settings.subscription_id,
        apps_prefix=str(load_map().plan(settings.deployment).slot("apps").network),
    )


def _around_regional(settings: Settings, ids: GlobalIds, peers: Iterable[DeploymentIds]) -> Neighbours:
    return Neighbours(
        gateway=(ids.edge_prefix,),
        global_apps=(ids.apps_prefix,),
        peers=tuple(peer.apps_prefix for peer in peers),
        internet=_internet(settings),
    )


def _with_replica(settings: Settings, halves: Halves, neighbours: Neighbours) -> Neighbours:
    """A persistent deployment's database speaks to its replica in the standby network."""
    if settings.ephemeral:
        return neighbours
    return replace(neighbours, replicas=(str(halves.standby.slot("db").network),))


def _internet(settings: Settings) -> tuple[str, ...]:
    """Azure's tag for everything outside, where the containers have a way out at all."""
    return ("Internet",) if settings.options.nat_egress else ()


def _around_global(settings: Settings, plan: AddressPlan) -> Neighbours:
    """Regionals: the live ones of its environment, the only ones that its rules let in."""
    allocations = load_map()
    return Neighbours(
        # Behind Front Door its firewall has the list; the network lets in nobody from outside.
        clients=settings.gateway.allow_list if settings.gateway and not settings.front_door else (),
        gateway=(str(plan.slot("edge").network),),
        internet=_internet(settings),
        regionals=tuple(
            str(allocations.plan(name).slot("apps").network)
            for name, block in allocations.owned.items()
            if name.needs == settings.deployment and block.status == "live"
        ),
    )
