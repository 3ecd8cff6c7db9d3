"""What is known of each server of a sandbox, kept in `<home>/pg/<key>/server.json`, and the locks around it."""

import contextlib
import fcntl
import hashlib
import json
import os
import socket
from collections.abc import Generator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final, Literal

from cidr import Fault, FaultsError

# Below the ports that systems hand out for outgoing connections (from 32768 on Linux, 49152 on macOS), which could
# take a server's port while it is down.
PORTS: Final = range(21000, 30000)
LOOPBACK: Final = "127.0.0.1"

State = Literal["Ready", "Stopped"]


@dataclass(frozen=True, kw_only=True)
class Server:
    """One server. `state`: what was last asked for, in ARM's words; whether it runs is seen by looking.

    configurations: what was chosen, by parameter name. administrator_mark: proves that the password of the
    administrator is the one last set, without holding it. source_id: of a replica, the server that it follows.
    """

    server_id: str
    name: str
    version: int
    sku_name: str
    port: int
    state: State = "Ready"
    administrator_login: str | None = None
    administrator_mark: str = ""
    configurations: Mapping[str, str] = field(default_factory=dict[str, str])
    source_id: str = ""


@dataclass(frozen=True)
class Records:
    """The servers of one sandbox, in the `pg` directory of its home."""

    pg_home: Path

    def directory(self, server_id: str) -> Path:
        """Where a server's files lie; its name is short, because paths below it have limits."""
        return self.pg_home / hashlib.sha256(server_id.lower().encode()).hexdigest()[:12]

    def find(self, server_id: str) -> Server | None:
        """The server, None when there is none. A record that cannot be read is a fault that says so."""
        return self._read(self.directory(server_id) / "server.json")

    def all(self) -> list[Server]:
        """Every server of this sandbox."""
        found = [self._read(file) for file in sorted(self.pg_home.glob("*/server.json"))]
        return [server for server in found if server is not None]

    def put(self, server: Server) -> None:
        """Keep `server`; the file is whole at any moment."""
        directory = self.directory(server.server_id)
        building = directory / "server.json.building"
        building.write_text(json.dumps(asdict(server), indent=1, sort_keys=True), encoding="utf-8")
        building.replace(directory / "server.json")

    @contextlib.contextmanager
    def locked(self, name: str) -> Generator[None, None, None]:
        """One process and one thread at a time; `name` is a server's id, or a word for what all servers share."""
        self.pg_home.mkdir(mode=0o700, parents=True, exist_ok=True)
        # Never removed: a lock on a file that somebody removes locks nobody out.
        file = self.pg_home / f"{self.directory(name).name}.lock"
        descriptor = os.open(file, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)

    def free_port(self, server_id: str, after: int | None = None) -> int:
        """A loopback port that nothing listens on and no server of this sandbox owns.

        The search starts at a place of the server's own, so that sandboxes side by side rarely meet; `after` a port
        that proved taken, it goes on behind it.
        """
        taken = {server.port for server in self.all() if server.server_id != server_id.lower()}
        seed = hashlib.sha256(f"{self.pg_home.resolve()}\0{server_id.lower()}".encode()).digest()
        start = int.from_bytes(seed[:4], "big") if after is None else after + 1 - PORTS.start
        for offset in range(len(PORTS)):
            port = PORTS[(start + offset) % len(PORTS)]
            if port not in taken and port_is_free(port):
                return port
        raise FaultsError(
            [
                Fault(
                    where=f"{LOOPBACK} ports {PORTS.start} to {PORTS.stop - 1}",
                    what="every port is taken",
                    allowed="one free port for each PostgreSQL server of the sandbox",
                    next_step="end the programs that listen there (lsof -iTCP -sTCP:LISTEN shows them)",
                )
            ]
        )

    def _read(self, file: Path) -> Server | None:
        try:
            data: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
            return Server(**data)
        except FileNotFoundError:
            return None
        except (ValueError, TypeError) as error:
            raise FaultsError(
                [
                    Fault(
                        where=str(file),
                        what=f"cannot be read: {error}",
                        allowed="the record that the sandbox wrote of its PostgreSQL server",
                        next_step=f"put it back, or give the server up: rm -r {file.parent}, then ./cfctl up again",
                    )
                ]
            ) from error


def port_is_free(port: int) -> bool:
    """Whether a server could listen on the loopback port now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as PostgreSQL does
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
        return True
