"""The workbook's formulas are alive, and come to what the report says; what others wrote never becomes a formula."""

import io
from dataclasses import replace
from decimal import Decimal

import openpyxl
import pytest

from finance.following.report import Report, TagBreakdown
from finance.money import Money
from finance.reports.contents import tables_of
from finance.reports.table import Table
from finance.reports.workbook import SUMMARY, cell_of, number_of, sheet_of, workbook_of
from tests.finance.reports.formulas import calculated, formulas_of, value_of
from tests.finance.reports.known import sample_report, sample_workbook

# Excel keeps 15 digits of a number, and what is read here are its numbers.
TOTAL = 5 + sum(1 for _ in sample_report().leaves)
"""The row of the company on the sheet of deployments."""
CLOSE = Decimal("1e-9")
PERCENT = Decimal("0.0005")
"""A share of the report is to a tenth of a percent."""


def opened(report: Report) -> openpyxl.Workbook:
    content = sample_workbook() if report is sample_report() else workbook_of(report)
    return openpyxl.load_workbook(io.BytesIO(content))


def cells(table: Table) -> list[tuple[str, Decimal, Decimal]]:
    """Every number of a table: its cell, what it is to be, and how far the workbook may be off."""
    return [
        (cell_of(table, at, column.key), number, PERCENT if column.kind == "percent" else CLOSE)
        for at, row in enumerate(table.rows)
        for column, cell in zip(table.columns, row.cells, strict=True)
        if (number := number_of(cell, column)) is not None
    ]


def wrong(book: openpyxl.Workbook, report: Report) -> list[str]:
    """The cells that do not come to what the report says."""
    return [
        f"{sheet_of(table.key)}!{cell}"
        for table in tables_of(report).values()
        for cell, number, off in cells(table)
        if abs(value_of(book, sheet_of(table.key), cell) - number) > off
    ]


def test_every_cell_comes_to_what_the_report_says() -> None:
    """Sums, variances and shares are calculated from the cells, not copied."""
    report = sample_report()
    assert wrong(opened(report), report) == []


def test_a_formula_that_is_wrong_is_seen() -> None:
    """The gate is fed a bad sample: one amount is changed, and all that hangs on it differs."""
    report = sample_report()
    book = opened(report)
    book["Deployments"]["E5"].value = 999
    assert "Deployments!E5" in wrong(book, report)
    assert f"Deployments!E{TOTAL}" in wrong(book, report), "the company's sum is alive"


def test_totals_variances_and_shares_are_formulas() -> None:
    """A reader who changes an amount sees what follows from it."""
    found = {f"{sheet}!{cell}": formula for sheet, cell, formula in formulas_of(opened(sample_report()))}
    assert found[f"Deployments!E{TOTAL}"] == f"=SUM(E5:E{TOTAL - 1})"
    assert found["Deployments!F5"] == "=E5 / C5"
    assert found["Deployments!K5"] == "=C5 - H5"
    assert found["Variances!H5"] == "=G5 - B5"
    assert found["Variances!I5"] == "=H5 - C5 - D5 - E5 - F5"
    assert f"=Deployments!E{TOTAL}" in [formula for cell, formula in found.items() if cell.startswith(SUMMARY)]
    assert len(found) > 100


def test_what_formulas_come_to_stands_beside_them() -> None:
    """For who does not calculate: previews of mail, pandas."""
    content = sample_workbook()
    book = openpyxl.load_workbook(io.BytesIO(content))
    shown = openpyxl.load_workbook(io.BytesIO(content), data_only=True)
    for sheet, cell, formula in formulas_of(book):
        beside = shown[sheet][cell].value
        assert beside is not None, f"{sheet}!{cell}"
        assert abs(Decimal(str(beside)) - calculated(book, sheet, formula)) <= PERCENT


def test_names_of_others_are_text() -> None:
    """A tag's value that begins with an equals sign is shown as it is."""
    report = sample_report()
    one = Money(Decimal(1), "USD")
    evil = TagBreakdown("westeu-dev-1", "Owner", '=HYPERLINK("http://example.com")', one, one, 1)
    book = opened(replace(report, by_tag=(*report.by_tag, evil)))
    [cell] = [cell for row in book["Tags"].iter_rows() for cell in row if str(cell.value).startswith("=HYP")]
    assert cell.data_type == "s"


def test_the_same_report_gives_the_same_file() -> None:
    """So that a pack can be compared, and hashed."""
    assert workbook_of(sample_report()) == sample_workbook()


def test_a_month_without_data_has_a_workbook_too() -> None:
    """It says so."""
    report = sample_report()
    empty = replace(report, as_of=None, by_service=(), by_group=(), by_tag=(), resources=(), anomalies=(), splits=())
    assert opened(empty)[SUMMARY]["A4"].value == "There is no data for November 2026."


@pytest.mark.parametrize("formula", ["=SUM(A1)", "=VLOOKUP(A1)", "=A1 * B1"])
def test_a_formula_that_is_not_known_is_an_error(formula: str) -> None:
    """The calculation here must never pass over one."""
    with pytest.raises(ValueError, match="is no cell"):
        calculated(opened(sample_report()), "Deployments", formula)
