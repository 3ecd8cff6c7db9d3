"""What one deployment runs: the rows of its kind, with those that its options add, and what follows from them."""

from dataclasses import dataclass
from functools import cached_property
from typing import Self

from cidr import Kind
from components.data.blob_containers import Container
from deployments.catalogue.containers import CONTAINERS
from deployments.catalogue.databases import databases_of
from deployments.catalogue.grants import FOR_EVERYONE, Grant, keeps, reads_secret, receives, sends
from deployments.catalogue.hubs import DEAD_LETTER_CONTAINER, HubRow, hubs_of
from deployments.catalogue.options import Option, QueuedJob, options_of
from deployments.catalogue.services import Service, services_of
from deployments.catalogue.workloads import GATEWAY, TENANCY, listener_secret
from stacks import Settings


@dataclass(frozen=True, kw_only=True)
class Selection:
    """The rows of one deployment, in the order of the tables, those of options last."""

    kind: Kind
    options: tuple[Option, ...] = ()

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """What the settings of a deployment ask for."""
        kind = settings.deployment.kind
        return cls(kind=kind, options=options_of(kind, settings.options.named()))

    @property
    def databases(self) -> tuple[str, ...]:
        """The databases of its server."""
        return (*databases_of(self.kind), *(name for option in self.options for name in option.databases))

    @property
    def hubs(self) -> tuple[HubRow, ...]:
        """The hubs of its own namespace, without those of dead letters."""
        return (*hubs_of(self.kind), *(row for option in self.options for row in option.hubs))

    @property
    def reachable(self) -> tuple[HubRow, ...]:
        """Every hub that its services may use: a regional's also those of its global."""
        return (*hubs_of("global"), *self.hubs) if self.kind == "regional" else self.hubs

    @property
    def containers(self) -> tuple[Container, ...]:
        """The containers of its blobs."""
        return (*CONTAINERS[self.kind], *(row for option in self.options for row in option.containers))

    @property
    def services(self) -> tuple[Service, ...]:
        """Its services."""
        return (*services_of(self.kind), *(row for option in self.options for row in option.services))

    @property
    def jobs(self) -> tuple[QueuedJob, ...]:
        """The jobs that a queue starts."""
        return tuple(row for option in self.options for row in option.jobs)

    @property
    def queues(self) -> tuple[str, ...]:
        """The queues that work waits in, without their poison queues."""
        return tuple(name for option in self.options for name in option.queues)

    @property
    def workloads(self) -> tuple[str, ...]:
        """Whatever has an identity: the tenancy job, the gateway of a global, each service, each job."""
        own = (TENANCY, GATEWAY) if self.kind == "global" else (TENANCY,)
        return (*own, *(row.name for row in self.services), *(row.name for row in self.jobs))

    @property
    def cached(self) -> tuple[str, ...]:
        """The services that use Redis."""
        return tuple(row.name for row in self.services if row.cache)

    @property
    def consumed(self) -> tuple[HubRow, ...]:
        """The hubs that its services consume: each needs one listener."""
        names = {name for row in self.services for name in row.receives}
        return tuple(row for row in self.reachable if row.name in names)

    @cached_property
    def grants(self) -> dict[str, tuple[Grant, ...]]:
        """Every role of every workload, each once."""
        found: dict[str, tuple[Grant, ...]] = dict.fromkeys(self.workloads, FOR_EVERYONE)
        found |= {row.name: self._of_service(row) for row in self.services}
        found |= {row.name: row.grants for row in self.jobs}
        return {name: tuple({(each.role, each.on): each for each in grants}.values()) for name, grants in found.items()}

    def hub(self, name: str) -> HubRow:
        """The row of a hub; StopIteration for a name that `checks` would have refused."""
        return next(row for row in self.reachable if row.name == name)

    def _of_service(self, service: Service) -> tuple[Grant, ...]:
        """What a row says and what follows from it: to consume is also to set aside and to be scaled by the lag."""
        consumed = [self.hub(name) for name in service.receives]
        return (
            *FOR_EVERYONE,
            *map(sends, service.sends),
            *(receives(row.name) for row in consumed),
            *(sends(row.dead_letters) for row in consumed),
            *(reads_secret(listener_secret(row.name)) for row in consumed),
            *map(keeps, service.containers),
            *([keeps(DEAD_LETTER_CONTAINER)] if consumed else []),
            *service.grants,
            *(each for option in self.options for each in option.grants.get(service.name, ())),
        )
