"""A sheet with prices asked anew: which rows of the answers are a meter's, and the text with these prices changed.

Only prices are rewritten, where they stand; comments, order and what was not found stay as they were.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final, Literal, cast

import yaml

from cidr.editing import Edit, replaced
from cidr.yaml_source import compose
from finance.prices.sheet import EVERYWHERE, Meter, Sheet

Item = Mapping[str, Any]
Ask = Callable[..., Sequence[Item]]
Outcome = Literal["changed", "confirmed", "not found", "unclear"]
_WORLD: Final = ("", "Global", "Zone 1")
"""What armRegionName says of a price that holds in several regions, in the order in which it is looked for."""
_TITLE: Final = "Azure's Retail Prices API"
_URL: Final = "https://prices.azure.com/api/retail/prices"


@dataclass(frozen=True, slots=True)
class Asked:
    """What became of one price. steps: (units from which it holds, price), empty where none was found."""

    meter: str
    region: str
    outcome: Outcome
    before: tuple[tuple[Decimal, Decimal], ...]
    steps: tuple[tuple[Decimal, Decimal], ...]
    why: str = ""

    @property
    def found(self) -> bool:
        """Whether the API has it."""
        return self.outcome in ("changed", "confirmed")


def ask_all(sheet: Sheet, ask: Ask, today: date, notice: Callable[[str], None]) -> list[Asked]:
    """Every price of the sheet, asked: one question a service and region. today: rows that begin later do not hold yet.

    `ask` is RetailPrices.items. Raises what it raises.
    """
    asked: list[Asked] = []
    questions = dict.fromkeys((meter.service, region) for meter in sheet.meters for region in meter.prices)
    for service, region in questions:
        meters = [meter for meter in sheet.meters if meter.service == service and region in meter.prices]
        notice(f"{service}, {region}: {len(meters)} meter{'s' if len(meters) > 1 else ''}")
        if region == EVERYWHERE:
            rows = [row for meter in meters for row in ask(sheet.currency, serviceName=service, meterName=meter.meter)]
        else:
            rows = list(ask(sheet.currency, serviceName=service, armRegionName=region))
        asked += [_of(meter, region, rows, sheet, today) for meter in meters]
    return asked


def rewritten(text: str, asked: Iterable[Asked], today: date) -> str:
    """The sheet's text with every price that was found, from a source that bears the day."""
    source = f"api-{today.isoformat()}"
    top = _pairs(compose(text))
    meters = {meter["key"].value: meter for meter in map(_pairs, cast("list[yaml.Node]", top["meters"].value))}
    edits: list[Edit] = []
    for it in asked:
        if it.found:
            node = _pairs(meters[it.meter]["prices"])[it.region]
            edits.append((node.start_mark.index, node.end_mark.index, _entry(it.steps, source)))
    if not edits:
        return text
    version, sources = top["sheet"], top["sources"]
    edits.append((version.start_mark.index, version.end_mark.index, today.isoformat()))
    if source not in _pairs(sources):
        row = f"{source}:\n    title: {_TITLE}\n    url: {_URL}\n    retrieved: {today.isoformat()}\n  "
        edits.append((sources.start_mark.index, sources.start_mark.index, row))
    return replaced(text, edits)


def _of(meter: Meter, region: str, rows: Sequence[Item], sheet: Sheet, today: date) -> Asked:
    before = meter.prices[region].steps
    own = [row for row in rows if _is(row, meter, sheet.currency, today)]
    if region == EVERYWHERE:
        own = next((found for place in _WORLD if (found := [row for row in own if _place(row) == place])), [])
    if not own:
        return Asked(meter.key, region, "not found", before, (), "no row has its service, SKU, meter and unit")
    # A meter that several regions share is the primary one in a single region only; there is no other row for the rest.
    primary = [row for row in own if row.get("isPrimaryMeterRegion") is True] or own
    newest = max(_begin(row) for row in primary)
    kept = [row for row in primary if _begin(row) == newest]
    by_product: dict[str, set[tuple[Decimal, Decimal]]] = {}
    for row in kept:
        step = (_number(row, "tierMinimumUnits"), _number(row, "retailPrice"))
        by_product.setdefault(str(row.get("productName")), set()).add(step)
    candidates = {tuple(sorted(steps)) for steps in by_product.values()}
    if len(candidates) > 1:
        names = ", ".join(sorted(by_product))
        return Asked(meter.key, region, "unclear", before, (), f"of several products, with different prices: {names}")
    (steps,) = candidates
    begins = [begin for begin, _ in steps]
    if begins[0] != 0 or len(set(begins)) != len(begins):
        return Asked(meter.key, region, "unclear", before, (), "its tiers do not begin at 0, or one begins twice")
    return Asked(meter.key, region, "confirmed" if steps == before else "changed", before, steps)


def _is(row: Item, meter: Meter, currency: str, today: date) -> bool:
    wanted = {
        "serviceName": meter.service,
        "skuName": meter.sku,
        "meterName": meter.meter,
        "unitOfMeasure": meter.unit,
        "currencyCode": currency,
        "type": "Consumption",
    }
    if meter.product is not None:
        wanted["productName"] = meter.product
    return all(row.get(field) == value for field, value in wanted.items()) and _begin(row) <= today.isoformat()


def _place(row: Item) -> str:
    return str(row.get("armRegionName") or "")


def _begin(row: Item) -> str:
    """The day from which a row holds, as text: ISO days are in order as texts are."""
    return str(row.get("effectiveStartDate") or "")[:10]


def _number(row: Item, field: str) -> Decimal:
    number = Decimal(str(row.get(field) or 0))
    return number.to_integral_value() if number == number.to_integral_value() else number.normalize()


def _entry(steps: Sequence[tuple[Decimal, Decimal]], source: str) -> str:
    """A price as it is written into the sheet, in braces."""
    if len(steps) == 1:
        return f'{{price: "{steps[0][1]:f}", source: {source}}}'
    tiers = ", ".join(f'{{from: "{begin:f}", price: "{price:f}"}}' for begin, price in steps)
    return f"{{tiers: [{tiers}], source: {source}}}"


def _pairs(node: yaml.Node) -> dict[str, yaml.Node]:
    pairs = cast("list[tuple[yaml.ScalarNode, yaml.Node]]", node.value)
    return {cast("str", key.value): value for key, value in pairs}
