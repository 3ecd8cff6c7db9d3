"""Leaks 26 to 29, 31, 32 and M1 to M3: statistics, functions, other sessions, replication, audit, migrations, dumps."""

import os
import subprocess
import uuid

import pytest
from psycopg import sql

from sandbox.azure.postgres import engine
from tenancy.ddl.steps import statements
from tenancy.revisions.operations import AddReference
from tests.tenancy.proof.ground import Ground
from tests.tenancy.proof.operations import REFUSED, UNBOUND
from tests.tenancy.proof.sample_rows import ACME, CANARY, CONTOSO, bind
from tests.tenancy.proof.test_leaks_keys import references
from tests.tenancy.proof.test_leaks_writes import told


def test_leak_26_statistics_show_no_values(ground) -> None:
    """pg_stats leaves out tables under row-level security, and nobody makes an operator to read samples with."""
    ground.do("ANALYZE")
    assert ground.see("SELECT count(*) > 0 FROM pg_stats WHERE schemaname = 'app'") == [(True,)]
    assert ground.attempt("SELECT * FROM pg_stats WHERE schemaname IN ('app', 'audit', 'outbox')").rows == []
    assert ground.attempt("SELECT * FROM pg_statistic").state == REFUSED
    operator = "CREATE OPERATOR app.<<< (FUNCTION = int4lt, LEFTARG = int, RIGHTARG = int)"
    assert ground.in_vain(operator).state == REFUSED


def test_leak_27_a_plan_tells_counts_and_no_values(ground) -> None:
    """EXPLAIN ANALYZE says how many rows were filtered away, never what was in them."""
    for table in ground.place.model.of_tenants:
        if "SELECT" in table.rights:
            explain = sql.SQL("EXPLAIN (ANALYZE, VERBOSE) SELECT * FROM {}").format(sql.Identifier("app", table.name))
            text = str(ground.attempt(explain).rows)
            assert "Seq Scan" in text or "Index" in text
            assert CANARY[CONTOSO] not in text
            assert str(CONTOSO) not in text


def test_leak_28_a_condition_of_ones_own_meets_ones_own_rows(ground) -> None:
    """The application makes no functions; one that was made for it and talks is called with the tenant's rows alone."""
    noisy = (
        "CREATE FUNCTION app.noisy(uuid) RETURNS boolean LANGUAGE plpgsql COST 0.0001 AS "
        "$$BEGIN RAISE WARNING 'saw %', $1; RETURN true; END$$"
    )
    assert ground.in_vain(noisy).state == REFUSED
    heard: list[str] = []
    ground.do(noisy)
    ground.connection.add_notice_handler(lambda notice: heard.append(notice.message_primary or ""))
    table = sql.Identifier("app", ground.place.model.of_tenants[0].name)
    assert ground.attempt(sql.SQL("SELECT FROM {} WHERE app.noisy(tenant_id)").format(table)).state == ""
    assert set(heard) == {f"saw {ACME}"}


def test_leak_28_no_function_is_called_before_the_policies(ground) -> None:
    """Leakproof functions are; none is but PostgreSQL's own, and only a superuser could make one."""
    leakproof = (
        "SELECT p.oid::regprocedure::text FROM pg_proc p JOIN pg_namespace n ON n.oid = pronamespace "
        "WHERE proleakproof AND nspname NOT IN ('pg_catalog', 'information_schema')"
    )
    assert ground.see(leakproof) == []


def test_leak_29_what_another_session_runs_shows_no_parameters(place) -> None:
    """Sessions of one role see each other's statements: bound parameters are not among them."""
    name = place.service.removeprefix("id-")
    with place.bench.sign_in(name, place.name) as one, place.bench.sign_in(name, place.name) as other:
        one.execute("SELECT %s::text", [CANARY[CONTOSO]])
        seen = "SELECT query FROM pg_stat_activity WHERE pid = %s"
        assert other.execute(seen, [one.info.backend_pid]).fetchall() == [("SELECT $1::text",)]
        for role in ("pg_monitor", "pg_read_all_stats", "pg_read_all_data"):
            assert other.execute("SELECT pg_has_role(%s, 'MEMBER')", [role]).fetchone() == (False,)


def test_leak_31_nobody_of_ours_replicates(ground) -> None:
    """Logical decoding meets no policies: no right to it, no publication, no slot, and the gate names them."""
    for role in ("", "id-publisher", f"{ground.place.name}_owner", f"{ground.place.name}_operations"):
        for statement in (
            "SELECT pg_create_logical_replication_slot('leak', 'test_decoding')",
            "CREATE PUBLICATION leak FOR ALL TABLES",
            "CREATE SUBSCRIPTION leak CONNECTION '' PUBLICATION leak WITH (connect = false)",
        ):
            with ground.taken_back():
                assert ground.attempt(statement, role=role).state == REFUSED, (role, statement)
    assert ground.see("SELECT slot_name FROM pg_replication_slots") == []
    assert ground.see("SELECT pubname FROM pg_publication UNION ALL SELECT subname FROM pg_subscription") == []
    with ground.taken_back():
        ground.do("CREATE PUBLICATION leak FOR TABLES IN SCHEMA app")
        assert "publication" in told(ground)


def test_leak_32_the_audit_takes_the_tenant_from_the_row(ground) -> None:
    """Each change leaves an entry of the row's tenant; the other tenant sees none of it, and nobody edits it."""
    table = next(it for it in ground.place.model.of_tenants if it.audited and "UPDATE" in it.rights)
    change = sql.SQL("UPDATE {} SET updated_at = now()").format(sql.Identifier("app", table.name))
    assert ground.attempt(change, tenant=CONTOSO).count == 1
    mine = "SELECT tenant_id FROM audit.entries WHERE table_name = %s AND action = 'UPDATE'"
    assert ground.see(mine, [table.name]) == [(CONTOSO,)]
    assert ground.attempt(mine, [table.name]).rows == []
    assert ground.attempt(mine, [table.name], tenant=CONTOSO).rows == [(CONTOSO,)]
    for statement in (
        "INSERT INTO audit.entries (tenant_id, table_name, row_id, action) VALUES (%(t)s, 'x', %(t)s, 'INSERT')",
        "UPDATE audit.entries SET actor_id = 'nobody' WHERE tenant_id = %(t)s",
        "DELETE FROM audit.entries WHERE tenant_id = %(t)s",
    ):
        assert ground.in_vain(statement, {"t": ACME}).state == REFUSED
        assert ground.in_vain(statement, {"t": CONTOSO}).state == REFUSED


def test_leak_32_every_audited_table_leaves_entries(ground) -> None:
    """The rows that were filled in: one entry each, of its own tenant, in every table that the model audits."""
    for table in ground.place.model.of_tenants:
        found = ground.see(
            "SELECT tenant_id FROM audit.entries WHERE table_name = %s AND row_id = ANY(%s) ORDER BY 1",
            [table.name, [row["id"] for row in ground.place.rows[table.name].values()]],
        )
        assert found == ([(ACME,), (CONTOSO,)] if table.audited else []), table.name


def test_leak_m1_the_owners_change_of_rows_is_never_a_silent_nothing(ground) -> None:
    """Held by FORCE, the owner that forgets is told so: 28000 as it is, 42501 as migrations run."""
    table, owner = ground.place.model.of_tenants[0].name, f"{ground.place.name}_owner"
    change = sql.SQL("UPDATE {} SET updated_at = now()").format(sql.Identifier("app", table))
    assert ground.attempt(change, role=owner, tenant=None).state == UNBOUND
    with ground.taken_back():
        ground.do("SET LOCAL row_security = off")
        assert ground.attempt(change, role=owner, tenant=None).state == REFUSED


def orphaned(ground: Ground) -> AddReference:
    """A reference that was dropped, after which a row was left without its parent."""
    table, reference = next((it, to) for it, to in references(ground) if to.table != it.name)
    for (name,) in ground.see(
        "SELECT conname FROM pg_constraint WHERE contype = 'f' AND conrelid = to_regclass(%s) "
        "AND confrelid = to_regclass(%s)",
        [f"app.{table.name}", f"app.{reference.table}"],
    ):
        ground.do(
            sql.SQL("ALTER TABLE {} DROP CONSTRAINT {}").format(sql.Identifier("app", table.name), sql.Identifier(name))
        )
    change = sql.SQL("UPDATE {} SET {} = %s WHERE tenant_id = %s").format(
        sql.Identifier("app", table.name), sql.Identifier(reference.columns[0])
    )
    bind(ground.connection, CONTOSO)
    ground.do(change, [uuid.uuid4(), CONTOSO])
    bind(ground.connection, None)
    return AddReference(table.name, reference)


def test_leak_m2_a_reference_is_held_against_every_row(ground) -> None:
    """ADD FOREIGN KEY by a forced owner is "validated" over no rows; the generated step finds the orphan (23503)."""
    operation, owner = orphaned(ground), f"{ground.place.name}_owner"
    generated = list(statements(operation, ground.place.model))
    with ground.taken_back():
        ground.do("SET LOCAL row_security = off")
        outcomes = [ground.attempt(text, role=owner, tenant=None).state for text in generated]
        assert "23503" in outcomes
    bare = next(text for text in generated if "FOREIGN KEY" in text)
    with ground.taken_back():
        ground.do("SET LOCAL row_security = off")
        assert ground.attempt(bare, role=owner, tenant=None).state == REFUSED


@pytest.mark.parametrize("options", [(), ("--enable-row-security",)])
def test_leak_m3_a_dump_without_a_tenant_fails(place, options) -> None:
    """Neither form gives an empty dump that looks like a good one."""
    program = engine.engine(place.bench.home / "pg", int(place.bench.version)).wheel / "bin" / "pg_dump"
    endpoint, name = place.bench.endpoint, place.service.removeprefix("id-")
    table = f"app.{place.model.of_tenants[0].name}"
    environment = {**os.environ, "PGPASSWORD": place.bench.token(name)}
    address = ("-h", endpoint.host, "-p", str(endpoint.port), "-U", place.service, "-d", place.name)
    run = subprocess.run(
        [program, *address, "--data-only", "-t", table, *options],
        capture_output=True,
        text=True,
        check=False,
        env=environment,
    )
    assert run.returncode != 0
    assert ("no tenant bound" if options else "row-level security") in run.stderr
    assert CANARY[ACME] not in run.stdout


def test_a_canary_would_be_seen(ground) -> None:
    """The rows do hold what the tests look for."""
    for table in ground.place.model.of_tenants:
        text = str(ground.see(sql.SQL("SELECT t::text FROM {} t").format(sql.Identifier("app", table.name))))
        assert str(CONTOSO) in text
