"""A table of a report: what every form of it shows, before it has one. Exact amounts, no text that was made of them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

from finance.money import EXACT, Money

Kind = Literal["text", "words", "money", "percent", "number", "day"]
"""text: a name. words: a sentence. percent: to a tenth. number: a count or a factor."""
Cell = str | Money | Decimal | int | date | None
"""None where there is nothing to say: never shown as zero."""
Place = Literal["row", "sum", "total"]
"""What a row is: one of the data; a sum of some of them; the sum of all."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column. key: its name for programs, as CSV has it; heading: for people.

    formula: how it follows from others of its row, with their keys in braces, of a percentage as a fraction; a workbook
    keeps it alive. summed: the table's total has the sum of its rows. filed: in files alone, no page has room for it.
    """

    key: str
    heading: str
    kind: Kind = "text"
    formula: str = ""
    summed: bool = False
    filed: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """A row. cells: one a column."""

    cells: tuple[Cell, ...]
    place: Place = "row"


@dataclass(frozen=True, slots=True)
class Table:
    """A table. key: its name in files and anchors; note: what a reader has to know; shown: rows that a page has room
    for, the first ones, while files have all; empty: what is said where it has no row.
    """

    key: str
    title: str
    note: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    shown: int | None = None
    empty: str = "None."

    @property
    def data(self) -> Iterator[Row]:
        """The rows that are no sums."""
        return (row for row in self.rows if row.place == "row")

    def column(self, key: str) -> int:
        """Where a column stands. Raises KeyError for none."""
        for at, column in enumerate(self.columns):
            if column.key == key:
                return at
        raise KeyError(key)


def with_total(columns: Sequence[Column], rows: Sequence[Row], name: str, currency: str) -> tuple[Row, ...]:
    """The rows with their total below: of money in the report's currency, of numbers, nothing where all are None."""
    cells: list[Cell] = [name]
    for at, column in enumerate(columns[1:], start=1):
        cells.append(_sum([row.cells[at] for row in rows if row.place == "row"], currency) if column.summed else None)
    return (*rows, Row(tuple(cells), "total"))


def _sum(cells: Sequence[Cell], currency: str) -> Cell:
    there = [cell for cell in cells if cell is not None]
    amounts = [cell for cell in there if isinstance(cell, Money)]
    if amounts:
        return Money.total(amounts, currency)
    numbers = [Decimal(cell) for cell in there if isinstance(cell, int | Decimal)]
    total = Decimal(0)
    for number in numbers:
        total = EXACT.add(total, number)
    return total if numbers else None
