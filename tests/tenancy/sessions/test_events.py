"""Claims about events: written with their change or not at all, and worked on for the tenant that they are of."""

import asyncio
import json
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from psycopg import errors
from psycopg.rows import dict_row
from sqlalchemy import insert, text
from sqlalchemy.exc import DBAPIError

from tenancy.sessions.asynchronous import AsyncTenantSession
from tenancy.sessions.engines import create_async_engine, create_engine
from tenancy.sessions.envelope import LARGEST, Envelope, EnvelopeError
from tenancy.sessions.outbox import publish
from tenancy.sessions.sqlalchemy import TenantSession
from tests.tenancy.stage import ACME, CONTOSO, DATABASE, ORGANIZATIONS, AsyncCredential, Credential, caller

EVENT = {"topic": "user-events", "type": "organization.created"}
ENVELOPE = Envelope(
    id=uuid4(), type="user.joined", tenant_id=ACME, actor_id="a", occurred_at=datetime.now(UTC), payload={"id": "x"}
)


def published(stage) -> list[dict[str, Any]]:
    """What the publisher finds: every tenant's rows."""
    with stage.bench.sign_in("publisher", DATABASE) as connection:
        cursor = connection.cursor(row_factory=dict_row)
        return cursor.execute("SELECT * FROM events ORDER BY occurred_at, id").fetchall()


def test_an_event_is_there_with_its_change_or_not_at_all(stage) -> None:
    """From an insert to the worker's own session: the tenant is the one of the verified token all along."""
    engine = create_engine(stage.place(), Credential(stage.token))
    for tenant in (ACME, CONTOSO):
        with TenantSession(engine, caller=caller(tenant)) as session:
            session.execute(insert(ORGANIZATIONS).values(name="HQ", country_code="NL"))
            publish(session, **EVENT, payload={"organization": "HQ"})
            session.commit()
            publish(session, **EVENT, payload={"organization": "lost"})
            session.rollback()
    rows = published(stage)
    assert [(row["tenant_id"], row["key"], row["topic"]) for row in rows] == [
        (tenant, str(tenant), "user-events") for tenant in (ACME, CONTOSO)
    ]
    for row in rows:
        event = Envelope.read(Envelope.of_row(row).message())
        assert (event.id, event.type, event.payload) == (row["id"], EVENT["type"], {"organization": "HQ"})
        assert event.actor_id == f"actor-{event.tenant_id}"
        assert b"administrator" not in event.message()  # no name of a person leaves the region
        with TenantSession(engine, caller=event.caller) as session:
            assert session.scalar(text("SELECT tenancy.current_tenant_id()")) == row["tenant_id"]
    engine.dispose()


@pytest.mark.parametrize("driver", ["psycopg", "asyncpg"])
def test_an_asynchronous_session_publishes_too(stage, driver) -> None:
    """By SQLAlchemy's own way to call a plain function."""

    async def run() -> None:
        engine = create_async_engine(stage.place(), AsyncCredential(stage.token), driver)
        async with AsyncTenantSession(engine, caller=caller(ACME)) as session, session.begin():
            await session.run_sync(lambda inner: publish(inner, **EVENT, payload={"n": [1, None, "é"]}))
        await engine.dispose()

    asyncio.run(run())
    assert [Envelope.of_row(row).payload for row in published(stage)] == [{"n": [1, None, "é"]}]


def test_an_application_neither_reads_nor_forges_events(stage) -> None:
    """It adds its own tenant's; another's is refused by the policy, and reading by the rights."""
    engine = create_engine(stage.place(), Credential(stage.token))
    forged = "INSERT INTO outbox.events (tenant_id, topic, key, type, payload) VALUES (:t, 't', 'k', 'a.b', '{}')"
    for statement in (forged, "SELECT * FROM outbox.events", "DELETE FROM outbox.events"):
        values = {"t": CONTOSO} if statement == forged else {}
        with TenantSession(engine, caller=caller(ACME)) as session, pytest.raises(DBAPIError) as caught:
            session.execute(text(statement), values)
        assert isinstance(caught.value.orig, errors.InsufficientPrivilege)
    assert published(stage) == []
    engine.dispose()


@pytest.mark.parametrize(
    ("changed", "word"),
    [
        ({"type": "Joined"}, "type: string_pattern_mismatch"),
        ({"type": ""}, "type"),
        ({"payload": {"x": "y" * LARGEST}}, "send an id"),
        ({"payload": {1: 2}}, "payload"),
        ({"payload": {"x": b""}}, "payload"),
    ],
)
def test_what_no_worker_would_take_is_refused_before_it_is_written(stage, changed, word) -> None:
    """By who writes it: there the mistake can be mended."""
    engine = create_engine(stage.place(), Credential(stage.token))
    with (
        TenantSession(engine, caller=caller(ACME)) as session,
        session.begin(),
        pytest.raises(EnvelopeError, match=word),
    ):
        publish(session, **{**EVENT, "payload": {}, **changed})
    assert published(stage) == []
    engine.dispose()


def test_an_envelope_cannot_be_changed() -> None:
    """Neither its tenant nor anything else."""
    with pytest.raises(ValueError, match="frozen"):
        ENVELOPE.tenant_id = CONTOSO
    assert Envelope.read(ENVELOPE.message()) == ENVELOPE


BAD = {
    "no tenant": {"tenant_id": None},
    "the nil tenant": {"tenant_id": str(UUID(int=0))},
    "a slug": {"tenant_id": "acme"},
    "a number": {"tenant_id": 7},
    "no actor": {"actor_id": ""},
    "an actor of two lines": {"actor_id": "a\nb"},
    "no time zone": {"occurred_at": "2026-11-22T10:00:00"},
    "one more": {"permissions": ["admin"]},
    "a payload of text": {"payload": "x"},
    "no id": {"id": "1"},
}


@pytest.mark.parametrize("kind", BAD)
def test_a_message_that_is_no_event_of_ours_is_refused(kind) -> None:
    """It goes to the dead letters; what is wrong is named by its place, without the value."""
    said = json.loads(ENVELOPE.message())
    for name, value in BAD[kind].items():
        said[name] = value
    with pytest.raises(EnvelopeError) as caught:
        Envelope.read(json.dumps(said).encode())
    assert next(iter(BAD[kind])) in str(caught.value)
    assert "acme" not in str(caught.value)
    with pytest.raises(EnvelopeError, match="at most"):
        Envelope.read(b" " * (LARGEST + 1))


@given(st.one_of(st.binary(max_size=200), st.text(max_size=200).map(str.encode)))
def test_any_bytes_are_an_event_or_refused(message) -> None:
    """Nothing else ever comes out of reading one."""
    with pytest.raises(EnvelopeError):
        Envelope.read(message)
