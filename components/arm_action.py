"""The one place that POSTs to Azure Resource Manager: actions that no resource of azure-native stands for.

A hook of a resource calls `run`: it POSTs, follows the operation to its end and raises unless Azure says Succeeded.
The token is the provider's own (authorization.getClientToken), so that an action runs as the same identity as the
resources; it goes to the endpoint's host and its subdomains only, and into no log, error or repr.
COMPLIANCEFLOW_ARM_ENDPOINT names another endpoint (the sandbox's); plain http is taken for this machine alone.

httpx is used for its asynchronous client: a hook that blocked would hold every other resource of the program.

Facts: https://learn.microsoft.com/azure/azure-resource-manager/management/async-operations (Azure-AsyncOperation
before Location, Retry-After, the final states) and .../request-limits-and-throttling (429 carries Retry-After).
"""

import json
import os
import time
from collections.abc import Mapping
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
_ACCEPTED = 202
_FAILED = frozenset({"Failed", "Canceled", "Cancelled"})
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


class ArmActionError(Exception):
    """An action that Azure refused or did not finish; the text names the action, Azure's code and its message."""


@dataclass(frozen=True, kw_only=True)
class ArmAction:
    """`POST {resource_id}/{name}?api-version={api_version}` with `body`; `deadline` in seconds of Azure's time."""

    resource_id: str
    name: str
    api_version: str
    body: Mapping[str, object] = field(default_factory=dict[str, object])
    deadline: float = 1800.0

    def __str__(self) -> str:
        return f"{self.name} of {self.resource_id}"


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
    import httpx  # noqa: PLC0415 - 0.1 s that only a run with an action to do should pay

    invoked = authorization.get_client_token_output(opts=pulumi.InvokeOutputOptions(provider=provider))
    token = await invoked.apply(lambda result: result.token).future()
    if not token:
        raise ArmActionError(f"{action}: the provider gave no token; sign in again (az login)")
    headers = {"Authorization": f"Bearer {token}", "Accept": "application/json"}
    async with httpx.AsyncClient(headers=headers, timeout=REQUEST_TIMEOUT) as client:
        await perform(action, client)


async def perform(action: ArmAction, client: "httpx.AsyncClient") -> None:
    """Run an action through a client that already carries the credentials; raises like `run`."""
    base = endpoint()
    url = f"{base}{action.resource_id}/{action.name}?api-version={action.api_version}"
    response = await _send(action, client, "POST", url, _REFUSED_FOR_NOW)
    operation = response.headers.get("Azure-AsyncOperation")
    address = operation or response.headers.get("Location")
    if address is None or (operation is None and response.status_code != _ACCEPTED):
        return  # done at once, or nothing to follow
    _keep_token_home(action, base, address)
    begun, waited = time.monotonic(), 0.0
    while True:
        pause = _retry_after(response, POLL_INTERVAL)
        if waited + pause > action.deadline and time.monotonic() - begun > PATIENCE:
            raise ArmActionError(f"{action}: not finished after {waited:.0f} s")
        await wait(pause)
        waited += pause
        response = await _send(action, client, "GET", address, _UNWELL)
        status = _status(response)
        if status in _FAILED:
            raise ArmActionError(f"{action}: {status}: {_told(response)}")
        done = status == "Succeeded" if operation else response.status_code != _ACCEPTED
        if done:
            return


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

    problem = ""
    for attempt in range(REQUEST_ATTEMPTS):
        pause = min(LONGEST_WAIT, FIRST_RETRY * 2**attempt)
        try:
            response = await client.request(method, url, json=dict(action.body) if method == "POST" else None)
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
                break
            pause = _retry_after(response, pause)
        if attempt + 1 < REQUEST_ATTEMPTS:
            await wait(pause)
    raise ArmActionError(f"{action}: {problem}")


def _retry_after(response: "httpx.Response", default: float) -> float:
    """Seconds that Azure asks to wait; the header's other form, a date, is not used by Resource Manager."""
    text = response.headers.get("Retry-After", "")
    return min(LONGEST_WAIT, float(text)) if text.isascii() and text.isdigit() else default


def _body(response: "httpx.Response") -> Mapping[str, Any]:
    try:
        body = response.json()
    except (json.JSONDecodeError, UnicodeDecodeError):
        return {}
    return cast("Mapping[str, Any]", body) if isinstance(body, dict) else {}


def _status(response: "httpx.Response") -> str:
    status = _body(response).get("status")
    return status if isinstance(status, str) else ""


def _error(response: "httpx.Response") -> Mapping[str, Any]:
    error = _body(response).get("error")
    return cast("Mapping[str, Any]", error) if isinstance(error, dict) else {}


def _code(response: "httpx.Response") -> str:
    return str(_error(response).get("code", ""))


def _told(response: "httpx.Response") -> str:
    """Azure's code and message, or the first line of what came instead."""
    if told := _error(response):
        return f"{told.get('code', 'no code')}: {told.get('message', 'no message')}"
    return (response.text.strip().splitlines() or ["no answer"])[0][:200]
