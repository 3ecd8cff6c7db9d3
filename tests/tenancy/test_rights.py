"""Claims about what a principal can do once the job has run: PostgreSQL refuses what is not its duty."""

import psycopg
import pytest
from psycopg import errors, sql

from tests.tenancy.bench import ACME, PEOPLE, Bench, plan, principal

BOTH = plan(
    user_service=[principal("user"), principal("publisher", "publisher")],
    form_service=[principal("form"), principal("publisher", "publisher")],
)
# What the owner makes: a table of each kind, with a row; the service has its rights on one of them.
MADE = """
CREATE TABLE app.bare (n int);
CREATE TABLE app.granted (tenant text, n int);
INSERT INTO app.bare VALUES (1);
INSERT INTO app.granted VALUES ('a', 1), ('b', 2);
ALTER TABLE app.granted ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON app.granted USING (tenant = 'a');
GRANT SELECT, INSERT, UPDATE, DELETE ON app.granted TO user_service_application;
CREATE FUNCTION app.answer() RETURNS int LANGUAGE sql AS 'SELECT 42';
"""
EVENT = (
    "INSERT INTO outbox.events (tenant_id, topic, key, type, payload) "
    "VALUES (tenancy.current_tenant_id(), 'user-events', 'k', 'member.joined', '{}')"
)


@pytest.fixture
def made(bench, capsys) -> Bench:
    """A server with both databases, and tables in one of them."""
    assert bench.apply(capsys, BOTH).code == 0
    bench.as_owner("user_service", MADE)
    bench.admit("user_service", tenants=(ACME,))
    return bench


REFUSED = {
    "CREATE TABLE app.x (n int)": "permission denied for schema app",
    "CREATE TABLE outbox.x (n int)": "permission denied for schema outbox",
    "CREATE TABLE public.x (n int)": "permission denied for schema public",
    "CREATE TABLE tenancy.x (n int)": "permission denied for schema tenancy",
    "CREATE TEMPORARY TABLE x (n int)": "permission denied to create temporary tables",
    "CREATE SCHEMA x": "permission denied for database user_service",
    "CREATE DATABASE x": "permission denied to create database",
    "CREATE ROLE x": "permission denied to create role",
    'ALTER ROLE "id-user" BYPASSRLS': "permission denied to alter role",
    "SET ROLE user_service_owner": "permission denied to set role",
    "SET ROLE user_service_application": "permission denied to set role",
    "SET ROLE azure_pg_admin": "permission denied to set role",
    'GRANT user_service_application TO "id-form"': "permission denied to grant role",
    "GRANT azure_pg_admin TO CURRENT_USER": "permission denied to grant role",
    "GRANT SELECT ON app.bare TO PUBLIC": "permission denied for table bare",
    "ALTER TABLE app.granted DISABLE ROW LEVEL SECURITY": "must be owner of table granted",
    "DROP POLICY own ON app.granted": "must be owner of",
    "SET row_security = off; SELECT * FROM app.granted": "query would be affected by row-level security",
    "TRUNCATE app.granted": "permission denied for table granted",
    "SELECT * FROM app.bare": "permission denied for table bare",
    "SELECT app.answer()": "permission denied for function answer",
    "SELECT * FROM outbox.events": "permission denied for table events",
    "UPDATE outbox.events SET attempts = 1": "permission denied for table events",
    "INSERT INTO audit.entries (action) VALUES ('INSERT')": "permission denied for table entries",
    "DELETE FROM audit.entries": "permission denied for table entries",
    "SELECT * FROM tenancy.revision": "permission denied for table revision",
    "SELECT * FROM tenancy.tenants": "permission denied for table tenants",
    "UPDATE tenancy.deployment SET zone = 'US'": "permission denied for table deployment",
    "SELECT audit.record()": "permission denied for function record",
    "SET ROLE user_service_operations": "permission denied to set role",
    "SELECT pgaadauth_list_principals(true)": "does not exist",
}


def test_a_service_can_do_its_work_and_nothing_else(made) -> None:
    """Reads and writes what it was granted, under row-level security; each of the rest is refused."""
    with made.sign_in("user", "user_service") as connection:
        assert connection.execute("SELECT n FROM granted").fetchall() == [(1,)]  # search_path is app
        connection.execute("UPDATE granted SET n = 3")
        connection.execute("SELECT set_config('app.tenant_id', %s, false)", [ACME])
        connection.execute(sql.SQL(EVENT))
        for statement, message in REFUSED.items():
            with pytest.raises((errors.InsufficientPrivilege, errors.UndefinedFunction), match=message):
                connection.execute(sql.SQL(statement))


@pytest.mark.parametrize("database", ["form_service", "rule_service", "postgres", "template1"])
def test_a_service_connects_to_its_own_database_alone(made, database) -> None:
    """Also not to those that come with the server."""
    with pytest.raises(psycopg.OperationalError, match="permission denied for database"):
        made.sign_in("user", database)


def test_the_publisher_reaches_the_outbox_alone(made) -> None:
    """In each of its databases: reads, marks, deletes; adds no event and sees no table of the service."""
    with made.sign_in("user", "user_service") as connection:
        connection.execute("SELECT set_config('app.tenant_id', %s, false)", [ACME])
        connection.execute(sql.SQL(EVENT))
    with made.sign_in("publisher", "user_service") as connection:
        assert connection.execute("SELECT type FROM events").fetchall() == [("member.joined",)]  # of every tenant
        connection.execute("UPDATE events SET published_at = now(), attempts = 1; DELETE FROM events")
        for statement, message in {
            "INSERT INTO events DEFAULT VALUES": "permission denied for table events",
            "UPDATE events SET payload = '{}'": "permission denied for table events",
            "TRUNCATE events": "permission denied for table events",
            "SELECT * FROM app.granted": "permission denied for schema app",
            "CREATE TABLE x (n int)": "permission denied for schema outbox",
            "CREATE TEMPORARY TABLE x (n int)": "permission denied to create temporary tables",
            "SET ROLE user_service_publisher": "permission denied to set role",
        }.items():
            with pytest.raises(errors.InsufficientPrivilege, match=message):
                connection.execute(sql.SQL(statement))
    made.sign_in("publisher", "form_service").close()


def test_sessions_begin_with_the_settings_of_their_duty(made) -> None:
    """A statement that hangs ends by itself."""
    for name, statement_timeout in (("user", "30s"), ("publisher", "15s")):
        with made.sign_in(name, "user_service") as connection:
            assert connection.execute("SHOW statement_timeout").fetchone() == (statement_timeout,)
            assert connection.execute("SHOW lock_timeout").fetchone() == ("5s",)


def test_administrators_still_get_in(made) -> None:
    """People look after the databases; only everybody is shut out."""
    for database in ("user_service", "rule_service", "postgres"):
        made.sign_in(PEOPLE, database).close()
