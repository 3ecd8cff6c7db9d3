"""The estimate of a deployment as charges can be held against it: a planned quantity of a meter, a resource at a time.

Charges name a resource by its ARM id and a meter as Azure does; the estimate names a URN and a key of the price sheet.
Here the two meet, and each planned quantity is told which driver of declared use it hangs on.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from finance.estimate import Estimate, Priced, estimate
from finance.money import EXACT
from finance.prices.sheet import Sheet
from finance.prices.terms import Terms
from finance.ranges import Cost, Range
from finance.usage import DRIVERS, Usage


@dataclass(frozen=True, slots=True)
class Planned:
    """So much of a meter a month (730 hours), at expected use. resource: its ARM id, small letters; its logical name
    where it has none yet. meter: meterName of Azure's price list; key: of the sheet; unit: "1 Hour". driver: what of
    declared use it grows with in proportion, None where there is none, or several.
    """

    resource: str
    name: str
    service: str
    meter: str
    key: str
    unit: str
    units: Decimal
    cost: Decimal
    by_use: bool
    driver: str | None


@dataclass(frozen=True, slots=True)
class Plan:
    """A deployment's estimate. month: its price; items: what it is made of; known: resources without a price, and why
    (free, or not in the sheet). declared: driver -> a month's use.
    """

    month: Cost
    items: tuple[Planned, ...]
    known: Mapping[str, str]
    declared: Mapping[str, Range]


def plan_of(found: Estimate, ids: Mapping[str, str], sheet: Sheet, usage: Usage, terms: Terms) -> Plan:
    """The plan that an estimate is. ids: URN -> ARM id of what was deployed; sheet, usage, terms: as it was made with.

    Every driver is scaled by a factor of its own and the estimate made once more: a quantity that grew by exactly that
    factor grows with that driver alone.
    """
    resources = tuple(priced.resource for priced in found.priced)
    scaled = Usage({driver: usage.of(driver) * factor for driver, factor in _FACTORS.items()})
    again = estimate(found.deployment, resources, sheet, scaled, terms)
    items: list[Planned] = []
    known: dict[str, str] = {}
    for priced, other in zip(found.priced, again.priced, strict=True):
        resource = ids.get(priced.resource.urn, priced.resource.name).lower()
        if not priced.lines:
            known[resource] = priced.why
        items.extend(_planned(resource, priced, other, sheet))
    return Plan(found.total, tuple(items), known, {driver: usage.of(driver) for driver in DRIVERS})


# Each above the one before, so close to 1 that no threshold of a row (free storage, least replicas) is crossed by it.
_FACTORS: Final = {driver: 1 + Decimal(index) / 100_000 for index, driver in enumerate(DRIVERS, 1)}


def _planned(resource: str, priced: Priced, scaled: Priced, sheet: Sheet) -> Iterable[Planned]:
    for line, again in zip(priced.lines, scaled.lines, strict=True):
        meter = sheet.by_key.get(line.meter)
        if meter is None or line.cost is None:
            continue
        units = line.units.expected
        yield Planned(
            resource=resource,
            name=priced.resource.name,
            service=meter.service,
            meter=meter.meter,
            key=meter.key,
            unit=line.unit,
            units=units,
            cost=line.cost.expected.amount,
            by_use=line.by_use,
            driver=_driver(units, again.units.expected),
        )


def _driver(units: Decimal, scaled: Decimal) -> str | None:
    if not units:
        return None
    return next((driver for driver, by in _FACTORS.items() if EXACT.multiply(units, by) == scaled), None)
