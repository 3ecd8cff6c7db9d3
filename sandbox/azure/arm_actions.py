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
    """A POST on a resource. `check` raises what ARM answers at once; `run` is the work whose end it then reports."""

    check: Callable[[Servers, str, Body], None]
    run: Callable[[Servers, str], None]


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
    (_SERVER, "stop"): Action(_check_stop, lambda servers, it: servers.stop(it)),
    (_SERVER, "start"): Action(_check_start, lambda servers, it: servers.start(it)),
}
LIVE: Final[Mapping[str, Callable[[Servers, str], Body]]] = {
    _SERVER: _server_state,
    f"{_SERVER}/configurations": _pending_restart,
}

_JOB: Final = "microsoft.app/jobs"
_EXECUTIONS: Final = f"{_JOB}/executions"


def _stop(jobs: Jobs, execution_id: str, _: Body) -> None:
    jobs.stop(arm_ids.parent(execution_id), arm_ids.name(execution_id))


@dataclass(frozen=True)
class View:
    """Things below a resource that no store holds: all of them by the resource's id, one by its id and a name."""

    all: Callable[[Jobs, str], list[Body]]
    one: Callable[[Jobs, str, str], Body]


# What ARM answers a POST with at once, None for no body.
ANSWERS: Final[Mapping[tuple[str, str], Callable[[Jobs, str, Body], Body | None]]] = {
    (_JOB, "start"): lambda jobs, it, body: jobs.start(it, body),
    (_EXECUTIONS, "stop"): _stop,
}
VIEWS: Final[Mapping[str, View]] = {
    _EXECUTIONS: View(lambda jobs, it: jobs.executions(it), lambda jobs, it, name: jobs.execution(it, name)),
}
