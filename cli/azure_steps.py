"""`up` and `down` on Azure as journalled steps around the official CLI, the same as around the sandbox's engine.

Journals and receipts lie in the home of whoever types, under `azure/`. A run of another machine has no journal here:
what its teardown saved, the store tells.
"""

import json
import os
import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, cast

from cidr import ACCOUNT, Fault, FaultsError
from cli.arm_client import ArmRefusedError
from cli.asleep.waking_first import wake
from cli.databases.backups import fresh_backup
from cli.databases.hosts import JobHost, open_host
from cli.deployed import ClosedSecrets, resources_of
from cli.failures import RefusedError
from cli.money.run_prices import Prices, cents
from cli.orders import Order
from cli.places import AZURE
from cli.run_lock import held
from cli.run_ports import GATE, RANDOM_ID, JobData
from cli.run_records import journals_of, receipts_of
from cli.screen import Screen
from cli.wording import duration
from lifecycle.bringup import Bringup
from lifecycle.elsewhere import MARKED, Elsewhere
from lifecycle.journal import Evidence
from lifecycle.machine import Step, StepError, advance
from lifecycle.ports import Health, Price, Ran, Server
from lifecycle.receipts import receipt_of
from lifecycle.resuming import journal_for
from lifecycle.saved import saved
from lifecycle.teardown import EXPORT, Teardown
from preflight import Subject
from sandbox.azure import arm_ids
from sandbox.engine.model.state import StackState
from sandbox.engine.storage.checkpoint import deployment_of, from_deployment
from sandbox.home import SandboxHome
from stacks import Settings

_POSTGRES: Final = "2025-08-01"
_APPS: Final = "2025-07-01"
_RESOURCES: Final = "2021-04-01"
_TARGETS: Final = (AZURE,)
_KINDS: Final[Mapping[str, str]] = {"up": "up", "down": "down"}


class CliEndedError(Exception):
    """The CLI ended otherwise than well; it has said why itself."""

    def __init__(self, status: int) -> None:
        super().__init__(f"pulumi ended with status {status}")
        self.status = status


def is_stepped(order: Order, subject: Subject) -> bool:
    """Whether a run of the CLI has steps around it: `up` and `down` of a whole deployment."""
    return order.command in _KINDS and subject.stack != ACCOUNT and not order.targets


def run(  # noqa: PLR0917
    screen: Screen, home: SandboxHome, project: Path, subject: Subject, order: Order, call: Callable[[], int]
) -> int:
    """Run one deployment's steps to their end; the CLI's own status. call: runs the CLI at the terminal.

    Raises StepError for a step that could not do its work, StackLockedError while another run of this home has it.
    """
    there = SandboxHome(home.root / AZURE)
    with held(there, subject.stack, f"{order.command} {subject.stack} --target {AZURE}"):
        return _run(screen, there, project, subject, order, call)


def _run(  # noqa: PLR0917
    screen: Screen, home: SandboxHome, project: Path, subject: Subject, order: Order, call: Callable[[], int]
) -> int:
    settings = cast("Settings", subject.settings)
    engine = CliEngine(subject, project, call)
    cloud = AzureCloud(home, settings, engine, project, screen.say)
    cloud.wake(going_down=order.command == "down")
    journals = journals_of(home)
    journal = journal_for(journals, subject.stack, "up" if order.command == "up" else "down", cloud.server())
    waiting = saved(it for it in journals.of(subject.stack) if it.path != journal.path)
    data = JobData(home, settings, _TARGETS)
    reason = order.reason if subject.stack in order.deployments else ""
    elsewhere = Elsewhere(data=data, journals=journals.of(subject.stack))
    steps = (
        Bringup(
            deployment=subject.stack,
            engine=engine,
            data=data,
            cloud=cloud,
            saved=waiting,
            fresh=reason,
            elsewhere=elsewhere,
        ).steps
        if order.command == "up"
        else Teardown(
            deployment=subject.stack,
            engine=engine,
            data=data,
            cloud=cloud,
            journal=journal,
            saved=waiting,
            without_export=reason,
            break_glass=order.break_glass,
            elsewhere=elsewhere,
        ).steps
    )
    try:
        advance(steps, journal, _Told(screen))
    except CliEndedError as ended:
        return ended.status
    journal.end("succeeded")
    screen.say(f"receipt: {receipts_of(home).keep(receipt_of(journal))}", style="dim")
    return 0


@dataclass(frozen=True)
class CliEngine:
    """The CLI as an engine."""

    subject: Subject
    project: Path
    call: Callable[[], int]

    def up(self) -> Ran:
        """Bring it up; what was changed the CLI tells."""
        return self._called()

    def destroy(self) -> Ran:
        """Take it down."""
        return self._called()

    def unprotect(self) -> int:
        """Lift the protection of all of it in its state."""
        count = sum(resource.protect for resource in self.state().resources)
        if count and self._quiet("state", "unprotect", "--all", "--yes").returncode:
            what = f"`pulumi state unprotect --all -s {self.subject.stack}` did not succeed"
            raise StepError(Fault(where=self.subject.stack, what=what, allowed="", next_step="type it, it says why"))
        return count

    def state(self) -> StackState:
        """The state as it is, its secrets closed; empty where the stack was never made."""
        exported = self._quiet("stack", "export")
        if exported.returncode:
            return StackState()
        return from_deployment(deployment_of(json.loads(exported.stdout)), ClosedSecrets())

    def _called(self) -> Ran:
        status = self.call()
        if status:
            raise CliEndedError(status)
        return Ran(changes={}, seconds=0.0)

    def _quiet(self, *words: str) -> subprocess.CompletedProcess[str]:
        if self.subject.cli is None:
            raise AssertionError("the preflight stops where there is no CLI")
        return subprocess.run(  # noqa: S603 - the CLI from PATH, with our own arguments
            [self.subject.cli.path, *words, "-s", self.subject.stack, "--cwd", str(self.project)],
            env={**os.environ, "PULUMI_BACKEND_URL": self.subject.backend.url},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )


@dataclass(frozen=True)
class AzureCloud:
    """What stands of the deployment: by its state, and by Resource Manager."""

    home: SandboxHome
    settings: Settings
    engine: CliEngine
    project: Path
    notice: Callable[[str], None] = field(repr=False)

    def wake(self, *, going_down: bool) -> None:
        """Wake it first where it sleeps: `up` asks every service for its health, and `down` its databases for all."""
        self._asked(lambda host: wake(host, self.notice, going_down=going_down))

    def server(self) -> Server | None:
        """The server that Azure has; its data counts from when the gate of the databases has opened."""
        found = self._asked(lambda host: host.client.get(host.server_id, _POSTGRES))
        if not found:
            return None
        made_at = str((found.get("systemData") or {}).get("createdAt") or "")
        gates = (it for it in self.engine.state().resources if it.type == RANDOM_ID)
        return Server(id=str(found["id"]), made_at=made_at, prepared=any(it.urn.endswith(f"::{GATE}") for it in gates))

    def fresh_backup(self) -> Mapping[str, str]:
        """Azure's own of the server."""
        return self._asked(lambda host: fresh_backup(self.notice, host))

    def resources(self) -> int:
        """Those of the state."""
        return len(self._standing())

    def orphans(self) -> Sequence[str]:
        """What lies in the deployment's resource group and not in its state."""
        known = {arm_ids.key(it.id) for it in self._standing()}

        def listed(host: JobHost) -> list[str]:
            found = host.client.get(f"{host.group_id}/resources", _RESOURCES) or {}
            return [str(it["id"]) for it in cast("list[Mapping[str, Any]]", found.get("value") or [])]

        return [arm_id for arm_id in self._asked(listed) if arm_ids.key(arm_id) not in known]

    def price(self) -> Price | None:
        """By the price sheet, at declared use; None where the sheet cannot be used."""
        try:
            found = Prices.read().of(str(self.settings.deployment), self._standing())
        except FaultsError as error:
            self.notice(f"no price: {error.faults[0].what}")
            return None
        amount = cents(found.total.expected)
        return Price(amount=amount, currency=found.currency, unpriced=len(found.of_kind("unpriced")))

    def health(self) -> Sequence[Health]:
        """Each container app's, as Azure tells it: its latest revision is ready and runs."""

        def listed(host: JobHost) -> list[Health]:
            found = host.client.get(f"{host.group_id}/providers/Microsoft.App/containerApps", _APPS) or {}
            return [_health(it) for it in cast("list[Mapping[str, Any]]", found.get("value") or [])]

        return self._asked(listed)

    def _standing(self) -> tuple[Any, ...]:
        return resources_of(self.engine.state(), str(self.settings.deployment))

    def _asked(self, ask: Callable[[JobHost], Any]) -> Any:
        try:
            with open_host(self.home, self.settings, _TARGETS) as host:
                return ask(host)
        except RefusedError as error:
            raise StepError(error.fault) from error
        except ArmRefusedError as error:
            where, step = str(self.settings.deployment), "mend what the code names, then the same command again"
            raise StepError(Fault(where=where, what=f"Azure refused: {error}", allowed="", next_step=step)) from error


def _health(app: Mapping[str, Any]) -> Health:
    properties: Mapping[str, Any] = app.get("properties") or {}
    latest, ready, status = (
        properties.get(key) for key in ("latestRevisionName", "latestReadyRevisionName", "runningStatus")
    )
    flaws = [] if latest == ready else [f"revision {latest} is not ready ({ready} is)"]
    flaws += [] if status == "Running" else [f"it is {status}"]
    return Health(service=str(app["name"]), healthy=not flaws, detail="; ".join(flaws))


@dataclass(frozen=True)
class _Told:
    """Says each step as it begins; the CLI says its own."""

    screen: Screen

    def begins(self, step: Step, *, again: bool) -> None:
        """With a word where an earlier try was cut off."""
        self.screen.say(f"{step.doing}{', once more: it was cut off before' if again and not step.always else ''}")

    def ends(self, step: Step, evidence: Evidence, seconds: float) -> None:
        """What a person may want to know."""
        if "rows" in evidence:
            self.screen.say(f"{step.doing}: {evidence['rows']} rows in {duration(seconds)}")
        if step.name == EXPORT and evidence.get(MARKED):
            why = evidence[MARKED]
            self.screen.say(f"the store could not be told that the data is given up: {why}", style="yellow")

    def was_done(self, step: Step) -> None:
        """Done by the run that this one goes on with."""
        self.screen.say(f"{step.doing}: done before this run was cut off")
