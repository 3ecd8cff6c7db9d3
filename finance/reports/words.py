"""What a report says in sentences, and how amounts, shares and days are written for people."""

from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Final, Literal

from finance.following.report import Line, Report
from finance.money import CENT, Money
from finance.reports.table import Cell, Kind

MINUS: Final = "\N{MINUS SIGN}"
Verdict = Literal["over", "near", "within", "none"]
VERDICTS: Final[dict[Verdict, str]] = {
    "over": "over budget",
    "near": "may go over",
    "within": "within budget",
    "none": "no budget",
}
_WHOLE: Final = Decimal(1)


def verdict_of(line: Line) -> Verdict:
    """How the forecast stands to the budget: over it as expected, over it at its highest, within it at all of it."""
    if line.budget is None:
        return "none"
    if line.forecast.expected > line.budget:
        return "over"
    return "near" if line.forecast.high > line.budget else "within"


def month_name(month: date) -> str:
    """`November 2026`."""
    return f"{month:%B %Y}"


def days_of(month: date) -> int:
    """How many days the month has."""
    return (_next_month(month) - month).days


def is_whole(report: Report) -> bool:
    """Whether the data goes to the month's last day."""
    return report.as_of is not None and report.as_of >= report.month.replace(day=days_of(report.month))


def as_of(report: Report) -> str:
    """How much of the month the data has: `20 of 30 days, to 20 November 2026`."""
    if report.as_of is None:
        return "no data"
    if is_whole(report):
        return "the whole month"
    return f"{report.as_of.day} of {days_of(report.month)} days, to {report.as_of.day} {report.as_of:%B %Y}"


def state_of(report: Report) -> str:
    """Whether the month is closed: `closed, pack SHA-256 ...`, or `not closed`."""
    return f"closed, pack SHA-256 {report.closed}" if report.closed else "not closed"


def whole(amount: Money) -> str:
    """`22,800 USD`: for sentences, where cents are noise; below a hundred with cents, where they are not."""
    unit = CENT if abs(amount.amount) < 100 else _WHOLE
    return f"{_figures(amount.amount.quantize(unit, ROUND_HALF_UP))} {amount.currency}"


def written(cell: Cell, kind: Kind) -> str:
    """A cell as a page and a terminal have it: money to cents without the currency, which the table says."""
    match cell:
        case None:
            return ""
        case Money():
            return _figures(cell.rounded().amount)
        case date():
            return f"{cell.day} {cell:%b %Y}"
        case Decimal() if kind == "percent":
            return f"{_figures(cell)} %"
        case Decimal() | int():
            return _figures(Decimal(cell))
        case str():
            return cell


def headline(report: Report) -> tuple[str, ...]:
    """What a board has to know, the first sentence first."""
    if report.as_of is None:
        return (f"There is no data for {month_name(report.month)}.",)
    return tuple(it for it in (_outlook(report), _who_is_over(report), _variance(report), _check(report)) if it)


def _outlook(report: Report) -> str:
    total, month = report.total, month_name(report.month)
    if total.forecast.low == total.forecast.high == total.billed:  # the month is over, or nothing lives any more
        said = f"{month} cost {whole(total.billed)}"
    else:
        forecast = total.forecast
        said = (
            f"{month} is forecast to cost {whole(forecast.expected)} "
            f"({whole(forecast.low)} to {whole(forecast.high)}), {whole(total.billed)} of it to date"
        )
    if total.budget is None:
        return f"{said}."
    left = total.budget - total.forecast.expected
    where = "below" if left.amount >= 0 else "above"
    return f"{said}: {whole(Money(abs(left.amount), left.currency))} {where} the budget of {whole(total.budget)}."


def _who_is_over(report: Report) -> str:
    budgeted = [line for line in report.leaves if line.budget is not None]
    over = [line for line in budgeted if verdict_of(line) == "over"]
    if not budgeted:
        return ""
    if not over:
        return f"Each of the {len(budgeted)} deployments with a budget stays within it."
    names = ", ".join(f"{line.name} ({written(line.foreseen, 'percent')})" for line in over)
    verb = "goes" if len(over) == 1 else "go"
    return f"{len(over)} of {len(budgeted)} deployments {verb} over budget: {names}."


def _variance(report: Report) -> str:
    found = report.total.variance
    return f"Against the plan to date: {found.words}." if found else ""


def _check(report: Report) -> str:
    gaps = [it for it in report.reconciliation.subscriptions if it.gap.amount]
    if gaps:
        return f"{len(gaps)} subscriptions do not add up to the lines of this report: see the reconciliation."
    count = len(report.reconciliation.subscriptions)
    return f"Every charge is on one line: {count} subscription{'s' * (count != 1)} reconciled to the last digit."


def _figures(amount: Decimal) -> str:
    """With thousands apart, and a minus sign as printers set it."""
    return f"{amount or abs(amount):,f}".replace("-", MINUS)


def _next_month(month: date) -> date:
    return date(month.year + month.month // 12, month.month % 12 + 1, 1)
