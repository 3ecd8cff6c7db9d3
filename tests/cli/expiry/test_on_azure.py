"""`extend` and `reap` with `--target azure`: what Azure and the Pulumi CLI are asked, and what is done about it."""

import json
from collections.abc import Generator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from cli.arm_client import ArmClient
from cli.expiry import azure_ground
from cli.expiry.azure_ground import AzureGround, answering
from cli.options import PROJECT
from components.account.reaper_role import ACTIONS, NOT_ACTIONS
from stacks import load_account
from stacks.ttl import written_moment
from tests.preflight.conftest import Platform
from tests.preflight.conftest import platform as platform  # noqa: PLC0414 - a fixture, for the tests below

GROUP = "/subscriptions/00000000-0000-0000-0000-0000000000d1/resourceGroups/rg-cf-westeu-dev-1"
URN = (
    "urn:pulumi:westeu-dev-1::complianceflow::complianceflow:components:ResourceGroup$"
    "azure-native:resources:ResourceGroup::group"
)
NOW = datetime.now(UTC)
PULUMI = """#!/bin/sh
if [ "$1" = version ]; then echo "$FAKE_VERSION"; exit 0; fi
if [ "$1" = stack ]; then
  for word in "$@"; do [ -f "$FAKE_STACKS/$2-$word" ] && exec cat "$FAKE_STACKS/$2-$word"; done
  echo "error: no stack named '$4' found" >&2; exit 255
fi
{ for word in "$COMPLIANCEFLOW_EXPIRES_ON" "$@"; do echo "$word"; done; echo; } >> "$FAKE_LOG"
exit "$FAKE_STATUS"
"""


@pytest.fixture
def azure(platform: Platform, monkeypatch: pytest.MonkeyPatch) -> Platform:
    """Azure with no deployment of dev or stg, and a CLI that knows no stack."""
    platform.azure.add([answer("GET", "/subscriptions/*/resourceGroups/rg-cf-*", 404)])
    (platform.directory / "bin" / "pulumi").write_text(PULUMI)
    monkeypatch.setenv("FAKE_STACKS", str(platform.directory))

    @contextmanager
    def open_azure(project: Path) -> Generator[AzureGround]:
        transport = platform.azure.transport
        with (
            ArmClient("https://management.azure.com", SecretStr("token"), lambda _: None, transport) as client,
            answering(client),
        ):
            yield AzureGround(client, project, load_account(project), "pulumi")

    monkeypatch.setattr(azure_ground, "open_azure", open_azure)
    return platform


def answer(method: str, path: str, status: int, body: Any = "") -> dict[str, Any]:
    """A recording of Resource Manager."""
    request = {"method": method, "host": "management.azure.com", "path": path}
    return {"request": request, "response": {"status": status, "body": body}}


def stand(azure: Platform, made: datetime, history: list[dict[str, Any]] | None = None, **tags: str) -> None:
    """westeu-dev-1 stands, with these tags and this history."""
    azure.azure.add([answer("GET", GROUP, 200, {"id": GROUP, "tags": tags})])
    group = {"urn": URN, "custom": True, "id": GROUP, "type": "azure-native:resources:ResourceGroup"}
    group["created"] = group["modified"] = made.isoformat()
    export = {"version": 3, "deployment": {"manifest": {}, "resources": [group]}}
    (azure.directory / "export-westeu-dev-1").write_text(json.dumps(export))
    (azure.directory / "history-westeu-dev-1").write_text(json.dumps(history or []))


def update(message: str, ended: datetime, result: str = "succeeded") -> dict[str, Any]:
    """An entry of `pulumi stack history --json`."""
    environment = {"git.author": "Acme administrator"}
    return {
        "kind": "update",
        "message": message,
        "environment": environment,
        "result": result,
        "startTime": ended.strftime("%Y-%m-%dT%H:%M:%S.000Z"),
        "endTime": ended.strftime("%Y-%m-%dT%H:%M:%S.000Z"),
    }


def test_what_is_over_is_destroyed_by_the_cli_and_what_lives_is_not(azure: Platform) -> None:
    """By the tag that Azure has."""
    stand(azure, NOW - timedelta(hours=9), ExpiresOn=written_moment(NOW - timedelta(hours=1)))
    status, out, err = azure("reap", "--target", "azure", "--dry-run", "--json")
    assert status == 0, err
    assert [it["status"] for it in json.loads(out)["deployments"]] == ["over"]
    assert azure.runs == []
    azure("reap", "--target", "azure")
    assert azure.runs == [["", "destroy", "-s", "westeu-dev-1", "--cwd", str(PROJECT), "--yes"]]


def test_the_reapers_own_role_is_enough_to_take_down_and_not_to_bring_up(azure: Platform) -> None:
    """The preflight asks Azure what it may: what components/account/reaper_role.py says, and no more."""
    permissions = {"actions": list(ACTIONS), "notActions": list(NOT_ACTIONS)}
    guid = "8e3af657-a8ff-443c-a75c-2fe8c4bcb635"  # as the recorded assignment has it
    role = {"name": guid, "properties": {"roleName": "reaper", "permissions": [permissions]}}
    path = "/subscriptions/*/providers/Microsoft.Authorization/roleDefinitions"
    azure.azure.add([answer("GET", path, 200, {"value": [role]})])
    stand(azure, NOW - timedelta(hours=9), ExpiresOn=written_moment(NOW - timedelta(hours=1)))
    azure("reap", "--target", "azure")
    assert [run[1] for run in azure.runs] == ["destroy"]
    status, out, _ = azure("up", "westeu-dev-1", "--target", "azure", "--yes")
    assert status == 5
    assert "you may not make resource groups" in out


def test_what_still_stands_after_it_is_told_with_what_a_day_of_it_costs(azure: Platform) -> None:
    """The group is there yet: the schedule must fail, and say why it matters."""
    stand(azure, NOW - timedelta(hours=9), ExpiresOn=written_moment(NOW - timedelta(hours=1)))
    azure.pulumi(status=255)
    status, out, err = azure("reap", "--target", "azure", "--json")
    assert status == 1
    assert "still stands: every day costs 0.00 USD" in json.loads(out)["errors"][0]["what"], err


def test_a_warning_is_given_once_and_remembered_in_azure(azure: Platform) -> None:
    """The next to look is another container."""
    end = NOW + timedelta(minutes=90)
    azure.azure.add([answer("PATCH", f"{GROUP}/providers/Microsoft.Resources/tags/default", 200, {})])
    stand(azure, NOW - timedelta(days=1), ExpiresOn=written_moment(end))
    status, _, err = azure("reap", "--target", "azure")
    assert status == 0
    assert "reap warning: westeu-dev-1 ends in 1 h" in err
    assert len([it for it in azure.azure.asked if it.startswith("PATCH")]) == 1
    told = f"2h before {written_moment(end)}"
    stand(azure, NOW - timedelta(days=1), ExpiresOn=written_moment(end), ExpiryWarned=told)
    _, _, err = azure("reap", "--target", "azure")
    assert "reap warning" not in err


def test_an_extension_brings_the_group_alone_up_with_its_reason_in_the_history(azure: Platform) -> None:
    """And reads there how often it was done before."""
    end = (NOW + timedelta(hours=3)).replace(microsecond=0)
    before = update(f"extended by 2h, from a to {written_moment(end)}: the first", NOW - timedelta(hours=1))
    failed = update("extended by 9h, from a to b: never done", NOW, "failed")
    other = update("a change", NOW)
    stand(azure, NOW - timedelta(days=1), [other, failed, before], ExpiresOn=written_moment(end))
    words = ("extend", "westeu-dev-1", "--by", "4h", "--reason", "load test", "--target", "azure", "--json")
    status, out, err = azure(*words)
    assert status == 0, err
    later = written_moment(end + timedelta(hours=4))
    message = f"extended by 4h, from {written_moment(end)} to {later}: load test"
    run = [later, "up", "-s", "westeu-dev-1", "--cwd", str(PROJECT), "--yes", "--target", URN, "--message", message]
    assert azure.runs == [run]
    told = json.loads(out)["extensions"]
    assert [(it["by"], it["reason"], it["who"]) for it in told] == [("2h", "the first", "Acme administrator")]


def test_a_teardown_that_was_cut_off_after_the_group_went_is_finished(azure: Platform) -> None:
    """What is left of it are roles elsewhere, which cost nothing and block the next `up`."""
    stand(azure, NOW - timedelta(hours=9))
    azure.azure.add([answer("GET", GROUP, 404)])
    status, out, err = azure("reap", "--target", "azure", "--json")
    assert [run[1] for run in azure.runs] == ["destroy"]
    assert json.loads(out)["deployments"] == []
    # The CLI of this test deletes nothing: that is seen, and said.
    assert status == 1
    assert "westeu-dev-1 is not gone: 1 resource(s) in its state" in err
    assert "westeu-dev-1 is not gone" in json.loads(out)["errors"][0]["what"]


def test_what_azure_refuses_is_a_failure_in_words(azure: Platform) -> None:
    """The schedule's log has its code."""
    refusal = {"error": {"code": "AuthorizationFailed", "message": "no right to read"}}
    azure.azure.add([answer("GET", GROUP, 403, refusal)])
    status, _, err = azure("reap", "--target", "azure")
    assert status == 1
    assert "AuthorizationFailed (403): no right to read" in err


def test_a_state_that_cannot_be_read_stops_it_and_says_so(azure: Platform) -> None:
    """Not a guess at its age."""
    stand(azure, NOW, ExpiresOn=written_moment(NOW - timedelta(hours=1)))
    script = azure.directory / "bin" / "pulumi"
    script.write_text(PULUMI.replace('exec cat "$FAKE_STACKS/$2-$word"', "exec sh -c 'echo denied >&2; exit 1'"))
    status, _, err = azure("reap", "--target", "azure")
    assert status == 4
    assert "the state of westeu-dev-1 cannot be read: denied" in err
    assert azure.runs == []
