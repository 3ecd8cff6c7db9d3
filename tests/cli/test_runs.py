"""Runs through the real entrance with the real engine and stand-in, over a small program: what a user meets."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from sandbox.inventory import layout_of


def wait_for(condition: Callable[[], bool], process: subprocess.Popen[str]) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.02)


@contextmanager
def at_the_gate(cfctl: Any, *arguments: str) -> Generator[tuple[subprocess.Popen[str], Path]]:
    """An `up` that waits in the middle of its run, and the gate that lets it go on."""
    gate = cfctl.home.root.parent / f"gate{time.monotonic_ns()}"
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", "cli", "up", "global-dev", *arguments],
        env={**cfctl.environment, "GATE": str(gate)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        wait_for(gate.with_suffix(".reached").exists, process)
        yield process, gate
    finally:
        process.kill()
        process.communicate()


def changes(document: dict[str, Any]) -> dict[str, dict[str, int]]:
    return {run["deployment"]: run["changes"] for run in document["runs"]}


def test_up_preview_refresh_outputs_down_and_up_again(small: Any) -> None:
    """The whole life of a deployment, each step read from its JSON document."""
    up = small("up", "westeu-dev-1", "--json")
    assert up.status == 0, up.err
    assert "westeu-dev-1 needs global-dev: brought up first" in up.err
    assert [run["deployment"] for run in up.document["runs"]] == ["global-dev", "westeu-dev-1"]
    assert all(counts["create"] == 4 for counts in changes(up.document).values())
    run = up.document["runs"][1]
    assert run["result"] == "succeeded"
    assert run["endpoints"] == {"echo": "https://echo.example"}
    assert run["azure_seconds"]["critical_path"] > 0
    assert Path(run["log"]).is_file()

    again = small("up", "westeu-dev-1", "--json")
    assert changes(again.document) == {"global-dev": {"same": 4}, "westeu-dev-1": {"same": 4}}
    assert all(run["steps"] == [] for run in again.document["runs"])

    preview = small("preview", "westeu-dev-1")
    assert "4 unchanged" in preview.out
    assert small("refresh", "westeu-dev-1", "--json").status == 0

    outputs = small("outputs", "westeu-dev-1", "--json")
    assert outputs.document["outputs"]["password"] == "[secret]"  # noqa: S105
    shown = small("outputs", "westeu-dev-1", "--json", "--show-secrets").document["outputs"]["password"]
    assert len(shown) == 24

    refused = small("down", "global-dev", "--yes")
    assert refused.status == 5
    down = small("down", "global-dev", "westeu-dev-1", "--yes", "--json")
    assert down.status == 0, down.err
    assert [run["deployment"] for run in down.document["runs"]] == ["westeu-dev-1", "global-dev"]
    listed = {row["deployment"]: row["status"] for row in small("list", "--json").document["deployments"]}
    assert listed["global-dev"] == listed["westeu-dev-1"] == "down"

    secret_free = [*small.home.logs.glob("*.log"), *small.home.stack_files.glob("**/*.json")]
    passphrase = small.home.passphrase()
    for path in secret_free:
        assert shown not in path.read_text()
        assert passphrase not in path.read_text()
    for ended in (up, again, preview, refused, down):
        assert shown not in ended.out + ended.err


def test_a_change_is_shown_before_it_is_made(small: Any) -> None:
    """The diff names resource, property, old and new value; `up` then does exactly that."""
    assert small("up", "global-dev").status == 0
    settings = small.project / "stacks" / "Pulumi.global-dev.yaml"
    settings.write_text(settings.read_text().replace("owner: DevOps", "owner: Newcomers"))
    text = small("preview", "global-dev").out
    assert "~ group  resources:ResourceGroup  update" in text
    assert '~ tags.Owner: "DevOps" -> "Newcomers"' in text
    assert "~ 1 to update" in text
    (step,) = small("up", "global-dev", "--json").document["runs"][0]["steps"]
    assert (step["op"], step["name"]) == ("update", "group")
    assert step["changes"] == [{"path": "tags.Owner", "kind": "update", "old": "DevOps", "new": "Newcomers"}]


def test_a_failed_step_fails_the_command_and_keeps_what_was_done(small: Any) -> None:
    """The error names the resource, the log stands in the summary, the global is not lost."""
    ended = small("up", "global-dev", "--json", BROKEN="1")
    assert ended.status == 1
    (run,) = ended.document["runs"]
    assert run["result"] == "failed"
    assert any(message["severity"] == "error" and "bad" in message["urn"] for message in run["messages"])
    assert ended.document["next"][0] == "./cfctl up global-dev"
    assert small("up", "global-dev", "--json").status == 0


def test_a_global_that_fails_stops_before_its_regional(small: Any) -> None:
    """A regional on a half-made global would fail later and less clearly."""
    ended = small("up", "westeu-dev-1", "--json", BROKEN="1")
    assert [run["deployment"] for run in ended.document["runs"]] == ["global-dev"]


def test_a_second_run_at_the_same_time_is_refused_and_names_the_first(small: Any) -> None:
    """And it changes nothing; the first goes on."""
    with at_the_gate(small) as (first, gate):
        listed = small("list", "--json").document["deployments"][0]
        assert listed["status"] == "running"
        assert str(first.pid) in listed["holder"]
        second = small("up", "global-dev", "--json")
        assert second.status == 3
        (fault,) = second.document["errors"]
        assert f"process {first.pid}" in fault["what"]
        gate.touch()
        first.wait(60)
        assert first.returncode == 0


def test_ctrl_c_once_finishes_what_runs_and_says_so(small: Any) -> None:
    """The run ends as canceled, the lock is given back, the same command finishes."""
    with at_the_gate(small, "--json") as (process, gate):
        process.send_signal(signal.SIGINT)
        time.sleep(0.3)
        gate.touch()
        out, err = process.communicate(timeout=60)
    assert process.returncode == 130, err
    assert "stopping" in err
    assert json.loads(out)["runs"][0]["result"] == "canceled"
    assert small("list", "--json").document["deployments"][0]["status"] == "up"
    assert small("up", "global-dev").status == 0


def test_ctrl_c_twice_stops_now(small: Any) -> None:
    """Nobody waits for what may never come: the gate stays shut."""
    with at_the_gate(small) as (process, _):
        process.send_signal(signal.SIGINT)
        time.sleep(0.3)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=60)
    assert process.returncode == 130, err
    assert small("up", "global-dev").status == 0


def test_after_a_kill_the_same_command_finishes(small: Any) -> None:
    """No signal handler runs on SIGKILL: journal and lock are left, and taken over by the next run."""
    with at_the_gate(small) as (process, _):
        os.kill(process.pid, signal.SIGKILL)
        process.wait(10)
    assert layout_of(small.home).journal("global-dev").exists()
    assert small("list", "--json").document["deployments"][0]["status"] == "interrupted"
    doctor = {check["name"]: check["status"] for check in small("doctor", "--json").document["checks"]}
    assert doctor["state"] == doctor["locks"] == "warn"
    again = small("up", "global-dev", "--json")
    assert again.status == 0, again.err
    assert "dead" in again.err
    assert changes(again.document)["global-dev"]["same"] >= 2
    assert small("list", "--json").document["deployments"][0]["status"] == "up"


def test_a_damaged_state_file_changes_nothing(small: Any) -> None:
    """`up` refuses before it asks Azure for anything, and the command it names brings the state back."""
    assert small("up", "global-dev").status == 0
    path = layout_of(small.home).state("global-dev")
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    ended = small("up", "global-dev", "--json")
    assert ended.status == 4
    (fault,) = ended.document["errors"]
    assert fault["where"] == str(path)
    assert path.read_bytes() == whole[: len(whole) // 2]
    assert fault["next_step"] == "./cfctl state restore global-dev --generation 1"
    assert small(*fault["next_step"].split()[1:]).status == 0
    assert small("up", "global-dev").status == 0


def test_state_goes_out_and_in_again(small: Any, tmp_path: Path) -> None:
    """An export taken down from one home and imported into it again is the same state; secrets stay encrypted."""
    assert small("up", "global-dev").status == 0
    export = small("state", "export", "global-dev")
    document = json.loads(export.out)
    assert document["version"] == 3
    assert len(document["deployment"]["resources"]) == 5
    file = tmp_path / "export.json"
    file.write_text(export.out)
    assert small("state", "import", "global-dev", "--file", str(file)).status == 5
    assert small("state", "import", "global-dev", "--file", str(file), "--yes").status == 0
    assert (
        json.loads(small("state", "export", "global-dev").out)["deployment"]["resources"]
        == document["deployment"]["resources"]
    )
    assert changes(small("up", "global-dev", "--json").document) == {"global-dev": {"same": 4}}
    wrong = small("state", "import", "westeu-dev-1", "--file", str(file), "--yes")
    assert wrong.status == 2
    assert "global-dev" in wrong.err


def test_a_target_leaves_the_rest_alone(small: Any) -> None:
    """Only the group is made; an unknown target is an error that names it."""
    urn = "urn:pulumi:global-dev::complianceflow::azure-native:resources:ResourceGroup::group"
    made = small("up", "global-dev", "--target", urn, "--json")
    assert made.status == 0, made.err
    assert [step["name"] for step in made.document["runs"][0]["steps"] if "random" in step["type"]] == []
    assert small("up", "global-dev", "--target", urn + "x").status == 1


def test_a_program_that_does_not_start_says_why(small: Any) -> None:
    """A mistake in the program is shown from its own line on."""
    (small.project / "__main__.py").write_text("import pulumi\nraise ValueError('a slip in the program')\n")
    done = subprocess.run(
        [sys.executable, "-P", "-m", "cli", "up", "global-dev"],
        env=small.environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "a slip in the program" in done.stderr


@pytest.mark.parametrize("engine", ["sandbox", pytest.param("cli", marks=pytest.mark.slow)])
def test_stack_files_are_never_written(small: Any, engine: str) -> None:
    """The CLI would put a salt into them."""
    _needs(engine)
    before = {path: path.read_bytes() for path in (small.project / "stacks").iterdir() if path.is_file()}
    assert small("up", "global-dev", "--engine", engine).status == 0
    assert small("down", "global-dev", "--yes", "--engine", engine).status == 0
    assert {path: path.read_bytes() for path in (small.project / "stacks").iterdir() if path.is_file()} == before


@pytest.mark.slow
def test_both_engines_share_one_state(small: Any) -> None:
    """What one made the other finds unchanged, changes and takes down."""
    _needs("cli")
    made = small("up", "global-dev", "--engine", "cli", "--json")
    assert made.status == 0, made.err
    assert changes(made.document) == {"global-dev": {"create": 4}}
    assert changes(small("up", "global-dev", "--json").document) == {"global-dev": {"same": 4}}
    password = small("outputs", "global-dev", "--json", "--show-secrets").document["outputs"]["password"]
    previewed = small("preview", "global-dev", "--engine", "cli", "--json")
    assert changes(previewed.document) == {"global-dev": {"same": 4}}
    settings = small.project / "stacks" / "Pulumi.global-dev.yaml"
    settings.write_text(settings.read_text().replace("owner: DevOps", "owner: Newcomers"))
    (step,) = small("preview", "global-dev", "--engine", "cli", "--json").document["runs"][0]["steps"]
    assert step["changes"] == [{"path": "tags.Owner", "kind": "update", "old": "DevOps", "new": "Newcomers"}]
    assert changes(small("down", "global-dev", "--yes", "--engine", "cli", "--json").document)["global-dev"] == {
        "delete": 4
    }
    for path in small.home.root.rglob("*"):
        if path.is_file() and path.suffix in (".log", ".json", ".txt", ".yaml"):
            assert password not in path.read_text(errors="replace"), path


@pytest.mark.parametrize("engine", ["sandbox", pytest.param("cli", marks=pytest.mark.slow)])
def test_a_lost_reply_is_made_good_by_the_same_command(small: Any, tmp_path: Path, engine: str) -> None:
    """Azure made the group and the answer never came: the next run takes it over instead of failing for ever."""
    _needs(engine)
    faults = tmp_path / "faults.yaml"
    faults.write_text('- {type: "resources:ResourceGroup", operation: create, nth: 1, when: after}\n')
    first = small("up", "global-dev", "--engine", engine, "--json", CFCTL_FAULTS=str(faults))
    assert first.status == 1, first.err
    second = small("up", "global-dev", "--engine", engine, "--json", CFCTL_FAULTS=str(faults))
    assert second.status == 0, second.err
    assert "group exists and no state knows it (a lost reply): taken over" in second.err
    assert not {"replace", "delete"} & set(changes(second.document)["global-dev"])
    assert changes(small("up", "global-dev", "--json").document) == {"global-dev": {"same": 4}}


@pytest.mark.slow
def test_what_bears_another_deployments_name_is_not_taken_over(small: Any, tmp_path: Path) -> None:
    """An existing group of somebody else stays somebody else's: the error stands."""
    program = small.project / "__main__.py"
    text = program.read_text()
    program.write_text(text.replace('f"rg-cf-{pulumi.get_stack()}"', '"rg-cf-westeu-dev-1"'))
    faults = tmp_path / "faults.yaml"
    faults.write_text('- {type: "resources:ResourceGroup", operation: create, nth: 1, when: after}\n')
    assert small("up", "global-dev", CFCTL_FAULTS=str(faults)).status == 1
    again = small("up", "global-dev", "--json", CFCTL_FAULTS=str(faults))
    assert again.status == 1
    assert "already existing" in again.err
    assert "taken over" not in again.err


def test_the_attached_cli_is_interrupted_too(small: Any) -> None:
    """Ctrl-C reaches the CLI through cfctl, once: it finishes what runs."""
    _needs("cli")
    with at_the_gate(small, "--engine", "cli", "--json") as (process, gate):
        process.send_signal(signal.SIGINT)
        time.sleep(0.5)
        gate.touch()
        out, err = process.communicate(timeout=60)
    assert process.returncode == 130, err
    assert json.loads(out)["runs"][0]["result"] == "canceled"


def _needs(engine: str) -> None:
    if engine == "cli" and shutil.which("pulumi") is None:
        pytest.skip("no Pulumi CLI on PATH")
