"""What a deployment has cost so far, by our own reckoning: the hours that it was up times what an hour costs.

Azure rates use 8 to 24 hours late and evaluates a budget once a day, so that what lives for less than two days is gone
before Azure can say anything:
https://learn.microsoft.com/azure/cost-management-billing/costs/understand-cost-mgt-data#cost-and-usage-data-updates-and-retention
https://learn.microsoft.com/azure/cost-management-billing/costs/tutorial-acm-create-budgets
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import Final

from finance.estimate.rows.reading import HOURS
from finance.money import Money

DIGITS: Final = Decimal("1e-12")
"""As fine as amounts of the ledger are: DECIMAL(38,12). Hours of a month and microseconds divide to no last digit."""
_MICROSECOND: Final = timedelta(microseconds=1)
_HOUR: Final = timedelta(hours=1) // _MICROSECOND
_ROUNDING: Final = Context(prec=100, rounding=ROUND_HALF_UP)

Interval = tuple[datetime, datetime]
"""From, included, until, not included; both with a time zone."""


def hourly(month: Money) -> Money:
    """What an hour costs of what costs so much a month, a month of 730 hours; to twelve digits after the point."""
    return _divided(month, HOURS)


def spent(per_hour: Money, intervals: Sequence[Interval], now: datetime) -> Money:
    """What the intervals have cost until `now`, in any order; time that two of them share counts once.

    Exact to the microsecond, to twelve digits after the point. What lies after `now` is not spent yet. Raises
    ValueError for a time without a zone, and for an interval that ends before it begins.
    """
    return _divided(per_hour * (lasted(intervals, now) // _MICROSECOND), Decimal(_HOUR))


def lasted(intervals: Sequence[Interval], now: datetime) -> timedelta:
    """How long the intervals are together until `now`. Raises as `spent`."""
    _check_zone(now)
    total, reached = timedelta(), None
    for begun, ended in sorted(map(_checked, intervals)):
        start = begun if reached is None else max(begun, reached)
        end = min(ended, now)
        total += max(end - start, timedelta())
        reached = end if reached is None else max(reached, end)
    return total


def _divided(amount: Money, by: Decimal) -> Money:
    return Money(_ROUNDING.quantize(_ROUNDING.divide(amount.amount, by), DIGITS), amount.currency)


def _checked(interval: Interval) -> Interval:
    begun, ended = interval
    _check_zone(begun)
    _check_zone(ended)
    if ended < begun:
        raise ValueError(f"the interval ends at {ended.isoformat()}, before it begins at {begun.isoformat()}")
    return interval


def _check_zone(moment: datetime) -> None:
    if moment.tzinfo is None:
        raise ValueError(f"{moment.isoformat()} has no time zone")
