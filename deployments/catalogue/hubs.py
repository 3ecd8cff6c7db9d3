"""The event hubs (Kafka topics), and where messages go that nobody could process.

Each hub has a second one for its dead letters. All keep messages for seven days, the most that Standard has, so that a
consumer that was down over a weekend misses nothing; whoever sets a message aside also writes it to the container
`dead-letters`, where a person can read and replay it. https://learn.microsoft.com/azure/event-hubs/event-hubs-quotas
Hubs of a global deployment carry identifiers and no personal data; regional ones are keyed by tenant.
"""

from dataclasses import dataclass
from typing import Final

from cidr import Kind

RETENTION_HOURS: Final = 7 * 24


@dataclass(frozen=True, kw_only=True)
class HubRow:
    """A hub in the namespace of every deployment of `kind`. The number of partitions can never change."""

    name: str
    kind: Kind
    partitions: int

    @property
    def dead_letters(self) -> str:
        """The hub for its dead letters."""
        return f"{self.name}-dead-letters"


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


def hubs_of(*kinds: Kind) -> tuple[HubRow, ...]:
    """The hubs of deployments of these kinds, in the order of the table."""
    return tuple(row for row in HUBS if row.kind in kinds)
