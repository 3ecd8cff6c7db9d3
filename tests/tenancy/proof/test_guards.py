"""Claims about what stands beside the policies: rights in effect, audit, admission, references, defaults, switches."""

import uuid

from psycopg import sql

from tenancy.ddl import wanted_on_functions, wanted_on_tables
from tests.tenancy.proof.operations import REFUSED
from tests.tenancy.proof.sample_rows import ACME, CONTOSO, bind, insert
from tests.tenancy.proof.test_leaks_keys import fresh, references
from tests.tenancy.proof.test_leaks_writes import as_owner

PRIVILEGES = ("SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER")
DUTIES = ("application", "publisher", "operations")


def test_rights_in_effect_are_those_of_the_model(ground) -> None:
    """By PostgreSQL's own answer, through whatever they were given: for each duty, table and privilege."""
    name = ground.place.name
    for (schema, table), grants in wanted_on_tables(ground.place.model, has_foundation=True).items():
        for duty in DUTIES:
            whole = {grant.privilege for grant in grants if grant.duty == duty and not grant.column}
            asked = "SELECT p FROM unnest(%s::text[]) p WHERE has_table_privilege(%s, %s, p)"
            qualified, role = f"{schema}.{table}", f"{name}_{duty}"
            assert {it[0] for it in ground.see(asked, [list(PRIVILEGES), role, qualified])} == whole, (qualified, duty)
            given = [f"{privilege} WITH GRANT OPTION" for privilege in PRIVILEGES]
            assert ground.see(asked, [given, role, qualified]) == [], (qualified, duty)


def test_functions_in_effect_are_those_of_the_model(ground) -> None:
    """Also of one that the owner makes tomorrow: nobody may execute it."""
    as_owner(ground, "CREATE FUNCTION app.tomorrow() RETURNS int LANGUAGE sql AS 'SELECT 1'")
    wanted = {**wanted_on_functions(has_foundation=True), "app.tomorrow()": frozenset()}
    for signature, grants in wanted.items():
        for duty in DUTIES:
            role = f"{ground.place.name}_{duty}"
            found = ground.see("SELECT has_function_privilege(%s, %s, 'EXECUTE')", [role, signature])
            assert found == [(any(grant.duty == duty for grant in grants),)], (signature, duty)


def test_no_duty_switches_a_guard_off(ground) -> None:
    """Triggers and references by session_replication_role; a trigger of one's own that swallows changes."""
    table = sql.Identifier("app", ground.place.model.of_tenants[0].name)
    swallow = sql.SQL(
        "CREATE TRIGGER swallow BEFORE UPDATE ON {} FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger()"
    ).format(table)
    for role in (ground.place.service, "id-publisher", *(f"{ground.place.name}_{duty}" for duty in DUTIES)):
        with ground.taken_back():
            assert ground.attempt("SET LOCAL session_replication_role = replica", role=role).state == REFUSED, role
            assert ground.attempt(swallow, role=role).state == REFUSED, role
            off = sql.SQL("ALTER TABLE {} DISABLE TRIGGER ALL").format(table)
            assert ground.attempt(off, role=role).state == REFUSED, role


def test_the_database_fills_in_the_tenant(ground) -> None:
    """An insert that says nothing of tenants is the bound tenant's, in every table that the application writes."""
    for table in (it for it in ground.place.model.of_tenants if "INSERT" in it.rights):
        named = {column for it in table.references for column in it.columns}
        if any(named.issuperset(unique) for unique in table.unique):
            continue
        row = fresh(ground, table, ACME)
        del row["tenant_id"]
        outcome = ground.in_vain(insert(table.schema, table.name, row, "RETURNING tenant_id"), row)
        assert (outcome.state, outcome.rows) == ("", [(ACME,)]), (table.name, outcome.message)
    event = {key: value for key, value in ground.of("events", ACME).items() if key != "tenant_id"} | {
        "id": uuid.uuid4()
    }
    with ground.taken_back():
        assert ground.attempt(insert("outbox", "events", event), event).state == ""
        assert ground.see("SELECT tenant_id FROM outbox.events WHERE id = %s", [event["id"]]) == [(ACME,)]


def test_no_row_is_of_a_tenant_that_was_not_admitted(ground) -> None:
    """Bound to a tenant that is not here, the application writes nothing: 23503 in every table."""
    stranger = uuid.UUID("0190cccc-0000-7000-8000-00000000000c")
    for table in (it for it in ground.place.model.of_tenants if "INSERT" in it.rights and not it.references):
        row = {**fresh(ground, table, ACME), "tenant_id": stranger}
        assert ground.in_vain(insert(table.schema, table.name, row), row, tenant=stranger).state == "23503", table.name
    for table in ground.place.model.of_tenants:
        named = (
            "SELECT count(*) FROM pg_constraint WHERE contype = 'f' AND conrelid = to_regclass(%s) "
            "AND confrelid = 'tenancy.tenants'::regclass"
        )
        assert ground.see(named, [f"app.{table.name}"]) == [(1,)], table.name


def test_a_tenant_is_admitted_in_its_own_zone_alone(ground) -> None:
    """Whoever asks, and whatever way: by the function, by hand as the owner, by moving one that is there."""
    admit = "SELECT tenancy.admit(gen_random_uuid(), %s, 'Somebody', %s)"
    assert ground.in_vain(admit, ["near", "EU"]).state == ""
    assert ground.in_vain(admit, ["far", "US"]).state == "23514"
    by_hand = "INSERT INTO tenancy.tenants (id, slug, name, zone) VALUES (gen_random_uuid(), 'far', 'Far', 'US')"
    owner = f"{ground.place.name}_owner"
    with ground.taken_back():
        assert ground.attempt(by_hand, role=owner).state == "23514"
        assert ground.attempt("UPDATE tenancy.tenants SET zone = 'US'", role=owner).state == "23514"
    assert ground.see("SELECT count(*) FROM tenancy.deployment WHERE zone = 'EU'") == [(1,)]


def test_a_dedicated_deployment_admits_its_tenant_alone(ground) -> None:
    """And cannot be dedicated to one while another is there."""
    dedicate = "UPDATE tenancy.deployment SET dedicated_tenant = 'acme'"
    with ground.taken_back():
        assert ground.attempt(dedicate, role="azuresu").state == "23514"
    ground.do("UPDATE tenancy.tenants SET status = 'erased' WHERE slug <> 'acme'")
    ground.do(dedicate)
    assert ground.in_vain("SELECT tenancy.admit(gen_random_uuid(), 'third', 'Third', 'EU')").state == "23514"
    assert ground.in_vain("SELECT tenancy.admit(%s, 'acme', 'Acme Corp', 'EU')", [ACME]).state == ""


def test_each_change_of_each_audited_table_leaves_an_entry(ground) -> None:
    """UPDATE and DELETE beside the INSERTs of the filling, of the row's own tenant, and no deletion goes unsaid."""
    for table in (it for it in ground.place.model.of_tenants if it.audited):
        identifier, row = sql.Identifier("app", table.name), ground.of(table.name, CONTOSO)
        with ground.taken_back():
            bind(ground.connection, CONTOSO)
            change = sql.SQL("UPDATE {} SET updated_at = now() WHERE id = %s").format(identifier)
            assert ground.attempt(change, [row["id"]], tenant=CONTOSO, role="azuresu").count == 1
            entries = ground.see(
                "SELECT tenant_id, action, old IS NOT NULL, new IS NOT NULL FROM audit.entries "
                "WHERE table_name = %s AND row_id = %s ORDER BY action",
                [table.name, row["id"]],
            )
            assert entries == [(CONTOSO, "INSERT", False, True), (CONTOSO, "UPDATE", True, True)], table.name


def test_a_reference_does_what_the_model_says_and_no_more(ground) -> None:
    """With nothing but one child left of a parent: RESTRICT refuses to delete the parent, CASCADE takes the child."""
    tried = set[str]()
    for table, reference in references(ground):
        if reference.table == table.name:
            continue
        child, parent = ground.of(table.name, ACME), ground.of(reference.table, ACME)
        with ground.taken_back():
            ground.do("SET LOCAL session_replication_role = replica")
            for other, _ in references(ground):
                alone = sql.SQL("DELETE FROM {} WHERE id <> ALL(%s)").format(sql.Identifier("app", other.name))
                ground.do(alone, [[child["id"], parent["id"]]])
            ground.do("SET LOCAL session_replication_role = origin")
            delete = sql.SQL("DELETE FROM {} WHERE id = %s").format(sql.Identifier("app", reference.table))
            outcome = ground.attempt(delete, [parent["id"]], role="azuresu")
        expected = {"RESTRICT": {"23001", "23503"}, "CASCADE": {""}}[reference.on_delete]
        assert outcome.state in expected, (table.name, reference.table, outcome.message)
        tried.add(reference.on_delete)
    assert "RESTRICT" in tried
