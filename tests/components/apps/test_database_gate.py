"""The gate: when it opens anew, that the job runs before, and that a failed job leaves it closed."""

import hashlib
import re
from collections.abc import Callable
from typing import Any

import pulumi
import pytest

from components import arm_action
from components.apps.database_gate import DatabaseGate, DatabaseGateArgs
from components.apps.workload_identity import WorkloadIdentity, WorkloadIdentityArgs
from components.place import Place
from tests.components.arm_server import Answer, ArmServer, arm_server
from tests.components.recording import Recording, record

JOB = "/subscriptions/s/resourceGroups/rg-cf-westeu-dev-1/providers/Microsoft.App/jobs/tenancy"
START, EXECUTION = f"POST {JOB}/start", f"GET {JOB}/executions/tenancy-abc1234"
STARTED = Answer(200, body={"id": f"{JOB}/executions/tenancy-abc1234", "name": "tenancy-abc1234"})
PLAN = '{"databases": []}'
WithProvider = Callable[[], pulumi.ResourceOptions]


def state(status: str) -> Answer:
    """An execution in a state."""
    return Answer(200, body={"name": "tenancy-abc1234", "properties": {"status": status}})


@pytest.fixture
def gate(place: Place, with_provider: WithProvider) -> Callable[..., Recording]:
    """Runs a program with a gate; `options` are those of `record`."""

    def run(signing_key: str | None = None, **options: Any) -> Recording:
        def program() -> None:
            providers = with_provider().providers
            assert isinstance(providers, list)
            admin = WorkloadIdentity("admin", WorkloadIdentityArgs(place=place, workload="tenancy"))
            DatabaseGate(
                "database",
                DatabaseGateArgs(
                    job_id=JOB,
                    server_id="/server",
                    server_created_at="2026-11-01T00:00:00Z",
                    schema_revision="0007",
                    image="sha256:0",
                    plan=pulumi.Output.from_input(PLAN),
                    provider=providers[0],
                    depends=[admin],
                    signing_key=signing_key,
                ),
            )

        return record(program, **options)

    return run


def start(
    gate: Callable[..., Recording], monkeypatch: pytest.MonkeyPatch, script: dict[str, list[Answer]]
) -> ArmServer:
    """Make the gate, its hook run, against a scripted Azure; the server that was asked."""

    async def no_wait(_: float) -> None:
        return

    monkeypatch.setattr(arm_action, "wait", no_wait)
    with arm_server(script) as server:
        monkeypatch.setenv(arm_action.ENDPOINT, server.base)
        gate(run_hooks=True)
    return server


def test_it_opens_anew_when_anything_that_it_stands_for_changes(gate: Callable[..., Recording]) -> None:
    """Release, image, plan, and a server rebuilt under the same id."""
    opened = gate()["database-opened"]
    assert opened.inputs["keepers"] == {
        "job_id": JOB,
        "server_id": "/server",
        "server_created_at": "2026-11-01T00:00:00Z",
        "schema_revision": "0007",
        "image": "sha256:0",
        "plan": hashlib.sha256(PLAN.encode()).hexdigest(),
    }


def test_it_opens_anew_when_the_signing_key_changes(gate: Callable[..., Recording]) -> None:
    """By the key's id: the job brings the new one to the databases."""
    plain, signed = (gate(key)["database-opened"].inputs["keepers"] for key in (None, "0123456789ab"))
    assert signed == {**plain, "signing_key": "0123456789ab"}


def test_it_waits_for_what_the_job_needs(gate: Callable[..., Recording]) -> None:
    """The job's identity as an administrator of the server is no input of the gate."""
    assert "admin-identity" in gate()["database-opened"].dependencies


def test_its_hook_runs_before_and_never_after_or_on_delete(gate: Callable[..., Recording]) -> None:
    """A failed after-hook counts as done; a delete hook would make a plain destroy refuse."""
    hooks = gate()["database-opened"].request.hooks
    assert list(hooks.before_create) == list(hooks.before_update) == ["database-prepare"]
    assert not [*hooks.after_create, *hooks.after_update, *hooks.before_delete, *hooks.after_delete]


def test_the_job_is_started_and_its_execution_followed_to_success(
    gate: Callable[..., Recording], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A start that Azure took says nothing of how it ended."""
    script = {START: [STARTED], EXECUTION: [state("Running"), state("Processing"), state("Succeeded")]}
    server = start(gate, monkeypatch, script)
    assert [it.partition("?")[0] for it in server.asked] == [START, *[EXECUTION] * 3]
    assert server.tokens == ["Bearer a-token"] * 4


@pytest.mark.parametrize("status", ["Failed", "Stopped", "Degraded"])
def test_a_job_that_did_not_succeed_leaves_the_gate_closed(
    gate: Callable[..., Recording], monkeypatch: pytest.MonkeyPatch, status: str
) -> None:
    """The user is told which execution, how it ended, and what to type to read why."""
    read = "Read why: ./cfctl logs westeu-dev-1 tenancy; then run up again"
    told = re.escape(f"executions/tenancy-abc1234 ended as {status}. {read}")
    with pytest.raises(Exception, match=told):
        start(gate, monkeypatch, {START: [STARTED], EXECUTION: [state("Running"), state(status)]})


def test_a_start_that_azure_refuses_leaves_the_gate_closed(
    gate: Callable[..., Recording], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without the right to start jobs there are no databases to speak of."""
    refusal = Answer(403, body={"error": {"code": "AuthorizationFailed", "message": "no right to start"}})
    with pytest.raises(Exception, match="AuthorizationFailed: no right to start"):
        start(gate, monkeypatch, {START: [refusal]})


def test_a_preview_starts_nothing(gate: Callable[..., Recording], monkeypatch: pytest.MonkeyPatch) -> None:
    """It may be run by whoever may only read."""
    monkeypatch.setenv(arm_action.ENDPOINT, "http://127.0.0.1:1")
    assert gate(preview=True)["database-opened"].inputs["keepers"]["image"] == "sha256:0"
