"""Export files into the ledger: found, checked, read, and then all of them in one step, or none."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Final, Literal

import duckdb

from cidr import Fault, FaultsError
from finance.actuals import exact, reading
from finance.actuals.checking import Commitments, Found, look, look_for_commitments, notices, strangers
from finance.actuals.dialects import DIALECTS, Dialect, dialect_of, missing
from finance.actuals.layout import Export, find_exports
from finance.actuals.parts import Ready, prepare, with_types
from finance.focus_files.columns import SCENARIO
from finance.ledger.index import Dataset, Delivery, Partition, read_index
from finance.ledger.memory import connect
from finance.ledger.of_rows import TABLE, insert
from finance.ledger.opening import SPILL
from finance.ledger.writing import STAGED, by_month, commit, name_of, now, stage, writing

ROUNDING: Final = "Digits beyond the twelfth after the point"
"""ChargeDescription of the row that carries them, so that the ledger's sum is that of the export."""

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Imported:
    """What became of one export. state: unchanged where the ledger had these very files, older where it has a later
    run; neither changes anything. found: empty but for what was imported.
    """

    export: Export
    state: Literal["imported", "unchanged", "older"]
    dialect: str
    dataset: Dataset
    found: tuple[Found, ...]
    notices: tuple[Fault, ...]


@dataclass(frozen=True, slots=True)
class _Staged:
    imported: Imported
    deliveries: tuple[Delivery, ...] = ()
    files: tuple[Path, ...] = ()


def import_exports(
    directory: Path, paths: Sequence[Path], say: Say, source: str | None = None, today: date | None = None
) -> tuple[tuple[Imported, ...], tuple[Fault, ...]]:
    """Read the exports under these paths into the ledger at `directory`.

    source: a name instead of their own, for a file that is a newer delivery of another. today: a later day is in the
    future. Gives what became of each, and what was found beside them. Raises FaultsError with everything that keeps one
    of them out; then none is in.
    """
    exports, beside = find_exports(paths)
    exports = tuple(replace(it, source=source) if source else it for it in exports)
    today = today or datetime.now(UTC).date()
    with writing(directory), connect(directory / SPILL) as connection:
        exact.define(connection)
        before = read_index(directory)
        staged: list[_Staged] = []
        faults: list[Fault] = []
        for export in exports:
            say(f"{export.source} {export.period}".strip() + f": {len(export.parts)} files")
            try:
                staged.append(_stage(connection, directory, export, before, today))
            except FaultsError as error:
                faults.extend(error.faults)
        if faults:
            raise FaultsError(faults)
        deliveries = [delivery for it in staged for delivery in it.deliveries]
        commit(directory, deliveries, [path for it in staged for path in it.files])
    return tuple(it.imported for it in staged), beside


def _stage(
    connection: duckdb.DuckDBPyConnection, directory: Path, export: Export, before: Sequence[Delivery], today: date
) -> _Staged:
    ready, copies = prepare(export, directory / STAGED / "unpacked")
    known = _known(export, ready, before)
    if known:
        return _Staged(known)
    typed = [with_types(it, connection) for it in ready]
    dialect = _dialect(export, typed)
    staged = [_written(connection, directory, export, dialect, group) for group in _alike(typed)]
    found = look(connection, staged, today)
    _check(connection, export, dialect, typed, found)
    commitments = look_for_commitments(connection, staged)
    dataset = export.dataset or ("FocusCost" if dialect.focus else _dataset(export, commitments))
    told = (
        *copies,
        *notices(found, dialect, export.source, export.period),
        *strangers(connection, staged, export.source),
        *(_to_be_amortised(export, commitments) if dataset == "ActualCost" else ()),
    )
    staged.extend(_carried(connection, directory, export, found))
    partitions = _partitions(found)
    delivery = Delivery(
        source=export.source,
        scope=export.scope,
        period=export.period,
        dataset=dataset,
        dialect=dialect.name,
        imported=now(),
        parts=tuple(it.part for it in ready),
        partitions=partitions,
        files=tuple(name_of(path) for path in staged),
        places=len(partitions),
        notices=told,
        submitted=export.submitted,
    )
    deliveries = (delivery,) if export.period else by_month(delivery)
    return _Staged(Imported(export, "imported", dialect.name, dataset, found, told), deliveries, tuple(staged))


def _known(export: Export, ready: Sequence[Ready], before: Sequence[Delivery]) -> Imported | None:
    """What the ledger has of this export already, where that is the same or later."""
    hashes = {it.part.sha256 for it in ready}
    for it in before:
        if (it.source, it.scope) != (export.source, export.scope) or (export.period and it.period != export.period):
            continue
        if hashes == {part.sha256 for part in it.parts}:
            return Imported(export, "unchanged", it.dialect, it.dataset, (), it.notices)
        if export.submitted and it.dataset == export.dataset and it.submitted > export.submitted:
            return Imported(export, "older", it.dialect, it.dataset, (), ())
    return None


def _dialect(export: Export, typed: Sequence[Ready]) -> Dialect:
    """The one dialect of all parts; of an export without any it does not matter."""
    faults: list[Fault] = []
    dialects: dict[str, Dialect] = {}
    for it in typed:
        dialect = dialect_of(it.types)
        if SCENARIO in it.types:
            faults.append(_own_report(it))
            continue
        if dialect is None:
            faults.append(_no_dialect(it))
            continue
        dialects[dialect.name] = dialect
        faults.extend(_missing(it, dialect, column) for column in missing(dialect, it.types))
    if len(dialects) > 1:
        step = f"put the files of each into a folder of its own, then ./cfctl cost import {export.where}"
        names = " and ".join(sorted(dialects))
        faults.append(
            Fault(where=str(export.where), what=f"holds files of {names}", allowed="one form a folder", next_step=step)
        )
    if faults:
        raise FaultsError(faults)
    return next(iter(dialects.values()), DIALECTS[0])


def _alike(typed: Sequence[Ready]) -> Iterator[list[Ready]]:
    """Parts with the same columns together: they are read in one go."""
    groups: dict[tuple[bool, tuple[tuple[str, str], ...]], list[Ready]] = defaultdict(list)
    for it in typed:
        groups[it.parquet, tuple(it.types.items())].append(it)
    yield from groups.values()


def _written(
    connection: duckdb.DuckDBPyConnection, directory: Path, export: Export, dialect: Dialect, group: Sequence[Ready]
) -> Path:
    try:
        return stage(connection, directory, reading.rows(group, dialect, export.source), tuple(reading.RESTS.values()))
    except duckdb.Error as error:
        lines = [line.strip() for line in str(error).splitlines() if line.strip()]
        names = ", ".join(it.given.name for it in group[:3]) + (" …" if len(group) > 3 else "")
        raise FaultsError(
            [
                Fault(
                    where=str(group[0].given if len(group) == 1 else export.where),
                    what=f"{names}: cannot be read: {'; '.join(lines[:3])}",
                    allowed="the whole file, as Azure wrote it",
                    next_step=f"download it again, then ./cfctl cost import {export.where}",
                )
            ]
        ) from None


def _check(
    connection: duckdb.DuckDBPyConnection,
    export: Export,
    dialect: Dialect,
    typed: Sequence[Ready],
    found: Sequence[Found],
) -> None:
    """Raise FaultsError for a value that is no such thing, and for rows that are missing.

    Azure's own files have one cost, of which several of ours are made: it is told once.
    """
    faults: list[Fault] = []
    for column in dict.fromkeys(name for it in found for name in it.unread):
        count = sum(it.unread.get(column, 0) for it in found)
        first, *more = reading.wrong(connection, typed, dialect, column)
        faults.extend(
            (replace(first, what=f"{first.what}, as one of {count} such rows") if count > 1 else first, *more)
        )
    rows = sum(it.rows for it in found)
    if export.rows is not None and rows != export.rows:
        what = f"its parts have {rows:,} rows, the manifest says {export.rows:,}"
        step = f"download the run again, then ./cfctl cost import {export.where.parent}"
        faults.append(Fault(where=str(export.where), what=what, allowed="every row, once", next_step=step))
    if faults:
        told: dict[tuple[str, str], Fault] = {}
        for it in faults:
            _ = told.setdefault((it.where, it.what.partition(" is ")[2]), it)
        raise FaultsError(told.values())


def _carried(
    connection: duckdb.DuckDBPyConnection, directory: Path, export: Export, found: Sequence[Found]
) -> tuple[Path, ...]:
    """The rows that carry digits beyond the twelfth, where together they fill twelve."""
    rows = [
        {
            "SubAccountId": it.subscription,
            "BillingPeriodStart": f"{it.month}-01",
            "ChargePeriodStart": it.last,
            "ChargeCategory": "Adjustment",
            "ChargeDescription": ROUNDING,
            "BillingCurrency": it.currency,
            "x_Source": export.source,
            **it.carried,
        }
        for it in found
        if any(it.carried.values())
    ]
    if not rows:
        return ()
    insert(connection, rows)
    return (stage(connection, directory, f"FROM {TABLE}"),)


def _partitions(found: Iterable[Found]) -> tuple[Partition, ...]:
    """Subscription and month are in as many of `found` as there are currencies."""
    rows: Counter[tuple[str, str]] = Counter()
    for it in found:
        rows[it.subscription, it.month] += it.rows + any(it.carried.values())
    return tuple(Partition(*place, count) for place, count in sorted(rows.items()))


def _dataset(export: Export, commitments: Commitments) -> Dataset:
    """Which of Azure's own two a file is that does not say it: what was bought is billed, what it covers amortised."""
    if commitments.covered and commitments.bought:
        what = f"has {commitments.bought} purchases of commitments as they are billed, and what they cover as amortised"
        step = "put actual and amortized costs into files of their own, with these words in their names"
        raise FaultsError(
            [Fault(where=str(export.where), what=what, allowed="ActualCost or AmortizedCost", next_step=step)]
        )
    return "AmortizedCost" if commitments.covered else "ActualCost"


def _to_be_amortised(export: Export, commitments: Commitments) -> Iterator[Fault]:
    if commitments.bought:
        what = (
            f"{commitments.bought} purchases of commitments are billed here; their amortised cost is in AmortizedCost"
        )
        step = "export AmortizedCost too, then ./cfctl cost import PATH"
        yield Fault(where=export.source, what=what, allowed="both exports", next_step=step)


def _own_report(it: Ready) -> Fault:
    return Fault(
        where=it.given.name,
        what=f"is a report of ours: its column {SCENARIO} tells budgets and estimates from what was billed",
        allowed="exports of Azure, or of ./cfctl cost meter",
        next_step="import what the report was made of; that is in the ledger already",
    )


def _no_dialect(it: Ready) -> Fault:
    shown = ", ".join(list(it.types)[:6]) or "no column"
    return Fault(
        where=str(it.given),
        what=f"is in no form that is known: its columns are {shown}{' …' if len(it.types) > 6 else ''}",
        allowed=", ".join(dialect.name for dialect in DIALECTS),
        next_step="export FOCUS 1.2 in Azure's Cost Management",
    )


def _missing(it: Ready, dialect: Dialect, column: str) -> Fault:
    return Fault(
        where=str(it.given),
        what=f"has no column {column}, which {dialect.name} must have",
        allowed=f"every column that {dialect.name} requires",
        next_step="export it again with all columns",
    )
