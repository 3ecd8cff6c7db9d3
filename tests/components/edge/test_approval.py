"""The gate: what opens it anew, that it approves what waits and nothing else, and that a failure leaves it closed."""

import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from components import arm_action
from components.edge import approval
from tests.components.arm_server import Answer, ArmServer, arm_server
from tests.components.edge.conftest import ASK, CONNECTION, ENVIRONMENT, REQUEST, connection
from tests.components.recording import Recording, record

PUT = f"PUT {CONNECTION}"
Program = Callable[..., Callable[[], None]]
Connections = list[dict[str, Any]]


class Turns(Mapping[str, Any]):
    """An answer that differs from call to call; the last is given again and again."""

    def __init__(self, *turns: Connections) -> None:
        self.turns = list(turns)
        self.asked = 0

    def __getitem__(self, key: str) -> Any:
        return {"id": ENVIRONMENT, "privateEndpointConnections": self.turns[0]}[key]

    def __iter__(self) -> Any:
        return iter(("id", "privateEndpointConnections"))

    def __len__(self) -> int:
        return 2

    def keys(self) -> Any:
        """A caller that copies the answer asks for its keys first."""
        if self.asked and len(self.turns) > 1:
            self.turns.pop(0)
        self.asked += 1
        return super().keys()


def run(
    program: Program,
    monkeypatch: pytest.MonkeyPatch,
    turns: Turns,
    *,
    answer: Answer | None = None,
    into: Recording | None = None,
    asked: list[str] | None = None,
) -> tuple[ArmServer, list[float]]:
    """Make the Front Door, its hook run; what Azure was asked, and the waits in seconds."""
    waits: list[float] = []

    async def no_wait(seconds: float) -> None:
        waits.append(seconds)

    monkeypatch.setattr(arm_action, "wait", no_wait)
    monkeypatch.setattr(approval, "wait", no_wait)
    with arm_server({PUT: [answer or Answer(200, body={"name": "drawn"})]}) as server:
        if asked is not None:
            server.asked = asked
        monkeypatch.setenv(arm_action.ENDPOINT, server.base)
        record(program(), answers={ASK: turns}, run_hooks=True, stack="global-prod", into=into)
    return server, waits


def test_it_opens_anew_with_another_front_door_or_environment(program: Program) -> None:
    """Both told apart from one rebuilt under the same id; nothing that changes by itself is among them."""
    gate = record(program(), answers={ASK: Turns([connection("Approved")])})["front-door-approved"]
    keepers = gate.inputs["keepers"]
    assert len(keepers.pop("front_door_id")) == 36
    assert keepers == {
        "environment_id": ENVIRONMENT,
        "environment_domain": "calm-bay-1234.westeurope.azurecontainerapps.io",
        "request": REQUEST,
    }
    assert "front-door-origin" in gate.dependencies


def test_its_hook_runs_before_and_never_after_or_on_delete(program: Program) -> None:
    """A failed after-hook counts as done; a delete hook would make a plain destroy refuse."""
    gate = record(program(), answers={ASK: Turns([connection("Approved")])})["front-door-approved"]
    hooks = gate.request.hooks
    assert list(hooks.before_create) == list(hooks.before_update) == ["front-door-approved-approve"]
    assert not [*hooks.after_create, *hooks.after_update, *hooks.before_delete, *hooks.after_delete]


def test_it_waits_for_the_connection_and_approves_it(program: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    """Front Door asks a while after its origin was made; the text stays, by which the connection is known."""
    others = connection("Pending", "somebody else", "other")
    turns = Turns([others], [others], [others, connection("Pending")], [others, connection("Approved")])
    server, waits = run(program, monkeypatch, turns)
    assert [asked.partition("?")[0] for asked in server.asked] == [PUT]
    assert server.asked[0].endswith(f"api-version={approval.API_VERSION}")
    state = {"status": "Approved", "description": REQUEST}
    assert json.loads(server.bodies[0]) == {"properties": {"privateLinkServiceConnectionState": state}}
    assert server.tokens == ["Bearer a-token"]
    assert set(waits) == {approval.PAUSE}


def test_what_is_approved_already_is_left_alone(program: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    """By a person, or by the run before, whose state was lost."""
    server, waits = run(program, monkeypatch, Turns([connection("Approved")]))
    assert (server.asked, waits) == ([], [])


@pytest.mark.parametrize("status", ["Rejected", "Disconnected"])
def test_the_owners_no_is_not_overruled(program: Program, monkeypatch: pytest.MonkeyPatch, status: str) -> None:
    with pytest.raises(Exception, match=f"is {status}, not Approved: nothing reaches the gateway"):
        run(program, monkeypatch, Turns([connection(status)]))


def test_a_connection_that_never_comes_ends_the_wait(program: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(Exception, match=r"is not there after 900 s.*Then up global-prod again"):
        run(program, monkeypatch, Turns([]))


def test_an_approval_that_changes_nothing_ends_the_wait(program: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    """A PUT that Azure took says nothing of the state: it is looked at, and not sent again and again."""
    asked: list[str] = []
    with pytest.raises(Exception, match="is still Pending after 900 s"):
        run(program, monkeypatch, Turns([connection("Pending")]), asked=asked)
    assert len(asked) == 1


def test_an_approval_that_azure_refuses_leaves_the_gate_closed(
    program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    into = Recording()
    refusal = Answer(403, body={"error": {"code": "AuthorizationFailed", "message": "no role"}})
    with pytest.raises(Exception, match=r"a write of .*AuthorizationFailed: no role"):
        run(program, monkeypatch, Turns([connection("Pending")]), answer=refusal, into=into)
    assert into.of_type("cdn:AFDOrigin")
    assert not into.of_type("cdn:Route")
