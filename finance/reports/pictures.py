"""Which plots a report has."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Final

from finance.following.report import COMPANY, PARTS, Line, Report
from finance.money import EXACT, Money
from finance.reports import plots
from finance.reports.inks import HALF, THIRD, Picture, picture
from finance.reports.words import VERDICTS, days_of, verdict_of, whole

_SERVICES: Final = 10
"""Services with a bar of their own; the smaller ones stand together."""


def of_company(report: Report) -> list[Picture]:
    """The plots of the first page."""
    if report.as_of is None:
        return []
    burn_down = [_burn_down(report.total, report, HALF)] if report.total.budget else []
    return [*burn_down, _daily(report), _deployments(report), _services(report), _environments(report), *_moves(report)]


def of_deployments(report: Report) -> list[Picture]:
    """A burn-down of each deployment's budget."""
    if report.as_of is None:
        return []
    return [_burn_down(line, report, THIRD) for line in report.leaves if line.budget and _is_alive(line)]


def _burn_down(line: Line, report: Report, width: float) -> Picture:
    """Of a line with a budget."""
    budget = line.budget or Money.zero(report.currency)
    forecast = line.forecast
    said = (
        f"{whole(line.billed)} of {whole(budget)} billed, forecast {whole(forecast.expected)} "
        f"({whole(forecast.low)} to {whole(forecast.high)}): {VERDICTS[verdict_of(line)]}"
    )
    key = f"burn-{line.name}"
    title = "What is left of the budget" if line.name == COMPANY else line.name
    return picture(key, title, said, plots.burn_down(key, budget.amount, report.days_of(line.name), width))


def _daily(report: Report) -> Picture:
    odd = {it.day for it in report.anomalies}
    budget = report.total.budget.amount if report.total.budget else None
    said = "What each day cost, all deployments together."
    if report.total.budget:
        said += f" The budget, spread evenly: {whole(_each_day(report.total.budget, report))} a day."
    if odd:
        said += " Red: a deployment was out of line."
    plot = plots.daily_spend("daily-spend", budget, report.days_of(COMPANY), odd)
    return picture("daily-spend", "Spent day by day", said, plot)


def _each_day(budget: Money, report: Report) -> Money:
    """An even share of the budget, to cents."""
    return Money(budget.amount / days_of(report.month), budget.currency).rounded()


def _deployments(report: Report) -> Picture:
    lines = [line for line in report.leaves if _is_alive(line)]
    return _against_budgets("by-deployment", "Deployments against their budgets", lines)


def _environments(report: Report) -> Picture:
    lines = [line for line in report.lines if line.kind == "environment" and _is_alive(line)]
    return _against_budgets("by-environment", "Environments against their budgets", lines)


def _is_alive(line: Line) -> bool:
    """Whether there is anything to draw: what neither cost nor is to cost anything stands in the tables."""
    return bool(line.billed.amount or line.forecast.high.amount)


def _against_budgets(key: str, title: str, lines: Sequence[Line]) -> Picture:
    rows = [
        plots.Bar(
            name=line.name,
            amount=line.billed.amount,
            expected=line.forecast.expected.amount,
            limit=line.budget.amount if line.budget else None,
        )
        for line in lines
    ]
    said = "Solid: billed to date. Faint: forecast at the month's end, red where it is over. Mark: the budget."
    return picture(key, title, said, plots.bars(key, rows))


def _services(report: Report) -> Picture:
    sums: dict[str, Decimal] = defaultdict(Decimal)
    for it in report.by_service:
        sums[it.key] = EXACT.add(sums[it.key], it.billed.amount)
    largest = sorted(sums, key=lambda name: (-sums[name], name))
    rows = [plots.Bar(name=name, amount=sums[name]) for name in largest[:_SERVICES]]
    rest = [Money(sums[name], report.currency) for name in largest[_SERVICES:]]
    if rest:
        rows.append(plots.Bar(name=f"{len(rest)} others", amount=Money.total(rest, report.currency).amount))
    said = "Billed to date by service, all deployments together."
    return picture("by-service-plot", "Where it goes", said, plots.bars("by-service-plot", rows))


def _moves(report: Report) -> Iterator[Picture]:
    found = [line.variance for line in report.leaves if line.variance]
    if found:
        sums = {part: Money.total((it.part(part) for it in found), report.currency) for part in PARTS}
        said = "Billed against the plan to date, deployments with a plan. Right: dearer. Left: cheaper."
        plot = plots.moves("moves", [(part, amount.amount) for part, amount in sums.items()])
        yield picture("moves", "Why it differs from the plan", said, plot)
