"""A report as files, each whole or not at all."""

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final, Literal

from cidr import Fault, FaultsError
from finance.following.learning import proposal_text
from finance.following.report import Report
from finance.reports.csv_files import files_of
from finance.reports.words import month_name

Format = Literal["csv", "xlsx", "html", "json", "focus"]
FORMATS: Final[tuple[Format, ...]] = ("csv", "xlsx", "html", "json", "focus")
Focus = Callable[[Path], None]
"""Writes the FOCUS rows to a path: it needs the ledger, which a report has not."""


def write_files(
    report: Report, formats: Sequence[Format], directory: Path, focus: Focus, state: str = ""
) -> list[Path]:
    """Write the report into the directory, and what it proposes; gives the files. state: as in page.page_of.

    Raises FaultsError when it cannot be written.
    """
    makers: dict[Format, Callable[[], list[Path]]] = {
        "csv": lambda: [_write(directory / "csv" / name, text.encode()) for name, text in files_of(report)],
        "xlsx": lambda: [_workbook(report, directory / "report.xlsx", state)],
        "html": lambda: [_page(report, directory / "report.html", state)],
        "json": lambda: [_json(report, directory / "report.json")],
        "focus": lambda: [_focus(focus, directory / "focus.csv")],
    }
    try:
        written = [path for name in formats for path in makers[name]()]
        return [*written, *_proposal(report, directory / "usage-proposal.yaml")]
    except OSError as error:
        fault = Fault(
            where=str(directory),
            what=f"the report cannot be written: {error.strerror or error}",
            allowed="a directory on a disk that you may write and that has room",
            next_step="make room, or name another directory: --output DIR",
        )
        raise FaultsError([fault]) from error


def _proposal(report: Report, path: Path) -> list[Path]:
    """What the month's use proposes for finance/usage, for a person to review; no file where it proposes nothing."""
    if not report.learning.proposals:
        return []
    return [_write(path, proposal_text(report.learning, month_name(report.month)).encode())]


def _workbook(report: Report, path: Path, state: str) -> Path:
    from finance.reports.workbook import workbook_of  # noqa: PLC0415 - openpyxl is slow to import

    return _write(path, workbook_of(report, state))


def _page(report: Report, path: Path, state: str) -> Path:
    from finance.reports.page import page_of  # noqa: PLC0415 - Matplotlib is slow to import

    return _write(path, page_of(report, state).encode())


def _json(report: Report, path: Path) -> Path:
    from finance.reports.json_document import json_of  # noqa: PLC0415 - as its neighbours

    return _write(path, json_of(report).encode())


def _focus(focus: Focus, path: Path) -> Path:
    draft = _draft(path)
    focus(draft)
    draft.replace(path)
    return path


def _write(path: Path, content: bytes) -> Path:
    draft = _draft(path)
    draft.write_bytes(content)
    draft.replace(path)
    return path


def _draft(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    return path.with_name(f".{path.name}.{os.getpid()}")
