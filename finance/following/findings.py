"""What a report finds: variances with their causes, anomalies, advice, corrections, what was learned, notices."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final, Literal

from finance.money import Money
from finance.ranges import Range

Part = Literal["price", "usage", "scope", "time"]
PARTS: Final[tuple[Part, ...]] = ("price", "usage", "scope", "time")


@dataclass(frozen=True, slots=True)
class Cause:
    """One reason of a variance. amount: signed, above zero it cost more. words: without the amount, as "longer life
    (TTL extended twice)".
    """

    part: Part
    words: str
    amount: Money


@dataclass(frozen=True, slots=True)
class Variance:
    """What a line cost to date more (or, below zero, less) than was planned for the same days.

    planned: the estimate at expected use for the hours that it was to live until `as_of`; actual: billed until then.
    price: other unit prices than the sheet's, with taxes, credits and corrections. usage: other quantities. scope:
    resources that were not planned, or are not there. time: it lived longer or shorter. causes: the largest first.
    words: one sentence for people, as "+412 USD: 300 longer life (TTL extended twice), 90 price change, 22 egress".
    """

    planned: Money
    actual: Money
    price: Money
    usage: Money
    scope: Money
    time: Money
    causes: tuple[Cause, ...]
    words: str

    @property
    def total(self) -> Money:
        """Actual - planned, which is the sum of the four parts."""
        return self.actual - self.planned

    def part(self, name: Part) -> Money:
        """One of the four."""
        return {"price": self.price, "usage": self.usage, "scope": self.scope, "time": self.time}[name]


@dataclass(frozen=True, slots=True)
class Compared:
    """A resource: what was planned for it to date, what was billed, and the difference in the four parts.

    resource: its id, lower case, "" for charges that name none. reason: in words, the largest part first.
    """

    line: str
    resource: str
    service: str
    planned: Money
    billed: Money
    price: Money
    usage: Money
    scope: Money
    time: Money
    reason: str

    @property
    def total(self) -> Money:
        """Billed - planned, which is the sum of the four parts."""
        return self.billed - self.planned


@dataclass(frozen=True, slots=True)
class Anomaly:
    """A day of a leaf that cost far more or less than its days before. usual: their median; times: how many robust
    deviations it is away, None where those days had none; service: the one that moved most, and moved: by how much.
    words: one sentence.
    """

    line: str
    day: date
    billed: Money
    usual: Money
    times: Decimal | None
    service: str
    moved: Money
    words: str


@dataclass(frozen=True, slots=True)
class Advice:
    """Something that would save money. saving: a month, None where no price is known. words: what to do, and why."""

    line: str
    kind: Literal["reservation", "tags", "expired", "budget"]
    saving: Money | None
    words: str


@dataclass(frozen=True, slots=True)
class Correction:
    """A charge for an earlier month. month: the first of the month that it is for. counted: whether it is in this
    month's billed (the invoice has it now), or came into the ledger of a month that was closed already.
    """

    line: str
    month: date
    billed: Money
    amortised: Money
    counted: bool
    words: str


@dataclass(frozen=True, slots=True)
class Proposal:
    """What a driver of declared use would be by what was measured. section: kind of deployment; file: of the
    environment, without .yaml; declared, learned: a month's. words: what it was read from.
    """

    file: str
    section: str
    driver: str
    unit: str
    declared: Range
    learned: Range
    words: str


@dataclass(frozen=True, slots=True)
class Learning:
    """How good the estimates were, and what would make them better. mape: the mean absolute percentage error of the
    planned against the billed cost of deployments, to a tenth, None where none has both; of: line -> its own error.
    """

    mape: Decimal | None
    of: tuple[tuple[str, Decimal], ...]
    proposals: tuple[Proposal, ...]


@dataclass(frozen=True, slots=True)
class Notice:
    """Something of the input that a reader must know: said, never dropped. kind: a word for programs."""

    kind: Literal[
        "no-data", "stale", "currency", "future", "sources", "tag", "group", "negative", "zero", "estimate", "split"
    ]
    words: str
