"""What one deployment runs: the rows of its kind, with those that its options add, and what follows from them."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Self

from cidr import Kind
from components.data.blob_containers import Container
from deployments.catalogue.containers import CONTAINERS
from deployments.catalogue.databases import databases_of
from deployments.catalogue.grants import FOR_EVERYONE, FOR_TENANCY, Grant, keeps, reads_secret, receives, sends
from deployments.catalogue.hubs import DEAD_LETTER_CONTAINER, HubRow, hubs_of
from deployments.catalogue.options import Option, QueuedJob, options_of
from deployments.catalogue.services import Service, services_of
from deployments.catalogue.workloads import GATEWAY, SIGNING_KEY, TENANCY, listener_secret
from stacks import Settings


@dataclass(frozen=True, kw_only=True)
class Selection:
    """The rows of one deployment, in the order of the tables, those of options last.

    `guest`: what runs in the regional whose hubs lie in the namespace of this global deployment, or of its global one;
    None where none does. `is_guest`: it is this one, which has no namespace. `signed_context`: its databases take
    signed tenant contexts alone. `stays`: it is no deployment that comes and goes.
    """

    kind: Kind
    options: tuple[Option, ...] = ()
    guest: "Selection | None" = None
    is_guest: bool = False
    signed_context: bool = False
    stays: bool = False

    @classmethod
    def of(cls, settings: Settings, guest: Settings | None = None) -> Self:
        """What the settings of a deployment ask for. `guest`: those of the regional whose hubs its global one has."""
        kind = settings.deployment.kind
        return cls(
            kind=kind,
            options=_options(settings),
            guest=None if guest is None else cls(kind="regional", options=_options(guest), is_guest=True),
            is_guest=guest is not None and guest.deployment == settings.deployment,
            signed_context=settings.options.signed_context,
            stays=not settings.ephemeral,
        )

    @property
    def databases(self) -> tuple[str, ...]:
        """The databases of its server."""
        return (*databases_of(self.kind), *(name for option in self.options for name in option.databases))

    @property
    def own_hubs(self) -> tuple[HubRow, ...]:
        """The hubs of what it does itself, wherever they lie, without those of dead letters."""
        rows = (*hubs_of(self.kind), *(row for option in self.options for row in option.hubs))
        return _sharing(rows) if self.is_guest or (self.kind == "global" and self.guest is not None) else rows

    @property
    def hubs(self) -> tuple[HubRow, ...]:
        """The hubs of its own namespace, without those of dead letters; none where it has no namespace."""
        if self.kind == "global" and self.guest is not None:
            return (*self.own_hubs, *self.guest.own_hubs)
        return () if self.is_guest else self.own_hubs

    @property
    def hubs_above(self) -> tuple[HubRow, ...]:
        """The hubs of its global deployment's namespace that a regional's services may use: the global ones, and its
        own where those lie there.
        """
        if self.kind == "global":
            return ()
        rows = hubs_of("global") if self.guest is None else _sharing(hubs_of("global"))
        return (*rows, *self.own_hubs) if self.is_guest else rows

    @property
    def reachable(self) -> tuple[HubRow, ...]:
        """Every hub that its services may use: a regional's also those of its global."""
        return self.hubs_above if self.is_guest else (*self.hubs_above, *self.own_hubs)

    @property
    def containers(self) -> tuple[Container, ...]:
        """The containers of its blobs."""
        return (*CONTAINERS[self.kind], *(row for option in self.options for row in option.containers))

    @property
    def exported_containers(self) -> tuple[str, ...]:
        """The containers that an export of the deployment has too: originals, and the audit trail of one that stays."""
        return tuple(row.name for row in self.containers if row.originals or (self.stays and row.immutable_for))

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
        found[TENANCY] = (
            *FOR_EVERYONE,
            *FOR_TENANCY,
            *map(keeps, self.exported_containers),
            *([reads_secret(SIGNING_KEY)] if self.signed_context else []),
        )
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


def _sharing(rows: Iterable[HubRow]) -> tuple[HubRow, ...]:
    """The same hubs in a namespace that has both kinds."""
    return tuple(replace(row, shares=True) for row in rows)


def _options(settings: Settings) -> tuple[Option, ...]:
    return options_of(settings.deployment.kind, settings.options.named())
