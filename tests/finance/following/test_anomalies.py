"""A day that is out of line is told, from a week of data on; a day that is not is left alone."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from finance.following import Lifetime, assemble
from finance.following.findings import Anomaly
from finance.ledger import Ledger
from tests.finance.following.charging import MONTH, Row, at, charge, days_before, followed, inputs, usd


def found_in(rows: Sequence[Row], lifetime: Lifetime | None = None) -> tuple[Anomaly, ...]:
    """The anomalies as of the 20th."""
    with Ledger.of_rows(rows) as ledger:
        return assemble(ledger, MONTH, inputs(followed("westeu-dev-1", lifetime=lifetime))).anomalies


def daily(amounts: dict[int, str], days: range = range(1, 21), usual: str = "10") -> list[Row]:
    """A charge a day, of the usual amount where no other is told."""
    return [charge(day, amounts.get(day, usual)) for day in days]


def test_a_day_of_three_times_the_usual_is_told_with_the_service_that_moved() -> None:
    """The reader asks which day, how much, and what it was."""
    (it,) = found_in([*daily({}), charge(14, "20", ServiceName="Azure Container Apps")])
    assert (it.line, it.day, it.billed, it.usual) == ("westeu-dev-1", date(2026, 11, 14), usd(30), usd(10))
    assert it.service == "Azure Container Apps"
    assert it.moved == usd(20)
    assert it.words == "20.00 USD more than usual (10.00 USD), most of it Azure Container Apps (+20.00)"


def test_a_day_far_below_the_usual_is_told_too() -> None:
    """Something stopped that nobody stopped."""
    (it,) = found_in(daily({14: "1"}))
    assert it.times is not None
    assert it.times < 0
    assert "9.00 USD less than usual" in it.words


def test_a_week_of_data_is_needed() -> None:
    """The seventh day has six before it, the eighth has seven."""
    assert not found_in(daily({7: "90"}))
    assert [it.day.day for it in found_in(daily({8: "90"}))] == [8]


def test_days_of_the_month_before_count() -> None:
    """The first of a month is judged by the last week of the one before."""
    before = [charge(day, "10", BillingPeriodStart=date(2026, 10, 1)) for day in days_before(MONTH, 7)]
    assert [it.day.day for it in found_in([*before, *daily({1: "90"})])] == [1]


def test_days_that_scatter_make_a_wide_usual() -> None:
    """Weekends that cost half are no anomalies; three times the usual still is one."""
    weekends = {day: "5" for day in range(1, 21) if date(2026, 11, day).weekday() >= 5}
    assert not found_in(daily(weekends))
    assert [it.day.day for it in found_in(daily({**weekends, 15: "0.5"}))] == [15]
    assert not found_in(daily({day: str(10 + day % 5) for day in range(1, 21)}))


def test_cents_are_nobodys_time() -> None:
    """A hundred times the usual of half a cent."""
    assert not found_in(daily({14: "0.5"}, usual="0.005"))


def test_the_days_of_birth_and_death_are_no_anomalies() -> None:
    """On the 20th it went at noon: half a day is half the cost, and so it was to be."""
    rows = daily({19: "5"}, range(1, 20))
    assert [it.day.day for it in found_in([*rows, charge(20, "1", "global-dev")])] == [19]
    assert not found_in(rows, Lifetime(lived=((at(1), at(19, 12)),)))


def test_a_day_that_is_not_whole_yet_is_no_anomaly() -> None:
    """Today's charges come until tomorrow."""
    assert not found_in([*daily({}), charge(21, "1")])


def test_a_purchase_is_no_anomaly() -> None:
    """It was decided, and stands in the table of what was bought."""
    assert not found_in([*daily({}), charge(14, Decimal(900), ChargeCategory="Purchase")])
