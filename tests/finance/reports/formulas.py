"""A few of Excel's formulas, calculated exactly: those that the workbook has, and no other."""

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from openpyxl import Workbook

from finance.money import EXACT

REFERENCE = re.compile(r"(?:'?([A-Za-z ]+)'?!)?([A-Z]+[0-9]+)")
SUM = re.compile(r"=SUM\(([A-Z]+[0-9]+:[A-Z]+[0-9]+)\)")


def value_of(book: Workbook, sheet: str, cell: str) -> Decimal:
    """What a cell comes to; an empty one is nothing, as in Excel. Raises ValueError for what is no number."""
    value: Any = book[sheet][cell].value
    if value is None:
        return Decimal(0)
    if isinstance(value, str) and value.startswith("="):
        return calculated(book, sheet, value)
    if isinstance(value, int | float | Decimal):
        return Decimal(str(value))
    raise ValueError(f"{sheet}!{cell} is {value!r}")


def calculated(book: Workbook, sheet: str, formula: str) -> Decimal:
    """What a formula comes to: a sum of a range, or cells with one kind of operator between them."""
    if found := SUM.fullmatch(formula):
        cells = [cell.coordinate for row in book[sheet][found[1]] for cell in row]
        total = Decimal(0)
        for cell in cells:
            total = EXACT.add(total, value_of(book, sheet, cell))
        return total
    first, *others = re.split(r" ([-+/]) ", formula.removeprefix("="))
    result = _cell(book, sheet, first)
    for operator, reference in zip(others[::2], others[1::2], strict=True):
        other = _cell(book, sheet, reference)
        match operator:
            case "+":
                result = EXACT.add(result, other)
            case "-":
                result = EXACT.subtract(result, other)
            case _:
                result /= other
    return result


def formulas_of(book: Workbook) -> Iterator[tuple[str, str, str]]:
    """Every formula with its sheet and cell."""
    for sheet in book.worksheets:
        for row in sheet.iter_rows():
            for cell in row:
                if cell.data_type == "f":
                    yield sheet.title, cell.coordinate, str(cell.value)


def _cell(book: Workbook, sheet: str, reference: str) -> Decimal:
    found = REFERENCE.fullmatch(reference)
    if not found:
        raise ValueError(f"{reference!r} is no cell")
    return value_of(book, found[1] or sheet, found[2])
