"""Claims about the high-assurance mode: no SQL of an application works for a tenant without a token of it."""

import base64
import hashlib
import hmac
import json
import secrets
import time
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg import errors

from tenancy.assurance.ddl import LONGEST_LIFE
from tenancy.assurance.tokens import SigningKey
from tests.tenancy.stage import ACME, CONTOSO, DATABASE

Connection = psycopg.Connection[Any]
ENTER = "SELECT tenancy.enter(%s)"
COUNT = "SELECT count(*) FROM app.organizations"
SET = "SELECT set_config(%s, %s, true)"
LEFT = "SELECT current_setting('app.tenant_id'), current_setting('app.actor_id'), current_setting('app.actor_name'), "
LEFT += "current_setting('app.seal')"
TAKE = "SELECT set_config('app.tenant_id', %s, true), set_config('app.actor_id', %s, true), "
TAKE += "set_config('app.actor_name', %s, true), set_config('app.seal', %s, true)"
REFUSED = errors.InvalidAuthorizationSpecification


def token(key: SigningKey, tenant: UUID = ACME, *, seconds: float = 60, actor: str = "actor", name: str = "A") -> str:
    return key.token(tenant, actor, name, seconds=seconds)


@pytest.fixture
def session(stage) -> Iterator[Connection]:
    """The service's own session; one row of each tenant is there."""
    for tenant in (ACME, CONTOSO):
        stage.plant(tenant, "HQ")
    with stage.bench.sign_in("user", DATABASE) as connection:
        yield connection


def run(connection: Connection, *steps: tuple[Any, ...]) -> Any:
    """Statements with their values in one transaction; gives the first column of the last."""
    found: Any = None
    with connection.transaction():
        for statement, *values in steps:
            row = connection.execute(statement.encode(), values or None).fetchone()
            found = row and row[0]
    return found


def test_a_token_opens_its_own_tenant_and_no_other(session, key, stage) -> None:
    """Reads, writes and the audit are the token's tenant's and actor's, while the other's row is there."""
    assert stage.owned() == {ACME: 1, CONTOSO: 1}
    with session.transaction():
        assert session.execute(ENTER, (token(key, name="Zoë O'Neil"),)).fetchone() == (ACME,)
        assert session.execute(COUNT).fetchone() == (1,)
        session.execute("INSERT INTO app.organizations (name, country_code) VALUES ('Branch', 'NL')")
        found = session.execute("SELECT actor_id, actor_name FROM audit.entries WHERE new ->> 'name' = 'Branch'")
        assert found.fetchall() == [("actor", "Zoë O'Neil")]
    assert stage.owned() == {ACME: 2, CONTOSO: 1}


@pytest.mark.parametrize("tenant", [ACME, CONTOSO])
def test_a_setting_without_a_token_opens_nothing(session, key, tenant) -> None:
    """What a plain database trusts: refused, also for the tenant whose token the transaction entered with."""
    claim = ((SET, "app.seal", "x"), (SET, "app.tenant_id", str(tenant)), (COUNT,))
    for before in ((), ((ENTER, token(key)),)):
        with pytest.raises(REFUSED, match="not sealed"):
            run(session, *before, *claim)
    with pytest.raises(REFUSED, match="no tenant bound"):
        run(session, (COUNT,))
    assert run(session, (ENTER, token(key, tenant)), (COUNT,)) == 1


@pytest.mark.parametrize("name", ["app.tenant_id", "app.actor_id", "app.actor_name", "app.seal"])
def test_no_part_of_a_context_can_be_changed(session, key, name) -> None:
    """Neither the tenant nor who the audit will name."""
    with pytest.raises(REFUSED, match="not sealed"):
        run(session, (ENTER, token(key)), (SET, name, str(CONTOSO)), (COUNT,))


@pytest.mark.parametrize(
    ("statement", "value"),
    [
        ("SELECT count(*) + length(set_config('app.tenant_id', %s, true)) FROM app.organizations", str(CONTOSO)),
        ("INSERT INTO app.roles (code, name) SELECT 'x', set_config('app.actor_id', %s, true) RETURNING 1", "other"),
        (
            "WITH x AS MATERIALIZED (SELECT set_config('app.tenant_id', %s, true)) SELECT count(*) FROM x, app.roles",
            str(CONTOSO),
        ),
    ],
)
def test_a_statement_cannot_change_the_context_under_itself(session, key, stage, statement, value) -> None:
    """A setting that is made while rows are read comes too late for them; whatever comes next fails."""
    with pytest.raises(REFUSED, match="not sealed"):
        run(session, (ENTER, token(key)), (statement, value), (COUNT,))
    assert stage.owned("app.roles") == {}
    assert stage.owned("audit.entries") == {}


def test_a_seal_cannot_be_replayed(session, key, stage) -> None:
    """In another transaction of the same backend, or in another backend at the same time."""
    with session.transaction():
        session.execute(ENTER, (token(key),))
        seal = session.execute(LEFT).fetchone()
        assert session.execute(COUNT).fetchone() == (1,)
        with stage.bench.sign_in("user", DATABASE) as other, pytest.raises(REFUSED, match="not sealed"):
            run(other, (TAKE, *seal), (COUNT,))
    with pytest.raises(REFUSED, match="not sealed"):
        run(session, (TAKE, *seal), (COUNT,))


def test_a_session_level_setting_does_not_outlive_its_transaction(session, key) -> None:
    """Where an application sets its own context for the session, the next transaction has it without its seal."""
    with session.transaction():
        session.execute(ENTER, (token(key),))
        for name in ("tenant_id", "actor_id", "actor_name", "seal"):
            session.execute(f"SELECT set_config('app.{name}', current_setting('app.{name}'), false)".encode())
        assert session.execute(COUNT).fetchone() == (1,)
    with pytest.raises(REFUSED, match="not sealed"):
        run(session, (COUNT,))


def test_a_transaction_has_one_tenant(session, key) -> None:
    """A second token of the same tenant is taken, another tenant's is refused; a savepoint changes nothing."""
    with session.transaction():
        session.execute(ENTER, (token(key),))
        assert session.execute(ENTER, (token(key, actor="second"),)).fetchone() == (ACME,)
        with pytest.raises(REFUSED, match="another tenant is bound"):
            run(session, (ENTER, token(key, CONTOSO)))
        assert session.execute(COUNT).fetchone() == (1,)


def forged(key: SigningKey, said: dict[str, Any], name: str | None = None) -> str:
    """What somebody with the key, or another one, could sign."""
    signed = f"{name or key.id}.{base64.b64encode(json.dumps(said).encode()).decode()}"
    return f"{signed}.{hmac.new(key.secret, signed.encode(), hashlib.sha256).hexdigest()}"


def test_expired_foreign_and_long_lived_tokens_are_refused(session, key) -> None:
    """Each for its own reason; nothing is bound afterwards."""
    other = SigningKey("issuer-1", secrets.token_bytes(32))
    said = {"tenant_id": str(ACME), "actor_id": "a", "actor_name": "n", "until": int(time.time()) + 60}
    for text, reason in {
        token(key, seconds=0): "expired",
        token(key, seconds=-3600): "expired",
        token(key, seconds=LONGEST_LIFE + 60): "live too long",
        token(other): "wrong signature",
        forged(key, said, "issuer-2"): "unknown key",
        forged(other, said): "wrong signature",
        token(key)[:-1]: "not a token",
        "": "not a token",
        token(key) + "0" * 5000: "not a token",
    }.items():
        with pytest.raises(REFUSED, match=reason):
            run(session, (ENTER, text))
    with pytest.raises(REFUSED, match="not a token"):
        session.execute("SELECT tenancy.enter(NULL)")
    with session.transaction():  # non-vacuity: the same words, signed
        assert session.execute(ENTER, (forged(key, said),)).fetchone() == (ACME,)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_no_change_of_a_token_is_taken(session, key, data) -> None:
    """Any character of it, any cut, any text at all: refused, and never with another error than the refusal."""
    right = token(key)
    place = data.draw(st.integers(0, len(right) - 1))
    # PostgreSQL takes no NUL and no half of a surrogate pair in a text at all.
    letters = st.characters(exclude_characters="\0", exclude_categories=["Cs"])
    changed = data.draw(
        st.one_of(
            st.builds(lambda new: right[:place] + new + right[place + 1 :], letters),
            st.just(right[:place]),
            st.text(letters),
            st.from_regex(r"\A[A-Za-z0-9_-]{1,40}\.[A-Za-z0-9+/]{1,80}={0,2}\.[0-9a-f]{64}\Z"),
        ).filter(lambda text: text != right)
    )
    with pytest.raises(REFUSED, match="tenant context refused"):
        run(session, (ENTER, changed))


def test_the_search_path_gives_nothing_another_meaning(session, key) -> None:
    """An application can make nothing anywhere, and what runs as the owner looks in pg_catalog alone."""
    steps = (("SELECT set_config('search_path', 'outbox, app, public, pg_catalog', true)",), (ENTER, token(key)))
    assert run(session, *steps, (COUNT,)) == 1


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT * FROM tenancy.signing_keys",
        "SELECT * FROM tenancy.seal_key",
        "SELECT tenancy.seal_of('a', 'b', 'c')",
        "INSERT INTO tenancy.signing_keys VALUES ('mine', '', '')",
        "SET LOCAL ROLE user_service_operations",
        "SELECT set_config('role', 'user_service_operations', true)",
        "CREATE OR REPLACE FUNCTION tenancy.is_sealed() RETURNS boolean LANGUAGE sql AS 'SELECT true'",
    ],
)
def test_an_application_cannot_reach_what_signs(session, statement) -> None:
    """Nor become who needs no token."""
    with pytest.raises(errors.InsufficientPrivilege):
        session.execute(statement.encode())


def test_nobody_but_the_owner_may_ask_for_a_seal(session) -> None:
    """The key's table would refuse an application as well: this is the guard before that one."""
    asked = "SELECT has_function_privilege(%s, 'EXECUTE'), has_function_privilege(%s, 'EXECUTE')"
    found = session.execute(asked, ("tenancy.seal_of(text,text,text)", "tenancy.enter(text)")).fetchone()
    assert found == (False, True)


def test_a_parallel_plan_finds_the_tenant_of_its_leader(session, key, stage) -> None:
    """A worker has another process id: it must never be asked for the seal."""
    stage.plant(ACME, *map(str, range(2000)))
    forced = {
        "debug_parallel_query": "on",
        "parallel_setup_cost": "0",
        "parallel_tuple_cost": "0",
        "min_parallel_table_scan_size": "0",
    }
    steps = [(SET, name, value) for name, value in forced.items()]
    assert run(session, *steps, (ENTER, token(key)), (COUNT,)) == 2001
