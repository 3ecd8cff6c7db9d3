"""Bad input and what must not be done: a clear error with its status, what to type next, and nothing changed."""

import os
import pty
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cidr.yaml_source import REPOSITORY

UP: dict[str, Any] = {"resources": [{"type": "azure-native:resources:ResourceGroup", "custom": True}]}


def untouched(cfctl: Any) -> bool:
    """True if no home was made."""
    return not cfctl.home.exists()


@pytest.mark.parametrize(
    ("command", "name", "nearest"),
    [
        ("up", "westeu-dev-2", "westeu-dev-1"),
        ("preview", "westue-dev-1", "westeu"),
        ("down", "global-dve", "dev"),
        ("refresh", "eastus-dev-12", "eastus-dev-1"),
        ("outputs", "westeu-test-1", "dev"),
    ],
)
def test_an_unknown_deployment_is_told_the_nearest(cfctl: Any, command: str, name: str, nearest: str) -> None:
    """A slip of the finger must not cost a search."""
    ended = cfctl(command, name)
    assert ended.status == 2
    assert name in ended.err
    assert nearest in ended.err
    assert untouched(cfctl)


def test_an_overlapping_block_stops_every_run(elsewhere: Callable[[], Any]) -> None:
    """Two deployments with one block could never be peered."""
    cfctl = elsewhere()
    file = cfctl.project / "cidr" / "allocations.yaml"
    text = file.read_text()
    assert "10.10.0.0/16" in text
    file.write_text(re.sub(r"10\.11\.0\.0/16", "10.10.0.0/16", text))
    ended = cfctl("up", "westeu-dev-1")
    assert ended.status == 2
    assert "allocations.yaml" in ended.err
    assert "10.10.0.0/16" in ended.err
    assert untouched(cfctl)


def spoil(cfctl: Any, deployment: str, old: str, new: str) -> None:
    """Another value in a stack file."""
    file = cfctl.project / "stacks" / f"Pulumi.{deployment}.yaml"
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new))


@pytest.mark.parametrize("command", ["up", "preview"])
@pytest.mark.parametrize(
    ("deployment", "old", "new", "told"),
    [
        (
            "westeu-prod-1",
            "Standard_D4ds_v5",
            "Standard_D4ads_v5",
            ["Standard_D4ads_v5 is not offered in westeu", "postgres.sku_name", "no Standard_D*ads_v5"],
        ),
        ("westeu-dev-1", "Balanced_B0", "Balanced_B5", ["sku_name Balanced_B5 is not dev's", "in dev: Balanced_B0"]),
        (
            "westeu-dev-1",
            "0000000000a1",
            "0000000000ff",
            ["westeu-dev-1 and global-dev, which it needs, are of two tenants", "stacks/Pulumi.global-dev.yaml"],
        ),
    ],
    ids=["a size that the region has not", "a size of prod", "another tenant"],
)
def test_what_azure_would_refuse_in_the_middle_is_refused_before_anything_is_begun(
    elsewhere: Callable[[], Any], command: str, deployment: str, old: str, new: str, told: list[str]
) -> None:
    """Else the global deployment would be up by then."""
    cfctl = elsewhere()
    spoil(cfctl, deployment, old, new)
    ended = cfctl(command, deployment)
    assert ended.status == 2
    assert all(word in ended.err for word in [*told, "next"]), ended.err
    assert untouched(cfctl)


def test_a_region_without_a_short_form_stops_every_command_in_words(elsewhere: Callable[[], Any]) -> None:
    """No name could be made of it."""
    cfctl = elsewhere()
    room = cfctl.project / "components"
    room.unlink()
    shutil.copytree(REPOSITORY / "components", room, ignore=shutil.ignore_patterns("__pycache__"))
    regions = room / "conventions" / "regions.yaml"
    regions.write_text(re.sub(r"(?ms)^uksouth:.*?(?=^\w)", "", regions.read_text()))
    ended = cfctl("names", "show", "uksouth-dev-1")
    assert ended.status == 2
    assert "uksouth has no row, so no short form" in ended.err
    assert "add `uksouth:`" in ended.err


def test_all_faults_of_all_stack_files_are_shown_at_once(elsewhere: Callable[[], Any]) -> None:
    """Missing budget in one file, unknown key and missing owner in the other: one look, one round of mending."""
    cfctl = elsewhere()
    stacks = cfctl.project / "stacks"
    regional, shared = stacks / "Pulumi.westeu-dev-1.yaml", stacks / "Pulumi.global-dev.yaml"
    regional.write_text(re.sub(r"    budget:\n(      .*\n)+", "", regional.read_text()))
    shared.write_text(shared.read_text().replace("    owner: DevOps\n", "    ownr: DevOps\n"))
    ended = cfctl("up", "westeu-dev-1", "--json")
    assert ended.status == 2
    told = " ".join(f"{fault['where']} {fault['what']}" for fault in ended.document["errors"])
    for word in ("Pulumi.westeu-dev-1.yaml", "budget", "Pulumi.global-dev.yaml", "ownr", "owner"):
        assert word in told
    assert all(fault["next_step"] for fault in ended.document["errors"])
    assert len(ended.document["errors"]) >= 3
    assert untouched(cfctl)


def test_a_deployment_without_a_stack_file_says_which_file(elsewhere: Any) -> None:
    """The map may know more deployments than have settings."""
    cfctl = elsewhere()
    (cfctl.project / "stacks" / "Pulumi.eastus-dev-1.yaml").unlink()
    ended = cfctl("up", "eastus-dev-1")
    assert ended.status == 2
    assert "stacks/Pulumi.eastus-dev-1.yaml" in ended.err


@pytest.mark.parametrize("arguments", [("down", "westeu-prod-1"), ("down", "global-prod", "--yes")])
def test_production_is_never_taken_down(cfctl: Any, arguments: tuple[str, ...]) -> None:
    """Not with --yes either."""
    ended = cfctl(*arguments)
    assert ended.status == 5
    assert "production" in ended.err


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (("westeu-dev-1", "--break-glass", "why"), 2, "may be taken down without it"),
        (("westeu-prod-1", "--break-glass", " "), 5, "is production"),
        (("westeu-prod-1", "eastus-prod-1", "--break-glass", "why", "--confirm", "westeu-prod-1"), 5, "one deployment"),
        (("westeu-prod-1", "--break-glass", "why", "--without-export", "why"), 2, "never given up"),
        (("westeu-prod-1", "--break-glass", "why", "--yes"), 5, "--yes is not enough"),
        (("westeu-prod-1", "--break-glass", "why", "--confirm", "westeu-prod-2"), 5, "is not westeu-prod-1"),
        (("westeu-prod-1", "--break-glass", "why"), 5, "nobody is at the terminal"),
    ],
)
def test_the_glass_is_broken_for_one_of_prod_with_a_reason_and_its_name(
    cfctl: Any, arguments: tuple[str, ...], status: int, said: str
) -> None:
    """Whatever is missing is said, and nothing is begun."""
    ended = cfctl("down", *arguments)
    assert ended.status == status, ended.err
    assert said in ended.err
    assert untouched(cfctl)


def test_a_global_stays_while_a_regional_is_up(cfctl: Any) -> None:
    """The refusal names the regional and the command that takes both down in order."""
    cfctl.write_state("global-dev", UP)
    cfctl.write_state("westeu-dev-1", UP)
    ended = cfctl("down", "global-dev", "--yes", "--json")
    assert ended.status == 5
    (fault,) = ended.document["errors"]
    assert "westeu-dev-1 is up and needs global-dev" in fault["what"]
    assert fault["next_step"] == "./cfctl down westeu-dev-1 global-dev"


def test_a_regional_whose_state_is_damaged_counts_as_up(cfctl: Any) -> None:
    """Nobody knows what is there: its global must stay."""
    cfctl.write_state("global-dev", UP)
    cfctl.write_state("westeu-dev-1", "{ torn")
    assert cfctl("down", "global-dev", "--yes").status == 5


def test_taking_down_what_is_not_up_is_done_already(cfctl: Any) -> None:
    """The same command may be run again."""
    ended = cfctl("down", "westeu-dev-1", "--json")
    assert ended.status == 0
    assert ended.document["runs"] == []
    assert "not up" in ended.err
    assert untouched(cfctl)


def test_nobody_at_the_terminal_means_no_confirmation(cfctl: Any) -> None:
    """A script that means it says --yes."""
    cfctl.write_state("westeu-dev-1", UP)
    ended = cfctl("down", "westeu-dev-1")
    assert ended.status == 5
    assert "./cfctl down westeu-dev-1 --yes" in ended.err


def test_a_name_typed_wrong_confirms_nothing(cfctl: Any) -> None:
    """A real terminal: the prompt says what is lost, and `yes` is not enough."""
    state = cfctl.write_state("westeu-dev-1", UP)
    before = state.read_bytes()
    master, slave = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", "cli", "down", "westeu-dev-1"],
        cwd=cfctl.home.root,
        env=cfctl.environment,
        stdin=slave,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    os.write(master, b"yes\n")
    _, err = process.communicate(timeout=60)
    os.close(master)
    os.close(slave)
    assert process.returncode == 5
    assert "1 resources are deleted" in err or "1 resource is deleted" in err
    assert "nothing was changed" in err
    assert state.read_bytes() == before


def test_a_damaged_state_names_the_file_and_the_newest_whole_backup(cfctl: Any) -> None:
    """What to type is a command that can be pasted."""
    cfctl.home.prepare().passphrase()
    path = cfctl.write_state("westeu-dev-1", '{"version": 3, "checkp')
    backup = path.with_name("westeu-dev-1.json.bak")
    backup.write_text('{"version": 3, "checkpoint": {"stack": "organization/complianceflow/westeu-dev-1"}}')
    ended = cfctl("outputs", "westeu-dev-1", "--json")
    assert ended.status == 4
    (fault,) = ended.document["errors"]
    assert fault["where"] == str(path)
    assert f"cp '{backup}' '{path}'" in fault["next_step"]


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (("up",), "no deployment is named"),
        (("up", "x", "--engine", "docker"), "docker"),
        (("up", "x", "--parallel", "0"), "parallel"),
        (("dwon", "x"), "down"),
        (("list", "--josn"), "--json"),
    ],
)
def test_a_command_line_that_cannot_be_read_says_what_is_meant(
    cfctl: Any, arguments: tuple[str, ...], word: str
) -> None:
    """With --json the refusal is a document too."""
    ended = cfctl(*arguments)
    assert ended.status == 2
    assert word in ended.err
    assert ended.out == ""
    assert cfctl(*arguments, "--json").document["exit_code"] == 2


def test_a_home_that_cannot_be_written_is_bad_input(cfctl: Any, tmp_path: Path) -> None:
    """A file stands where the home should be."""
    (tmp_path / "file").write_text("")
    ended = cfctl("up", "westeu-dev-1", "--home", str(tmp_path / "file"))
    assert ended.status == 2
    assert "--home DIR" in ended.err


@pytest.mark.parametrize(("text", "word"), [("{", "no JSON"), ("[]", "no JSON object"), ("{}", "no export")])
def test_an_import_of_something_else_changes_nothing(cfctl: Any, tmp_path: Path, text: str, word: str) -> None:
    """The file is named, and what would be taken."""
    (tmp_path / "export.json").write_text(text)
    ended = cfctl("state", "import", "westeu-dev-1", "--file", str(tmp_path / "export.json"))
    assert ended.status in (2, 4)
    assert word in ended.err
    assert cfctl("list", "--json").document["deployments"][3]["status"] == "down"


def test_an_import_over_what_is_up_asks_for_yes(cfctl: Any, tmp_path: Path) -> None:
    """It would forget resources that exist."""
    cfctl.write_state("westeu-dev-1", UP)
    (tmp_path / "export.json").write_text('{"version": 3, "deployment": {}}')
    ended = cfctl("state", "import", "westeu-dev-1", "--file", str(tmp_path / "export.json"))
    assert ended.status == 5
    assert "backup.json" in ended.err
