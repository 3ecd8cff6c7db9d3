"""Export, import and erasure of a tenant of 100,000 rows, each with its audit row, beside another of the same size.

Wall seconds, the whole of each command: with the manifest, its hashes, the counts before and after, the certificate.

.venv/bin/python benchmarks/tenancy_data.py [rows]
"""

import contextlib
import resource
import sys
import tempfile
from collections.abc import Callable, Generator
from contextlib import AbstractContextManager
from pathlib import Path
from uuid import UUID

from harness import machine, row, stopwatch
from tenancy_bench import Connection, admit, server

from tenancy import revisions
from tenancy.data.erasing import Asked, erase
from tenancy.data.exporting import export
from tenancy.data.importing import import_
from tenancy.stores.directory import Directory
from tests.tenancy.bench import JOB, Bench

DATABASE = "user_service"
_ORGANIZATION = "INSERT INTO app.organizations (name, country_code) VALUES ('Firm', 'NL') RETURNING id"
_USERS = (
    "INSERT INTO app.users (organization_id, email, display_name, job_title, status) "
    "SELECT %s, 'user' || n || '@example.com', 'User ' || n, 'Trader', 'active' FROM generate_series(1, %s) n"
)


def populate(owner: Connection, tenant: str, rows: int) -> None:
    """Users of one firm, made as a service makes them: every trigger, every audit row."""
    with owner.transaction():
        owner.execute(
            "SELECT set_config('app.tenant_id', %s, true), set_config('app.actor_id', 'bench', true)", (tenant,)
        )
        (organization,) = owner.execute(_ORGANIZATION).fetchall()[0]
        owner.execute(_USERS, (organization, rows - 1))


def main(rows: int) -> None:
    """Print the figures."""
    machine()
    with (
        server(databases=(DATABASE,)) as source,
        server(databases=(DATABASE,)) as target,
        tempfile.TemporaryDirectory(prefix="store-") as folder,
    ):
        with source.superuser(DATABASE) as owner:
            tenants = admit(owner, ["large", "other"])
            for tenant in tenants:
                populate(owner, tenant, rows)
            owner.execute("VACUUM (ANALYZE)")
        tenant, store = UUID(tenants[0]), Directory(Path(folder))
        databases = {DATABASE: revisions.database_at(DATABASE)}

        def told(what: str, seconds: list[float]) -> None:
            row(f"{what} a tenant of {rows:,} rows and their audit: wall", seconds[0], unit=" s")

        before = _peak()
        with stopwatch() as seconds:
            manifest = export(_connect(source), databases, store, name="large", tenants={tenant})
        told("export", seconds)
        row("export: memory of the job beyond what it began with", (_peak() - before) / 1e3, unit=" MB")
        with stopwatch() as seconds:
            import_(_connect(target), databases, store, name="large", actor="bench", expected=manifest.sha256)
        told("import, with verification, of", seconds)
        with stopwatch() as seconds:
            certificate = erase(_connect(source), databases, store, Asked(tenant=tenant, actor="bench", export="large"))
        told("erase", seconds)
        left = sum(count for it in certificate.databases.values() for count in it.after.values())
        row("erase: rows left, by the certificate", left, 0)


def _connect(bench: Bench) -> Callable[[str], AbstractContextManager[Connection]]:
    """The job's way into a database, as data commands take it."""

    @contextlib.contextmanager
    def connected(database: str) -> Generator[Connection]:
        with contextlib.closing(bench.sign_in(JOB, database)) as connection:
            yield connection

    return connected


def _peak() -> int:
    """The most memory that this process has had, in kilobytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


if __name__ == "__main__":
    main(*(int(text) for text in sys.argv[1:] or ("100000",)))
