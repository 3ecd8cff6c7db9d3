"""Claims about the mode itself: switched on and off, its keys changed, and what a service writes for it."""

import asyncio
import base64
import json
import secrets
import time
from dataclasses import replace
from typing import Annotated, Any

import psycopg
import pytest
from fastapi import FastAPI
from psycopg import errors
from sqlalchemy import func, insert, select
from sqlalchemy.exc import DBAPIError

from tenancy.assurance import ddl, keys, mode
from tenancy.assurance.tokens import VARIABLE, SigningKey, read_keys
from tenancy.faults import RefusedError, WrongInputError
from tenancy.gate import check_database
from tenancy.plan import read_plan
from tenancy.sessions import plain as plain_sessions
from tenancy.sessions.asynchronous import AsyncTenantSession
from tenancy.sessions.binding import BindingError
from tenancy.sessions.engines import connect, create_async_engine, create_engine
from tenancy.sessions.fastapi import CONTEXT_HEADER, Tenancy
from tenancy.sessions.sqlalchemy import TenantSession
from tests.tenancy.assurance.conftest import job
from tests.tenancy.sessions.asgi import Client
from tests.tenancy.sessions.entra import Entra, token
from tests.tenancy.stage import ACME, CONTOSO, DATABASE, ORGANIZATIONS, PLAN, AsyncCredential, Credential, caller

REFUSED = errors.InvalidAuthorizationSpecification
ENTER = "SELECT tenancy.enter(%s)"
COUNT = select(func.count()).select_from(ORGANIZATIONS)
CATALOG = """
SELECT 'function', p.oid::regprocedure::text, md5(prosrc), provolatile::text, proparallel::text, prosecdef::text,
  coalesce(obj_description(p.oid), ''), proacl::text FROM pg_proc p WHERE pronamespace = 'tenancy'::regnamespace
UNION ALL SELECT 'table', c.oid::regclass::text, relkind::text, '', '', '', '', relacl::text
  FROM pg_class c WHERE relnamespace = 'tenancy'::regnamespace
"""


def catalog(stage) -> set[tuple[Any, ...]]:
    """What stands in schema tenancy."""
    with stage.superuser() as connection:
        return set(connection.execute(CATALOG).fetchall())


def test_switching_it_on_and_off_leaves_nothing_behind(plain, key) -> None:
    """And doing either again changes nothing. Without it any SQL names its tenant: what the mode is for."""
    before = catalog(plain)
    with plain.bench.sign_in("user", DATABASE) as session, session.transaction():
        session.execute("SELECT set_config('app.tenant_id', %s, true)", (str(CONTOSO),))
        assert session.execute("SELECT tenancy.current_tenant_id()").fetchone() == (CONTOSO,)
    for signed in (True, True, False, False):
        with job(plain) as work:
            changed_before = catalog(plain)
            ddl.converge(work, DATABASE, signed=signed)
            assert bool(work.changes) == ((changed_before == before) == signed)
        with plain.superuser() as connection:
            found = dict(
                connection.execute("SELECT proname, prosrc FROM pg_proc WHERE pronamespace = 'tenancy'::regnamespace")
            )
        assert (ddl.sources(DATABASE).items() <= found.items()) == signed
    assert catalog(plain) == before


def test_a_mode_without_a_key_is_refused_and_changes_nothing(plain) -> None:
    """Nobody could enter any tenant."""
    before = catalog(plain)
    with pytest.raises(RefusedError, match=f"{VARIABLE} has no key"), job(plain) as work:
        mode.converge(work, DATABASE, signed=True, known=())
    assert catalog(plain) == before


def test_the_gate_knows_the_mode(stage) -> None:
    """Empty for a database that is meant to be in it; every difference is named where it is not."""
    (database,) = read_plan(json.dumps(PLAN)).databases
    with job(stage) as work:
        signed = database.model_copy(update={"signed_context": True})
        other = [str(fault) for fault in check_database(work, signed) if "last applied" not in str(fault)]
        told = "\n".join(map(str, check_database(work, database)))
    assert other == []
    for name in ("current_tenant_id()", "enter(text)", "is_sealed()", "signing_keys", "seal_key"):
        assert f"tenancy.{name}" in told


def test_the_plan_switches_the_mode_and_the_gate_holds_it(plain, key) -> None:
    """By the job itself: on, unchanged, off; without a key nothing is changed, and going back leaves nothing of it."""
    signed = {"databases": [{**PLAN["databases"][0], "signed_context": True}]}
    secret = {VARIABLE: json.dumps({key.id: base64.b64encode(key.secret).decode()})}
    before = catalog(plain)
    with pytest.raises(RefusedError, match="has no key"):
        plain.apply(signed)
    assert catalog(plain) == before
    try:
        said = "\n".join(plain.apply(signed, **secret))
        assert f"signed tenant context on; signing key {key.id} added" in said
        assert secret[VARIABLE] not in said
        with plain_user(plain) as session:
            assert session.execute(ENTER, (key.token(ACME, "a", "", seconds=60),)).fetchone() == (ACME,)
        assert "outcome=unchanged" in plain.apply(signed, **secret)[-1]
        plain.apply(signed, command=["gate"], **secret)
        plain.apply(signed, command=["migrate", "--to", "0001", "--drop-data"], **secret)
        with plain.superuser() as connection:
            left = connection.execute("SELECT 1 FROM pg_proc WHERE pronamespace = 'tenancy'::regnamespace").fetchall()
        assert left == []
    finally:
        plain.apply()
    assert {row[:7] for row in catalog(plain)} == {row[:7] for row in before}


def test_operations_bind_a_tenant_without_a_token(stage) -> None:
    """The job's data commands, with the audit trigger that runs as the owner; nobody else can become operations."""
    with job(stage) as work:
        work.connection.execute("SET LOCAL ROLE user_service_operations")
        work.rows("SELECT set_config('app.tenant_id', %s, true), set_config('app.actor_id', 'job', true)", str(ACME))
        work.connection.execute("INSERT INTO app.organizations (name, country_code) VALUES ('HQ', 'NL')")
        assert work.row("SELECT actor_id FROM audit.entries") == ("job",)
    assert stage.owned() == {ACME: 1}


def test_keys_are_rotated_by_their_id(stage, key) -> None:
    """Both are taken while they change; the old one is refused once it is out; another key under its id is refused."""
    new = SigningKey("issuer-2", secrets.token_bytes(64))
    old_token, new_token = (each.token(ACME, "a", "", seconds=60) for each in (key, new))
    for known, taken in (((key,), {old_token}), ((key, new), {old_token, new_token}), ((new,), {new_token})):
        with job(stage) as work:
            keys.converge(work, known)
        with job(stage) as work:
            keys.converge(work, known)
            assert work.changes == []
        with plain_user(stage) as session:
            for each in (old_token, new_token):
                if each in taken:
                    assert session.execute(ENTER, (each,)).fetchone() == (ACME,)
                else:
                    with pytest.raises(REFUSED, match="unknown key"):
                        session.execute(ENTER, (each,))
    with pytest.raises(RefusedError, match="a new id for a new key"), job(stage) as work:
        keys.converge(work, [replace(new, secret=secrets.token_bytes(32))])


def plain_user(stage) -> psycopg.Connection[Any]:
    found: psycopg.Connection[Any] = stage.bench.sign_in("user", DATABASE)
    return found


def test_a_key_stands_in_no_log_and_no_repr(stage, key) -> None:
    """With every statement and its parameters logged: neither the key nor the blocks that are kept of it."""
    new = SigningKey("issuer-3", secrets.token_bytes(32))
    log = stage.log
    begins = log.stat().st_size
    with stage.superuser() as connection:
        connection.execute("ALTER SYSTEM SET log_statement = 'all'")
        connection.execute("SELECT pg_reload_conf()")
    try:
        with job(stage) as work:
            deadline = time.monotonic() + 10
            while work.row("SHOW log_statement") != ("all",):
                assert time.monotonic() < deadline
                time.sleep(0.01)
            keys.converge(work, [key, new])
            changes = list(work.changes)
    finally:
        with stage.superuser() as connection:
            connection.execute("ALTER SYSTEM RESET log_statement")
            connection.execute("SELECT pg_reload_conf()")
    with log.open("rb") as file:
        file.seek(begins)
        said = file.read().decode()
    assert "COPY tenancy.signing_keys" in said  # the statement is there, so that the search could find its data
    for secret in (new.secret, *new.blocks):
        for text in (secret.hex(), base64.b64encode(secret).decode(), repr(secret)):
            assert text not in said + repr(new) + str(changes)


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("{", "is not JSON"),
        ("[]", "not an object"),
        ('{"a": 1}', "not an object"),
        ('{"a": "?"}', "is not base64"),
        ('{"a": "c2hvcnQ="}', "has 5 bytes"),
        (json.dumps({"a b": base64.b64encode(bytes(32)).decode()}), "the id of a signing key"),
    ],
)
def test_a_wrong_secret_is_named_and_not_shown(text, word) -> None:
    """The job's input comes from a vault: what is wrong with it is said by its place."""
    with pytest.raises(WrongInputError, match=word) as caught:
        read_keys({VARIABLE: text})
    assert "c2hvcnQ=" not in str(caught.value)
    assert read_keys({}) == ()


def test_every_session_of_a_service_takes_a_context(stage, key) -> None:
    """Through PgBouncer: SQLAlchemy, asynchronous on both drivers, plain psycopg; one argument more and no more."""
    signed = replace(caller(ACME), context=key.token(ACME, "actor", "Acme administrator", seconds=60))
    with stage.pgbouncer() as port:
        place = stage.place(port)
        engine = create_engine(place, Credential(stage.token))
        with TenantSession(engine, caller=signed) as session:
            for name in ("one", "two"):  # a transaction each
                session.execute(insert(ORGANIZATIONS).values(name=name, country_code="NL"))
                session.commit()
        with connect(place, Credential(stage.token)) as connection, plain_sessions.transaction(connection, signed):
            assert connection.execute("SELECT count(*) FROM app.organizations").fetchone() == (2,)
        assert [asyncio.run(_asynchronous(stage, place, signed, driver)) for driver in ("psycopg", "asyncpg")] == [2, 2]
        with TenantSession(engine, caller=caller(ACME)) as session, pytest.raises(DBAPIError, match="not sealed"):
            session.scalar(COUNT)
        other = replace(signed, tenant_id=CONTOSO)
        with TenantSession(engine, caller=other) as session, pytest.raises(BindingError, match="another tenant"):
            session.scalar(COUNT)
        engine.dispose()


def test_a_request_brings_its_context(stage, key) -> None:
    """As a header that whoever issues contexts sets: missing, another tenant's, expired and forged are a 401."""
    app = FastAPI(openapi_url=None)
    engine = create_engine(stage.place(), Credential(stage.token))
    tenancy = Tenancy(Entra().verifier(), engine, signed_context=True)

    @app.get("/count")
    def count(session: Annotated[TenantSession, tenancy.session("read")]) -> int | None:
        return session.scalar(COUNT)

    asked = Client(app)
    stage.plant(ACME, "HQ")
    bearer = {"Authorization": f"Bearer {token(ACME)}"}
    right = key.token(ACME, "actor", "", seconds=60)
    assert asked.get("/count", headers={**bearer, CONTEXT_HEADER: right}).json() == 1
    other = SigningKey(key.id, secrets.token_bytes(32))
    for wrong in (
        "",
        key.token(CONTOSO, "actor", "", seconds=60),
        key.token(ACME, "actor", "", seconds=-1),
        other.token(ACME, "actor", "", seconds=60),
    ):
        answer = asked.get("/count", headers={**bearer, CONTEXT_HEADER: wrong} if wrong else bearer)
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"].startswith('Bearer error="invalid_token"')
    engine.dispose()


async def _asynchronous(stage, place, signed, driver) -> int | None:
    engine = create_async_engine(place, AsyncCredential(stage.token), driver)
    async with AsyncTenantSession(engine, caller=signed) as session:
        found = await session.scalar(COUNT)
    await engine.dispose()
    return found
