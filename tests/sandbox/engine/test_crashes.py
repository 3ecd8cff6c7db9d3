"""Killed or out of room at any moment: state stays whole, what was acknowledged is there, the same command finishes."""

import errno
import os
import random
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from sandbox.engine.storage import journal as journal_module
from sandbox.engine.storage.backend import FileBackend
from sandbox.engine.storage.integrity import verify
from sandbox.engine.storage.state_errors import DiskFullError
from tests.sandbox.engine.states import PROJECT, STACK, make_backend, make_resource

WRITES = ("write", "ftruncate", "truncate", "link", "unlink", "replace", "rename", "mkdir", "rmdir")


class KilledError(BaseException):
    """Not an Exception: nothing that the program does about errors may help it."""


class Disk:
    """The file system as the engine calls it. From call `dies_at` on nothing changes any more: its process is dead.

    With `room` bytes written it is full.
    """

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.calls = 0
        self.dies_at = self.room = sys.maxsize
        for name in WRITES:
            patch.setattr(os, name, self._counted(getattr(os, name)))
        patch.setattr(os, "write", self._filling(os.write))
        # Death of a process, unlike that of a machine, loses nothing that was written: forcing it out is only counted.
        patch.setattr(os, "fsync", self._counted(lambda _: None))
        patch.setattr(journal_module, "_force", self._counted(lambda _: None))
        patch.setattr(shutil, "copy", self._copying(self._counted(shutil.copy)))

    def _counted(self, call: Callable[..., Any]) -> Callable[..., Any]:
        def counted(*args: Any, **kwargs: Any) -> Any:
            self.calls += 1
            if self.calls >= self.dies_at:
                raise KilledError
            return call(*args, **kwargs)

        return counted

    def _filling(self, write: Callable[[int, bytes], int]) -> Callable[[int, bytes], int]:
        def filling(file: int, data: bytes) -> int:
            if self.room <= 0:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            written = write(file, data[: self.room])
            self.room -= written
            return written

        return filling

    def _copying(self, copy: Callable[..., Any]) -> Callable[..., Any]:
        def copying(source: Path, target: Path) -> Any:
            if source.stat().st_size > self.room:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            return copy(source, target)

        return copying


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> Disk:
    return Disk(monkeypatch)


def converge(backend: FileBackend, acknowledged: list[str]) -> None:
    """The command: whatever stands before, afterwards the stack is a, b, c and nothing else.

    `acknowledged` gets the name of every create whose end was recorded.
    """
    with backend.open(STACK, "up") as snapshot:
        for number in list(snapshot.pending()):
            snapshot.fail(number)
        olds = {resource.urn: resource for resource in snapshot.state().resources}
        for name in "abc":
            new = make_resource(name)
            if new.urn in olds:
                snapshot.commit(None, put=new, drop=olds.pop(new.urn))
            else:
                snapshot.commit(snapshot.begin("creating", new), put=new)
                acknowledged.append(name)
        for old in olds.values():
            snapshot.commit(snapshot.begin("deleting", old), drop=old)
        snapshot.outcome.kind, snapshot.outcome.result = "update", "succeeded"


def names(backend: FileBackend) -> list[str]:
    return [resource.urn.rpartition("::")[2] for resource in backend.load(STACK).resources]


def new_home(home: Path) -> None:
    """A first run."""
    home.mkdir()


def home_with_state(home: Path) -> None:
    """A stack that has one resource to keep and one to delete."""
    home.mkdir()
    with make_backend(home).open(STACK, "up") as snapshot:
        for name in "xa":
            snapshot.commit(None, put=make_resource(name))


def home_with_a_journal(home: Path) -> None:
    """A stack whose last run was killed with an operation pending."""
    home_with_state(home)
    backend = make_backend(home)

    def die(*_: object) -> None:
        raise KilledError

    backend._end = die  # pyright: ignore[reportAttributeAccessIssue]
    run = backend.open(STACK, "up")
    snapshot = run.__enter__()
    resource = make_resource("y")
    snapshot.commit(snapshot.begin("creating", resource), put=resource)
    snapshot.begin("creating", make_resource("b"))
    with pytest.raises(KilledError):
        run.__exit__(None, None, None)


@pytest.mark.parametrize("prepare", [new_home, home_with_state, home_with_a_journal])
def test_killed_at_any_call_to_the_file_system_nothing_acknowledged_is_lost_and_the_same_command_finishes(
    tmp_path: Path, disk: Disk, prepare: Callable[[Path], None]
) -> None:
    """Exhaustive: the process dies before its 1st, 2nd, ... last write, sync, rename, link, unlink of a whole run."""
    prepare(tmp_path / "first")
    disk.calls = 0
    converge(make_backend(tmp_path / "first"), [])
    calls = disk.calls
    assert calls > 25
    for call in range(1, calls + 1):
        home = tmp_path / str(call)
        prepare(home)
        before = set(names(make_backend(home))) if make_backend(home).exists(STACK) else set[str]()
        acknowledged: list[str] = []
        disk.calls, disk.dies_at = 0, call
        with pytest.raises(KilledError):
            converge(make_backend(home), acknowledged)
        disk.dies_at = sys.maxsize
        backend = make_backend(home)
        if backend.exists(STACK):
            verify(backend.load(STACK))
            kept = set(names(backend))
            assert set(acknowledged) <= kept <= before | set("abc")
            assert before & set("abc") <= kept
        else:
            assert acknowledged == []
        converge(backend, [])
        assert sorted(names(backend)) == ["a", "b", "c"]
        assert not list((home / ".pulumi" / "stacks" / PROJECT).glob("*.journal"))


def test_a_full_disk_at_any_byte_leaves_the_state_before_whole_and_all_that_was_acknowledged(
    tmp_path: Path, disk: Disk
) -> None:
    """And the same command, with room, finishes."""
    home_with_state(tmp_path / "first")
    disk.room = 10**9
    converge(make_backend(tmp_path / "first"), [])
    total = 10**9 - disk.room
    refused = 0
    for room in range(0, total, 61):
        home = tmp_path / str(room)
        home_with_state(home)
        file = home / ".pulumi" / "stacks" / PROJECT / f"{STACK}.json"
        before = file.read_bytes()
        acknowledged: list[str] = []
        disk.room = room
        refusal = None
        try:
            converge(make_backend(home), acknowledged)
        except DiskFullError as error:
            refusal = error
        if refusal:
            refused += 1
            assert "free space" in refusal.next_step
            assert file.read_bytes() == before
        disk.room = sys.maxsize
        assert set(acknowledged) <= set(names(make_backend(home)))
        verify(make_backend(home).load(STACK))
        converge(make_backend(home), [])
        assert sorted(names(make_backend(home))) == ["a", "b", "c"]
    assert refused > 20


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A real file system of 128 KiB where one may be mounted (as root); elsewhere the directory as it is."""
    directory = tmp_path / "small"
    directory.mkdir()
    mount = shutil.which("mount") if os.geteuid() == 0 else None
    command = [mount or "", "-t", "tmpfs", "-o", "size=128k,mode=700", "tmpfs", str(directory)]
    mounted = bool(mount) and subprocess.run(command, check=False, capture_output=True).returncode == 0
    yield directory
    if mounted:
        subprocess.run(["umount", str(directory)], check=True)


def test_on_a_disk_that_is_really_full_nothing_is_lost(small_disk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The kernel's own answers, not ours; where no small disk can be mounted, a limit on what is written stands in."""
    backend = make_backend(small_disk)
    with backend.open(STACK, "up") as snapshot:
        snapshot.commit(None, put=make_resource("x"))
    file = small_disk / ".pulumi" / "stacks" / PROJECT / f"{STACK}.json"
    before = file.read_bytes()
    filler = small_disk / "filler"
    limit = None
    if os.path.ismount(small_disk):
        free = shutil.disk_usage(small_disk).free
        filler.write_bytes(bytes(max(0, free - 24 * 1024)))
    else:
        limit = Disk(monkeypatch)
        limit.room = 24 * 1024
    made: list[str] = []

    def fill() -> None:
        with backend.open(STACK, "up") as snapshot:
            for number in range(10_000):
                resource = make_resource(f"r{number}", outputs={"size": "x" * 500})
                snapshot.commit(snapshot.begin("creating", resource), put=resource)
                made.append(f"r{number}")

    with pytest.raises(DiskFullError) as refused:
        fill()
    assert "journal" in str(refused.value)
    assert file.read_bytes() == before
    assert len(made) > 5
    assert set(made) <= set(names(backend))
    filler.unlink(missing_ok=True)
    if limit:
        limit.room = sys.maxsize
    with backend.open(STACK, "up"):
        pass
    assert set(made) <= set(names(backend))
    assert not file.with_name(f"{STACK}.journal").exists()


WRITER = """
import sys
from pathlib import Path
from tests.sandbox.engine.states import STACK, make_backend, make_resource
backend = make_backend(Path(sys.argv[1]))
number = 0
while True:
    with backend.open(STACK, "up") as snapshot:
        for pending in list(snapshot.pending()):
            snapshot.fail(pending)
        for old in reversed(snapshot.state().resources[6:]):
            snapshot.commit(snapshot.begin("deleting", old), drop=old)
            print("-" + old.urn, flush=True)
        for _ in range(4):
            number += 1
            new = make_resource(sys.argv[2] + "-" + str(number))
            snapshot.commit(snapshot.begin("creating", new), put=new)
            print("+" + new.urn, flush=True)
        snapshot.outcome.kind = "update"
"""


def kill_at_random(home: Path, rounds: int, chance: random.Random) -> None:
    """Writers, one after another on one stack, each killed at a random time; between them the state is looked at."""
    live: set[str] = set()
    for number in range(rounds):
        command = [sys.executable, "-c", WRITER, str(home), f"w{number}"]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert process.stdout is not None
        said = [process.stdout.readline()]
        reader = threading.Thread(target=lambda out=process.stdout, said=said: said.extend(out))
        reader.start()
        time.sleep(chance.uniform(0, 0.4))
        process.kill()
        process.wait()
        reader.join()
        process.stdout.close()
        assert said[0].strip(), "the writer began"
        for line in said:
            (live.add if line.startswith("+") else live.discard)(line[1:].strip())
        backend = make_backend(home)
        state = backend.load(STACK)
        verify(state)
        kept = {resource.urn for resource in state.resources}
        # At most the one operation whose acknowledgement the pipe did not carry any more.
        assert len(kept ^ live) <= 1
        live = kept


def test_writers_killed_at_random_moments_leave_state_that_loads_with_all_they_acknowledged(tmp_path: Path) -> None:
    kill_at_random(tmp_path, 3, random.Random())  # noqa: S311


@pytest.mark.slow
def test_many_writers_killed_at_random_moments_leave_state_that_loads(tmp_path: Path) -> None:
    kill_at_random(tmp_path, 60, random.Random())  # noqa: S311
