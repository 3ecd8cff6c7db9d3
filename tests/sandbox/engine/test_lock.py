"""One run at a time: who holds a stack is named, the dead hold nothing, the CLI's locks count."""

import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from sandbox.engine.model.times import now, time_text
from sandbox.engine.storage.lock import hold, holders_of, process_start, release
from sandbox.engine.storage.state_errors import StackLockedError

HOLD = """
import sys
from pathlib import Path
from sandbox.engine.storage.lock import hold
from sandbox.engine.storage.state_errors import StackLockedError
try:
    with hold(Path(sys.argv[1]), "up westeu-dev-1", lambda notice: print("notice", notice)):
        print("held", flush=True)
        sys.stdin.readline()
except StackLockedError as error:
    print("refused", str(error).replace("\\n", " "), flush=True)
"""


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    return tmp_path / "locks" / "westeu-dev-1"


def start(directory: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", HOLD, str(directory)]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def say(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def finish(process: subprocess.Popen[str]) -> None:
    process.communicate("\n", timeout=30)


def never(notice: str) -> None:
    pytest.fail(f"no notice expected: {notice}")


def foreign_lock(directory: Path, **fields: object) -> Path:
    """A lock file as the CLI writes it."""
    directory.mkdir(parents=True, exist_ok=True)
    path = directory / "cli.json"
    content = {
        "pid": 1,
        "username": "operator",
        "hostname": "elsewhere",
        "timestamp": "2026-11-22T14:34:05.1396465+01:00",
    }
    path.write_text(json.dumps(content | fields))
    return path


def test_the_second_is_refused_and_told_who_the_first_is(directory: Path) -> None:
    """Process, user, host, time, command, that it lives, and what to do."""
    first = start(directory)
    assert say(first) == "held"
    with pytest.raises(StackLockedError) as refused, hold(directory, "down", never):
        pass
    text = str(refused.value)
    assert f"process {first.pid} of " in text
    assert f"on {socket.gethostname()} since 20" in text
    assert "running `up westeu-dev-1`" in text
    assert "is alive" in text
    assert "wait until that run has ended" in text
    finish(first)
    with hold(directory, "down", never):
        assert [holder.command for holder in holders_of(directory)] == ["down"]
    assert list(holders_of(directory)) == []


def test_of_many_at_once_exactly_one_holds_it(directory: Path) -> None:
    processes = [start(directory) for _ in range(4)]
    answers = [say(process).split()[0] for process in processes]
    assert sorted(answers) == ["held", "refused", "refused", "refused"]
    for process in processes:
        finish(process)


def test_threads_of_one_process_exclude_each_other_too(directory: Path) -> None:
    refused: list[str] = []

    def contend() -> None:
        try:
            with hold(directory, "up", never):
                pass
        except StackLockedError as error:
            refused.append(str(error))

    with hold(directory, "up", never):
        thread = threading.Thread(target=contend)
        thread.start()
        thread.join()
    assert len(refused) == 1
    assert f"process {os.getpid()} " in refused[0]


def test_the_lock_of_a_killed_run_is_taken_over_with_a_notice(directory: Path) -> None:
    first = start(directory)
    assert say(first) == "held"
    first.kill()
    first.communicate(timeout=30)
    notices: list[str] = []
    with hold(directory, "up", notices.append):
        assert [holder.pid for holder in holders_of(directory)] == [os.getpid()]
    assert len(notices) == 1
    assert f"process {first.pid}, which is dead" in notices[0]


def test_a_dead_runs_lock_is_taken_over_even_if_its_number_lives_again(directory: Path) -> None:
    """Whoever has the operating system's lock knows that no other run of this engine has: process numbers recur."""
    foreign_lock(directory, hostname=socket.gethostname(), pid=os.getppid(), guarded=True)
    notices: list[str] = []
    with hold(directory, "up", notices.append):
        pass
    assert len(notices) == 1


def test_the_lock_of_a_dead_cli_is_taken_over(directory: Path, dead_pid: int) -> None:
    foreign_lock(directory, hostname=socket.gethostname(), pid=dead_pid)
    notices: list[str] = []
    with hold(directory, "up", notices.append):
        pass
    [notice] = notices
    assert f"took over the lock of 2026-11-22T14:34:05.1396465+01:00 of process {dead_pid}" in notice


@pytest.fixture
def dead_pid() -> int:
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


@pytest.mark.parametrize(
    ("fields", "says", "way"),
    [
        (
            lambda: {"pid": os.getppid(), "hostname": socket.gethostname()},
            "is alive",
            lambda path: f"kill -INT {os.getppid()}",
        ),
        (
            lambda: {"pid": 999999999},
            "cannot be seen from here",
            lambda path: "./cfctl state unlock westeu-dev-1 --host elsewhere",
        ),
        (lambda: {"pid": None, "hostname": socket.gethostname()}, "is alive", lambda path: f"rm '{path}'"),
    ],
)
def test_a_lock_that_may_be_alive_is_respected(
    directory: Path, fields: Callable[[], dict[str, object]], says: str, way: Callable[[Path], str]
) -> None:
    """A running CLI here, any on another host, a holder that cannot be told: never taken, and what can be done."""
    path = foreign_lock(directory, **fields())
    for act in (lambda: hold(directory, "up", never).__enter__(), lambda: release(directory)):
        with pytest.raises(StackLockedError) as refused:
            act()
        assert says in str(refused.value)
        assert refused.value.next_step.startswith("wait until that run has ended; ")
        assert refused.value.next_step.endswith(way(path))
    assert path.exists()


def test_a_number_that_lives_again_is_not_the_one_that_locked(directory: Path) -> None:
    """Process numbers recur, soonest in a container: the start tells two of one number apart."""
    mine = {"pid": os.getppid(), "hostname": socket.gethostname()}
    foreign_lock(directory, **mine, started=process_start(os.getppid()))
    assert [holder.gone for holder in holders_of(directory)] == [False]
    foreign_lock(directory, **mine, started=process_start(os.getpid()) + "0")
    assert [holder.gone for holder in holders_of(directory)] == [True]
    assert process_start(os.getppid())
    assert process_start(999_999_999) == ""


def test_the_age_of_a_lock_is_told(directory: Path) -> None:
    """Whether somebody forgot a terminal, or began a minute ago."""
    path = foreign_lock(directory, timestamp=time_text(now() - timedelta(hours=50, minutes=3)))
    with pytest.raises(StackLockedError, match="2 d 2 h"):
        release(directory)
    path.write_text(path.read_text().replace(json.loads(path.read_text())["timestamp"], time_text(now())))
    with pytest.raises(StackLockedError, match="0 min"):
        release(directory)


def test_locks_of_the_dead_are_released_and_told(directory: Path, dead_pid: int) -> None:
    """Without a run that would take them over."""
    assert release(directory) == ()
    foreign_lock(directory, hostname=socket.gethostname(), pid=dead_pid)
    assert [holder.pid for holder in release(directory)] == [dead_pid]
    assert list(holders_of(directory)) == []


def test_the_lock_of_another_host_is_released_on_a_word_for_that_host_alone(directory: Path) -> None:
    """Who says it knows that nothing runs there; another host's name is no word for it."""
    foreign_lock(directory)
    with pytest.raises(StackLockedError):
        release(directory, host="nowhere")
    assert [holder.host for holder in release(directory, host="elsewhere")] == ["elsewhere"]


def test_a_run_that_lives_keeps_its_lock_whatever_is_said(directory: Path) -> None:
    first = start(directory)
    assert say(first) == "held"
    with pytest.raises(StackLockedError, match="is alive"):
        release(directory, host=socket.gethostname())
    finish(first)


@pytest.mark.parametrize("content", ["", "{", "[]", '"x"', '{"timestamp": 5}'])
def test_a_lock_file_that_cannot_be_read_is_respected(directory: Path, content: str) -> None:
    """Someone may just be writing it."""
    foreign_lock(directory).write_text(content)
    with pytest.raises(StackLockedError), hold(directory, "up", never):
        pass


def test_a_lock_that_appears_between_looking_and_writing_wins(directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The CLI has no lock of the operating system: both write, both look again, and ours gives way."""
    replace = Path.replace

    def cli_was_faster(draft: Path, own: Path) -> Path:
        foreign_lock(directory)
        return replace(draft, own)

    monkeypatch.setattr(Path, "replace", cli_was_faster)
    with pytest.raises(StackLockedError), hold(directory, "up", never):
        pytest.fail("held together with the CLI")
    assert [holder.user for holder in holders_of(directory)] == ["operator"]


def test_the_lock_is_given_back_when_the_run_fails(directory: Path) -> None:
    with pytest.raises(RuntimeError), hold(directory, "up", never):
        raise RuntimeError
    with hold(directory, "up", never):
        pass
