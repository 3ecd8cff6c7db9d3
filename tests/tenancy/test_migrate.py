"""Claims about migrations on databases with rows of two tenants: forth and back, all of it or none."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from psycopg import errors, sql

from tenancy import databases, migrate, revisions
from tenancy.faults import RefusedError
from tenancy.gate.contract import Contract
from tenancy.gate.isolation import findings
from tenancy.inputs import read_inputs
from tenancy.model import Column, Reference, Table, Type
from tenancy.revisions.operations import (
    AddColumn,
    AddIndex,
    AddReference,
    Backfill,
    CreateTable,
    DropColumn,
    DropTable,
    Operation,
    SetRights,
)
from tenancy.revisions.revision import Revision
from tenancy.work import Work, transaction
from tests.tenancy.bench import ACME, CONTOSO, JOB, NAMES, Bench, Connection

NAME = "user_service"
ROWS = """
INSERT INTO organizations (name, country_code) VALUES ('Head office', 'DE'), ('Branch', 'FR');
INSERT INTO users (organization_id, email, display_name)
    SELECT id, lower(name) || '@example.com', name FROM organizations;
INSERT INTO roles (code, name) VALUES ('reviewer', 'Reviewer');
"""


@pytest.fixture
def bench(ready) -> Bench:
    """The user service with two users of each of two tenants."""
    made: Bench = ready((NAME,))
    made.admit(NAME)
    for tenant in (ACME, CONTOSO):
        with as_application(made, tenant) as connection:
            connection.execute(ROWS.encode())
    return made


@pytest.fixture
def revise(monkeypatch) -> Callable[..., None]:
    """A further revision with these steps."""

    def add(*operations: Operation) -> None:
        revision = Revision(id="0003", about="a step to try", steps={NAME: operations})
        monkeypatch.setattr(revisions, "REVISIONS", (*revisions.REVISIONS[:2], revision))
        monkeypatch.setattr(revisions, "IDS", ("0001", "0002", "0003"))

    return add


class as_application:  # noqa: N801 - reads as a function
    """A transaction of the service for a tenant."""

    def __init__(self, bench: Bench, tenant: str) -> None:
        self.connection = bench.sign_in(NAME, NAME)
        self.tenant = tenant

    def __enter__(self) -> Connection:
        self.connection.execute("BEGIN")
        self.connection.execute("SELECT set_config('app.tenant_id', %s, true)", [self.tenant])
        return self.connection

    def __exit__(self, kind: object, *_: object) -> None:
        self.connection.execute("COMMIT" if kind is None else "ROLLBACK")
        self.connection.close()


def go(bench: Bench, to: str, **options: bool) -> int:
    """As `migrate --to`."""
    plan = read_inputs(bench.environment(bench.ready_plan())).plan
    database = next(row for row in plan.databases if row.name == NAME)
    with bench.sign_in(JOB, NAME) as connection, transaction(connection, f"database {NAME}") as work:
        done = migrate.migrate(work, NAME, to=to, back=True, **options)
        databases.settle(work, plan, database, to=to)
    return done


def breaches(bench: Bench, revision: str) -> list[str]:
    with bench.sign_in(JOB, NAME) as connection:
        contract = Contract(revisions.database_at(NAME, revision))
        return [str(it.fault) for it in findings(Work(connection, NAME), contract)]


def asked(bench: Bench, query: str) -> list[Any]:
    """What a superuser sees."""
    with bench.superuser(NAME) as connection:
        return connection.execute(query.encode()).fetchall()


def refused(bench: Bench, to: str, **options: bool) -> str:
    """What a migration that must not be is refused with; nothing of it is left."""
    before = asked(bench, "SELECT count(*), max(revision) FROM tenancy.revision")
    with pytest.raises(RefusedError) as raised:
        go(bench, to, **options)
    assert asked(bench, "SELECT count(*), max(revision) FROM tenancy.revision") == before
    return str(raised.value)


DELETE = "DELETE FROM app.users"
OF_ANOTHER_TENANT = (
    "UPDATE app.users SET second_id = "
    "(SELECT min(o.id::text)::uuid FROM app.organizations o WHERE o.tenant_id <> users.tenant_id)"
)
BADGE = Column(name="badge", type=Type.TEXT, lower=True)
STEPS: dict[str, tuple[Operation, ...]] = {
    "a column that is filled for every tenant": (AddColumn("users", BADGE, fill="'b-' || email"),),
    "a column with a default": (AddColumn("users", replace(BADGE, choices=("none", "blue"), default="none")),),
    "a column that goes": (DropColumn("users", "is_access_person", fill="false"),),
    "a table": (
        CreateTable(
            Table(
                name="badges",
                columns=(Column(name="user_id", type=Type.UUID), BADGE),
                unique=(("badge",),),
                references=(Reference(columns=("user_id",), table="users"),),
            )
        ),
    ),
    "a table that goes": (DropTable("user_preferences"),),
    "an index": (AddIndex("users", ("joined_at",)),),
    "a reference": (
        AddColumn("users", Column(name="deputy_id", type=Type.UUID, nullable=True), fill="id"),
        AddReference("users", Reference(columns=("deputy_id",), table="users")),
    ),
    "fewer rights": (SetRights("roles", ("SELECT",)),),
    "a backfill": (
        Backfill(
            "users", "UPDATE app.users SET display_name = upper(display_name)", "UPDATE app.users SET locale = 'x'"
        ),
    ),
}


@pytest.mark.parametrize("what", STEPS)
def test_a_step_goes_forth_and_back_over_the_rows_of_every_tenant(bench, revise, what) -> None:
    """The catalogs are those of the model after each, forth, back and forth again; no row is lost."""
    revise(*STEPS[what])
    rows = asked(bench, "SELECT tenant_id, id FROM app.users ORDER BY id")
    assert len(rows) == 4
    for to in ("0003", "0002", "0003"):
        go(bench, to, drop_data=True)
        assert breaches(bench, to) == [], to
        assert asked(bench, "SELECT revision FROM tenancy.revision ORDER BY id DESC LIMIT 1") == [(to,)]
        assert asked(bench, "SELECT tenant_id, id FROM app.users ORDER BY id") == rows
        assert go(bench, to) == 0  # again: nothing


def test_a_column_is_filled_in_every_row_and_audited(bench, revise) -> None:
    """M1: an owner that is held to row-level security would fill none, and call it done."""
    revise(*STEPS["a column that is filled for every tenant"])
    go(bench, "0003")
    assert asked(bench, "SELECT count(*) FROM app.users WHERE badge = 'b-' || email") == [(4,)]
    audited = (
        "SELECT tenant_id::text, count(*) FROM audit.entries WHERE actor_id = 'revision 0003' GROUP BY 1 ORDER BY 1"
    )
    assert asked(bench, audited) == [(ACME, 2), (CONTOSO, 2)]


def test_a_reference_is_held_against_the_rows_of_every_tenant(bench, revise) -> None:
    """M2: an owner that is held to row-level security would find it valid, with an organization of another tenant."""
    revise(
        AddColumn("users", Column(name="second_id", type=Type.UUID, nullable=True)),
        Backfill("users", OF_ANOTHER_TENANT, DELETE, reads=("organizations",)),
        AddReference("users", Reference(columns=("second_id",), table="organizations")),
    )
    assert 'violates foreign key constraint "users_second_id_organizations_fkey"' in refused(bench, "0003")
    assert asked(bench, "SELECT count(*) FROM pg_attribute WHERE attname = 'second_id'") == [(0,)]


def test_what_row_level_security_would_hide_from_a_migration_is_an_error(bench, revise, monkeypatch) -> None:
    """Were NO FORCE forgotten anywhere: 42501, never a change of no rows."""
    revise(*STEPS["a backfill"])
    for step in ("a backfill", "a reference"):
        revise(*STEPS[step])
        with monkeypatch.context() as forgetful:
            forgetful.setattr("tenancy.ddl.steps.opened", lambda tables: [])
            assert "42501" in refused(bench, "0003")
    assert asked(bench, "SELECT count(*) FROM app.users WHERE display_name = upper(display_name)") == [(0,)]


def test_a_way_back_that_would_lose_rows_is_refused_and_names_them(bench, revise) -> None:
    """Of whatever tenant they are; with --drop-data they go."""
    revise(*STEPS["a table"], *STEPS["a column that is filled for every tenant"])
    go(bench, "0003")
    assert "column users.badge holds data, which the way back would lose" in refused(bench, "0002")
    revise(*STEPS["a table"])
    asked_row = "INSERT INTO badges (user_id, badge) SELECT id, email FROM users LIMIT 1"
    with as_application(bench, CONTOSO) as connection:
        connection.execute(asked_row.encode())
    told = refused(bench, "0002")
    assert "table badges holds data" in told
    assert "next: export what is needed, then say --drop-data" in told
    assert go(bench, "0002", drop_data=True) > 0
    assert asked(bench, "SELECT to_regclass('app.badges')") == [(None,)]


def test_all_the_way_back_needs_the_tenants_gone(bench, ready) -> None:
    """To roles and schemas alone, and up again."""
    assert "holds data" in refused(bench, "0001")
    empty = ready((NAME,))
    assert go(empty, "0001") > 0
    left = "SELECT count(*) FROM pg_class WHERE relkind = 'r' AND relnamespace::regnamespace::text IN ('app', 'audit')"
    assert asked(empty, left) == [(0,)]
    assert go(empty, "0002") > 0
    assert breaches(empty, "0002") == []


def test_an_older_job_leaves_a_newer_database_alone(bench) -> None:
    """It cannot know what it would break."""
    bench.as_owner(NAME, "INSERT INTO tenancy.revision (revision, plan_digest) VALUES ('0009', 'x')")
    told = refused(bench, "0002")
    assert "is at revision 0009, which this job does not know: a newer one has migrated it" in told
    assert "next: run the newer job" in told


def test_apply_never_goes_back_by_itself(bench) -> None:
    """A plan that names an earlier revision is told what to type."""
    with bench.sign_in(JOB, NAME) as connection, pytest.raises(RefusedError, match="migrate --to 0001"):
        migrate.migrate(Work(connection, NAME), NAME, to="0001")


def test_a_bare_table_cannot_be_written_down(bench, revise) -> None:
    """No step takes SQL of any kind; a backfill is one statement on rows, for PostgreSQL too."""
    for statement in ("CREATE TABLE app.bare (n int)", "SELECT 1 INTO app.bare", "DO $$ BEGIN END $$", "WITH x AS ("):
        with pytest.raises(ValueError, match="a backfill is one UPDATE, INSERT or DELETE"):
            Backfill("users", statement, DELETE)
    two = "UPDATE app.users SET locale = 'de'; CREATE TABLE app.bare (n int)"
    revise(Backfill("users", two, two))
    assert "cannot insert multiple commands into a prepared statement" in refused(bench, "0003")
    assert asked(bench, "SELECT to_regclass('app.bare')") == [(None,)]


def test_a_table_made_by_hand_is_found_by_the_gate(bench) -> None:
    """Whoever made it, also as the owner."""
    assert breaches(bench, "0002") == []
    bench.as_owner(NAME, "CREATE TABLE app.bare (n int)")
    assert any("app.bare" in line for line in breaches(bench, "0002"))


@pytest.fixture
def tenants_of(bench) -> Iterator[Connection]:
    """The owner's session, where tenants come in."""
    with bench.sign_in(JOB, NAME) as connection:
        connection.execute("BEGIN")
        connection.execute(sql.SQL("SET LOCAL ROLE {}").format(sql.Identifier(f"{NAME}_operations")))
        yield connection
        connection.execute("ROLLBACK")


def test_a_tenant_of_another_zone_is_refused_whatever_the_way(tenants_of) -> None:
    """The database itself holds the residency zone of the plan (EU)."""
    with pytest.raises(
        errors.CheckViolation, match="tenant globex of residency zone US is refused: westeu-dev-1 is in"
    ):
        tenants_of.execute("SELECT tenancy.admit(gen_random_uuid(), 'globex', 'Globex', 'US')")


def test_a_tenant_is_admitted_once(bench) -> None:
    """The same words again do nothing; other words for the same id, or an erased tenant, are refused."""
    slug, name = NAMES[ACME]
    with bench.superuser(NAME) as connection:
        admit = "SELECT tenancy.admit(%s, %s, %s, 'EU')"
        connection.execute(admit, [ACME, slug, name])
        with pytest.raises(errors.CheckViolation, match="is known here as acme of zone EU, active"):
            connection.execute(admit, [ACME, "other", name])
        connection.execute("UPDATE tenancy.tenants SET status = 'erased' WHERE slug = 'acme'")
        with pytest.raises(errors.CheckViolation, match="of zone EU, erased"):
            connection.execute(admit, [ACME, slug, name])


def test_a_dedicated_deployment_takes_one_tenant_alone(ready) -> None:
    """And a deployment cannot become dedicated, or move to another zone, while others are in it."""
    bench = ready((NAME,))
    bench.admit(NAME, tenants=(ACME,))
    with bench.superuser(NAME) as connection:
        connection.execute("UPDATE tenancy.deployment SET dedicated_tenant = 'acme'")
        with pytest.raises(errors.CheckViolation, match="tenant contoso is refused: westeu-dev-1 is dedicated to acme"):
            bench.admit(NAME, tenants=(CONTOSO,))
        for change in (
            "UPDATE tenancy.deployment SET zone = 'US'",
            "UPDATE tenancy.deployment SET dedicated_tenant = 'contoso'",
        ):
            with pytest.raises(errors.CheckViolation, match="tenant acme is here, which westeu-dev-1"):
                connection.execute(change.encode())
