"""Claims about the gate: it is silent after a run, and it names every fault that is planted."""

import json

from psycopg import sql

from tenancy import gate
from tenancy.plan import read_plan
from tenancy.work import Work
from tests.tenancy.bench import JOB, PEOPLE, Connection, plan, principal

PLAN = plan(user_service=[principal("user"), principal("publisher", "publisher")], form_service=[principal("form")])


def found(connection: Connection, database: str) -> list[str]:
    """What the gate says in this database, as the job asks it."""
    work, read = Work(connection, database), read_plan(json.dumps(PLAN))
    if database == "postgres":
        return [str(fault) for fault in gate.check_server(work, read, JOB)]
    return [str(fault) for fault in gate.check_database(work, read.databases[0])]


# database: what is planted there by the superuser → what the gate says.
PLANTED = {
    "postgres": {
        'ALTER ROLE "id-user" SUPERUSER': "role id-user: has SUPERUSER; allowed: NOSUPERUSER",
        'ALTER ROLE "id-form" BYPASSRLS': "role id-form: has BYPASSRLS",
        'ALTER ROLE "id-user" REPLICATION': "role id-user: has REPLICATION",
        'ALTER ROLE "id-form" NOLOGIN': "role id-form: cannot sign in",
        "ALTER ROLE user_service_owner LOGIN CREATEROLE": "role user_service_owner: can sign in",
        'GRANT pg_read_all_data TO "id-publisher"': "role id-publisher: is a member of pg_read_all_data",
        'GRANT user_service_owner TO "id-publisher"': "role id-publisher: is a member of user_service_owner",
        'REVOKE user_service_application FROM "id-user" GRANTED BY "id-cf-westeu-dev-1-tenancy"': "role id-user: is no "
        "member of user_service_application",
        "GRANT user_service_owner TO people": "role user_service_owner: people is a member",
        'GRANT form_service_application TO "id-form" WITH SET TRUE': "id-form can become it",
        'GRANT CONNECT ON DATABASE form_service TO "id-user"': "database form_service: id-user has CONNECT",
        "GRANT TEMPORARY ON DATABASE user_service TO PUBLIC": "database user_service: everybody has TEMPORARY",
        "GRANT CONNECT ON DATABASE postgres TO PUBLIC": "database postgres: id-form can connect",
        "ALTER ROLE \"id-user\" SET app.tenant_id = 'x'": "role id-user: settings in all databases: app.tenant_id=x",
        'ALTER ROLE "id-form" IN DATABASE form_service RESET statement_timeout': "settings in form_service",
        "UPDATE pgaadauth.principal SET object_id = '0' WHERE role = to_regrole('\"id-form\"')": "id-form: mapped to",
    },
    "user_service": {
        "GRANT CREATE ON SCHEMA public TO PUBLIC": "database user_service: id-user can create in schema public",
        "GRANT USAGE ON SCHEMA app TO user_service_publisher": "database user_service: id-publisher can use schema app",
        "REVOKE USAGE ON SCHEMA outbox FROM user_service_application": "id-user cannot use schema outbox",
        "ALTER SCHEMA outbox OWNER TO people": "schema outbox belongs to people; allowed: owner user_service_owner",
        "CREATE TABLE app.foreign_made (n int)": "relation app.foreign_made belongs to azuresu",
        "CREATE FUNCTION app.f() RETURNS int LANGUAGE sql AS 'SELECT 1'": "function app.f() belongs to azuresu",
        'SELECT lo_create(1); ALTER LARGE OBJECT 1 OWNER TO "id-user"': "id-user owns 1 object(s)",
        "DROP SCHEMA app CASCADE": "schema app is missing",
        "UPDATE tenancy.revision SET revision = '0000'": "the last applied revision and plan are ('0000', ",
    },
}


def test_the_gate_names_whatever_is_planted(bench, capsys) -> None:
    """Empty after a run; then fed with a bad sample of each kind, each in a transaction that is rolled back."""
    assert bench.apply(capsys, PLAN).code == 0
    for database, samples in PLANTED.items():
        for statement, message in {"SELECT": "", **samples}.items():
            with bench.superuser(database) as connection, connection.transaction(force_rollback=True):
                connection.execute(sql.SQL(statement))
                connection.execute(sql.SQL("SET LOCAL SESSION AUTHORIZATION {}").format(sql.Identifier(JOB)))
                told = found(connection, database)
            if not message:
                assert told == []
                continue
            assert any(message in line for line in told), (statement, told)
            assert all("; allowed: " in line and "; next: " in line for line in told)


def test_a_fault_that_the_job_cannot_mend_fails_it(bench, capsys) -> None:
    """What somebody mightier granted stays: exit 1, the fault is named, and the next step."""
    assert bench.apply(capsys, PLAN).code == 0
    with bench.superuser() as connection:
        connection.execute('GRANT pg_read_all_data TO "id-user"')
        connection.execute('ALTER ROLE "id-form" REPLICATION')
        connection.execute("GRANT user_service_publisher TO people")
    run = bench.apply(capsys, PLAN)
    assert run.code == 1
    assert "outcome=failed" in run.line("gate")
    assert "fault role id-user: is a member of pg_read_all_data" in run.err
    assert "fault role id-form: has REPLICATION; allowed: NOREPLICATION; next: " in run.err
    assert run.line("total").split()[1] == "outcome=failed"
    assert "fault role user_service_publisher: people is a member" in run.err
    assert "fault database form_service: " not in run.err
    assert f"faults={len(run.err.splitlines())}" in run.line("total")


def test_administrators_are_no_fault(bench, capsys) -> None:
    """They own the databases through azure_pg_admin; the gate is about principals."""
    assert bench.apply(capsys, PLAN).code == 0
    with bench.sign_in(PEOPLE, "user_service") as connection:
        connection.execute("CREATE TABLE public.note (n int)")
    with bench.sign_in(JOB, "user_service") as connection:
        assert found(connection, "user_service") == []
    with bench.superuser("user_service") as connection:
        connection.execute("DROP TABLE public.note")
