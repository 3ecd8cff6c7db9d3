"""Prices what stood: a charge a day for each meter of each resource, by the same rows and sheet as an estimate.

A month's price at expected use is spread evenly over its 730 hours, so a full month of 30 days costs 720/730 of it.
What is used is what is declared: where nobody sends a bill, nobody counts requests either.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Context, Decimal
from functools import cached_property
from typing import Final

from finance.estimate import Estimate, Line, Priced, estimate
from finance.estimate.rows import FREE
from finance.estimate.rows.reading import HOURS
from finance.metering.standing import Stood
from finance.money import EXACT, Money
from finance.prices import Meter, Sheet, Terms
from finance.prices.terms import NO_TERMS
from finance.usage import Usage

DIGITS: Final = Decimal("1e-12")
"""As fine as amounts of the ledger are."""
_MICROSECOND: Final = timedelta(microseconds=1)
_MONTH: Final = HOURS * (timedelta(hours=1) // _MICROSECOND)
_ROUNDING: Final = Context(prec=100, rounding=ROUND_HALF_UP)

# What goes on costing while a resource is stopped; of a type that is not here, everything does.
# https://learn.microsoft.com/azure/postgresql/configure-maintain/how-to-stop-server (storage and backups alone)
# https://learn.microsoft.com/azure/container-apps/billing (replicas that run)
_WHILE_STOPPED: Final[Mapping[str, frozenset[str]]] = {
    "app:ContainerApp": frozenset(),
    "dbforpostgresql:Server": frozenset({"postgres-storage", "postgres-backup-lrs"}),
}


@dataclass(frozen=True, kw_only=True)
class Pricing:
    """What a deployment is priced with. terms_on: what was agreed, as it holds on a day."""

    sheet: Sheet
    usage: Usage
    terms_on: Callable[[date], Terms]


@dataclass(frozen=True, kw_only=True)
class Charge:
    """What one meter of one resource costs on one day (UTC). quantity: in the meter's unit; listed: at the sheet's
    price; cost: after discounts and mark-ups.
    """

    stood: Stood
    region: str
    meter: Meter
    what: str
    day: date
    quantity: Decimal
    unit_price: Decimal
    listed: Money
    cost: Money


@dataclass(frozen=True, kw_only=True)
class Bill:
    """The charges of one deployment. unpriced: ARM id -> why it has no price; what of it has one is charged."""

    deployment: str
    charges: tuple[Charge, ...]
    unpriced: Mapping[str, str]

    def total(self, currency: str) -> Money:
        """The sum of all charges."""
        return Money.total((charge.cost for charge in self.charges), currency)


def bill_of(deployment: str, stood: Sequence[Stood], pricing: Pricing, since: datetime, until: datetime) -> Bill:
    """What the deployment cost from `since` until `until`; both with a time zone."""
    found = _Found(deployment, tuple(it for it in stood if it.begun < until and it.ended > since), pricing)
    charges = tuple(found.charges(since, until))
    return Bill(deployment=deployment, charges=charges, unpriced=found.unpriced)


def rate_at(deployment: str, stood: Sequence[Stood], pricing: Pricing, moment: datetime) -> Money:
    """What an hour of the deployment costs, as it stood right before that moment; nothing where it did not."""
    found = _Found(deployment, tuple(it for it in stood if it.begun < moment <= it.ended), pricing)
    month = sum((found.cost(it, meter, moment.date()) for _, _, it, meter in found.lines), Decimal(0))
    return Money(_rounded(_ROUNDING.divide(month, HOURS)), pricing.sheet.currency)


@dataclass(frozen=True)
class _Found:
    """A deployment's intervals with the lines of their estimates, at list prices."""

    deployment: str
    stood: tuple[Stood, ...]
    pricing: Pricing

    @cached_property
    def priced(self) -> list[tuple[Stood, Priced]]:
        """Each interval, priced among what stood beside it in its middle: not as it was half made or half gone."""
        estimates: dict[tuple[int, ...], Estimate] = {}
        found: list[tuple[Stood, Priced]] = []
        for it in self.stood:
            if it.resource.kind in FREE:
                continue
            middle = it.begun + (it.ended - it.begun) / 2
            beside = tuple(index for index, other in enumerate(self.stood) if other.holds(middle) or other is it)
            if beside not in estimates:
                resources = [self.stood[index].resource for index in beside]
                usage = self.pricing.usage
                estimates[beside] = estimate(self.deployment, resources, self.pricing.sheet, usage, NO_TERMS)
            position = beside.index(next(index for index in beside if self.stood[index] is it))
            found.append((it, estimates[beside].priced[position]))
        return found

    @property
    def unpriced(self) -> dict[str, str]:
        """What has no price, and why."""
        return {it.id: priced.why for it, priced in self.priced if priced.kind == "unpriced"}

    @cached_property
    def lines(self) -> list[tuple[Stood, Priced, Line, Meter]]:
        """Every line that costs something."""
        return [
            (it, priced, line, self.pricing.sheet.by_key[line.meter])
            for it, priced in self.priced
            for line in priced.lines
            if line.cost is not None and _goes_on(it, line)
        ]

    def cost(self, line: Line, meter: Meter, day: date) -> Decimal:
        """A month of it, after what was agreed."""
        assert line.cost is not None  # noqa: S101 - `lines` holds no other
        return EXACT.multiply(line.cost.expected.amount, self.pricing.terms_on(day).factor(meter))

    def charges(self, since: datetime, until: datetime) -> Iterator[Charge]:
        """The charges, by day; a resource that changed within a day has one for each form of it."""
        currency = self.pricing.sheet.currency
        for it, priced, line, meter in self.lines:
            assert line.cost is not None  # noqa: S101 - as above
            units, listed = line.units.expected, line.cost.expected.amount
            if not units and not listed:
                continue
            for day, lasted in _days(max(it.begun, since), min(it.ended, until)):
                yield Charge(
                    stood=it,
                    region=priced.region,
                    meter=meter,
                    what=line.what,
                    day=day,
                    quantity=_share(units, lasted),
                    unit_price=_rounded(_ROUNDING.divide(listed, units)) if units else Decimal(0),
                    listed=Money(_share(listed, lasted), currency),
                    cost=Money(_share(self.cost(line, meter, day), lasted), currency),
                )


def _goes_on(it: Stood, line: Line) -> bool:
    return not it.stopped or line.meter in _WHILE_STOPPED.get(it.resource.kind, (line.meter,))


def _days(begun: datetime, ended: datetime) -> Iterable[tuple[date, timedelta]]:
    """Every day in UTC with the time of it that lies between the two."""
    here, end = begun.astimezone(UTC), ended.astimezone(UTC)
    while here < end:
        midnight = datetime.combine(here.date() + timedelta(days=1), time(), UTC)
        yield here.date(), min(midnight, end) - here
        here = midnight


def _share(month: Decimal, lasted: timedelta) -> Decimal:
    """What a month's amount comes to in that time."""
    return _rounded(_ROUNDING.divide(EXACT.multiply(month, Decimal(lasted // _MICROSECOND)), _MONTH))


def _rounded(amount: Decimal) -> Decimal:
    return _ROUNDING.quantize(amount, DIGITS)
