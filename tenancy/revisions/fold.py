"""What the steps make of the model: the tables after a step, and the step that takes it back."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, Final, TypeVar

from tenancy.ddl.names import duplicates
from tenancy.faults import Fault
from tenancy.model import Database, ModelError, Table
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
    SetRights,
)

_NEXT: Final = "correct the step in tenancy/revisions, then run the tests again"
# Steps that the same words take back.
_OPPOSITE: Final[Mapping[type[Operation], type[Operation]]] = {
    CreateFoundation: DropFoundation,
    DropFoundation: CreateFoundation,
    AddIndex: DropIndex,
    DropIndex: AddIndex,
    AddReference: DropReference,
    DropReference: AddReference,
}
_Item = TypeVar("_Item")


def fold(database: Database, operations: Iterable[Operation]) -> Database:
    """The database after the steps. Raises ModelError for a step that does not fit what is there before it."""
    for operation in operations:
        database = after(database, operation)
    return database


def after(database: Database, operation: Operation) -> Database:
    """The database after one step."""
    tables = dict(database.by_name)
    match operation:
        case CreateFoundation() | DropFoundation():
            pass
        case CreateTable(table):
            if table.name in tables:
                raise _misfit(database, operation, "a name that no table has")
            tables[table.name] = table
        case DropTable():
            del tables[_table(database, operation).name]
        case _:
            table = _table(database, operation)
            tables[table.name] = _changed(database, table, operation)
    made = Database(database.name, tuple(tables.values()))
    if names := duplicates(made):
        raise _misfit(database, operation, f"other names than {', '.join(names)}, which would stand there twice")
    return made


def inverse(database: Database, operation: Operation) -> Operation:
    """The step that takes a step back; `database`: before it."""
    back: Operation
    match operation:
        case CreateTable(table):
            back = DropTable(table.name)
        case DropTable():
            back = CreateTable(_table(database, operation))
        case AddColumn(table, column, fill):
            back = DropColumn(table, column.name, fill)
        case DropColumn(name, column, fill):
            found = next(it for it in _table(database, operation).columns if it.name == column)
            back = AddColumn(name, found, fill)
        case SetRights(name):
            back = SetRights(name, _table(database, operation).rights)
        case Backfill(table, up, down, reads):
            back = Backfill(table, down, up, reads)
        case _:
            back = _OPPOSITE[type(operation)](**vars(operation))
    return back


def _changed(database: Database, table: Table, operation: Operation) -> Table:
    changes: dict[str, Any] = {}
    match operation:
        case AddColumn(_, column):
            changes["columns"] = (*table.columns, column)
        case DropColumn(_, name):
            found = [it for it in table.columns if it.name == name]
            changes["columns"] = _without(table.columns, found[0] if found else None, database, operation)
        case AddIndex(_, columns):
            changes["indexes"] = (*table.indexes, columns)
        case DropIndex(_, columns):
            changes["indexes"] = _without(table.indexes, columns, database, operation)
        case AddReference(_, reference):
            changes["references"] = (*table.references, reference)
        case DropReference(_, reference):
            changes["references"] = _without(table.references, reference, database, operation)
        case SetRights(_, rights):
            changes["rights"] = rights
        case Backfill(_, _, _, reads) if not set(reads) <= database.by_name.keys():
            raise _misfit(database, operation, f"to read tables that are there: {', '.join(database.by_name)}")
        case _:
            pass
    return replace(table, **changes)


def _without(
    items: tuple[_Item, ...], item: _Item | None, database: Database, operation: Operation
) -> tuple[_Item, ...]:
    if item not in items:
        raise _misfit(database, operation, "what is there")
    return tuple(it for it in items if it != item)


def _table(database: Database, operation: Operation) -> Table:
    name = str(vars(operation)["table"])
    if name not in database.by_name:
        raise _misfit(database, operation, f"a table that is there: {', '.join(database.by_name) or 'none'}")
    return database.by_name[name]


def _misfit(database: Database, operation: Operation, allowed: str) -> ModelError:
    what = f"{operation} does not fit what is there before it"
    return ModelError((Fault(where=database.name, what=what, allowed=allowed, next_step=_NEXT),))
