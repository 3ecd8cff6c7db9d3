"""`cfctl deployment add` and `remove`: two files, both or neither, and every other byte as it was."""

import os
import pty
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from cidr import FaultsError
from cidr.file_changes import FileChange, apply_together
from cli.failures import failure_of
from tests.cli.one_process import run_all

ADD = ("deployment", "add", "uksouth-dev-1", "--like", "westeu-dev-1")
MAP = "cidr/allocations.yaml"
STACK = "stacks/Pulumi.uksouth-dev-1.yaml"


def files(project: Path) -> dict[str, bytes]:
    """Every file of the rooms that hold data and code."""
    return {
        str(path.relative_to(project)): path.read_bytes()
        for room in ("cidr", "stacks", "cli")
        for path in (project / room).rglob("*")
        if path.is_file() and path.suffix != ".pyc"
    }


def changed(before: dict[str, bytes], after: dict[str, bytes]) -> set[str]:
    """The files that are not the same."""
    return {name for name in before | after if before.get(name) != after.get(name)}


def free_block(cfctl: Any) -> str:
    """The block that the next deployment of UK South gets."""
    return cfctl("cidr", "next", "--region", "uksouth", "--env", "dev", "--json").document["block"]


def test_a_new_deployment_touches_two_files_and_can_be_previewed_at_once(elsewhere) -> None:
    """The claim of the project: one row of the map and one stack file, and every other line is the same bytes."""
    cfctl = elsewhere()
    before, block = files(cfctl.project), free_block(cfctl)
    ended = cfctl(*ADD, "--json")
    assert ended.status == 0, ended.err
    assert ended.document["files"] == [MAP, STACK]
    after = files(cfctl.project)
    assert changed(before, after) == {MAP, STACK}
    lines = zip(before[MAP].splitlines(keepends=True), after[MAP].splitlines(keepends=True), strict=True)
    day = datetime.now(UTC).date()
    assert [pair for pair in lines if pair[0] != pair[1]] == [
        (
            f"  - {{network: {block}, status: free}}\n".encode(),
            f"  - {{network: {block}, status: live, deployment: uksouth-dev-1, since: {day}}}\n".encode(),
        )
    ]
    assert after[STACK] == before["stacks/Pulumi.westeu-dev-1.yaml"]
    preview = cfctl("preview", "uksouth-dev-1", "--json")
    assert preview.status == 0, preview.err
    (run,) = (run for run in preview.document["runs"] if run["deployment"] == "uksouth-dev-1")
    assert run["changes"]["create"] > 200
    assert cfctl("cidr", "check").status == 0


def test_settings_of_its_own_are_asked_as_options_and_nothing_else_differs(elsewhere) -> None:
    """What is not given is that of the other, which is said."""
    cfctl = elsewhere()
    assert "budget is that of westeu-dev-1" in " ".join(cfctl(*ADD, "--json").document["notes"])
    options = ("--budget", "250.5", "--set", "owner=UK Team: dev")
    name = "uksouth-dev-2"
    ended = cfctl("deployment", "add", name, "--like", "westeu-dev-1", *options, "--json")
    assert ended.document["changed"] == {"budget.amount": "250.5", "owner": "UK Team: dev"}
    assert "budget is that of" not in " ".join(ended.document["notes"])
    model, new = ((cfctl.project / f"stacks/Pulumi.{it}.yaml").read_text() for it in ("westeu-dev-1", name))
    pairs = zip(model.splitlines(), new.splitlines(), strict=True)
    assert [pair[1].strip() for pair in pairs if pair[0] != pair[1]] == ['owner: "UK Team: dev"', "amount: 250.5"]


def test_what_pulumi_wrote_for_the_other_stack_alone_is_left_out(elsewhere) -> None:
    """With the salt of another its secrets would be encrypted by another's key."""
    cfctl = elsewhere()
    file = cfctl.project / "stacks/Pulumi.westeu-dev-1.yaml"
    file.write_text("secretsprovider: azurekeyvault://x\n" + file.read_text() + "encryptionsalt: v1:abc:def\n")
    ended = cfctl(*ADD, "--json")
    assert ended.status == 0, ended.err
    assert "encryptionsalt" in " ".join(ended.document["notes"])
    new = (cfctl.project / STACK).read_text()
    assert "encryptionsalt" not in new
    assert "secretsprovider" not in new
    assert cfctl("cidr", "check").status == 0


def test_the_account_is_told_of_where_it_does_not_cover_the_newcomer(elsewhere) -> None:
    """Its file is not changed: what all may cost is a person's decision."""
    ended = elsewhere()(*ADD, "--budget", "250", "--json")
    notes = " ".join(ended.document["notes"])
    assert "the budgets of dev add up to" in notes
    assert "no network watcher for uksouth in dev: add `uksouth`" in notes


REFUSED = [
    (("uksouth-dev-0", "--like", "westeu-dev-1"), ["no number from 1 to 99", "write uksouth-dev-1"]),
    (("uksouth-dev-100", "--like", "westeu-dev-1"), ["no number from 1 to 99"]),
    (("uksuoth-dev-1", "--like", "westeu-devv-1"), ["write 'uksouth' there", "write 'dev' there", "--like"]),
    (("westeu-dev-1", "--like", "eastus-dev-1"), ["westeu-dev-1 is there already", "add westeu-dev-2"]),
    (("uksouth-dev-1", "--like", "westeu-dev-9"), ["'westeu-dev-9' is not in the map", "write 'westeu-dev-1'"]),
    (("uksouth-dev-1", "--like", "westeu-stg-1"), ["another environment", "--like westeu-dev-1"]),
    (("uksouth-dev-1", "--like", "global-dev"), ["another kind"]),
    (("global-dev", "--like", "global-stg"), ["the one of its environment"]),
    ((*ADD[2:], "--budget", "0"), ["budget.amount=0", "a month's budget, more than 0"]),
    ((*ADD[2:], "--budget", "abc"), ["budget.amount=abc"]),
    ((*ADD[2:], "--set", "postgres.sku=x"), ["no single value 'postgres.sku'", "'postgres.sku_name'"]),
    ((*ADD[2:], "--set", "owner"), ["'owner' is no setting", "KEY=VALUE"]),
    ((*ADD[2:], "--block", "10.12.0.0/16"), ["held for eastus-dev-1", "write --block 10.6"]),
    ((*ADD[2:], "--block", "10.60"), ["'10.60' is no block"]),
    ((*ADD[2:], "--block", "10.200.0.0/16"), ["no block of the platform"]),
    ((*ADD[2:], "--set", "postgres.sku_name=Standard_D16ds_v5", "--set", "postgres.tier=GeneralPurpose"), ["dev"]),
]


def test_what_cannot_be_added_is_told_and_nothing_is_written(elsewhere) -> None:
    """With what is allowed and what to type next; prod sizes in dev among them."""
    cfctl = elsewhere()
    before = files(cfctl.project)
    ends = run_all(cfctl, *(("deployment", "add", *arguments, "--json") for arguments, _ in REFUSED))
    for (arguments, told), ended in zip(REFUSED, ends, strict=True):
        assert ended.status == 2, arguments
        assert ended.document["command"] == "deployment add"
        said = str(ended.document["errors"])
        assert [words for words in told if words not in said] == [], said
    assert changed(before, files(cfctl.project)) == set()


def test_a_size_that_the_region_does_not_offer_is_refused(elsewhere) -> None:
    """West Europe has no AMD compute for PostgreSQL: Azure would refuse it after minutes."""
    cfctl = elsewhere()
    like, size = "eastus-prod-1", "postgres.sku_name=Standard_D4ads_v5"
    ended = cfctl("deployment", "add", "westeu-prod-3", "--like", like, "--set", size, "--json")
    assert ended.status == 2
    assert "Standard_D4ads_v5 is not offered in westeu" in str(ended.document["errors"])
    assert not (cfctl.project / "stacks/Pulumi.westeu-prod-3.yaml").exists()


def test_a_region_that_has_no_row_is_refused_before_anything_is_written(elsewhere) -> None:
    """Without a short form no name is sure to fit."""
    cfctl = elsewhere()
    (cfctl.project / "components").unlink()
    source = Path(__file__).parents[2] / "components"
    (cfctl.project / "components").mkdir()
    for path in source.iterdir():
        if path.name != "conventions":
            (cfctl.project / "components" / path.name).symlink_to(path)
    here = cfctl.project / "components" / "conventions"
    here.mkdir()
    for path in (source / "conventions").iterdir():
        if path.name != "__pycache__":
            text = path.read_text()
            (here / path.name).write_text(
                text[: text.index("uksouth:")] + text[text.index("australiaeast:") :]
                if path.name == "regions.yaml"
                else text
            )
    before = files(cfctl.project)
    ended = cfctl(*ADD)
    assert ended.status == 2
    assert "uksouth has no row, so no short form" in ended.err
    assert changed(before, files(cfctl.project)) == set()


def test_killed_between_the_two_files_the_same_command_goes_on(elsewhere) -> None:
    """A live row without a stack file keeps its block."""
    cfctl = elsewhere()
    assert cfctl(*ADD).status == 0
    after = files(cfctl.project)
    (cfctl.project / STACK).unlink()
    assert cfctl("cidr", "check").status == 1
    again = cfctl(*ADD, "--json")
    assert again.status == 0, again.err
    assert again.document["was"] == "its own before"
    assert changed(after, files(cfctl.project)) == set()


def test_a_stack_file_without_a_block_is_not_written_over(elsewhere) -> None:
    """Somebody's work may be in it."""
    cfctl = elsewhere()
    (cfctl.project / STACK).write_text("mine")
    ended = cfctl(*ADD)
    assert ended.status == 2
    assert f"rm {STACK}" in ended.err
    assert (cfctl.project / STACK).read_text() == "mine"


def test_removing_gives_the_block_to_nobody_and_adding_again_takes_another(elsewhere) -> None:
    """Retired is never reused by accident, only where the block is named."""
    cfctl = elsewhere()
    before, first = files(cfctl.project), free_block(cfctl)
    remove = ("deployment", "remove", "uksouth-dev-1", "--yes", "--json")
    added, removed, check, gone = run_all(cfctl, (*ADD, "--json"), remove, ("cidr", "check"), remove)
    assert [added.status, removed.status, check.status] == [0, 0, 0]
    assert added.document["block"] == removed.document["block"] == first
    after = files(cfctl.project)
    assert changed(before, after) == {MAP}
    assert f"{{network: {first}, status: retired, was: uksouth-dev-1, since: ".encode() in after[MAP]
    assert gone.status == 2
    assert f"its block {first} is retired" in str(gone.document["errors"])
    named = ("deployment", "add", "uksouth-dev-2", "--like", "westeu-dev-1", "--block", first, "--json")
    again, other, check = run_all(cfctl, (*ADD, "--json"), named, ("cidr", "check"))
    assert again.document["block"] != first
    assert f"{first}, which uksouth-dev-1 had before, stays retired" in again.document["notes"]
    assert (other.document["block"], other.document["was"]) == (first, "retired, was uksouth-dev-1's")
    assert check.status == 0


def test_removing_the_last_of_its_kin_frees_what_was_held_for_it(elsewhere) -> None:
    """And says which blocks these are."""
    cfctl = elsewhere()
    ended = cfctl("deployment", "remove", "northeu-prod-1", "--yes", "--json")
    assert ended.document["released"] == [f"10.{second}.0.0/16" for second in range(51, 60)]
    assert cfctl("cidr", "check").status == 0


@pytest.mark.parametrize("state", [{"resources": [{"type": "azure-native:x:Y", "custom": True, "id": "/x"}]}, "{"])
def test_what_may_be_up_is_not_removed(elsewhere, state) -> None:
    """Up, or not to be known: its resources would belong to nobody."""
    cfctl = elsewhere()
    cfctl.write_state("eastus-dev-1", state)
    before = files(cfctl.project)
    ended = cfctl("deployment", "remove", "eastus-dev-1", "--yes", "--json")
    assert ended.status == 5
    assert "./cfctl down eastus-dev-1" in str(ended.document["errors"])
    assert changed(before, files(cfctl.project)) == set()


def test_removing_asks_and_refuses_where_nobody_can_answer(elsewhere) -> None:
    """A script that means it says --yes."""
    remove = ("deployment", "remove")
    silent, of_all, unknown = run_all(
        elsewhere(), (*remove, "eastus-dev-1"), (*remove, "global-dev", "--yes"), (*remove, "uksouth-dev-7", "--yes")
    )
    assert (silent.status, of_all.status, unknown.status) == (5, 2, 2)
    assert "./cfctl deployment remove eastus-dev-1 --yes" in silent.err


@pytest.mark.parametrize(("typed", "status"), [("eastus-dev-1", 0), ("yes", 5)])
def test_a_person_types_the_name_to_remove_it(elsewhere, typed, status) -> None:
    """At a terminal; anything else changes nothing."""
    cfctl = elsewhere()
    before = files(cfctl.project)
    terminal, inside = pty.openpty()
    command = [sys.executable, "-P", "-m", "cli", "deployment", "remove", "eastus-dev-1"]
    running = subprocess.Popen(
        command,
        cwd=cfctl.home.root.parent,
        env=cfctl.environment,
        stdin=inside,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    os.write(terminal, f"{typed}\n".encode())
    _, said = running.communicate(timeout=60)
    os.close(inside)
    os.close(terminal)
    assert running.returncode == status, said
    assert b"Type eastus-dev-1 to go on" in said
    assert bool(changed(before, files(cfctl.project))) == (status == 0)


def test_a_disk_without_room_is_a_users_fault_told_with_its_place(tmp_path) -> None:
    """Not a fault of the command: exit status 2, nothing changed."""
    with pytest.raises(FaultsError) as error:
        apply_together([FileChange(path=tmp_path / "not there" / "file", before=None, after=b"")])
    failure = failure_of(error.value, tmp_path)
    assert failure.code == 2
    assert "nothing was changed" in failure.faults[0].what
