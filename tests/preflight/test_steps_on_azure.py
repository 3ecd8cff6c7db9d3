"""`up` and `down` on Azure keep data as in the sandbox: exported and read back before the CLI destroys anything."""

import json
from typing import Any

from tests.preflight.conftest import Platform

NAME, AZURE = "westeu-dev-1", ("--target", "azure")
URN = "urn:pulumi:westeu-dev-1::complianceflow::random:index/randomId:RandomId::databases-opened"
GATE: dict[str, Any] = {"urn": URN, "type": "random:index/randomId:RandomId", "custom": True, "id": "x"}
SERVER = "flexibleServers/psql-cf-westeu-dev-1"
APPS = "Microsoft.App/containerApps"
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
    assert [words[0] for words in platform.arm.jobs] == ["waiting", "export", "verify"], err
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
    assert platform.arm.jobs == [("give-up", "--reason=a load test")]
    assert verbs(platform) == ["destroy"]


def test_a_store_that_cannot_be_told_does_not_keep_what_is_given_up(platform: Platform) -> None:
    """The job does not run: it goes all the same, and the journal says that the store does not know."""
    stands(platform)
    platform.arm.broken = True
    _, _, err = platform("down", NAME, *AZURE, "--yes", "--without-export", "a load test")
    assert verbs(platform) == ["destroy"]
    assert "the store could not be told that the data is given up: refused" in err
    (journal,) = (platform.directory / "home" / "azure" / "runs" / NAME).glob("*.jsonl")
    done = [record for record in map(json.loads, journal.read_text().splitlines()) if record["is"] == "done"]
    assert next(it["evidence"] for it in done if it["step"] == "export")["marked"] == "refused"


def test_what_went_down_comes_back_with_its_data(platform: Platform) -> None:
    """Down to its end, then up on a server of another time: the same export, counted; then health."""
    stands(platform)
    platform("down", NAME, *AZURE, "--yes")  # cut off: the state is not empty
    (platform.directory / "state").unlink()
    platform.arm.bodies.clear()
    status, _, err = platform("down", NAME, *AZURE, "--yes")
    assert status == 0, err
    stands(platform, "2026-11-23T08:00:00Z")
    platform.arm.bodies[APPS] = {"value": [{"name": "user", "id": "/s/user", "properties": READY}]}
    platform.arm.waits = export = platform.arm.jobs[1][2]
    status, _, err = platform("up", NAME, *AZURE, "--json")
    assert status == 0, err
    assert platform.arm.jobs[-2:] == [("waiting", "--before=2026-11-23T08:00:00Z"), ("import", "--name", export)]
    receipts = sorted((platform.directory / "home" / "azure" / "receipts" / NAME).glob("*.json"))
    assert [json.loads(path.read_text())["kind"] for path in receipts] == ["down", "up"]


def test_what_another_machine_saved_comes_back_once(platform: Platform) -> None:
    """No journal here knows of it, the store does; once it is back, nobody asks for this server again."""
    stands(platform)
    platform.arm.waits = "20261121-080000-000000-down-1"
    status, _, err = platform("up", NAME, *AZURE)
    assert status == 0, err
    assert [words[0] for words in platform.arm.jobs] == ["waiting", "import"]
    assert platform("up", NAME, *AZURE)[0] == 0
    assert len(platform.arm.jobs) == 2


def test_what_the_store_has_is_not_brought_back_against_ones_word(platform: Platform) -> None:
    """And the store knows from then on."""
    stands(platform)
    platform.arm.waits = "20261121-080000-000000-down-1"
    assert platform("up", NAME, *AZURE, "--fresh", "a load test")[0] == 0
    assert platform.arm.jobs == [("give-up", "--reason=a load test")]


def test_what_sleeps_is_woken_before_it_is_exported_or_deployed(platform: Platform) -> None:
    """Its databases for a teardown, all of it for an up; what is awake is left alone."""
    stands(platform)
    server = {"name": "psql", "id": "/s/psql", "properties": {"state": "Stopped"}}
    platform.arm.bodies["Microsoft.DBforPostgreSQL/flexibleServers"] = {"value": [server]}
    stopped = {**READY, "runningStatus": "Stopped"}
    platform.arm.bodies[APPS] = {"value": [{"name": "user", "id": "/s/user", "properties": stopped}]}
    _, _, err = platform("down", NAME, *AZURE, "--yes")
    assert "waking it first, its databases alone" in err
    assert platform.arm.posted == ["psql/start"]
    assert [words[0] for words in platform.arm.jobs] == ["waiting", "export", "verify"]
    platform("up", NAME, *AZURE)
    assert platform.arm.posted == ["psql/start", "user/start"]


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
    platform.arm.bodies[APPS] = {"value": [{"name": "user", "id": "/s/user", "properties": ill}]}
    status, _, err = platform("up", "global-dev", *AZURE)
    assert status == 1
    assert "revision b is not ready" in err


def test_production_on_azure_goes_behind_a_broken_glass_alone(platform: Platform) -> None:
    """With its name typed."""
    assert platform("down", "westeu-prod-1", *AZURE, "--yes")[0] == 5
    assert platform("down", "westeu-prod-1", *AZURE, "--break-glass", "left", "--confirm", "westeu-dev-1")[0] == 5
    assert verbs(platform) == []
