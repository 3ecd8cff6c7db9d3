"""Claims about the tables that services write queries with: the model's, the database's, and nothing of tenants."""

import pytest
from sqlalchemy import Table

from tenancy import revisions
from tenancy.sessions.tables import tables_of
from tests.tenancy.stage import DATABASE, TABLES

NAMES = sorted({name for revision in revisions.REVISIONS for name in revision.steps})


@pytest.mark.parametrize("name", NAMES)
def test_every_table_of_the_model_is_there_and_names_no_tenant(name) -> None:
    """So that no query of a service can."""
    found, model = tables_of(name).tables, revisions.database_at(name)
    assert set(found) == {f"{table.schema}.{table.name}" for table in model.tables}
    for table in model.tables:
        made = found[f"{table.schema}.{table.name}"]
        assert {column.name for column in made.columns} == {it.name for it in table.all_columns} - {"tenant_id"}
        assert tuple(column.name for column in made.primary_key) == table.key
        assert {it.referred_table.name for it in made.foreign_key_constraints} == {it.table for it in table.references}


@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)
def test_types_and_defaults_are_those_of_the_database(stage, table: Table) -> None:
    """Read from the catalog of the database that the revisions made."""
    with stage.bench.superuser(DATABASE) as connection:
        columns = connection.execute(
            "SELECT column_name, data_type, is_nullable = 'YES', column_default IS NOT NULL "
            "FROM information_schema.columns WHERE table_schema = %s AND table_name = %s AND column_name <> %s",
            (table.schema, table.name, "tenant_id"),
        ).fetchall()
    ours = {column.name: column for column in table.columns}
    assert {name for name, *_ in columns} == set(ours)
    for name, data_type, nullable, has_default in columns:
        written = ours[name].type.compile().lower().replace("datetime", "timestamp with time zone")
        written = {"char(32)": "uuid"}.get(written, written)
        assert (written, ours[name].nullable, ours[name].server_default is not None) == (
            data_type,
            nullable,
            has_default,
        )


def test_tables_are_never_made_from_here() -> None:
    """A table without policies would be."""
    from sqlalchemy import create_mock_engine

    engine = create_mock_engine("postgresql+psycopg://", pytest.fail)
    metadata = tables_of(DATABASE)
    for make in (metadata.create_all, metadata.drop_all):
        with pytest.raises(RuntimeError, match="tenancy/revisions"):
            make(engine, checkfirst=False)


def test_an_earlier_revision_has_its_own_tables() -> None:
    """A service that still runs on the one before the newest."""
    assert not tables_of(DATABASE, revisions.IDS[0]).tables
    with pytest.raises(KeyError):
        tables_of(DATABASE, "9999")
