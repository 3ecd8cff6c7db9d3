"""The lines of a report: a leaf of its charges and plan, and the sums of leaves."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

from finance.following.anomalies import Daily, anomalies
from finance.following.charges import Metered, Sums
from finance.following.comparing import Comparison, compare
from finance.following.findings import Anomaly, Compared
from finance.following.inputs import Followed, Inputs, Lifetime
from finance.following.learning import Lesson
from finance.following.living import late, lived, planned, saved, seen
from finance.following.moment import Moment
from finance.following.plan import Plan
from finance.following.report import UNALLOCATED, Line, LineKind, Series
from finance.following.series import ahead_of, course_of
from finance.following.splitting import Sharing
from finance.following.wording import compared, rolled_variance, variance
from finance.money import EXACT, Money
from finance.ranges import Cost

NOTHING: Final = Sums(Decimal(0), Decimal(0), 0)
"""Of what was charged nothing."""


@dataclass(frozen=True, slots=True)
class Of:
    """What the ledger has of one leaf. days: all that was billed, by the day that it is for; use: service -> day ->
    amount, of the month and of the days before it.
    """

    name: str
    direct: Sums
    untagged: Decimal
    days: Mapping[date, Decimal]
    use: Daily
    metered: Sequence[Metered]


@dataclass(frozen=True, slots=True)
class Leaf:
    """A line that holds charges, with all that was found about it."""

    line: Line
    series: Series
    compared: tuple[Compared, ...]
    anomalies: tuple[Anomaly, ...]
    lesson: Lesson | None


def leaf_of(of: Of, followed: Followed | None, sharing: Sharing, inputs: Inputs, moment: Moment) -> Leaf:
    """followed: None for what stands on nobody."""
    name, currency = of.name, inputs.currency
    plan = followed.plan if followed else None
    lifetime = followed.lifetime if followed else None
    totals = _totals(of.use)
    life = lifetime or seen(totals, moment.whole)
    course = course_of(name, of.days, totals, tuple(ahead_of(moment, life, plan)), moment)
    comparison = _comparison(plan, life, of, moment)
    found = variance(comparison, lifetime, currency) if comparison else None
    shared, shared_amortised = sharing.of(name, currency)
    own = {day: amount for day, amount in totals.items() if moment.month <= day <= moment.last}
    line = Line(
        name=name,
        kind=_kind(followed),
        environment=followed.environment if followed else "",
        budget=inputs.budgets.get(name),
        estimate=plan.month if plan else None,
        billed=Money(of.direct.billed, currency),
        amortised=Money(of.direct.amortised, currency),
        forecast=course.forecast,
        shared=shared,
        shared_amortised=shared_amortised,
        variance=found,
        untagged=Money(of.untagged, currency),
        saved=saved(followed, moment.begin, moment.over, currency) if followed else Money.zero(currency),
        late=Money(late(lifetime, own, moment.end), currency),
    )
    return Leaf(
        line,
        course.series,
        compared(name, comparison, currency) if comparison else (),
        tuple(anomalies(line, of.use, moment, lifetime)),
        Lesson(followed, comparison, found, lived(life, moment.begin, moment.end))
        if followed and comparison and found
        else None,
    )


def rolled(name: str, kind: LineKind, members: Sequence[Line], inputs: Inputs) -> Line:
    """The sum of leaves. Its variance is that of the members that have one."""
    currency = inputs.currency
    estimates = [it.estimate for it in members if it.estimate]
    variances = {it.name: it.variance for it in members if it.variance}
    return Line(
        name=name,
        kind=kind,
        environment=name if kind == "environment" else "",
        budget=inputs.budgets.get(name),
        estimate=_costs(estimates, currency) if estimates else None,
        billed=_sum([it.billed for it in members], currency),
        amortised=_sum([it.amortised for it in members], currency),
        forecast=_costs([it.forecast for it in members], currency),
        shared=_sum([it.shared for it in members], currency),
        shared_amortised=_sum([it.shared_amortised for it in members], currency),
        variance=rolled_variance(variances, currency) if variances else None,
        untagged=_sum([it.untagged for it in members], currency),
        saved=_sum([it.saved for it in members], currency),
        late=_sum([it.late for it in members], currency),
    )


def _kind(followed: Followed | None) -> LineKind:
    if followed is None:
        return UNALLOCATED
    return "account" if followed.section == "account" else "deployment"


def _comparison(plan: Plan | None, life: Lifetime | None, of: Of, moment: Moment) -> Comparison | None:
    if plan is None or moment.as_of is None:
        return None
    then = planned(life, moment.begin, moment.end)
    return compare(plan, of.metered, then, lived(life, moment.begin, moment.end))


def _totals(use: Daily) -> dict[date, Decimal]:
    totals: dict[date, Decimal] = {}
    for days in use.values():
        for day, amount in days.items():
            totals[day] = EXACT.add(totals.get(day, Decimal(0)), amount)
    return totals


def _sum(amounts: Sequence[Money], currency: str) -> Money:
    return Money.total(amounts, currency)


def _costs(costs: Sequence[Cost], currency: str) -> Cost:
    total = Cost.zero(currency)
    for cost in costs:
        total += cost
    return total
