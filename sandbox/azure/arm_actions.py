"""What ARM does on a resource beside keeping it: actions by POST, and what only the running thing knows.

A further action is a row of `ACTIONS`, keyed by resource type and action in lower case, or of `ANSWERS` where ARM
answers it at once; a further output one of `LIVE`, a further thing that is in no store one of `VIEWS`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, Protocol

from . import arm_ids
from .bodies import Body
from .errors import NotModelledError
from .running_apps import RunningApps, RunningStatus


class Servers(Protocol):
    """What is asked of the PostgreSQL servers, by ARM id (`sandbox.azure.postgres.PostgresFleet`)."""

    def status(self, server_id: str) -> str | None:
        """ARM's state of the server, None when there is none."""
        ...

    def require_started(self, server_id: str) -> None:
        """ArmError unless the server is started."""
        ...

    def require_stopped(self, server_id: str) -> None:
        """ArmError unless the server is stopped."""
        ...

    def restart(self, server_id: str) -> None:
        """Stop and start."""
        ...

    def stop(self, server_id: str) -> None:
        """Stop until further notice."""
        ...

    def start(self, server_id: str) -> None:
        """Start what was stopped."""
        ...

    def pending_restart(self, server_id: str) -> frozenset[str]:
        """The server parameters whose value waits for a restart."""
        ...


class Jobs(Protocol):
    """What is asked of the executions of jobs, by the job's ARM id (`sandbox.azure.jobs.runner.JobRunner`)."""

    def start(self, job_id: str, body: Body) -> Body:
        """Begin an execution; its id and name."""
        ...

    def executions(self, job_id: str) -> list[Body]:
        """The job's executions."""
        ...

    def execution(self, job_id: str, name: str) -> Body:
        """One of them; ArmError when there is none."""
        ...

    def stop(self, job_id: str, name: str) -> None:
        """End one of them; ArmError when there is none."""
        ...


@dataclass(frozen=True)
class Action:
    """A POST on a resource. `check` raises what ARM answers at once; `run` is the work whose end it then reports.

    stops: whether the resource is stopped after it, or runs again, which the meter has to know; None where neither.
    """

    check: Callable[[Servers, str, Body], None]
    run: Callable[[Servers, str], None]
    stops: bool | None = None


def _check_restart(servers: Servers, server_id: str, body: Body) -> None:
    if body.get("restartWithFailover"):
        raise NotModelledError("the sandbox has no high availability: restartWithFailover cannot be had")
    servers.require_started(server_id)


def _check_stop(servers: Servers, server_id: str, _: Body) -> None:
    servers.require_started(server_id)


def _check_start(servers: Servers, server_id: str, _: Body) -> None:
    servers.require_stopped(server_id)


def _server_state(servers: Servers, server_id: str) -> Body:
    return {"state": servers.status(server_id)}


def _pending_restart(servers: Servers, arm_id: str) -> Body:
    server_id = arm_ids.parent(arm_id)
    waiting = servers.pending_restart(server_id) if servers.status(server_id) == "Ready" else frozenset[str]()
    return {"isConfigPendingRestart": arm_ids.name(arm_id) in waiting}


_SERVER: Final = "microsoft.dbforpostgresql/flexibleservers"
ACTIONS: Final[Mapping[tuple[str, str], Action]] = {
    (_SERVER, "restart"): Action(_check_restart, lambda servers, it: servers.restart(it)),
    (_SERVER, "stop"): Action(_check_stop, lambda servers, it: servers.stop(it), stops=True),
    (_SERVER, "start"): Action(_check_start, lambda servers, it: servers.start(it), stops=False),
}
LIVE: Final[Mapping[str, Callable[[Servers, str], Body]]] = {
    _SERVER: _server_state,
    f"{_SERVER}/configurations": _pending_restart,
}


@dataclass(frozen=True)
class Running:
    """Who answers for what no store holds: `jobs` gives what runs executions, or raises where nothing does."""

    jobs: Callable[[], Jobs]
    apps: RunningApps


_JOB: Final = "microsoft.app/jobs"
_EXECUTIONS: Final = f"{_JOB}/executions"
_APP: Final = "microsoft.app/containerapps"
_REVISIONS: Final = f"{_APP}/revisions"


def _stop_execution(running: Running, execution_id: str, _: Body) -> None:
    running.jobs().stop(arm_ids.parent(execution_id), arm_ids.name(execution_id))


def _set_active(*, active: bool) -> "Answer":
    def act(running: Running, revision_id: str, _: Body) -> None:
        running.apps.activate(arm_ids.parent(revision_id), arm_ids.name(revision_id), active=active)

    return act


def _set_status(status: RunningStatus) -> "Answer":
    return lambda running, app_id, _: running.apps.set_status(app_id, status)


@dataclass(frozen=True)
class View:
    """Things below a resource that no store holds: all of them by the resource's id, one by its id and a name."""

    all: Callable[[Running, str], list[Body]]
    one: Callable[[Running, str, str], Body]


# What ARM answers a POST with at once, None for no body.
Answer = Callable[[Running, str, Body], Body | None]
ANSWERS: Final[Mapping[tuple[str, str], Answer]] = {
    (_JOB, "start"): lambda running, it, body: running.jobs().start(it, body),
    (_EXECUTIONS, "stop"): _stop_execution,
    (_APP, "stop"): _set_status("Stopped"),
    (_APP, "start"): _set_status("Running"),
    (_REVISIONS, "activate"): _set_active(active=True),
    (_REVISIONS, "deactivate"): _set_active(active=False),
}
VIEWS: Final[Mapping[str, View]] = {
    _EXECUTIONS: View(
        lambda running, it: running.jobs().executions(it), lambda running, it, name: running.jobs().execution(it, name)
    ),
    _REVISIONS: View(
        lambda running, it: running.apps.revisions(it), lambda running, it, name: running.apps.revision(it, name)
    ),
}
