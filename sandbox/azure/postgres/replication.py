"""A read replica: a copy of another server's data directory that streams what that server goes on writing.

As on Azure by physical replication with a slot, which keeps the log for a replica that lags behind
(https://learn.microsoft.com/azure/postgresql/read-replica/concepts-read-replicas). The two servers meet at the
primary's Unix socket. Who may sign in is the primary's list, which a replica reads again when it is reloaded.
"""

import hashlib
import shutil
from pathlib import Path

from cidr import Fault, FaultsError

from . import superuser
from .data_directory import USERS_FILE
from .engine import launch
from .postmaster import Postmaster

SIGNAL = "standby.signal"


def slot_of(server_id: str) -> str:
    """The replication slot that a primary has for this replica."""
    return f"replica_{hashlib.sha256(server_id.lower().encode()).hexdigest()[:12]}"


def settings(server_id: str, primary: Postmaster, port: int) -> dict[str, str]:
    """What a replica's postgresql.conf has besides; `port` is the primary's.

    The library that streams finds its own ones from where it lies in the wheel, not through the engine's link to it.
    """
    return {
        "dynamic_library_path": f"{primary.engine.wheel / 'lib' / 'postgresql'}:$libdir",
        "primary_conninfo": f"host='{primary.sockets}' port={port} user=azuresu",
        "primary_slot_name": slot_of(server_id),
    }


def copy(server_id: str, primary: Postmaster, port: int, target: Path) -> None:
    """Make `target` a copy of the running primary's data that will start as its replica; whole or not there at all."""
    building = target.with_suffix(".building")
    for leftover in (building, target):
        shutil.rmtree(leftover, ignore_errors=True)
    forget(server_id, primary, port)
    done = launch(
        *("--own", target.parent, "--", primary.engine.wheel / "bin" / "pg_basebackup"),
        *("--host", primary.sockets, "--port", str(port), "--username", "azuresu", "--pgdata", building),
        *("--checkpoint", "fast", "--wal-method", "stream", "--no-sync"),
        *("--create-slot", "--slot", slot_of(server_id)),
    )
    if done.returncode != 0:
        shutil.rmtree(building, ignore_errors=True)
        raise FaultsError(
            [
                Fault(
                    where=str(target),
                    what=f"the copy of the primary failed: {done.stderr.strip()}",
                    allowed="a directory with room for another copy of the primary's data",
                    next_step="mend what is said above and type the same command again",
                )
            ]
        )
    (building / SIGNAL).touch()
    (building / USERS_FILE).unlink()
    (building / USERS_FILE).symlink_to(primary.data / USERS_FILE)
    building.rename(target)


def forget(server_id: str, primary: Postmaster, port: int) -> None:
    """Drop the primary's slot for this replica, so that it keeps no log for it; nothing happens when there is none."""
    with superuser.connected(primary.sockets, port) as connection:
        superuser.drop_slot(connection, slot_of(server_id))
