"""What a deployment has only where its settings ask for it: a row an option, with all that the option adds.

An option adds rows of the other tables (databases, hubs, containers, services) and what only options have: queues, jobs
that a queue starts, and roles for services that are there without it. Both hold what belongs to a tenant, so they are
of regional deployments alone.

- ai_search: what was declared is put into an index by the service that owns it; those that look for it only read.
- media_processor: the scheduler reads of declarations with media, puts a message for each into the queue and writes
  what became of it into its database, which nobody else can open. A stage, an execution of the job, reads the original,
  writes what it finds as blobs and tells the hub, where the scheduler hears of it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from cidr import Kind
from components.conventions.roles import Role
from components.data.blob_containers import Container
from components.options.queue_names import poison
from deployments.catalogue.grants import FOR_EVERYONE, Grant, keeps, sends
from deployments.catalogue.hubs import HubRow
from deployments.catalogue.services import Service

SEARCH: Final = "search"
"""The target of roles on the search service."""


def on_queue(queue: str) -> str:
    """The target of roles on a queue."""
    return f"queue:{queue}"


@dataclass(frozen=True, kw_only=True)
class QueuedJob:
    """A job that works off `queue`: neither databases nor requests, by its type.

    sends: hubs of its deployment. reads, writes: containers of blobs.
    """

    name: str
    queue: str
    sends: tuple[str, ...] = ()
    reads: tuple[str, ...] = ()
    writes: tuple[str, ...] = ()

    @property
    def grants(self) -> tuple[Grant, ...]:
        """Every role that it has: what its row says and what follows from it."""
        queue, aside = on_queue(self.queue), on_queue(poison(self.queue))
        return (
            *FOR_EVERYONE,
            Grant(role=Role.STORAGE_QUEUE_DATA_READER, on=queue, why="lets the environment count what waits"),
            Grant(role=Role.STORAGE_QUEUE_DATA_MESSAGE_PROCESSOR, on=queue, why="takes messages and deletes them"),
            Grant(role=Role.STORAGE_QUEUE_DATA_MESSAGE_SENDER, on=aside, why="puts aside what it cannot work off"),
            *map(sends, self.sends),
            *(_reads(container) for container in self.reads),
            *map(keeps, self.writes),
        )


@dataclass(frozen=True, kw_only=True)
class Option:
    """What an option adds to a deployment of `kind`.

    queues: without their poison queues. grants: roles that services of the deployment get, by the service's name; the
    services of the option have theirs in their own rows.
    """

    kind: Kind
    databases: tuple[str, ...] = ()
    hubs: tuple[HubRow, ...] = ()
    containers: tuple[Container, ...] = ()
    queues: tuple[str, ...] = ()
    services: tuple[Service, ...] = ()
    jobs: tuple[QueuedJob, ...] = ()
    grants: Mapping[str, tuple[Grant, ...]] = field(default_factory=dict[str, tuple[Grant, ...]])


def _reads(container: str) -> Grant:
    return Grant(
        role=Role.STORAGE_BLOB_DATA_READER, on=f"container:{container}", why=f"reads what others keep in {container}"
    )


_FINDS: Final = (Grant(role=Role.SEARCH_INDEX_DATA_READER, on=SEARCH, why="finds what was declared"),)
_MEDIA: Final = "media"
_STAGES: Final = "media-stages"
_STAGE_EVENTS: Final = "media-events"

OPTIONS: Final[Mapping[str, Option]] = {
    "ai_search": Option(
        kind="regional",
        grants={
            "declaration": (
                Grant(role=Role.SEARCH_INDEX_DATA_CONTRIBUTOR, on=SEARCH, why="puts what was declared into the index"),
            ),
            "review": _FINDS,
            "case": _FINDS,
        },
    ),
    "media_processor": Option(
        kind="regional",
        databases=("media_service",),
        hubs=(HubRow(name=_STAGE_EVENTS, kind="regional", partitions=4),),
        # a stage can be run again from the original, which stays in the container `media`
        containers=(Container(name=_STAGES, delete_after=30, versions_for=7),),
        queues=(_MEDIA,),
        services=(
            Service(
                name="media-scheduler",
                kind="regional",
                databases=("media_service",),
                receives=("declaration-events", _STAGE_EVENTS),
                cache=False,
                grants=(
                    Grant(
                        role=Role.STORAGE_QUEUE_DATA_MESSAGE_SENDER,
                        on=on_queue(_MEDIA),
                        why="puts what is to be done into the queue",
                    ),
                    _reads(_STAGES),
                ),
            ),
        ),
        jobs=(
            QueuedJob(
                name="media-processor",
                queue=_MEDIA,
                sends=(_STAGE_EVENTS,),
                reads=(_MEDIA,),
                writes=(_STAGES,),
            ),
        ),
    ),
}


def options_of(kind: Kind, wanted: Iterable[str]) -> tuple[Option, ...]:
    """The rows of the options that a deployment of this kind asks for, in the order of the table."""
    names = set(wanted)
    return tuple(row for name, row in OPTIONS.items() if name in names and row.kind == kind)
