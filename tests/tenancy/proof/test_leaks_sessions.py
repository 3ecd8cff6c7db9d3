"""Leaks 18 to 25: what one transaction leaves behind for the next one, and tenants that nobody bound."""

from collections.abc import Iterator

import psycopg
import pytest
from psycopg import errors, sql

from tenancy.gate.startup import StartupError, check_session
from tenancy.sessions.binding import PLAIN
from tests.tenancy.bench import Connection
from tests.tenancy.proof.operations import REFUSED
from tests.tenancy.proof.sample_rows import ACME, CANARY, CONTOSO
from tests.tenancy.proof.test_leaks_writes import told

BIND = "SELECT set_config('app.tenant_id', %s::text, true)"


@pytest.fixture
def session(place) -> Iterator[Connection]:
    """The application's own session."""
    with place.bench.sign_in(place.service.removeprefix("id-"), place.name) as connection:
        yield connection


@pytest.fixture
def read(place) -> sql.Composed:
    """Whose rows are seen."""
    return sql.SQL("SELECT DISTINCT tenant_id FROM {}").format(sql.Identifier("app", place.model.of_tenants[0].name))


def test_leak_18_the_setting_that_stays_behind_is_no_tenant(session, read) -> None:
    """After a transaction the setting is '', not NULL: the next one is refused, not mistaken."""
    with session.transaction():
        session.execute(BIND, [ACME])
        assert session.execute(read).fetchall() == [(ACME,)]
    assert session.execute("SELECT current_setting('app.tenant_id', true)").fetchone() == ("",)
    with pytest.raises(errors.InvalidAuthorizationSpecification, match="no tenant bound"):
        session.execute(read)


def test_leak_19_two_clients_of_one_connection_never_meet(session, read) -> None:
    """As a pooler in transaction mode hands a connection about: each transaction sees its own tenant or none."""
    for tenant in (ACME, CONTOSO, None, CONTOSO, ACME, None):
        with session.transaction():
            if tenant is None:
                with pytest.raises(errors.InvalidAuthorizationSpecification), session.transaction():
                    session.execute(read)
                continue
            session.execute(BIND, [tenant])
            assert session.execute(read).fetchall() == [(tenant,)]


@pytest.mark.parametrize(("template", "leaks"), [(PLAIN, False), (PLAIN.replace(", true)", ", false)"), True)])
def test_leak_19_the_session_template_binds_its_transaction_alone(session, read, template, leaks) -> None:
    """The next transaction of the connection finds nothing. As a control: one that binds the session would be seen."""
    with session.transaction():
        session.execute(template, {"tenant_id": str(CONTOSO), "actor_id": "", "actor_name": ""})
        assert session.execute(read).fetchall() == [(CONTOSO,)]
    if leaks:
        assert session.execute(read).fetchall() == [(CONTOSO,)]
        return
    with pytest.raises(errors.InvalidAuthorizationSpecification):
        session.execute(read)


def test_leak_20_binding_without_a_transaction_binds_nothing(session, read) -> None:
    """In autocommit the setting is gone with its own statement: an error follows, not silence."""
    session.execute(BIND, [ACME])
    with pytest.raises(errors.InvalidAuthorizationSpecification):
        session.execute(read)


def test_leak_21_going_back_to_a_savepoint_goes_back_to_its_tenant(session, read) -> None:
    """What was bound inside a savepoint is gone with it; what is seen is always what is bound."""
    with session.transaction():
        session.execute(BIND, [ACME])
        with session.transaction(force_rollback=True):
            session.execute(BIND, [CONTOSO])
            assert session.execute(read).fetchall() == [(CONTOSO,)]
        assert session.execute("SELECT tenancy.current_tenant_id()").fetchone() == (ACME,)
        assert session.execute(read).fetchall() == [(ACME,)]


def test_leak_22_nothing_can_be_put_aside_for_the_next_transaction(session, read) -> None:
    """No temporary tables. A cursor WITH HOLD holds its own rows: DISCARD ALL, as pools send it, ends it."""
    for statement in ("CREATE TEMP TABLE mine (n int)", "SELECT 1 AS n INTO TEMP mine"):
        with pytest.raises(errors.InsufficientPrivilege):
            session.execute(statement)
    with session.transaction():
        session.execute(BIND, [ACME])
        session.execute(sql.SQL("DECLARE held CURSOR WITH HOLD FOR {}").format(read))
    session.execute("DISCARD ALL")
    with pytest.raises(errors.InvalidCursorName):
        session.execute("FETCH ALL FROM held")


def test_leak_23_a_plan_made_for_one_tenant_serves_the_next_as_itself(ground) -> None:
    """Prepared as B and run until PostgreSQL keeps the plan, then run as A: A's rows, never B's."""
    table = sql.Identifier("app", ground.place.model.of_tenants[0].name)
    with ground.acting(tenant=CONTOSO) as connection:
        connection.execute(sql.SQL("PREPARE seen AS SELECT DISTINCT tenant_id FROM {}").format(table))
        connection.execute("PREPARE whose AS SELECT tenancy.current_tenant_id()")
        for _ in range(7):
            assert connection.execute("EXECUTE seen").fetchall() == [(CONTOSO,)]
            assert connection.execute("EXECUTE whose").fetchall() == [(CONTOSO,)]
    assert ground.attempt("EXECUTE seen").rows == [(ACME,)]
    assert ground.attempt("EXECUTE whose").rows == [(ACME,)]
    ground.do("DEALLOCATE ALL")


def test_leak_25_a_tenant_that_is_there_from_the_start_is_found(ground) -> None:
    """By role, by database, by connection option: the gate names the first two, the startup check refuses all."""
    place = ground.place
    assert ground.see("SELECT setconfig FROM pg_db_role_setting WHERE array_to_string(setconfig, ',') ~ 'app\\.'") == []
    for statement in (
        f"ALTER ROLE \"{place.service}\" SET app.tenant_id = '{CONTOSO}'",
        f"ALTER DATABASE {place.name} SET app.tenant_id = '{CONTOSO}'",
        f"ALTER ROLE \"{place.service}\" IN DATABASE {place.name} SET app.actor_id = 'nobody'",
    ):
        with ground.taken_back():
            ground.do(statement)
            assert "default_tenant" in told(ground)
    endpoint = place.bench.endpoint
    address = {"host": endpoint.host, "port": endpoint.port, "dbname": place.name, "user": place.service}
    password = place.bench.token(place.service.removeprefix("id-"))
    with (
        psycopg.connect(**address, password=password, options=f"-c app.tenant_id={CONTOSO}") as connection,
        pytest.raises(StartupError, match="has a tenant before any was bound"),
    ):
        check_session(connection)


def test_leak_30_what_no_policy_holds_is_named_or_refused(ground) -> None:
    """Large objects belong to no tenant: one that somebody makes is found. Its contents are the role's alone."""
    assert ground.see("SELECT count(*) FROM pg_largeobject_metadata") == [(0,)]
    with ground.taken_back():
        assert ground.attempt("SELECT lo_from_bytea(4711, %s)", [CANARY[ACME].encode()]).state == ""
        assert "large_object" in told(ground)
        assert ground.attempt("SELECT lo_get(4711)", role="id-publisher").state == REFUSED
