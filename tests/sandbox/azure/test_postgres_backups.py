"""Backups of a server that somebody asks for: one after another, listed over HTTP with the time of each."""

from collections.abc import Iterator

import httpx
import pytest
from pydantic import SecretStr

from components.data import backup_rules
from sandbox.azure.arm_http import ArmHttp
from sandbox.azure.catalog import TYPES
from tests.sandbox.azure.cloud import Cloud
from tests.sandbox.azure.jobs.test_over_http import NoServers

TOKEN = "the-token"  # noqa: S105 - of these tests alone
VERSION = backup_rules.API_VERSION


@pytest.fixture
def arm(grounds: Cloud) -> Iterator[ArmHttp]:
    with ArmHttp(grounds.store, NoServers(), SecretStr(TOKEN)) as opened:
        yield opened


def ask(arm: ArmHttp, method: str, path: str) -> httpx.Response:
    """One request."""
    headers = {"Authorization": f"Bearer {TOKEN}"}
    return httpx.request(method, f"{arm.url}{path}?api-version={VERSION}", headers=headers)


def test_a_server_lists_the_backups_that_were_asked_for(grounds: Cloud, arm: ArmHttp) -> None:
    """None at first; each with the time by which a migration goes."""
    server = grounds.server().id
    assert ask(arm, "GET", f"{server}/backups").json() == {"value": []}
    assert backup_rules.newest(ask(arm, "GET", f"{server}/backups").json()) is None
    made = ask(arm, "PUT", f"{server}/backups/before-migration-1")
    assert made.status_code == 201
    assert made.json()["properties"]["backupType"] == "Customer On-Demand"
    listed = ask(arm, "GET", f"{server}/backups").json()
    assert [it["name"] for it in listed["value"]] == ["before-migration-1"]
    assert backup_rules.newest(listed) is not None


def test_what_is_not_there_has_no_backups_and_no_collection(grounds: Cloud, arm: ArmHttp) -> None:
    """A server that is gone, and a collection that nobody models."""
    server = grounds.server().id
    assert ask(arm, "GET", f"{server}-other/backups").status_code == 404
    assert ask(arm, "PUT", f"{server}-other/backups/x").status_code == 404
    assert ask(arm, "GET", f"{server}/strangeThings").status_code == 501
    assert ask(arm, "PUT", f"{server}/backups/no%20name").status_code == 400
    refused = ask(arm, "PUT", f"{server}/backups/{'x' * 129}")
    assert (refused.status_code, refused.json()["error"]["code"]) == (400, "InvalidBackupName")


def test_a_server_does_one_thing_at_a_time(grounds: Cloud) -> None:
    """A backup is one of its writes: the second of two at once is refused, as for everything below a server."""
    kind, server = TYPES["dbforpostgresql:BackupsAutomaticAndOnDemand"], grounds.server().id
    (serial,) = kind.serial
    assert serial.code == "ServerIsBusy"
    assert serial.scope(f"{server}/backups/x", {}) == server
