"""Statements that change something: carried out one by one and kept for the report, in one transaction."""

import contextlib
from collections.abc import Generator, Iterable
from dataclasses import dataclass, field
from typing import Any, LiteralString

import psycopg
from psycopg import sql

from tenancy.faults import Fault, RefusedError
from tenancy.server import Connection

Row = tuple[Any, ...]


@dataclass(frozen=True)
class Work:
    """A transaction, with what it changed. `where` names the database for the log and for faults."""

    connection: Connection
    where: str
    changes: list[str] = field(default_factory=list[str])

    def rows(self, query: LiteralString, *values: object) -> list[Row]:
        """What a query finds."""
        return self.connection.execute(query, values).fetchall()

    def row(self, query: LiteralString, *values: object) -> Row | None:
        """The first row that a query finds."""
        return self.connection.execute(query, values).fetchone()

    def change(self, statement: LiteralString, *names: sql.Composable | str) -> None:
        """Carry out a statement in whose {} stand identifiers (str) or other parts, and keep it for the report."""
        parts = [sql.Identifier(name) if isinstance(name, str) else name for name in names]
        composed = sql.SQL(statement).format(*parts)
        self.connection.execute(composed)
        self.changes.append(composed.as_string(self.connection))

    def change_if_permitted(self, statement: LiteralString, *names: sql.Composable | str) -> None:
        """As `change`; what this job may not do is left as it is, for the gate to name."""
        with contextlib.suppress(psycopg.errors.InsufficientPrivilege), self.connection.transaction():
            self.change(statement, *names)


@contextlib.contextmanager
def transaction(connection: Connection, where: str) -> Generator[Work, None, None]:
    """All of the work or, when a statement fails, none: then RefusedError with the server's words."""
    work = Work(connection, where)
    try:
        with connection.transaction():
            yield work
    except psycopg.Error as error:
        raise RefusedError([told(error, where, after=work.changes)]) from error


def told(error: psycopg.Error, where: str, *, after: Iterable[str] = ()) -> Fault:
    """The server's refusal as a fault: its words and code, and the last of what was done before and is undone."""
    last = ([*after] or ["nothing"])[-1]
    words = error.diag.message_primary or str(error).strip() or type(error).__name__
    # What violates a constraint is told with its row, which no log may have.
    tells_row = (error.sqlstate or "").startswith("23")
    detail = f" ({error.diag.message_detail})" if error.diag.message_detail and not tells_row else ""
    return Fault(
        where=where,
        what=f"PostgreSQL refused: {words}{detail} [{error.sqlstate or 'no code'}]; rolled back; last done: {last}",
        allowed="what an Entra administrator may do with roles and objects that it or this job made",
        next_step="mend what the server names (as the administrator or owner that it names), then start the job again",
    )
