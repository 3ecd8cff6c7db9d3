"""A server of the stand-in with the job's identity as administrator, its token endpoint, and what to ask of both."""

import json
import os
import threading
import time
import uuid
from collections.abc import Mapping
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
from tenancy.limits import Limits

Connection = psycopg.Connection[tuple[Any, ...]]
_SERVERS: Final = "/subscriptions/0/resourceGroups/rg/providers/Microsoft.DBforPostgreSQL/flexibleServers"
JOB: Final = "id-cf-westeu-dev-1-tenancy"
PEOPLE: Final = "people"
DATABASES: Final = ("user_service", "form_service", "rule_service")
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


class Bench:
    """One server of one major version, for a whole test session; `reset` makes it new."""

    def __init__(self, home: Path, version: str) -> None:
        self.home, self.version = home, version
        self.server_id = f"{_SERVERS}/psql-tenancy-{version}"
        self.fleet = PostgresFleet(home)
        self.endpoint = self.fleet.ensure(self.server_id, "psql-tenancy", version, sku_name="Standard_B1ms")
        self.fleet.add_admin(self.server_id, object_id(PEOPLE), PEOPLE, "Group")
        self.fleet.add_admin(self.server_id, object_id(JOB), JOB, "ServicePrincipal")
        for database in DATABASES:
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
                for schema in ("app", "outbox", "tenancy", "mine"):
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
        before = dict(os.environ)
        os.environ.update(environment)
        try:
            code = main(["apply"], environment, limits)
        finally:
            os.environ.clear()
            os.environ.update(before)
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
