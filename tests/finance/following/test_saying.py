"""What is odd about the data is said, with its amount; what would save money is said too."""

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal

import pytest

from finance.following import Closed, Inputs, Lifetime, Report, assemble
from finance.following.advising import load_commitments
from finance.ledger import Ledger
from finance.prices import load_sheet
from tests.finance.following.charging import (
    DEV,
    MONTH,
    PROD,
    Row,
    at,
    charge,
    days_before,
    followed,
    inputs,
    plan,
    server,
    usd,
)

OCTOBER = date(2026, 10, 1)


def report_of(rows: Sequence[Row], given: Inputs | None = None) -> Report:
    """The report of these charges."""
    with Ledger.of_rows(rows) as ledger:
        return assemble(ledger, MONTH, given or inputs())


def said(report: Report, kind: str) -> list[str]:
    """The notices of a kind."""
    return [it.words for it in report.notices if it.kind == kind]


def test_a_month_without_data_is_a_report_that_says_so() -> None:
    """No error and no page of nothing."""
    report = report_of([])
    assert report.as_of is None
    assert said(report, "no-data") == ["no use of November 2026 is in the ledger: import its exports (cost import)"]
    assert report.total.billed == usd(0)


def test_a_subscription_that_fell_silent_is_named() -> None:
    """An export that nobody renewed looks like a deployment that costs nothing."""
    report = report_of([charge(1, "1"), charge(1, "1", SubAccountId=PROD, BillingPeriodStart=OCTOBER)])
    assert f"subscription {PROD} has no charge of November 2026, and had some before" in said(report, "no-data")


def test_a_deployment_that_lived_and_was_not_charged_is_named() -> None:
    """Its group or its tags are not what we think."""
    silent = followed("eastus-dev-1", lifetime=Lifetime(lived=((at(1), None),)))
    report = report_of([charge(20, "1")], inputs(followed("westeu-dev-1"), silent))
    assert said(report, "no-data") == ["eastus-dev-1 lived for 20 days of the month, and nothing was charged"]


def test_old_data_are_said_to_be_old() -> None:
    """Data of the 3rd on the 21st."""
    assert said(report_of([charge(3, "1")]), "stale") == [
        "the last charges are of 2026-11-03: what came until 2026-11-21 is foreseen, not known"
    ]
    assert not said(report_of([charge(19, "1")]), "stale")


def test_another_currency_is_told_and_left_out() -> None:
    """There is no rate here that would make dollars of it."""
    report = report_of([charge(1, "1"), charge(1, "99", BillingCurrency="EUR")])
    assert report.total.billed == usd(1)
    assert said(report, "currency") == ["1 charge in EUR, 99.00 EUR in all: left out, there is no rate here"]


def test_inputs_of_another_currency_are_told_and_left_out() -> None:
    """A budget in euros is no budget of a bill in dollars."""
    given = inputs(followed("westeu-dev-1", plan(server())), currency="EUR", budgets={"westeu-dev-1": usd(200)})
    report = report_of([charge(1, "1", BillingCurrency="EUR")], given)
    assert report.line("westeu-dev-1").budget is None
    assert said(report, "currency") == [
        "the estimate of westeu-dev-1 is in USD: left out, the report is in EUR",
        "the budget of westeu-dev-1 is in USD: left out, the report is in EUR",
    ]


def test_two_sources_of_one_subscription_are_named() -> None:
    """The same charges from an export and from the API are twice the money."""
    report = report_of([charge(1, "1", x_Source="export-a"), charge(1, "1", x_Source="api")])
    assert said(report, "sources") == [f"subscription {DEV} has charges of 2 sources: api, export-a: all counted"]


def test_charges_of_days_to_come_are_counted_and_are_no_data_of_today() -> None:
    """A clock that is wrong somewhere must not end the month."""
    report = report_of([charge(20, "1"), charge(29, "4")])
    assert report.as_of == date(2026, 11, 20)
    assert said(report, "future") == ["1 charge for days to come (until 2026-11-29), 4.00 USD: counted"]
    assert report.total.billed == usd(5)


def test_unknown_tags_and_groups_are_named_the_dearest_first_and_the_rest_counted() -> None:
    """Seven of each: five by name."""
    rows = [
        charge(1, amount, x_ResourceGroup=f"rg-{amount}", Tags={"Deployment": f"westeu-test-{amount}"})
        for amount in range(1, 8)
    ]
    report = report_of(rows)
    assert said(report, "tag")[0] == "the tag Deployment=westeu-test-7 is no deployment's: 7.00 USD, 1 charge"
    assert said(report, "group")[0] == "the resource group rg-7 is no deployment's: 7.00 USD, 1 charge"
    for kind in ("tag", "group"):
        assert len(said(report, kind)) == 6
        assert said(report, kind)[-1].startswith("2 more ")
        assert said(report, kind)[-1].endswith(": 3.00 USD")
    assert report.line("unallocated").billed == usd(28)


def test_negative_and_zero_charges_are_counted_and_said() -> None:
    """Credits are money; rows of nothing are at least rows."""
    report = report_of([charge(1, "5"), charge(1, "-2"), charge(1, "0"), charge(2, "0")])
    assert said(report, "negative") == ["1 charge below zero, -2.00 USD in all: counted"]
    assert said(report, "zero") == ["2 charges of nothing: counted as rows"]


def test_tags_that_are_no_json_object_are_no_tags() -> None:
    """An export's bad cell makes a charge untagged and not a report impossible."""
    rows = [charge(1, "1", Tags=text) for text in ("[]", "7", '{"a', '{"x\\"y": "1"}')]
    report = report_of(rows)
    assert report.line("westeu-dev-1").untagged == usd(4)


def test_an_invoice_is_held_against_the_ledger() -> None:
    """Where it is more, exports are missing."""
    report = report_of([charge(1, "5")], inputs(invoices={DEV.upper(): usd("5.25"), PROD: usd(3)}))
    first, second = report.reconciliation.subscriptions
    assert first.missing == usd("0.25")
    assert second.missing == usd(3)


def test_a_charge_of_an_earlier_month_is_a_correction_of_it() -> None:
    """It is on this month's invoice, and no use of it."""
    report = report_of([charge(date(2026, 9, 5), "-3", ChargeCategory="Credit"), charge(1, "5")])
    (it,) = report.corrections
    assert (it.line, it.month, it.billed, it.counted) == ("westeu-dev-1", date(2026, 9, 1), usd(-3), True)
    assert report.days_of("westeu-dev-1").other == usd(-3)


def test_what_comes_after_a_close_is_a_correction_that_this_month_does_not_count() -> None:
    """October was closed with 10, and a late export makes it 12.50; a line that is unchanged is not told."""
    closed = Closed(
        month=OCTOBER, hash="0" * 64, lines={"westeu-dev-1": (usd(10), usd(10)), "global-dev": (usd(1), usd(1))}
    )
    rows = [
        charge(OCTOBER, amount, line, BillingPeriodStart=OCTOBER)
        for amount, line in (("10", "westeu-dev-1"), ("2.5", "westeu-dev-1"), ("1", "global-dev"))
    ]
    report = report_of([*rows, charge(1, "5")], inputs(closed=(closed,)))
    (it,) = report.corrections
    assert (it.line, it.month, it.billed, it.counted) == ("westeu-dev-1", OCTOBER, usd("2.5"), False)
    assert it.words == "October 2026 was closed with 10.00 USD, and is 12.50 USD now"
    assert report.total.billed == usd(5)


def test_steady_use_of_a_month_advises_a_promise_of_what_every_day_needed() -> None:
    """24 a day, and once 12: 0.50 an hour is steady; a fifth off is 0.10 an hour, 73 a month."""
    days = [*days_before(MONTH, 11), *(date(2026, 11, day) for day in range(1, 21))]
    rows = [
        charge(day, "12" if day.day == 5 else "24", SkuMeter="vCore", BillingPeriodStart=day.replace(day=1))
        for day in days
    ]
    (it,) = [it for it in report_of(rows).advice if it.kind == "reservation"]
    assert it.saving == usd(73)
    assert it.words.startswith("promise 0.400 USD an hour for a year (Azure savings plan for databases, 20 % off)")
    gap = [row for row in rows if row["ChargePeriodStart"] != date(2026, 11, 9)]
    assert not [it for it in report_of(gap).advice if it.kind == "reservation"], "a day without it needs nothing"
    used = [{**row, "CommitmentDiscountStatus": "Used"} for row in rows]
    assert not [it for it in report_of(used).advice if it.kind == "reservation"], "it is promised already"


def test_the_meters_that_can_be_promised_are_meters_of_the_price_sheet_too() -> None:
    """A name that Azure does not use would never match."""
    sheet = load_sheet()
    for it in load_commitments():
        known = {meter.meter for meter in sheet.meters if meter.service == it.service}
        assert known & set(it.meters)
        assert Decimal(0) < it.percent < Decimal(50)
        assert it.retrieved <= date(2026, 11, 22) + timedelta(days=365)


def test_untagged_late_and_over_budget_are_advised() -> None:
    """Each with the figure that it is about."""
    expired = followed("westeu-dev-1", lifetime=Lifetime(lived=((at(1), None),), expires=at(19)))
    rows = [charge(day, "10", Tags={}) for day in range(1, 21)]
    report = report_of(rows, inputs(expired, budgets={"westeu-dev-1": usd(150)}))
    told = {it.kind: it.words for it in report.advice if it.line == "westeu-dev-1"}
    assert told == {
        "expired": "westeu-dev-1 has cost 20.00 USD after its ExpiresOn: tear it down, or extend it with a reason",
        "budget": "westeu-dev-1 is foreseen 150.00 USD above its budget of 150.00 USD",
        "tags": "200.00 USD of westeu-dev-1 (100.0 %) have no right Deployment tag: tag what they are for",
    }


def test_a_month_is_named_by_its_first_day() -> None:
    """A mistake of the program, not of a user."""
    with Ledger.of_rows([]) as ledger, pytest.raises(ValueError, match="first day"):
        assemble(ledger, date(2026, 11, 2), inputs())
