"""Claims about what every database has under its tables, asked as the service asks it."""

import uuid
from collections.abc import Iterator

import psycopg
import pytest
from psycopg import errors

from tests.tenancy.bench import ACME, CONTOSO, JOB, Bench, Connection

NAME = "user_service"
INSERT = b"INSERT INTO app.roles (code, name) VALUES (%s, %s) RETURNING id"


@pytest.fixture
def bench(ready) -> Bench:
    made: Bench = ready((NAME,))
    made.admit(NAME)
    return made


@pytest.fixture
def service(bench) -> Iterator[Connection]:
    """A session of the service; each test binds what it needs."""
    with bench.sign_in(NAME, NAME) as connection:
        yield connection


def bind(connection: Connection, tenant: str, actor: str = "") -> None:
    """As the session template does at the beginning of a transaction."""
    connection.execute(
        "SELECT set_config('app.tenant_id', %s, true), set_config('app.actor_id', %s, true), "
        "set_config('app.actor_name', %s, true)",
        [tenant, actor, f"{actor} by name" if actor else ""],
    )


def refused(connection: Connection, tenant: str, statement: bytes, *values: str) -> Exception:
    """What a statement of a tenant's is refused with."""
    with connection.transaction(force_rollback=True):
        bind(connection, tenant)
        with pytest.raises(psycopg.Error) as raised:
            connection.execute(statement, values)
    return raised.value


def test_nothing_is_read_or_written_before_a_tenant_is_bound(service) -> None:
    """28000, also after a transaction that had one: the setting is '' then, not gone."""
    for _ in range(2):
        for statement in (
            "SELECT * FROM users",
            "DELETE FROM users",
            "INSERT INTO roles (code, name) VALUES ('a', 'A')",
        ):
            with pytest.raises(errors.InvalidAuthorizationSpecification, match="no tenant bound"):
                service.execute(statement.encode())
        with service.transaction():
            bind(service, ACME)
            assert service.execute("SELECT count(*) FROM users").fetchone() == (0,)
    told = refused(service, "no-uuid", b"SELECT tenancy.current_tenant_id()")
    assert isinstance(told, errors.InvalidTextRepresentation)


def test_nobody_is_the_actor_until_named(service) -> None:
    """NULL and never an empty name."""
    with service.transaction():
        bind(service, ACME)
        assert service.execute("SELECT tenancy.current_actor_id()").fetchone() == (None,)
        bind(service, ACME, "ann")
        assert service.execute("SELECT tenancy.current_actor_id()").fetchone() == ("ann",)


def test_new_ids_are_of_version_7_and_in_order(service) -> None:
    """So that keys grow at the end of an index; on both server versions."""
    found = service.execute("SELECT tenancy.new_id(), pg_sleep(0.0002) FROM generate_series(1, 200)").fetchall()
    ids = [row[0] for row in found]
    assert ids == sorted(ids)
    assert len(set(ids)) == 200
    assert {(each.version, each.variant) for each in ids} == {(7, uuid.RFC_4122)}
    now = service.execute("SELECT extract(epoch FROM clock_timestamp()) * 1000").fetchone()
    assert now
    assert 0 <= int(now[0]) - (ids[-1].int >> 80) < 10_000


def test_every_change_is_written_down_with_who_and_the_tenant_of_the_row(bench, service) -> None:
    """Insert, update, delete; what changed nothing is written down too, because somebody asked for it."""
    with service.transaction():
        bind(service, ACME, "ann")
        row = service.execute(INSERT, ["reader", "Reader"]).fetchone()
        service.execute("UPDATE roles SET name = 'Readers'")
        service.execute("DELETE FROM roles")
        entries = service.execute(
            "SELECT action, table_name, row_id, actor_id, actor_name, old ->> 'name', new ->> 'name', "
            "coalesce(new, old) ? 'tenant_id' FROM audit.entries ORDER BY id"
        ).fetchall()
    assert row
    who = ("roles", row[0], "ann", "ann by name")
    assert entries == [
        ("INSERT", *who, None, "Reader", False),
        ("UPDATE", *who, "Reader", "Readers", False),
        ("DELETE", *who, "Readers", None, False),
    ]
    with service.transaction():
        bind(service, CONTOSO)
        assert service.execute("SELECT count(*) FROM audit.entries").fetchone() == (0,)
    with bench.superuser(NAME) as connection:
        assert connection.execute("SELECT DISTINCT tenant_id::text FROM audit.entries").fetchall() == [(ACME,)]


def test_an_update_moves_the_time_and_a_fixed_column_stays(service) -> None:
    """By a trigger, whatever the statement says; and by rights."""
    with service.transaction():
        bind(service, ACME)
        service.execute(INSERT, ["reader", "Reader"])
    with service.transaction():
        bind(service, ACME)
        service.execute("UPDATE roles SET name = 'Readers', updated_at = '2001-01-01'")
        assert service.execute("SELECT updated_at > created_at FROM roles").fetchone() == (True,)
    for column in (b"code", b"id", b"tenant_id", b"created_at"):
        told = refused(service, ACME, b"UPDATE roles SET %b = DEFAULT" % column)
        assert isinstance(told, errors.InsufficientPrivilege)


def test_columns_hold_what_they_may_be(service) -> None:
    """Choices and lower case are checks with names of their own."""
    insert = b"INSERT INTO organizations (name, country_code, %b) VALUES ('A', 'DE', %%s)"
    for column, value, constraint in (
        (b"status", "gone", "organizations_status_check"),
        (b"billing_email", "Ann@Example.com", "organizations_billing_email_lower_check"),
    ):
        told = refused(service, ACME, insert % column, value)
        assert isinstance(told, errors.CheckViolation)
        assert constraint in str(told)


def test_a_tenant_that_was_not_admitted_has_no_rows(service) -> None:
    """However well its session is bound."""
    told = refused(service, str(uuid.uuid4()), INSERT, "reader", "Reader")
    assert isinstance(told, errors.ForeignKeyViolation)
    assert "roles_tenant_id_fkey" in str(told)


def test_data_commands_are_held_to_the_tenant_too(bench) -> None:
    """The job becomes `operations`, which bypasses nothing; as itself it would see every tenant's rows."""
    with bench.sign_in(JOB, NAME) as connection:
        for tenant in (ACME, CONTOSO):
            with connection.transaction():
                connection.execute("SET LOCAL ROLE user_service_operations")
                bind(connection, tenant)
                connection.execute(INSERT, ["reader", "Reader"])
                assert connection.execute("SELECT count(*) FROM app.roles").fetchone() == (1,)
        connection.execute("SET ROLE user_service_operations")
        told = refused(connection, ACME, b"UPDATE app.roles SET tenant_id = tenant_id")
        assert isinstance(told, errors.InsufficientPrivilege)
