"""Asleep: what computes is stopped, what is kept stays where it is. Stopped and started in an order, one by one.

Services go first and come last: none meets a database that is not there. Azure says what is stopped, so a run that was
cut off anywhere is finished by the same command, and one typed twice does nothing the second time.
https://learn.microsoft.com/rest/api/resource-manager/containerapps/container-apps/stop and
https://learn.microsoft.com/azure/postgresql/configure-maintain/how-to-stop-server
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Literal, Protocol

from cidr import Fault
from lifecycle.journal import Evidence
from lifecycle.machine import Step, StepError
from lifecycle.ports import Health
from lifecycle.saved import PREFLIGHT
from lifecycle.times import written

Sort = Literal["service", "server"]
SERVICES: Final = "services"
SERVERS: Final = "servers"
HEALTH: Final = "health"
AGAIN_AFTER: Final = timedelta(days=7)
"""Azure starts a server that was stopped for so long: https://learn.microsoft.com/azure/postgresql/configure-maintain/how-to-stop-server."""


@dataclass(frozen=True, kw_only=True)
class Computing:
    """A thing that computes and can be stopped. id: Azure's."""

    sort: Sort
    name: str
    id: str
    stopped: bool


class Computer(Protocol):
    """The things of a deployment that compute. Every call raises StepError with what Azure says."""

    def things(self) -> Sequence[Computing]:
        """All of them, as they stand."""
        ...

    def stop(self, thing: Computing) -> None:
        """Stop one, and wait until it is."""
        ...

    def start(self, thing: Computing) -> None:
        """Start one, and wait until it is."""
        ...

    def health(self) -> Sequence[Health]:
        """Every service's, once it has had its time to start."""
        ...


@dataclass(frozen=True, kw_only=True)
class Sleeping:
    """A deployment going to sleep. saving: what that saves, as evidence; None where nobody can tell."""

    deployment: str
    computer: Computer
    saving: Callable[[], Mapping[str, Any] | None]
    clock: Callable[[], datetime]

    @property
    def steps(self) -> tuple[Step, ...]:
        """The steps, in order."""
        return (
            Step(PREFLIGHT, "looking at what computes", self._preflight, always=True),
            Step(SERVICES, "stopping services", lambda _: _stopped(self.computer, "service"), always=True),
            Step(SERVERS, "stopping database servers", self._servers, always=True),
        )

    def _preflight(self, _: Mapping[str, Evidence]) -> Evidence:
        things = self.computer.things()
        if not things:
            raise StepError(_nothing_computes(self.deployment))
        return {"computes": sum(not it.stopped for it in things), "saving": self.saving()}

    def _servers(self, _: Mapping[str, Evidence]) -> Evidence:
        return {**_stopped(self.computer, "server"), "until": written(self.clock() + AGAIN_AFTER)}


@dataclass(frozen=True, kw_only=True)
class Waking:
    """A deployment waking up."""

    deployment: str
    computer: Computer

    @property
    def steps(self) -> tuple[Step, ...]:
        """The steps, in order."""
        return (
            Step(SERVERS, "starting database servers", lambda _: started(self.computer, "server"), always=True),
            Step(SERVICES, "starting services", lambda _: started(self.computer, "service"), always=True),
            Step(HEALTH, "asking every service for its health", self._health, always=True),
        )

    def _health(self, _: Mapping[str, Evidence]) -> Evidence:
        health = self.computer.health()
        ill = [it for it in health if not it.healthy]
        if ill:
            raise StepError(*(_ill(self.deployment, it) for it in ill))
        return {"healthy": len(health)}


def is_asleep(things: Sequence[Computing]) -> bool:
    """Whether any of it is stopped: half asleep is asleep, since what needs the stopped half does not work."""
    return any(it.stopped for it in things)


def _stopped(computer: Computer, sort: Sort) -> Evidence:
    awake = [it for it in computer.things() if it.sort == sort and not it.stopped]
    for thing in awake:
        computer.stop(thing)
    return {"stopped": [it.name for it in awake]}


def started(computer: Computer, sort: Sort) -> Evidence:
    """Start everything of a sort that is stopped; which that was."""
    asleep = [it for it in computer.things() if it.sort == sort and it.stopped]
    for thing in asleep:
        computer.start(thing)
    return {"started": [it.name for it in asleep]}


def _ill(deployment: str, health: Health) -> Fault:
    return Fault(
        where=f"{deployment} {health.service}",
        what=f"{health.service} is not healthy: {health.detail}",
        allowed="every service healthy",
        next_step=f"./cfctl logs {deployment} {health.service}, mend it, then ./cfctl wake {deployment}",
    )


def _nothing_computes(deployment: str) -> Fault:
    return Fault(
        where=deployment,
        what=f"nothing computes in {deployment}: it has no service and no database server",
        allowed="a deployment that is up",
        next_step=f"./cfctl up {deployment}",
    )
