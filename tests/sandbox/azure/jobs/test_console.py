"""What is kept of executions: for the user alone, in order, truthful after a kill."""

import os
import stat
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from sandbox.azure.jobs import console
from sandbox.azure.jobs.console import Execution
from tests.sandbox.azure.jobs.grounds import TELL, Grounds, until

GROUP, JOB = "rg-cf-westeu-dev-1", "tenancy"
BEGAN = datetime(2026, 11, 22, tzinfo=UTC)
Make = Callable[..., Execution]


@pytest.fixture
def make(tmp_path: Path) -> Make:
    """Executions of one job, an hour apart."""

    def execution(number: int, status: str = "Succeeded", *, ended: bool = True) -> Execution:
        name = f"tenancy-{number:07}"
        log = console.directory_of(tmp_path, GROUP, JOB) / f"{name}.log"
        with console.written(log) as output:
            os.write(output, b"said")
        started = BEGAN + timedelta(hours=number)
        return Execution(
            name=name,
            status=status,
            started=started,
            ended=started + timedelta(minutes=1) if ended else None,
            log=log,
            job_id="/job",
            template={"containers": []},
        )

    return execution


def test_what_is_kept_is_read_back_the_latest_last(tmp_path: Path, make: Make) -> None:
    """Whoever wants the last one takes the last; names of groups and jobs have no case."""
    second, first = make(2, "Failed"), make(1)
    console.keep(second)
    console.keep(first)
    assert console.executions(tmp_path, GROUP.upper(), JOB.title()) == [first, second]
    assert console.executions(tmp_path, GROUP, "other") == []


def test_the_oldest_go_once_there_are_too_many(tmp_path: Path, make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    """As on Azure; with their logs, and never one that runs."""
    monkeypatch.setattr(console, "KEPT", 2)
    running = make(0, console.RUNNING, ended=False)
    with console.written(running.log):
        for execution in (running, *map(make, (1, 2, 3))):
            console.keep(execution)
        kept = [it.name for it in console.executions(tmp_path, GROUP, JOB)]
    assert kept == ["tenancy-0000000", "tenancy-0000002", "tenancy-0000003"]
    assert not (running.log.parent / "tenancy-0000001.log").exists()


def test_an_execution_whose_process_was_killed_has_failed(tmp_path: Path, make: Make) -> None:
    """Nobody was left to write it down: a log that nobody holds is proof enough."""
    running = make(1, console.RUNNING, ended=False)
    console.keep(running)
    program = (
        "import sys, time; from pathlib import Path; from sandbox.azure.jobs import console\n"
        "with console.written(Path(sys.argv[1])): print('held', flush=True); time.sleep(600)"
    )
    with subprocess.Popen([sys.executable, "-c", program, running.log], stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        assert console.executions(tmp_path, GROUP, JOB) == [running]
        holder.kill()
    (found,) = console.executions(tmp_path, GROUP, JOB)
    assert (found.status, found.ended is not None) == ("Failed", True)


def test_a_run_leaves_files_for_the_user_alone(real: Grounds) -> None:
    """What a container says may be about people."""
    ended = real.run(real.job(TELL))
    mode = {path: stat.S_IMODE(path.stat().st_mode) for path in (ended.log, ended.log.with_suffix(".json"))}
    assert set(mode.values()) == {0o600}
    assert {stat.S_IMODE(it.stat().st_mode) for it in (ended.log.parent, ended.log.parent.parent)} == {0o700}
    until(lambda: len(list(ended.log.parent.iterdir())) == 2)
