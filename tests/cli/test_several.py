"""Several deployments at once through the real entrance: side by side, one failing, one killed, interrupted."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
import pytest

from stacks import known_deployments

DEV = ["global-dev", "westeu-dev-1", "eastus-dev-1"]
MORE = """
if os.environ.get("BROKEN_STACK") == pulumi.get_stack():
    resources.ResourceGroup("bad", resource_group_name="not a name!", location="westeurope", opts=azure)
"""
"""For the small program: a fault in one deployment."""


@pytest.fixture
def several(small: Any) -> Any:
    """Commands of the small program, which can wait or fail in one deployment and not in the others."""
    program = small.project / "__main__.py"
    everywhere = 'if "GATE" in os.environ:'
    text = program.read_text()
    assert everywhere in text
    somewhere = 'if pulumi.get_stack() in os.environ.get("AT_GATE", "").split():'
    program.write_text(text.replace(everywhere, somewhere) + MORE)
    return small


def results(document: dict[str, Any]) -> dict[str, str]:
    return {run["deployment"]: run["result"] for run in document["runs"]}


def wait_for(condition: Callable[[], bool], process: subprocess.Popen[str]) -> None:
    deadline = time.monotonic() + 120
    while not condition():
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.05)


def workers(process: subprocess.Popen[str]) -> list[psutil.Process]:
    """What a command has started, at any depth."""
    return psutil.Process(process.pid).children(recursive=True)


def holder(cfctl: Any, deployment: str) -> int:
    """The process that holds a deployment."""
    rows = cfctl("list", "--json").document["deployments"]
    (text,) = (row["holder"] for row in rows if row["deployment"] == deployment)
    return int(text.split()[1])


@contextmanager
def at_the_gate(cfctl: Any, *stacks: str) -> Generator[tuple[subprocess.Popen[str], Path]]:
    """An `up` of dev and stg whose named deployments wait in the middle of their runs."""
    gate = cfctl.home.root.parent / f"gate{time.monotonic_ns()}"
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", "cli", "up", "--env", "dev", "--json", "--parallel-deployments", "4"],
        env={**cfctl.environment, "GATE": str(gate), "AT_GATE": " ".join(stacks)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        wait_for(gate.with_suffix(".reached").exists, process)
        yield process, gate
    finally:
        gate.touch()
        process.kill()
        process.communicate()


def gone(processes: list[psutil.Process]) -> bool:
    """True once none of them is left."""
    return not psutil.wait_procs(processes, timeout=20)[1]


@pytest.mark.slow
def test_all_eleven_come_up_side_by_side_and_go_down_by_environment(several: Any) -> None:
    """Globals first; the document lists the runs in order, whichever ended first; every deployment has its own log."""
    up = several("up", "--all", "--json")
    assert up.status == 0, up.err
    assert [run["deployment"] for run in up.document["runs"]] == [
        *(str(name) for name in known_deployments() if name.kind == "global"),
        *(str(name) for name in known_deployments() if name.kind == "regional"),
    ]
    assert all(run["changes"] == {"create": 4} for run in up.document["runs"])
    assert len({run["log"] for run in up.document["runs"]}) == len(up.document["runs"]) == 11
    assert "northeu-prod-1  + created     group" in up.err
    began = [up.err.index(f"{name}  " + "up begins") for name in ("global-prod   ", "northeu-prod-1")]
    assert began == sorted(began)

    again = several("up", "westeu-*", "--json")
    assert len(again.document["runs"]) == 7
    assert all(run["changes"] == {"same": 4} for run in again.document["runs"])
    preview = several("preview", "--env", "dev")
    assert preview.out.count("4 unchanged") == 3
    logs = several("logs", "eastus-dev-1")
    assert "update of" not in logs.out
    assert "preview of eastus-dev-1 begins" in logs.out

    refused = several("down", "--all", "--yes", "--json")
    assert refused.status == 5
    (fault,) = refused.document["errors"]
    assert "global-prod" in fault["what"]
    assert "westeu-prod-2" in fault["what"]
    down = several("down", "--env", "dev", "--env", "stg", "--yes", "--json")
    assert down.status == 0, down.err
    ran = [run["deployment"] for run in down.document["runs"]]
    assert set(ran[-2:]) == {"global-dev", "global-stg"}
    assert len(ran) == 6


@pytest.mark.slow
def test_one_that_fails_leaves_the_others_to_finish_and_a_plain_rerun_finishes(several: Any) -> None:
    """Those that need what failed say so, and nothing of theirs was begun."""
    ended = several("up", "--env", "dev", "--env", "stg", "--json", BROKEN_STACK="global-stg")
    assert ended.status == 1
    assert results(ended.document) == {
        "global-dev": "succeeded",
        "global-stg": "failed",
        "westeu-dev-1": "succeeded",
        "eastus-dev-1": "succeeded",
    }
    told = {fault["where"]: fault["what"] for fault in ended.document["errors"]}
    assert set(told) == {"westeu-stg-1", "eastus-stg-1"}
    assert all("it needs global-stg, which did not come up" in what for what in told.values())
    assert ended.document["next"][0] == "./cfctl up global-stg westeu-stg-1 eastus-stg-1"
    again = several("up", "--env", "dev", "--env", "stg", "--json")
    assert again.status == 0, again.err
    assert set(results(again.document).values()) == {"succeeded"}


@pytest.mark.slow
def test_one_that_is_killed_leaves_the_others_to_finish(several: Any) -> None:
    """A crash of one engine costs one deployment, and the same command finishes it."""
    with at_the_gate(several, "eastus-dev-1") as (process, _):
        started = workers(process)
        os.kill(holder(several, "eastus-dev-1"), signal.SIGKILL)
        out, err = process.communicate(timeout=120)
        assert gone(started)
    assert process.returncode == 1, err
    document = json.loads(out)
    assert results(document) == {"global-dev": "succeeded", "westeu-dev-1": "succeeded"}
    (fault,) = document["errors"]
    assert fault["where"] == "eastus-dev-1"
    assert "signal 9" in fault["what"]
    again = several("up", "--env", "dev", "--json")
    assert again.status == 0, again.err


@pytest.mark.slow
def test_ctrl_c_once_finishes_what_runs_everywhere(several: Any) -> None:
    """Each run ends as canceled or done, locks are given back, nothing is left behind."""
    with at_the_gate(several, "westeu-dev-1", "eastus-dev-1") as (process, gate):
        started = workers(process)
        process.send_signal(signal.SIGINT)
        time.sleep(0.5)
        gate.touch()
        out, err = process.communicate(timeout=120)
        assert gone(started)
    assert process.returncode == 130, err
    assert err.count("stopping: steps that are running finish first") == 1
    assert "canceled" in set(results(json.loads(out)).values())
    rows = {row["deployment"]: row["status"] for row in several("list", "--json").document["deployments"]}
    assert {rows[name] for name in DEV} <= {"up", "down"}
    assert several("up", "--env", "dev").status == 0


@pytest.mark.slow
@pytest.mark.parametrize(("times", "pause"), [(2, 0.5), (3, 0.02)])
def test_ctrl_c_twice_or_thrice_stops_now_and_leaves_no_process(several: Any, times: int, pause: float) -> None:
    """Nobody waits for what may never come: the gate stays shut."""
    with at_the_gate(several, "westeu-dev-1", "eastus-dev-1") as (process, gate):
        started = workers(process)
        for _ in range(times):
            process.send_signal(signal.SIGINT)
            time.sleep(pause)
        _, err = process.communicate(timeout=60)
        assert not gate.exists()
        assert gone(started)
    assert process.returncode == 130, err
    assert several("up", "--env", "dev").status == 0


@pytest.mark.slow
def test_when_cfctl_is_killed_its_processes_end(several: Any) -> None:
    """Nobody would be there to stop them."""
    with at_the_gate(several, "westeu-dev-1", "eastus-dev-1") as (process, _):
        started = workers(process)
        process.kill()
        process.wait(10)
        assert gone(started)
    assert several("up", "--env", "dev").status == 0


@pytest.mark.slow
def test_two_commands_at_once_meet_at_the_deployments_that_both_mean(several: Any) -> None:
    """The second is told who holds it, does the rest, and changes nothing there."""
    with at_the_gate(several, "eastus-dev-1") as (process, gate):
        second = several("up", "eastus-dev-1", "westeu-stg-1", "--json")
        assert second.status == 3, second.err
        assert results(second.document) == {
            "global-dev": "succeeded",
            "global-stg": "succeeded",
            "westeu-stg-1": "succeeded",
        }
        (fault,) = second.document["errors"]
        assert "the stack eastus-dev-1 is locked by process" in fault["what"]
        gate.touch()
        _, err = process.communicate(timeout=120)
    assert process.returncode == 0, err


def test_what_was_begun_beside_a_global_ends_when_that_one_does_not_come_up(several: Any, tmp_path: Path) -> None:
    """On a scale of Azure's time both are begun at once; what the regional waits for would never come."""
    held = {"GATE": str(tmp_path / "gate"), "AT_GATE": "westeu-dev-1"}  # which nobody opens
    ended = several("up", "westeu-dev-1", "--json", BROKEN_STACK="global-dev", CFCTL_AZURE_SCALE="0.001", **held)
    assert ended.status == 1, "nobody stopped it"
    assert results(ended.document) == {"global-dev": "failed", "westeu-dev-1": "canceled"}
    assert (tmp_path / "gate.reached").exists(), "it was in the middle of its run"
    assert ended.document["next"][0] == "./cfctl up global-dev westeu-dev-1"


def test_a_global_that_stands_is_not_begun_beside_but_waited_for(several: Any) -> None:
    """What its stack says is known then, and what an up would change of it is not."""
    assert several("up", "global-dev").status == 0
    again = several("up", "westeu-dev-1", CFCTL_AZURE_SCALE="0.001")
    assert again.status == 0
    assert "begins" not in again.err, "one after the other, in one process"
