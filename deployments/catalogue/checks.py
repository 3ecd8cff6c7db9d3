"""The rows of the catalogue held against each other and against the settings, before anything is declared."""

from collections.abc import Iterable, Iterator, Sequence

from cidr import KINDS, Fault, FaultsError
from cidr.faults import nearest
from components.conventions import REGIONS
from components.options.queue_names import poison
from deployments.catalogue.databases import connections_of
from deployments.catalogue.options import on_queue
from deployments.catalogue.residency import residency_faults
from deployments.catalogue.selection import Selection
from deployments.catalogue.services import Service, scale_of
from deployments.catalogue.workloads import TENANCY
from stacks import Settings

_FILE = "deployments/catalogue/services.py"
# Beside the services: the tenancy job and a person who looks.
SPARE_CONNECTIONS = 3


def check_catalogue(settings: Settings, runs: Selection) -> None:
    """Raise FaultsError with every row that names what is not there, and for more connections than the server has.

    `runs`: what the deployment runs; the rows of the other kind are held too, a fault there stops its own deployments.
    """
    others = [Selection(kind=kind) for kind in KINDS if kind != runs.kind]
    faults = [fault for each in (runs, *others) for service in each.services for fault in _faults_of(service, each)]
    faults += [fault for each in (runs, *others) for fault in _names_taken(each)]
    faults += _too_many_connections(settings, runs)
    faults += _not_offered(settings)
    faults += residency_faults(settings)
    if faults:
        raise FaultsError(faults)


def _faults_of(service: Service, runs: Selection) -> Iterator[Fault]:
    where = f"{_FILE} {service.name}"
    hubs, containers = [row.name for row in runs.reachable], [row.name for row in runs.containers]
    yield from _unknown(f"{where}.databases", "database", service.databases, runs.databases)
    yield from _unknown(f"{where}.sends", "hub", service.sends, hubs)
    yield from _unknown(f"{where}.receives", "hub", service.receives, hubs)
    yield from _unknown(f"{where}.containers", "container", service.containers, containers)
    targets = [
        *("registry", "insights", "vault", "storage"),
        *(f"hub:{name}" for name in [*hubs, *(row.dead_letters for row in runs.reachable)]),
        *(f"container:{name}" for name in containers),
        *(on_queue(name) for queue in runs.queues for name in (queue, poison(queue))),
    ]
    yield from _unknown(f"{where}.grants", "target", [grant.on for grant in service.grants], targets)


def _unknown(where: str, what: str, names: Iterable[str], known: Sequence[str]) -> Iterator[Fault]:
    for name in names:
        if name not in known:
            step = f"write {nearest(name, known) or known[0]!r}, or add the {what} to its table"
            yield Fault(where=where, what=f"no {what} {name!r}", allowed=", ".join(known), next_step=step)


def _names_taken(runs: Selection) -> Iterator[Fault]:
    names = [name for name in runs.workloads if name != TENANCY]
    for name in sorted({name for name in names if names.count(name) > 1}):
        where, what = f"{_FILE} {name}", f"two {runs.kind} services have the name {name!r}"
        yield Fault(where=where, what=what, allowed="each name once", next_step="choose another name")


def _too_many_connections(settings: Settings, runs: Selection) -> Iterator[Fault]:
    """A pool is opened by each replica to each database: together they fit what the server leaves to users."""
    deployment, sku = settings.deployment, settings.postgres.sku_name
    wanted = sum(
        service.pool * len(service.databases) * scale_of(service, deployment.environment).most
        for service in runs.services
    )
    offered = connections_of(sku) - SPARE_CONNECTIONS
    if wanted > offered:
        yield Fault(
            where=f"stacks/Pulumi.{deployment}.yaml settings.postgres.sku_name",
            what=f"the services of {deployment} open up to {wanted} connections, {sku} has {offered} for them",
            allowed=f"services x databases x pool x replicas up to {offered}",
            next_step=f"take a larger sku_name, or make a pool smaller in {_FILE}",
        )


def _not_offered(settings: Settings) -> Iterator[Fault]:
    """A size that Azure does not sell in the region fails after minutes; the table of regions knows before."""
    region = REGIONS[settings.deployment.region]
    sizes = (
        ("Microsoft.DBforPostgreSQL/flexibleServers", "postgres", settings.postgres.sku_name),
        ("Microsoft.Cache/redisEnterprise", "redis", settings.redis.sku_name),
    )
    for resource_type, part, sku in sizes:
        if (row := region.missing(resource_type, sku)) is not None:
            yield Fault(
                where=f"stacks/Pulumi.{settings.deployment}.yaml settings.{part}.sku_name",
                what=f"{sku} is not offered in {region.display}: {row.note} ({row.source})",
                allowed=f"sizes that are not {row.feature} there",
                next_step="take another sku_name, or correct components/conventions/regions.yaml",
            )
