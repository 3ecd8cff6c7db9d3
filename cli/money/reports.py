"""`cfctl cost report` and `cfctl cost close`: a month's cost as finance reads it, and the month as it is frozen."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Final, Literal

from rich.text import Text

from cidr import Fault, FaultsError
from cli import documents
from cli.exit_codes import ExitCode
from cli.money.following_inputs import Gathering, packs_of
from cli.screen import Screen
from cli.tables import plain_table, show_table
from finance.following import Report, assemble
from finance.ledger import Ledger
from finance.reports import words
from finance.reports.closing import close, refuse_open
from finance.reports.contents import tables_of
from finance.reports.files import FORMATS, Format, write_files
from finance.reports.focus import write_focus
from finance.reports.json_document import document_of
from finance.reports.pack import Broken, Packs
from finance.reports.row_hash import hash_of_rows
from finance.reports.table import Table
from sandbox.home import SandboxHome

Shown = Literal["table", "csv", "xlsx", "html", "json", "focus", "all"]
_FORMATS: Final[Mapping[Shown, Sequence[Format]]] = {
    "table": (),
    "csv": ("csv",),
    "xlsx": ("xlsx",),
    "html": ("html",),
    "json": ("json",),
    "focus": ("focus",),
    "all": FORMATS,
}
_TABLES: Final = ("deployments", "variances", "anomalies", "corrections", "notices")
"""What a terminal shows; the other tables are in the files."""
_NUMBERS: Final = ("money", "percent", "number")
_SETTLED: Final = 5
"""Until this day of the next month Azure may change a month's charges (see finance.reports.closing)."""


def report(
    screen: Screen, home: SandboxHome, project: Path, *, month: str | None, shown: Shown, output: Path | None
) -> ExitCode:
    """Show a month's report, or write it as files into `output` (default: costs/reports/MONTH of the home).

    The document adds `month`, `report` (see finance.reports.json_document) and `files`. Raises FaultsError for a month
    that is none or to come, and where nothing was imported.
    """
    now = datetime.now(UTC)
    wanted = month_of(month, now)
    with _ledger(home) as ledger:
        inputs = Gathering(home=home, project=project, notice=screen.say, now=now).inputs(ledger)
        packs = packs_of(home)
        closed = packs.hash(wanted) if wanted in packs.months() else None
        found = replace(assemble(ledger, wanted, inputs), closed=closed)
        formats = _FORMATS[shown]
        directory = output or home.root / "costs" / "reports" / f"{wanted:%Y-%m}"
        files = write_files(found, formats, directory, lambda path: write_focus(path, found, ledger, inputs))
    _show(screen, found, tables=not formats)
    for path in _told(files):
        screen.result(str(path), style="bold cyan")
    screen.document(
        documents.document(
            "cost report",
            ExitCode.OK,
            month=f"{wanted:%Y-%m}",
            report=document_of(found),
            files=[str(path) for path in files],
        )
    )
    return ExitCode.OK


def close_month(screen: Screen, home: SandboxHome, project: Path, *, month: str | None) -> ExitCode:
    """Freeze a month. The document adds `month`, `pack` (its directory), `sha256` and `charges`.

    Raises FaultsError for a month that is not over, that is closed, or that has no charge.
    """
    now = datetime.now(UTC)
    wanted = month_of(month or "", now)
    packs = packs_of(home)
    refuse_open(packs, wanted, now.date())
    with _ledger(home) as ledger:
        inputs = Gathering(home=home, project=project, notice=screen.say, now=now).inputs(ledger)
        found = assemble(ledger, wanted, inputs)
        pack = close(packs, found, ledger, lambda path: write_focus(path, found, ledger, inputs), now)
    manifest = packs.manifest(wanted)
    digest = packs.hash(wanted)
    screen.result(f"{words.month_name(wanted)} is closed: {found.total.billed} billed, {manifest.rows} charges")
    screen.result(f"  pack     {pack}")
    screen.result(f"  SHA-256  {digest}  (note it where nobody here can change it)")
    if now.date() <= _settled_on(wanted):
        screen.say(
            f"Azure may change the month's charges until {_settled_on(wanted)}: what changes will be a correction",
            style="yellow",
        )
    screen.document(
        documents.document(
            "cost close",
            ExitCode.OK,
            month=f"{wanted:%Y-%m}",
            pack=str(pack),
            sha256=digest,
            charges={"rows": manifest.rows, "sha256": manifest.rows_sha256},
        )
    )
    return ExitCode.OK


def verify(screen: Screen, home: SandboxHome, *, month: str | None) -> ExitCode:
    """Hold closed months against their hashes: the one that is named, else all. FAILED where a file was changed.

    The document adds `packs`: [{month, sha256, broken: [{path, what}], corrected}]; corrected: whether the ledger has
    other charges for the month now than when it was closed.
    """
    packs = packs_of(home)
    months = [_closed_month(packs, month)] if month else packs.months()
    found: dict[date, Sequence[Broken]] = {it: tuple(packs.broken(it)) for it in months}
    with Ledger.open(ledger_of(home)) as ledger:
        corrected = {it for it in months if not found[it] and _has_changed(packs, ledger, it)}
    for it, broken in found.items():
        screen.result(f"{it:%Y-%m}  {'changed' if broken else 'as it was closed'}  SHA-256 {packs.hash(it)}")
        for one in broken:
            screen.result(Text(f"  {packs.directory / one.path} {one.what}"), style="bold red")
        if it in corrected:
            screen.result("  the ledger has other charges for it since: they are corrections of the next report")
    if not months:
        screen.result("no month is closed here")
    code = ExitCode.FAILED if any(found.values()) else ExitCode.OK
    screen.document(
        documents.document(
            "cost close",
            code,
            [_broken_fault(packs, one) for broken in found.values() for one in broken],
            packs=[
                {
                    "month": f"{it:%Y-%m}",
                    "sha256": packs.hash(it),
                    "broken": [asdict(one) for one in broken],
                    "corrected": it in corrected,
                }
                for it, broken in found.items()
            ],
        )
    )
    return code


def ledger_of(home: SandboxHome) -> Path:
    """Where the ledger of a home lies."""
    return home.root / "costs" / "ledger"


def month_of(text: str | None, now: datetime) -> date:
    """The month that is named, its first day; this one for None. Raises FaultsError for none and one to come."""
    if text is None:
        return now.date().replace(day=1)
    try:
        found = datetime.strptime(text, "%Y-%m").replace(tzinfo=UTC).date()
    except ValueError:
        found = None
    if found is not None and found <= now.date():
        return found
    what = f"{text} has not begun" if found else f"{text!r} is no month" if text else "no month is named"
    raise FaultsError(
        [
            Fault(
                where="--month",
                what=what,
                allowed="a year and a month, such as 2026-10",
                next_step=f"write --month {now:%Y-%m}",
            )
        ]
    )


def _ledger(home: SandboxHome) -> Ledger:
    found = Ledger.open(ledger_of(home))
    if found.deliveries:
        return found
    found.close()
    raise FaultsError(
        [
            Fault(
                where=str(ledger_of(home)),
                what="no cost was imported here, so there is nothing to report",
                allowed="a home with a ledger",
                next_step="./cfctl cost import PATH; for what stands in this sandbox, ./cfctl cost meter first",
            )
        ]
    )


def _show(screen: Screen, found: Report, *, tables: bool) -> None:
    """The sentences, and for who asked for no file the tables."""
    screen.result(
        f"{words.month_name(found.month)}  {words.as_of(found)}, amounts in {found.currency}, {words.state_of(found)}",
        style="bold",
    )
    for sentence in words.headline(found):
        screen.result(f"  {sentence}")
    if tables:
        every = tables_of(found)
        for key in _TABLES:
            if every[key].rows:
                screen.result("")
                screen.result(every[key].title, style="bold")
                _show_table(screen, every[key], found)


def _show_table(screen: Screen, table: Table, found: Report) -> None:
    columns = [column for column in table.columns if not column.filed]
    shown = plain_table([it.heading for it in columns], right=[it.heading for it in columns if it.kind in _NUMBERS])
    over = {line.name for line in found.lines if words.verdict_of(line) == "over"}
    for row in table.rows:
        cells = [row.cells[table.column(column.key)] for column in columns]
        style = "red" if table.key == "deployments" and cells[0] in over else ""
        written = [words.written(cell, column.kind) for cell, column in zip(cells, columns, strict=True)]
        shown.add_row(*(Text(it) for it in written), style="bold" if row.place == "total" else style)
    show_table(screen, shown)


def _told(files: Sequence[Path]) -> list[Path]:
    """The files that a person is told of: of the CSV files their directory."""
    return list(dict.fromkeys(path.parent if path.parent.name == "csv" else path for path in files))


def _has_changed(packs: Packs, ledger: Ledger, month: date) -> bool:
    return hash_of_rows(ledger.connection, month) != packs.manifest(month).rows_sha256


def _closed_month(packs: Packs, text: str) -> date:
    found = month_of(text, datetime.now(UTC))
    if found in packs.months():
        return found
    known = ", ".join(f"{it:%Y-%m}" for it in packs.months())
    step = f"./cfctl cost close --month {text}"
    raise FaultsError([Fault(where="--month", what=f"{text} is not closed", allowed=known or "none", next_step=step)])


def _broken_fault(packs: Packs, broken: Broken) -> Fault:
    return Fault(
        where=str(packs.directory / broken.path),
        what=f"the file {broken.what}",
        allowed="a pack as it was closed",
        next_step="put the file back from a copy of the pack",
    )


def _settled_on(month: date) -> date:
    """The day until which Azure may change the month's charges."""
    return date(month.year + month.month // 12, month.month % 12 + 1, _SETTLED)
