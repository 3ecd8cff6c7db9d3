"""What runs in a deployment beside its services, and what every workload may do.

A workload is whatever has an identity of its own: each service, the gateway of a global deployment, the tenancy job.
"""

from typing import Final

from cidr import KINDS, Kind
from deployments.catalogue.grants import FOR_EVERYONE, Grant, keeps, reads_secret, receives, sends
from deployments.catalogue.hubs import DEAD_LETTER_CONTAINER, HubRow, hub, hubs_of
from deployments.catalogue.services import Service, services_of

GATEWAY: Final = "gateway"
TENANCY: Final = "tenancy"


def workloads_of(kind: Kind) -> tuple[str, ...]:
    """Whatever has an identity in a deployment of this kind."""
    own = (TENANCY, GATEWAY) if kind == "global" else (TENANCY,)
    return (*own, *(service.name for service in services_of(kind)))


def listener_secret(hub_name: str) -> str:
    """The secret in a deployment's vault by which its consumers of a hub are scaled."""
    return f"listen-{hub_name}"


def grants_of(service: Service) -> tuple[Grant, ...]:
    """Every role that a service has: what its row says and what follows from it, each once."""
    derived = [
        *FOR_EVERYONE,
        *map(sends, service.sends),
        *(grant for name in service.receives for grant in _consuming(hub(name))),
        *map(keeps, service.containers),
        *([keeps(DEAD_LETTER_CONTAINER)] if service.receives else []),
        *service.grants,
    ]
    return tuple({(grant.role, grant.on): grant for grant in derived}.values())


def _consuming(row: HubRow) -> tuple[Grant, ...]:
    """Receive, put aside what cannot be processed, and let the environment see how far behind the group is."""
    return receives(row.name), sends(row.dead_letters), reads_secret(listener_secret(row.name))


def consumed_by(kind: Kind) -> tuple[HubRow, ...]:
    """The hubs that services of a deployment of this kind consume: each needs one listener."""
    names = {name for service in services_of(kind) for name in service.receives}
    return tuple(row for row in hubs_of(*KINDS) if row.name in names)


def cached_by(kind: Kind) -> tuple[str, ...]:
    """The services that use Redis."""
    return tuple(service.name for service in services_of(kind) if service.cache)
