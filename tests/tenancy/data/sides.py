"""Deployments for tests: clones of databases that `apply` made, reached by the names that their roles have."""

import contextlib
import itertools
from collections.abc import Generator, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple
from uuid import UUID

from psycopg import sql

from tenancy import model, revisions
from tenancy.data.seed import tenants
from tests.tenancy.bench import JOB, Bench, Connection, plan, principal

DATABASES: Final = ("user_service", "form_service")
REGIONAL: Final = tuple(
    f"{it}_service" for it in ("user", "form", "rule", "declaration", "review", "case", "notification", "analytics")
)
GLOBAL: Final = ("tenant_registry", "master_data", "global_config")
SERVICE: Final = "service"
ACME: Final = tenants.ACME.id
CONTOSO: Final = tenants.CONTOSO.id
NAMES: Final = {ACME: ("acme", "Acme Corp"), CONTOSO: ("contoso", "Contoso")}
_NUMBERS: Final = itertools.count()


class _Captured(NamedTuple):
    out: str = ""
    err: str = ""


class _Nothing:
    """What `Bench.apply` takes for pytest's capture."""

    def readouterr(self) -> _Captured:
        return _Captured()


def applied(bench: Bench, names: tuple[str, ...] = DATABASES) -> Bench:
    """A server after `apply`, for the deployment westeu-dev-1 in zone EU."""
    with bench.superuser() as connection:
        there = {str(name) for (name,) in connection.execute("SELECT datname FROM pg_database").fetchall()}
    for name in sorted(set(names) - there):
        bench.fleet.create_database(bench.server_id, name)
    wanted = plan(**{name: [principal(SERVICE)] for name in names})
    run = bench.apply(_Nothing(), {**wanted, "deployment": "westeu-dev-1", "zone": "EU"})
    assert run.code == 0, run
    return bench


@dataclass
class Side:
    """One deployment on a server; `suffix` is what its databases' names have more than their roles'."""

    bench: Bench
    names: tuple[str, ...] = ("user_service",)
    suffix: str = field(default_factory=lambda: f"_{next(_NUMBERS)}")

    def __post_init__(self) -> None:
        with self.bench.superuser() as connection:
            for name in self.names:
                clone = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
                connection.execute(clone.format(sql.Identifier(name + self.suffix), sql.Identifier(name)))

    @property
    def databases(self) -> Mapping[str, model.Database]:
        return {name: revisions.database_at(name) for name in self.names}

    def close(self) -> None:
        with self.bench.superuser() as connection:
            for name in self.names:
                drop = sql.SQL("DROP DATABASE {} WITH (FORCE)")
                connection.execute(drop.format(sql.Identifier(name + self.suffix)))

    @contextlib.contextmanager
    def connect(self, database: str) -> Generator[Connection, None, None]:
        """As data commands get it: the job's identity, which bypasses row-level security until it takes a role."""
        with contextlib.closing(self.bench.sign_in(JOB, database + self.suffix)) as connection:
            yield connection

    @contextlib.contextmanager
    def superuser(self, database: str = "user_service") -> Generator[Connection, None, None]:
        """Who sees everything, to look what really stands there."""
        with contextlib.closing(self.bench.superuser(database + self.suffix)) as connection:
            yield connection

    @contextlib.contextmanager
    def service(self, tenant: UUID, database: str = "user_service") -> Iterator[Connection]:
        """A service at work for a tenant, in one transaction."""
        signed_in = self.bench.sign_in(SERVICE, database + self.suffix)
        with contextlib.closing(signed_in) as connection, connection.transaction():
            connection.execute("SELECT set_config('app.tenant_id', %s, true)", [str(tenant)])
            connection.execute("SELECT set_config('app.actor_id', 'administrator', true)")
            connection.execute("SELECT tenancy.admit(%s, %s, %s, 'EU')", [tenant, *NAMES[tenant]])
            yield connection

    def rows(self, query: str, *values: Any, database: str = "user_service") -> list[tuple[Any, ...]]:
        """What stands in the database, of all tenants."""
        with self.superuser(database) as connection:
            return connection.execute(query.encode(), values).fetchall()

    def printed(self, table: str, database: str = "user_service") -> list[tuple[Any, ...]]:
        """Every row of a table as PostgreSQL prints it."""
        query = sql.SQL("SELECT t::text FROM {} t ORDER BY 1").format(sql.Identifier(*table.split(".")))
        with self.superuser(database) as connection:
            return connection.execute(query).fetchall()

    def populate(self, tenant: UUID, users: int = 3) -> None:
        """Rows of a tenant in user_service, with references, personal data, history and an event that waits."""
        with self.service(tenant) as work:
            row = work.execute(
                "INSERT INTO app.organizations (name, country_code, billing_email) VALUES (%s, 'NL', %s) RETURNING id",
                [f"{NAMES[tenant][1]} Group", "billing@example.com"],
            ).fetchone()
            assert row
            work.execute(
                "INSERT INTO app.users (organization_id, email, display_name, manager_id) "
                "SELECT %s, 'user' || n || '@example.com', 'User ' || n || ' é\\n\"', NULL "
                "FROM generate_series(1, %s) n",
                [row[0], users],
            )
            work.execute(
                "UPDATE app.users SET manager_id = (SELECT max(id::text)::uuid FROM app.users) WHERE email <> 'x'"
            )
            work.execute(
                "INSERT INTO outbox.events (topic, key, type, payload) "
                "VALUES ('user-events', 'k', 'member.joined', '{\"id\": 1}')"
            )
