"""`up` and `down` on Azure keep data as in the sandbox: exported and read back before the CLI destroys anything."""

import json
from typing import Any

from tests.preflight.conftest import Platform

NAME, AZURE = "westeu-dev-1", ("--target", "azure")
URN = "urn:pulumi:westeu-dev-1::complianceflow::random:index/randomId:RandomId::databases-opened"
GATE: dict[str, Any] = {"urn": URN, "type": "random:index/randomId:RandomId", "custom": True, "id": "x"}
SERVER = "flexibleServers/psql-cf-westeu-dev-1"
READY: dict[str, Any] = {"latestRevisionName": "a", "latestReadyRevisionName": "a", "runningStatus": "Running"}


def stands(platform: Platform, made_at: str = "2026-11-22T08:00:00Z") -> None:
    """A deployment whose databases were made ready."""
    platform.state(GATE)
    platform.arm.bodies[SERVER] = {"id": f"/s/{SERVER}", "systemData": {"createdAt": made_at}}


def verbs(platform: Platform) -> list[str]:
    return [words[1] for words in platform.runs]


def test_a_teardown_exports_and_verifies_before_the_cli_destroys(platform: Platform) -> None:
    """And is not over while the CLI's state still has something."""
    stands(platform)
    status, _, err = platform("down", NAME, *AZURE, "--yes")
    assert [words[0] for words in platform.arm.jobs] == ["export", "verify"], err
    assert verbs(platform) == ["destroy"]
    assert status == 1
    assert "is not gone: 1 resource(s)" in err


def test_what_cannot_be_saved_is_not_destroyed(platform: Platform) -> None:
    """The job's own words, and what gives the data up."""
    stands(platform)
    platform.arm.broken = True
    status, _, err = platform("down", NAME, *AZURE, "--yes")
    assert status == 1
    assert verbs(platform) == []
    assert "refused" in err
    assert "--without-export" in err


def test_data_that_is_given_up_is_not_exported(platform: Platform) -> None:
    """For a reason."""
    stands(platform)
    platform("down", NAME, *AZURE, "--yes", "--without-export", "a load test")
    assert platform.arm.jobs == []
    assert verbs(platform) == ["destroy"]


def test_what_went_down_comes_back_with_its_data(platform: Platform) -> None:
    """Down to its end, then up on a server of another time: the same export, counted; then health."""
    stands(platform)
    platform("down", NAME, *AZURE, "--yes")  # cut off: the state is not empty
    (platform.directory / "state").unlink()
    platform.arm.bodies.clear()
    status, _, err = platform("down", NAME, *AZURE, "--yes")
    assert status == 0, err
    stands(platform, "2026-11-23T08:00:00Z")
    platform.arm.bodies["Microsoft.App/containerApps"] = {"value": [{"name": "user", "properties": READY}]}
    status, _, err = platform("up", NAME, *AZURE, "--json")
    assert status == 0, err
    export = platform.arm.jobs[0][2]
    assert platform.arm.jobs[-1] == ("import", "--name", export)
    receipts = sorted((platform.directory / "home" / "azure" / "receipts" / NAME).glob("*.json"))
    assert [json.loads(path.read_text())["kind"] for path in receipts] == ["down", "up"]


def test_a_cli_that_fails_leaves_the_run_open_and_its_status_is_the_commands(platform: Platform) -> None:
    """The same command goes on with it."""
    platform.pulumi(status=7)
    status, _, _ = platform("up", NAME, *AZURE)
    assert status == 7
    platform.pulumi()
    assert platform("up", NAME, *AZURE)[0] == 0


def test_an_ill_service_is_told_after_the_cli_has_ended_well(platform: Platform) -> None:
    """By Azure's word on its latest revision."""
    ill = {**READY, "latestRevisionName": "b"}
    platform.arm.bodies["Microsoft.App/containerApps"] = {"value": [{"name": "user", "properties": ill}]}
    status, _, err = platform("up", "global-dev", *AZURE)
    assert status == 1
    assert "revision b is not ready" in err


def test_production_on_azure_goes_behind_a_broken_glass_alone(platform: Platform) -> None:
    """With its name typed."""
    assert platform("down", "westeu-prod-1", *AZURE, "--yes")[0] == 5
    assert platform("down", "westeu-prod-1", *AZURE, "--break-glass", "left", "--confirm", "westeu-dev-1")[0] == 5
    assert verbs(platform) == []
