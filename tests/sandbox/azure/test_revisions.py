"""Revisions of container apps: when there is a new one, which are ready, who has the traffic; what stops an app."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from sandbox.azure.arm_http import ArmHttp
from sandbox.azure.postgres.fleet import PostgresFleet
from tests.sandbox.azure.cloud import GROUP, SUBSCRIPTION, Cloud, Live, container

TOKEN = "the-token"  # noqa: S105 - of these tests alone
GROUP_ID = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/{GROUP}"
BAD, SLOW = "docker.io/test/user:bad", "docker.io/test/user:slow"
LATEST = [{"latestRevision": True, "weight": 100}]


@dataclass
class Arm:
    """The cloud, and its Resource Manager over HTTP."""

    cloud: Cloud
    http: httpx.Client

    def app(self, **configuration: Any) -> Live:
        """An app with revisions side by side."""
        return self.cloud.app(
            self.cloud.environment(),
            configuration={"activeRevisionsMode": "Multiple", "ingress": {"targetPort": 80}, **configuration},
        )

    def new(self, app: Live, image: str, traffic: object = None, mode: str = "Multiple") -> str:
        """A revision with this image; its name."""
        ingress = {"targetPort": 80} | ({"traffic": traffic} if traffic else {})
        body = {"activeRevisionsMode": mode, "ingress": ingress}
        made = self.cloud.update(app, configuration=body, template={"containers": [container(image=image)]})
        return str(made.outputs["latestRevisionName"])

    def ask(self, method: str, path: str) -> httpx.Response:
        return self.http.request(method, path, params={"api-version": "2025-07-01"})

    def revisions(self, app: Live) -> dict[str, dict[str, Any]]:
        """By name, in their order."""
        listed = self.ask("GET", f"{app.id}/revisions").json()["value"]
        return {it["name"]: it["properties"] for it in listed}

    def ready(self, app: Live) -> str:
        return self.ask("GET", app.id).json()["properties"]["latestReadyRevisionName"]


@pytest.fixture
def arm(grounds: Cloud, tmp_path) -> Iterator[Arm]:
    for image in ("docker.io/test/user:1", "docker.io/test/user:2", BAD, SLOW):
        grounds.store.set("image", image, "")
    grounds.store.set("image-unhealthy", BAD, "failed")
    grounds.store.set("image-unhealthy", SLOW, "starting")
    with (
        ArmHttp(grounds.store, PostgresFleet(tmp_path), SecretStr(TOKEN)) as served,
        httpx.Client(base_url=served.url, headers={"Authorization": f"Bearer {TOKEN}"}) as http,
    ):
        yield Arm(grounds, http)


def test_a_new_revision_takes_the_traffic_when_it_is_ready(arm: Arm) -> None:
    """Both go on running: nobody said that the old one is to end."""
    app = arm.app()
    old, new = app.outputs["latestRevisionName"], arm.new(app, "docker.io/test/user:1")
    shown = arm.revisions(app)
    assert list(shown) == [old, new]
    assert {name: it["trafficWeight"] for name, it in shown.items()} == {old: 0, new: 100}
    assert all(it["active"] for it in shown.values())
    assert shown[new]["template"]["containers"][0]["image"] == "docker.io/test/user:1"
    assert (shown[new]["provisioningState"], shown[new]["healthState"]) == ("Provisioned", "Healthy")


@pytest.mark.parametrize(
    ("image", "states"),
    [(BAD, ("Failed", "Unhealthy", "Failed")), (SLOW, ("Provisioning", "None", "Activating"))],
)
def test_one_that_does_not_get_ready_never_has_the_traffic(arm: Arm, image: str, states: tuple[str, str, str]) -> None:
    """Also where the latest is to have all of it: https://learn.microsoft.com/azure/container-apps/revisions."""
    app = arm.app()
    old, new = app.outputs["latestRevisionName"], arm.new(app, image)
    shown = arm.revisions(app)
    assert (shown[old]["trafficWeight"], shown[new]["trafficWeight"]) == (100, 0)
    assert tuple(shown[new][key] for key in ("provisioningState", "healthState", "runningState")) == states
    assert arm.ready(app) == old


def test_one_that_gets_ready_after_all_has_the_traffic_then(arm: Arm) -> None:
    """It is looked at as it is, not as it was when it was made; the provider tells the same."""
    app = arm.app()
    new = arm.new(app, SLOW)
    arm.cloud.store.unset("image-unhealthy", SLOW)
    assert arm.ready(app) == new
    assert arm.revisions(app)[new]["trafficWeight"] == 100
    assert (arm.cloud.provider.arm.read(app.id) or {})["latestReadyRevisionName"] == new


def test_traffic_that_is_held_stays_while_a_new_one_is_made(arm: Arm) -> None:
    """How a release makes it: all at the old by name, none at the latest."""
    app = arm.app()
    old = app.outputs["latestRevisionName"]
    held = [{"revisionName": old, "weight": 100}, {"latestRevision": True, "weight": 0}]
    new = arm.new(app, "docker.io/test/user:1", held)
    assert {name: it["trafficWeight"] for name, it in arm.revisions(app).items()} == {old: 100, new: 0}


def test_in_single_mode_the_old_one_runs_until_the_new_one_is_ready(arm: Arm) -> None:
    """Then it ends by itself."""
    app = arm.app()
    bad = arm.new(app, BAD, mode="Single")
    assert [it["active"] for it in arm.revisions(app).values()] == [True, True]
    good = arm.new(app, "docker.io/test/user:1", mode="Single")
    assert {name: it["active"] for name, it in arm.revisions(app).items() if it["active"]} == {good: True}
    assert arm.revisions(app)[bad]["provisioningState"] == "Failed"


def test_a_revision_is_ended_and_runs_again(arm: Arm) -> None:
    """What was asked twice is done once; one that is not there is refused."""
    app = arm.app()
    old, _ = app.outputs["latestRevisionName"], arm.new(app, "docker.io/test/user:1")
    for _ in range(2):
        assert arm.ask("POST", f"{app.id}/revisions/{old}/deactivate").status_code == 200
    ended = arm.ask("GET", f"{app.id}/revisions/{old}").json()["properties"]
    assert (ended["active"], ended["runningState"], ended["replicas"]) == (False, "Stopped", 0)
    assert arm.ask("POST", f"{app.id}/revisions/{old}/activate").status_code == 200
    assert arm.revisions(app)[old]["healthState"] == "Healthy"
    assert arm.ask("POST", f"{app.id}/revisions/user--none/activate").json()["error"]["code"] == "RevisionNotFound"
    assert arm.ask("GET", f"{app.id}/revisions/user--none").status_code == 404


def test_of_inactive_revisions_as_many_are_kept_as_the_app_says(arm: Arm) -> None:
    app = arm.app(maxInactiveRevisions=1)
    names = [app.outputs["latestRevisionName"]]
    for number in (1, 2, 1, 2):
        arm.ask("POST", f"{app.id}/revisions/{names[-1]}/deactivate")
        ingress = {"activeRevisionsMode": "Multiple", "maxInactiveRevisions": 1, "ingress": {"targetPort": 80}}
        template = {"containers": [container(image=f"docker.io/test/user:{number}")]}
        names.append(arm.cloud.update(app, configuration=ingress, template=template).outputs["latestRevisionName"])
    assert len(set(names)) == 5
    assert list(arm.revisions(app)) == names[-2:]


def test_a_stopped_app_runs_nothing_until_it_is_started(arm: Arm) -> None:
    """A PUT does not start it, and it is in the list of its resource group's apps as it is."""
    app = arm.app()
    for _ in range(2):
        assert arm.ask("POST", f"{app.id}/stop").status_code == 200
    (shown,) = arm.revisions(app).values()
    assert (shown["runningState"], shown["healthState"], shown["replicas"]) == ("Stopped", "None", 0)
    arm.cloud.update(app, tags={"a": "b"})
    listed = arm.ask("GET", f"{GROUP_ID}/providers/Microsoft.App/containerApps").json()["value"]
    assert [it["properties"]["runningStatus"] for it in listed] == ["Stopped"]
    arm.ask("POST", f"{app.id}/start")
    assert arm.ask("GET", app.id).json()["properties"]["runningStatus"] == "Running"


def test_an_app_that_is_not_there_has_no_revisions(arm: Arm) -> None:
    missing = f"{GROUP_ID}/providers/Microsoft.App/containerApps/none"
    assert arm.ask("GET", f"{missing}/revisions").status_code == 404
    assert arm.ask("POST", f"{missing}/stop").status_code == 404
