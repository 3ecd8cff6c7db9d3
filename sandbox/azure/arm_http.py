"""Azure Resource Manager over HTTP on the loopback: GET any resource by its id, POST the few actions that are modelled.

What the program asks of ARM beside its provider (components/arm_action.py) gets the answers that Azure would give: a
bearer token and an api-version are required, errors come in ARM's body, an action is a long-running operation with a
status to poll (https://learn.microsoft.com/azure/azure-resource-manager/management/async-operations). Writes are the
provider's business: PUT, PATCH and DELETE are refused here. What can be asked is data in `arm_actions`.
"""

import hmac
import json
import re
import threading
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final, Self
from urllib.parse import parse_qs, unquote, urlsplit

from pydantic import SecretStr

from . import arm_ids
from .arm_actions import ACTIONS, LIVE, Action, Servers
from .bodies import Body
from .errors import ArmError, NotModelledError
from .model import Record
from .store import Store

RETRY_AFTER_SECONDS: Final = 1
_API_VERSION: Final = re.compile(r"\d{4}-\d{2}-\d{2}(-\w+)?")
_OPERATION: Final = re.compile(
    r"/subscriptions/[^/]+/providers/[^/]+/locations/[^/]+/(\w+)/([0-9a-f-]{36})", re.IGNORECASE
)
_STATUS: Final = "azureAsyncOperation"
_RESULT: Final = "operationResults"
# What ARM keeps beside "properties"
# (https://learn.microsoft.com/azure/azure-resource-manager/templates/resource-declaration).
_ENVELOPE: Final = frozenset(
    {"id", "name", "type", "location", "tags", "sku", "kind", "identity", "zones", "etag", "managedBy", "plan"}
    | {"systemData", "extendedLocation"}
)


@dataclass(frozen=True, kw_only=True)
class Operation:
    """A long-running operation: ARM's status, times in ISO 8601, the error of a failed one."""

    name: str
    status: str
    started: str
    ended: str | None = None
    error: ArmError | None = None

    def body(self) -> Body:
        """As the status URL shows it."""
        shown: Body = {"name": self.name, "status": self.status, "startTime": self.started}
        if self.ended is not None:
            shown["endTime"] = self.ended
        return shown | (_error_body(self.error) if self.error else {})


@dataclass(frozen=True, kw_only=True)
class Answer:
    """An HTTP answer; a body of None is none."""

    status: int
    body: Body | None = None
    headers: Mapping[str, str] | None = None


class ArmHttp:
    """ARM on a random port of the loopback, in threads of this process, while the `with` block lasts.

    A bearer must show `token`, the one that the provider's getClientToken gives out.
    """

    def __init__(self, store: Store, servers: Servers, token: SecretStr) -> None:
        self._store = store
        self._servers = servers
        self._token = token
        self._operations: dict[str, Operation] = {}
        self._work: list[threading.Thread] = []
        arm = self

        class Handler(_Handler):
            def answer(self, method: str, target: str, authorization: str | None, content: bytes) -> Answer:
                return arm.answer(method, target, authorization, content)

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._listener = threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.05})

    @property
    def url(self) -> str:
        """The endpoint, for COMPLIANCEFLOW_ARM_ENDPOINT."""
        return f"http://127.0.0.1:{self._http.server_port}"

    def __enter__(self) -> Self:
        self._listener.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Take no further request; operations under way are finished first."""
        self._http.shutdown()
        self._listener.join()
        for thread in self._work:
            thread.join()
        self._http.server_close()

    def answer(self, method: str, target: str, authorization: str | None, content: bytes) -> Answer:
        """What ARM answers to one request."""
        try:
            url = urlsplit(target)
            api_version = self._admit(parse_qs(url.query), authorization)
            path = unquote(url.path)
            if operation := _OPERATION.fullmatch(path):
                return self._operation(operation[1], operation[2].lower(), target)
            if method == "GET":
                return Answer(status=200, body=self._get(path))
            if method == "POST":
                return self._post(path, api_version, _json(content))
            return _not_modelled(f"the sandbox takes GET and POST over HTTP, not {method}: the provider writes")
        except ArmError as error:
            headers = {"WWW-Authenticate": "Bearer"} if error.status == HTTPStatus.UNAUTHORIZED else None
            return Answer(status=error.status, body=_error_body(error), headers=headers)
        except NotModelledError as error:
            return _not_modelled(str(error))

    def _admit(self, query: Mapping[str, list[str]], authorization: str | None) -> str:
        """ARM looks at the api-version before it looks at the caller."""
        api_version = query.get("api-version", [""])[0]
        if not api_version:
            message = "The api-version query parameter (?api-version=) is required for all requests."
            raise ArmError(400, "MissingApiVersionParameter", message)
        if not _API_VERSION.fullmatch(api_version):
            raise ArmError(400, "InvalidApiVersionParameter", f"The api-version '{api_version}' is invalid.")
        if authorization is None:
            message = "Authentication failed. The 'Authorization' header is missing."
            raise ArmError(401, "AuthenticationFailed", message)
        scheme, _, token = authorization.partition(" ")
        if scheme.lower() != "bearer" or not hmac.compare_digest(
            token.strip().encode(), self._token.get_secret_value().encode()
        ):
            raise ArmError(401, "InvalidAuthenticationToken", "The access token is invalid.")
        return api_version

    def _find(self, arm_id: str) -> Record:
        record = self._store.read(lambda transaction: transaction.find(arm_id))
        if record is None:
            raise _not_found(arm_id)
        return record

    def _get(self, arm_id: str) -> Body:
        record = self._find(arm_id)
        kind = arm_ids.arm_type(record.arm_id)
        found = {**record.outputs, "id": record.arm_id, "name": record.name, "type": kind}
        if live := LIVE.get(kind.lower()):
            found |= live(self._servers, arm_ids.key(record.arm_id))
        return arm_shape(found)

    def _post(self, path: str, api_version: str, body: Body) -> Answer:
        arm_id, _, name = path.rstrip("/").rpartition("/")
        kind = arm_ids.arm_type(arm_id)
        action = ACTIONS.get((kind.lower(), name.lower()))
        self._find(arm_id)  # what is not there cannot act
        if action is None:
            namespace, _, rest = kind.partition("/")
            raise ArmError(
                404,
                "InvalidResourceType",
                f"The resource type '{rest}/{name}' could not be found in the namespace '{namespace}' "
                f"for api version '{api_version}'.",
            )
        key = arm_ids.key(arm_id)
        action.check(self._servers, key, body)
        operation = Operation(name=str(uuid.uuid4()), status="InProgress", started=_now())
        self._operations[operation.name] = operation
        thread = threading.Thread(target=self._perform, args=(operation, action, key))
        self._work.append(thread)
        thread.start()
        base = f"{self.url}/subscriptions/{arm_ids.subscription(arm_id)}/providers/{arm_ids.namespace(arm_id)}"
        where = {kind: f"{base}/locations/sandbox/{kind}/{operation.name}" for kind in (_STATUS, _RESULT)}
        headers = {
            "Azure-AsyncOperation": f"{where[_STATUS]}?api-version={api_version}",
            "Location": f"{where[_RESULT]}?api-version={api_version}",
            "Retry-After": str(RETRY_AFTER_SECONDS),
        }
        return Answer(status=202, headers=headers)

    def _perform(self, operation: Operation, action: Action, key: str) -> None:
        try:
            action.run(self._servers, key)
        except ArmError as error:
            done = replace(operation, status="Failed", error=error)
        except Exception as error:  # noqa: BLE001 - whoever polls must learn of any failure
            done = replace(operation, status="Failed", error=ArmError(500, "InternalServerError", str(error)))
        else:
            done = replace(operation, status="Succeeded")
        self._operations[operation.name] = replace(done, ended=_now())

    def _operation(self, kind: str, name: str, target: str) -> Answer:
        operation = self._operations.get(name)
        if operation is None or kind.lower() not in {_STATUS.lower(), _RESULT.lower()}:
            raise ArmError(404, "NotFound", f"The operation '{name}' was not found.")
        waiting = {"Retry-After": str(RETRY_AFTER_SECONDS)} if operation.status == "InProgress" else {}
        if kind.lower() == _STATUS.lower():
            return Answer(status=200, body=operation.body(), headers=waiting)
        if operation.error is not None:
            raise operation.error
        if waiting:
            return Answer(status=202, headers=waiting | {"Location": f"{self.url}{target}"})
        return Answer(status=204)


class _Handler(BaseHTTPRequestHandler):
    """HTTP around `answer`; says nothing on standard error."""

    protocol_version = "HTTP/1.1"
    server_version = "sandbox-arm"
    timeout = 30  # seconds that an idle connection is kept

    def answer(self, method: str, target: str, authorization: str | None, content: bytes) -> Answer:
        raise NotImplementedError

    def handle_any(self) -> None:
        content = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        answer = self.answer(self.command, self.path, self.headers.get("Authorization"), content)
        self.send_response(answer.status)
        request_id = str(uuid.uuid4())
        for name in ("x-ms-request-id", "x-ms-correlation-request-id"):
            self.send_header(name, request_id)
        for name, value in (answer.headers or {}).items():
            self.send_header(name, value)
        body = b"" if answer.body is None else json.dumps(answer.body).encode()
        if body:
            self.send_header("Content-Type", "application/json; charset=utf-8")
        if answer.status != HTTPStatus.NO_CONTENT:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = handle_any  # noqa: N815 - http.server's names

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - http.server's name
        """No request line on standard error."""


def arm_shape(flat: Mapping[str, Any]) -> Body:
    """A resource as ARM shows it: the SDK's flat body with all but the envelope under `properties`."""
    inner = flat.get("properties")
    properties = dict(inner) if isinstance(inner, Mapping) else {}
    properties |= {key: value for key, value in flat.items() if key not in _ENVELOPE and key != "properties"}
    return {key: value for key, value in flat.items() if key in _ENVELOPE} | {"properties": properties}


def _error_body(error: ArmError) -> Body:
    return {"error": {"code": error.code, "message": error.message}}


def _not_modelled(message: str) -> Answer:
    return Answer(status=501, body=_error_body(ArmError(501, "NotModelledBySandbox", message)))


def _not_found(arm_id: str) -> ArmError:
    group = arm_ids.resource_group(arm_id)
    if group and "/providers/" not in arm_id:
        return ArmError(404, "ResourceGroupNotFound", f"Resource group '{group}' could not be found.")
    return ArmError(
        404,
        "ResourceNotFound",
        f"The Resource '{arm_ids.arm_type(arm_id)}/{arm_ids.name(arm_id)}' under resource group '{group}' was not "
        "found. For more details please go to https://aka.ms/ARMResourceNotFoundFix",
    )


def _json(content: bytes) -> Body:
    if not content.strip():
        return {}
    try:
        body = json.loads(content)
    except ValueError as error:
        message = f"The request content was invalid and could not be deserialized: '{error}'."
        raise ArmError(400, "InvalidRequestContent", message) from error
    if not isinstance(body, dict):
        raise ArmError(400, "InvalidRequestContent", "The request content is not a JSON object.")
    return body


def _now() -> str:
    return datetime.now(UTC).isoformat().replace("+00:00", "Z")
