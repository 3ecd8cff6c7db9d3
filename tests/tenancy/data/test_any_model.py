"""Whatever the tables are and whatever stands in them: exported and imported, it is the same, row by row."""

import contextlib
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from psycopg import sql

from tenancy.data.exporting import export
from tenancy.data.importing import import_
from tenancy.ddl.steps import statements
from tenancy.model import Database
from tenancy.revisions.operations import CreateTable
from tenancy.stores.directory import Directory
from tests.tenancy.bench import Connection
from tests.tenancy.data.models import Content, contents
from tests.tenancy.data.sides import DATABASES, Side, applied

_NAME = "sample_service"


@pytest.fixture(scope="module")
def pair(applied_servers) -> Iterator[tuple[Side, Side]]:
    """Two databases that have what every database has, and no tables of their own."""
    server = applied(applied_servers("18"), (*DATABASES, _NAME))
    both = Side(server, names=(_NAME,)), Side(server, names=(_NAME,))
    yield both
    for side in both:
        side.close()


@contextlib.contextmanager
def _holding(side: Side, database: Database) -> Iterator[None]:
    """The tables of a model, for a moment."""
    made = Database(database.name)
    with side.superuser(_NAME) as connection:
        connection.execute(f"SET ROLE {_NAME}_owner".encode())
        for table in database.in_order:
            for statement in statements(CreateTable(table), made):
                connection.execute(statement.encode())
            made = Database(database.name, (*made.tables, table))
            grant = sql.SQL("GRANT SELECT, INSERT, DELETE ON {} TO {}")
            connection.execute(
                grant.format(sql.Identifier(table.schema, table.name), sql.Identifier(f"{_NAME}_operations"))
            )
    try:
        yield
    finally:
        with side.superuser(_NAME) as connection:
            for table in reversed(database.in_order):
                connection.execute(sql.SQL("DROP TABLE {}").format(sql.Identifier(table.schema, table.name)))
            connection.execute("TRUNCATE tenancy.tenants, audit.entries, outbox.events")


def _fill(connection: Connection, content: Content) -> None:
    with connection.transaction():
        connection.execute("SET CONSTRAINTS ALL DEFERRED")
        for table in content.database.in_order:
            for (name, owner), rows in content.rows.items():
                if name != table.name:
                    continue
                if owner:
                    connection.execute("SELECT set_config('app.tenant_id', %s, true)", [str(owner)])
                    slug = f"tenant-{owner.int}"
                    connection.execute("SELECT tenancy.admit(%s, %s, %s, 'EU')", [owner, slug, slug])
                for row in rows:
                    statement = sql.SQL("INSERT INTO {} ({}) VALUES ({})").format(
                        sql.Identifier(table.schema, table.name),
                        sql.SQL(", ").join(map(sql.Identifier, row)),
                        sql.SQL(", ").join(map(sql.Literal, row.values())),
                    )
                    connection.execute(statement)


def _printed(side: Side, database: Database) -> dict[str, list[tuple[str]]]:
    """Every row as PostgreSQL prints it."""
    names = [f"{table.schema}.{table.name}" for table in database.tables]
    return {name: side.printed(name, _NAME) for name in (*names, "audit.entries", "tenancy.tenants")}


@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(content=contents())
def test_any_rows_of_any_model_come_back_equal(pair: tuple[Side, Side], content: Content) -> None:
    """Infinite dates, years before Christ, JSON nulls and numbers of forty digits among them; hashes are equal too."""
    _round_trip(pair, content, _printed)


@pytest.mark.slow
@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(content=contents())
def test_many_rows_of_many_models_come_back_equal(pair: tuple[Side, Side], content: Content) -> None:
    """The same, for longer."""
    _round_trip(pair, content, _printed)


def _round_trip(pair: tuple[Side, Side], content: Content, printed: Callable[[Side, Database], object]) -> None:
    source, target = pair
    database = content.database
    with (
        tempfile.TemporaryDirectory() as folder,
        _holding(source, database),
        _holding(target, database),
    ):
        with source.superuser(_NAME) as connection:
            _fill(connection, content)
        store, models = Directory(Path(folder)), {_NAME: database}
        first = export(source.connect, models, store, name="first")
        import_(target.connect, models, store, name="first", actor="tests")
        assert printed(target, database) == printed(source, database)
        second = export(target.connect, models, store, name="second")
        assert [part.content for part in second.parts] == [part.content for part in first.parts]
        assert sum(map(len, content.rows.values())) <= first.rows
