"""CSV and JSON have every digit; what others wrote is text in each form; sentences agree with the figures."""

import csv
import io
import json
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from cidr import FaultsError
from finance.following.report import Report, TagBreakdown
from finance.money import Money
from finance.ranges import Cost
from finance.reports import words
from finance.reports.csv_files import csv_of, files_of
from finance.reports.files import FORMATS, write_files
from finance.reports.json_document import document_of, json_of
from finance.reports.table import Column, Row, Table
from tests.finance.reports.known import sample_report


def read(report: Report, name: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(dict(files_of(report))[name], newline="")))


@pytest.mark.parametrize("name", ["deployments.csv", "services.csv", "by-service.csv", "groups.csv", "shares.csv"])
def test_rows_of_a_file_add_up_to_the_company_to_the_last_digit(name: str) -> None:
    """No rounding on the way, and no row of sums that would be counted twice."""
    report = sample_report()
    assert sum(Decimal(row["billed"]) for row in read(report, name)) == report.total.billed.amount


def test_amounts_bear_their_currency() -> None:
    """An amount without one is no amount."""
    for name, text in files_of(sample_report()):
        header, *rows = list(csv.reader(io.StringIO(text, newline="")))
        if "currency" in header:
            assert {row[-1] for row in rows} <= {"USD"}, name
    assert {row["currency"] for row in read(sample_report(), "daily.csv")} == {"USD"}


def test_a_text_that_begins_as_a_formula_is_quoted() -> None:
    """A spreadsheet would run it; a number below zero stays a number."""
    columns = (Column("a", "a"), Column("b", "b", "money"))
    rows = (Row(("=1+1", Money(Decimal("-1.5"), "USD"))), Row(("@x", None)))
    text = csv_of(Table("t", "t", "", columns, rows), "USD")
    assert text.splitlines() == ["a,b,currency", "'=1+1,-1.5,USD", "'@x,,USD"]


def test_json_has_the_whole_report_exactly() -> None:
    """Amounts are texts with every digit."""
    report = sample_report()
    document = json.loads(json_of(report))
    lines = {line["name"]: line for line in document["lines"]}
    for line in report.lines:
        assert Decimal(lines[line.name]["billed"]["amount"]) == line.billed.amount
        assert lines[line.name]["billed"]["currency"] == "USD"
    assert set(document) == {"format", *document_of(report)}
    assert document["anomalies"][0]["day"] == "2026-11-14"


def test_sentences_say_what_the_figures_say() -> None:
    """Above the budget, below it, and who is."""
    report = sample_report()
    first, second, *_ = words.headline(report)
    total = report.total
    forecast = total.forecast
    assert f"to cost {words.whole(forecast.expected)} ({words.whole(forecast.low)} to" in first
    assert f"{words.whole(total.billed)} of it to date" in first
    assert total.budget is not None
    assert f"{words.whole(total.budget - forecast.expected)} below the budget of {words.whole(total.budget)}" in first
    over = [line for line in report.leaves if words.verdict_of(line) == "over"]
    assert over
    assert all(f"{line.name} ({words.written(line.foreseen, 'percent')})" in second for line in over)
    assert second.startswith(f"{len(over)} of ")
    total = replace(total, budget=forecast.expected - Money(Decimal(100), "USD"))
    above = replace(report, lines=(*report.lines[:-1], total))
    assert "100 USD above the budget of" in words.headline(above)[0]
    assert words.verdict_of(total) == "over"


def test_a_month_that_is_over_cost_what_was_billed() -> None:
    """Nothing of it is a forecast any more, also where its last days had no charge."""
    report = sample_report()
    billed = report.total.billed
    over = replace(report.total, forecast=Cost(billed, billed, billed))
    first = words.headline(replace(report, lines=(*report.lines[:-1], over)))[0]
    assert first.startswith(f"November 2026 cost {words.whole(billed)}: ")


@pytest.mark.parametrize(
    ("amount", "text"), [("0.047", "0.05 USD"), ("99.5", "99.50 USD"), ("100.49", "100 USD"), ("22800.5", "22,801 USD")]
)
def test_sentences_have_no_more_digits_than_a_reader_needs(amount: str, text: str) -> None:
    """What cost five cents did not cost nothing."""
    assert words.whole(Money(Decimal(amount), "USD")) == text


@pytest.mark.parametrize(
    ("low", "expected", "high", "verdict"),
    [(1, 2, 3, "within"), (1, 2, 4, "near"), (1, 4, 5, "over"), (3, 3, 3, "within")],
)
def test_the_verdict_hangs_on_the_forecast(low: int, expected: int, high: int, verdict: str) -> None:
    """Of a budget of three."""
    forecast = Cost(*(Money(Decimal(it), "USD") for it in (low, expected, high)))
    line = replace(sample_report().total, forecast=forecast, budget=Money(Decimal(3), "USD"))
    assert words.verdict_of(line) == verdict


def test_a_reconciliation_that_fails_is_said_first_hand() -> None:
    """The gate is fed a bad sample: a subscription with a charge that is on no line."""
    report = sample_report()
    first, *others = report.reconciliation.subscriptions
    broken = replace(first, total=first.total + Money(Decimal("0.01"), "USD"))
    bad = replace(report, reconciliation=replace(report.reconciliation, subscriptions=(broken, *others)))
    assert "do not add up" in words.headline(bad)[-1]
    assert "reconciled to the last digit" in words.headline(report)[-1]


@pytest.mark.parametrize(("amount", "text"), [("-0.001", "0.00"), ("1234.5", "1,234.50"), ("-7", f"{words.MINUS}7.00")])
def test_amounts_are_written_for_people(amount: str, text: str) -> None:
    """To cents, with a real minus sign, and nothing is never below zero."""
    assert words.written(Money(Decimal(amount), "USD"), "money") == text


def test_files_are_written_whole_and_told(tmp_path: Path) -> None:
    """Every form; nothing half written is left beside them."""
    report = sample_report()
    evil = TagBreakdown("account", "x", "<script>", report.total.billed, report.total.billed, 1)
    report = replace(report, by_tag=(*report.by_tag, evil))
    paths = write_files(report, FORMATS, tmp_path / "out", lambda path: path.write_text("rows") and None)
    assert {path.name for path in paths if path.parent.name != "csv"} == {
        "report.xlsx",
        "report.html",
        "report.json",
        "focus.csv",
        "usage-proposal.yaml",
    }
    assert sorted(it for it in (tmp_path / "out").rglob("*") if it.is_file()) == sorted(paths)
    assert "<script>" not in (tmp_path / "out" / "report.html").read_text()


def test_a_place_that_cannot_be_written_is_a_fault(tmp_path: Path) -> None:
    """Not a traceback."""
    (tmp_path / "file").write_text("")
    with pytest.raises(FaultsError, match="the report cannot be written"):
        write_files(sample_report(), ("json",), tmp_path / "file", lambda _: None)
