"""The month's price of a deployment's resources. Nothing is ever left out: what has no price is listed as unpriced."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final, Literal

from cidr import ACCOUNT, DeploymentName, load_map
from finance.estimate.inputs import Inputs, UnreadableError
from finance.estimate.resources import Resource
from finance.estimate.rows import FREE, ROWS
from finance.estimate.rows.reading import Around, Quantity
from finance.money import EXACT
from finance.prices import Meter, Price, Sheet, Terms
from finance.prices.units import size_of
from finance.ranges import Cost, Range
from finance.usage import Usage

Kind = Literal["fixed", "usage", "free", "unpriced"]
KINDS: Final[tuple[Kind, ...]] = ("fixed", "usage", "free", "unpriced")
_NOWHERE: Final = ("global", "")
"""Locations of what stands in no region: it is priced where its deployment stands."""


@dataclass(frozen=True, slots=True)
class Line:
    """A quantity of a meter and its price. units: in the meter's unit; cost: None where there is no price, and why says
    so. basis: how the price is known, as the sheet says it.
    """

    meter: str
    unit: str
    units: Range
    what: str
    by_use: bool
    cost: Cost | None
    basis: str = ""
    why: str = ""


@dataclass(frozen=True, slots=True)
class Priced:
    """A resource with its lines. why: why it is free, or unpriced as a whole."""

    resource: Resource
    region: str
    lines: tuple[Line, ...]
    kind: Kind
    why: str = ""

    def cost(self, currency: str) -> Cost:
        """The sum of the lines that have a price."""
        total = Cost.zero(currency)
        for line in self.lines:
            total += line.cost or Cost.zero(currency)
        return total


@dataclass(frozen=True)
class Estimate:
    """What a deployment costs a month. priced: every resource, in the order of the state; sheet: its version."""

    deployment: str
    currency: str
    sheet: str
    priced: tuple[Priced, ...]

    @cached_property
    def total(self) -> Cost:
        """The sum of every line that has a price: exact."""
        total = Cost.zero(self.currency)
        for priced in self.priced:
            total += priced.cost(self.currency)
        return total

    def of_kind(self, kind: Kind) -> tuple[Priced, ...]:
        """The resources of one kind."""
        return tuple(priced for priced in self.priced if priced.kind == kind)

    @property
    def counts(self) -> dict[Kind, int]:
        """How many resources are of each kind."""
        return {kind: len(self.of_kind(kind)) for kind in KINDS}

    @property
    def uncertain(self) -> Cost:
        """The part of the total whose prices are derived from others or unverified."""
        total = Cost.zero(self.currency)
        for priced in self.priced:
            for line in priced.lines:
                if line.cost is not None and line.basis != "found":
                    total += line.cost
        return total


def estimate(deployment: str, resources: Iterable[Resource], sheet: Sheet, usage: Usage, terms: Terms) -> Estimate:
    """What the resources of a deployment, or of the account, cost a month at declared use.

    deployment: its name says where that stands which names no region itself.
    """
    known = tuple(resources)
    by_kind: dict[str, list[Inputs]] = defaultdict(list)
    for resource in known:
        by_kind[resource.kind].append(resource.inputs)
    inputs_of = {kind: tuple(inputs) for kind, inputs in by_kind.items()}
    home = _home(deployment, inputs_of, sheet)
    networks = _networks(deployment, inputs_of, home, sheet)
    priced: list[Priced] = []
    for resource in known:
        region = _region(resource.inputs, home)
        around = Around(region=region, usage=usage, networks=networks, inputs_of=inputs_of)
        priced.append(_priced(resource, around, sheet, terms))
    return Estimate(deployment, sheet.currency, sheet.sheet.isoformat(), tuple(priced))


def _priced(resource: Resource, around: Around, sheet: Sheet, terms: Terms) -> Priced:
    kind, region = resource.kind, around.region
    if kind in FREE:
        return Priced(resource, region, (), "free", FREE[kind])
    row = ROWS.get(kind)
    if row is None:
        return Priced(resource, region, (), "unpriced", f"{kind} has no row in finance/estimate/rows")
    try:
        quantities = tuple(row(resource.inputs, around))
    except UnreadableError as error:
        return Priced(resource, region, (), "unpriced", str(error))
    if not quantities:
        return Priced(resource, region, (), "free", "nothing of it is billed")
    lines = tuple(_line(quantity, region, sheet, terms) for quantity in quantities)
    missing = [line.why for line in lines if line.cost is None]
    if missing:
        return Priced(resource, region, lines, "unpriced", "; ".join(dict.fromkeys(missing)))
    return Priced(resource, region, lines, "usage" if any(line.by_use for line in lines) else "fixed")


def _line(quantity: Quantity, region: str, sheet: Sheet, terms: Terms) -> Line:
    meter = sheet.by_key.get(quantity.meter)
    price = meter.price_in(region) if meter else None
    if meter is None or price is None:
        said = sheet.why_missing(quantity.meter, region)
        what = f"no price of {quantity.meter}" + (f" in {region}" if meter else "")
        why = f"{what}: {said}" if said else f"{what} in the sheet of {sheet.sheet}"
        return Line(quantity.meter, "", quantity.amount, quantity.what, quantity.by_use, None, why=why)
    units = quantity.amount.each(lambda amount: EXACT.divide(amount, size_of(meter.unit)))
    cost = _cost(units, meter, price, sheet, terms)
    return Line(quantity.meter, meter.unit, units, quantity.what, quantity.by_use, cost, basis=price.basis)


def _cost(units: Range, meter: Meter, price: Price, sheet: Sheet, terms: Terms) -> Cost:
    factor = terms.factor(meter)
    return Cost.of(units.each(lambda amount: EXACT.multiply(price.of(amount), factor)), sheet.currency)


def _region(inputs: Inputs, home: str) -> str:
    """Where it stands as Azure names regions: it takes "West Europe" too."""
    found = inputs.raw("location")
    location = found.replace(" ", "").lower() if isinstance(found, str) else ""
    return home if location in _NOWHERE else location


def _home(deployment: str, inputs_of: Mapping[str, Sequence[Inputs]], sheet: Sheet) -> str:
    """The region in a deployment's name; the account, which has none in its name, stands where its group does."""
    if deployment != ACCOUNT:
        return _named_region(DeploymentName.parse(deployment), sheet)
    groups = (_region(group, "") for group in inputs_of.get("resources:ResourceGroup", ()))
    return next((location for location in groups if location), "")


def _named_region(name: DeploymentName, sheet: Sheet) -> str:
    return sheet.regions.get(str(name.region), "")


def _networks(deployment: str, inputs_of: Mapping[str, Sequence[Inputs]], home: str, sheet: Sheet) -> dict[str, str]:
    """Regions of networks by name: the deployment's own, and by their names those of every other deployment.

    A network is called `vnet-{code}-{deployment}`: what stands before the deployment's name in one stands in all.
    """
    own = {
        name: _region(inputs, home)
        for inputs in inputs_of.get("network:VirtualNetwork", ())
        if isinstance(name := inputs.raw("virtualNetworkName"), str)
    }
    prefix = next((name.removesuffix(deployment) for name in own if name.endswith(deployment)), None)
    if prefix is None:
        return own
    others = {f"{prefix}{name}": _named_region(name, sheet) for name in load_map().owned}
    return {**others, **own}
