"""The contract of a month's report: what the analysis hands to those who show it. Plain frozen data, no logic of money.

Every amount is Money: exact, in the report's one currency. `billed` is what the invoice asks (FOCUS BilledCost),
`amortised` what was used up, commitments spread over their term (EffectiveCost); the two are never added or compared.
https://focus.finops.org/focus-specification/v1-2/

What always holds, to the last digit (tests/finance/following/test_adding_up.py):

- the `leaves` (deployments, account, unallocated) add up to the line `company`, in billed and in amortised, and that is
  the ledger's total of the month; `by_service`, `by_group` and each tag of `by_tag` add up to it too;
- a series' days and its `other` add up to its line's billed; the shares of all leaves add up to nothing;
- a variance is its four parts, a part its causes, and the resources of a line its parts;
- what a line has by group and by tag differs by its differences.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final, Literal

from finance.following.findings import (
    PARTS,
    Advice,
    Anomaly,
    Cause,
    Compared,
    Correction,
    Learning,
    Notice,
    Part,
    Proposal,
    Variance,
)
from finance.money import Money
from finance.ranges import Cost

__all__ = [
    "COMPANY",
    "LEAVES",
    "PARTS",
    "UNALLOCATED",
    "Advice",
    "Anomaly",
    "Breakdown",
    "Cause",
    "Compared",
    "Correction",
    "Day",
    "Difference",
    "Learning",
    "Line",
    "LineKind",
    "Notice",
    "Part",
    "Proposal",
    "Reconciliation",
    "Report",
    "Series",
    "Split",
    "Subscription",
    "TagBreakdown",
    "Variance",
    "Views",
]

LineKind = Literal["deployment", "account", "unallocated", "environment", "company"]
LEAVES: Final[tuple[LineKind, ...]] = ("deployment", "account", "unallocated")
"""The kinds that hold charges; an environment and the company are sums of them."""

UNALLOCATED: Final = "unallocated"
"""The line of what stands in no known resource group and bears no known deployment's tag."""
COMPANY: Final = "company"


@dataclass(frozen=True, slots=True)
class Line:
    """A row of the report. name: of a deployment, "account", "unallocated", of an environment, "company".

    environment: dev, stg or prod; empty where it belongs to none. budget: of the month, None where it has none.
    estimate: the price of a whole month (730 hours) as it stands, None where nobody estimated. billed, amortised: of
    the month to date. forecast: billed at the month's end; of a month that is over it is the billed amount, thrice.
    shared, shared_amortised: what the rule (`Report.splits`) puts on it from others (above zero) or takes off it (below
    zero); a roll-up has the sum of its members. untagged: billed usage and purchases on it without the right Deployment
    tag. saved: what teardowns saved in the month until now (days gone x price of a day). late: billed after ExpiresOn.
    """

    name: str
    kind: LineKind
    environment: str
    budget: Money | None
    estimate: Cost | None
    billed: Money
    amortised: Money
    forecast: Cost
    shared: Money
    shared_amortised: Money
    variance: Variance | None
    untagged: Money
    saved: Money
    late: Money

    @property
    def full(self) -> Money:
        """Billed with its share of what is shared: the second of the two views."""
        return self.billed + self.shared

    @property
    def full_amortised(self) -> Money:
        """Amortised with its share of what is shared."""
        return self.amortised + self.shared_amortised

    @property
    def used(self) -> Decimal | None:
        """Billed as a percentage of the budget, to a tenth; None without a budget."""
        return self.billed.share_of(self.budget) if self.budget and self.budget.amount else None

    @property
    def foreseen(self) -> Decimal | None:
        """The expected forecast as a percentage of the budget, to a tenth; None without a budget."""
        return self.forecast.expected.share_of(self.budget) if self.budget and self.budget.amount else None

    @property
    def untagged_share(self) -> Decimal | None:
        """Untagged as a percentage of billed, to a tenth; None where nothing was billed. To be below 2."""
        return self.untagged.share_of(self.billed) if self.billed.amount else None


@dataclass(frozen=True, slots=True)
class Day:
    """A day of a line. billed: charged for this day; cumulative: from the month's start, with `Series.other`; both None
    after `as_of`. forecast: cumulative at the day's end, None before `as_of`; on `as_of` it is the cumulative amount,
    thrice, so that a band begins at the line.
    """

    day: date
    billed: Money | None
    cumulative: Money | None
    forecast: Cost | None


@dataclass(frozen=True, slots=True)
class Series:
    """Every day of the month of one line (each line has one). other: billed in this month for days outside of it, as
    corrections are.
    """

    line: str
    other: Money
    days: tuple[Day, ...]


@dataclass(frozen=True, slots=True)
class Breakdown:
    """A leaf's cost under one key: a service, a resource group ("" is none). rows: charges."""

    line: str
    key: str
    billed: Money
    amortised: Money
    rows: int


@dataclass(frozen=True, slots=True)
class TagBreakdown:
    """A leaf's cost under one value of a tag; value "" is where the tag is missing."""

    line: str
    tag: str
    value: str
    billed: Money
    amortised: Money
    rows: int


@dataclass(frozen=True, slots=True)
class Split:
    """A part of a shared cost. source: the leaf that gives it; target: the one that takes it. rule: in words."""

    source: str
    target: str
    billed: Money
    amortised: Money
    rule: str


@dataclass(frozen=True, slots=True)
class Difference:
    """One named difference of a leaf between the two views, billed: above zero it has more by group than by tag."""

    line: str
    words: str
    amount: Money
    rows: int


@dataclass(frozen=True, slots=True)
class Views:
    """A leaf in both views, billed. by_group: by known resource groups alone; by_tag: by the Deployment tag alone;
    in both what is known to neither is on the line `unallocated`. billed: as the report has it (by group, else by tag).
    """

    line: str
    by_group: Money
    by_tag: Money
    billed: Money


@dataclass(frozen=True, slots=True)
class Subscription:
    """A subscription's total beside the lines. total: all its charges of the month, summed straight from the ledger;
    lines: leaf -> billed there, each that has any. invoice: what its invoice or Azure's own total says, None where
    nobody said. gap: lines against total, which is nothing or an error of ours.
    """

    id: str
    total: Money
    lines: tuple[tuple[str, Money], ...]
    invoice: Money | None

    @property
    def gap(self) -> Money:
        """Total - sum of the lines: nothing."""
        return self.total - Money.total((amount for _, amount in self.lines), self.total.currency)

    @property
    def missing(self) -> Money | None:
        """Invoice - total: what the ledger lacks of the invoice; None without an invoice."""
        return self.invoice - self.total if self.invoice else None


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """The month's charges held against themselves: by subscription, and by group against by tag."""

    subscriptions: tuple[Subscription, ...]
    views: tuple[Views, ...]
    differences: tuple[Difference, ...]


@dataclass(frozen=True, slots=True)
class Report:
    """A month as finance reads it. month: its first day. as_of: the last day with data, None where there is none; on or
    after the month's last day the month is whole. closed: SHA-256 of the month's frozen pack, None while it is open.
    lines: deployments (globals before regionals), account, unallocated, then environments, then company.
    """

    month: date
    as_of: date | None
    currency: str
    lines: tuple[Line, ...]
    series: tuple[Series, ...]
    by_service: tuple[Breakdown, ...]
    by_group: tuple[Breakdown, ...]
    by_tag: tuple[TagBreakdown, ...]
    resources: tuple[Compared, ...]
    splits: tuple[Split, ...]
    reconciliation: Reconciliation
    anomalies: tuple[Anomaly, ...]
    advice: tuple[Advice, ...]
    learning: Learning
    notices: tuple[Notice, ...]
    corrections: tuple[Correction, ...] = ()
    closed: str | None = None

    def line(self, name: str) -> Line:
        """The line of that name. Raises KeyError for none."""
        for line in self.lines:
            if line.name == name:
                return line
        raise KeyError(name)

    def days_of(self, name: str) -> Series:
        """The series of the line of that name. Raises KeyError for none."""
        for series in self.series:
            if series.line == name:
                return series
        raise KeyError(name)

    @property
    def leaves(self) -> Iterator[Line]:
        """The lines that hold charges: their sum is the company's line."""
        return (line for line in self.lines if line.kind in LEAVES)

    @property
    def total(self) -> Line:
        """The line of the company."""
        return self.line(COMPANY)
