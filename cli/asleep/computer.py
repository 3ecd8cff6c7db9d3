"""What computes in a deployment, asked and told through Azure Resource Manager: in the sandbox and on Azure alike.

Jobs are left as they are: none runs unless it is started, and what would start one is a service that sleeps.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar, cast

from cidr import Fault
from cli.arm_client import ArmRefusedError, Object
from cli.databases.hosts import JobHost
from cli.places import AZURE
from cli.running_apps.stands import API_VERSION as APPS_VERSION
from cli.running_apps.stands import stand_of
from lifecycle.machine import StepError
from lifecycle.nights.sleeping import Computing, Sort
from lifecycle.ports import Health

T = TypeVar("T")
_SERVERS_VERSION: Final = "2024-08-01"
_PATHS: Final[Mapping[Sort, tuple[str, str]]] = {
    "service": ("Microsoft.App/containerApps", APPS_VERSION),
    "server": ("Microsoft.DBforPostgreSQL/flexibleServers", _SERVERS_VERSION),
}
# How each says that it is stopped.
_STATES: Final[Mapping[Sort, str]] = {"service": "runningStatus", "server": "state"}
_STOPPED: Final = frozenset({"Stopped", "Stopping"})
_PATIENCE: Final = 600.0
_PAUSE: Final = 5.0


@dataclass(frozen=True)
class ArmComputer:
    """What computes in the resource group of a host's deployment."""

    host: JobHost
    sleep: Callable[[float], None] = field(default=time.sleep, repr=False)

    def things(self) -> Sequence[Computing]:
        """All of them; none where there is no resource group."""
        return [
            Computing(sort=sort, name=str(it["name"]), id=str(it["id"]), stopped=_state(it, sort) in _STOPPED)
            for sort in _PATHS
            for it in self._listed(sort)
        ]

    def stop(self, thing: Computing) -> None:
        """Stop one."""
        self._post(thing, "stop")

    def start(self, thing: Computing) -> None:
        """Start one."""
        self._post(thing, "start")

    def health(self) -> Sequence[Health]:
        """Every service's newest revision, each given its time; on Azure up to ten minutes for all of them."""
        left = _PATIENCE if self.host.place == AZURE else 0.0
        while True:
            found = [self._health(it) for it in self._listed("service")]
            if left <= 0 or all(it.healthy for it in found):
                return found
            self.sleep(_PAUSE)
            left -= _PAUSE

    def _health(self, app: Object) -> Health:
        listed = self._asked(lambda: self.host.client.get(f"{app['id']}/revisions", APPS_VERSION))
        newest = stand_of(app, cast("Sequence[Object]", (listed or {}).get("value") or ())).newest
        detail = f"revision {newest.name} is {newest.fitness}" + (f": {newest.flaw}" if newest.flaw else "")
        return Health(service=str(app["name"]), healthy=newest.fitness == "healthy", detail=detail)

    def _listed(self, sort: Sort) -> Sequence[Object]:
        kind, version = _PATHS[sort]
        try:
            found = self.host.client.get(f"{self.host.group_id}/providers/{kind}", version)
        except ArmRefusedError as error:
            raise StepError(_refused(self.host.group_id, error)) from None
        listed = cast("Sequence[Object]", (found or {}).get("value") or ())
        return sorted(listed, key=lambda it: str(it["name"]))

    def _post(self, thing: Computing, action: str) -> None:
        self._asked(lambda: self.host.client.post(f"{thing.id}/{action}", _PATHS[thing.sort][1]))

    @staticmethod
    def _asked(ask: Callable[[], T]) -> T:
        try:
            return ask()
        except ArmRefusedError as error:
            raise StepError(_refused("Azure", error)) from None


def _state(body: Object, sort: Sort) -> str:
    return str(cast("dict[str, Any]", body.get("properties") or {}).get(_STATES[sort]) or "")


def _refused(where: str, error: ArmRefusedError) -> Fault:
    return Fault(
        where=where,
        what=f"Azure refused it: {error}",
        allowed="a principal with Contributor, or more, on the resource group",
        next_step="mend what the code names, then the same command again",
    )
