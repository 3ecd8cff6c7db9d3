"""A report as CSV: a file a table, every row and every digit. RFC 4180, UTF-8; no sums, which are not data.

A text that a spreadsheet would take for a formula gets an apostrophe before it, as spreadsheets write such texts
themselves: names of tags and resources are other people's (https://owasp.org/www-community/attacks/CSV_Injection).
"""

import csv
import io
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Final

from finance.following.report import Report
from finance.money import Money
from finance.reports.contents import tables_of
from finance.reports.table import Cell, Table

_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")


def files_of(report: Report) -> Iterator[tuple[str, str]]:
    """Each file's name with its text. A table of amounts has the column `currency`."""
    for table in tables_of(report).values():
        yield f"{table.key}.csv", csv_of(table, report.currency)


def csv_of(table: Table, currency: str) -> str:
    """One table as CSV, its headings the keys of its columns."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    money = any(column.kind == "money" for column in table.columns)
    more = (currency,) if money else ()
    writer.writerow([*(column.key for column in table.columns), *(("currency",) if money else ())])
    for row in table.rows:
        if row.place != "total":
            writer.writerow([*(_written(cell) for cell in row.cells), *more])
    return text.getvalue()


def _written(cell: Cell) -> str:
    match cell:
        case None:
            return ""
        case Money():
            return f"{cell.amount:f}"
        case Decimal():
            return f"{cell:f}"
        case date():
            return cell.isoformat()
        case int():
            return str(cell)
        case str():
            return f"'{cell}" if cell.startswith(_FORMULA) else cell
