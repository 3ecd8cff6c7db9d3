"""Claims about principals: mapped by object id, made again, adopted, taken out; administrators are never touched."""

import uuid

import psycopg
import pytest

from tests.tenancy.bench import JOB, PEOPLE, object_id, plan, principal
from tests.tenancy.catalogs import state

USER = principal("user")
PUBLISHER = principal("publisher", "publisher")
FORM = principal("form")
TWO = plan(user_service=[USER, PUBLISHER], form_service=[FORM, PUBLISHER])


def test_who_leaves_the_plan_loses_everything_at_once(bench, capsys) -> None:
    """Also the session that is open; the log says what was taken."""
    bench.apply(capsys, TWO)
    session = bench.sign_in("user", "user_service")
    run = bench.apply(capsys, plan(user_service=[PUBLISHER], form_service=[FORM, PUBLISHER]))
    assert run.code == 0
    assert 'DROP ROLE "id-user"' in run.line("principals")
    with pytest.raises(psycopg.OperationalError):
        session.execute("SELECT 1")
    with pytest.raises(psycopg.OperationalError):
        bench.sign_in("user", "user_service")
    assert not [fact for fact in state(bench) if "id-user" in fact]


def test_who_leaves_one_database_keeps_the_other(bench, capsys) -> None:
    """Membership and settings go, in that database alone."""
    bench.apply(capsys, TWO)
    run = bench.apply(capsys, plan(user_service=[USER], form_service=[FORM, PUBLISHER]))
    assert run.code == 0
    assert 'REVOKE "user_service_publisher" FROM "id-publisher"' in run.out
    with pytest.raises(psycopg.OperationalError, match="permission denied for database"):
        bench.sign_in("publisher", "user_service")
    with bench.sign_in("publisher", "form_service") as connection:
        assert connection.execute("SHOW search_path").fetchone() == ("outbox",)
    assert not [fact for fact in state(bench) if fact[:3] == ("setting", "user_service", "id-publisher")]


def test_an_identity_that_was_made_again_gets_its_role_back(bench, capsys) -> None:
    """Same name, another object id: the old token is refused, the new one has the rights."""
    bench.apply(capsys, TWO)
    again = principal("user", identity="user made again")
    run = bench.apply(capsys, plan(user_service=[again, PUBLISHER], form_service=[FORM, PUBLISHER]))
    assert run.code == 0
    assert again["object_id"] in run.line("principals")
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        bench.sign_in("user", "user_service")
    with bench.sign_in("user", "user_service", identity="user made again") as connection:
        assert connection.execute("SHOW search_path").fetchone() == ("app",)


def test_what_a_replaced_principal_owned_goes_to_the_owner_of_the_database(bench, capsys) -> None:
    """Nothing is lost with the role: tables and large objects that somebody made as it, direct grants are revoked."""
    bench.apply(capsys, TWO)
    with bench.superuser() as connection:
        connection.execute('GRANT CREATE ON DATABASE user_service TO "id-user"')
    with bench.sign_in("user", "user_service") as connection:
        connection.execute("CREATE SCHEMA mine; CREATE TABLE mine.kept AS SELECT 7 AS n; SELECT lo_create(4711)")
    again = principal("user", identity="user made again")
    run = bench.apply(capsys, plan(user_service=[again], form_service=[FORM]))
    assert "outcome=failed" in run.line("gate")  # what no revision makes is kept, and named
    assert "lo_unlink(4711)" in run.err
    with bench.sign_in(JOB, "user_service") as connection:
        assert connection.execute(
            "SELECT n, tableowner FROM mine.kept, pg_tables WHERE tablename = 'kept'"
        ).fetchone() == (
            7,
            "user_service_owner",
        )
        assert connection.execute("SELECT lomowner::regrole::text FROM pg_largeobject_metadata").fetchall() == [
            ("user_service_owner",)
        ]
    bench.as_owner("user_service", "SELECT lo_unlink(4711); DROP TABLE mine.kept")
    run = bench.apply(capsys, plan(user_service=[again], form_service=[FORM]))
    assert (run.code, run.err) == (0, "")


@pytest.mark.parametrize("name", [JOB, PEOPLE])
def test_an_administrator_gets_no_duty(bench, capsys, name) -> None:
    """Neither by its object id under another name nor by its name; nothing is changed."""
    before = state(bench)
    stolen = {"name": "id-user", "object_id": object_id(name), "duty": "application"}
    run = bench.apply(capsys, plan(user_service=[stolen]))
    assert run.code == 1
    assert f"role id-user: {name} with object id {object_id(name)} is an administrator of the server" in run.err
    run = bench.apply(capsys, plan(user_service=[{**stolen, "name": name, "object_id": str(uuid.uuid4())}]))
    assert run.code in {1, 2}
    assert "administrator" in run.err
    assert state(bench) == before


def test_a_principal_that_became_an_administrator_is_left_alone(bench, capsys) -> None:
    """ARM made it one: the job takes its duty and never drops an administrator."""
    bench.apply(capsys, TWO)
    bench.fleet.add_admin(bench.server_id, FORM["object_id"], FORM["name"], "ServicePrincipal")
    run = bench.apply(capsys, plan(user_service=[USER], form_service=[]))
    assert run.code == 0
    with bench.sign_in("form", "form_service") as connection:
        member = "SELECT pg_has_role(current_user, 'form_service_application', 'MEMBER')"
        assert connection.execute(member).fetchone() == (False,)
    bench.fleet.remove_admin(bench.server_id, FORM["object_id"])


def test_a_role_that_is_no_principal_is_left_alone(bench, capsys) -> None:
    """It may be somebody's; the message says how to free the name."""
    with bench.sign_in(PEOPLE, "postgres") as connection:
        connection.execute('CREATE ROLE "id-user" LOGIN')
    before = state(bench)
    run = bench.apply(capsys, TWO)
    assert run.code == 1
    assert 'next: rename or drop it: DROP ROLE "id-user"' in run.err
    assert state(bench) == before


def test_a_principal_that_a_person_made_is_adopted(bench, capsys) -> None:
    """With the object id of the plan it is the right one, whoever made it."""
    with bench.sign_in(PEOPLE, "postgres") as connection:
        made = "SELECT pgaadauth_create_principal_with_oid('id-user', %s, 'service', false, false)"
        connection.execute(made, [USER["object_id"]])
    run = bench.apply(capsys, TWO)
    assert (run.code, run.err) == (0, "")
    assert "'id-user'" not in run.line("principals")
    bench.sign_in("user", "user_service").close()
