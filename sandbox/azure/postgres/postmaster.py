"""The running server process of one data directory: found, started, stopped.

It is a daemon that outlives the command. Whether it runs is decided by looking at the process that postmaster.pid
names, never by the file alone: after a reboot or a kill the file stays and its number may be another program's.
"""

import contextlib
import hashlib
import os
import signal
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import psutil

from cidr import Fault, FaultsError

from .engine import Engine, launch

_LONGEST_START: Final = 60.0  # seconds; recovery after a kill takes longer than a start
_LONGEST_STOP: Final = 20.0
_POLL: Final = 0.01
_LOG_LIMIT: Final = 5_000_000  # bytes, past which the log of the runs before is put aside


@dataclass(frozen=True, kw_only=True)
class Postmaster:
    """The server process of the data directory `data`, with its Unix socket in `sockets` and its output in `log`."""

    engine: Engine
    data: Path
    sockets: Path
    log: Path

    def pid(self) -> int | None:
        """The process that serves this data directory, None when there is none."""
        lines = self._lock_file_lines()
        if not lines or not lines[0].strip().isdigit():
            return None
        return int(lines[0]) if _serves(int(lines[0]), self.data) else None

    def is_ready(self) -> bool:
        """Whether the process takes connections; line eight says so (PostgreSQL's pidfile.h, PM_STATUS_READY)."""
        lines = self._lock_file_lines()
        return len(lines) >= 8 and lines[7].strip() == "ready" and self.pid() is not None

    def start(self) -> None:
        """Start the server and wait until it takes connections; FaultsError with the end of its log if it does not."""
        deadline = time.monotonic() + _LONGEST_START
        if (pid := self.pid()) is not None:  # whoever started it was killed while it came up
            if self._wait_until_ready(pid, deadline):
                return
        else:
            self._clear()
        if self.log.exists() and self.log.stat().st_size > _LOG_LIMIT:
            self.log.replace(self.log.with_suffix(".log.1"))
        began = self.log.stat().st_size if self.log.exists() else 0
        while time.monotonic() < deadline:
            done = launch("--daemon", self.log, "--own", self.data, "--", self.engine.postgres, "-D", self.data)
            if done.returncode != 0:
                raise self._fault(f"cannot be started: {done.stderr.strip()}")
            if self._wait_until_ready(int(done.stdout), deadline):
                return
            if "pre-existing shared memory block" not in self._said_since(began):
                break
            time.sleep(0.1)  # children of a killed server are still leaving
        raise self._fault(f"does not start: {self._said_since(began)}")

    def stop(self, *, discard: bool = False) -> None:
        """End the server, with its data in order unless they are to be discarded anyway."""
        pid = self.pid()
        if pid is None:
            return
        process = psutil.Process(pid)
        children = process.children(recursive=True)
        # Fast shutdown, immediate shutdown (https://www.postgresql.org/docs/current/server-shutdown.html), the end.
        for how in [signal.SIGQUIT, signal.SIGKILL] if discard else [signal.SIGINT, signal.SIGQUIT, signal.SIGKILL]:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, how)
            if _wait_for_end(process, _LONGEST_STOP):
                break
        psutil.wait_procs(children, timeout=_LONGEST_STOP)

    def reload(self) -> None:
        """Have the running server read its settings again."""
        if (pid := self.pid()) is not None:
            os.kill(pid, signal.SIGHUP)

    def _clear(self) -> None:
        """Remove what a dead server left: PostgreSQL would believe any process of that number, be it a zombie.

        Two servers on one directory stay excluded by the shared memory segment that it looks for first.
        """
        if self._lock_file_lines():
            (self.data / "postmaster.pid").unlink(missing_ok=True)
        for socket in self.sockets.glob(".s.PGSQL.*"):
            socket.unlink(missing_ok=True)

    def _wait_until_ready(self, pid: int, deadline: float) -> bool:
        while time.monotonic() < deadline:
            if self.is_ready():
                return True
            if not _alive(pid):
                return False
            time.sleep(_POLL)
        return False

    def _lock_file_lines(self) -> list[str]:
        try:
            return (self.data / "postmaster.pid").read_text(encoding="utf-8", errors="replace").splitlines()
        except FileNotFoundError:
            return []

    def _said_since(self, offset: int) -> str:
        if not self.log.exists():
            return "it said nothing"
        with self.log.open("rb") as log:
            log.seek(offset)
            lines = log.read()[-4000:].decode("utf-8", "replace").strip().splitlines()
        return "\n".join(lines[-12:]) or "it said nothing"

    def _fault(self, what: str) -> FaultsError:
        return FaultsError(
            [
                Fault(
                    where=str(self.data),
                    what=f"PostgreSQL {what}",
                    allowed="the data directory of a PostgreSQL server of this sandbox, as it was left",
                    next_step="when a server parameter asks for too much, give it another value; when the data is "
                    f"damaged, give the server up: rm -r {self.data.parent}, then ./cfctl up again (log: {self.log})",
                )
            ]
        )


def socket_directory(server_directory: Path) -> Path:
    """A directory for a server's Unix socket: short wherever the sandbox home is, closed to other users."""
    place = hashlib.sha256(f"{os.geteuid()}\0{server_directory.resolve()}".encode()).hexdigest()[:16]
    directory = Path("/tmp", f"cf-pg-{place}")  # noqa: S108
    directory.mkdir(mode=0o700, exist_ok=True)
    found = directory.lstat()
    if directory.is_symlink() or found.st_uid != os.geteuid() or found.st_mode & 0o777 != 0o700:
        raise FaultsError(
            [
                Fault(
                    where=str(directory),
                    what="is not a directory of yours alone",
                    allowed="a directory that belongs to you, mode 0700, for the socket of a PostgreSQL server",
                    next_step=f"remove it (rm -r {directory}) and type the same command again",
                )
            ]
        )
    return directory


def _alive(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _serves(pid: int, data: Path) -> bool:
    """Whether the process is a server of this directory: PostgreSQL works in its data directory."""
    try:
        process = psutil.Process(pid)
        return process.status() != psutil.STATUS_ZOMBIE and Path(process.cwd()) == data.resolve()
    except (psutil.NoSuchProcess, psutil.AccessDenied, FileNotFoundError):
        return False


def _wait_for_end(process: psutil.Process, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if not _alive(process.pid):
            return True
        time.sleep(_POLL)
    return False
