"""How fast blocks are taken, by the days that stand in the map (`since`), and how long those left last at that rate."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from cidr.schema import Block, OwnedBlock, RetiredBlock

WINDOW: Final = timedelta(days=365)
SHORTEST: Final = timedelta(days=90)
"""Fewer days than that are taken for so many: two blocks on one day are no rate."""


@dataclass(frozen=True, kw_only=True)
class Growth:
    """`taken` blocks in the last `days` days; retired ones count: they were taken too."""

    taken: int
    days: int

    @property
    def per_year(self) -> float:
        """Blocks a year at this rate."""
        return self.taken * 365 / self.days

    def lasts(self, left: int) -> float | None:
        """Years that so many blocks last; None where nothing grew, so that nobody can tell."""
        return left / self.per_year if self.taken else None


def growth_of(blocks: Iterable[Block], today: date) -> Growth:
    """The growth of the last year, or since the first day on record where that is less.

    Blocks without a day, which were there from the start, are no growth.
    """
    days = [block.since for block in blocks if isinstance(block, OwnedBlock | RetiredBlock) and block.since]
    recent = [day for day in days if today - WINDOW < day <= today]
    observed = min(WINDOW, max(SHORTEST, today - min(days))) if days else WINDOW
    return Growth(taken=len(recent), days=observed.days)
