"""A server's data directory: copied from a template that is made once for each major version, and its settings.

initdb and our bootstrap take most of a second; a copy takes a tenth of it, and little room: 37 MB, of which 36 are
the five databases that come with a server.
"""

import secrets
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from cidr import Fault, FaultsError

from . import configurations, entra
from .engine import SQL, Engine, digest, launch, lay_out
from .records import LOOPBACK, Records, Server

# Everything that Azure sets for durability stays as it is there (fsync, synchronous_commit, full_page_writes, in
# configurations.yaml): seed data must survive a kill. What is chosen here only spares memory and processes.
_FIXED: Final = {
    "listen_addresses": LOOPBACK,
    "unix_socket_permissions": "0700",
    "password_encryption": "scram-sha-256",
    "huge_pages": "off",
    "jit": "off",
    "log_timezone": "UTC",
    "timezone": "UTC",
    # With segments of 1 MB (see _INITDB) the defaults would be a sixteenth of these.
    "min_wal_size": "80MB",
    "max_wal_size": "1GB",
    # A failing statement may hold a password: it is never logged.
    "log_min_error_statement": "panic",
}
_FIXED_BY_VERSION: Final[Mapping[int, Mapping[str, str]]] = {16: {}, 18: {"io_method": "sync"}}
# Azure's default is en_US.utf8. The wheel has no ICU and machines differ in their locales: these are everywhere, and
# sort by code point.
_LOCALE: Final[Mapping[int, tuple[str, ...]]] = {
    16: ("--locale=C.UTF-8" if sys.platform == "linux" else "--locale=C",),
    18: ("--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"),
}
# Small write-ahead log segments: a new server's first one is copied with all its zeros.
_INITDB: Final = ("--username=azuresu", "--encoding=UTF8", "--auth=reject", "--wal-segsize=1", "--no-sync")
_BOOTSTRAP: Final[Mapping[str, tuple[str, ...]]] = {
    "postgres": ("bootstrap.sql", "bootstrap_database.sql"),
    "template1": ("bootstrap_database.sql",),
}
# Who may sign in with a token, one name a line: pgaadauth writes it.
USERS_FILE: Final = "entra.users"
# azuresu is for the stand-in alone, by a socket that only the sandbox's owner reaches. Over TCP come Entra principals
# with their tokens, and, where the server has an administrator with a password, every role with its password.
_HBA: Final = """\
local all               azuresu      trust
local replication       azuresu      trust
local all               all          reject
host  azure_maintenance all          127.0.0.1/32 reject
host  all               azuresu      127.0.0.1/32 reject
host  all               {who}        127.0.0.1/32 scram-sha-256
"""


def prepare(records: Records, made: Engine) -> None:
    """Make the engine and the template of a major version unless they are there; others wait meanwhile."""
    if template(records, made).exists() and made.root.exists():
        return
    with records.locked("engines and templates"):
        lay_out(made)
        if not template(records, made).exists():
            # Outdated templates and those of killed commands; an outdated engine stays, a server may run from it.
            for leftover in records.pg_home.glob(f"templates/{made.version}-*"):
                shutil.rmtree(leftover, ignore_errors=True)
            _make_template(template(records, made), made)


def template(records: Records, made: Engine) -> Path:
    """Where the template of a major version lies; another digest is another template."""
    return records.pg_home / "templates" / f"{made.version}-{digest(made.version)}"


def _make_template(target: Path, made: Engine) -> None:
    # A name of its own: the initdb of a killed command may still be at work under another.
    building = target.with_suffix(f".{secrets.token_hex(4)}.building")
    building.mkdir(mode=0o700, parents=True)
    done = launch(*("--own", building, "--", made.initdb, "--pgdata", building, *_INITDB, *_LOCALE[made.version]))
    _require(done.returncode == 0, building, f"initdb failed: {done.stderr.strip()}")
    for database, files in _BOOTSTRAP.items():
        # -j: a statement ends at a semicolon and an empty line.
        run = launch(
            *("--own", building, "--", made.postgres, "--single", "-j", "-D", building),
            *("-c", "exit_on_error=on", "-c", "fsync=off", "-c", "log_checkpoints=off", database),
            stdin="\n".join((SQL / file).read_text(encoding="utf-8") for file in files),
        )
        _require(run.returncode == 0, building, f"{' and '.join(files)} failed: {run.stderr.strip()}")
    building.rename(target)


def create(records: Records, made: Engine, path: Path) -> None:
    """A new data directory at `path`, whole or not there at all."""
    building = path.with_suffix(".building")
    for leftover in (building, path):
        shutil.rmtree(leftover, ignore_errors=True)
    shutil.copytree(template(records, made), building)
    entra.write_private(building / entra.KEY_FILE, entra.key(records.pg_home))
    (building / USERS_FILE).write_text('"pg_nobody"\n', encoding="utf-8")
    building.rename(path)


def write_settings(path: Path, server: Server, sockets: Path, more: Mapping[str, str]) -> None:
    """postgresql.conf and pg_hba.conf for what is known of the server; `more`: settings that only a replica has."""
    chosen = configurations.effective(server.configurations, version=server.version, sku_name=server.sku_name)
    known = configurations.parameters(server.version)
    settings = {
        **_FIXED,
        **_FIXED_BY_VERSION[server.version],
        "port": str(server.port),
        "unix_socket_directories": str(sockets),
        **{name: value for name, value in chosen.items() if not known[name].service},
        **more,
    }
    lines = [f"{name} = {_quoted(value)}\n" for name, value in settings.items()]
    _replace(path / "postgresql.conf", "# Written by the sandbox; changes are lost.\n" + "".join(lines))
    who = "all" if server.administrator_login else f"@{USERS_FILE}"
    _replace(path / "pg_hba.conf", _HBA.format(who=who))


def _replace(file: Path, text: str) -> None:
    building = file.with_name(f"{file.name}.building")
    building.write_text(text, encoding="utf-8")
    building.replace(file)


def _quoted(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace("'", "''")
    return f"'{escaped}'"


def _require(condition: bool, where: Path, what: str) -> None:  # noqa: FBT001
    if not condition:
        raise FaultsError(
            [
                Fault(
                    where=str(where),
                    what=what,
                    allowed="a directory with some 100 MB free, in which a program that is not root may write",
                    next_step="mend what is said above and type the same command again; --home DIR moves the sandbox",
                )
            ]
        )
