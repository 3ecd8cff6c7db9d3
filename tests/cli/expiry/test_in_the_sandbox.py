"""`up --ttl`, `extend` and `reap` as they are typed, over a program that makes the real resource group and no more."""

import json
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from cli.run_records import journals_of
from stacks.ttl import read_moment, written_moment
from tests.cli.conftest import Cfctl
from tests.cli.in_process import InProcess

PROGRAM = """
import os
from datetime import UTC, datetime

import pulumi
import pulumi_azure_native as azure_native

from components.conventions import REGIONS, Names, tags_for
from components.resource_group import ResourceGroup, ResourceGroupArgs
from deployments.expiry import Expiry
from stacks import stack_settings_from

settings = stack_settings_from(pulumi.get_stack(), pulumi.Config().require_object("settings"))
azure = azure_native.Provider("azure", subscription_id=settings.subscription_id)
expiry = Expiry.of(settings, os.environ, datetime.now(UTC))
name = settings.deployment
ResourceGroup(
    "group",
    ResourceGroupArgs(
        location="westeurope",
        names=Names(name, settings.application_code),
        tags=tags_for(name, owner=settings.owner, cost_center=settings.cost_center),
        own_tags=expiry.tags,
        kept_tags=expiry.kept,
    ),
    pulumi.ResourceOptions(providers=[azure]),
)
"""
HOUR = timedelta(hours=1)
LONG_AGO = "2026-11-01T00:00:00Z"


@pytest.fixture
def groups(elsewhere: Any) -> Cfctl:
    """Commands of a copy whose deployments are a resource group each."""
    cfctl = elsewhere()
    (cfctl.project / "__main__.py").unlink()
    (cfctl.project / "__main__.py").write_text(PROGRAM)
    return cfctl


def settle(cfctl: Cfctl, deployment: str, line: str) -> None:
    """Add a line to a deployment's settings."""
    file = cfctl.project / "stacks" / f"Pulumi.{deployment}.yaml"
    file.write_text(file.read_text().replace("    owner:", f"    {line}\n    owner:", 1))


def ends(cfctl: Cfctl) -> dict[str, dict[str, Any]]:
    """What a look says of each deployment that stands."""
    told = cfctl("reap", "--dry-run", "--json").document
    return {row["deployment"]: row for row in told["deployments"]}


def about(text: str, expected: datetime) -> bool:
    return abs(read_moment(text, "") - expected) < timedelta(minutes=5)


def test_an_end_is_given_kept_moved_and_kept_to(groups: Cfctl) -> None:
    """The whole way, with the global that came along for it."""
    assert groups("up", "westeu-dev-1", "--ttl", "8h", "--ttl-spend", "50").status == 0
    first = ends(groups)
    assert set(first) == {"global-dev", "westeu-dev-1"}
    assert about(first["westeu-dev-1"]["expires_on"], datetime.now(UTC) + 8 * HOUR)
    assert first["global-dev"]["expires_on"] == first["westeu-dev-1"]["expires_on"]
    assert first["westeu-dev-1"]["expires_at_spend"] == "50.00 USD"

    again = groups("up", "westeu-dev-1", "--ttl", "3d", "--json")
    assert "as before: ./cfctl extend westeu-dev-1 moves it" in again.err
    assert [run["changes"] for run in again.document["runs"]] == [{"same": 4}, {"same": 4}]
    assert ends(groups)["westeu-dev-1"]["expires_on"] == first["westeu-dev-1"]["expires_on"]

    moved = groups("extend", "westeu-dev-1", "--by", "4h", "--reason", "load test goes on", "--json").document
    end = read_moment(first["westeu-dev-1"]["expires_on"], "") + 4 * HOUR
    assert moved["before"]["ExpiresOn"] == first["westeu-dev-1"]["expires_on"]
    assert moved["after"]["ExpiresOn"] == written_moment(end) == ends(groups)["westeu-dev-1"]["expires_on"]
    assert [it["reason"] for it in moved["extensions"]] == ["load test goes on"]
    assert moved["extensions"][0]["who"]
    assert "extended once: by 4h (load test goes on)" in groups("history", "westeu-dev-1").out

    assert groups("up", "westeu-dev-1", COMPLIANCEFLOW_EXPIRES_ON=LONG_AGO).status == 0
    reaped = groups("reap", "--json")
    assert reaped.status == 0, reaped.err
    assert [run["deployment"] for run in reaped.document["runs"]] == ["westeu-dev-1", "global-dev"]
    assert ends(groups) == {}
    assert groups("reap").status == 0


def test_a_global_waits_for_a_regional_that_lives_and_goes_with_the_last(groups: Cfctl) -> None:
    """Whatever its own tag says; a regional without an end holds it for good."""
    assert groups("up", "westeu-dev-1", COMPLIANCEFLOW_EXPIRES_ON=LONG_AGO).status == 0
    assert groups("up", "eastus-dev-1").status == 0
    looked = ends(groups)
    assert {name: row["status"] for name, row in looked.items()} == {
        "global-dev": "held",
        "westeu-dev-1": "over",
        "eastus-dev-1": "no end",
    }
    assert looked["global-dev"]["held_by"] == ["eastus-dev-1"]
    reaped = groups("reap", "--json")
    assert reaped.status == 0, reaped.err
    assert [run["deployment"] for run in reaped.document["runs"]] == ["westeu-dev-1"]
    assert set(ends(groups)) == {"global-dev", "eastus-dev-1"}


def test_a_tag_that_cannot_be_read_is_told_deletes_nothing_and_fails_the_schedule(groups: Cfctl) -> None:
    """Somebody has to look; `extend` gives it one that can be read."""
    assert groups("up", "global-dev", "--ttl", "8h").status == 0
    garble(groups, "global-dev", "soon")
    looked = groups("reap", "--json")
    assert looked.status == 1
    assert looked.document["deployments"][0]["status"] == "unclear"
    assert "'soon' is no time: it is not taken down" in looked.err
    assert groups("extend", "global-dev", "--by", "4h", "--reason", "was garbled").status == 0
    assert groups("reap").status == 0


def garble(cfctl: Cfctl, deployment: str, text: str) -> None:
    """Write a tag as a person in the portal would, behind the state."""
    group = f"%/resourceGroups/rg-cf-{deployment}"
    with closing(sqlite3.connect(cfctl.home.azure_store)) as store, store:
        ((inputs,),) = store.execute("select inputs from resources where arm_id like ?", (group,))
        body = json.loads(inputs)
        body["tags"]["ExpiresOn"] = text
        store.execute("update resources set inputs = ? where arm_id like ?", (json.dumps(body), group))


def test_what_the_settings_say_is_written_when_it_is_made_and_where_it_lacks(groups: Cfctl) -> None:
    """A ttl that came into the stack file later begins with the next `up`."""
    assert groups("up", "global-dev").status == 0
    assert ends(groups)["global-dev"]["status"] == "no end"
    settle(groups, "global-dev", "ttl: 3d")
    missing = groups("reap")
    assert missing.status == 1
    assert "though its stack file gives it one" in missing.err
    assert "ends at" in groups("up", "global-dev").err
    assert about(ends(groups)["global-dev"]["expires_on"], datetime.now(UTC) + timedelta(days=3))
    settle(groups, "eastus-stg-1", "ttl_spend: {amount: 20, currency: USD}")
    assert groups("up", "eastus-stg-1").status == 0
    assert ends(groups)["eastus-stg-1"]["expires_at_spend"] == "20.00 USD"
    assert ends(groups)["global-stg"]["status"] == "no end"


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (("up", "global-dev", "--ttl", "0"), 2, "'0' is no length of time"),
        (("up", "global-dev", "--ttl", "5m"), 2, "write 30m"),
        (("up", "global-dev", "--ttl", "15d"), 2, "write 14d"),
        (("up", "global-dev", "--ttl-spend", "-1"), 2, "'-1' is no amount of USD"),
        (("up", "westeu-prod-1", "--ttl", "8h"), 5, "westeu-prod-1, which is production, has no end"),
        (("up", "account", "--ttl", "8h"), 5, "has no end"),
        (("extend", "westeu-prod-1", "--by", "4h", "--reason", "x"), 5, "is production"),
        (("extend", "global-dev", "--by", "4h", "--reason", "x"), 5, "is not up"),
        (("extend", "global-dev", "--by", "4h"), 2, "no reason is given"),
        (("extend", "global-dev", "--by", "4h", "--reason", "x" * 501), 2, "the reason has 501 characters"),
        (("extend", "global-dev", "--reason", "x"), 2, "by how much"),
        (("extend", "global-dev", "--by", "0h", "--reason", "x"), 2, "'0h' is no length"),
        (("extend", "global-dex", "--by", "4h", "--reason", "x"), 2, "global-dex"),
        (("extend", "global-dev", "--by", "4h", "--reason", "x", "--target", "aws"), 2, "'aws' is no place"),
        (("reap", "--target", "aws"), 2, "'aws' is no place"),
    ],
)
def test_what_cannot_be_is_refused_with_what_to_type(
    run_here: Any, words: tuple[str, ...], status: int, said: str
) -> None:
    """Nothing is made by it."""
    ended = run_here(*words, "--json")
    assert ended.status == status, ended.err
    assert said in ended.err
    assert ended.document["errors"][0]["next_step"]


@pytest.fixture
def run_here(cfctl: Any, request: pytest.FixtureRequest) -> Any:
    """Commands in this process."""
    return InProcess.of(cfctl, request)


def test_a_teardown_that_was_killed_near_its_end_is_finished_though_no_tag_is_left(groups: Cfctl) -> None:
    """The group with its tag went first; what is begun is not left half done."""
    assert groups("up", "global-dev").status == 0
    assert groups("down", "global-dev", "--yes").status == 0
    journal = journals_of(groups.home).begin("global-dev", "down")
    for step in ("preflight", "export", "verify"):
        journal.begin_step(step)
        journal.end_step(step, {"server": None, "none": "no database server stands"}, 0.0)
    journal.begin_step("destroy")
    reaped = groups("reap", "--json")
    assert reaped.status == 0, reaped.err
    assert [run["deployment"] for run in reaped.document["runs"]] == ["global-dev"]
    assert journals_of(groups.home).unfinished("global-dev") is None
