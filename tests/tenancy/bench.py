"""A server of the stand-in with the job's identity as administrator, its token endpoint, and what to ask of both."""

import contextlib
import json
import os
import threading
import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qs, urlparse

import psycopg
from psycopg import sql

from sandbox.azure.postgres.entra import access_token
from sandbox.azure.postgres.fleet import PostgresFleet
from tenancy.__main__ import main
from tenancy.faults import JobError
from tenancy.inputs import read_inputs
from tenancy.job import Job
from tenancy.limits import Limits

Connection = psycopg.Connection[tuple[Any, ...]]
_SERVERS: Final = "/subscriptions/0/resourceGroups/rg/providers/Microsoft.DBforPostgreSQL/flexibleServers"
JOB: Final = "id-cf-westeu-dev-1-tenancy"
PEOPLE: Final = "people"
DATABASES: Final = ("user_service", "form_service", "rule_service")
# The two sample tenants: id → slug and name.
ACME: Final = "0195d4a0-0000-7000-8000-00000000000a"
CONTOSO: Final = "0195d4a0-0000-7000-8000-00000000000b"
NAMES: Final = {ACME: ("acme", "Acme Corp"), CONTOSO: ("contoso", "Contoso")}
# Patience for tests: a few hundred milliseconds.
SHORT: Final = Limits(connect_deadline=0.6, first_pause=0.1, longest_pause=0.2, lock=0.3, lock_pause=0.05)


def object_id(text: str) -> str:
    """The same GUID for the same text."""
    return str(uuid.uuid5(uuid.NAMESPACE_DNS, text))


def principal(name: str, duty: str = "application", identity: str | None = None) -> dict[str, str]:
    """A row of a plan; another `identity` is another object id of the same name."""
    return {"name": f"id-{name}", "object_id": object_id(identity or name), "duty": duty}


def plan(**databases: list[dict[str, str]]) -> dict[str, Any]:
    """A plan from principals by database."""
    return {"databases": [{"name": name, "principals": rows} for name, rows in databases.items()]}


@dataclass(frozen=True)
class Run:
    """What a run of the job ended with, and wrote."""

    code: int
    out: str
    err: str

    def line(self, start: str) -> str:
        """The line of output that starts so."""
        return next(line for line in self.out.splitlines() if line.startswith(start))


class _Tokens(BaseHTTPRequestHandler):
    """The App Service protocol of 2019-08-01, as Container Apps speaks it."""

    clients: Mapping[str, str]

    def do_GET(self) -> None:
        asked = parse_qs(urlparse(self.path).query)
        token = self.clients.get(asked.get("client_id", [""])[0])
        right = self.headers["X-IDENTITY-HEADER"] == "secret-header" and asked["api-version"] == ["2019-08-01"]
        fine = token and right and asked["resource"] == ["https://ossrdbms-aad.database.windows.net"]
        answer = {"access_token": token, "expires_on": str(int(time.time()) + 3600), "token_type": "Bearer"}
        body = json.dumps(answer if fine else {"statusCode": 400, "message": "No managed identity found"}).encode()
        self.send_response(200 if fine else 400)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:  # ty: the base class writes to stderr
        """Say nothing."""


@contextlib.contextmanager
def _environ(environment: Mapping[str, str]) -> Iterator[None]:
    """The environment of this process, for as long."""
    before = dict(os.environ)
    os.environ.update(environment)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


@dataclass(frozen=True)
class Kept:
    """What PostgreSQL does not copy with a database: who may connect, and the settings of roles in it."""

    acl: list[str] | None = None
    settings: tuple[tuple[Any, ...], ...] = ()
    is_kept: bool = False

    def copied(self, connection: Connection, name: str) -> "Kept":
        """The database put back from its template, which the first call makes."""
        template, database = sql.Identifier(f"{name}_template"), sql.Identifier(name)
        make = sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY {} OWNER azure_pg_admin")
        if not self.is_kept:
            connection.execute(make.format(template, database, sql.Literal("file_copy")))
            acl = connection.execute("SELECT datacl::text[] FROM pg_database WHERE datname = %s", [name]).fetchone()
            settings = connection.execute(
                "SELECT setrole, setconfig FROM pg_db_role_setting JOIN pg_database d ON d.oid = setdatabase "
                "WHERE datname = %s",
                [name],
            ).fetchall()
            return Kept(acl[0] if acl else None, tuple(settings), is_kept=True)
        connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(database))
        connection.execute(make.format(database, template, sql.Literal("file_copy")))
        connection.execute("UPDATE pg_database SET datacl = %s::aclitem[] WHERE datname = %s", [self.acl, name])
        for role, config in self.settings:
            connection.execute(
                "INSERT INTO pg_db_role_setting SELECT oid, %s, %s FROM pg_database WHERE datname = %s",
                [role, config, name],
            )
        return self


class Bench:
    """One server of one major version, for a whole test session; `reset` makes it new.

    `ready` gives another, on which the plan is applied already.
    """

    def __init__(self, home: Path, version: str, name: str = "psql-tenancy") -> None:
        self.home, self.version = home, version
        self.server_id = f"{_SERVERS}/{name}-{version}"
        self.fleet = PostgresFleet(home)
        self._ready: Bench | None = None
        self._kept: dict[str, Kept] = {}
        self.endpoint = self.fleet.ensure(self.server_id, name, version, sku_name="Standard_B1ms")
        self.fleet.add_admin(self.server_id, object_id(PEOPLE), PEOPLE, "Group")
        self.fleet.add_admin(self.server_id, object_id(JOB), JOB, "ServicePrincipal")
        for database in DATABASES if name == "psql-tenancy" else ():
            self.fleet.create_database(self.server_id, database)
        with self.superuser() as connection:  # no test is about the disk
            connection.execute("ALTER SYSTEM SET fsync = off")
            connection.execute("SELECT pg_reload_conf()")
        clients = {object_id(f"{JOB} client"): self.token(JOB)}
        self.tokens = ThreadingHTTPServer(("127.0.0.1", 0), type("Tokens", (_Tokens,), {"clients": clients}))
        threading.Thread(target=self.tokens.serve_forever, daemon=True).start()

    def close(self) -> None:
        self.tokens.shutdown()
        self.tokens.server_close()
        self.fleet.delete(self.server_id)
        if self._ready:
            self._ready.close()

    def ready(self, databases: Sequence[str] = ("user_service",)) -> "Bench":
        """The server beside this one, with these databases as `apply` leaves them: tables, rights, no tenant.

        A database is made by the job once a session, and copied from that for each call: everything that an earlier
        test did in it is gone (not what it did to roles). Principals: the application is called as the database,
        `sign_in("user_service", "user_service")`; "publisher" has that duty in each.
        """
        if self._ready is None:
            self._ready = Bench(self.home, self.version, "psql-ready")
        self._ready._put(databases)
        return self._ready

    def ready_plan(self) -> dict[str, Any]:
        """The plan of the databases that `ready` has made so far."""
        rows = {name: [principal(name), principal("publisher", "publisher")] for name in self._kept}
        return {**plan(**rows), "deployment": "westeu-dev-1", "zone": "EU"}

    def admit(self, database: str, *, tenants: Sequence[str] = (ACME, CONTOSO)) -> None:
        """Admit tenants, as onboarding does."""
        with self.superuser(database) as connection:
            for tenant in tenants:
                slug, name = NAMES[tenant]
                connection.execute("SELECT tenancy.admit(%s, %s, %s, 'EU')", (tenant, slug, name))

    def _put(self, databases: Sequence[str]) -> None:
        if new := [name for name in databases if name not in self._kept]:
            for name in new:
                self.fleet.create_database(self.server_id, name)
                self._kept[name] = Kept()
            said: list[str] = []
            try:
                with _environ(environment := self.environment(self.ready_plan())):
                    Job(read_inputs(environment), Limits(), said.append).run()
            except JobError:
                for name in new:
                    del self._kept[name]  # the next call tries again
                raise
        with self.superuser() as connection:
            for name in databases:
                self._kept[name] = self._kept[name].copied(connection, name)

    def token(self, name: str) -> str:
        return access_token(self.home, object_id(name)).get_secret_value()

    def reset(self) -> None:
        """As ARM hands the server over: its databases empty, open to all, no roles but the administrators.

        They are emptied, not made again: PostgreSQL needs a quarter of a second to make a database.
        """
        with self.superuser() as connection:
            known = {str(row[0]) for row in connection.execute("SELECT datname FROM pg_database").fetchall()}
            for database in known - {
                *DATABASES,
                "postgres",
                "template0",
                "template1",
                "azure_maintenance",
                "azure_sys",
            }:
                connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(database)))
            left = connection.execute(
                "SELECT rolname FROM pg_roles WHERE oid >= 16384 AND rolname NOT IN ('azure_pg_admin', %s, %s)",
                (JOB, PEOPLE),
            ).fetchall()
        roles = [sql.Identifier(str(role)) for (role,) in left]
        for database in (*DATABASES, "postgres"):
            with self.superuser(database) as connection:
                for schema in ("app", "shared", "outbox", "audit", "tenancy", "mine"):
                    connection.execute(sql.SQL("DROP SCHEMA IF EXISTS {} CASCADE").format(sql.Identifier(schema)))
                if roles:
                    connection.execute(sql.SQL("DROP OWNED BY {} CASCADE").format(sql.SQL(", ").join(roles)))
                everybody = sql.SQL("GRANT CONNECT, TEMPORARY ON DATABASE {} TO PUBLIC").format(
                    sql.Identifier(database)
                )
                connection.execute(everybody)
                connection.execute("GRANT USAGE, CREATE ON SCHEMA public TO PUBLIC")
        with self.superuser() as connection:
            connection.execute("GRANT CONNECT ON DATABASE template1 TO PUBLIC")
            if roles:
                connection.execute(sql.SQL("DROP ROLE {}").format(sql.SQL(", ").join(roles)))

    def superuser(self, database: str = "postgres") -> Connection:
        """A session of the stand-in's own, which nobody has on Azure."""
        postmaster = self.fleet._postmaster(self.fleet._found(self.server_id))
        host, port = str(postmaster.sockets), self.endpoint.port
        return psycopg.connect(host=host, port=port, user="azuresu", dbname=database, autocommit=True)

    def environment(self, wanted: Mapping[str, Any]) -> dict[str, str]:
        """What the platform and the template give the job."""
        return {
            "POSTGRES_HOST": "psql-tenancy.postgres.database.azure.com",
            "PGHOSTADDR": self.endpoint.host,
            "PGPORT": str(self.endpoint.port),
            "PGSSLMODE": "disable",
            "PGUSER": JOB,
            "AZURE_CLIENT_ID": object_id(f"{JOB} client"),
            "IDENTITY_ENDPOINT": f"http://127.0.0.1:{self.tokens.server_port}/msi/token",
            "IDENTITY_HEADER": "secret-header",
            "TENANCY_PLAN": json.dumps(wanted),
        }

    def apply(self, capsys: Any, wanted: Mapping[str, Any], limits: Limits = SHORT, **changed: str) -> Run:
        """The job in this process: libpq and azure-identity read the environment of the process."""
        environment = {**self.environment(wanted), **changed}
        with _environ(environment):
            code = main(["apply"], environment, limits)
        captured = capsys.readouterr()
        return Run(code, captured.out, captured.err)

    def sign_in(self, name: str, database: str, identity: str | None = None) -> Connection:
        """A session of a principal of `principal`, or of an administrator by its whole name."""
        user = name if name in {JOB, PEOPLE} else f"id-{name}"
        deadline = time.monotonic() + 2
        while True:
            try:
                return psycopg.connect(
                    host=self.endpoint.host,
                    port=self.endpoint.port,
                    user=user,
                    password=self.token(identity or name),
                    dbname=database,
                    autocommit=True,
                )
            except psycopg.OperationalError as error:
                # The postmaster reads the list of principals again a moment after it was written.
                if "no pg_hba.conf entry" not in str(error) or time.monotonic() > deadline:
                    raise
                time.sleep(0.02)

    def as_owner(self, database: str, statement: str) -> None:
        """What a migration of the service would do: the job's identity acting as the owner."""
        with self.sign_in(JOB, database) as connection:
            connection.execute(sql.SQL("SET ROLE {}").format(sql.Identifier(f"{database}_owner")))
            connection.execute(statement.encode())
