"""Claims about PgBouncer in transaction mode with one connection for all: every driver, tenants interleaved."""

import asyncio
import itertools
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

import psycopg
import pytest
from psycopg.rows import dict_row
from sqlalchemy import func, insert, select, text
from sqlalchemy.exc import DBAPIError

from tenancy.gate.startup import StartupError
from tenancy.sessions.asynchronous import AsyncTenantSession
from tenancy.sessions.binding import BindingError
from tenancy.sessions.engines import SCOPE, Place, connect, connect_async, create_async_engine, create_engine
from tenancy.sessions.plain import async_transaction, transaction
from tenancy.sessions.sqlalchemy import TenantSession
from tests.tenancy.stage import ACME, CONTOSO, DATABASE, ORGANIZATIONS, AsyncCredential, Credential, Stage, caller

BOTH = (ACME, CONTOSO)
COUNT = select(func.count()).select_from(ORGANIZATIONS)
TENANT = text("SELECT tenancy.current_tenant_id()")
DRIVERS = pytest.mark.parametrize("driver", ["psycopg", "asyncpg"])
Seen = list[tuple[UUID, int]]


def expected(asked: list[UUID]) -> Seen:
    """Each tenant sees itself, and as many rows as it has."""
    return [(tenant, {ACME: 2, CONTOSO: 1}[tenant]) for tenant in asked]


@pytest.fixture
def rows(stage) -> Stage:
    """Two of one tenant, one of the other."""
    stage.plant(ACME, "one", "two")
    stage.plant(CONTOSO, "theirs")
    found: Stage = stage
    return found


def test_a_setting_of_the_session_would_leak_here(rows, bouncer) -> None:
    """Leak 19: what the template never does, shown on this very pool: the next client reads the first one's tenant."""
    options = {"user": "id-user", "password": rows.token, "dbname": DATABASE, "prepare_threshold": None}
    with (
        psycopg.connect(host="127.0.0.1", port=bouncer, autocommit=True, **options) as one,
        psycopg.connect(host="127.0.0.1", port=bouncer, autocommit=True, **options) as other,
    ):
        one.execute("SELECT set_config('app.tenant_id', %s, false)", (str(ACME),))
        assert other.execute("SELECT count(*) FROM app.organizations").fetchone() == (2,)
        one.execute("RESET app.tenant_id")
        with transaction(one, caller(ACME)):
            pass
        with pytest.raises(psycopg.errors.InvalidAuthorizationSpecification):
            other.execute("SELECT count(*) FROM app.organizations")


def test_threads_on_sqlalchemy(rows, bouncer) -> None:
    """Eight clients of one connection, transactions of three statements each."""
    engine = create_engine(rows.place(bouncer, pool=8), Credential(rows.token))

    def ask(tenant: UUID) -> tuple[UUID, int]:
        with TenantSession(engine, caller=caller(tenant)) as session, session.begin():
            assert session.scalar(TENANT) == tenant
            return session.scalar(TENANT), session.scalar(COUNT)

    asked = list(itertools.islice(itertools.cycle(BOTH), 60))
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(ask, asked)) == expected(asked)
    engine.dispose()


@DRIVERS
def test_tasks_on_asynchronous_sqlalchemy(rows, bouncer, driver) -> None:
    """Connects, prepares and asks at the same time: nothing is prepared beyond its transaction."""

    async def run() -> Seen:
        credential = AsyncCredential(rows.token)
        engine = create_async_engine(rows.place(bouncer, pool=8), credential, driver)

        async def ask(tenant: UUID) -> tuple[UUID, int]:
            async with AsyncTenantSession(engine, caller=caller(tenant)) as session, session.begin():
                before = await session.scalar(TENANT)
                await asyncio.sleep(0)
                assert await session.scalar(text("SELECT count(*) FROM pg_prepared_statements")) == 0
                assert (await session.scalar(TENANT)) == before == session.caller.tenant_id
                return before, await session.scalar(COUNT)

        found = await asyncio.gather(*map(ask, asked))
        await engine.dispose()
        assert set(credential.asked) == {SCOPE}
        assert 1 <= len(credential.asked) <= 8
        return found

    asked = list(itertools.islice(itertools.cycle(BOTH), 60))
    assert asyncio.run(run()) == expected(asked)


@DRIVERS
def test_an_asynchronous_session_writes_streams_and_ends_as_the_other(rows, bouncer, driver) -> None:
    """Flush first, rolled back at an exception, read after a commit, many rows through a server-side cursor."""

    async def run() -> None:
        engine = create_async_engine(rows.place(bouncer, pool=2), AsyncCredential(rows.token), driver)
        async with AsyncTenantSession(engine, caller=caller(ACME)) as session:
            await session.execute(insert(ORGANIZATIONS), [{"name": f"n{n}", "country_code": "NL"} for n in range(300)])
            await session.commit()
            streamed = await session.stream(select(ORGANIZATIONS.c.name).execution_options(yield_per=50))
            assert len([row async for row in streamed]) == 302
        with pytest.raises(ZeroDivisionError):
            await _failing(engine)
        committing = engine.execution_options(isolation_level="AUTOCOMMIT")
        async with AsyncTenantSession(committing, caller=caller(ACME)) as session:
            with pytest.raises(BindingError):
                await session.scalar(TENANT)
        async with engine.connect() as connection:
            with pytest.raises(DBAPIError, match="no tenant bound"):
                await connection.execute(COUNT)
        await engine.dispose()

    asyncio.run(run())
    assert rows.owned() == {ACME: 302, CONTOSO: 1}


async def _failing(engine) -> None:
    """A transaction that something goes wrong in."""
    async with AsyncTenantSession(engine, caller=caller(ACME)) as session, session.begin():
        await session.execute(insert(ORGANIZATIONS).values(name="lost", country_code="NL"))
        raise ZeroDivisionError


def test_plain_psycopg(rows, bouncer) -> None:
    """Two clients in turn, whatever the rows are made into; a connection in use is not bound again."""
    with (
        connect(rows.place(bouncer), Credential(rows.token)) as one,
        connect(rows.place(bouncer), Credential(rows.token)) as other,
    ):
        other.row_factory = dict_row
        for _ in range(3):
            with transaction(one, caller(ACME)):
                assert one.execute("SELECT count(*) FROM app.organizations").fetchone() == (2,)
                with pytest.raises(BindingError, match="INTRANS"), transaction(one, caller(CONTOSO)):
                    pass
            with transaction(other, caller(CONTOSO)):
                assert other.execute("SELECT count(*) FROM app.organizations").fetchone() == {"count": 1}
        with pytest.raises(psycopg.errors.InvalidAuthorizationSpecification):
            one.execute("SELECT count(*) FROM app.organizations")
        with pytest.raises(psycopg.errors.DivisionByZero), transaction(one, caller(ACME)):
            one.execute("WITH gone AS (DELETE FROM app.organizations RETURNING 1) SELECT count(*) / 0 FROM gone")
    assert rows.owned() == {ACME: 2, CONTOSO: 1}


def test_plain_asynchronous_psycopg(rows, bouncer) -> None:
    """The same, in tasks."""

    async def ask(tenant: UUID) -> tuple[UUID, int]:
        async with (
            await connect_async(rows.place(bouncer), AsyncCredential(rows.token)) as connection,
            async_transaction(connection, caller(tenant)),
        ):
            cursor = await connection.execute("SELECT tenancy.current_tenant_id(), count(*) FROM app.organizations")
            found = await cursor.fetchone()
            with pytest.raises(BindingError):
                await async_transaction(connection, caller(tenant)).__aenter__()
        assert found
        return found[0], found[1]

    async def run(asked: list[UUID]) -> Seen:
        return await asyncio.gather(*map(ask, asked))

    asked = list(BOTH * 5)
    assert asyncio.run(run(asked)) == expected(asked)


def test_a_token_is_asked_for_each_connection_and_never_kept(stage) -> None:
    """One that was renewed meanwhile is what the next connection shows."""
    credential = Credential(stage.token)
    engine = create_engine(stage.place(pool=1), credential)
    for _ in range(2):
        with TenantSession(engine, caller=caller(ACME)) as session:
            session.scalar(TENANT)
        engine.dispose()
    assert credential.asked == [SCOPE] * 2
    assert stage.token not in repr(engine) + str(engine.url)
    credential.show("wrong")
    with TenantSession(engine, caller=caller(ACME)) as session, pytest.raises(DBAPIError, match="password") as caught:
        session.scalar(TENANT)
    assert "wrong" not in str(caught.value)


def test_a_service_that_policies_do_not_hold_does_not_start(stage) -> None:
    """Every way in looks before it is used, and again as long as it is so."""
    with stage.superuser() as connection:
        connection.execute('ALTER ROLE "id-user" BYPASSRLS')
    try:
        engine = create_engine(stage.place(), Credential(stage.token))
        for _ in range(2):
            with (
                TenantSession(engine, caller=caller(ACME)) as session,
                pytest.raises(StartupError, match="free of policies"),
            ):
                session.scalar(TENANT)
        with pytest.raises(StartupError, match="free of policies"):
            connect(stage.place(), Credential(stage.token))
        with pytest.raises(StartupError, match="free of policies"):
            asyncio.run(connect_async(stage.place(), AsyncCredential(stage.token)))
        for driver in ("psycopg", "asyncpg"):
            with pytest.raises(StartupError, match="free of policies"):
                asyncio.run(_scalar(stage, driver))
    finally:
        with stage.superuser() as connection:
            connection.execute('ALTER ROLE "id-user" NOBYPASSRLS')
    with TenantSession(engine, caller=caller(ACME)) as session:
        assert session.scalar(TENANT) == ACME
    engine.dispose()


async def _scalar(stage, driver) -> UUID | None:
    engine = create_async_engine(stage.place(), AsyncCredential(stage.token), driver)
    try:
        async with AsyncTenantSession(engine, caller=caller(ACME)) as session:
            found: UUID | None = await session.scalar(TENANT)
            return found
    finally:
        await engine.dispose()


def test_plain_text_leaves_no_machine() -> None:
    """Without certificates only this machine is a place; a pool gives out at least one connection."""
    with pytest.raises(ValueError, match="another machine"):
        Place(host="psql.postgres.database.azure.com", database=DATABASE, user="u", certificates=None)
    with pytest.raises(ValueError, match="at least 1"):
        Place(host="127.0.0.1", database=DATABASE, user="u", pool=0)
    assert Place(host="psql.postgres.database.azure.com", database=DATABASE, user="u").certificates
