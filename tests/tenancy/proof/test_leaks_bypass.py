"""Leaks 1 to 7: ways past row-level security altogether. Each test has the number of its leak in its name."""

import psycopg
import pytest
from psycopg import sql

from tests.tenancy.proof.ground import Ground
from tests.tenancy.proof.operations import REFUSED, UNBOUND, targets
from tests.tenancy.proof.sample_rows import ACME, CANARY, CONTOSO


def test_leak_01_the_owner_is_held_as_everybody(ground) -> None:
    """FORCE: the owner, bound to A, sees A's rows alone; unbound it is refused."""
    owner = f"{ground.place.name}_owner"
    for table in ground.place.model.of_tenants:
        everything = sql.SQL("SELECT DISTINCT tenant_id FROM {}").format(sql.Identifier(table.schema, table.name))
        assert len(ground.see(everything)) == 2
        assert ground.attempt(everything, role=owner).rows == [(ACME,)], table.name
        assert ground.attempt(everything, role=owner, tenant=None).state == UNBOUND, table.name


def test_leak_02_no_role_of_ours_has_a_power_or_a_way_to_one(ground) -> None:
    """Attributes, and memberships through which one could be taken."""
    duties = [f"{ground.place.name}_{duty}" for duty in ("owner", "application", "publisher", "operations")]
    ours = [ground.place.service, "id-publisher", *duties]
    powers = (
        "SELECT rolname FROM pg_roles WHERE rolname = ANY(%s) "
        "AND (rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb OR rolreplication)"
    )
    assert ground.see(powers, [ours]) == []
    reach = (
        "SELECT m.rolname, r.rolname FROM pg_roles m JOIN pg_roles r ON r.oid <> m.oid "
        "AND pg_has_role(m.oid, r.oid, 'MEMBER') WHERE m.rolname = ANY(%s) "
        "AND (m.rolname, r.rolname) NOT IN ((%s, %s)) AND m.rolname <> 'id-publisher'"
    )
    assert ground.see(reach, [ours, ground.place.service, f"{ground.place.name}_application"]) == []


def test_leak_03_no_statement_leads_to_a_stronger_role(place) -> None:
    """What was signed in is what works: there is nothing to go back to."""
    table = sql.Identifier("app", place.model.of_tenants[0].name)
    with place.bench.sign_in(place.service.removeprefix("id-"), place.name) as connection:
        for statement in ("RESET ROLE", "RESET SESSION AUTHORIZATION", "RESET ALL", "DISCARD ALL"):
            connection.execute(statement)
            assert connection.execute("SELECT current_user, session_user").fetchone() == (place.service,) * 2
            with pytest.raises(psycopg.errors.InvalidAuthorizationSpecification):
                connection.execute(sql.SQL("SELECT * FROM {}").format(table))
        for role in (f"{place.name}_owner", f"{place.name}_operations", "azure_pg_admin", "azuresu"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(f"SET ROLE {role}")
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(f"SET SESSION AUTHORIZATION {role}")


def test_leak_04_row_security_off_is_an_error(ground) -> None:
    """It says that a query would be filtered; it does not lift the filter. Of all roles of ours."""
    for target in targets(ground.place):
        if "SELECT" not in target.rights:
            continue
        for role in ("", f"{ground.place.name}_operations", f"{ground.place.name}_owner"):
            with ground.taken_back():
                ground.do("SET LOCAL row_security = off")
                assert ground.attempt(target.sql("SELECT * FROM {t}"), role=role).state == REFUSED, (target.name, role)


def test_leak_05_a_view_shows_the_tenants_rows_alone(ground) -> None:
    """One of the owner's, made the forgetful way, is held by FORCE; with security_invoker whoever owns it."""
    table = ground.place.model.of_tenants[0]
    name, owner = sql.Identifier(table.schema, table.name), sql.Identifier(f"{ground.place.name}_owner")
    for options, whose in (("", owner), ("WITH (security_invoker = true)", sql.Identifier("azuresu"))):
        with ground.taken_back():
            ground.do(sql.SQL("CREATE VIEW app.seen {} AS SELECT * FROM {}").format(sql.SQL(options), name))
            ground.do(sql.SQL("ALTER VIEW app.seen OWNER TO {}").format(whose))
            ground.do(sql.SQL("GRANT SELECT ON app.seen TO {}").format(sql.Identifier(ground.place.service)))
            assert len(ground.see(sql.SQL("SELECT * FROM {}").format(name))) >= 2
            assert {row[0] for row in ground.attempt("SELECT tenant_id FROM app.seen").rows} == {ACME}
            assert ground.attempt("SELECT * FROM app.seen", tenant=None).state == UNBOUND


def readable(ground: Ground) -> list[tuple[str, str]]:
    """Whatever the application can read in any schema that it may use, but PostgreSQL's own: name and kind."""
    with ground.acting() as connection:
        return connection.execute(
            "SELECT c.oid::regclass::text, relkind::text FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace "
            "WHERE relkind IN ('r', 'p', 'v', 'm', 'f') AND nspname NOT IN ('pg_catalog', 'information_schema') "
            "AND has_schema_privilege(n.oid, 'USAGE') AND has_any_column_privilege(c.oid, 'SELECT')"
        ).fetchall()


def test_leak_06_nothing_that_is_readable_shows_another_tenant(ground) -> None:
    """Tables, views, materialized views, foreign tables: as text, so that no column is left out."""
    found = readable(ground)
    assert found
    for name, kind in found:
        with ground.taken_back():
            outcome = ground.attempt(sql.SQL("SELECT t::text FROM {} t").format(sql.SQL(name)))
            text = " ".join(row[0] or "" for row in outcome.rows)
            assert CANARY[CONTOSO] not in text, name
            assert str(CONTOSO) not in text, name
            assert kind != "m", f"{name} is a materialized view: it has no policies"


def test_leak_07_no_function_works_with_more_rights_but_the_one_that_admits(ground) -> None:
    """What the application may execute outside PostgreSQL's own schemas and runs as somebody else."""
    with ground.acting() as connection:
        definers = connection.execute(
            "SELECT p.oid::regprocedure::text, proconfig FROM pg_proc p JOIN pg_namespace n ON n.oid = pronamespace "
            "WHERE prosecdef AND nspname NOT IN ('pg_catalog', 'information_schema') "
            "AND has_schema_privilege(n.oid, 'USAGE') AND has_function_privilege(p.oid, 'EXECUTE')"
        ).fetchall()
    assert definers == [("tenancy.admit(uuid,text,text,text)", ["search_path=pg_catalog, pg_temp"])]
    bypassing = (
        "SELECT p.oid::regprocedure::text FROM pg_proc p JOIN pg_namespace n ON n.oid = pronamespace "
        "JOIN pg_roles r ON r.oid = proowner WHERE prosecdef AND nspname IN ('app', 'audit', 'outbox', 'tenancy') "
        "AND (rolsuper OR rolbypassrls)"
    )
    assert ground.see(bypassing) == []


def test_leak_07_what_admits_answers_the_same_whoever_is_there(ground) -> None:
    """`tenancy.admit` returns nothing, and a tenant that is there is neither changed nor told about."""
    known = "SELECT tenancy.admit(%s, 'contoso', 'Another name', 'EU')"
    assert ground.attempt(known, [CONTOSO]).state == ""
    assert ground.see("SELECT name FROM tenancy.tenants WHERE id = %s", [CONTOSO]) == [("Contoso",)]
    assert ground.attempt("SELECT * FROM tenancy.tenants").state == REFUSED
