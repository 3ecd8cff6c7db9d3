"""docs/guides/down-and-back.md: its commands run; and a teardown that is killed in any step loses no row."""

import json
import os
import re
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from cidr.yaml_source import REPOSITORY

pytestmark = pytest.mark.slow
PAGE = REPOSITORY / "docs" / "guides" / "down-and-back.md"


def examples(text: str) -> list[list[str]]:
    """The words of every command line in the page's console blocks."""
    blocks = re.findall(r"```console\n(.*?)```", text, re.DOTALL)
    return [shlex.split(line.removeprefix("$ ./cfctl ")) for block in blocks for line in block.splitlines()]


def test_every_command_of_the_guide_runs_and_the_data_comes_back(cfctl: Any) -> None:
    """Row for row, by the receipts."""
    commands = examples(PAGE.read_text(encoding="utf-8"))
    assert len(commands) >= 8
    for words in commands:
        ended = cfctl(*words)
        assert ended.status == 0, (words, ended.err)
    receipts = cfctl("history", "westeu-dev-1", "--json").document["receipts"]
    evidence = [{step["name"]: step["evidence"] for step in it["steps"]} for it in reversed(receipts)]
    up, down, back, given_up, fresh, *_ = evidence
    assert "none" in up["import"]
    assert down["verify"]["rows"] > 100
    assert back["import"].items() <= down["verify"].items()
    assert given_up["verify"]["given_up"]
    assert "none" in fresh["import"]
    assert cfctl("down", "westeu-dev-1", "global-dev", "--yes").status == 0


def killed_in(cfctl: Any, step: str, command: tuple[str, ...]) -> None:
    """Run a command and kill all of it, as a power cut would, once the journal says that the step has begun."""
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", "cli", *command],
        env=cfctl.environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    journals = Path(cfctl.home.root) / "runs" / "global-dev"
    deadline = time.monotonic() + 120
    try:
        while not any(_began(path, step) for path in sorted(journals.glob("*.jsonl"))[-1:]):
            assert process.poll() is None, f"it ended before {step}"
            assert time.monotonic() < deadline
            time.sleep(0.02)
        time.sleep(0.15)
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _began(path: Path, step: str) -> bool:
    records = [
        json.loads(line) for line in path.read_text(encoding="utf-8").splitlines(keepends=True) if line[-1:] == "\n"
    ]
    return any(it["is"] == "begun" and it["step"] == step for it in records) and not any(
        it["is"] == "ended" for it in records
    )


def test_killed_in_any_step_the_same_command_finishes_and_no_row_is_lost(cfctl: Any) -> None:
    """SIGKILL of everything in each step of down and up, one after the other; then the rows of the beginning."""
    assert cfctl("up", "global-dev").status == 0
    assert cfctl("db", "seed", "global-dev").status == 0
    before = cfctl("tenant", "list", "global-dev", "--json").document["rows"]
    assert before
    for word, steps in (("down", ("export", "verify", "destroy")), ("up", ("deploy", "import"))):
        command = (word, "global-dev", *(["--yes"] if word == "down" else []))
        for step in steps:
            killed_in(cfctl, step, command)
        ended = cfctl(*command, "--json")
        assert ended.status == 0, ended.err
    assert cfctl("tenant", "list", "global-dev", "--json").document["rows"] == before
    assert cfctl("up", "global-dev", "--json").document["runs"][0]["changes"].keys() == {"same"}
    assert cfctl("down", "global-dev", "--yes").status == 0


def test_a_redeploy_that_is_killed_in_either_half_goes_on_and_takes_nothing_down_twice(cfctl: Any) -> None:
    """Killed while it destroys, and once more while it deploys: one teardown in the end, and every row."""
    assert cfctl("up", "global-dev").status == 0
    assert cfctl("db", "seed", "global-dev").status == 0
    before = cfctl("tenant", "list", "global-dev", "--json").document["rows"]
    command = ("redeploy", "global-dev", "--yes")
    for step in ("destroy", "deploy"):
        killed_in(cfctl, step, command)
    ended = cfctl(*command, "--json")
    assert ended.status == 0, ended.err
    assert [run["operation"] for run in ended.document["runs"]] == ["up"]
    assert cfctl("tenant", "list", "global-dev", "--json").document["rows"] == before
    kinds = [it["kind"] for it in cfctl("history", "global-dev", "--json").document["receipts"]]
    assert kinds == ["up", "down", "up"]
    assert cfctl("down", "global-dev", "--yes").status == 0
