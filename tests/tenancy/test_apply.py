"""Claims about the job on real servers: what a run makes, what the next one changes, and that it repairs."""

import psycopg
import pytest
from psycopg import errors, sql

from tenancy.duties import DUTIES, OUTBOX, Duty
from tenancy.revision import SCHEMA_REVISION
from tests.tenancy.bench import DATABASES, JOB, PEOPLE, plan, principal
from tests.tenancy.catalogs import state

USER = principal("user")
PUBLISHER = principal("publisher", "publisher")
FORM = principal("form")
TWO = plan(user_service=[USER, PUBLISHER], form_service=[FORM, PUBLISHER])


def test_the_first_run_makes_every_database_and_says_so_on_a_line_each(bench, capsys) -> None:
    """A line a database, the total with the time, exit 0."""
    run = bench.apply(capsys, TWO)
    assert (run.code, run.err) == (0, "")
    for database in ("user_service", "form_service"):
        assert "outcome=changed" in run.line(f"database={database}")
        assert f'CREATE SCHEMA "app" AUTHORIZATION "{database}_owner"' in run.line(f"database={database}")
    assert run.line("total").startswith("total outcome=changed databases=2 principals=3 ")
    assert f"faults=0 revision={SCHEMA_REVISION} seconds=" in run.line("total")
    with bench.sign_in(JOB, "user_service") as connection:
        rows = connection.execute("SELECT revision, applied_by, length(plan_digest) FROM tenancy.revision").fetchall()
    assert rows == [(SCHEMA_REVISION, JOB, 64)]


def test_a_database_at_an_earlier_revision_is_migrated_and_never_taken_back(bench, capsys) -> None:
    """A plan may hold it there; without a word it goes to the newest; a plan that is behind is refused."""
    here = {"deployment": "westeu-dev-1", "zone": "EU", "dedicated_tenant": "acme"}
    run = bench.apply(capsys, {**TWO, **here, "revision": "0001"})
    assert (run.code, run.err) == (0, "")
    with bench.sign_in(JOB, "user_service") as connection:
        assert connection.execute("SELECT to_regclass('app.users'), to_regclass('audit.entries')").fetchone() == (
            None,
            None,
        )
    run = bench.apply(capsys, {**TWO, **here})
    assert (run.code, run.err) == (0, "")
    for database in ("user_service", "form_service"):
        assert f"migrate 0001 to {SCHEMA_REVISION}: " in run.line(f"database={database}")
    with bench.sign_in(JOB, "user_service") as connection:
        revisions = connection.execute("SELECT revision FROM tenancy.revision ORDER BY id").fetchall()
        assert revisions == [("0001",), (SCHEMA_REVISION,)]
        told = connection.execute("SELECT name, zone, dedicated_tenant FROM tenancy.deployment").fetchall()
        assert told == [("westeu-dev-1", "EU", "acme")]
    assert "outcome=unchanged" in bench.apply(capsys, {**TWO, **here}).line("total")
    behind = bench.apply(capsys, {**TWO, **here, "revision": "0001"})
    assert behind.code == 1
    assert f"is at revision {SCHEMA_REVISION}, after revision 0001 of the plan" in behind.err
    assert "or go back: migrate --to 0001" in behind.err


def test_the_second_run_changes_nothing(bench, capsys) -> None:
    """Also when the plan says the same in another order."""
    bench.apply(capsys, TWO)
    before = state(bench)
    turned = plan(form_service=[PUBLISHER, FORM], user_service=[PUBLISHER, USER])
    for again in (TWO, turned):
        run = bench.apply(capsys, again)
        assert run.code == 0
        assert "changes=0" in run.line("total outcome=unchanged")
        assert "outcome=changed" not in run.out
    assert state(bench) == before


def test_a_new_service_adds_exactly_its_rights(bench, capsys) -> None:
    """Nothing of the others is touched: not even a line of another database."""
    bench.apply(capsys, plan(user_service=[USER], form_service=[]))
    before = state(bench)
    run = bench.apply(capsys, plan(user_service=[USER], form_service=[FORM]))
    assert "outcome=unchanged" in run.line("database=user_service")
    after = state(bench)
    assert before - after == {fact for fact in before if fact[:2] == ("revision", "form_service")}
    assert {fact[0] for fact in after - before} == {"role", "entra", "member", "setting", "revision"}
    assert all("id-form" in fact or fact[:2] == ("revision", "form_service") for fact in after - before)


def test_a_database_that_leaves_the_plan_is_closed_and_kept(bench, capsys) -> None:
    """Its data is ARM's to delete; nobody connects any more."""
    bench.apply(capsys, TWO)
    bench.as_owner("form_service", "CREATE TABLE app.kept (n int)")
    run = bench.apply(capsys, plan(user_service=[USER, PUBLISHER]))
    assert run.code == 0
    assert 'ON DATABASE "form_service" FROM "form_service_application"' in run.line("others")
    with pytest.raises(psycopg.OperationalError, match="permission denied for database"):
        bench.sign_in("publisher", "form_service")
    with bench.sign_in(JOB, "form_service") as connection:
        assert connection.execute("SELECT count(*) FROM app.kept").fetchone() == (0,)


def test_a_database_that_is_not_there_stops_the_job_before_anything_is_changed(bench, capsys) -> None:
    """ARM makes databases; the message names those that are there."""
    before = state(bench)
    run = bench.apply(capsys, plan(user_service=[USER], case_service=[]))
    assert run.code == 1
    assert "database case_service of the plan is not on the server" in run.err
    assert "allowed: form_service, rule_service, user_service; next: add it to" in run.err
    assert state(bench) == before


def test_a_database_that_fails_is_rolled_back_and_the_others_are_done(bench, capsys) -> None:
    """Exit 1, the fault names the database and the server's words; mended, the same command finishes."""
    with bench.sign_in(PEOPLE, "form_service") as connection:
        connection.execute("CREATE SCHEMA outbox")
    run = bench.apply(capsys, TWO)
    assert run.code == 1
    assert "outcome=failed" in run.line("database=form_service")
    assert "outcome=changed" in run.line("database=user_service")
    assert "outcome=failed" in run.line("total")
    assert "fault database form_service: PostgreSQL refused: must be owner of schema outbox [42501]" in run.err
    assert not [fact for fact in state(bench) if "form_service_owner" in fact]
    bench.sign_in("user", "user_service").close()
    with bench.sign_in(PEOPLE, "form_service") as connection:
        connection.execute("DROP SCHEMA outbox")
    assert bench.apply(capsys, TWO).code == 0


BY_HAND = (
    'ALTER ROLE "id-user" BYPASSRLS CREATEROLE CREATEDB',
    'ALTER ROLE "id-user" SET search_path = public',
    "ALTER ROLE \"id-user\" IN DATABASE user_service SET statement_timeout = '9h'",
    "ALTER ROLE \"id-user\" IN DATABASE user_service SET work_mem = '1MB'",
    "ALTER ROLE user_service_application LOGIN BYPASSRLS",
    "GRANT ALL ON DATABASE user_service TO PUBLIC",
    "GRANT CONNECT ON DATABASE postgres TO PUBLIC",
    'GRANT CONNECT ON DATABASE form_service TO "id-user"',
    "GRANT CONNECT ON DATABASE user_service TO user_service_application WITH GRANT OPTION",
    'COMMENT ON ROLE "id-user" IS NULL',
    "COMMENT ON ROLE user_service_owner IS NULL",
)


def test_what_was_changed_by_hand_is_put_right(bench, capsys) -> None:
    """Whoever it was that did it, as administrator."""
    bench.apply(capsys, TWO)
    before = seen = state(bench)
    with bench.superuser() as connection:
        for statement in BY_HAND:
            connection.execute(sql.SQL(statement))
            assert state(bench) != seen, statement
            seen = state(bench)
    run = bench.apply(capsys, TWO)
    assert (run.code, run.err) == (0, "")
    assert state(bench) == before


def test_rights_inside_a_database_that_were_changed_by_hand_are_put_right(bench, capsys) -> None:
    """Schemas, their owners, default privileges, memberships given by the job's own identity."""
    bench.apply(capsys, TWO)
    before = state(bench)
    with bench.sign_in(JOB, "user_service") as connection:
        for statement in (
            "GRANT ALL ON SCHEMA public TO PUBLIC",
            "GRANT ALL ON SCHEMA tenancy TO PUBLIC",
            "ALTER SCHEMA app OWNER TO CURRENT_USER",
            "ALTER DEFAULT PRIVILEGES FOR ROLE user_service_owner IN SCHEMA app GRANT ALL ON TABLES TO PUBLIC",
            "ALTER DEFAULT PRIVILEGES FOR ROLE user_service_owner GRANT EXECUTE ON FUNCTIONS TO PUBLIC",
            'GRANT user_service_owner TO "id-user"',
            "GRANT user_service_owner TO people",
            "GRANT user_service_application TO people",
            'GRANT user_service_publisher TO "id-user" WITH ADMIN OPTION',
            'GRANT form_service_application TO "id-user"',
            'GRANT pg_read_all_data TO "id-user"',
        ):
            connection.execute(sql.SQL(statement))
    assert state(bench) != before
    run = bench.apply(capsys, TWO)
    assert (run.code, run.err) == (0, "")
    assert state(bench) == before


def test_rights_on_tables_and_functions_that_were_changed_by_hand_are_put_right(bench, capsys) -> None:
    """Table by table, column by column: what is too much goes, what is missing comes."""
    bench.apply(capsys, TWO)
    before = state(bench)
    for statement in (
        "GRANT ALL ON app.users TO PUBLIC",
        "GRANT UPDATE (tenant_id) ON app.users TO user_service_application",
        "GRANT TRUNCATE ON outbox.events TO user_service_publisher",
        "REVOKE SELECT, UPDATE (status) ON app.users FROM user_service_application",
        "GRANT EXECUTE ON FUNCTION audit.record() TO PUBLIC",
        "REVOKE EXECUTE ON FUNCTION tenancy.new_id() FROM user_service_application",
    ):
        bench.as_owner("user_service", statement)
    assert state(bench) != before
    run = bench.apply(capsys, TWO)
    assert (run.code, run.err) == (0, "")
    assert 'GRANT SELECT, UPDATE ("status") ON TABLE "app"."users" TO "user_service_application"' in run.out
    assert state(bench) == before
    assert "outcome=unchanged" in bench.apply(capsys, TWO).line("total")


def test_one_row_adds_a_duty_to_every_database(bench, capsys, monkeypatch) -> None:
    """Its role, the schemas that it may use, its settings; without the row nobody has it any more."""
    bench.apply(capsys, TWO)
    monkeypatch.setitem(DUTIES, "reader", Duty(schemas=(OUTBOX,), settings={"work_mem": "1MB"}))
    monkeypatch.setattr("tenancy.plan._DUTIES", (*DUTIES,))
    run = bench.apply(capsys, plan(user_service=[USER, principal("reader", "reader")], form_service=[FORM]))
    assert (run.code, run.err) == (0, "")
    assert 'CREATE ROLE "form_service_reader" NOLOGIN' in run.line("database=form_service")
    with bench.sign_in("reader", "user_service") as connection:
        assert connection.execute("SHOW work_mem").fetchone() == ("1MB",)
        with pytest.raises(errors.InsufficientPrivilege, match="permission denied for table events"):
            connection.execute("SELECT FROM outbox.events")
    monkeypatch.undo()
    run = bench.apply(capsys, plan(user_service=[USER], form_service=[FORM]))
    assert (run.code, run.err) == (0, "")
    assert 'REVOKE CONNECT ON DATABASE "user_service" FROM "user_service_reader"' in run.out
    assert not [fact for fact in state(bench) if fact[0] == "member" and "id-reader" in fact]


def test_a_foreign_database_is_closed_or_named(bench, capsys) -> None:
    """One of the administrators' is closed; one that is another's alone is a fault, named with its database."""
    with bench.superuser() as connection:
        connection.execute("CREATE DATABASE scratch OWNER azure_pg_admin")
    assert bench.apply(capsys, TWO).code == 0
    with pytest.raises(psycopg.OperationalError, match="permission denied for database"):
        bench.sign_in("user", "scratch")
    with bench.superuser() as connection:
        connection.execute("ALTER DATABASE scratch OWNER TO people")
        connection.execute("GRANT CONNECT ON DATABASE scratch TO PUBLIC")
    run = bench.apply(capsys, TWO)
    assert run.code == 1
    assert "fault database scratch: id-user can connect" in run.err


def test_a_server_that_is_not_ready_for_the_job_says_why(bench, capsys) -> None:
    """An application's identity is no administrator: refused before anything is changed."""
    bench.apply(capsys, TWO)
    with bench.superuser() as connection:
        connection.execute("GRANT CONNECT ON DATABASE postgres TO PUBLIC")
        connection.execute(sql.SQL("ALTER ROLE {} NOCREATEROLE").format(sql.Identifier(JOB)))
    try:
        run = bench.apply(capsys, TWO)
    finally:
        with bench.superuser() as connection:
            connection.execute(sql.SQL("ALTER ROLE {} CREATEROLE").format(sql.Identifier(JOB)))
    assert run.code == 1
    assert f"{JOB} may not manage roles here; allowed: an Entra administrator" in run.err


def test_all_databases_of_a_region_take_a_moment(bench, capsys) -> None:
    """The job is no reason to wait: every database that the bench has, from nothing."""
    run = bench.apply(capsys, plan(**{name: [principal(name)] for name in DATABASES}))
    assert run.code == 0
    assert float(run.line("total").rsplit("seconds=", 1)[1]) < 5.0
    assert bench.fleet.status(bench.server_id) == "Ready"
    with pytest.raises(errors.UndefinedTable), bench.sign_in("form_service", "form_service") as connection:
        connection.execute("SELECT FROM nothing")
