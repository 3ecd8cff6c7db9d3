"""A report as one page of HTML that needs nothing beside itself: light or dark as the screen is, fit for paper.

Every amount stands in it twice: written to cents for people, and exact in `data-amount`, beside a `data-figure` that
says which it is: `deployments/0/billed` is the column `billed` of the first row of the table `deployments`.
"""

from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from finance.following.report import Report
from finance.money import Money
from finance.reports import pictures, words
from finance.reports.contents import tables_of
from finance.reports.table import Cell, Column, Row, Table

_TEMPLATES: Final = Path(__file__).with_name("templates")
_SECTIONS: Final = (
    ("Budgets", ("deployments", "environments")),
    ("Why it differs from the plan", ("variances", "causes")),
    ("Services", ("services",)),
    ("Shared cost, billed and amortised", ("shares", "splits")),
    ("What was found", ("anomalies", "advice", "lives")),
    ("Reconciliation", ("subscriptions", "views", "differences", "corrections", "notices")),
    ("In detail", ("days", "resources", "by-service", "groups", "tags", "learning")),
)
"""Where the tables stand. Those in files alone are parts of these: a subscription's lines, every line's days."""


def page_of(report: Report, state: str = "") -> str:
    """The page. state: whether the month is open or closed, in words; empty: as the report says."""
    tables = tables_of(report)
    return (
        _environment()
        .get_template("report.html.j2")
        .render(
            report=report,
            title=f"Cost report, {words.month_name(report.month)}",
            month=words.month_name(report.month),
            as_of=words.as_of(report),
            state=state or words.state_of(report),
            headline=words.headline(report),
            verdict=words.verdict_of(report.total),
            verdicts=words.VERDICTS,
            verdict_of_name={line.name: words.verdict_of(line) for line in report.lines},
            cards=_cards(report),
            company=pictures.of_company(report),
            deployments=pictures.of_deployments(report),
            written=words.written,
            figure=_figure,
            shown=_shown,
            columned=_columned,
            sections=[(title, [tables[key] for key in keys]) for title, keys in _SECTIONS],
        )
        + "\n"
    )


def _cards(report: Report) -> list[tuple[str, str, Money | None, str]]:
    """The figures on top: key, name, amount, and what stands below it."""
    total = report.total
    forecast, budget = total.forecast, total.budget
    left = budget - forecast.expected if budget else None
    spent = "overspent at the month's end" if left and left.amount < 0 else "left at the month's end"
    return [
        (
            "billed",
            "Billed to date",
            total.billed,
            f"{words.written(total.used, 'percent')} of the budget" if budget else "",
        ),
        ("forecast", "Forecast", forecast.expected, f"{words.whole(forecast.low)} to {words.whole(forecast.high)}"),
        ("budget", "Budget", budget, "of the month, all environments"),
        ("left", spent.partition(" ")[0].capitalize(), left, spent.partition(" ")[2]),
        ("amortised", "Amortised to date", total.amortised, "commitments spread over their term"),
    ]


def _shown(table: Table) -> list[tuple[int, Any]]:
    """The rows that the page has room for, with their numbers, and every sum."""
    rows = list(enumerate(table.rows))
    if table.shown is None:
        return rows
    return [(at, row) for at, row in rows if at < table.shown or row.place != "row"]


def _columned(table: Table, row: Row) -> list[tuple[Column, Cell]]:
    """The cells of a row that the page has room for, each with its column."""
    return [(it, cell) for it, cell in zip(table.columns, row.cells, strict=True) if not it.filed]


def _figure(cell: Cell) -> str:
    """A cell's exact amount, or nothing where it is none."""
    return str(cell.amount) if isinstance(cell, Money) else ""


@lru_cache(maxsize=1)
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
