"""The price sheet: every price has a source and a day, and what is wrong with a sheet is said with its line."""

from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cidr import FaultsError
from components.conventions.regions import REGIONS
from finance.prices import SHEET, Price, load_sheet, parse_sheet
from finance.prices.sheet import EVERYWHERE
from finance.prices.units import size_of

READ = date(2026, 11, 22)
TEXT = SHEET.read_text(encoding="utf-8")


def faults_of(text: str, tmp_path: Path, today: date = READ) -> list[str]:
    """What is said of a sheet with this text."""
    path = tmp_path / "sheet.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(FaultsError) as raised:
        load_sheet(path, today)
    return [f"{fault.where}: {fault.what}" for fault in raised.value.faults]


def test_every_price_of_every_region_is_there_or_listed_as_missing() -> None:
    """A hole would become an unpriced resource on the day that a deployment moves."""
    sheet = load_sheet(today=READ)
    holes = [
        (meter.key, region)
        for meter in sheet.meters
        for region in sheet.regions.values()
        if meter.price_in(region) is None and not sheet.why_missing(meter.key, region)
    ]
    assert holes == []
    assert len(sheet.meters) > 80


def test_the_regions_are_those_of_the_regions_table() -> None:
    """One table says what Azure calls a region; the sheet's keys are its names."""
    assert load_sheet(today=READ).regions == {str(code): row.azure_name for code, row in REGIONS.items()}


def test_a_derived_price_says_from_what() -> None:
    """And no price is without a source that has an address and a day."""
    sheet = load_sheet(today=READ)
    prices = [price for meter in sheet.meters for price in meter.prices.values()]
    assert all(price.note for price in prices if price.basis != "found")
    assert {price.source for price in prices} <= set(sheet.sources)
    assert sum(price.basis == "found" for price in prices) > len(prices) / 2


def test_prices_read_more_than_a_year_ago_are_refused_with_their_line(tmp_path: Path) -> None:
    """An old price looks like any other; the fault says how old and what to type."""
    oldest = min(source.retrieved for source in load_sheet(today=READ).sources.values())
    load_sheet(today=oldest + timedelta(days=365))
    (said,) = faults_of(TEXT, tmp_path, oldest + timedelta(days=366))
    assert (
        "sources.retail.retrieved: the prices of source retail are 366 days old (2026-08-14): older than a year" in said
    )
    assert f"sheet.yaml:{TEXT[: TEXT.index('retrieved: 2026-08-14')].count(chr(10)) + 1} " in said


def test_prices_of_tomorrow_are_refused(tmp_path: Path) -> None:
    """A day that was not yet is a slip of the hand."""
    assert any("after today" in said for said in faults_of(TEXT, tmp_path, date(2026, 8, 1)))


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('price: "0.0199"', "price: 0.0199", "0.0199 is no exact amount"),
        ('price: "0.0199"', 'price: "-0.0199"', "'-0.0199' is no exact amount"),
        ('price: "0.0199", source: retail', 'price: "0.0199", source: retial', "source 'retial' is none of this sheet"),
        ('westeurope: {price: "0.0199"', 'westeurop: {price: "0.0199"', "region 'westeurop' is none of this sheet"),
        ("key: postgres-b2s", "key: postgres-b1ms", "meter postgres-b1ms stands twice"),
        ('unit: "1 Hour"', "unit: Hour", "'Hour' is no unit"),
        ("basis: derived, note: of West US 2", "basis: derived", "is derived, and nothing says from what"),
        ("currency: USD", "currency: dollars", "'dollars' is not of that form"),
        ("retrieved: 2026-08-14", "retrieved: last summer", "'last summer' is no day"),
        ('{from: "0", price: "0"}', '{from: "1", price: "0"}', "tiers that do not begin at 0"),
        ('{price: "0.0199", source: retail}', "{source: retail}", "neither a price nor tiers"),
        ("    sku: B1MS\n", "    sku: B1MS\n    colour: blue\n", "unknown key 'colour'"),
    ],
)
def test_what_is_wrong_with_a_sheet_is_said_with_its_line(old: str, new: str, said: str, tmp_path: Path) -> None:
    """Each gate is fed a bad sample."""
    line = TEXT[: TEXT.index(old)].count("\n") + 1
    found = faults_of(TEXT.replace(old, new, 1), tmp_path)
    assert any(said in it for it in found)
    assert any(
        it.startswith(f"{tmp_path / 'sheet.yaml'}:{near} ") for it in found for near in range(line - 7, line + 8)
    )


def test_the_age_of_a_sheet_that_is_to_be_asked_anew_does_not_matter() -> None:
    """Else the one command that mends an old sheet could not read it."""
    assert parse_sheet(TEXT.replace("retrieved: 2026-08-14", "retrieved: 2019-08-14"), "sheet.yaml").currency == "USD"


@pytest.mark.parametrize(
    ("unit", "size"), [("1 Hour", 1), ("10K", 10_000), ("1M", 1_000_000), ("1/Day", 1), ("100", 100)]
)
def test_units_are_as_large_as_azure_means_them(unit: str, size: int) -> None:
    """A factor of ten thousand is easily lost."""
    assert size_of(unit) == size


@pytest.mark.parametrize("unit", ["", "Hour", "0 Hour", "K", "1KM", "-1 Hour", "1.5 Hour"])
def test_what_is_no_unit_is_refused(unit: str) -> None:
    """Instead of being counted as one."""
    with pytest.raises(ValueError, match="no unit"):
        size_of(unit)


STEPS = st.lists(st.integers(1, 10**6), min_size=1, max_size=4, unique=True).map(sorted)


@given(STEPS, st.integers(0, 2 * 10**6))
def test_each_tiers_part_has_its_own_price(begins: list[int], units: int) -> None:
    """Held against a sum unit by unit."""
    tiers = [0, *begins]
    prices = [Decimal(len(tiers) - index) / 100 for index in range(len(tiers))]
    rows = [{"from": str(begin), "price": str(price)} for begin, price in zip(tiers, prices, strict=True)]
    ends = [*begins, max(units, begins[-1])]
    expected = sum(
        (max(min(units, end) - begin, 0) * price for begin, end, price in zip(tiers, ends, prices, strict=True)),
        Decimal(0),
    )
    assert Price.model_validate({"tiers": rows, "source": "x"}).of(Decimal(units)) == expected


def test_what_azure_grants_a_subscription_once_no_deployment_takes() -> None:
    """Eleven deployments that each counted on the first 5 GB of logs would be wrong ten times."""
    logs = load_sheet(today=READ).by_key["logs-ingestion"].prices["westeurope"]
    assert logs.steps[0] == (0, 0)
    assert logs.of(Decimal(4)) == 4 * Decimal("2.99")


def test_a_price_for_everywhere_holds_in_every_region() -> None:
    """Where Azure has one price for the world."""
    endpoint = load_sheet(today=READ).by_key["private-endpoint"]
    assert list(endpoint.prices) == [EVERYWHERE]
    assert endpoint.price_in("uksouth") == endpoint.price_in("westus")
