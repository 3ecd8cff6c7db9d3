"""Azure Resource Manager for `cfctl`: GET, PATCH, and PUT and POST followed to their end. The token goes nowhere but to
its endpoint.

https://learn.microsoft.com/azure/azure-resource-manager/management/async-operations
"""

import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final, Self, cast
from urllib.parse import parse_qs, urlsplit

import httpx
from pydantic import SecretStr

from cidr import Fault, FaultsError
from preflight.patience import patiently

AZURE_ENDPOINT: Final = "https://management.azure.com"
ENDPOINT: Final = "COMPLIANCEFLOW_ARM_ENDPOINT"
_LOOPBACK: Final = frozenset({"127.0.0.1", "localhost", "::1"})
_NOT_FOUND: Final = 404
_ACCEPTED: Final = 202
_FAILED: Final = frozenset({"Failed", "Canceled"})
_ATTEMPTS: Final = 6
_PAUSE: Final = 3.0
_DEADLINE: Final = 600.0
_TIMEOUT: Final = 60.0

Object = dict[str, Any]


class ArmRefusedError(Exception):
    """What Azure answered instead of doing it: HTTP status, its own code and message. No token is in it."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(f"{code} ({status}): {message}")
        self.status = status
        self.code = code
        self.message = message


def endpoint() -> str:
    """Where Resource Manager answers. Raises FaultsError for an address that a token must not be sent to."""
    given = os.environ.get(ENDPOINT, "").rstrip("/") or AZURE_ENDPOINT
    parts = urlsplit(given)
    if parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK):
        return given
    allowed, step = "an https address, or http on this machine", f"unset {ENDPOINT} for Azure"
    raise FaultsError([Fault(where=ENDPOINT, what=f"{given!r} is neither", allowed=allowed, next_step=step)])


@dataclass(frozen=True)
class ArmClient:
    """Resource Manager at `base`; use it as a context manager.

    `sleep`: waits so many seconds, between two looks at what is under way and before a request is sent again.

    Raises ArmRefusedError for what Azure refuses, httpx.TransportError where nobody answers.
    """

    base: str
    token: SecretStr
    sleep: Callable[[float], None] = time.sleep
    transport: httpx.BaseTransport | None = field(default=None, repr=False)

    @cached_property
    def _http(self) -> httpx.Client:
        headers = {"Authorization": f"Bearer {self.token.get_secret_value()}"}
        return httpx.Client(headers=headers, timeout=_TIMEOUT, transport=self.transport)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Close its connections."""
        self._http.close()

    def get(self, arm_id: str, api_version: str) -> Object | None:
        """What is there; None for nothing."""
        try:
            return _object(self._send("GET", arm_id, api_version, None))
        except ArmRefusedError as error:
            if error.status == _NOT_FOUND and error.code != "SubscriptionNotFound":
                return None
            raise

    def put(self, arm_id: str, api_version: str, body: Mapping[str, Any]) -> None:
        """Make it, or bring it to what the body says, and wait until it stands."""
        self._send("PUT", arm_id, api_version, body)
        waited = 0.0
        while True:
            found = self.get(arm_id, api_version)
            state = _state(found)
            if state in _FAILED:
                raise ArmRefusedError(200, "ProvisioningFailed", f"{arm_id} ended as {state}")
            if found is not None and state in (None, "Succeeded"):
                return
            if waited >= _DEADLINE:
                raise ArmRefusedError(200, "NotFinished", f"{arm_id} is {state or 'not there'} after {waited:.0f} s")
            self.sleep(_PAUSE)
            waited += _PAUSE

    def patch(self, arm_id: str, api_version: str, body: Mapping[str, Any]) -> Object:
        """Change what the body names and leave the rest as it is."""
        return _object(self._send("PATCH", arm_id, api_version, body))

    def post(self, action: str, api_version: str, body: Mapping[str, Any] | None = None) -> Object:
        """Do something with a resource (`{id}/start`), and give what comes of it."""
        answer = self._send("POST", action, api_version, body)
        waited = 0.0
        while answer.status_code == _ACCEPTED and "Location" in answer.headers:
            where = urlsplit(answer.headers["Location"])
            if where.netloc != urlsplit(self.base).netloc:
                raise ArmRefusedError(answer.status_code, "ForeignLocation", f"{where.netloc} is not {self.base}")
            if waited >= _DEADLINE:
                raise ArmRefusedError(answer.status_code, "NotFinished", f"{action} goes on after {waited:.0f} s")
            self.sleep(_PAUSE)
            waited += _PAUSE
            answer = self._send("GET", where.path, parse_qs(where.query).get("api-version", [api_version])[0], None)
        return _object(answer)

    def _send(self, method: str, arm_id: str, api_version: str, body: Mapping[str, Any] | None) -> httpx.Response:
        url, parameters = f"{self.base}{arm_id}", {"api-version": api_version}

        def send() -> httpx.Response:
            return self._http.request(method, url, params=parameters, json=body)

        answer = patiently(send, self.sleep, attempts=_ATTEMPTS)
        if answer.is_success:
            return answer
        error = cast("Object", _object(answer).get("error") or {})
        code = str(error.get("code") or answer.reason_phrase)
        raise ArmRefusedError(answer.status_code, code, str(error.get("message") or ""))


def _object(answer: httpx.Response) -> Object:
    try:
        found = answer.json()
    except ValueError:
        return {}
    return cast("Object", found) if isinstance(found, dict) else {}


def _state(found: Object | None) -> str | None:
    properties = (found or {}).get("properties")
    state = cast("Object", properties).get("provisioningState") if isinstance(properties, dict) else None
    return str(state) if state else None
