"""One database's tables together: held against what a single table cannot know, and in the order of references."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from graphlib import CycleError, TopologicalSorter

from tenancy.faults import Fault
from tenancy.model.columns import NOT_INDEXED, Column, Default, Type
from tenancy.model.tables import CREATED_AT, ID, TENANT_ID, UPDATED_AT, Reference, Table

_NAME_LENGTH = 63 - len("_tenant_id_unique")
_IMPLIED = frozenset(column.name for column in (TENANT_ID, ID, CREATED_AT, UPDATED_AT))
_NEXT = "correct it in the revision that makes it (tenancy/revisions), then run the tests again"


class ModelError(Exception):
    """The tables do not go together. `faults` holds every fault."""

    def __init__(self, faults: tuple[Fault, ...]) -> None:
        self.faults = faults
        super().__init__("\n".join(map(str, faults)))


@dataclass(frozen=True)
class Database:
    """The tables of one database, by name. Raises ModelError when they do not go together."""

    name: str
    tables: tuple[Table, ...] = ()

    def __post_init__(self) -> None:
        if faults := tuple(_faults(self)):
            raise ModelError(faults)

    @cached_property
    def by_name(self) -> dict[str, Table]:
        """Each table by its name; no two have the same, whatever their schemas."""
        return {table.name: table for table in self.tables}

    @cached_property
    def in_order(self) -> tuple[Table, ...]:
        """The tables, each after those that it refers to: the order of inserts; deletes go the other way."""
        graph = {table.name: {it.table for it in table.references} - {table.name} for table in self.tables}
        return tuple(self.by_name[name] for name in TopologicalSorter(graph).static_order())

    @cached_property
    def of_tenants(self) -> tuple[Table, ...]:
        """The tables under row-level security, in order."""
        return tuple(table for table in self.in_order if table.is_tenants)

    @cached_property
    def shared(self) -> tuple[Table, ...]:
        """The tables that belong to no tenant, in order."""
        return tuple(table for table in self.in_order if not table.is_tenants)


def _faults(database: Database) -> Iterator[Fault]:
    names = [table.name for table in database.tables]
    for name in sorted({name for name in names if names.count(name) > 1}):
        yield _fault(database, name, "stands here twice or more", "each name once in a database")
    by_name = {table.name: table for table in database.tables}
    for table in database.tables:
        yield from _table_faults(database, table)
        for reference in table.references:
            yield from _reference_faults(database, table, reference, by_name.get(reference.table))
    graph = {table.name: {it.table for it in table.references} - {table.name} for table in database.tables}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        yield _fault(database, error.args[1][0], f"refers in a circle: {' → '.join(error.args[1])}", "no circles")


def _table_faults(database: Database, table: Table) -> Iterator[Fault]:
    if not _is_name(table.name):
        yield _fault(database, table.name, "no name for a table", f"lower case, digits, _; at most {_NAME_LENGTH}")
    own = [column.name for column in table.columns]
    for name in sorted({name for name in own if own.count(name) > 1}):
        yield _fault(database, f"{table.name}.{name}", "stands here twice or more", "each name once in a table")
    for column in table.columns:
        yield from _column_faults(database, table, column)
    yield from _key_faults(database, table)
    if table.is_tenants and table.key != ("id",):
        yield _fault(database, table.name, f"has the key {', '.join(table.key)}", "id, in a table of tenants")
    if bool(table.why_shared) == table.is_tenants:
        what = "says why it is shared and is not" if table.is_tenants else "is shared and does not say why"
        yield _fault(database, table.name, what, "why_shared for tables that are shared, and for them alone")


def _key_faults(database: Database, table: Table) -> Iterator[Fault]:
    known = {column.name: column for column in table.all_columns}
    used = [*table.unique, *table.indexes, *(it.columns for it in table.references), table.key]
    for name in (name for columns in used for name in columns):
        if name not in known:
            yield _fault(database, table.name, f"has a key or index of {name}, which it has not", ", ".join(known))
        elif known[name].type in NOT_INDEXED:
            what = f"is of {known[name].type}, which no key or index may have"
            yield _fault(database, f"{table.name}.{name}", what, "a column of its own for what is searched")
        elif known[name] == TENANT_ID:
            what = "names tenant_id in a key or index, which has it in front by itself"
            yield _fault(database, table.name, what, "the other columns alone")
    if table.keep_days is not None and (table.keep_by not in known or known[table.keep_by].type is not Type.TIMESTAMP):
        yield _fault(database, table.name, f"is kept by {table.keep_by}", "a column of timestamptz")


def _column_faults(database: Database, table: Table, column: Column) -> Iterator[Fault]:
    where = f"{table.name}.{column.name}"
    if column.name in _IMPLIED:
        yield _fault(database, where, "is there without being written", "columns of its own")
    elif not _is_name(column.name):
        yield _fault(database, where, "no name for a column", "lower case, digits and _")
    if (column.choices or column.lower) and column.type is not Type.TEXT:
        yield _fault(database, where, f"is of {column.type}", "text, for choices and lower case")
    is_text = isinstance(column.default, str) and not isinstance(column.default, Default)
    if is_text and column.default not in column.choices:
        yield _fault(database, where, f"has the default {column.default!r}", "a Default, or one of the choices")
    if column.default is Default.TENANT:
        yield _fault(database, where, "has the tenant for a default", "tenant_id alone, which is there by itself")


def _reference_faults(database: Database, table: Table, reference: Reference, target: Table | None) -> Iterator[Fault]:
    where = f"{table.name} → {reference.table}"
    if target is None:
        yield _fault(database, where, "refers to a table that is not there", "tables of this database")
        return
    if not table.is_tenants and target.is_tenants:
        yield _fault(database, where, "is shared and refers to a tenant's rows", "tables that are shared")
    if reference.to not in {target.key, *target.unique}:
        allowed = "; ".join(", ".join(columns) for columns in (target.key, *target.unique))
        yield _fault(database, where, f"refers to {', '.join(reference.to)}, which is no key", allowed)
    elif len(reference.to) != len(reference.columns):
        what = f"has {len(reference.columns)} column(s) for {len(reference.to)}"
        yield _fault(database, where, what, "as many on both sides")


def _is_name(name: str) -> bool:
    return name.isascii() and name.isidentifier() and name == name.lower() and len(name) <= _NAME_LENGTH


def _fault(database: Database, where: str, what: str, allowed: str) -> Fault:
    return Fault(where=f"{database.name}: {where}", what=what, allowed=allowed, next_step=_NEXT)
