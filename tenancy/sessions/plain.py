"""A tenant's transaction on a plain psycopg connection, for what has no use for SQLAlchemy."""

import contextlib
from collections.abc import AsyncGenerator, Generator
from typing import Any

from psycopg import AsyncConnection, Connection
from psycopg.pq import TransactionStatus
from psycopg.rows import scalar_row

from tenancy.sessions import binding
from tenancy.sessions.binding import BindingError
from tenancy.sessions.caller import Caller


@contextlib.contextmanager
def transaction(connection: Connection[Any], caller: Caller) -> Generator[Connection[Any], None, None]:
    """One transaction of the caller's tenant: committed in the end, rolled back when an exception leaves the block.

    Raises BindingError on a connection that is in a transaction already, which may be another tenant's.
    """
    _require_idle(connection)
    with connection.transaction():
        cursor = connection.cursor(row_factory=scalar_row)
        binding.require(caller, cursor.execute(binding.statement(caller), binding.values(caller)).fetchone())
        yield connection


@contextlib.asynccontextmanager
async def async_transaction(
    connection: AsyncConnection[Any], caller: Caller
) -> AsyncGenerator[AsyncConnection[Any], None]:
    """As `transaction`."""
    _require_idle(connection)
    async with connection.transaction():
        cursor = connection.cursor(row_factory=scalar_row)
        await cursor.execute(binding.statement(caller), binding.values(caller))
        binding.require(caller, await cursor.fetchone())
        yield connection


def _require_idle(connection: Connection[Any] | AsyncConnection[Any]) -> None:
    status = connection.info.transaction_status
    if status is not TransactionStatus.IDLE:
        raise BindingError(f"the connection is not free but {status.name}: end its transaction first")
