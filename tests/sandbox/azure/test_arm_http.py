"""Claims about ARM over HTTP: what it demands, what it shows, and how an action is followed to its end."""

import http.client
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import pytest
from pydantic import SecretStr

from sandbox.azure.arm_http import ArmHttp, arm_shape
from sandbox.azure.errors import ArmError
from sandbox.azure.model import Record
from sandbox.azure.store import Store

TOKEN = "the-token-of-the-provider"  # noqa: S105 - of these tests alone
SUBSCRIPTION = "/subscriptions/6c1f8c1e-0000-4f0e-9d3c-0d5f6a7b8c9d"
GROUP = f"{SUBSCRIPTION}/resourceGroups/rg-cf-westeu-dev-1"
SERVER = f"{GROUP}/providers/Microsoft.DBforPostgreSQL/flexibleServers/psql-cf-westeu-dev-1"
API = "api-version=2025-08-01"


@dataclass
class Servers:
    """Servers without servers: what was asked, and a gate that holds the work until the test lets it go."""

    state: str = "Ready"
    pending: frozenset[str] = frozenset()
    done: list[tuple[str, str]] = field(default_factory=list)
    go: threading.Event = field(default_factory=threading.Event)
    error: Exception | None = None

    def status(self, server_id: str) -> str | None:
        """The state that the test gave."""
        return self.state if server_id == SERVER.lower() else None

    def require_started(self, server_id: str) -> None:
        """Refuses as the fleet does."""
        if self.state != "Ready":
            raise ArmError(400, "ServerIsNotReady", f"{server_id} is {self.state}")

    def require_stopped(self, server_id: str) -> None:
        """Refuses as the fleet does."""
        if self.state != "Stopped":
            raise ArmError(400, "ServerIsNotStopped", f"{server_id} is {self.state}")

    def _work(self, name: str, server_id: str) -> None:
        assert self.go.wait(10)
        if self.error is not None:
            raise self.error
        self.done.append((name, server_id))

    def restart(self, server_id: str) -> None:
        """Waits to be let go."""
        self._work("restart", server_id)

    def stop(self, server_id: str) -> None:
        """Waits to be let go."""
        self._work("stop", server_id)

    def start(self, server_id: str) -> None:
        """Waits to be let go."""
        self._work("start", server_id)

    def pending_restart(self, server_id: str) -> frozenset[str]:
        """The parameters that the test gave."""
        assert server_id == SERVER.lower()
        return self.pending


@dataclass
class Reply:
    """An HTTP reply as a client sees it."""

    status: int
    headers: dict[str, str]
    body: Any

    @property
    def code(self) -> str:
        """ARM's error code."""
        return self.body["error"]["code"]


@dataclass
class Client:
    """Asks the ARM of one test, by default as ARM wants to be asked."""

    arm: ArmHttp
    servers: Servers

    def ask(self, method: str, target: str, token: str | None = f"Bearer {TOKEN}", body: str = "") -> Reply:
        """One request on a connection of its own."""
        connection = http.client.HTTPConnection(urlsplit(self.arm.url).netloc, timeout=10)
        try:
            headers = {} if token is None else {"Authorization": token}
            connection.request(method, target, body=body or None, headers=headers)
            answer = connection.getresponse()
            content = answer.read()
            return Reply(answer.status, dict(answer.getheaders()), json.loads(content) if content else None)
        finally:
            connection.close()

    def follow(self, url: str) -> Reply:
        """GET an address that ARM gave."""
        assert url.startswith(self.arm.url)
        return self.ask("GET", url.removeprefix(self.arm.url))


def record(arm_id: str, token: str, outputs: dict[str, Any]) -> Record:
    return Record(
        token=token,
        arm_id=arm_id,
        parent=GROUP.lower(),
        name=arm_id.rpartition("/")[2],
        subscription=arm_id.split("/")[2],
        location="westeurope",
        unique_key="",
        inputs={},
        outputs=outputs,
        hidden={"administratorLoginPassword": "hidden"},
        created_at=0.0,
        ready_at=0.0,
    )


@pytest.fixture
def client(tmp_path) -> Iterator[Client]:
    store = Store(tmp_path / "azure.db")
    with store.transaction() as transaction:
        transaction.put(record(GROUP, "resources:ResourceGroup", {"location": "westeurope"}))
        body = {
            "location": "westeurope",
            "tags": {"Environment": "dev"},
            "sku": {"name": "Standard_B1ms", "tier": "Burstable"},
            "version": "18",
            "state": "Ready",
        }
        transaction.put(record(SERVER, "dbforpostgresql:Server", body))
        for name in ("shared_preload_libraries", "pgaudit.log"):
            parameter = {"value": "pgaudit", "isConfigPendingRestart": False}
            transaction.put(record(f"{SERVER}/configurations/{name}", "dbforpostgresql:Configuration", parameter))
    servers = Servers()
    with ArmHttp(store, servers, SecretStr(TOKEN)) as arm:
        yield Client(arm, servers)
        servers.go.set()
    store.close()


def test_it_listens_on_the_loopback(client) -> None:
    """The token of a sandbox is worth nothing elsewhere, and nobody elsewhere may ask."""
    assert urlsplit(client.arm.url).hostname == "127.0.0.1"


@pytest.mark.parametrize(
    ("target", "token", "status", "code"),
    [
        (SERVER, f"Bearer {TOKEN}", 400, "MissingApiVersionParameter"),
        (f"{SERVER}?api-version=", f"Bearer {TOKEN}", 400, "MissingApiVersionParameter"),
        (SERVER, None, 400, "MissingApiVersionParameter"),
        (f"{SERVER}?api-version=latest", f"Bearer {TOKEN}", 400, "InvalidApiVersionParameter"),
        (f"{SERVER}?{API}", None, 401, "AuthenticationFailed"),
        (f"{SERVER}?{API}", "Bearer wrong", 401, "InvalidAuthenticationToken"),
        (f"{SERVER}?{API}", f"Basic {TOKEN}", 401, "InvalidAuthenticationToken"),
        (f"{SERVER}?{API}", TOKEN, 401, "InvalidAuthenticationToken"),
        (f"{SERVER}-2?{API}", f"Bearer {TOKEN}", 404, "ResourceNotFound"),
        (f"{GROUP}-2?{API}", f"Bearer {TOKEN}", 404, "ResourceGroupNotFound"),
        (f"/?{API}", f"Bearer {TOKEN}", 404, "ResourceNotFound"),
    ],
)
def test_what_is_not_asked_as_arm_wants_it_is_refused(client, target, token, status, code) -> None:
    """In ARM's body, with its code; a client that works here must work there."""
    for method in ("GET", "POST"):
        path, _, query = target.partition("?")
        asked = target if method == "GET" else f"{path}/restart?{query}"
        reply = client.ask(method, asked, token)
        assert (reply.status, reply.code) == (status, code)
        assert reply.body["error"]["message"]
        assert TOKEN not in json.dumps(reply.body)
        assert reply.headers["x-ms-request-id"]
        assert ("WWW-Authenticate" in reply.headers) == (status == 401)
    assert client.servers.done == []


def test_a_resource_is_shown_in_arms_shape(client) -> None:
    """Id, name and type, what ARM keeps beside `properties`, the rest in them; the id is found in any case."""
    reply = client.ask("GET", f"{SERVER.upper()}?{API}")
    assert reply.status == 200
    assert reply.body == {
        "id": SERVER,
        "name": "psql-cf-westeu-dev-1",
        "type": "Microsoft.DBforPostgreSQL/flexibleServers",
        "location": "westeurope",
        "tags": {"Environment": "dev"},
        "sku": {"name": "Standard_B1ms", "tier": "Burstable"},
        "properties": {"version": "18", "state": "Ready", "replicaCapacity": 5},
    }


def test_what_only_the_running_server_knows_is_asked_of_it(client) -> None:
    """The store has what was last written; a stop or a pending restart happens beside it."""
    client.servers.pending = frozenset({"shared_preload_libraries"})
    shown = {
        name: client.ask("GET", f"{SERVER}/configurations/{name}?{API}").body["properties"]["isConfigPendingRestart"]
        for name in ("shared_preload_libraries", "pgaudit.log")
    }
    assert shown == {"shared_preload_libraries": True, "pgaudit.log": False}
    client.servers.state = "Stopped"
    assert client.ask("GET", f"{SERVER}?{API}").body["properties"]["state"] == "Stopped"


def test_properties_of_a_body_that_has_them_already_stay_where_they_are() -> None:
    """The SDK flattens most types, not all (a vault keeps its `properties`)."""
    shaped = arm_shape({"id": "x", "properties": {"sku": 1}, "extra": 2})
    assert shaped == {"id": "x", "properties": {"sku": 1, "extra": 2}}


@pytest.mark.parametrize(("action", "state"), [("restart", "Ready"), ("stop", "Ready"), ("start", "Stopped")])
def test_an_action_is_accepted_followed_and_done(client, action, state) -> None:
    """202 and two addresses; both say that the work is under way, then that it is done."""
    client.servers.state = state
    accepted = client.ask("POST", f"{SERVER}/{action}?{API}")
    status_url, result_url = accepted.headers["Azure-AsyncOperation"], accepted.headers["Location"]
    assert accepted.status == 202
    assert accepted.headers["Retry-After"] == "1"
    assert accepted.body is None
    waiting = client.follow(status_url)
    assert (waiting.status, waiting.body["status"]) == (200, "InProgress")
    assert waiting.headers["Retry-After"] == "1"
    assert client.follow(result_url).status == 202
    assert client.servers.done == []
    client.servers.go.set()
    finished = until_ended(client, status_url)
    assert finished["status"] == "Succeeded"
    assert finished["startTime"] <= finished["endTime"]
    assert client.follow(result_url).status == 204
    assert client.servers.done == [(action, SERVER.lower())]


def test_the_meter_knows_what_was_stopped(client) -> None:
    """Only where it really came to it: a stop that fails leaves a server that costs what it did."""
    client.servers.go.set()
    until_ended(client, client.ask("POST", f"{SERVER}/stop?{API}").headers["Azure-AsyncOperation"])
    client.servers.state, client.servers.error = "Stopped", OSError("boom")
    until_ended(client, client.ask("POST", f"{SERVER}/start?{API}").headers["Azure-AsyncOperation"])
    metered = client.arm._store.metered()
    assert [it.stopped for it in metered if it.arm_id == SERVER] == [False, True]


def until_ended(client: Client, status_url: str) -> dict[str, Any]:
    while (body := client.follow(status_url).body)["status"] == "InProgress":
        pass
    return body


@pytest.mark.parametrize(
    ("error", "code"), [(ArmError(409, "ServerBusy", "busy"), "ServerBusy"), (OSError("boom"), "InternalServerError")]
)
def test_a_failed_action_ends_as_failed_with_its_error(client, error, code) -> None:
    """Whoever polls learns why; nothing stays in progress for ever."""
    client.servers.error = error
    client.servers.go.set()
    accepted = client.ask("POST", f"{SERVER}/restart?{API}")
    ended = until_ended(client, accepted.headers["Azure-AsyncOperation"])
    assert (ended["status"], ended["error"]["code"]) == ("Failed", code)
    assert client.follow(accepted.headers["Location"]).code == code


@pytest.mark.parametrize(
    ("action", "state", "code"),
    [
        ("restart", "Stopped", "ServerIsNotReady"),
        ("stop", "Stopped", "ServerIsNotReady"),
        ("start", "Ready", "ServerIsNotStopped"),
    ],
)
def test_an_action_that_the_state_forbids_is_refused_at_once(client, action, state, code) -> None:
    """Not as an operation that fails later."""
    client.servers.state = state
    client.servers.go.set()
    reply = client.ask("POST", f"{SERVER}/{action}?{API}")
    assert (reply.status, reply.code) == (400, code)
    assert client.servers.done == []


@pytest.mark.parametrize(
    ("method", "path", "body", "refusal"),
    [
        ("POST", f"{SERVER}/fly", "", (404, "InvalidResourceType")),
        ("POST", f"{GROUP}/restart", "", (404, "InvalidResourceType")),
        ("POST", f"{SERVER}/restart", "{", (400, "InvalidRequestContent")),
        ("POST", f"{SERVER}/restart", "[]", (400, "InvalidRequestContent")),
        ("POST", f"{SERVER}/restart", '{"restartWithFailover": true}', (501, "NotModelledBySandbox")),
        ("PUT", SERVER, "{}", (501, "NotModelledBySandbox")),
        ("PATCH", SERVER, "{}", (501, "NotModelledBySandbox")),
        ("DELETE", SERVER, "", (501, "NotModelledBySandbox")),
    ],
)
def test_what_is_no_action_here_says_so(client, method, path, body, refusal) -> None:
    """Unknown actions as ARM answers them; what Azure has and the sandbox lacks by a code of its own."""
    reply = client.ask(method, f"{path}?{API}", body=body)
    assert (reply.status, reply.code) == refusal
    assert client.servers.done == []


def test_an_operation_that_nobody_started_is_not_found(client) -> None:
    """A status address must come from an answer; the operations of an earlier run are over."""
    url = f"{SUBSCRIPTION}/providers/Microsoft.DBforPostgreSQL/locations/sandbox/azureAsyncOperation"
    reply = client.ask("GET", f"{url}/00000000-0000-0000-0000-000000000000?{API}")
    assert reply.status == 404


def test_leaving_waits_for_the_work_under_way(tmp_path) -> None:
    """A restart that was accepted is finished before the process goes on."""
    store = Store(tmp_path / "azure.db")
    with store.transaction() as transaction:
        transaction.put(record(SERVER, "dbforpostgresql:Server", {}))
    servers = Servers()
    with ArmHttp(store, servers, SecretStr(TOKEN)) as arm:
        assert Client(arm, servers).ask("POST", f"{SERVER}/restart?{API}").status == 202
        threading.Timer(0.1, servers.go.set).start()
    assert servers.done == [("restart", SERVER.lower())]
    store.close()


def test_the_hidden_part_of_a_resource_is_never_shown(client) -> None:
    """Passwords are in the store, not in answers."""
    assert "hidden" not in json.dumps(client.ask("GET", f"{SERVER}?{API}").body)
