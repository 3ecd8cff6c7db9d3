"""Runs leave receipts, `history` tells them, and a teardown that did not end is gone on with: over a small program."""

from typing import Any

import pytest

from cli.run_records import journals_of, receipts_of


def test_every_up_and_down_leaves_a_receipt_that_history_lists(small: Any) -> None:
    """A page and JSON each; the latest first."""
    for command in (("up", "westeu-dev-1"), ("down", "westeu-dev-1", "global-dev", "--yes")):
        ended = small(*command, "--json")
        assert ended.status == 0, ended.err
        for run in ended.document["runs"]:
            assert run["deployment"] in run["receipt"]
            assert run["receipt"].endswith(".html")
    told = small("history", "--json").document["receipts"]
    assert [(it["deployment"], it["kind"]) for it in told] == [
        ("global-dev", "down"),
        ("westeu-dev-1", "down"),
        ("westeu-dev-1", "up"),
        ("global-dev", "up"),
    ]
    assert "- 4 deleted" in small("history", "westeu-dev-1").out


def test_a_preview_and_a_run_that_failed_leave_none(small: Any) -> None:
    """A receipt says that something is done."""
    assert small("preview", "global-dev").status == 0
    red = small("up", "global-dev", "--json", BROKEN="1")
    assert red.status != 0
    assert [run["receipt"] for run in red.document["runs"]] == [""]
    none = small("history", "global-dev")
    assert none.status == 2
    assert "./cfctl up global-dev" in none.err
    assert small("up", "global-dev", "--json").document["runs"][0]["receipt"]


def test_a_teardown_that_did_not_end_is_gone_on_with_although_nothing_stands(small: Any) -> None:
    """Killed between its last steps: nothing is up, and the run still wants its end."""
    assert small("up", "global-dev").status == 0
    assert small("down", "global-dev", "--yes").status == 0
    journal = journals_of(small.home).begin("global-dev", "down")
    for step in ("preflight", "export", "verify"):
        journal.begin_step(step)
        journal.end_step(step, {"server": None, "none": "no database server stands"}, 0.0)
    journal.begin_step("destroy")
    again = small("down", "global-dev", "--yes", "--json")
    assert again.status == 0, again.err
    assert [run["result"] for run in again.document["runs"]] == ["succeeded"]
    assert journals_of(small.home).unfinished("global-dev") is None
    assert len(receipts_of(small.home).of("global-dev")) == 3


def test_a_rehearsal_takes_down_and_brings_up(small: Any) -> None:
    """What has no data says so."""
    assert small("up", "global-dev").status == 0
    ended = small("rehearse", "global-dev", "--yes")
    assert ended.status == 0, ended.err
    assert "it had no data to bring back" in ended.out
    assert small("rehearse", "global-dev", "--yes", "--json").document["recoveries"] == []


@pytest.mark.parametrize(("name", "status"), [("westeu-prod-1", 5), ("westeu-dev-9", 2), ("nowhere", 2)])
def test_a_rehearsal_of_what_is_not_to_go_down_is_refused(small: Any, name: str, status: int) -> None:
    """Production, and what is no deployment."""
    ended = small("rehearse", name, "--yes")
    assert ended.status == status, ended.err


def test_fresh_gives_up_the_data_of_what_is_named_alone(small: Any) -> None:
    """The global that comes along has data of its own waiting, and nobody said that it may stay away."""
    for name in ("global-dev", "westeu-dev-1"):
        journal = journals_of(small.home).begin(name, "down")
        for step in ("preflight", "export", "verify"):
            journal.begin_step(step)
            journal.end_step(step, {"name": "saved-before", "made_at": "then"}, 0.0)
        journal.begin_step("destroy")
        journal.end("succeeded")
    ended = small("up", "westeu-dev-1", "--fresh", "tried from empty")
    assert ended.status == 1
    assert "global-dev is not up: it has no databases" in ended.err, "it tries to bring its data back"
