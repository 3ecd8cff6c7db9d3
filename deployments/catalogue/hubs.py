"""The event hubs (Kafka topics), and where messages go that nobody could process.

Each hub has a second one for its dead letters. All keep messages for seven days, the most that Standard has, so that a
consumer that was down over a weekend misses nothing; whoever sets a message aside also writes it to the container
`dead-letters`, where a person can read and replay it. https://learn.microsoft.com/azure/event-hubs/event-hubs-quotas
Hubs of a global deployment carry identifiers and no personal data; regional ones are keyed by tenant.

A global deployment may have one regional's hubs in its own namespace. Standard has ten hubs a namespace, so there the
dead letters of all global hubs share one hub, and those of the regional's another: docs/decisions/0015-hosted-hubs.md.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from cidr import Kind

RETENTION_HOURS: Final = 7 * 24


@dataclass(frozen=True, kw_only=True)
class HubRow:
    """A hub of every deployment of `kind`. The number of partitions can never change.

    `shares`: its dead letters lie with those of all hubs of its kind, in a namespace that has both kinds.
    """

    name: str
    kind: Kind
    partitions: int
    shares: bool = False

    @property
    def dead_letters(self) -> str:
        """The hub for its dead letters."""
        return f"{self.kind if self.shares else self.name}-dead-letters"


HUBS: Final = (
    HubRow(name="tenant-events", kind="global", partitions=4),
    HubRow(name="masterdata-events", kind="global", partitions=2),
    HubRow(name="file-ingestion-events", kind="global", partitions=4),
    HubRow(name="user-events", kind="regional", partitions=4),
    HubRow(name="declaration-events", kind="regional", partitions=4),
    HubRow(name="review-events", kind="regional", partitions=4),
    HubRow(name="audit-events", kind="regional", partitions=4),
)
DEAD_LETTER_PARTITIONS: Final = 1
DEAD_LETTER_CONTAINER: Final = "dead-letters"


# A namespace of a global deployment that is given a regional's hubs, or gives them back, has no room for the hubs of
# both forms at once: each of these takes the other's place, the old one going first.
TAKE_TURNS: Final = (
    ("tenant-events-dead-letters", "global-dead-letters"),
    ("masterdata-events-dead-letters", "regional-dead-letters"),
    ("file-ingestion-events-dead-letters", "audit-events"),
)


def takes_place_of(name: str) -> str | None:
    """The hub of the other form whose place a hub takes; None for one that both forms have, or that has room."""
    return next((other for pair in TAKE_TURNS for mine, other in (pair, pair[::-1]) if mine == name), None)


def hubs_in(rows: Iterable[HubRow]) -> dict[str, int]:
    """Every hub of these rows, dead letters too, with its partitions."""
    found: dict[str, int] = {}
    for row in rows:
        found |= {row.name: row.partitions, row.dead_letters: DEAD_LETTER_PARTITIONS}
    return found


def hubs_of(*kinds: Kind) -> tuple[HubRow, ...]:
    """The hubs of deployments of these kinds, in the order of the table."""
    return tuple(row for row in HUBS if row.kind in kinds)
