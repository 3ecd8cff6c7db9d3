"""The one place that POSTs: it follows an operation to its end, and tells no token to anybody else."""

import asyncio
import re

import httpx
import pytest

from components import arm_action
from components.arm_action import ArmAction, ArmActionError, Started
from tests.components.arm_server import Answer, ArmServer, arm_server

SERVER = "/subscriptions/s/resourceGroups/g/providers/Microsoft.DBforPostgreSQL/flexibleServers/psql"
RESTART = ArmAction(resource_id=SERVER, name="restart", api_version="2025-08-01")
POST = f"POST {SERVER}/restart"
STARTED = Answer(
    202, {"Azure-AsyncOperation": "{base}/operations/1", "Location": "{base}/results/1", "Retry-After": "2"}
)
RUNNING, DONE = Answer(200, body={"status": "InProgress"}), Answer(200, body={"status": "Succeeded"})


@pytest.fixture(autouse=True)
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Every wait, in seconds of Azure's time; none is really waited."""
    waited: list[float] = []

    async def note(seconds: float) -> None:
        waited.append(seconds)

    monkeypatch.setattr(arm_action, "wait", note)
    return waited


def perform(script: dict[str, list[Answer]], monkeypatch: pytest.MonkeyPatch, action: ArmAction = RESTART) -> ArmServer:
    """Run the action against a script; the server that was asked."""

    async def run() -> None:
        async with httpx.AsyncClient(headers={"Authorization": "Bearer the-token"}) as client:
            await arm_action.perform(action, client)

    with arm_server(script) as server:
        monkeypatch.setenv(arm_action.ENDPOINT, server.base)
        asyncio.run(run())
    return server


def test_an_operation_is_followed_until_azure_says_succeeded(
    monkeypatch: pytest.MonkeyPatch, waits: list[float]
) -> None:
    """Azure-AsyncOperation goes before Location; each wait is the one that Azure asked for, else our own."""
    server = perform({POST: [STARTED], "GET /operations/1": [RUNNING, RUNNING, DONE]}, monkeypatch)
    assert server.asked == [f"{POST}?api-version=2025-08-01", *["GET /operations/1"] * 3]
    assert waits == [2.0, arm_action.POLL_INTERVAL, arm_action.POLL_INTERVAL]


def test_location_is_followed_where_nothing_else_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """Then 202 means "not yet", and any other success the end."""
    script = {POST: [Answer(202, {"Location": "{base}/results/1"})], "GET /results/1": [Answer(202), Answer(204)]}
    assert perform(script, monkeypatch).asked[1:] == ["GET /results/1"] * 2


@pytest.mark.parametrize("status", [200, 204])
def test_an_action_done_at_once_is_done(monkeypatch: pytest.MonkeyPatch, status: int) -> None:
    """No poll follows an answer that names no operation."""
    assert len(perform({POST: [Answer(status)]}, monkeypatch).asked) == 1


def test_without_a_name_the_resource_itself_is_written(monkeypatch: pytest.MonkeyPatch) -> None:
    """A PUT with the whole body, followed like an action; refused for now, it is sent again."""
    write = ArmAction(resource_id=SERVER, name="", api_version="2025-08-01", body={"properties": {"a": 1}})
    script = {f"PUT {SERVER}": [Answer(429), STARTED], "GET /operations/1": [RUNNING, DONE]}
    server = perform(script, monkeypatch, write)
    assert server.asked == [*[f"PUT {SERVER}?api-version=2025-08-01"] * 2, *["GET /operations/1"] * 2]
    assert server.bodies[:2] == ['{"properties":{"a":1}}'] * 2
    with pytest.raises(ArmActionError, match=f"a write of {SERVER}: HTTP 400"):
        perform({f"PUT {SERVER}": [Answer(400)]}, monkeypatch, write)


@pytest.mark.parametrize("status", ["Failed", "Canceled"])
def test_an_operation_that_did_not_succeed_raises_with_azures_own_words(
    monkeypatch: pytest.MonkeyPatch, status: str
) -> None:
    """The user sees what Azure said, and of which resource."""
    body = {"status": status, "error": {"code": "ServerUnavailable", "message": "the server is stopped"}}
    with pytest.raises(
        ArmActionError, match=f"restart of {SERVER}: {status}: ServerUnavailable: the server is stopped"
    ):
        perform({POST: [STARTED], "GET /operations/1": [Answer(200, body=body)]}, monkeypatch)


def test_a_refusal_that_stays_raises_at_once(monkeypatch: pytest.MonkeyPatch, waits: list[float]) -> None:
    """A 4xx is no reason to ask again."""
    refusal = Answer(403, body={"error": {"code": "AuthorizationFailed", "message": "no right to restart"}})
    with pytest.raises(ArmActionError, match="HTTP 403: AuthorizationFailed: no right to restart"):
        perform({POST: [refusal]}, monkeypatch)
    assert waits == []


def test_a_post_refused_for_now_is_sent_again_after_the_time_azure_names(
    monkeypatch: pytest.MonkeyPatch, waits: list[float]
) -> None:
    """429 and 503 mean that nothing was begun."""
    perform({POST: [Answer(429, {"Retry-After": "7"}), Answer(503), Answer(200)]}, monkeypatch)
    assert waits == [7.0, 2 * arm_action.FIRST_RETRY]


def test_a_server_that_is_busy_for_now_is_asked_again(monkeypatch: pytest.MonkeyPatch, waits: list[float]) -> None:
    """A Postgres server is, for a while after each parameter; the codes are those of the retries of resources."""
    busy = Answer(409, body={"error": {"code": "ServerIsBusy", "message": "another operation"}})
    assert len(perform({POST: [busy, busy, Answer(200)]}, monkeypatch).asked) == 3
    assert waits == [arm_action.FIRST_RETRY, 2 * arm_action.FIRST_RETRY]


@pytest.mark.parametrize("status", [500, 502])
def test_a_post_that_may_have_been_taken_is_not_sent_twice(monkeypatch: pytest.MonkeyPatch, status: int) -> None:
    """A job would run twice; the gate stays unmade, and the next up tries again."""
    with pytest.raises(ArmActionError, match=f"HTTP {status}"):
        perform({POST: [Answer(status), Answer(200)]}, monkeypatch)


def test_a_poll_survives_an_unwell_azure(monkeypatch: pytest.MonkeyPatch) -> None:
    """Asking for a status changes nothing, so it is asked again."""
    script = {POST: [STARTED], "GET /operations/1": [Answer(500), Answer(429), RUNNING, DONE]}
    assert len(perform(script, monkeypatch).asked) == 5


def test_an_azure_that_stays_unwell_ends_in_an_error(monkeypatch: pytest.MonkeyPatch, waits: list[float]) -> None:
    """Attempts are counted and waits capped."""
    with pytest.raises(ArmActionError, match="HTTP 503"):
        perform({POST: [Answer(503)]}, monkeypatch)
    assert len(waits) == arm_action.REQUEST_ATTEMPTS - 1
    assert max(waits) <= arm_action.LONGEST_WAIT


def test_an_operation_past_its_deadline_raises(monkeypatch: pytest.MonkeyPatch, waits: list[float]) -> None:
    """A run that waits for ever holds the lock of the state."""
    monkeypatch.setattr(arm_action, "PATIENCE", 0.0)
    action = ArmAction(resource_id=SERVER, name="restart", api_version="2025-08-01", deadline=25.0)
    with pytest.raises(ArmActionError, match="not finished after 22 s"):
        perform({POST: [STARTED], "GET /operations/1": [RUNNING]}, monkeypatch, action)
    assert sum(waits) <= action.deadline


def test_on_a_short_scale_what_is_done_for_real_has_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """The sandbox restarts a real PostgreSQL: a deadline in Azure's seconds alone would end in a blink."""
    action = ArmAction(resource_id=SERVER, name="restart", api_version="2025-08-01", deadline=5.0)
    script = {POST: [STARTED], "GET /operations/1": [*[RUNNING] * 20, DONE]}
    assert len(perform(script, monkeypatch, action).asked) == 22


@pytest.mark.parametrize(
    ("address", "told"),
    [
        ("http://127.0.0.1.example.net/operations/1", "http://127.0.0.1.example.net"),
        ("http://example.net/127.0.0.1", "http://example.net"),
        ("https://127.0.0.1/operations/1", "https://127.0.0.1"),
        ("/operations/1", "://"),
    ],
)
def test_the_token_goes_to_no_other_host(monkeypatch: pytest.MonkeyPatch, address: str, told: str) -> None:
    """An answer that names a foreign address for its status is not followed there."""
    elsewhere = Answer(202, {"Azure-AsyncOperation": address})
    with pytest.raises(ArmActionError, match=f"names {re.escape(told)} for its status"):
        perform({POST: [elsewhere]}, monkeypatch)


def test_no_error_tells_the_token(monkeypatch: pytest.MonkeyPatch) -> None:
    """Errors go to logs and screens."""
    with pytest.raises(ArmActionError) as caught:
        perform({POST: [Answer(401, body={"error": {"code": "InvalidToken", "message": "expired"}})]}, monkeypatch)
    assert "the-token" not in repr(caught.value)


@pytest.mark.parametrize("address", ["http://management.azure.com", "ftp://127.0.0.1", "http://10.0.0.1:8080"])
def test_plain_http_is_for_this_machine_alone(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    """A token in the clear belongs to whoever listens."""
    monkeypatch.setenv(arm_action.ENDPOINT, address)
    with pytest.raises(ArmActionError, match="allowed is an https address"):
        arm_action.endpoint()


def test_azure_is_where_actions_go_unless_told_otherwise(monkeypatch: pytest.MonkeyPatch) -> None:
    """The environment names another endpoint for the sandbox only."""
    monkeypatch.delenv(arm_action.ENDPOINT, raising=False)
    assert arm_action.endpoint() == "https://management.azure.com"


def test_an_endpoint_that_nobody_serves_is_told_after_the_tries(
    monkeypatch: pytest.MonkeyPatch, waits: list[float]
) -> None:
    """A connection that never opened carried nothing, so it is tried again, and told at last."""
    with arm_server({}) as server:
        gone = server.base
    monkeypatch.setenv(arm_action.ENDPOINT, gone)

    async def run() -> None:
        async with httpx.AsyncClient() as client:
            await arm_action.perform(RESTART, client)

    with pytest.raises(ArmActionError, match="ConnectError"):
        asyncio.run(run())
    assert len(waits) == arm_action.REQUEST_ATTEMPTS - 1


JOB = "/subscriptions/s/resourceGroups/g/providers/Microsoft.App/jobs/tenancy"
RUN = ArmAction(
    resource_id=JOB,
    name="start",
    api_version="2025-07-01",
    starts=Started(
        collection="executions", succeeded=frozenset({"Succeeded"}), failed=frozenset({"Failed", "Stopped"})
    ),
)
RUN_POST, EXECUTION = f"POST {JOB}/start", f"GET {JOB}/executions/x1"
NAMED = {"name": "x1", "id": f"{JOB}/executions/x1"}


def state(status: str) -> Answer:
    """What was started, in a state."""
    return Answer(200, body={"name": "x1", "properties": {"status": status}})


def test_what_an_action_starts_is_followed_to_its_own_end(monkeypatch: pytest.MonkeyPatch, waits: list[float]) -> None:
    """Azure answers the start of a job at once; the execution goes on."""
    script = {RUN_POST: [Answer(200, body=NAMED)], EXECUTION: [state("Running"), state("Unknown"), state("Succeeded")]}
    server = perform(script, monkeypatch, RUN)
    assert server.asked == [f"{it}?api-version=2025-07-01" for it in (RUN_POST, *[EXECUTION] * 3)]
    assert waits == [arm_action.POLL_INTERVAL] * 2


def test_what_was_started_may_be_named_by_the_operations_result(monkeypatch: pytest.MonkeyPatch) -> None:
    """202 with a place to look for the answer: https://learn.microsoft.com/rest/api/resource-manager/containerapps/jobs/start."""
    accepted = Answer(202, {"Location": "{base}/results/1"})
    script = {
        RUN_POST: [accepted],
        "GET /results/1": [Answer(202), Answer(200, body=NAMED)],
        EXECUTION: [state("Succeeded")],
    }
    assert perform(script, monkeypatch, RUN).asked[-1].startswith(EXECUTION)


def test_what_was_started_may_be_named_before_the_operation_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    """The name of an operation's status is the operation's own, and is not taken for it."""
    accepted = Answer(202, {"Azure-AsyncOperation": "{base}/operations/1"}, NAMED)
    ended = Answer(200, body={"name": "operation-1", "status": "Succeeded"})
    script = {RUN_POST: [accepted], "GET /operations/1": [ended], EXECUTION: [state("Succeeded")]}
    assert perform(script, monkeypatch, RUN).asked[-1].startswith(EXECUTION)


def test_what_was_started_a_moment_ago_may_not_be_found_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Resource Manager's answers come from more than one place."""
    script = {RUN_POST: [Answer(200, body=NAMED)], EXECUTION: [Answer(404), state("Succeeded")]}
    assert len(perform(script, monkeypatch, RUN).asked) == 3


@pytest.mark.parametrize("status", ["Failed", "Stopped"])
def test_what_was_started_and_failed_raises_with_its_name(monkeypatch: pytest.MonkeyPatch, status: str) -> None:
    """The name is what its log is found by."""
    with pytest.raises(ArmActionError, match=f"start of {JOB}: executions/x1 ended as {status}"):
        perform({RUN_POST: [Answer(200, body=NAMED)], EXECUTION: [state("Running"), state(status)]}, monkeypatch, RUN)


def test_a_start_that_names_nothing_raises(monkeypatch: pytest.MonkeyPatch) -> None:
    """What cannot be followed has not succeeded."""
    with pytest.raises(ArmActionError, match="Azure did not say which of its executions it started"):
        perform({RUN_POST: [Answer(200)]}, monkeypatch, RUN)


def test_what_was_started_has_the_actions_deadline(monkeypatch: pytest.MonkeyPatch, waits: list[float]) -> None:
    """An execution that hangs must not hold the state's lock for ever."""
    monkeypatch.setattr(arm_action, "PATIENCE", 0.0)
    with pytest.raises(ArmActionError, match="not finished after 1800 s"):
        perform({RUN_POST: [Answer(200, body=NAMED)], EXECUTION: [state("Running")]}, monkeypatch, RUN)
    assert sum(waits) <= RUN.deadline
