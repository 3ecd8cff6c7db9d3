"""Leaks 12 to 17 and 33: rows that come in or go out beside the policies."""

import pytest
from psycopg import sql

from tenancy.gate.contract import Contract
from tenancy.gate.isolation import findings
from tenancy.work import Work
from tests.tenancy.proof.ground import Ground
from tests.tenancy.proof.operations import REFUSED, UNBOUND, targets
from tests.tenancy.proof.sample_rows import ACME, insert


def told(ground: Ground) -> set[str]:
    """What the gate finds, as keys."""
    return {it.key for it in findings(Work(ground.connection, ground.place.name), Contract(ground.place.model))}


def as_owner(ground: Ground, *statements: str) -> None:
    """What somebody with the owner's rights would do by hand."""
    ground.do(sql.SQL("SET LOCAL ROLE {}").format(sql.Identifier(f"{ground.place.name}_owner")))
    for statement in statements:
        ground.do(statement)
    ground.do("SET LOCAL ROLE NONE")


def test_leak_12_a_further_policy_opens_nothing(ground) -> None:
    """The tenant's rule is RESTRICTIVE: a permissive policy of anybody's cannot widen it, for reading or writing."""
    for target in targets(ground.place):
        if (target.schema, "INSERT") not in {("app", right) for right in target.rights}:
            continue
        row = {**target.theirs, "id": "00000000-0000-0000-0000-000000000001"}
        with ground.taken_back():
            ground.do(target.sql("CREATE POLICY open_wide ON {t} USING (true) WITH CHECK (true)"))
            assert ground.in_vain(insert(target.schema, target.name, row), row).state == REFUSED, target.name
            read = ground.attempt(target.sql("SELECT DISTINCT tenant_id FROM {t}"))
            assert read.rows == [(ACME,)], target.name
            assert "policy_unknown" in told(ground)


def test_leak_13_a_table_made_by_hand_is_open_to_nobody_and_named(ground) -> None:
    """No default privileges: without policies nobody but its owner reaches it, and the gate finds it."""
    as_owner(ground, "CREATE TABLE app.bare (tenant_id uuid, n int)", "INSERT INTO app.bare VALUES (NULL, 1)")
    for role in ("", f"{ground.place.name}_operations", "id-publisher"):
        for tenant in (ACME, None):
            assert ground.attempt("SELECT * FROM app.bare", role=role, tenant=tenant).state == REFUSED
    assert {"table_unknown", "rls_off", "rls_not_forced"} <= told(ground)


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TABLE app.child () INHERITS (app.{})",
        "CREATE TABLE app.parent (LIKE app.{0} INCLUDING ALL); ALTER TABLE app.{0} INHERIT app.parent",
    ],
)
def test_leak_14_a_child_of_a_table_is_open_to_nobody_and_named(ground, statement) -> None:
    """A child that is read directly meets its own policies, and it has none: so no rights either."""
    table = ground.place.model.of_tenants[0].name
    as_owner(ground, statement.format(table))
    name = "child" if "child" in statement else "parent"
    assert ground.attempt(f"TABLE app.{name}").state == REFUSED
    assert {"inheritance", "table_unknown", "rls_off"} <= told(ground)


def test_leak_15_nobody_truncates(ground) -> None:
    """TRUNCATE meets no policy: neither the application, nor the publisher, nor the data commands have it."""
    for target in targets(ground.place):
        for role in ("", "id-publisher", f"{ground.place.name}_operations"):
            with ground.taken_back():
                assert ground.attempt(target.sql("TRUNCATE {t} CASCADE"), role=role).state == REFUSED, target.name


def test_leak_16_copy_writes_nothing_past_policies(ground) -> None:
    """COPY FROM is not supported where row-level security holds (0A000); COPY TO of everything needs a tenant."""
    for target in (it for it in targets(ground.place) if "INSERT" in it.rights):
        assert ground.in_vain(target.sql("COPY {t} FROM STDIN"), {}).state == "0A000"
    for target in (it for it in targets(ground.place) if "SELECT" in it.rights):
        assert ground.in_vain(target.sql("SELECT * FROM {t}"), {}, tenant=None).state == UNBOUND


def test_leak_17_keys_count_nothing(ground) -> None:
    """No sequence is open to the application, and ids are UUIDs of version 7, made by the database."""
    with ground.acting() as connection:
        seen = (
            "SELECT relname FROM pg_class "
            "WHERE CASE relkind WHEN 'S' THEN has_sequence_privilege(oid, 'USAGE, SELECT') ELSE false END"
        )
        assert connection.execute(seen).fetchall() == []
        ids = connection.execute("SELECT tenancy.new_id() FROM generate_series(1, 500)").fetchall()
    assert len(set(ids)) == 500
    assert {(it.version, it.variant) for (it,) in ids} == {(7, "specified in RFC 4122")}
    assert [it for (it,) in ids] == sorted(it for (it,) in ids)


def test_leak_33_no_row_belongs_to_nobody(ground) -> None:
    """NULL for a tenant is refused to the application by policy, and to everybody by NOT NULL."""
    for target in targets(ground.place):
        nobodys = {**target.theirs, "tenant_id": None}
        statement = insert(target.schema, target.name, nobodys)
        if "INSERT" in target.rights:
            assert ground.in_vain(statement, nobodys).state == REFUSED, target.name
        with ground.taken_back():
            assert ground.attempt(statement, nobodys, role="azuresu").state == "23502", target.name
