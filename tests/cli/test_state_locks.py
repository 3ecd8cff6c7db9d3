"""Two runs on one deployment: the second is refused, naming the first; locks of the dead go, those of others stay."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from cli.run_lock import held, run_locks
from sandbox.engine.storage.lock import holders_of
from sandbox.inventory import layout_of


@contextmanager
def waiting_in_the_middle(small: Any, tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    """An `up` that stands in its middle until the block ends."""
    gate = tmp_path / "gate"
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", "cli", "up", "global-dev"],
        cwd=tmp_path,
        env={**small.environment, "GATE": str(gate)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        while not gate.with_suffix(".reached").exists():
            assert process.poll() is None
            time.sleep(0.05)
        yield process
    finally:
        gate.touch()
        process.wait(60)


def test_the_second_of_two_runs_is_refused_naming_the_first_and_the_first_goes_on(small: Any, tmp_path: Path) -> None:
    """Also where the first is between two steps and does not hold the state."""
    with waiting_in_the_middle(small, tmp_path) as first:
        for locks in (run_locks(small.home, "global-dev"), layout_of(small.home).locks("global-dev")):
            assert [holder.pid for holder in holders_of(locks)] == [first.pid]
        refused = small("down", "global-dev", "--yes")
        assert refused.status == 3, refused.err
        assert f"process {first.pid} of " in refused.err
        assert "running `up global-dev`" in refused.err
        assert f"kill -INT {first.pid}" in refused.err
        alive = small("state", "unlock", "global-dev")
        assert alive.status == 3
        assert small("preview", "global-dev").status == 0, "a preview waits for nobody"
    assert first.returncode == 0
    assert list(holders_of(run_locks(small.home, "global-dev"))) == []


def test_a_run_between_its_steps_keeps_others_out(small: Any, tmp_path: Path) -> None:
    """No state is held while an export is made."""
    small.home.prepare()
    export = tmp_path / "export.json"
    export.write_text('{"version": 3, "deployment": {}}')
    with held(small.home, "global-dev", "down global-dev"):
        for command in (("up", "global-dev"), ("state", "import", "global-dev", "--file", str(export))):
            ended = small(*command)
            assert ended.status == 3, ended.err
            assert "is locked by" in ended.err
            assert "running `down global-dev`" in ended.err


def test_what_a_killed_run_left_is_released_by_name(small: Any, tmp_path: Path) -> None:
    """And without it the next run takes it over, as it always did."""
    with waiting_in_the_middle(small, tmp_path) as first:
        first.kill()
        first.wait()
    released = small("state", "unlock", "global-dev", "--json")
    assert released.status == 0, released.err
    assert [it["pid"] for it in released.document["released"]] in ([first.pid], [first.pid, first.pid])
    assert small("state", "unlock", "global-dev").out == "global-dev is not locked\n"
    again = small("up", "global-dev")
    assert again.status == 0, again.err
    assert "took over the lock" not in again.err


def test_the_lock_of_another_machine_wants_that_machines_name(cfctl: Any) -> None:
    """It may be alive, and nobody here can see it."""
    locks = layout_of(cfctl.home).locks("global-dev")
    locks.mkdir(parents=True)
    holder = {"pid": os.getpid(), "username": "operator", "hostname": "pipeline-7", "timestamp": "2026-11-22T10:00:00Z"}
    (locks / "x.json").write_text(json.dumps(holder))
    refused = cfctl("state", "unlock", "global-dev")
    assert refused.status == 3
    assert "./cfctl state unlock global-dev --host pipeline-7" in refused.err
    assert cfctl("state", "unlock", "global-dev", "--host", "pipeline-7").status == 0
    assert list(holders_of(locks)) == []
