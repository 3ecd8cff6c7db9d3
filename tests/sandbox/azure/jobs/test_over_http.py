"""Jobs over HTTP, as Azure Resource Manager has them: started, listed, looked at, stopped."""

import asyncio
import http.client
import json
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from pydantic import SecretStr

from components import arm_action
from components.apps.database_gate import API_VERSION, EXECUTION
from components.arm_action import ArmAction, ArmActionError
from sandbox.azure.arm_http import ArmHttp
from tests.sandbox.azure.cloud import GROUP, SUBSCRIPTION
from tests.sandbox.azure.jobs.grounds import STAY, TELL, Grounds, log_of, until

TOKEN = "the-token"  # noqa: S105 - of these tests alone
JOBS = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/{GROUP}/providers/Microsoft.App/jobs"
Ask = Callable[..., tuple[int, Any]]


class NoServers:
    """No PostgreSQL stands behind these tests."""

    def status(self, server_id: str) -> str | None:
        return None

    def require_started(self, server_id: str) -> None:
        raise AssertionError(server_id)

    require_stopped = restart = stop = start = require_started

    def pending_restart(self, server_id: str) -> frozenset[str]:
        raise AssertionError(server_id)


@pytest.fixture
def arm(real: Grounds) -> Iterator[ArmHttp]:
    with ArmHttp(real.cloud.store, NoServers(), SecretStr(TOKEN), real.runner) as opened:
        yield opened


@pytest.fixture
def ask(arm: ArmHttp) -> Ask:
    """One request; status and body."""

    def request(method: str, path: str, body: object = None) -> tuple[int, Any]:
        connection = http.client.HTTPConnection(urlsplit(arm.url).netloc, timeout=20)
        try:
            content = None if body is None else json.dumps(body)
            headers = {"Authorization": f"Bearer {TOKEN}"}
            connection.request(method, f"{path}?api-version={API_VERSION}", body=content, headers=headers)
            reply = connection.getresponse()
            text = reply.read()
            return reply.status, json.loads(text) if text else None
        finally:
            connection.close()

    return request


def test_a_start_names_the_execution_and_where_it_is_looked_at(real: Grounds, ask: Ask) -> None:
    """https://learn.microsoft.com/rest/api/resource-manager/containerapps/jobs/start."""
    job = real.job(TELL)
    status, started = ask("POST", f"{job.id}/start")
    assert (status, set(started)) == (200, {"id", "name"})
    assert started["id"] == f"{JOBS}/told/executions/{started['name']}"
    assert started["name"].startswith("told-")
    real.ended(job, started["name"])
    status, shown = ask("GET", started["id"])
    assert (status, shown["type"], shown["name"]) == (200, "Microsoft.App/jobs/executions", started["name"])
    assert shown["properties"]["status"] == "Succeeded"
    assert shown["properties"]["startTime"] <= shown["properties"]["endTime"]
    assert shown["properties"]["template"]["containers"][0]["name"] == "main"


def test_every_execution_of_a_job_is_listed_the_latest_first(real: Grounds, ask: Ask) -> None:
    """Those of a job of the same name that is gone are not: what is made anew has run nothing."""
    job = real.job(TELL)
    names = [real.run(job).name for _ in range(2)]
    status, listed = ask("GET", f"{job.id}/executions")
    assert (status, [it["name"] for it in listed["value"]]) == (200, names[::-1])
    real.cloud.delete(job)
    again = real.job(TELL, environmentId=job.inputs["environmentId"])
    assert ask("GET", f"{again.id}/executions") == (200, {"value": []})
    assert ask("GET", f"{again.id}/executions/{names[0]}")[0] == 404


def test_an_execution_is_stopped_by_a_post(real: Grounds, ask: Ask) -> None:
    """Which is answered once it has ended."""
    job = real.job(STAY)
    started = ask("POST", f"{job.id}/start")[1]
    until(lambda: "ready" in log_of(real.kept(job, started["name"])))
    assert ask("GET", started["id"])[1]["properties"]["status"] == "Running"
    assert ask("POST", f"{started['id']}/stop") == (200, None)
    assert ask("GET", started["id"])[1]["properties"]["status"] == "Stopped"


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "code"),
    [
        ("POST", f"{JOBS}/nowhere/start", None, 404, "ResourceNotFound"),
        ("GET", f"{JOBS}/nowhere/executions", None, 404, "ResourceNotFound"),
        ("GET", f"{JOBS}/told/executions/told-0000000", None, 404, "JobExecutionNotFound"),
        ("POST", f"{JOBS}/told/executions/told-0000000/stop", None, 404, "JobExecutionNotFound"),
        ("POST", f"{JOBS}/told/executions/told-0000000/fly", None, 404, "InvalidResourceType"),
        ("POST", f"{JOBS}/told/start", {"initContainers": []}, 501, "NotModelledBySandbox"),
        ("POST", f"{JOBS}/told/start", {"containers": [{"name": "main"}]}, 400, "ContainerAppImageRequired"),
    ],
)
def test_what_cannot_be_done_is_refused_in_arms_words(
    real: Grounds, ask: Ask, method: str, path: str, body: object, status: int, code: str
) -> None:
    """And nothing is run."""
    job = real.job(TELL)
    found, answer = ask(method, path, body)
    assert (found, answer["error"]["code"]) == (status, code)
    assert ask("GET", f"{job.id}/executions") == (200, {"value": []})


def test_an_endpoint_without_jobs_says_so(real: Grounds) -> None:
    """A job that never ran must not look as if it had."""
    job = real.job(TELL)
    with ArmHttp(real.cloud.store, NoServers(), SecretStr(TOKEN)) as arm:
        answer = arm.answer("POST", f"{job.id}/start?api-version={API_VERSION}", f"Bearer {TOKEN}", b"")
    assert answer.status == 501
    assert answer.body is not None
    assert "runs no jobs" in answer.body["error"]["message"]


@pytest.mark.parametrize(("program", "told"), [(TELL, ""), ("raise SystemExit(1)", "ended as Failed")])
def test_the_programs_own_action_follows_an_execution_to_its_end(
    real: Grounds, arm: ArmHttp, monkeypatch: pytest.MonkeyPatch, program: str, told: str
) -> None:
    """The one place that POSTs, against the stand-in: what opens the database gate, and what keeps it closed."""
    job = real.job(program)
    monkeypatch.setenv(arm_action.ENDPOINT, arm.url)
    monkeypatch.setenv("COMPLIANCEFLOW_TIME_SCALE", "0.005")
    action = ArmAction(resource_id=job.id, name="start", api_version=API_VERSION, starts=EXECUTION)

    async def run() -> None:
        async with httpx.AsyncClient(headers={"Authorization": f"Bearer {TOKEN}"}) as client:
            await arm_action.perform(action, client)

    if told:
        with pytest.raises(ArmActionError, match=told):
            asyncio.run(run())
    else:
        asyncio.run(run())
    assert len(real.runner.executions(job.id)) == 1
