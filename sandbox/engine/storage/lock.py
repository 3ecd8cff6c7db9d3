"""One run at a time on a stack: a lock file that names its holder, which the CLI sees and whose own we see.

The CLI's file backend (pkg/backend/diy/lock.go of github.com/pulumi/pulumi) writes one JSON file a holder into the
stack's lock directory and refuses where it finds another's. Two of those can both refuse; so between runs of this
engine the operating system's lock (flock), which ends with its process, decides: whoever has it knows that any other
guarded holder of this host is dead.
"""

import fcntl
import getpass
import json
import os
import socket
import uuid
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, cast

import psutil

from sandbox.engine.model.times import now, parse_time, time_text
from sandbox.engine.storage.state_errors import StackLockedError, access_error


@dataclass(frozen=True, slots=True)
class Holder:
    """Who holds a lock, as its file says; unknown parts are empty."""

    path: Path
    pid: int
    user: str
    host: str
    since: datetime | None
    command: str
    guarded: bool
    """True if it holds the flock too while it lives: a run of this engine."""
    started: str = ""
    """When its process began, as `process_start` tells it: numbers of processes recur."""

    @property
    def here(self) -> bool:
        """True if the holder runs, or ran, on this host."""
        return self.host == socket.gethostname()

    @property
    def gone(self) -> bool:
        """True if the holder is known to be dead: on this, its host, no process has its number, or a younger one."""
        if not self.here or self.pid <= 0:
            return False
        started = process_start(self.pid) if self.started else ""
        return not psutil.pid_exists(self.pid) or bool(started and started != self.started)

    def __str__(self) -> str:
        since = f" since {time_text(self.since)} ({_age(self.since)})" if self.since else ""
        command = f", running `{self.command}`" if self.command else ""
        alive = "its process is alive" if self.here else "whether it is alive cannot be seen from here"
        return f"process {self.pid} of {self.user} on {self.host}{since}{command} ({alive})"


@contextmanager
def hold(directory: Path, command: str, notice: Callable[[str], None]) -> Generator[None]:
    """Hold the stack whose lock directory this is.

    A lock left by a dead process of this host is taken over, which `notice` is told. StackLockedError names every
    other holder.
    """
    own = directory / f"{uuid.uuid4()}.json"
    try:
        directory.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise access_error(error, directory, "making the lock") from None
    with _guarded(directory):
        _refuse_others(directory, own, notice)
        try:
            _write(own, command)
        except OSError as error:
            raise access_error(error, own, "writing the lock") from None
        try:
            # A CLI may have looked before ours was there: whoever sees the other gives way.
            _refuse_others(directory, own, notice)
            yield
        finally:
            with suppress(OSError):
                own.unlink(missing_ok=True)


@contextmanager
def _guarded(directory: Path) -> Generator[None]:
    """Have the operating system's lock beside a lock directory. StackLockedError names who has it."""
    try:
        guard = os.open(directory.with_name(f"{directory.name}.flock"), os.O_CREAT | os.O_RDWR, 0o600)
    except OSError as error:
        raise access_error(error, directory, "making the lock") from None
    try:
        try:
            fcntl.flock(guard, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise _locked(directory, [holder for holder in holders_of(directory) if not holder.gone]) from None
        yield
    finally:
        os.close(guard)


def _write(own: Path, command: str) -> None:
    """The CLI's fields, and three that it does not read.

    Drafted outside the directory: the CLI takes whatever file is in there for a lock. Not forced to disk: a lock whose
    host lost its power has no holder.
    """
    holder = {
        "pid": os.getpid(),
        "username": _user(),
        "hostname": socket.gethostname(),
        "timestamp": time_text(now()),
        "command": command,
        "guarded": True,
        "started": process_start(os.getpid()),
    }
    draft = own.parent.with_name(f".{own.parent.name}.{own.stem}.tmp")
    try:
        draft.write_text(json.dumps(holder))
        draft.replace(own)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return str(os.getuid())


def _refuse_others(directory: Path, own: Path, notice: Callable[[str], None]) -> None:
    alive: list[Holder] = []
    for holder in holders_of(directory):
        if holder.path == own:
            continue
        if holder.gone or (holder.here and holder.guarded):
            holder.path.unlink(missing_ok=True)
            since = f" of {time_text(holder.since)}" if holder.since else ""
            notice(f"took over the lock{since} of process {holder.pid}, which is dead: its run did not end")
        else:
            alive.append(holder)
    if alive:
        raise _locked(directory, alive)


def holders_of(directory: Path) -> Iterator[Holder]:
    """Who has a lock file in a stack's lock directory, the dead too."""
    for path in sorted(directory.glob("*.json")):
        try:
            fields: Any = json.loads(path.read_bytes())
        except FileNotFoundError:
            continue
        except (OSError, ValueError):
            fields = None
        known = cast("dict[str, Any]", fields) if isinstance(fields, dict) else {}
        since = None
        with suppress(ValueError, TypeError):
            since = parse_time(known["timestamp"]) if "timestamp" in known else None
        pid = known.get("pid")
        yield Holder(
            path,
            pid if isinstance(pid, int) else 0,
            str(known.get("username") or "?"),
            str(known.get("hostname") or "?"),
            since,
            str(known.get("command") or ""),
            known.get("guarded") is True,
            str(known.get("started") or ""),
        )


def process_start(pid: int) -> str:
    """When a process began, to tell it from another of the same number; empty where it cannot be told.

    By the kernel's count of ticks since a boot, which no clock that is set can move
    (https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html, field 22).
    """
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
    # Behind the name in brackets, which may have blanks and brackets itself, stands field 3.
    return f"{boot}:{stat.rpartition(')')[2].split()[19]}"


def release(directory: Path, *, host: str = "") -> tuple[Holder, ...]:
    """Remove the locks of the dead; who they were. host: one whose processes are all known to have ended.

    StackLockedError names those that are alive, or of which nobody here knows: then nothing is removed.
    """
    if not directory.is_dir():
        return ()
    with _guarded(directory):
        found = list(holders_of(directory))
        living = [it for it in found if not (it.gone or (it.here and it.guarded) or (host and it.host == host))]
        if living:
            raise _locked(directory, living)
        for holder in found:
            holder.path.unlink(missing_ok=True)
        return tuple(found)


def _age(since: datetime) -> str:
    minutes = max(0, int((now() - since).total_seconds())) // 60
    hours, days = minutes // 60, minutes // 1440
    return f"{days} d {hours % 24} h" if days else f"{hours} h {minutes % 60} min" if hours else f"{minutes} min"


def _locked(directory: Path, holders: list[Holder]) -> StackLockedError:
    if not holders:
        return StackLockedError(
            f"the stack {directory.name} is locked by a run that is just starting or ending",
            path=directory,
            next_step="run the same command again",
        )
    names = "; ".join(str(holder) for holder in holders)
    ways = dict.fromkeys(_way_out(directory.name, holder) for holder in holders)
    return StackLockedError(
        f"the stack {directory.name} is locked by {names}",
        path=directory,
        next_step="wait until that run has ended" + "".join(f"; {way}" for way in ways),
    )


def _way_out(stack: str, holder: Holder) -> str:
    """What can be done about a holder that need not be waited for."""
    if holder.pid <= 0 or holder.host == "?":
        return f"only if you are sure that it is dead: rm '{holder.path}'"
    if holder.here:
        return f"to stop it after its running steps: kill -INT {holder.pid}"
    return f"only if you are sure that nothing runs on {holder.host}: ./cfctl state unlock {stack} --host {holder.host}"
