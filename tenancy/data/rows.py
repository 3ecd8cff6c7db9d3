"""Rows as lines of JSON and back, made and read by PostgreSQL itself, so that no value changes on the way.

A line has a name for each column that is not NULL: numbers with every digit, times in UTC with microseconds, JSON as it
is (a JSON null is there, an SQL NULL is not). `JSON_OBJECT … ABSENT ON NULL` came with PostgreSQL 16, our floor.
https://www.postgresql.org/docs/16/functions-json.html#FUNCTIONS-JSON-CREATION
"""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, LiteralString, cast
from uuid import UUID

from psycopg import sql

from tenancy.data.relations import Relation
from tenancy.work import Work

# Rows that the server sends at a time, and that go into one INSERT: a few hundred KiB of either.
_FETCHED: Final = 1000
_INSERTED: Final = 500
_INSERTED_BYTES: Final = 4 << 20
_JSON: Final = frozenset({"json", "jsonb"})
_TEXTS: Final = frozenset({"text", "character varying"})


@dataclass(frozen=True)
class Content:
    """How many rows, and the SHA-256 of their lines in the order of their key."""

    rows: int
    sha256: str


def lines(work: Work, relation: Relation, tenant: UUID | None) -> Iterator[bytes]:
    """The rows of a tenant, or those of a table that belongs to none: a line each, in the order of their key.

    The server keeps the rows and sends some at a time, so that a table of any size needs the same memory.
    """
    pairs = (sql.SQL("{} VALUE {}").format(name, sql.Identifier(name)) for name in relation.columns)
    query = sql.SQL("SELECT JSON_OBJECT({} ABSENT ON NULL RETURNING text) FROM {}{} ORDER BY {}").format(
        sql.SQL(", ").join(pairs), relation.identifier, whose(relation, tenant), _order(relation)
    )
    with work.connection.cursor(name="lines") as cursor:
        cursor.itersize = _FETCHED
        for (line,) in cursor.execute(query):
            yield str(line).encode()


def content(work: Work, relation: Relation, tenant: UUID | None) -> Content:
    """What `lines` gives, in short."""
    digest, rows = hashlib.sha256(), 0
    for line in lines(work, relation, tenant):
        digest.update(line + b"\n")
        rows += 1
    return Content(rows, digest.hexdigest())


def count(work: Work, relation: Relation, tenant: UUID | None) -> int:
    """The rows of a tenant, or those of a table that belongs to none."""
    query = sql.SQL("SELECT count(*) FROM {}{}").format(relation.identifier, whose(relation, tenant))
    row = work.connection.execute(query).fetchone()
    return int(row[0]) if row else 0


def insert(work: Work, relation: Relation, some: Iterable[bytes]) -> None:
    """Insert lines as they are: every column of a row has what its line says, or NULL; no default is taken."""
    # One JSON of all lines: an array of texts would have to be escaped, which takes most of the time of an import.
    statement = sql.SQL(
        "INSERT INTO {} ({}) OVERRIDING SYSTEM VALUE SELECT {} FROM jsonb_array_elements(%s::jsonb) AS lines(r)"
    ).format(
        relation.identifier,
        sql.SQL(", ").join(map(sql.Identifier, relation.columns)),
        sql.SQL(", ").join(_value(name, kind) for name, kind in relation.columns.items()),
    )
    for batch in _batches(some):
        work.connection.execute(statement, [f"[{','.join(batch)}]"])


def _value(name: str, kind: str) -> sql.Composable:
    """What a line has for a column, as its type; JSON as JSON, so that its null is no NULL. `kind` is PostgreSQL's."""
    if kind in _JSON:
        return sql.SQL("(r -> {})").format(name)
    return sql.SQL("(r ->> {})::").format(name) + sql.SQL(cast("LiteralString", kind))


def whose(relation: Relation, tenant: UUID | None) -> sql.Composable:
    """The condition that rows are this tenant's: the policies say it too, and this one says it even without them."""
    if relation.tenant is None or tenant is None:
        return sql.SQL("")
    return sql.SQL(" WHERE {} = {}").format(sql.Identifier(relation.tenant), sql.Literal(tenant))


def _order(relation: Relation) -> sql.Composable:
    """By the key; texts by their bytes, because a collation may differ from server to server."""
    names = relation.key or tuple(relation.columns)
    return sql.SQL(", ").join(
        sql.SQL('{} COLLATE "C"' if relation.columns[name] in _TEXTS else "{}").format(sql.Identifier(name))
        for name in names
    )


def _batches(some: Iterable[bytes]) -> Iterator[Sequence[str]]:
    batch: list[str] = []
    size = 0
    for line in some:
        batch.append(line.decode())
        size += len(line)
        if len(batch) >= _INSERTED or size >= _INSERTED_BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch
