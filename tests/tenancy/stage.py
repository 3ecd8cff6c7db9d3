"""A server with user_service under row-level security, two tenants in it, and a way in by PgBouncer."""

import contextlib
import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import psycopg
import pytest
from azure.core.credentials import AccessToken
from psycopg import sql

from tenancy.__main__ import main
from tenancy.inputs import read_inputs
from tenancy.job import Job
from tenancy.sessions.caller import Caller
from tenancy.sessions.engines import Place
from tenancy.sessions.tables import tables_of
from tests.tenancy.bench import SHORT, Bench, plan, principal

DATABASE: Final = "user_service"
ACME: Final = UUID("0000000a-0000-4000-8000-00000000000a")
CONTOSO: Final = UUID("0000000c-0000-4000-8000-00000000000c")
TENANTS: Final = {ACME: "Acme Corp", CONTOSO: "Contoso"}
PLAN: Final = plan(user_service=[principal("user"), principal("publisher", "publisher")])
TABLES: Final = tables_of(DATABASE).tables
ORGANIZATIONS, USERS, ROLES = TABLES["app.organizations"], TABLES["app.users"], TABLES["app.roles"]
PGBOUNCER: Final = shutil.which("pgbouncer", path="/usr/sbin:/usr/local/sbin:" + os.environ.get("PATH", ""))


def caller(tenant: UUID, name: str = "") -> Caller:
    """Somebody of a tenant."""
    return Caller(tenant_id=tenant, actor_id=f"actor-{tenant}", actor_name=name or f"{TENANTS[tenant]} administrator")


class Credential:
    """What azure-identity is to an engine: a token for each connection, counted."""

    def __init__(self, token: str) -> None:
        self.asked = list[str]()
        self.show(token)

    def show(self, token: str) -> None:
        """From now on this one."""
        self._token = token

    def get_token(self, *scopes: str, **_: Any) -> AccessToken:
        self.asked += scopes
        return AccessToken(self._token, int(time.time()) + 3600)

    def close(self) -> None:
        """Nothing is open."""


class AsyncCredential(Credential):
    """The same for an asynchronous engine."""

    async def get_token(self, *scopes: str, **_: Any) -> AccessToken:
        return super().get_token(*scopes)


@contextlib.contextmanager
def stage_on(factory: pytest.TempPathFactory, version: str = "18") -> Iterator["Stage"]:
    """A server of its own, not the bench of other tests, which they reset; engines and templates are everybody's."""
    home = factory.mktemp("stage")
    (home / "pg").mkdir()
    for name in ("engines", "templates"):
        shared = factory.getbasetemp() / "postgres" / name
        shared.mkdir(parents=True, exist_ok=True)
        (home / "pg" / name).symlink_to(shared)
    bench = Bench(home, version)
    try:
        yield Stage(bench)
    finally:
        bench.close()


class Stage:
    """The bench with the plan applied; `clear` takes the rows of the last test away."""

    def __init__(self, bench: Bench) -> None:
        self.bench = bench
        bench.reset()
        self.apply()

    def apply(self, wanted: Mapping[str, Any] = PLAN, *, command: Sequence[str] = (), **changed: str) -> list[str]:
        """The job, as a container runs it, or another command; gives what it said. Raises what it raises."""
        environment = {**self.bench.environment(wanted), **changed}
        said = list[str]()
        with pytest.MonkeyPatch.context() as patch:
            for name, value in environment.items():
                patch.setenv(name, value)
            if command:
                assert main(command, environment, SHORT) == 0, command
            else:
                Job(read_inputs(environment), SHORT, said.append).run()
        return said

    def clear(self) -> None:
        with self.bench.superuser(DATABASE) as connection:
            names = connection.execute(
                "SELECT string_agg(format('%I.%I', schemaname, tablename), ', ') FROM pg_tables "
                "WHERE schemaname IN ('app', 'audit', 'outbox')"
            ).fetchone()
            assert names
            connection.execute(f"TRUNCATE {names[0]}, tenancy.tenants CASCADE".encode())
            for tenant, name in TENANTS.items():
                slug = name.split()[0].lower()
                connection.execute("SELECT tenancy.admit(%s, %s, %s, 'EU')", (tenant, slug, name))

    def superuser(self) -> psycopg.Connection[Any]:
        """Sees every row: what a test's claim about who sees what is held against."""
        return self.bench.superuser(DATABASE)

    def owned(self, table: str = "app.organizations") -> dict[UUID, int]:
        """Rows of each tenant, as they really are."""
        with self.superuser() as connection:
            asked = sql.SQL("SELECT tenant_id, count(*) FROM {} GROUP BY 1").format(sql.Identifier(*table.split(".")))
            return dict(connection.execute(asked).fetchall())

    def plant(self, tenant: UUID, *names: str) -> None:
        """Organizations of a tenant, past policies and triggers."""
        with self.superuser() as connection:
            connection.execute("SET session_replication_role = replica")
            connection.cursor().executemany(
                "INSERT INTO app.organizations (tenant_id, name, country_code) VALUES (%s, %s, 'NL')",
                [(tenant, name) for name in names],
            )

    @property
    def log(self) -> Path:
        """What the server wrote."""
        fleet = self.bench.fleet
        return fleet._postmaster(fleet._found(self.bench.server_id)).log

    @property
    def token(self) -> str:
        return self.bench.token("user")

    def place(self, port: int | None = None, **changed: Any) -> Place:
        found = {"host": "127.0.0.1", "database": DATABASE, "user": "id-user", "certificates": None, **changed}
        return Place(port=port or self.bench.endpoint.port, **found)

    @contextlib.contextmanager
    def pgbouncer(self, pool_size: int = 1) -> Iterator[int]:
        """PgBouncer in transaction mode before this server: its port. As on Azure, no session is ever cleaned."""
        assert PGBOUNCER, "PgBouncer is not installed: apt-get install pgbouncer"
        home = Path(tempfile.mkdtemp(prefix="pgb-"))
        port = _free_port()
        (home / "users").write_text(f'"id-user" "{self.token}"\n', encoding="utf-8")
        (home / "ini").write_text(
            f"[databases]\n* = host=127.0.0.1 port={self.bench.endpoint.port}\n[pgbouncer]\n"
            f"listen_addr = 127.0.0.1\nlisten_port = {port}\nunix_socket_dir =\nauth_type = scram-sha-256\n"
            f"auth_file = {home / 'users'}\npool_mode = transaction\ndefault_pool_size = {pool_size}\n"
            "max_client_conn = 200\nserver_reset_query =\n",
            encoding="utf-8",
        )
        who: dict[str, Any] = {}
        if os.geteuid() == 0:  # PgBouncer refuses to run as root
            who = {"user": "nobody"}
            for path in (home, *home.iterdir()):
                shutil.chown(path, "nobody")
        with (home / "log").open("w", encoding="utf-8") as log:
            process = subprocess.Popen([PGBOUNCER, str(home / "ini")], stderr=log, stdout=log, **who)
        try:
            _await_port(port, process, home / "log")
            yield port
        finally:
            process.terminate()
            process.wait(timeout=10)
            shutil.rmtree(home)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _await_port(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline and process.poll() is None:
        with contextlib.suppress(ConnectionRefusedError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.02)
    raise AssertionError(log.read_text(encoding="utf-8"))
