"""Events written in the transaction of the change that they tell of: both are there, or neither.

An application may insert here and nothing else, not even read what it wrote; the database gives tenant, id and time.
https://learn.microsoft.com/azure/architecture/databases/guide/transactional-outbox-cosmos
"""

from collections.abc import Mapping
from typing import Final

from pydantic import JsonValue
from sqlalchemy import Column, MetaData, Table, Text, insert
from sqlalchemy.dialects.postgresql import JSONB

from tenancy.sessions.envelope import wrapped
from tenancy.sessions.sqlalchemy import TenantSession

# The columns that an application gives; never created from here (`tenancy.ddl.foundation` makes the table).
_EVENTS: Final = Table(
    "events",
    MetaData(schema="outbox"),
    Column("topic", Text),
    Column("key", Text),
    Column("type", Text),
    Column("payload", JSONB),
)


def publish(session: TenantSession, *, topic: str, type: str, payload: Mapping[str, JsonValue]) -> None:  # noqa: A002
    """Add an event to this session's transaction; in an asynchronous one, `await session.run_sync(publish, ...)`.

    topic: the hub's name. Events of a tenant keep their order: the key, by which a hub picks the partition, is the
    tenant. Raises EnvelopeError for a type or payload that no worker would take.
    """
    caller = session.caller
    row = {
        "topic": topic,
        "key": str(caller.tenant_id),
        "type": type,
        "payload": wrapped(caller, type, payload),
    }
    session.execute(insert(_EVENTS).values(row))
