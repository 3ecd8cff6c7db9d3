"""WHAT A REPORT SHOWS: its tables, in the order in which every form of it has them."""

from finance.following.report import Report
from finance.reports.contents import checks, details, lines
from finance.reports.table import Table

_TABLES = (
    lines.budgets,
    lines.roll_ups,
    lines.variances,
    details.causes,
    details.services,
    details.days,
    lines.amortised,
    lines.splits,
    lines.lives,
    checks.anomalies,
    checks.advice,
    checks.subscriptions,
    checks.views,
    checks.differences,
    checks.corrections,
    checks.notices,
    checks.learning,
    details.resources,
    details.groups,
    details.by_service,
    details.tags,
    checks.subscription_lines,
    details.all_days,
)


def tables_of(report: Report) -> dict[str, Table]:
    """Every table of a report by its key, in the order in which they are read."""
    return {table.key: table for make in _TABLES for table in (make(report),)}


__all__ = ["tables_of"]
