"""Transactions of data commands: as `{database}_operations`, bound to one tenant after another.

The job's own identity administers the server and would see every tenant. Under this role it sees one tenant at a time,
the one that it is bound to, as a service does; without one, every table of tenants refuses (28000).
"""

from collections.abc import Callable, Generator
from contextlib import AbstractContextManager, contextmanager
from typing import Final
from uuid import UUID

from psycopg import sql

from tenancy.duties import group_of, owner_of
from tenancy.server import Connection
from tenancy.work import Work, transaction

Connect = Callable[[str], AbstractContextManager[Connection]]
OPERATIONS: Final = "operations"
_WRITE: Final = "READ COMMITTED, READ WRITE"
# One spelling of every value, whatever the server's settings are; statements over many rows take their time.
_SETTINGS: Final = {
    "TimeZone": "UTC",
    "DateStyle": "ISO, YMD",
    "statement_timeout": "0",
    "jit": "off",
}
# What tells the audit trigger that rows are restored, erased or too old, and not changed by anybody. The trigger heeds
# it under the role of operations alone: an application may set it, and is audited all the same.
_UNAUDITED: Final = "app.unaudited"


@contextmanager
def reading(connect: Connect, database: str) -> Generator[Work, None, None]:
    """One moment of a database: nothing that others write meanwhile is seen, and nothing can be written.

    https://www.postgresql.org/docs/current/transaction-iso.html#XACT-REPEATABLE-READ
    """
    with _transaction(connect, database, "REPEATABLE READ, READ ONLY", group_of(database, OPERATIONS)) as work:
        yield work


@contextmanager
def writing(connect: Connect, database: str, actor: str, *, audited: bool) -> Generator[Work, None, None]:
    """Changes to a database, all or none, by `actor`: with audit rows, or (restoring, erasing) without."""
    with _transaction(connect, database, _WRITE, group_of(database, OPERATIONS)) as work:
        _set(work, "app.actor_id", actor)
        _set(work, "app.actor_name", actor)
        _set(work, _UNAUDITED, "off" if audited else "on")
        yield work


@contextmanager
def as_owner(connect: Connect, database: str) -> Generator[Work, None, None]:
    """Changes by the owner, whom row-level security holds too: for the one thing that no duty may, deleting audit."""
    with _transaction(connect, database, _WRITE, owner_of(database)) as work:
        yield work


def bind(work: Work, tenant: UUID) -> None:
    """From here on the transaction sees and writes the rows of this tenant."""
    _set(work, "app.tenant_id", str(tenant))


@contextmanager
def _transaction(connect: Connect, database: str, mode: str, role: str) -> Generator[Work, None, None]:
    with connect(database) as connection, transaction(connection, f"database {database}") as work:
        work.connection.execute(f"SET TRANSACTION ISOLATION LEVEL {mode}".encode())
        for name, value in _SETTINGS.items():
            _set(work, name, value)
        work.connection.execute(sql.SQL("SET LOCAL ROLE {}").format(sql.Identifier(role)))
        yield work


def _set(work: Work, name: str, value: str) -> None:
    work.rows("SELECT set_config(%s, %s, true)", name, value)
