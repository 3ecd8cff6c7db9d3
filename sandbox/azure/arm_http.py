"""Azure Resource Manager over HTTP on the loopback: GET any resource by its id, POST the few actions that are modelled.

What the program asks of ARM beside its provider (components/arm_action.py) gets the answers that Azure would give: a
bearer token and an api-version are required, errors come in ARM's body, an action is a long-running operation with a
status to poll (https://learn.microsoft.com/azure/azure-resource-manager/management/async-operations). Writes are the
provider's business, but for what is made before there is a program (`arm_writes`): PATCH and DELETE are refused here.
What can be asked is data in `arm_actions`.
"""

import hmac
import json
import re
import threading
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any, Final, Self
from urllib.parse import parse_qs, unquote, urlsplit

from pydantic import SecretStr

from . import arm_ids, arm_writes, representation
from .arm_actions import ACTIONS, ANSWERS, LIVE, VIEWS, Action, Jobs, Running, Servers
from .bodies import Body, put_at
from .catalog import TYPES, located
from .errors import ArmError, NotModelledError
from .loopback import Answer, LoopbackServer, Request
from .model import Record
from .running_apps import RunningApps
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


class ArmHttp:
    """ARM on a random port of the loopback, in threads of this process, while the `with` block lasts.

    A bearer must show `token`, the one that the provider's getClientToken gives out. Without `jobs` none is started.
    """

    def __init__(self, store: Store, servers: Servers, token: SecretStr, jobs: Jobs | None = None) -> None:
        self._store = store
        self._servers = servers
        self._given_jobs = jobs
        self._running = Running(self._jobs, RunningApps(store))
        self._token = token
        self._operations: dict[str, Operation] = {}
        self._work: list[threading.Thread] = []
        self._server = LoopbackServer(self._respond)

    @property
    def url(self) -> str:
        """The endpoint, for COMPLIANCEFLOW_ARM_ENDPOINT."""
        return self._server.url

    def __enter__(self) -> Self:
        self._server.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        """Take no further request; operations under way are finished first."""
        self._server.__exit__()
        for thread in self._work:
            thread.join()

    def _respond(self, request: Request) -> Answer:
        return self.answer(request.method, request.target, request.headers.get("authorization"), request.content)

    def answer(self, method: str, target: str, authorization: str | None, content: bytes) -> Answer:
        """What ARM answers to one request."""
        try:
            url = urlsplit(target)
            api_version = self._admit(parse_qs(url.query), authorization)
            path = unquote(url.path)
            if operation := _OPERATION.fullmatch(path):
                return self._operation(operation[1], operation[2].lower(), target)
            return self._asked(method, path, api_version, content)
        except ArmError as error:
            headers = {"WWW-Authenticate": "Bearer"} if error.status == HTTPStatus.UNAUTHORIZED else None
            return Answer(status=error.status, body=_error_body(error), headers=headers)
        except NotModelledError as error:
            return _not_modelled(str(error))

    def _asked(self, method: str, path: str, api_version: str, content: bytes) -> Answer:
        if method == "GET":
            return Answer(status=200, body=self._get(path))
        if method == "POST":
            return self._post(path, api_version, _json(content))
        if method == "PUT":
            status, written = arm_writes.put(self._store, path, _json(content))
            return Answer(status=status, body=arm_shape(written))
        return _not_modelled(f"the sandbox takes GET, POST and PUT over HTTP, not {method}: the provider does that")

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

    def _jobs(self) -> Jobs:
        if self._given_jobs is None:
            raise NotModelledError("this endpoint runs no jobs: it was opened without what runs them")
        return self._given_jobs

    def _find(self, arm_id: str) -> Record:
        record = self._store.read(lambda transaction: transaction.find(arm_id))
        if record is None:
            raise _not_found(arm_id)
        return record

    def _get(self, arm_id: str) -> Body:
        if view := VIEWS.get(arm_ids.arm_type(arm_id).lower()):
            if arm_ids.is_collection(arm_id):
                owner = self._find(arm_id.rstrip("/").rpartition("/")[0])
                return {"value": view.all(self._running, owner.arm_id)}
            return view.one(self._running, self._find(arm_ids.parent(arm_id)).arm_id, arm_ids.name(arm_id))
        if (known := arm_writes.subscription(self._store, arm_id)) is not None:
            return known
        if arm_ids.is_collection(arm_id):
            return {"value": self._all(arm_id.rstrip("/"))}
        record = self._find(arm_id)
        kind = arm_ids.arm_type(record.arm_id)
        outputs = self._store.read(
            lambda transaction: representation.with_live(TYPES[record.token], record, transaction)
        )
        found = {**outputs, "id": record.arm_id, "name": record.name, "type": kind}
        if record.ready_at > time.time() and (state := TYPES[record.token].provisioning_state):
            found = put_at(found, state, "Updating")  # on a scale of Azure's time a write lasts
        if live := LIVE.get(kind.lower()):
            found |= live(self._servers, arm_ids.key(record.arm_id))
        return arm_shape(found)

    def _all(self, collection: str) -> list[Body]:
        """Every resource of one type in another one, or in a resource group."""
        kind, _ = located(f"{collection}/any")
        owner = self._find(arm_ids.parent(f"{collection}/any"))
        found = self._store.read(lambda tx: tx.children(owner.arm_id, kind.token))
        return [self._get(record.arm_id) for record in found]

    def _post(self, path: str, api_version: str, body: Body) -> Answer:
        arm_id, _, name = path.rstrip("/").rpartition("/")
        kind = arm_ids.arm_type(arm_id)
        asked = (kind.lower(), name.lower())
        action, answer = ACTIONS.get(asked), ANSWERS.get(asked)
        # What is not there cannot act; what only a view shows is looked for by who answers.
        self._find(arm_ids.parent(arm_id) if asked[0] in VIEWS else arm_id)
        if answer is not None:
            return Answer(status=200, body=answer(self._running, arm_id, body))
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
            if action.stops is not None:
                with self._store.transaction() as transaction:
                    transaction.mark_stopped(key, stopped=action.stops)
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
