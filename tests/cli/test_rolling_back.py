"""Rollback: the last good settings are put back, shown before, brought up; a refusal leaves the file as it was."""

import subprocess
from pathlib import Path
from typing import Any

from cli.good_settings import commit_of, good_settings_of


def stack(small: Any) -> Path:
    return small.project / "stacks" / "Pulumi.global-dev.yaml"


def with_owner(small: Any, owner: str) -> str:
    """Another owner in the stack file; what the file was."""
    before = stack(small).read_text()
    assert "owner: DevOps" in before
    stack(small).write_text(before.replace("owner: DevOps", f"owner: {owner}"))
    return before


def test_a_change_that_did_not_come_up_is_rolled_back(small: Any) -> None:
    """And a change that came up well is gone back from as well: its forerunner was good too."""
    assert small("up", "global-dev").status == 0
    good = with_owner(small, "Somebody")
    assert small("up", "global-dev", BROKEN="1").status != 0
    refused = small("rollback", "global-dev")
    assert refused.status == 5
    assert "-    owner: Somebody" in refused.err
    assert "+    owner: DevOps" in refused.err
    assert stack(small).read_text() != good
    ended = small("rollback", "global-dev", "--yes", "--json")
    assert ended.status == 0, ended.err
    assert ended.document["runs"][0]["result"] == "succeeded"
    assert stack(small).read_text() == good
    nothing = small("rollback", "global-dev", "--yes")
    assert nothing.status == 2
    assert "never came up well here with other settings" in nothing.err


def test_only_what_came_up_well_is_noted_and_what_up_refuses_is_not_put_back(small: Any) -> None:
    """A budget that is gone from the schema's point of view, a lock: the file is as it was."""
    assert small("up", "global-dev", BROKEN="1").status != 0
    kept = good_settings_of(small.home)
    assert kept.of("global-dev") == ()
    text = stack(small).read_text()
    from lifecycle.times import now

    kept.note("global-dev", text.replace("owner: DevOps", "ownr: DevOps"), "", now())
    refused = small("rollback", "global-dev", "--yes")
    assert refused.status == 2
    assert "ownr" in refused.err
    assert stack(small).read_text() == text


def test_the_commit_is_that_of_the_very_content(tmp_path: Path) -> None:
    """Of a file with other content, or without a repository, there is none."""
    file = tmp_path / "Pulumi.x.yaml"
    file.write_text("a")
    assert commit_of(file) == ""

    def git(*words: str) -> str:
        command = ["git", "-C", str(tmp_path), "-c", "user.name=Acme administrator", "-c", "user.email=a@acme.example"]
        return subprocess.run([*command, *words], capture_output=True, text=True, check=True).stdout.strip()

    git("init", "-q")
    git("add", ".")
    git("commit", "-q", "-m", "settings")
    assert commit_of(file) == git("rev-parse", "HEAD")
    file.write_text("b")
    assert commit_of(file) == ""
