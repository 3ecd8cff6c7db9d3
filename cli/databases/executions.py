"""One execution of the `tenancy` job: started with other arguments than its own, followed to its end, and read.

Azure takes a start with a template in the place of the job's own, whole: so the job's container is read first and sent
back with the arguments, and variables, of this run. What came of it is on its console: `fault` lines, `row {json}`
lines, and at last `result {json}`.
https://learn.microsoft.com/azure/container-apps/jobs#start-a-job-execution-on-demand
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, cast

from cidr import Fault
from cli.arm_client import ArmRefusedError, Object
from cli.databases.hosts import JobHost, log_of, not_up
from cli.failures import RefusedError

API_VERSION: Final = "2025-07-01"
SUCCEEDED: Final = "Succeeded"
# https://learn.microsoft.com/dotnet/api/azure.resourcemanager.appcontainers.models.jobexecutionrunningstate
_ENDED: Final = frozenset({SUCCEEDED, "Failed", "Stopped", "Degraded"})
_DEADLINE: Final = 7_200.0
_KEPT: Final = ("name", "image", "command", "args", "env", "resources")
_RESULT: Final = "result "
_ROW: Final = "row "


@dataclass(frozen=True, kw_only=True)
class Ended:
    """How an execution ended: its status in Azure's words, and what its last try told.

    `result`: its `result` line, empty where it wrote none. `rows`: its `row` lines.
    """

    name: str
    status: str
    result: Mapping[str, Any] = field(default_factory=dict[str, Any])
    rows: Sequence[Mapping[str, Any]] = ()

    @property
    def succeeded(self) -> bool:
        """Whether the job did what it was told."""
        return self.status == SUCCEEDED

    @property
    def faults(self) -> list[Fault]:
        """What the job told when it could not go on."""
        told = cast("list[dict[str, str]]", self.result.get("faults") or [])
        return [
            Fault(where=it["where"], what=it["what"], allowed=it["allowed"], next_step=it["next_step"]) for it in told
        ]


def execute(host: JobHost, arguments: Sequence[str], variables: Mapping[str, str] | None = None) -> Ended:
    """Run the job to its end. Raises RefusedError where there is no job, or Azure does not start it."""
    template = _template(host, arguments, variables or {})
    try:
        started = host.client.post(f"{host.job_id}/start", API_VERSION, template)
    except ArmRefusedError as error:
        raise RefusedError(_not_started(host, error)) from None
    name = str(started.get("name") or "")
    status = _followed(host, name)
    return read(name, status, _lines(host, name))


def read(name: str, status: str, lines: Iterable[str]) -> Ended:
    """What an execution told, from its console; of several tries the last one."""
    rows: list[Mapping[str, Any]] = []
    result: Mapping[str, Any] = {}
    for line in lines:
        if line.startswith(_ROW) and not result:
            rows.append(_json(line.removeprefix(_ROW)))
        elif line.startswith(_ROW):
            rows, result = [_json(line.removeprefix(_ROW))], {}  # another try has begun
        elif line.startswith(_RESULT):
            result = _json(line.removeprefix(_RESULT))
    return Ended(name=name, status=status, result=result, rows=rows)


def _template(host: JobHost, arguments: Sequence[str], variables: Mapping[str, str]) -> Object:
    try:
        job = host.client.get(host.job_id, API_VERSION)
    except ArmRefusedError as error:
        raise RefusedError(_not_started(host, error)) from None
    if job is None:
        raise RefusedError(not_up(host.settings, host.place))
    template = cast("Object", cast("Object", job["properties"])["template"])
    own = cast("list[Object]", template["containers"])[0]
    container = {key: own[key] for key in _KEPT if own.get(key) is not None}
    kept = [it for it in cast("list[Object]", container.get("env") or []) if it.get("name") not in variables]
    added = [{"name": name, "value": value} for name, value in variables.items()]
    return {"containers": [{**container, "args": list(arguments), "env": [*kept, *added]}]}


def _followed(host: JobHost, name: str) -> str:
    """The status that an execution ends with; what was started a moment ago may not be found at once."""
    waited = 0.0
    while waited < _DEADLINE:
        found = host.client.get(f"{host.job_id}/executions/{name}", API_VERSION) or {}
        status = str(cast("Object", found.get("properties") or found).get("status") or "")
        if status in _ENDED:
            return status
        host.sleep(host.pause)
        waited += host.pause
    return "Running"


def _lines(host: JobHost, name: str) -> list[str]:
    """The console, once its result is on it, or as it is when that takes too long."""
    waited = 0.0
    while True:
        lines = host.lines(name)
        if any(line.startswith(_RESULT) for line in lines) or waited >= host.patience:
            return lines
        host.sleep(host.pause)
        waited += host.pause


def _json(text: str) -> Mapping[str, Any]:
    """An object; {} for a line that was cut."""
    try:
        found = json.loads(text)
    except ValueError:
        return {}
    return cast("Mapping[str, Any]", found) if isinstance(found, dict) else {}


def silent(host: JobHost, ended: Ended) -> Fault:
    """What is told of an execution that wrote no result."""
    return Fault(
        where=f"execution {ended.name}",
        what=f"ended as {ended.status} and told nothing that could be read",
        allowed="a `result` line on its console",
        next_step=log_of(host, ended.name),
    )


def _not_started(host: JobHost, error: ArmRefusedError) -> Fault:
    return Fault(
        where=host.job_id,
        what=f"the job was not started: {error}",
        allowed="a principal with Container Apps Jobs Operator, or more, on the job",
        next_step="mend what the code names, then the same command again",
    )
