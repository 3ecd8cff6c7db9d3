"""Runs as `Runner` does them, with those that go up or down as journalled steps around the engine's own."""

from dataclasses import dataclass, replace
from pathlib import Path

from rich.text import Text

from cidr import ACCOUNT
from cli.asleep.waking_first import wake_first
from cli.documents import Run
from cli.good_settings import SettingsAtStart
from cli.one_run import Display, Runner
from cli.orders import Order
from cli.outlooks import KINDS, Stage, outlook_of
from cli.run_lock import held
from cli.run_ports import JobData, RunEndedError, RunnerEngine, SandboxCloud
from cli.run_records import journals_of, receipts_of
from cli.wording import duration
from lifecycle.bringup import Bringup
from lifecycle.durations.expecting import ENGINE_STEPS, Outlook
from lifecycle.journal import Evidence
from lifecycle.machine import Step, advance
from lifecycle.receipts import receipt_of
from lifecycle.resuming import journal_for
from lifecycle.saved import saved
from lifecycle.teardown import Teardown
from sandbox.deployers import Operation
from sandbox.home import SandboxHome
from stacks import load_settings


class Journalled:
    """Use it as `Runner`. Raises StepError for a step that could not do its work, beside what a runner raises."""

    def __init__(self, runner: Runner, display: Display, home: SandboxHome, project: Path, order: Order) -> None:
        self._runner, self._display, self._home, self._project, self._order = runner, display, home, project, order

    def run(self, operation: Operation, deployment: str, *, followed: bool) -> Run:
        """Run one operation to its end, with the steps around it. StackLockedError while another run has it."""
        if operation == "preview" or self._order.check:
            return self._runner.run(operation, deployment, followed=followed)
        with held(self._home, deployment, f"{self._order.command} {deployment}"):
            return self._run(operation, deployment, followed=followed)

    def _run(self, operation: Operation, deployment: str, *, followed: bool) -> Run:
        partial = bool(self._order.targets)
        if operation not in KINDS or deployment == ACCOUNT or partial:
            return self._runner.run(operation, deployment, followed=followed)
        settings = load_settings(deployment, self._project)
        wake_first(self._home, settings, self._say, going_down=operation == "destroy")
        engine = RunnerEngine(
            lambda wanted: self._runner.run(wanted, deployment, followed=followed),
            lambda: self._runner.unprotect(deployment),
        )
        made_of = SettingsAtStart.read(deployment, self._project)
        cloud = SandboxCloud(self._home, deployment, self._project, self._say)
        journals = journals_of(self._home)
        journal = journal_for(journals, deployment, KINDS[operation], cloud.server())
        waiting = saved(it for it in journals.of(deployment) if it.path != journal.path)
        data = JobData(self._home, settings)
        # Only of what was named: the global that comes along keeps its data.
        reason = self._order.reason if deployment in self._order.deployments else ""
        up = Bringup(deployment=deployment, engine=engine, data=data, cloud=cloud, saved=waiting, fresh=reason)
        down = Teardown(
            deployment=deployment,
            engine=engine,
            data=data,
            cloud=cloud,
            journal=journal,
            saved=waiting,
            without_export=reason,
            break_glass=self._order.break_glass,
        )
        try:
            steps = (up if operation == "up" else down).steps
            expected = outlook_of(self._home, deployment, operation, [step.name for step in steps])
            advance(steps, journal, _Told(self._display, expected))
        except RunEndedError as ended:
            return ended.run
        journal.end("succeeded")
        if operation == "up":
            made_of.note(self._home)
        receipt = receipt_of(journal)
        if receipt.saving:
            self._say(f"gone, it saves {receipt.saving.per_day} {receipt.saving.currency} a day, by the price sheet")
        return replace(engine.done, receipt=str(receipts_of(self._home).keep(receipt)))

    def _say(self, text: str) -> None:
        self._display.say(Text(f"  {text}"))


@dataclass(frozen=True)
class _Told:
    """Says which step works while it does, and what is expected of it."""

    display: Display
    expected: Outlook

    def begins(self, step: Step, *, again: bool) -> None:
        """Every step is told as it begins; the engine's own has a display that says more."""
        if again and not step.always:
            self._say(f"{step.doing}, once more: it was cut off before")
        seconds, rest = self.expected.of(step.name), self.expected.after(step.name)
        self.display.stage(Stage(step.doing, seconds, rest, shown=step.name in ENGINE_STEPS))

    def ends(self, step: Step, evidence: Evidence, seconds: float) -> None:
        """What a person may want to know, in a line."""
        if "rows" in evidence:
            self._say(f"{step.doing}: {evidence['rows']} rows in {duration(seconds)}")

    def was_done(self, step: Step) -> None:
        """Done by the run that this one goes on with."""
        self._say(f"{step.doing}: done before this run was cut off")

    def _say(self, text: str) -> None:
        self.display.say(Text(f"  {text}"))
