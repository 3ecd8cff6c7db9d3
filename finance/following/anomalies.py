"""Days that cost far more or less than the days before them, by deployment, from a week of data on.

Azure's own detection knows subscriptions, needs 60 days and speaks 36 hours after the day:
https://learn.microsoft.com/azure/cost-management-billing/understand/analyze-unexpected-charges
Ours is the modified z-score of Iglewicz and Hoaglin: distance from the median, in median absolute deviations, from 3.5
on. Median and deviation do not follow the very days that are looked for, as mean and standard deviation would.
https://www.itl.nist.gov/div898/handbook/eda/section3/eda35h.htm
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from statistics import median
from typing import Final

from finance.following.findings import Anomaly
from finance.following.inputs import Lifetime
from finance.following.living import DAY, lived, midnight
from finance.following.moment import Moment
from finance.following.report import Line
from finance.money import Money

LEAST: Final = 7
WINDOW: Final = 28
SCORE: Final = Decimal("3.5")
_MAD: Final = Decimal("1.4826")
_QUIET: Final = Decimal("0.05")
"""Days as like as hours of a server's life have no deviation at all: then a twentieth of the usual counts as one."""
_HABIT: Final = 2
"""What so many days before were, or more so, is a habit, as weekends are: to a median two days in seven are none."""
_WORTH: Final = Decimal(1)
"""Less than this of the currency is nobody's time."""
_ZERO: Final = Decimal(0)

Daily = Mapping[str, Mapping[date, Decimal]]
"""Service -> day -> what its use was charged."""


@dataclass(frozen=True, slots=True)
class Usual:
    """What days cost: their median, and a robust deviation."""

    median: Decimal
    spread: Decimal


def anomalies(line: Line, daily: Daily, moment: Moment, lifetime: Lifetime | None) -> Iterator[Anomaly]:
    """The month's odd days of a leaf. A day of which it lived a part alone is none to compare with or to tell."""
    totals: dict[date, Decimal] = defaultdict(Decimal)
    for days in daily.values():
        for day, amount in days.items():
            totals[day] += amount
    full = [day for day in sorted(totals) if day <= moment.whole and _lived_whole(lifetime, day)]
    for index, day in enumerate(full):
        before = [it for it in full[:index] if day - it <= timedelta(days=WINDOW)]
        if day < moment.month or len(before) < LEAST:
            continue
        usual = _usual([totals[it] for it in before])
        off = totals[day] - usual.median
        habit = sum((totals[it] - totals[day]) * off >= -usual.spread * abs(off) for it in before) >= _HABIT
        if abs(off) >= max(SCORE * usual.spread, _WORTH) and not habit:
            service, moved = _mover(day, before, daily, up=off > 0)
            yield _told(line, day, totals[day], usual, (service, Money(moved, line.billed.currency)))


def _mover(day: date, before: Sequence[date], daily: Daily, *, up: bool) -> tuple[str, Decimal]:
    """The service that moved most in that direction, and by how much."""
    moves = {
        service: days.get(day, _ZERO) - Decimal(median(days.get(it, _ZERO) for it in before))
        for service, days in daily.items()
    }
    service = max(sorted(moves), key=lambda name: moves[name] if up else -moves[name])
    return service, moves[service]


def _told(line: Line, day: date, billed: Decimal, usual: Usual, mover: tuple[str, Money]) -> Anomaly:
    currency = line.billed.currency
    service, moved = mover
    off = billed - usual.median
    amount, normal = Money(abs(off), currency), Money(usual.median, currency)
    most = f"most of it {service or 'of no service'} ({moved.rounded().amount:+,f})"
    return Anomaly(
        line=line.name,
        day=day,
        billed=Money(billed, currency),
        usual=normal,
        times=(off / usual.spread).quantize(Decimal("0.1"), ROUND_HALF_UP) if usual.spread else None,
        service=service,
        moved=moved,
        words=f"{amount} {'more' if off > 0 else 'less'} than usual ({normal}), {most}",
    )


def _usual(amounts: Sequence[Decimal]) -> Usual:
    middle = Decimal(median(amounts))
    deviation = Decimal(median(abs(amount - middle) for amount in amounts)) * _MAD
    return Usual(middle, max(deviation, abs(middle) * _QUIET))


def _lived_whole(lifetime: Lifetime | None, day: date) -> bool:
    return lived(lifetime, midnight(day), midnight(day + DAY)) == DAY
