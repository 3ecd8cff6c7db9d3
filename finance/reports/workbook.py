"""A report as an Excel workbook: a sheet a table, with its sums, variances and shares as formulas that are alive.

Amounts are numbers of the report's currency with all the digits that Excel keeps (about 15); the CSV files have every
digit. What others wrote (names of tags, of resources) is text, never a formula, whatever it begins with.
"""

import io
from collections.abc import Mapping
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any, Final

from openpyxl import Workbook
from openpyxl.cell.cell import Cell as ExcelCell
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from finance.following.report import Report
from finance.money import Money
from finance.reports import words
from finance.reports.contents import tables_of
from finance.reports.known_values import with_known_values
from finance.reports.table import Cell, Column, Table
from finance.reports.workbook_charts import add_charts

SUMMARY: Final = "Summary"
HEADER: Final = 4
"""The row of the headings: above it the title and the note, below it the data."""
_FORMATS: Final[Mapping[str, str]] = {
    "money": "#,##0.00;[Red]-#,##0.00",
    "percent": "0.0%",
    "number": "#,##0.##########",
    "day": "d mmm yyyy",
    "text": "General",
    "words": "General",
}
_WIDTHS: Final[Mapping[str, int]] = {"money": 15, "percent": 10, "number": 11, "day": 13, "words": 80}
_MOST_WIDTH: Final = 60
_INK: Final = "17212B"
_HEADING: Final = {"font": Font(bold=True, color="FFFFFF"), "fill": PatternFill("solid", fgColor=_INK)}
_TOTAL: Final = {"font": Font(bold=True), "border": Border(top=Side("thin", _INK), bottom=Side("double", _INK))}
_NOTE: Final = Font(color="586573", italic=True)
_NUMBERS: Final = ("money", "percent", "number")


def workbook_of(report: Report, state: str = "") -> bytes:
    """The workbook as a file. The same report gives the same bytes. state: as in page.page_of."""
    book = Workbook()
    tables = tables_of(report)
    known: dict[str, dict[str, Decimal]] = {}
    summary: Any = book.active
    summary.title = SUMMARY
    for table in tables.values():
        sheet: Worksheet = book.create_sheet(sheet_of(table.key))
        known[sheet.title] = _fill(sheet, table, report)
    known[SUMMARY] = _summarise(summary, report, tables["deployments"], state or words.state_of(report))
    add_charts(summary, book, tables)
    written = datetime.combine(report.as_of or report.month, time())
    book.properties.creator = "cfctl cost report"
    book.properties.title = f"Cost report, {words.month_name(report.month)}"
    book.properties.created = book.properties.modified = written
    book.calculation.fullCalcOnLoad = True
    buffer = io.BytesIO()
    book.save(buffer)
    return with_known_values(buffer.getvalue(), book.sheetnames, known, written)


def sheet_of(key: str) -> str:
    """The sheet of a table."""
    return key.replace("-", " ").capitalize()


def cell_of(table: Table, at: int, key: str) -> str:
    """Where a row's value of a column stands: `E5`."""
    return f"{get_column_letter(table.column(key) + 1)}{HEADER + 1 + at}"


def formula_of(table: Table, at: int, column: Column) -> str | None:
    """The formula of a cell, None where it is a value."""
    row = table.rows[at]
    if row.place == "total" and column.summed:
        data = [index for index, it in enumerate(table.rows) if it.place == "row"]
        return f"=SUM({cell_of(table, data[0], column.key)}:{cell_of(table, data[-1], column.key)})" if data else None
    if not column.formula:
        return None
    return "=" + column.formula.format_map({it.key: cell_of(table, at, it.key) for it in table.columns})


def _fill(sheet: Worksheet, table: Table, report: Report) -> dict[str, Decimal]:
    """Write a table; gives what its formulas come to."""
    known: dict[str, Decimal] = {}
    sheet["A1"] = table.title
    sheet["A1"].font = Font(bold=True, size=14)
    money = any(column.kind == "money" for column in table.columns)
    _text(sheet["A2"], " ".join(it for it in (f"Amounts in {report.currency}." if money else "", table.note) if it))
    sheet["A2"].font = _NOTE
    for at, column in enumerate(table.columns, 1):
        cell = _put(sheet, HEADER, at, column.heading)
        cell.font, cell.fill = _HEADING["font"], _HEADING["fill"]
        horizontal = "right" if column.kind in _NUMBERS else "left"
        cell.alignment = Alignment(wrap_text=True, vertical="center", horizontal=horizontal)
        sheet.column_dimensions[get_column_letter(at)].width = _width(table, column, at - 1)
    for at in range(len(table.rows)):
        for index in range(len(table.columns)):
            known |= _write(sheet, table, at, index)
    if not table.rows:
        sheet.cell(HEADER + 1, 1, table.empty)
    _lay_out(sheet, table, report)
    return known


def _write(sheet: Worksheet, table: Table, at: int, index: int) -> dict[str, Decimal]:
    """Write one cell; gives its value where it is a formula."""
    row, column = table.rows[at], table.columns[index]
    value = row.cells[index]
    cell: Any = sheet.cell(HEADER + 1 + at, index + 1)
    if row.place == "total":
        cell.font, cell.border = _TOTAL["font"], _TOTAL["border"]
    elif row.place == "sum":
        cell.font = Font(bold=True)
    cell.number_format = _FORMATS[column.kind]
    cell.alignment = Alignment(vertical="top", wrap_text=column.kind == "words")
    number = number_of(value, column)
    formula = formula_of(table, at, column) if value is not None else None
    if formula and number is not None:
        cell.value = formula
        return {cell.coordinate: number}
    if number is not None:
        cell.value = number
    elif isinstance(value, date):
        cell.value = value
    elif isinstance(value, str):
        _text(cell, value)
    return {}


def number_of(value: Cell, column: Column) -> Decimal | None:
    """A cell's number as the workbook has it, a percentage as a fraction; None for what is no number."""
    match value:
        case Money():
            return value.amount
        case Decimal() | int():
            return Decimal(value) / 100 if column.kind == "percent" else Decimal(value)
        case _:
            return None


def _summarise(sheet: Worksheet, report: Report, deployments: Table, state: str) -> dict[str, Decimal]:
    """The first sheet: the sentences, and the figures of the company, taken from the sheet of the deployments."""
    known: dict[str, Decimal] = {}
    sheet["A1"] = f"Cost report, {words.month_name(report.month)}"
    sheet["A1"].font = Font(bold=True, size=18)
    sheet["A2"] = f"{words.as_of(report)}; all amounts in {report.currency}; {state}"
    sheet["A2"].font = _NOTE
    sentences = words.headline(report)
    for at, sentence in enumerate(sentences):
        _text(sheet.cell(4 + at, 1), sentence)
        sheet.cell(4 + at, 1).font = Font(bold=at == 0, size=12 if at == 0 else 11)
    total = len(deployments.rows) - 1
    name = sheet_of(deployments.key)
    for at, key in enumerate(("budget", "estimate", "billed", "forecast_low", "forecast", "forecast_high", "left")):
        column = deployments.columns[deployments.column(key)]
        number = number_of(deployments.rows[total].cells[deployments.column(key)], column)
        row = 5 + len(sentences) + at
        sheet.cell(row, 1, column.heading.capitalize()).font = Font(bold=key in ("billed", "forecast", "left"))
        if number is not None:
            cell: Any = sheet.cell(row, 2, f"={name}!{cell_of(deployments, total, key)}")
            cell.number_format = _FORMATS["money"]
            cell.font = Font(bold=key in ("billed", "forecast", "left"))
            known[cell.coordinate] = number
    sheet.column_dimensions["A"].width = 26
    sheet.column_dimensions["B"].width = 16
    sheet.sheet_view.showGridLines = False
    _for_paper(sheet)
    return known


def _lay_out(sheet: Any, table: Table, report: Report) -> None:
    last = get_column_letter(len(table.columns))
    rows = sum(1 for row in table.rows if row.place != "total")
    sheet.freeze_panes = f"B{HEADER + 1}"
    if rows:
        sheet.auto_filter.ref = f"A{HEADER}:{last}{HEADER + rows}"
    sheet.row_dimensions[HEADER].height = 32
    sheet.sheet_view.showGridLines = False
    sheet.print_title_rows = f"{HEADER}:{HEADER}"
    sheet.oddFooter.left.text = f"Cost report, {words.month_name(report.month)}"
    sheet.oddFooter.right.text = "&A, page &P of &N"
    _for_paper(sheet)


def _for_paper(sheet: Any) -> None:
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.paperSize = sheet.PAPERSIZE_A4
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True


def _width(table: Table, column: Column, at: int) -> int:
    if column.kind in _WIDTHS:
        return _WIDTHS[column.kind]
    texts = [len(str(row.cells[at] or "")) for row in table.rows]
    return min(_MOST_WIDTH, max([12, len(column.heading) + 4, *(length + 2 for length in texts)]))


def _put(sheet: Worksheet, row: int, column: int, text: str) -> Any:
    cell: Any = sheet.cell(row, column)
    _text(cell, text)
    return cell


def _text(cell: Any, text: str) -> None:
    """A text as text: `=1+1` in a tag's value is not a formula."""
    cell.value = text
    if isinstance(cell, ExcelCell):
        cell.data_type = "s"
