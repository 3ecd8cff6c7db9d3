"""The days of a line: what they were billed, and where the month goes from there."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from finance.estimate.rows.reading import HOURS
from finance.following.exact import part_of, quotient
from finance.following.forecasting import Ahead, forecast, run_of
from finance.following.inputs import Lifetime
from finance.following.living import DAY, LAG, midnight, to_come
from finance.following.moment import Moment
from finance.following.plan import Plan
from finance.following.report import Day, Series
from finance.money import Money
from finance.ranges import Cost, Range


@dataclass(frozen=True, slots=True)
class Course:
    """A line's days and its forecast: billed at the month's end."""

    series: Series
    forecast: Cost


def course_of(
    line: str,
    billed: Mapping[date, Decimal],
    use: Mapping[date, Decimal],
    ahead: Sequence[Ahead],
    moment: Moment,
) -> Course:
    """billed: all of the month, by the day that it is for. use: of these days and of those before them, use alone."""
    currency = moment.currency
    known = [day for day in moment.days() if moment.as_of and day <= moment.as_of]
    total = Money.total((Money(amount, currency) for amount in billed.values()), currency)
    of_days = Money.total((Money(billed.get(day, Decimal(0)), currency) for day in known), currency)
    other = total - of_days
    foreseen = forecast(total.amount, run_of(use, _last(use, moment.whole)), ahead)
    to_be = {it.day: Cost.of(at, currency) for it, at in zip(ahead, foreseen, strict=True)}
    days: list[Day] = []
    cumulative = other
    for day in moment.days():
        if day not in known:
            days.append(Day(day, None, None, to_be.get(day)))
            continue
        amount = Money(billed.get(day, Decimal(0)), currency)
        cumulative += amount
        joint = Cost(cumulative, cumulative, cumulative) if day == moment.as_of else None
        days.append(Day(day, amount, cumulative, joint))
    end = Cost.of(foreseen[-1], currency) if foreseen else Cost(total, total, total)
    return Course(Series(line, other, tuple(days)), end)


def ahead_of(moment: Moment, lifetime: Lifetime | None, plan: Plan | None) -> Iterator[Ahead]:
    """The days that are not charged yet, the rest of today first."""
    per_day = _per_day(plan) if plan else None
    today = moment.now.date()
    for day in moment.days():
        if moment.as_of is None or day > moment.as_of:
            yield Ahead(day, to_come(lifetime, day, moment.now), per_day)
        elif day == moment.as_of == today:
            rest = part_of(Decimal(1), midnight(day + DAY) - moment.now, DAY)
            yield Ahead(day, min(rest, to_come(lifetime, day, moment.now)), per_day)


def _per_day(plan: Plan) -> Range:
    month = plan.month
    amounts = Range(month.low.amount, month.expected.amount, month.high.amount)
    return amounts.each(lambda amount: quotient(amount * 24, HOURS))


def _last(use: Mapping[date, Decimal], whole: date) -> date:
    late = [whole - DAY * back for back in range(LAG + 1)]
    return next((day for day in late if day in use), whole)


def together(line: str, members: Sequence[Series], currency: str) -> Series:
    """The days of several lines of one month as those of one."""
    nothing = Money.zero(currency)
    if not members:
        return Series(line, nothing, ())
    days = tuple(_sum(of_day, currency) for of_day in zip(*(it.days for it in members), strict=True))
    return Series(line, Money.total((it.other for it in members), currency), days)


def _sum(days: Sequence[Day], currency: str) -> Day:
    return Day(
        days[0].day,
        _all([it.billed for it in days], currency),
        _all([it.cumulative for it in days], currency),
        _costs([it.forecast for it in days], currency),
    )


def _all(amounts: Sequence[Money | None], currency: str) -> Money | None:
    known = [amount for amount in amounts if amount is not None]
    return Money.total(known, currency) if known else None


def _costs(costs: Sequence[Cost | None], currency: str) -> Cost | None:
    known = [cost for cost in costs if cost is not None]
    total = Cost.zero(currency)
    for cost in known:
        total += cost
    return total if known else None
