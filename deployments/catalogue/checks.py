"""The rows of the catalogue held against each other, before anything is declared."""

from collections.abc import Iterable, Iterator, Sequence

from cidr import KINDS, Fault, FaultsError, Kind
from cidr.faults import nearest
from components.conventions import REGIONS
from deployments.catalogue.containers import CONTAINERS
from deployments.catalogue.databases import connections_of, databases_of
from deployments.catalogue.grants import Grant
from deployments.catalogue.hubs import hubs_of
from deployments.catalogue.services import Service, every_service, scale_of
from stacks import Settings

_FILE = "deployments/catalogue/services.py"
# Beside the services: the tenancy job and a person who looks.
SPARE_CONNECTIONS = 3


def check_catalogue(settings: Settings) -> None:
    """Raise FaultsError with every row that names what is not there, and for more connections than the server has."""
    services = every_service()
    faults = [fault for service in services for fault in _faults_of(service)]
    faults += _names_taken(services)
    faults += _too_many_connections(settings, services)
    faults += _not_offered(settings)
    if faults:
        raise FaultsError(faults)


def _faults_of(service: Service) -> Iterator[Fault]:
    rows = hubs_of(*_reach(service.kind))
    hubs = [row.name for row in rows]
    where = f"{_FILE} {service.name}"
    yield from _unknown(f"{where}.databases", "database", service.databases, databases_of(service.kind))
    yield from _unknown(f"{where}.sends", "hub", service.sends, hubs)
    yield from _unknown(f"{where}.receives", "hub", service.receives, hubs)
    containers = [row.name for row in CONTAINERS[service.kind]]
    yield from _unknown(f"{where}.containers", "container", service.containers, containers)
    dead = [row.dead_letters for row in rows]
    for grant in service.grants:
        yield from _unknown_target(f"{where}.grants", grant, [*hubs, *dead], containers)


def _reach(kind: Kind) -> tuple[Kind, ...]:
    """Whose hubs a service may use: its own deployment's, and a regional also its global's."""
    return KINDS if kind == "regional" else ("global",)


def _unknown_target(where: str, grant: Grant, hubs: Sequence[str], containers: Sequence[str]) -> Iterator[Fault]:
    targets = [
        *("registry", "insights", "vault", "storage"),
        *(f"hub:{name}" for name in hubs),
        *(f"container:{name}" for name in containers),
    ]
    yield from _unknown(where, "target", (grant.on,), targets)


def _unknown(where: str, what: str, names: Iterable[str], known: Sequence[str]) -> Iterator[Fault]:
    for name in names:
        if name not in known:
            step = f"write {nearest(name, known) or known[0]!r}, or add the {what} to its table"
            yield Fault(where=where, what=f"no {what} {name!r}", allowed=", ".join(known), next_step=step)


def _names_taken(services: Sequence[Service]) -> Iterator[Fault]:
    seen: set[tuple[Kind, str]] = set()
    for service in services:
        if (service.kind, service.name) in seen:
            where, what = f"{_FILE} {service.name}", f"two {service.kind} services have the name {service.name!r}"
            yield Fault(where=where, what=what, allowed="each name once", next_step="choose another name")
        seen.add((service.kind, service.name))


def _too_many_connections(settings: Settings, services: Sequence[Service]) -> Iterator[Fault]:
    """A pool is opened by each replica to each database: together they fit what the server leaves to users."""
    deployment, sku = settings.deployment, settings.postgres.sku_name
    own = [service for service in services if service.kind == deployment.kind]
    wanted = sum(
        service.pool * len(service.databases) * scale_of(service, deployment.environment).most for service in own
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
