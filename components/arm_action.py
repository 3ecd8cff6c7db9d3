"""The one place that writes to Azure Resource Manager itself: what no resource of azure-native can stand for.

A hook of a resource calls `run`: it POSTs an action, or PUTs what others made, follows the operation to its end and
raises unless Azure says Succeeded. What it must know before, it asks by `read`.
An action may start something that goes on after its operation (an execution of a job): then that is followed too.
The token is the provider's own (authorization.getClientToken), so that an action runs as the same identity as the
resources; it goes to the endpoint's host and its subdomains only, and into no log, error or repr.
COMPLIANCEFLOW_ARM_ENDPOINT names another endpoint (the sandbox's); plain http is taken for this machine alone.

httpx is used for its asynchronous client: a hook that blocked would hold every other resource of the program.

Facts: https://learn.microsoft.com/azure/azure-resource-manager/management/async-operations (Azure-AsyncOperation
before Location, Retry-After, the final states) and .../request-limits-and-throttling (429 carries Retry-After).
"""

import contextlib
import json
import os
import time
from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlsplit

import pulumi
from pulumi_azure_native import authorization

from components.retries import TRANSIENT
from components.waiting import wait

if TYPE_CHECKING:
    import httpx

AZURE_ENDPOINT = "https://management.azure.com"
ENDPOINT = "COMPLIANCEFLOW_ARM_ENDPOINT"

# Waits in seconds where Azure names none; a request that Azure refused for now is sent again this often.
POLL_INTERVAL = 10.0
FIRST_RETRY = 5.0
LONGEST_WAIT = 60.0
REQUEST_ATTEMPTS = 8
REQUEST_TIMEOUT = 60.0
# Wall seconds before a deadline counts: what the sandbox does for real is not quicker for time on a scale.
PATIENCE = 60.0

_REFUSED_FOR_NOW = frozenset({429, 503})  # not begun: safe to send again, a POST too
_UNWELL = frozenset({408, 429, 500, 502, 503, 504})  # safe to ask again for a GET
_NOT_YET = 404  # what was started a moment ago may not be found at once
_ACCEPTED = 202
_FAILED = frozenset({"Failed", "Canceled", "Cancelled"})
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


class ArmActionError(Exception):
    """An action that Azure refused or did not finish; the text names the action, Azure's code and its message."""


class MissingError(ArmActionError):
    """What was asked for is not there (404)."""


@dataclass(frozen=True, kw_only=True)
class Started:
    """What an action starts: the action's answer has its `name`, and GET `{resource_id}/{collection}/{name}` its state.

    `succeeded`, `failed`: the values of `properties.status` that end it; with any other it goes on.
    """

    collection: str
    succeeded: frozenset[str]
    failed: frozenset[str]


@dataclass(frozen=True, kw_only=True)
class ArmAction:
    """`POST {resource_id}/{name}?api-version={api_version}` with `body`; `deadline` in seconds of Azure's time.

    Without a name it is a PUT of the resource itself: for what is there without the program having made it, which a
    resource of the program could not take (it would be created). `starts`: what is followed to its end after the
    operation itself, within the same deadline.
    """

    resource_id: str
    name: str
    api_version: str
    body: Mapping[str, object] = field(default_factory=dict[str, object])
    deadline: float = 1800.0
    starts: Started | None = None

    @property
    def method(self) -> str:
        """PUT for the resource itself, POST for an action on it."""
        return "POST" if self.name else "PUT"

    @property
    def path(self) -> str:
        """What is asked, without the host."""
        named = f"{self.resource_id}/{self.name}" if self.name else self.resource_id
        return f"{named}?api-version={self.api_version}"

    def __str__(self) -> str:
        return f"{self.name or 'a write'} of {self.resource_id}"


def endpoint() -> str:
    """Where Resource Manager answers, without a slash at the end.

    Raises ArmActionError for an endpoint that a token must not be sent to: plain http to another machine.
    """
    given = os.environ.get(ENDPOINT, AZURE_ENDPOINT).rstrip("/")
    parts = urlsplit(given)
    if parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK):
        return given
    raise ArmActionError(
        f"{ENDPOINT} is {given!r}: allowed is an https address, or http on this machine; unset it for Azure"
    )


async def run(action: ArmAction, provider: pulumi.ProviderResource) -> None:
    """Run an action as the identity of `provider` and wait for its end.

    Raises ArmActionError unless Azure reports success within the deadline.
    """
    async with _client(action, provider) as client:
        await perform(action, client)


async def read(arm_id: str, api_version: str, provider: pulumi.ProviderResource) -> Mapping[str, Any]:
    """What is there, as it is now, as the identity of `provider`.

    Raises MissingError for what is not there, ArmActionError for what else Azure refuses.
    """
    looked = ArmAction(resource_id=arm_id, name="", api_version=api_version)
    async with _client(looked, provider) as client:
        return _body(await _send(looked, client, "GET", f"{endpoint()}{looked.path}", _UNWELL))


@contextlib.asynccontextmanager
async def _client(action: ArmAction, provider: pulumi.ProviderResource) -> AsyncGenerator["httpx.AsyncClient"]:
    """A client that carries the provider's own token."""
    import httpx  # noqa: PLC0415 - 0.1 s that only a run with an action to do should pay

    invoked = authorization.get_client_token_output(opts=pulumi.InvokeOutputOptions(provider=provider))
    token = await invoked.apply(lambda result: result.token).future()
    if not token:
        raise ArmActionError(f"{action}: the provider gave no token; sign in again (az login)")
    headers = {"Authorization": f"Bearer {token}", "Accept": "application/json"}
    async with httpx.AsyncClient(headers=headers, timeout=REQUEST_TIMEOUT) as client:
        yield client


async def perform(action: ArmAction, client: "httpx.AsyncClient") -> None:
    """Run an action through a client that already carries the credentials; raises like `run`."""
    following = _Following(action, client)
    response = await _send(action, client, action.method, f"{following.base}{action.path}", _REFUSED_FOR_NOW)
    ended = await following.operation(response)
    if action.starts is not None:
        # Azure may name what was started at once, or with the result of the operation.
        await following.started(action.starts, _name(ended) or _name(response))


class _Following:
    """Follows one action with polls; all of them together have its deadline, in seconds of Azure's time."""

    def __init__(self, action: ArmAction, client: "httpx.AsyncClient") -> None:
        self.base = endpoint()
        self._action, self._client = action, client
        self._begun, self._waited = time.monotonic(), 0.0

    async def operation(self, response: "httpx.Response") -> "httpx.Response":
        """Follow the operation that an answer names, if any, to its end; the last answer."""
        operation = response.headers.get("Azure-AsyncOperation")
        address = operation or response.headers.get("Location")
        if address is None or (operation is None and response.status_code != _ACCEPTED):
            return response  # done at once, or nothing to follow
        _keep_token_home(self._action, self.base, address)
        while True:
            await self._pause(response)
            response = await _send(self._action, self._client, "GET", address, _UNWELL)
            status = _status(_body(response))
            if status in _FAILED:
                raise ArmActionError(f"{self._action}: {status}: {_told(response)}")
            done = status == "Succeeded" if operation else response.status_code != _ACCEPTED
            if done:
                return response

    async def started(self, started: Started, name: str) -> None:
        """Follow what the action started until it ended; raises ArmActionError unless it succeeded."""
        action = self._action
        if not name:
            raise ArmActionError(f"{action}: Azure did not say which of its {started.collection} it started")
        url = f"{self.base}{action.resource_id}/{started.collection}/{name}?api-version={action.api_version}"
        while True:
            response = await _send(action, self._client, "GET", url, _UNWELL | {_NOT_YET})
            status = _status(_object(_body(response).get("properties")))
            if status in started.succeeded:
                return
            if status in started.failed:
                raise ArmActionError(f"{action}: {started.collection}/{name} ended as {status}")
            await self._pause(response)

    async def _pause(self, response: "httpx.Response") -> None:
        """Wait before the next poll; raises ArmActionError where that would be past the deadline."""
        pause = _retry_after(response, POLL_INTERVAL)
        if self._waited + pause > self._action.deadline and time.monotonic() - self._begun > PATIENCE:
            raise ArmActionError(f"{self._action}: not finished after {self._waited:.0f} s")
        await wait(pause)
        self._waited += pause


def _keep_token_home(action: ArmAction, base: str, address: str) -> None:
    """Raise for an address of another host than the endpoint's and its subdomains, or of another scheme."""
    there, home = urlsplit(address), urlsplit(base)
    host, own = there.hostname or "", home.hostname or ""
    if there.scheme != home.scheme or not (host == own or host.endswith(f".{own}")):
        raise ArmActionError(
            f"{action}: Azure names {there.scheme}://{host} for its status, outside {base}: the token is not sent there"
        )


async def _send(
    action: ArmAction, client: "httpx.AsyncClient", method: str, url: str, again: frozenset[int]
) -> "httpx.Response":
    """One request, sent again while Azure refuses it for now; raises ArmActionError for every other refusal."""
    import httpx  # noqa: PLC0415

    problem, kind = "", ArmActionError
    for attempt in range(REQUEST_ATTEMPTS):
        pause = min(LONGEST_WAIT, FIRST_RETRY * 2**attempt)
        try:
            # Without settings no body: an empty one could be read as "all settings left out", a job's template too.
            body = dict(action.body) or None
            response = await client.request(method, url, json=None if method == "GET" else body)
        except httpx.TransportError as error:
            # A POST may have been taken before the connection broke: only one that never opened is sent again.
            if method == "POST" and not isinstance(error, httpx.ConnectError):
                raise ArmActionError(f"{action}: the connection broke ({error}); run up again") from None
            problem = f"{type(error).__name__}: {error}"
        else:
            if response.is_success:
                return response
            problem = f"HTTP {response.status_code}: {_told(response)}"
            if response.status_code not in again and _code(response) not in TRANSIENT:
                kind = MissingError if response.status_code == _NOT_YET else ArmActionError
                break
            pause = _retry_after(response, pause)
        if attempt + 1 < REQUEST_ATTEMPTS:
            await wait(pause)
    raise kind(f"{action}: {problem}")


def _retry_after(response: "httpx.Response", default: float) -> float:
    """Seconds that Azure asks to wait; the header's other form, a date, is not used by Resource Manager."""
    text = response.headers.get("Retry-After", "")
    return min(LONGEST_WAIT, float(text)) if text.isascii() and text.isdigit() else default


def _body(response: "httpx.Response") -> Mapping[str, Any]:
    try:
        return _object(response.json())
    except (json.JSONDecodeError, UnicodeDecodeError):
        return {}


def _object(value: object) -> Mapping[str, Any]:
    return cast("Mapping[str, Any]", value) if isinstance(value, dict) else {}


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _status(body: Mapping[str, Any]) -> str:
    return _text(body.get("status"))


def _name(response: "httpx.Response") -> str:
    """The name of what an answer is about; that of an operation's status is the operation's own, and no other's."""
    body = _body(response)
    return "" if "status" in body else _text(body.get("name"))


def _error(response: "httpx.Response") -> Mapping[str, Any]:
    return _object(_body(response).get("error"))


def _code(response: "httpx.Response") -> str:
    return str(_error(response).get("code", ""))


def _told(response: "httpx.Response") -> str:
    """Azure's code and message, or the first line of what came instead."""
    if told := _error(response):
        return f"{told.get('code', 'no code')}: {told.get('message', 'no message')}"
    return (response.text.strip().splitlines() or ["no answer"])[0][:200]
