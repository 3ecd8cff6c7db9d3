"""All that a deployment is made from, read and checked before anything is declared.

A program that fails half way has its declared resources made all the same: so whatever input can be wrong is taken
here, where nothing has been declared yet.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
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
from deployments.contracts import GlobalIds
from deployments.images import CachedRepositories, load_images
from stacks import Settings, load_settings


@dataclass(frozen=True, kw_only=True)
class Blueprint:
    """Plain values only.

    `runs`: what the deployment runs. `halves`: the addresses of its network and of its standby. `images`,
    `placeholders`: of its services and the gateway. `tenancy_image`: `{repository}@{digest}` of the job that prepares
    the databases; `job_images`: of the jobs that a queue starts. `upstream`: what the environment's registry pulls.
    `neighbours`: whom the network's rules know outside of it. `global_ids`: of the global deployment that a regional
    one is joined to; None for a global.
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

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """The blueprint of the deployment that `settings` describes.

        Raises FaultsError for a deployment without addresses, a row of the catalogue that names what is not there, a
        workload without an image where it needs one, and the stack file of the global deployment that a regional one
        needs.
        """
        deployment = settings.deployment
        check_catalogue(settings, Selection.of(settings))
        check_routes(ROUTES, {kind: [row.name for row in services_of(kind) if row.http] for kind in KINDS})
        images, runs = load_images(deployment.environment), Selection.of(settings)
        services = [row.name for row in runs.services] + ([GATEWAY] if deployment.kind == "global" else [])
        ids = None if deployment.needs is None else _ids_of(deployment.needs)
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
                _around_global(settings, halves.own) if ids is None else _around_regional(settings, ids),
            ),
            global_ids=ids,
        )


def _ids_of(deployment: DeploymentName) -> GlobalIds:
    settings, plan = load_settings(str(deployment)), load_map().plan(deployment)
    return GlobalIds(
        names=Names(deployment, settings.application_code),
        subscription_id=settings.subscription_id,
        apps_prefix=str(plan.slot("apps").network),
        edge_prefix=str(plan.slot("edge").network),
    )


def _around_regional(settings: Settings, ids: GlobalIds) -> Neighbours:
    return Neighbours(gateway=(ids.edge_prefix,), global_apps=(ids.apps_prefix,), internet=_internet(settings))


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
