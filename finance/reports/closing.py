"""The month-end close: a month's report in every form, frozen and hashed. What comes later changes nothing of it.

Azure may change the charges of a month until the fifth day after it, and corrects others later still
(https://learn.microsoft.com/azure/cost-management-billing/cost-management-billing-faq). What comes later than the
close is told by the next reports as corrections, line by line.
"""

import os
import shutil
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

from cidr import Fault, FaultsError
from finance.following.inputs import Closed
from finance.following.report import Report
from finance.ledger import Ledger
from finance.money import Money
from finance.reports.files import FORMATS, Focus, write_files
from finance.reports.pack import FORMAT, MANIFEST, Manifest, Packs, Sum, files_in, hash_of_file, text_of
from finance.reports.row_hash import hash_of_rows
from finance.reports.words import days_of, month_name


def refuse_open(packs: Packs, month: date, today: date) -> None:
    """Raise FaultsError where a month cannot be closed: it is not over, or it is closed already."""
    written = f"{month:%Y-%m}"
    if today <= month.replace(day=days_of(month)):
        what = f"{month_name(month)} is not over"
        step = f"./cfctl cost report --month {written} shows it so far"
        raise FaultsError([Fault(where="--month", what=what, allowed="a month that is over", next_step=step)])
    if month in packs.months():
        what = f"{month_name(month)} is closed, with the hash {packs.hash(month)}; a closed month stays as it is"
        step = f"./cfctl cost close --month {written} --verify; corrections stand in the next month's report"
        raise FaultsError([Fault(where="--month", what=what, allowed="a month that is open", next_step=step)])


def close(packs: Packs, report: Report, ledger: Ledger, focus: Focus, now: datetime) -> Path:
    """Freeze the month of the report; gives the directory of its pack. The caller asked `refuse_open` before.

    Raises FaultsError for a month without data, and when the pack cannot be written; then there is none.
    """
    if report.as_of is None:
        raise FaultsError([_without_data(report)])
    last = packs.last()
    rows = hash_of_rows(ledger.connection, report.month)
    draft = packs.directory / f".{report.month:%Y-%m}.{os.getpid()}"
    try:
        draft.mkdir(parents=True)
        write_files(report, FORMATS, draft, focus, state=f"closed; SHA-256 of its charges {rows}")
        manifest = Manifest(
            format=FORMAT,
            month=f"{report.month:%Y-%m}",
            closed=f"{now.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
            currency=report.currency,
            rows=_count(ledger, report.month),
            rows_sha256=rows,
            lines=tuple(
                Sum(line=it.name, billed=f"{it.billed.amount:f}", amortised=f"{it.amortised.amount:f}")
                for it in report.leaves
            ),
            files=files_in(draft),
            previous_month=last.month if last else "",
            previous_sha256=packs.hash(date.fromisoformat(f"{last.month}-01")) if last else "",
        )
        (draft / MANIFEST).write_text(text_of(manifest), encoding="utf-8")
        _freeze(packs, draft, report.month)
    except OSError as error:
        raise FaultsError([_unwritten(packs, error)]) from error
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return packs.of(report.month)


def closed_months(packs: Packs) -> tuple[Closed, ...]:
    """The closed months as the analysis takes them.

    Raises FaultsError for a manifest that cannot be read, and one that was changed: corrections are told against it.
    """
    return tuple(_closed(packs, month) for month in packs.months())


def _closed(packs: Packs, month: date) -> Closed:
    manifest = packs.manifest(month)
    path = packs.of(month) / MANIFEST
    if hash_of_file(path) != packs.hash(month):
        what = (
            f"the manifest of {month_name(month)}, which is closed, was changed: {packs.anchor(month)} has another hash"
        )
        step = f"./cfctl cost close --month {month:%Y-%m} --verify, then put it back from a copy of the pack"
        raise FaultsError([Fault(where=str(path), what=what, allowed="as it was closed", next_step=step)])
    return Closed(
        month=month,
        hash=packs.hash(month),
        lines={
            it.line: (
                Money(Decimal(it.billed), manifest.currency),
                Money(Decimal(it.amortised), manifest.currency),
            )
            for it in manifest.lines
        },
    )


def _freeze(packs: Packs, draft: Path, month: date) -> None:
    """Put the pack in its place; the hash beside it comes last, and with it the month is closed."""
    for path in draft.rglob("*"):
        if path.is_file():
            path.chmod(0o444)
    place, anchor = packs.of(month), packs.anchor(month)
    digest = hash_of_file(draft / MANIFEST)
    if place.exists():  # of a close that was cut off before its hash was written: the month is open still
        shutil.rmtree(place)
    draft.replace(place)
    new = anchor.with_name(f".{anchor.name}")
    new.write_text(f"{digest}  {place.name}/{MANIFEST}\n", encoding="utf-8")
    new.chmod(0o444)
    new.replace(anchor)


def _count(ledger: Ledger, month: date) -> int:
    question = "SELECT count(*) FROM costs WHERE BillingPeriodStart = $month"
    found = ledger.connection.execute(question, {"month": month}).fetchone()
    return int(found[0]) if found else 0


def _without_data(report: Report) -> Fault:
    return Fault(
        where="--month",
        what=f"there is no charge of {month_name(report.month)} in the ledger, so there is nothing to close",
        allowed="a month whose charges were imported",
        next_step="./cfctl cost import PATH, with the month's export",
    )


def _unwritten(packs: Packs, error: OSError) -> Fault:
    return Fault(
        where=str(packs.directory),
        what=f"the pack cannot be written: {error.strerror or error}",
        allowed="a home on a disk that you may write and that has room",
        next_step="make room; the month is still open",
    )
