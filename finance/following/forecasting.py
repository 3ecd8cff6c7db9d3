"""Where a month ends: a line through the days that were, blended with the estimate of the hours to come, and its range.

Azure's own forecast is a line through 28 to 90 days; our deployments live for days, and it is known when they go. So
what was measured counts for more with each day (n / (n + 3) after n days, as an actuary's credibility), and the plan,
with its ExpiresOn, for the rest. The line is Theil and Sen's, which one mad day does not bend; the range is where four
of five months end if days scatter as they did, mad ones included. https://en.wikipedia.org/wiki/Theil%E2%80%93Sen_estimator
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from itertools import combinations
from statistics import median
from typing import Final

from finance.following.exact import FINE, product, quotient
from finance.ranges import Range

WINDOW: Final = 14
"""Days that the line goes through: two weeks, so that each weekday counts as often."""
TREND: Final = 7
"""Fewer days have a level and no slope."""
_TRUST: Final = 3
_SPREAD: Final = Decimal("1.2816")  # of the normal distribution: 80 % are within so many deviations
_MEAN: Final = Decimal("1.2533")  # makes the mean deviation of normal values their standard deviation
_ZERO: Final = Decimal(0)


@dataclass(frozen=True, slots=True)
class Ahead:
    """A day to come. part: of it that the deployment will live, 0 to 1; plan: what the estimate has for a whole day."""

    day: date
    part: Decimal
    plan: Range | None


def run_of(days: Mapping[date, Decimal], last: date) -> list[Decimal]:
    """The days until `last` that were charged without a gap, the oldest first: before a gap it lived otherwise."""
    found: list[Decimal] = []
    while len(found) < WINDOW and (day := last - timedelta(days=len(found))) in days:
        found.append(days[day])
    return found[::-1]


def forecast(billed: Decimal, run: Sequence[Decimal], ahead: Sequence[Ahead]) -> list[Range]:
    """What will be billed at the end of each day to come, from what is billed now. run: charges of whole days.

    low <= expected <= high, and none falls from one day to the next: use that is to come never costs less than nothing.
    """
    level, slope, spread = _line(run)
    trust = quotient(Decimal(len(run)), len(run) + _TRUST)
    expected = low = high = billed
    measured, lived, found = _ZERO, _ZERO, list[Range]()
    planned = Range.flat(0)
    for index, it in enumerate(ahead, 1):
        measured += product(max(level + slope * index, _ZERO), it.part)
        lived += it.part
        planned += (it.plan or Range.flat(0)).each(lambda amount, part=it.part: product(amount, part))
        width = _width(spread, lived, len(run))
        line = Range(max(measured - width, _ZERO), measured, measured + width)
        weight = trust if it.plan else Decimal(1)
        rest = Range(
            *(product(mine, weight) + product(plan, 1 - weight) for mine, plan in zip(line, planned, strict=True))
        )
        low, expected, high = (
            max(low, billed + rest.low),
            max(expected, billed + rest.expected),
            max(high, billed + rest.high),
        )
        found.append(Range(low, max(low, expected), max(low, expected, high)))
    return found


def _width(spread: Decimal, days: Decimal, seen: int) -> Decimal:
    """Half the range of a sum of days: their own scatter, and that of the level, which is from so many days."""
    if not seen:
        return _ZERO
    return (_SPREAD * spread * (days + days * days / seen).sqrt()).quantize(FINE)


def _line(run: Sequence[Decimal]) -> tuple[Decimal, Decimal, Decimal]:
    """The level on the last day, the slope a day, and the deviation of a day from the line."""
    if not run:
        return _ZERO, _ZERO, _ZERO
    slope = _ZERO
    if len(run) >= TREND:
        pairs = combinations(range(len(run)), 2)
        slope = quotient(Decimal(median(quotient(run[b] - run[a], b - a) for a, b in pairs)), 1)
    last = len(run) - 1
    level = Decimal(median(amount + slope * (last - index) for index, amount in enumerate(run)))
    off = [abs(amount - (level - slope * (last - index))) for index, amount in enumerate(run)]
    return level, slope, sum(off, _ZERO) / len(off) * _MEAN
