"""The services of each kind of deployment: one row each. Roles, listeners, scale rules and variables follow from it.

A regional service writes events into the outbox table of its own database; the outbox publisher alone sends them on.
The global services send their few events themselves.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from cidr import Environment, Kind
from components.apps.workload import Scale
from deployments.catalogue.databases import databases_of
from deployments.catalogue.grants import Grant

Duty = Literal["application", "publisher"]
"""What a service may do in its databases (tenancy knows the same words): work with its tables, or empty the outbox."""


@dataclass(frozen=True, kw_only=True)
class Service:
    """A container app.

    databases: those it connects to, with `pool` connections a replica to each. sends, receives: hubs of its own
    deployment or of the global one. containers: of blobs, read and written. cache: uses Redis. http: answers requests;
    without, it only works. grants: roles beyond those that follow from the rest. replicas: where not those of its
    environment.
    """

    name: str
    kind: Kind
    databases: tuple[str, ...] = ()
    duty: Duty = "application"
    pool: int = 3
    sends: tuple[str, ...] = ()
    receives: tuple[str, ...] = ()
    containers: tuple[str, ...] = ()
    cache: bool = True
    http: bool = True
    grants: tuple[Grant, ...] = ()
    replicas: Scale | None = None


def _regional(name: str, *, receives: tuple[str, ...] = (), containers: tuple[str, ...] = ()) -> Service:
    """A service around a database of its own, which is named after it."""
    return Service(name=name, kind="regional", databases=(f"{name}_service",), receives=receives, containers=containers)


_ONE: Final = Scale(least=1, most=1)

SERVICES: Final = (
    Service(
        name="tenant-registry",
        kind="global",
        databases=("tenant_registry", "global_config"),
        sends=("tenant-events",),
        receives=("tenant-events",),
    ),
    Service(name="master-data", kind="global", databases=("master_data",), sends=("masterdata-events",)),
    Service(
        name="file-ingestion",
        kind="global",
        databases=("global_config",),
        sends=("file-ingestion-events",),
        receives=("file-ingestion-events",),
        containers=("ingest",),
    ),
    # Pages and scripts, for whoever comes: it asks the APIs as its caller, and has nothing of its own.
    Service(name="front-end", kind="global", cache=False),
    _regional("user", receives=("tenant-events",)),
    _regional("form", receives=("tenant-events",), containers=("documents",)),
    _regional("rule", receives=("tenant-events",)),
    _regional("declaration", receives=("file-ingestion-events",), containers=("documents", "media")),
    _regional("review", receives=("declaration-events",), containers=("documents",)),
    _regional("case", receives=("review-events",), containers=("documents",)),
    _regional("notification", receives=("user-events", "declaration-events", "review-events")),
    _regional("analytics", receives=("declaration-events", "review-events"), containers=("exports", "reports")),
    # Nothing wakes it when a row appears in an outbox, so it never sleeps; two at once would send out of order.
    Service(
        name="outbox-publisher",
        kind="regional",
        databases=databases_of("regional"),
        duty="publisher",
        pool=1,
        sends=(
            "user-events",
            "declaration-events",
            "review-events",
            "audit-events",
            "tenant-events",
            "file-ingestion-events",
        ),
        cache=False,
        http=False,
        replicas=_ONE,
    ),
    Service(
        name="audit-consumer",
        kind="regional",
        receives=("audit-events",),
        containers=("audit",),
        cache=False,
        http=False,
    ),
)

# dev scales to nothing and no wider than its small database has connections; prod keeps two, which Azure spreads over
# zones.
SCALES: Final[Mapping[Environment, Scale]] = {
    Environment.DEV: Scale(least=0, most=1),
    Environment.STG: Scale(least=1, most=5),
    Environment.PROD: Scale(least=2, most=10),
}


def services_of(kind: Kind) -> tuple[Service, ...]:
    """The services of a kind of deployment, in the order of the table."""
    return tuple(service for service in SERVICES if service.kind == kind)


def scale_of(service: Service, environment: Environment) -> Scale:
    """Replicas of a service in an environment."""
    return service.replicas or SCALES[environment]
