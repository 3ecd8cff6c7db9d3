"""Backups of state through `cfctl`: listed, restored, timed; and the drill that proves them."""

import json
from pathlib import Path
from typing import Any

import pytest

from sandbox.inventory import layout_of


def same_only(document: dict[str, Any]) -> bool:
    """True if no run of a document changed anything."""
    return all(set(run["changes"]) <= {"same"} for run in document["runs"])


@pytest.mark.parametrize("damage", ["garbled", "gone"])
def test_a_state_that_is_garbled_or_gone_is_restored_refreshed_and_the_next_up_is_empty(
    small: Any, damage: str
) -> None:
    """The drill: what stands in Azure is known again, to the last property."""
    assert small("up", "global-dev").status == 0
    file = layout_of(small.home).state("global-dev")
    if damage == "garbled":
        file.write_bytes(file.read_bytes()[:500])
        refused = small("up", "global-dev")
        assert refused.status == 4
        assert "./cfctl state restore global-dev --generation 1" in refused.err
    else:
        file.unlink()
    restored = small("state", "restore", "global-dev", "--json")
    assert restored.status == 0, restored.err
    told = restored.document
    assert told["resources"] == 2
    assert 0 < told["seconds"]["restore"] < 10
    assert small("refresh", "global-dev").status == 0
    again = small("up", "global-dev", "--json")
    assert again.status == 0, again.err
    assert same_only(again.document)


def test_backups_are_listed_with_what_they_hold(small: Any) -> None:
    """And one that is damaged is told as that, and passed over by a restore that names none."""
    assert small("up", "global-dev").status == 0
    assert small("down", "global-dev", "--yes").status == 0
    listed = small("state", "backups", "global-dev", "--json").document["backups"]
    assert [(it["generation"], it["resources"], it["whole"]) for it in listed] == [(1, 0, True), (2, 2, True)]
    Path(listed[0]["path"]).write_text("{", encoding="utf-8")
    text = small("state", "backups", "global-dev").out
    assert "not whole: the state file is no JSON" in text
    ended = small("state", "restore", "global-dev")
    assert ended.status == 0, ended.err
    assert "generation 1 is not whole" in ended.err
    assert "2 resources" in ended.out
    assert small("list", "--json").document["deployments"][0]["resources"] == 2


def test_a_state_that_is_whole_is_replaced_only_with_a_word_for_it(small: Any) -> None:
    """Refused with the command that does it; by its number, or by a time."""
    assert small("up", "global-dev").status == 0
    taken = small("state", "backups", "global-dev", "--json").document["backups"][0]["taken"]
    refused = small("state", "restore", "global-dev")
    assert refused.status == 5
    assert "./cfctl state restore global-dev --generation 1 --yes" in refused.err
    ended = small("state", "restore", "global-dev", "--at", taken, "--yes", "--json")
    assert (ended.status, ended.document["generation"]) == (0, 1)


@pytest.mark.parametrize(
    ("arguments", "status", "told"),
    [
        (("restore", "global-dev"), 2, "no backup of global-dev"),
        (("backups", "global-dev"), 2, "./cfctl state import global-dev FILE"),
        (("restore", "global-dev", "--generation", "7"), 2, "of generation 7"),
        (("restore", "global-dev", "--at", "noon"), 2, "'noon' is no point in time"),
        (("restore", "westeu-dev-9"), 2, "westeu-dev-1"),
    ],
)
def test_what_is_not_there_is_refused_in_words(cfctl: Any, arguments: tuple[str, ...], status: int, told: str) -> None:
    ended = cfctl("state", *arguments)
    assert ended.status == status, ended.err
    assert told in ended.err
    assert not cfctl.home.exists()


def test_a_number_of_backups_that_cannot_be_is_refused(cfctl: Any) -> None:
    ended = cfctl("state", "backups", "global-dev", "--json", CFCTL_STATE_BACKUPS="many")
    assert ended.status == 2
    assert json.loads(ended.out)["errors"][0]["allowed"] == "a whole number from 1 to 1000"
