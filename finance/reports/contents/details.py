"""The tables of what the lines are made of: services, groups, tags, days, resources and the causes of variances."""

from collections import defaultdict
from collections.abc import Iterable, Iterator

from finance.following.report import COMPANY, PARTS, Report
from finance.money import Money
from finance.reports.table import Cell, Column, Row, Table, with_total

_BILLED = Column("billed", "billed", "money", summed=True)
_AMORTISED = Column("amortised", "amortised", "money", summed=True)
_ROWS = Column("rows", "charges", "number", summed=True)
_LARGEST = 15
_DAYS = (
    Column("day", "day", "day"),
    Column("billed", "billed", "money"),
    Column("cumulative", "since the 1st", "money"),
    Column("forecast_low", "forecast low", "money"),
    Column("forecast", "forecast", "money"),
    Column("forecast_high", "forecast high", "money"),
)
_DAYS_NOTE = "A row without a day is what was billed in this month for days of others. Forecasts are cumulative too."


def services(report: Report) -> Table:
    """By service over all deployments, the dearest first."""
    by_service: dict[str, list[Money]] = defaultdict(lambda: [Money.zero(report.currency)] * 2)
    charges: dict[str, int] = defaultdict(int)
    for it in report.by_service:
        billed, amortised = by_service[it.key]
        by_service[it.key] = [billed + it.billed, amortised + it.amortised]
        charges[it.key] += it.rows
    found = sorted(by_service.items(), key=lambda it: (-it[1][0].amount, it[0]))
    rows = [Row((service, *amounts, charges[service])) for service, amounts in found]
    columns = (Column("service", "service"), _BILLED, _AMORTISED, _ROWS)
    return _totalled(report, "services", "By service", columns, rows)


def by_service(report: Report) -> Table:
    """By deployment and service."""
    rows = [Row((it.line, it.key, it.billed, it.amortised, it.rows)) for it in report.by_service]
    columns = (Column("line", "deployment"), Column("service", "service"), _BILLED, _AMORTISED, _ROWS)
    return _totalled(report, "by-service", "By deployment and service", columns, _dearest(rows, 2), shown=_LARGEST)


def groups(report: Report) -> Table:
    """By resource group."""
    rows = [Row((it.line, it.key or "none", it.billed, it.amortised, it.rows)) for it in report.by_group]
    columns = (Column("line", "deployment"), Column("group", "resource group"), _BILLED, _AMORTISED, _ROWS)
    return _totalled(report, "groups", "By resource group", columns, _dearest(rows, 2), shown=_LARGEST)


def tags(report: Report) -> Table:
    """By tag; each tag splits the whole, so one tag's rows are never added to another's, and there is no total."""
    rows = [Row((it.tag, it.value or "missing", it.line, it.billed, it.amortised, it.rows)) for it in report.by_tag]
    columns = (
        Column("tag", "tag"),
        Column("value", "value"),
        Column("line", "deployment"),
        *(Column(it.key, it.heading, it.kind) for it in (_BILLED, _AMORTISED, _ROWS)),
    )
    note = "Each tag splits the whole: rows of one tag add up to the total, rows of two do not."
    return Table("tags", "By tag", note, columns, tuple(rows), shown=_LARGEST)


def days(report: Report) -> Table:
    """Every day of the company, with what was billed for other months before them."""
    return Table("days", "Day by day", _DAYS_NOTE, _DAYS, tuple(Row(cells) for cells in _days(report, COMPANY)))


def all_days(report: Report) -> Table:
    """Every day of every line."""
    names = [series.line for series in report.series]
    rows = [Row((name, *cells)) for name in names for cells in _days(report, name)]
    return Table("daily", "Day by day and deployment", _DAYS_NOTE, (Column("line", "deployment"), *_DAYS), tuple(rows))


def _days(report: Report, name: str) -> Iterator[tuple[Cell, ...]]:
    series = report.days_of(name)
    if series.other.amount:
        yield (None, series.other, series.other, None, None, None)
    for it in series.days:
        forecast = (it.forecast.low, it.forecast.expected, it.forecast.high) if it.forecast else (None,) * 3
        yield (it.day, it.billed, it.cumulative, *forecast)


def resources(report: Report) -> Table:
    """Every resource, planned against billed, the largest difference first."""
    columns = (
        Column("line", "deployment"),
        Column("resource", "resource"),
        Column("resource_id", "resource id", filed=True),
        Column("service", "service"),
        Column("planned", "planned", "money", summed=True),
        *(Column(part, part, "money", summed=True) for part in PARTS),
        Column("billed", "billed", "money", summed=True),
        Column("variance", "variance", "money", formula="{billed} - {planned}", summed=True),
        Column("reason", "in words", "words"),
    )
    rows: list[Row] = []
    for it in sorted(report.resources, key=lambda it: (-abs(it.total.amount), it.line, it.resource)):
        parts = (it.price, it.usage, it.scope, it.time)
        name = it.resource.rpartition("/")[2] or "names no resource"
        cells = (it.line, name, it.resource, it.service, it.planned, *parts, it.billed)
        rows.append(Row((*cells, it.total, it.reason)))
    return _totalled(report, "resources", "Resources, planned against billed", columns, rows, shown=_LARGEST)


def causes(report: Report) -> Table:
    """Every cause of the variances of those that hold charges, the largest first."""
    columns = (
        Column("line", "deployment"),
        Column("part", "part"),
        Column("amount", "amount", "money"),
        Column("words", "cause", "words"),
    )
    found = [(line.name, cause) for line in report.leaves if line.variance for cause in line.variance.causes]
    found.sort(key=lambda it: -abs(it[1].amount.amount))
    rows = [Row((name, cause.part, cause.amount, cause.words)) for name, cause in found]
    return Table("causes", "Causes of the variances", "", columns, tuple(rows), shown=_LARGEST)


def _dearest(rows: Iterable[Row], at: int) -> list[Row]:
    def amount(row: Row) -> tuple[object, ...]:
        cell = row.cells[at]
        return (-cell.amount if isinstance(cell, Money) else 0, *(str(it) for it in row.cells[:at]))

    return sorted(rows, key=amount)


def _totalled(
    report: Report, key: str, title: str, columns: tuple[Column, ...], rows: list[Row], *, shown: int | None = None
) -> Table:
    total = with_total(columns, rows, "total", report.currency) if rows else ()
    return Table(key, title, "", columns, total, shown=shown, empty="No charge.")
