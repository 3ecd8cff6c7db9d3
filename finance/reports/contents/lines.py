"""The tables with a row a line: budget and forecast, both views of shared cost, variance, what was saved or lost."""

from collections.abc import Callable

from finance.following.report import LEAVES, PARTS, Line, Report
from finance.money import Money
from finance.reports.table import Cell, Column, Place, Row, Table

NAME = Column("line", "deployment")
ENVIRONMENT = Column("environment", "env")


def budgets(report: Report) -> Table:
    """What each line has and takes: the table that a reader comes for."""
    columns = (
        NAME,
        ENVIRONMENT,
        Column("budget", "budget", "money"),
        Column("estimate", "estimate, full month", "money", summed=True),
        Column("billed", "billed to date", "money", summed=True),
        Column("used", "used", "percent", formula="{billed} / {budget}"),
        Column("forecast_low", "forecast low", "money", summed=True),
        Column("forecast", "forecast", "money", summed=True),
        Column("forecast_high", "forecast high", "money", summed=True),
        Column("foreseen", "of budget", "percent", formula="{forecast} / {budget}"),
        Column("left", "left at month's end", "money", formula="{budget} - {forecast}"),
    )
    return Table(
        "deployments",
        "Deployments against their budgets",
        "Forecast: what the month will have cost at its end. Left is the budget without the expected forecast; below "
        "zero it is overspent. The account and what belongs to nobody have no budget of their own.",
        columns,
        _with_company(report, _budget_cells),
    )


def roll_ups(report: Report) -> Table:
    """Environments and the company against their own budgets, which are not sums of deployments' budgets."""
    table = budgets(report)
    rows = [Row(_budget_cells(line), _place(line)) for line in report.lines if line.kind not in LEAVES]
    columns = tuple(
        Column(it.key, "of" if it.key == "line" else it.heading, it.kind, it.formula) for it in table.columns
    )
    return Table(
        "environments",
        "Environments and company",
        "Their budgets are those that the account watches, with room for deployments that are not up now.",
        columns,
        tuple(rows),
    )


def amortised(report: Report) -> Table:
    """Billed and amortised, without and with the share of what is shared: four views that are never added."""
    columns = (
        NAME,
        Column("billed", "billed", "money", summed=True),
        Column("shared", "shared in", "money", summed=True),
        Column("full", "billed in full", "money", formula="{billed} + {shared}", summed=True),
        Column("amortised", "amortised", "money", summed=True),
        Column("shared_amortised", "shared in", "money", summed=True),
        Column("full_amortised", "amortised in full", "money", formula="{amortised} + {shared_amortised}", summed=True),
    )

    def cells(line: Line) -> tuple[Cell, ...]:
        own = (line.billed, line.shared, line.full)
        return (line.name, *own, line.amortised, line.shared_amortised, line.full_amortised)

    return Table(
        "shares",
        "Billed and amortised, with shared cost split",
        "Billed is what the invoice asks; amortised spreads commitments over what they cover. Shared cost of a global "
        "goes to its regionals by rule: what one takes another gives, so the totals stay.",
        columns,
        _with_company(report, cells),
    )


def splits(report: Report) -> Table:
    """Who gives what to whom, by which rule."""
    columns = (
        Column("source", "from"),
        Column("target", "to"),
        Column("billed", "billed", "money"),
        Column("amortised", "amortised", "money"),
        Column("rule", "rule", "words"),
    )
    rows = [Row((it.source, it.target, it.billed, it.amortised, it.rule)) for it in report.splits]
    return Table("splits", "How shared cost was split", "", columns, tuple(rows), empty="Nothing was split.")


def variances(report: Report) -> Table:
    """What was planned to date, what came, and why they differ."""
    columns = (
        NAME,
        Column("planned", "planned to date", "money"),
        *(Column(part, part, "money") for part in PARTS),
        Column("actual", "billed to date", "money"),
        Column("variance", "variance", "money", formula="{actual} - {planned}"),
        Column(
            "unexplained",
            "unexplained",
            "money",
            formula="{variance} - {price} - {usage} - {scope} - {time}",
            filed=True,
        ),
        Column("words", "in words", "words"),
    )
    rows: list[Row] = []
    for line in report.lines:
        found = line.variance
        if found is not None:
            parts = tuple(found.part(part) for part in PARTS)
            unexplained = found.total - Money.total(parts, report.currency)
            cells = (line.name, found.planned, *parts, found.actual, found.total, unexplained, found.words)
            rows.append(Row(cells, _place(line)))
    return Table(
        "variances",
        "Variance to date, and why",
        "Planned is the estimate for the days until now. Price: other prices than the sheet's. Usage: other "
        "quantities. Scope: resources that were not planned, or are not there. Time: lived longer or shorter.",
        columns,
        tuple(rows),
        empty="Nothing was planned that could be held against the bill.",
    )


def lives(report: Report) -> Table:
    """What teardowns saved, what late deletion cost, and what bears no tag of its own."""
    columns = (
        NAME,
        Column("saved", "saved by teardown", "money", summed=True),
        Column("late", "cost of late deletion", "money", summed=True),
        Column("untagged", "untagged", "money", summed=True),
        Column("billed", "billed", "money", summed=True),
        Column("untagged_share", "untagged share", "percent", formula="{untagged} / {billed}"),
    )

    def cells(line: Line) -> tuple[Cell, ...]:
        return (line.name, line.saved, line.late, line.untagged, line.billed, line.untagged_share)

    return Table(
        "lives",
        "Saved, late and untagged",
        "Saved: days that a deployment was gone, at the price of a day by the price sheet. Late: billed after the "
        "time at which it was to expire. Untagged: without the right Deployment tag; to be below 2 %.",
        columns,
        _with_company(report, cells),
    )


def _with_company(report: Report, cells_of: Callable[[Line], tuple[Cell, ...]]) -> tuple[Row, ...]:
    """The leaves, and below them the company: their sum by contract (see finance.following.report)."""
    rows = [Row(cells_of(line)) for line in report.leaves]
    return (*rows, Row(cells_of(report.total), "total"))


def _budget_cells(line: Line) -> tuple[Cell, ...]:
    forecast = (line.forecast.low, line.forecast.expected, line.forecast.high)
    left = line.budget - line.forecast.expected if line.budget else None
    estimate = line.estimate.expected if line.estimate else None
    head = (line.name, line.environment, line.budget, estimate, line.billed, line.used)
    return (*head, *forecast, line.foreseen, left)


def _place(line: Line) -> Place:
    if line.kind == "company":
        return "total"
    return "sum" if line.kind == "environment" else "row"
