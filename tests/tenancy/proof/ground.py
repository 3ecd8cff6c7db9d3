"""A database with two tenants' rows, and one transaction on it in which anything may be tried: it is rolled back.

The session is the stand-in's superuser, who becomes whoever is asked for (SET LOCAL SESSION AUTHORIZATION: PostgreSQL
then holds it as that role's own session) and looks at the rows itself in between, in the same transaction: a denial is
only worth something beside the row that it denied.
"""

import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import sql

from tenancy.model import Database
from tests.tenancy.bench import Bench, Connection
from tests.tenancy.proof.sample_rows import ACME, Row

Statement = str | sql.Composable


@dataclass(frozen=True)
class Place:
    """A database of a bench, with the rows that stand in it by table and tenant."""

    bench: Bench
    model: Database
    rows: Mapping[str, Mapping[uuid.UUID, Row]]

    @property
    def name(self) -> str:
        """The database."""
        return self.model.name

    @property
    def service(self) -> str:
        """The principal that is its application."""
        return f"id-{self.name.removesuffix('_service').replace('_', '-')}"


@dataclass(frozen=True)
class Outcome:
    """What a statement came to: its SQLSTATE ("" when it succeeded), rows that it gave, rows that it touched."""

    state: str
    rows: Sequence[tuple[Any, ...]] = ()
    count: int = 0
    message: str = ""


@dataclass(frozen=True)
class Ground:
    """The transaction."""

    connection: Connection
    place: Place

    def see(self, statement: Statement, values: Any = None) -> list[tuple[Any, ...]]:
        """Rows as they are, whatever policies say."""
        return self.connection.execute(_sql(statement), values).fetchall()

    def do(self, statement: Statement, values: Any = None) -> None:
        """A change that nothing holds back, such as taking a guard away."""
        self.connection.execute(_sql(statement), values)

    def attempt(
        self, statement: Statement, values: Any = None, *, tenant: uuid.UUID | str | None = ACME, role: str = ""
    ) -> Outcome:
        """What a statement comes to for a role (the application) bound to a tenant; what it changed stays."""
        try:
            with self.acting(tenant=tenant, role=role):
                if isinstance(statement, sql.Composable) and statement.as_string(self.connection).startswith("COPY"):
                    with self.connection.cursor().copy(_sql(statement)):
                        return Outcome("")  # it began to take rows
                cursor = self.connection.execute(_sql(statement), values)
                rows = cursor.fetchall() if cursor.description else []
                return Outcome("", rows, cursor.rowcount)
        except psycopg.Error as error:
            return Outcome(error.sqlstate or "no SQLSTATE", message=str(error))

    def in_vain(self, statement: Statement, values: Any = None, *, tenant: uuid.UUID | None = ACME) -> Outcome:
        """As `attempt` by the application; whatever it did is taken back."""
        with self.connection.transaction(force_rollback=True):
            return self.attempt(statement, values, tenant=tenant)

    @contextmanager
    def acting(self, *, tenant: uuid.UUID | str | None = ACME, role: str = "") -> Iterator[Connection]:
        """As a role (the application's principal) bound to a tenant, or to none; then as the superuser again."""
        with self.connection.transaction():
            self._become(sql.Identifier(role or self.place.service), str(tenant or ""))
            yield self.connection
            self._become(sql.SQL("DEFAULT"), "")

    def _become(self, role: sql.Composable, tenant: str) -> None:
        both = sql.SQL("SET LOCAL SESSION AUTHORIZATION {}; SELECT set_config('app.tenant_id', {}, true)")
        self.connection.execute(both.format(role, sql.Literal(tenant)))

    @contextmanager
    def taken_back(self) -> Iterator[None]:
        """Whatever is done inside is undone."""
        with self.connection.transaction(force_rollback=True):
            yield

    def of(self, table: str, tenant: uuid.UUID) -> Row:
        """The row of a tenant in a table."""
        return dict(self.place.rows[table][tenant])


@contextmanager
def standing_on(place: Place) -> Iterator[Ground]:
    """A transaction on a place, rolled back in the end."""
    with place.bench.superuser(place.name) as connection, connection.transaction(force_rollback=True):
        yield Ground(connection, place)


def _sql(statement: Statement) -> Any:
    return statement.encode() if isinstance(statement, str) else statement
