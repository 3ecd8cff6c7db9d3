"""The sample report, made once a process: it is frozen, and making it takes a ledger."""

from functools import cache

from finance.following.report import Report
from finance.reports.page import page_of
from finance.reports.workbook import workbook_of
from tests.finance.following import sample


@cache
def sample_report() -> Report:
    """November of 2026 as of the 20th."""
    return sample.sample_report()


@cache
def sample_page() -> str:
    """Its page."""
    return page_of(sample_report())


@cache
def sample_workbook() -> bytes:
    """Its workbook."""
    return workbook_of(sample_report())
