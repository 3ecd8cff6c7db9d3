"""The steps of a revision, as data.

There is no step that runs SQL of any kind: a table can be made from a model alone, so with everything that protects it.
`Backfill` takes one statement that changes rows, and PostgreSQL takes no second one with it.
"""

import re
from dataclasses import dataclass
from typing import Final

from tenancy.model import Column, Reference, Right, Table

_CHANGES_ROWS: Final = re.compile(r"\s*(UPDATE|INSERT|DELETE)\b", re.IGNORECASE)


@dataclass(frozen=True)
class CreateFoundation:
    """The functions and tables that every database has under those of its model."""


@dataclass(frozen=True)
class DropFoundation:
    """The other way; not while a table of tenants stands."""


@dataclass(frozen=True)
class CreateTable:
    """A table with everything that its scope brings."""

    table: Table


@dataclass(frozen=True)
class DropTable:
    """A table with its rows."""

    table: str


@dataclass(frozen=True)
class AddColumn:
    """A column, at the end. fill: an expression of SQL for the rows that are there, where the default is none."""

    table: str
    column: Column
    fill: str | None = None


@dataclass(frozen=True)
class DropColumn:
    """A column with its values. fill: what its rows get where the step is taken back."""

    table: str
    column: str
    fill: str | None = None


@dataclass(frozen=True)
class AddIndex:
    """An index; the tenant in front."""

    table: str
    columns: tuple[str, ...]


@dataclass(frozen=True)
class DropIndex:
    """The other way."""

    table: str
    columns: tuple[str, ...]


@dataclass(frozen=True)
class AddReference:
    """A foreign key, held against every row of every tenant that is there."""

    table: str
    reference: Reference


@dataclass(frozen=True)
class DropReference:
    """The other way."""

    table: str
    reference: Reference


@dataclass(frozen=True)
class SetRights:
    """What applications may do with a table."""

    table: str
    rights: tuple[Right, ...]


@dataclass(frozen=True)
class Backfill:
    """A change of the rows of every tenant, and what takes it back.

    up, down: one UPDATE, INSERT or DELETE on `app.{table}` each; ValueError for any other statement. reads: other
    tables that they look into. The change is audited with the revision as the actor.
    """

    table: str
    up: str
    down: str
    reads: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for statement in (self.up, self.down):
            if not _CHANGES_ROWS.match(statement):
                raise ValueError(f"a backfill is one UPDATE, INSERT or DELETE, not {statement!r}")


Operation = (
    CreateFoundation
    | DropFoundation
    | CreateTable
    | DropTable
    | AddColumn
    | DropColumn
    | AddIndex
    | DropIndex
    | AddReference
    | DropReference
    | SetRights
    | Backfill
)
