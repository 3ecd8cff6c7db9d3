"""`cfctl sleep` and `cfctl wake`: who asks, what is refused, the journalled steps, and what that saves."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

from cidr import DeploymentName, Fault, FaultsError
from cli import documents
from cli.asleep.computer import ArmComputer
from cli.asleep.who import asleep_in
from cli.databases.hosts import open_host
from cli.exit_codes import ExitCode
from cli.failures import RefusedError
from cli.places import AZURE, place_of
from cli.run_lock import held
from cli.run_records import journals_of, receipts_of
from cli.screen import Screen
from cli.wording import duration
from lifecycle.journal import Evidence, Journal, Journals
from lifecycle.machine import Step, advance
from lifecycle.nights.sleeping import HEALTH, SERVERS, SERVICES, Sleeping, Waking
from lifecycle.receipts import receipt_of
from lifecycle.saved import PREFLIGHT
from lifecycle.times import now
from sandbox.home import SandboxHome
from sandbox.inventory import standing_of
from stacks import Settings, down_order, known_deployments, load_settings, needs_of, up_order

Kind = Literal["sleep", "wake"]
_SHOWN: Final = 6


@dataclass(frozen=True)
class Nights:
    """Deployments put to sleep and woken, in one home or on Azure. `project`: where the stack files lie.

    Its documents add `deployments`: [{deployment, stopped or started: [name], until, saving, seconds}]; saving as in
    lifecycle/nights/saving.py, null where nobody can tell; until: when Azure starts what is stopped by itself.
    """

    screen: Screen
    home: SandboxHome
    project: Path
    targets: tuple[str, ...]

    def sleep(self, names: Sequence[str]) -> ExitCode:
        """Put deployments to sleep, what others need after them."""
        ordered = down_order(names)
        _refuse_prod(ordered)
        standing = self._that_stand(ordered)
        for name in standing if not self._on_azure else ():
            self._refuse_while_needed(name, ordered)
        return self._all("sleep", standing, self._steps_of_sleep, self._told_of_sleep)

    def wake(self, names: Sequence[str]) -> ExitCode:
        """Wake deployments, what others need before them."""
        ordered = [name for name in up_order(names) if str(name) in names]
        _refuse_prod(ordered)
        return self._all("wake", self._that_stand(ordered), self._steps_of_waking, self._told_of_waking)

    @property
    def _on_azure(self) -> bool:
        return place_of(self.targets)[0] == AZURE

    @property
    def _kept(self) -> SandboxHome:
        """Where journals, receipts and locks lie: those of Azure apart (cli/azure_steps.py)."""
        return SandboxHome(self.home.root / AZURE) if self._on_azure else self.home

    def _all(
        self,
        kind: Kind,
        names: Sequence[DeploymentName],
        steps: Callable[[Settings, ArmComputer], Sequence[Step]],
        tell: Callable[[str, Journal], dict[str, Any]],
    ) -> ExitCode:
        rows: list[dict[str, Any]] = []
        for name in names:
            settings = load_settings(str(name), self.project)
            self.screen.say(f"{name}  {kind}", style="bold")
            command = f"{kind} {name}"
            with held(self._kept, str(name), command), open_host(self.home, settings, self.targets) as host:
                journal = _journal_for(journals_of(self._kept), str(name), kind)
                advance(steps(settings, ArmComputer(host)), journal, _Told(self.screen))
                journal.end("succeeded")
            receipts_of(self._kept).keep(receipt_of(journal))
            rows.append(tell(str(name), journal))
        self.screen.document(documents.document(kind, ExitCode.OK, deployments=rows))
        return ExitCode.OK

    def _steps_of_sleep(self, settings: Settings, computer: ArmComputer) -> Sequence[Step]:
        name = str(settings.deployment)
        return Sleeping(deployment=name, computer=computer, saving=lambda: self._saving(name), clock=now).steps

    @staticmethod
    def _steps_of_waking(settings: Settings, computer: ArmComputer) -> Sequence[Step]:
        return Waking(deployment=str(settings.deployment), computer=computer).steps

    def _saving(self, name: str) -> Mapping[str, Any] | None:
        """Of what stands in the sandbox; of Azure its stack file's plan tells, which `cost estimate` prices."""
        if self._on_azure:
            return None
        from cli.money.run_prices import Prices  # noqa: PLC0415 - the price sheet, which `wake` does not need
        from lifecycle.nights.saving import saving_of  # noqa: PLC0415

        try:
            return saving_of(Prices.read().of_standing(name, self.home, self.screen.say))
        except FaultsError as error:
            self.screen.say(f"  no price: {error.faults[0].what}", style="yellow")
            return None

    def _told_of_sleep(self, name: str, journal: Journal) -> dict[str, Any]:
        saving: Mapping[str, Any] | None = journal.done[PREFLIGHT]["saving"]
        servers = journal.done[SERVERS]
        stopped = [*journal.done[SERVICES]["stopped"], *servers["stopped"]]
        self.screen.result(
            f"{name} is asleep: {len(stopped)} stopped" if stopped else f"{name} was asleep already", style="bold green"
        )
        if saving is not None:
            money = saving["currency"]
            self.screen.result(
                f"  saves     {saving['hour']} {money} an hour, {saving['day']} a day, {saving['month']} a month, by "
                "the price sheet at declared use"
            )
            dearest = [f"{kind} {amount}" for kind, amount in list(saving["goes_on"].items())[:_SHOWN]]
            self.screen.result(f"  goes on   {', '.join(dearest)} {money} a month (./cfctl down {name} ends that too)")
        else:
            self.screen.result(f"  saves     ./cfctl cost estimate {name} has the prices of what is stopped")
        self.screen.result(
            f"  wakes     ./cfctl wake {name}; Azure starts the database server by itself on {servers['until']}"
        )
        return {
            "deployment": name,
            "stopped": stopped,
            "until": servers["until"],
            "saving": saving,
            "seconds": sum(journal.seconds.values()),
        }

    def _told_of_waking(self, name: str, journal: Journal) -> dict[str, Any]:
        started = [*journal.done[SERVERS]["started"], *journal.done[SERVICES]["started"]]
        healthy, seconds = journal.done[HEALTH]["healthy"], sum(journal.seconds.values())
        told = f"{len(started)} started, {healthy} services healthy" if started else "it was awake already"
        self.screen.result(f"{name} is awake: {told} in {duration(seconds)}", style="bold green")
        return {"deployment": name, "started": started, "seconds": seconds}

    def _that_stand(self, names: Sequence[DeploymentName]) -> list[DeploymentName]:
        """Those that are up; of Azure all, since what does not stand there has nothing that computes.

        Raises RefusedError for one that a run has, or was cut off in.
        """
        for name in names:
            self._refuse_unfinished(name)
        if self._on_azure:
            return list(names)
        standing = [name for name in names if standing_of(self.home, str(name)).maybe_up]
        for name in names:
            if name not in standing:
                self.screen.say(f"{name} is not up: nothing to do")
        return standing

    def _refuse_unfinished(self, name: DeploymentName) -> None:
        status = "up" if self._on_azure else standing_of(self.home, str(name)).status
        if journals_of(self._kept).is_going_down(str(name)):
            status = "going down"
        if status not in ("up", "down"):
            raise RefusedError(
                Fault(
                    where=str(name),
                    what=f"{name} is {status}, not up",
                    allowed="a deployment without a run that is under way, or was cut off",
                    next_step=f"./cfctl {'down' if status == 'going down' else 'up'} {name} finishes it",
                )
            )

    def _refuse_while_needed(self, name: DeploymentName, going: Sequence[DeploymentName]) -> None:
        """What another asks for its data does not sleep while that is awake."""
        asleep = asleep_in(self.home)
        needing = [
            str(it)
            for it in known_deployments()
            if name in needs_of(it)
            and it not in going
            and str(it) not in asleep
            and standing_of(self.home, str(it)).maybe_up
        ]
        if needing:
            raise RefusedError(
                Fault(
                    where=str(name),
                    what=f"{', '.join(needing)} is awake and needs {name}",
                    allowed=f"{name} after {', '.join(needing)}, or together",
                    next_step=f"./cfctl sleep {' '.join(needing)} {name}",
                )
            )


def _journal_for(journals: Journals, name: str, kind: Kind) -> Journal:
    """That of the same command, where it was cut off; whatever else was cut off has been overtaken."""
    unfinished = journals.unfinished(name)
    if unfinished is not None and unfinished.run.kind == kind:
        return unfinished
    if unfinished is not None:
        unfinished.end("superseded")
    return journals.begin(name, kind)


def _refuse_prod(names: Sequence[DeploymentName]) -> None:
    kept = [str(name) for name in names if not name.environment.ephemeral]
    if kept:
        raise RefusedError(
            Fault(
                where=", ".join(kept),
                what=f"{', '.join(kept)}: production never sleeps",
                allowed="deployments of dev and stg",
                next_step="./cfctl list shows every deployment",
            )
        )


@dataclass(frozen=True)
class _Told:
    """Says what is being done while it is."""

    screen: Screen

    def begins(self, step: Step, *, again: bool) -> None:
        """A step begins."""
        self.screen.say(f"  {step.doing}" + (", once more: it was cut off before" if again else ""), style="dim")

    def ends(self, step: Step, evidence: Evidence, seconds: float) -> None:
        """What it came to stands in the result."""

    def was_done(self, step: Step) -> None:
        """Every step of these runs looks again."""
