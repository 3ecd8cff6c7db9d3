"""A variance is price, usage, scope and time, each where it belongs."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal

import pytest

from finance.following import Lifetime, Plan, Report, assemble
from finance.following.findings import PARTS, Variance
from finance.following.units import alike, word_of
from finance.ledger import Ledger
from tests.finance.following.charging import (
    MONTH,
    Row,
    at,
    billed,
    charge,
    followed,
    inputs,
    logs,
    plan,
    server,
    usd,
)

DAYS = range(1, 21)
NOTHING = Decimal("0.01")


def report_of(rows: Sequence[Row], of_plan: Plan, lifetime: Lifetime | None = None) -> Report:
    """The report of one deployment as of the 20th."""
    with Ledger.of_rows(rows) as ledger:
        return assemble(ledger, MONTH, inputs(followed("westeu-dev-1", of_plan, lifetime)))


def variance_of(rows: Sequence[Row], of_plan: Plan, lifetime: Lifetime | None = None) -> Variance:
    """Its variance, whose parts add up."""
    found = report_of(rows, of_plan, lifetime).line("westeu-dev-1").variance
    assert found is not None
    assert found.price + found.usage + found.scope + found.time == found.total
    return found


def parts(found: Variance) -> Mapping[str, Decimal]:
    """The parts that are more than a rounding, to cents."""
    cents = {part: found.part(part).rounded().amount for part in PARTS}
    return {part: amount for part, amount in cents.items() if abs(amount) > NOTHING}


def test_a_bill_as_planned_has_no_variance() -> None:
    """Twenty days of the planned quantities at the planned prices."""
    found = variance_of([*billed(server(), DAYS), *billed(logs(), DAYS)], plan(server(), logs()))
    assert not parts(found)
    assert found.words == "as planned"
    assert found.planned.rounded() == usd("21.44")  # 480 hours of 730: 9.60 for the server, 11.8356 for logs


def test_another_price_of_the_same_hours_is_price() -> None:
    """A tenth dearer: a tenth of what 480 hours cost."""
    found = variance_of(list(billed(server(), DAYS, price=Decimal("1.1"))), plan(server()))
    assert parts(found) == {"price": Decimal("0.96")}
    assert found.words == "+0.96 USD: 0.96 dearer B1MS"


def test_more_of_it_at_the_same_price_is_usage() -> None:
    """Logs half as much again."""
    found = variance_of(list(billed(logs(), DAYS, quantity=Decimal("1.5"))), plan(logs()))
    assert parts(found) == {"usage": Decimal("5.92")}
    assert "more Analytics Logs Data Ingestion" in found.words


def test_more_of_it_and_dearer_is_both_each_for_itself() -> None:
    """Usage at the planned price, price of the real quantity: 5.92 and a tenth of 17.75."""
    rows = list(billed(logs(), DAYS, quantity=Decimal("1.5"), price=Decimal("1.1")))
    assert parts(variance_of(rows, plan(logs()))) == {"usage": Decimal("5.92"), "price": Decimal("1.78")}


def test_another_unit_of_the_bill_is_brought_to_the_sheets() -> None:
    """FOCUS says "Hours", Azure's exports "100 Hours": neither is another quantity."""
    rows = [
        {**row, "PricingUnit": "100 Hours", "PricingQuantity": Decimal(str(row["PricingQuantity"])) / 100}
        for row in billed(server(), DAYS, price=Decimal("1.1"))
    ]
    assert parts(variance_of(rows, plan(server()))) == {"price": Decimal("0.96")}
    rows = [{**row, "PricingUnit": "Hours"} for row in billed(server(), DAYS, price=Decimal("1.1"))]
    assert parts(variance_of(rows, plan(server()))) == {"price": Decimal("0.96")}


@pytest.mark.parametrize(
    ("unit", "size"),
    [("10K", "1"), ("10K", "10000"), ("Units", "10000"), ("Units", "1"), ("1", "1"), ("", "10000")],
)
def test_operations_are_counted_in_whatever_size_the_bill_has_them(unit: str, size: str) -> None:
    """Azure's native exports count single operations beside "10K", its FOCUS exports tens of thousands of "Units"."""
    item = replace(logs(), unit="10K")
    rows = [
        {**row, "PricingUnit": unit, "PricingQuantity": Decimal(str(row["PricingQuantity"])) * 10_000 / Decimal(size)}
        for row in billed(item, DAYS, quantity=Decimal("1.5"), price=Decimal("1.1"))
    ]
    assert parts(variance_of(rows, plan(item))) == {"usage": Decimal("5.92"), "price": Decimal("1.78")}


@pytest.mark.parametrize(
    ("sheet", "bill"),
    [
        ("1 Hour", "Hours"), ("1 Hour", "100 Hours"), ("1 GB", "GB"), ("1 GB/Month", "GB/Month"),
        ("1 GB/Month", "GB-Months"), ("1 GiB Second", "GiB Seconds"), ("1 Second", "Seconds"), ("1/Day", "Units/Day"),
        ("1/Month", "Units/Month"), ("10K", "Units"), ("1M", "1"), ("1", "Count"),
    ],
)  # fmt: skip
def test_every_unit_of_the_sheet_is_known_in_the_words_of_focus(sheet: str, bill: str) -> None:
    """And none is taken for another."""
    assert alike(sheet, bill)
    assert word_of(sheet) == word_of(bill)
    assert not alike("1 Hour", "1 GB")


def test_units_that_cannot_be_compared_are_usage_as_a_whole() -> None:
    """A price of a GB against one of an hour would be a made-up figure."""
    rows = [{**row, "PricingUnit": "1 GB"} for row in billed(server(), DAYS, price=Decimal("1.1"))]
    assert parts(variance_of(rows, plan(server()))) == {"usage": Decimal("0.96")}


def test_what_nobody_planned_and_what_is_not_there_are_scope() -> None:
    """A disk that somebody made by hand, and a server that was never brought up."""
    rows = [charge(day, "0.5", ResourceId="/subscriptions/s/disk", ResourceName="disk") for day in DAYS]
    found = variance_of(rows, plan(server()))
    assert parts(found) == {"scope": Decimal("0.40")}  # 10.00 less 9.60
    assert {cause.words for cause in found.causes} == {"unplanned disk", "without psql"}


def test_use_that_did_not_come_is_usage_and_not_scope() -> None:
    """A workspace into which nothing was logged is there all the same."""
    assert parts(variance_of(list(billed(server(), DAYS)), plan(server(), logs()))) == {"usage": Decimal("-11.84")}


def test_a_longer_life_is_time_and_says_how_often_it_was_put_off() -> None:
    """Planned for five days, lived for twenty: fifteen days of it, 7.20."""
    lifetime = Lifetime(lived=((at(1), None),), planned=((at(1), at(6)),), expires=at(25), extensions=2)
    found = variance_of(list(billed(server(), DAYS)), plan(server()), lifetime)
    assert parts(found) == {"time": Decimal("7.20")}
    assert found.words == "+7.20 USD: 7.20 longer life (TTL extended twice)"


def test_a_shorter_life_is_time_below_zero() -> None:
    """Planned for the month, gone after five days."""
    lifetime = Lifetime(lived=((at(1), at(6)),), planned=((at(1), None),))
    elsewhere = charge(20, "1", "global-dev")  # so that the ledger has data until then
    found = variance_of([*billed(server(), range(1, 6)), elsewhere], plan(server()), lifetime)
    assert parts(found) == {"time": Decimal("-7.20")}
    assert found.words == "-7.20 USD: -7.20 shorter life"


@pytest.mark.parametrize(
    ("more", "part", "words"),
    [
        ({"ChargeCategory": "Tax"}, "price", "tax"),
        ({"ChargeCategory": "Credit"}, "price", "credit"),
        ({"ChargeCategory": "Purchase"}, "scope", "purchase"),
        ({"ChargeClass": "Correction"}, "price", "correction of an earlier month"),
    ],
)
def test_what_is_no_use_is_told_as_what_it_is(more: Mapping[str, str], part: str, words: str) -> None:
    """An estimate is of use, at list prices before tax: all else is not its fault, and not usage's."""
    rows = [*billed(server(), DAYS), charge(5, "50", **more)]
    found = variance_of(rows, plan(server()))
    assert parts(found) == {part: Decimal(50)}
    assert words in found.words


def test_a_charge_for_what_the_estimate_has_no_price_for_is_a_price() -> None:
    """It was known and planned; that it costs something was not."""
    rows = [*billed(server(), DAYS), charge(5, "3", ResourceId="/subscriptions/s/nsg", ResourceName="nsg")]
    found = variance_of(rows, plan(server(), known={"/subscriptions/s/nsg": "free"}))
    assert parts(found) == {"price": Decimal(3)}
    assert "unpriced nsg" in found.words


def test_the_bill_may_call_a_meter_by_its_key_in_the_sheet() -> None:
    """As exports of the stand-in do, which knows the sheet."""
    rows = [{**row, "SkuMeter": "postgres-b1ms"} for row in billed(server(), DAYS, price=Decimal("1.1"))]
    assert parts(variance_of(rows, plan(server()))) == {"price": Decimal("0.96")}


def test_each_resource_says_its_greatest_reason_first() -> None:
    """What the page lists is read from the top."""
    rows = [*billed(server(), DAYS, price=Decimal("1.1")), *billed(logs(), DAYS, quantity=Decimal(2))]
    first, second = report_of(rows, plan(server(), logs())).resources
    assert (first.resource, first.reason) == (logs().resource, "more Analytics Logs Data Ingestion")
    assert (second.resource, second.reason) == (server().resource, "dearer B1MS")


def test_a_sentence_names_the_four_greatest_causes_and_adds_up() -> None:
    """Six causes: four are said, the rest in one figure; each rounded by itself they would make 194."""
    items = [
        replace(server(), resource=f"/subscriptions/s/{index}", meter=f"M{index}", cost=Decimal(index) * 14)
        for index in range(1, 7)
    ]
    rows = [row for item in items for row in billed(item, DAYS, quantity=Decimal(2))]
    found = variance_of(rows, plan(*items))
    assert found.words == "+193 USD: 55 more M6, 46 more M5, 37 more M4, 28 more M3, 27 the rest"


def test_an_environment_says_whose_causes_they_are() -> None:
    """The company's sentence is the sum of those of its deployments."""
    report = report_of(list(billed(server(), DAYS, price=Decimal("1.1"))), plan(server()))
    for name in ("dev", "company"):
        found = report.line(name).variance
        assert found is not None
        assert found.words == "+0.96 USD: 0.96 westeu-dev-1: dearer B1MS"
