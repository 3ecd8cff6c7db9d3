"""One revision: its number, what it is about, and its steps."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from tenancy.revisions.operations import Operation


@dataclass(frozen=True, kw_only=True)
class Revision:
    """id: four digits, in order. common: steps of every database, before those of its own."""

    id: str
    about: str
    common: tuple[Operation, ...] = ()
    steps: Mapping[str, tuple[Operation, ...]] = field(default_factory=dict[str, tuple[Operation, ...]])

    def of(self, database: str) -> tuple[Operation, ...]:
        """The steps of one database beside the common ones."""
        return self.steps.get(database, ())
