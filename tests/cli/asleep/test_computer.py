"""What Azure is asked when a deployment sleeps and wakes: by whom, in which version, and what its answers mean."""

from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from cli.arm_client import ArmClient
from cli.asleep.computer import ArmComputer
from cli.asleep.waking_first import wake
from cli.databases.hosts import JobHost
from cli.places import AZURE
from lifecycle.machine import StepError
from stacks import load_settings

BASE = "https://management.azure.com"
APPS, SERVERS = "Microsoft.App/containerApps", "Microsoft.DBforPostgreSQL/flexibleServers"


class Azure:
    """A resource group with a service and a server; notes what is asked of it, and answers as Azure does."""

    def __init__(self, *, app: str = "Running", server: str = "Ready", refused: bool = False) -> None:
        self.asked: list[str] = []
        self._states = {APPS: ("user", {"runningStatus": app}), SERVERS: ("psql", {"state": server})}
        self._refused = refused

    def host(self) -> JobHost:
        client = ArmClient(BASE, SecretStr("token"), sleep=lambda _: None, transport=httpx.MockTransport(self._answer))
        return JobHost(
            settings=load_settings("westeu-dev-1"),
            place=AZURE,
            client=client,
            lines=lambda _: [],
            pause=0.0,
            patience=0.0,
        )

    def _answer(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path
        if request.method == "GET" and path.endswith("/operation"):
            return httpx.Response(204)
        if request.method == "POST":
            self.asked.append(f"{path.partition('/providers/')[2]} {request.url.params['api-version']}")
            if self._refused:
                return httpx.Response(403, json={"error": {"code": "AuthorizationFailed", "message": "no"}})
            return httpx.Response(202, headers={"Location": f"{BASE}/operation"})
        if path.endswith("/revisions"):
            return httpx.Response(200, json={"value": [revision("user--1", provisioningState="Failed")]})
        kind = path.partition("/providers/")[2]
        name, state = self._states[kind]
        shown: dict[str, Any] = {"latestRevisionName": "user--1", **state}
        return httpx.Response(200, json={"value": [{"id": f"{path}/{name}", "name": name, "properties": shown}]})


def revision(name: str, **properties: str) -> dict[str, Any]:
    return {"name": name, "properties": {"active": True, **properties}}


def test_services_and_servers_are_stopped_by_azures_own_actions() -> None:
    """Each is waited for: Azure answers 202 and tells of the end elsewhere."""
    azure = Azure()
    computer = ArmComputer(azure.host())
    for thing in computer.things():
        assert not thing.stopped
        computer.stop(thing)
    assert azure.asked == [f"{APPS}/user/stop 2025-07-01", f"{SERVERS}/psql/stop 2024-08-01"]


def test_what_is_on_its_way_down_counts_as_stopped() -> None:
    """It is not asked to stop once more, which Azure refuses."""
    assert [it.stopped for it in ArmComputer(Azure(app="Stopped", server="Stopping").host()).things()] == [True, True]


def test_a_refusal_is_told_with_azures_own_code() -> None:
    computer = ArmComputer(Azure(refused=True).host())
    with pytest.raises(StepError) as error:
        computer.stop(computer.things()[0])
    assert "AuthorizationFailed" in error.value.faults[0].what


def test_health_waits_for_what_may_yet_come_and_then_says_what_is_wrong() -> None:
    waited: list[float] = []
    (health,) = ArmComputer(Azure().host(), sleep=waited.append).health()
    assert not health.healthy
    assert health.detail == "revision user--1 is failed"
    assert sum(waited) == 600


@pytest.mark.parametrize(
    ("going_down", "asked"),
    [(False, [f"{SERVERS}/psql/start", f"{APPS}/user/start"]), (True, [f"{SERVERS}/psql/start"])],
)
def test_waking_first_starts_the_database_first_and_says_so(going_down: bool, asked: list[str]) -> None:
    """A teardown wants the databases alone; what is awake is not touched, and nothing is said."""
    azure, said = Azure(app="Stopped", server="Stopped"), list[str]()
    wake(azure.host(), said.append, going_down=going_down)
    assert [it.rpartition(" ")[0] for it in azure.asked] == asked
    assert len(said) == 1
    awake = Azure()
    wake(awake.host(), said.append, going_down=going_down)
    assert awake.asked == []
    assert len(said) == 1
