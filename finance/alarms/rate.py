"""The rate alarm: what a month comes to if things go on as they are, held against its budget. It needs no bill.

Azure evaluates its budgets once a day on figures that are 8 to 24 hours old; this one is right at the moment that it is
asked, so it sees what lives for an hour. The thresholds are those of the budgets in Azure, so that both say the same.
https://learn.microsoft.com/azure/cost-management-billing/costs/tutorial-acm-create-budgets
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from typing import Final, Literal

from finance.alarms.spent import spent
from finance.money import EXACT, Money

Of = Literal["actual", "forecast"]


@dataclass(frozen=True, slots=True)
class Threshold:
    """percent of the budget, of what is spent or of what the month comes to."""

    percent: int
    of: Of

    @property
    def name(self) -> str:
        """`80 %`, `forecast 100 %`."""
        return f"{self.percent} %" if self.of == "actual" else f"{self.of} {self.percent} %"


THRESHOLDS: Final = (
    Threshold(50, "actual"),
    Threshold(80, "actual"),
    Threshold(100, "forecast"),
    Threshold(100, "actual"),
)
"""The least urgent first. What is to come can be helped yet; what is spent cannot."""


@dataclass(frozen=True, kw_only=True)
class Burn:
    """A deployment this month. billed: charges that were delivered; reckoned: what came after them, hours times rate.

    per_hour: what it costs now. ends: when it is to be taken down, None where no end is known. All of one currency.
    """

    name: str
    billed: Money
    reckoned: Money
    per_hour: Money
    ends: datetime | None = None

    @property
    def spent(self) -> Money:
        """So far."""
        return self.billed + self.reckoned

    def to_come(self, now: datetime) -> Money:
        """From now until the month's end, or its own."""
        end = month_end(now)
        until = end if self.ends is None else max(min(end, self.ends), now)
        return spent(self.per_hour, [(now, until)], until)


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """A line against its month's budget. name: of a deployment, an environment or the company. projected: at the
    month's end. budget: None where it has none. per_hour: now.
    """

    name: str
    budget: Money | None
    billed: Money
    spent: Money
    projected: Money
    per_hour: Money

    @property
    def share(self) -> Decimal | None:
        """What is spent as a percentage of the budget, to a tenth."""
        return self.spent.share_of(self.budget) if self.budget else None

    @property
    def projected_share(self) -> Decimal | None:
        """What the month comes to as a percentage of the budget, to a tenth."""
        return self.projected.share_of(self.budget) if self.budget else None

    @property
    def reached(self) -> tuple[Threshold, ...]:
        """The thresholds that are reached, compared exactly; the most urgent last."""
        return tuple(it for it in THRESHOLDS if self.budget is not None and self._of(it) >= _part(self.budget, it))

    def passes_on(self, now: datetime) -> datetime | None:
        """When the budget will be spent at the present rate; None where that is not this month, or has been already."""
        if self.budget is None or self.spent >= self.budget or self.projected < self.budget or not self.per_hour.amount:
            return None
        hours = (self.budget - self.spent).amount / self.per_hour.amount
        at = now + timedelta(hours=float(hours))
        return at if at < month_end(now) else None

    def _of(self, threshold: Threshold) -> Money:
        return self.spent if threshold.of == "actual" else self.projected


def judge(burn: Burn, budget: Money | None, now: datetime) -> Verdict:
    """One deployment. Raises MixedCurrenciesError where its budget is of another currency."""
    return roll_up(burn.name, [burn], budget, burn.billed.currency, now)


def roll_up(name: str, burns: Iterable[Burn], budget: Money | None, currency: str, now: datetime) -> Verdict:
    """Several together: an environment of its deployments, the company of all. Raises as `judge`."""
    members: Sequence[Burn] = tuple(burns)
    so_far = Money.total((it.spent for it in members), currency)
    if budget is not None:
        _ = so_far < budget  # raises now where the two are of different currencies
    return Verdict(
        name=name,
        budget=budget,
        billed=Money.total((it.billed for it in members), currency),
        spent=so_far,
        projected=so_far + Money.total((it.to_come(now) for it in members), currency),
        per_hour=Money.total((it.per_hour for it in members), currency),
    )


def month_start(now: datetime) -> datetime:
    """The first moment of the month, in UTC as Azure bills."""
    return datetime.combine(now.astimezone(UTC).date().replace(day=1), time(), UTC)


def month_end(now: datetime) -> datetime:
    """The first moment of the next one."""
    return month_start(month_start(now) + timedelta(days=31))


def _part(budget: Money, threshold: Threshold) -> Money:
    return Money(EXACT.multiply(budget.amount, Decimal(threshold.percent)) / 100, budget.currency)
