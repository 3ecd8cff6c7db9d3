"""Claims about the revisions as they are written down: in order, whole, and fit for what platform and law ask."""

import pytest

from tenancy import revisions
from tenancy.ddl import duplicates
from tenancy.ddl.names import named
from tenancy.model import Column, Database, ModelError, Scope, Table, Type
from tenancy.revision import SCHEMA_REVISION
from tenancy.revisions.fold import after, fold, inverse
from tenancy.revisions.operations import (
    AddColumn,
    Backfill,
    CreateTable,
    DropColumn,
    DropFoundation,
    DropIndex,
    DropReference,
    DropTable,
    SetRights,
)

NAMES = revisions.database_names()
GLOBAL = ("tenant_registry", "master_data", "global_config")
REGIONAL = ("user", "form", "rule", "declaration", "review", "case", "notification", "analytics")


def test_the_revision_of_deployments_is_the_newest() -> None:
    """`tenancy.revision` imports nothing, so the two are held together here."""
    assert revisions.NEWEST == SCHEMA_REVISION
    assert list(revisions.IDS) == [f"{number:04}" for number in range(1, len(revisions.IDS) + 1)]
    assert [revision.id for revision in revisions.REVISIONS] == list(revisions.IDS)


def test_every_database_of_the_platform_has_its_tables() -> None:
    """Eight of a region, three of an environment, one of an option; 0001 has none yet, nor has a name without rows."""
    assert set(NAMES) == {*(f"{name}_service" for name in REGIONAL), *GLOBAL, "media_service"}
    for name in NAMES:
        assert 3 <= len(revisions.database_at(name).tables) <= 7, name
        assert revisions.database_at(name, "0001").tables == ()
    assert revisions.database_at("another_service").tables == ()
    with pytest.raises(KeyError):
        revisions.database_at("user_service", "9999")


TABLES = [(name, table) for name in NAMES for table in revisions.database_at(name).tables]


@pytest.mark.parametrize(("name", "table"), TABLES, ids=[f"{name}.{table.name}" for name, table in TABLES])
def test_each_table_is_explained_and_its_references_are_found_by_an_index(name, table) -> None:
    """Deleting what is referred to would otherwise read the whole table, for each row."""
    assert table.about
    covered = [table.key, *table.unique, *table.indexes]
    for reference in table.references:
        size = len(reference.columns)
        assert any(columns[:size] == reference.columns for columns in covered), reference


def test_what_is_shared_is_on_this_list_and_names_no_person() -> None:
    """A table without policies is a decision; personal data stays in the regions (platform, section 4)."""
    shared = {f"{name}.{table.name}" for name, table in TABLES if table.scope is Scope.SHARED}
    assert shared == {
        "tenant_registry.tenants",
        *(f"master_data.{it}" for it in ("regions", "countries", "industry_codes", "regulatory_bodies")),
        *(f"master_data.{it}" for it in ("issuers", "securities")),
        "global_config.platform_settings",
        "global_config.features",
    }
    assert not [table.name for _, table in TABLES if not table.is_tenants and any(it.personal for it in table.columns)]
    actors = {"set_by", "sent_by"}
    personal = {it.name for name, table in TABLES if name in GLOBAL for it in table.columns if it.personal}
    assert personal <= actors  # ids of whoever did it


WRONG = {
    "a table that is there": CreateTable(Table(name="users", columns=())),
    "a table that is not there": DropTable("nothing"),
    "a column of no table": AddColumn("nothing", Column(name="a", type=Type.TEXT)),
    "a column that is there": AddColumn("users", Column(name="email", type=Type.TEXT)),
    "a column that is not there": DropColumn("users", "nothing"),
    "a column of a key": DropColumn("users", "email"),
    "an index that is not there": DropIndex("users", ("locale",)),
    "a reference that is not there": DropReference(
        "roles", revisions.database_at("user_service").by_name["users"].references[0]
    ),
    "a table that others refer to": DropTable("roles"),
    "a backfill that reads no table": Backfill("users", "DELETE FROM app.users", "DELETE FROM app.users", ("nothing",)),
    "rights on no table": SetRights("nothing", ()),
    "a table called as an index": CreateTable(Table(name="users_status_idx", columns=())),
}


@pytest.mark.parametrize("what", WRONG)
def test_a_step_that_does_not_fit_is_refused_with_its_place(what) -> None:
    """When the revisions are read, so before any server is asked."""
    with pytest.raises(ModelError) as raised:
        after(revisions.database_at("user_service"), WRONG[what])
    assert all("user_service" in str(fault) and "; next: correct " in str(fault) for fault in raised.value.faults)


def test_the_whole_of_a_database_folds_back_to_nothing() -> None:
    """Step by step, each by its own inverse."""
    for name in NAMES:
        database, back = Database(name), []
        for step in revisions.steps(name, None, revisions.NEWEST):
            back.append(inverse(database, step))
            database = after(database, step)
        assert back[0] == DropFoundation()
        assert fold(database, reversed(back)) == Database(name)


def test_names_are_those_that_people_expect_and_never_cut_to_one() -> None:
    """63 bytes are all that PostgreSQL keeps; what is longer ends in a hash of the whole."""
    assert named("users", ("email",), "key") == "users_email_key"
    long = [named("t" * 46, (f"column_{at}", "x" * 40), "idx") for at in range(3)]
    assert len(set(long)) == 3
    assert all(len(name) == 63 and name.endswith("_idx") for name in long)
    assert [duplicates(revisions.database_at(name)) for name in NAMES] == [[]] * len(NAMES)
