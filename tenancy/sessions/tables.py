"""A database's tables for SQLAlchemy, made from the one model: nothing in them says anything of tenants.

`tenant_id` is not among the columns. What is inserted gets it from the database's default, what is read or changed is
the tenant's by the policies, and an `id` alone names a row, as it does for every tenant. PostgreSQL puts the tenant in
front of every key by itself.
"""

from typing import Any, Final, NoReturn

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    FetchedValue,
    ForeignKeyConstraint,
    Integer,
    MetaData,
    Text,
    Uuid,
    event,
)
from sqlalchemy import Table as SqlTable
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.types import TypeEngine

from tenancy import revisions
from tenancy.model import Column as ModelColumn
from tenancy.model import Table, Type
from tenancy.model.tables import TENANT_ID, UPDATED_AT

_TYPES: Final[dict[Type, TypeEngine[Any]]] = {
    Type.UUID: Uuid(),
    Type.TEXT: Text(),
    Type.INTEGER: Integer(),
    Type.BIGINT: BigInteger(),
    Type.BOOLEAN: Boolean(),
    Type.DATE: Date(),
    Type.TIMESTAMP: DateTime(timezone=True),
    Type.JSON: JSONB(),
}


def tables_of(database: str, revision: str = revisions.NEWEST) -> MetaData:
    """The tables of a database (`user_service`), by name with their schema: `tables_of(...).tables["app.users"]`.

    For queries alone: creating or dropping from it is refused with RuntimeError, because revisions make tables.
    """
    metadata = MetaData()
    model = revisions.database_at(database, revision)
    for table in model.in_order:
        SqlTable(table.name, metadata, *_columns(table), *_references(table, model.by_name), schema=table.schema)
    for occasion in ("before_create", "before_drop"):
        event.listen(metadata, occasion, _refuse)
    return metadata


def _columns(table: Table) -> list[Column[Any]]:
    return [_column(table, column) for column in table.all_columns if column != TENANT_ID]


def _column(table: Table, column: ModelColumn) -> Column[Any]:
    made = column == UPDATED_AT or column.default is not None
    return Column(
        column.name,
        _TYPES[column.type],
        primary_key=column.name in table.key,
        nullable=column.nullable,
        server_default=FetchedValue() if made else None,
        server_onupdate=FetchedValue() if column == UPDATED_AT else None,
    )


def _references(table: Table, others: dict[str, Table]) -> list[ForeignKeyConstraint]:
    """So that SQLAlchemy finds joins and relationships by itself."""
    return [
        ForeignKeyConstraint(
            reference.columns, [f"{others[reference.table].schema}.{reference.table}.{name}" for name in reference.to]
        )
        for reference in table.references
    ]


def _refuse(*_: object, **__: object) -> NoReturn:
    raise RuntimeError(
        "tables are made by the revisions in tenancy/revisions (python -m tenancy apply), never from here"
    )
