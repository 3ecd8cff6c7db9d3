"""The SQL of a step of a revision.

The owner is held to row-level security as everybody is. A foreign key added by it would be "validated" over no rows,
and a change of rows would find none, both without a word. So whatever reads rows stands between NO FORCE and FORCE: the
lock of ALTER TABLE keeps everybody else out until the transaction ends. With row_security off, which a migration begins
with, a statement for which that was forgotten is an error (42501), never a silent nothing.
https://www.postgresql.org/docs/current/ddl-rowsecurity.html
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import LiteralString, cast

from psycopg import sql

from tenancy.ddl import foundation
from tenancy.ddl.names import named, qualified, quoted, reference_name
from tenancy.ddl.tables import column_checks, column_definition, create_index, create_table, reference_constraint
from tenancy.model import Column, Database, Table
from tenancy.revisions.operations import (
    AddColumn,
    AddIndex,
    AddReference,
    Backfill,
    CreateFoundation,
    CreateTable,
    DropColumn,
    DropFoundation,
    DropIndex,
    DropReference,
    DropTable,
    Operation,
)


def statements(operation: Operation, before: Database) -> Iterator[str]:
    """What carries a step out; `before`: the database that it finds. Rights are brought to the model afterwards."""
    match operation:
        case CreateFoundation():
            yield from foundation.create()
        case DropFoundation():
            yield from foundation.drop()
        case CreateTable(table):
            yield from create_table(table, before.by_name)
        case DropTable(name):
            yield f"DROP TABLE {qualified(before.by_name[name])}"
        case _:
            yield from _changes(operation, before)


def _changes(operation: Operation, before: Database) -> Iterator[str]:
    """Steps inside a table; rights need no statement here."""
    match operation:
        case AddColumn(name, column, fill):
            yield from _add_column(before.by_name[name], column, fill)
        case DropColumn(name, column):
            yield f"ALTER TABLE {qualified(before.by_name[name])} DROP COLUMN {quoted(column)}"
        case AddIndex(name, columns):
            yield create_index(before.by_name[name], columns)
        case DropIndex(name, columns):
            yield f"DROP INDEX {quoted(before.by_name[name].schema)}.{quoted(named(name, columns, 'idx'))}"
        case AddReference(name, reference):
            table, target = before.by_name[name], before.by_name[reference.table]
            add = f"ALTER TABLE {qualified(table)} ADD {reference_constraint(table, reference, target)}"
            yield from _unforced((qualified(it) for it in (table, target) if it.is_tenants), add)
        case DropReference(name, reference):
            table = before.by_name[name]
            yield f"ALTER TABLE {qualified(table)} DROP CONSTRAINT {quoted(reference_name(table, reference))}"
        case Backfill(name, up, _, reads):
            yield from _changing_rows([before.by_name[it] for it in (name, *reads)], up)
        case _:
            return


@dataclass(frozen=True, kw_only=True)
class Loss:
    """What a step takes away with it. `what`: for the reader. ask: the query that says whether there is any of it.

    forced: tables that hide their rows from the owner meanwhile, unless it opens them (`opened`, `closed`).
    """

    what: str
    ask: str
    forced: tuple[str, ...] = ()


def losses(operation: Operation, before: Database) -> Iterator[Loss]:
    """What a step loses where it is there."""
    match operation:
        case DropTable(name):
            yield _loss(f"table {name}", qualified(before.by_name[name]), is_forced=before.by_name[name].is_tenants)
        case DropColumn(name, column):
            table, where = before.by_name[name], f"{quoted(column)} IS NOT NULL"
            yield _loss(f"column {name}.{column}", qualified(table), is_forced=table.is_tenants, where=where)
        case DropFoundation():
            yield _loss("table audit.entries", foundation.AUDIT, is_forced=True)
            yield _loss("table outbox.events", foundation.OUTBOX, is_forced=True)
            yield _loss("table tenancy.tenants", foundation.TENANTS, is_forced=False)
        case _:
            return


def opened(tables: Iterable[str]) -> list[str]:
    """The owner sees all rows of these tables, and nobody else reaches them, until `closed`."""
    return [f"ALTER TABLE {name} NO FORCE ROW LEVEL SECURITY" for name in tables]


def closed(tables: Iterable[str]) -> list[str]:
    """The owner is held to row-level security again."""
    return [f"ALTER TABLE {name} FORCE ROW LEVEL SECURITY" for name in tables]


def _unforced(tables: Iterable[str], work: str) -> list[str]:
    names = list(dict.fromkeys(tables))
    return [*opened(names), work, *closed(names)]


def _loss(what: str, table: str, *, is_forced: bool, where: str = "true") -> Loss:
    ask = _filled("SELECT EXISTS (SELECT FROM {} WHERE {})", table, where)
    return Loss(what=what, ask=ask, forced=(table,) if is_forced else ())


def _changing_rows(tables: Iterable[Table], work: str) -> Iterator[str]:
    """A change of rows, for which these tables are looked into; the audit of it is written by the owner too."""
    yield from _unforced((*(qualified(table) for table in tables if table.is_tenants), foundation.AUDIT), work)


def _add_column(table: Table, column: Column, fill: str | None) -> Iterator[str]:
    """Empty, then filled, then held to what it may be."""
    name, at_first = qualified(table), column if fill is None else replace(column, nullable=True)
    yield f"ALTER TABLE {name} ADD COLUMN {column_definition(at_first)}"
    if fill is not None:
        yield from _changing_rows((table,), _filled("UPDATE {} SET {} = ({})", name, quoted(column.name), fill))
        if not column.nullable:
            yield f"ALTER TABLE {name} ALTER COLUMN {quoted(column.name)} SET NOT NULL"
    yield from (f"ALTER TABLE {name} ADD {check}" for check in column_checks(table.name, column))


def _filled(statement: LiteralString, *parts: str) -> str:
    """A statement on rows with parts that are SQL already: names that are quoted, expressions of a revision."""
    return sql.SQL(statement).format(*(sql.SQL(cast("LiteralString", part)) for part in parts)).as_string()
