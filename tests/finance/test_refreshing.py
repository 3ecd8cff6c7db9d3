"""A sheet asked anew: which rows are a meter's, what is written, and what stays as it was."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from finance.prices import parse_sheet
from finance.prices.refreshing import Asked, ask_all, rewritten
from tests.finance.prices_server import row

TODAY = date(2026, 12, 1)
SHEET = """# a comment that stays
sheet: 2026-11-22
currency: USD
regions: {westeu: westeurope, eastus: eastus}
sources:
  old: {title: a, url: https://example.com, retrieved: 2026-01-01}
meters:
  - key: redis-b0  # and this one
    service: Redis Cache
    sku: B0
    meter: B0 Cache Instance
    unit: "1 Hour"
    prices:
      westeurope: {price: "0.02", source: old}
      eastus: {price: "0.016", source: old, basis: derived, note: of East US 2}
  - key: link
    service: Virtual Network
    product: Virtual Network Private Link
    sku: Standard
    meter: Standard Private Endpoint
    unit: "1 Hour"
    prices:
      everywhere: {price: "0.01", source: old}
"""
LINK = row(
    serviceName="Virtual Network",
    productName="Virtual Network Private Link",
    skuName="Standard",
    meterName="Standard Private Endpoint",
    armRegionName="",
    retailPrice=0.01,
)


def ask(*rows: dict[str, Any]) -> dict[tuple[str, str], Asked]:
    """What became of each price, where these rows are all that Azure has."""

    def items(currency: str, **equal: str) -> list[dict[str, Any]]:
        assert currency == "USD"
        return [it for it in rows if all(it[name] == value for name, value in equal.items())]

    asked = ask_all(parse_sheet(SHEET, "sheet.yaml"), items, TODAY, lambda _: None)
    return {(it.meter, it.region): it for it in asked}


def test_a_price_that_was_found_is_written_where_it_stands_and_nothing_else_is() -> None:
    """Comments, order, and the price of the region that was not found stay; the new source bears the day."""
    asked = ask(row(retailPrice=0.019), LINK)
    text = rewritten(SHEET, asked.values(), TODAY)
    changed = [(old, new) for old, new in zip(SHEET.splitlines(), [it for it in text.splitlines() if it], strict=False)]
    assert changed[0] == ("# a comment that stays", "# a comment that stays")
    assert '      westeurope: {price: "0.019", source: api-2026-12-01}' in text.splitlines()
    assert '      eastus: {price: "0.016", source: old, basis: derived, note: of East US 2}' in text.splitlines()
    sheet = parse_sheet(text, "sheet.yaml")
    assert sheet.sheet == TODAY
    assert sheet.sources["api-2026-12-01"].retrieved == TODAY
    outcomes = {key: it.outcome for key, it in asked.items()}
    assert outcomes == {
        ("redis-b0", "westeurope"): "changed",
        ("redis-b0", "eastus"): "not found",
        ("link", "everywhere"): "confirmed",
    }


def test_asked_twice_on_a_day_the_sheet_is_the_same() -> None:
    """The source is added once."""
    once = rewritten(SHEET, ask(row()).values(), TODAY)
    assert rewritten(once, ask(row()).values(), TODAY) == once


def test_where_nothing_was_found_nothing_is_written() -> None:
    """Not even a new day: no price is newer than it was."""
    assert rewritten(SHEET, ask().values(), TODAY) == SHEET


def test_tiers_are_written_as_tiers() -> None:
    """In order, whatever order the rows came in."""
    rows = [row(tierMinimumUnits=51200.0, retailPrice=0.018), row(tierMinimumUnits=0.0, retailPrice=0.02)]
    text = rewritten(SHEET, ask(*rows).values(), TODAY)
    assert '{tiers: [{from: "0", price: "0.02"}, {from: "51200", price: "0.018"}], source: api-2026-12-01}' in text
    assert parse_sheet(text, "sheet.yaml").by_key["redis-b0"].prices["westeurope"].of(Decimal(51201)) == Decimal(
        "1024.018"
    )


@pytest.mark.parametrize(
    "other",
    [
        {"skuName": "b0"},
        {"meterName": "B0 Cache"},
        {"unitOfMeasure": "1/Month"},
        {"currencyCode": "EUR"},
        {"type": "DevTestConsumption"},
        {"armRegionName": "eastus2"},
        {"effectiveStartDate": "2026-12-02T00:00:00Z"},
    ],
)
def test_a_row_of_something_else_is_not_taken(other: dict[str, Any]) -> None:
    """Another case, unit, currency, kind of price, region, or a price of tomorrow."""
    assert ask(row(**other))["redis-b0", "westeurope"].outcome == "not found"


def test_of_two_rows_the_primary_and_then_the_newest_counts() -> None:
    """A meter that another region is primary for has only the other row, and that is taken."""
    rows = [
        row(retailPrice=0.1, isPrimaryMeterRegion=False, effectiveStartDate="2026-06-01T00:00:00Z"),
        row(retailPrice=0.2, effectiveStartDate="2025-01-01T00:00:00Z"),
        row(retailPrice=0.3, effectiveStartDate="2026-01-01T00:00:00Z"),
    ]
    assert ask(*rows)["redis-b0", "westeurope"].steps == ((0, Decimal("0.3")),)
    assert ask(rows[0])["redis-b0", "westeurope"].steps == ((0, Decimal("0.1")),)


def test_products_with_different_prices_are_unclear_and_nothing_is_guessed() -> None:
    """The sheet must name the product then."""
    found = ask(row(), row(productName="Azure Redis Cache", retailPrice=9.0))["redis-b0", "westeurope"]
    assert (found.outcome, found.steps) == ("unclear", ())
    assert "Azure Managed Redis - Balanced, Azure Redis Cache" in found.why


def test_where_the_sheet_names_a_product_only_its_rows_count() -> None:
    """And a price for everywhere is the one without a region, not that of a government's."""
    foreign = {**LINK, "productName": "Another", "retailPrice": 5.0}
    government = {**LINK, "armRegionName": "US Gov", "retailPrice": 7.0}
    assert ask(foreign, government, LINK)["link", "everywhere"].steps == ((0, Decimal("0.01")),)


def test_tiers_without_a_beginning_are_unclear() -> None:
    """The sheet would refuse them."""
    assert ask(row(tierMinimumUnits=5.0))["redis-b0", "westeurope"].outcome == "unclear"
