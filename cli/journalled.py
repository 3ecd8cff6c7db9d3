"""Runs as `Runner` does them, with those that go up or down as journalled steps around the engine's own."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from rich.text import Text

from cidr import ACCOUNT
from cli.documents import Run
from cli.one_run import Display, Runner
from cli.orders import Order
from cli.run_ports import JobData, RunEndedError, RunnerEngine, SandboxCloud
from cli.run_records import journals_of, receipts_of
from cli.wording import duration
from lifecycle.bringup import Bringup
from lifecycle.journal import Evidence, Kind
from lifecycle.machine import Step, advance
from lifecycle.receipts import receipt_of
from lifecycle.resuming import journal_for
from lifecycle.saved import saved
from lifecycle.teardown import Teardown
from sandbox.deployers import Operation
from sandbox.home import SandboxHome
from stacks import load_settings

_KINDS: Final[dict[Operation, Kind]] = {"up": "up", "destroy": "down"}


class Journalled:
    """Use it as `Runner`. Raises StepError for a step that could not do its work, beside what a runner raises."""

    def __init__(self, runner: Runner, display: Display, home: SandboxHome, project: Path, order: Order) -> None:
        self._runner, self._display, self._home, self._project, self._order = runner, display, home, project, order

    def run(self, operation: Operation, deployment: str, *, followed: bool) -> Run:
        """Run one operation to its end, with the steps before and after it."""
        partial = bool(self._order.targets)
        if operation not in _KINDS or deployment == ACCOUNT or partial:
            return self._runner.run(operation, deployment, followed=followed)
        engine = RunnerEngine(
            lambda wanted: self._runner.run(wanted, deployment, followed=followed),
            lambda: self._runner.unprotect(deployment),
        )
        cloud = SandboxCloud(self._home, deployment, self._project, self._say)
        journals = journals_of(self._home)
        journal = journal_for(journals, deployment, _KINDS[operation], cloud.server())
        waiting = saved(it for it in journals.of(deployment) if it.path != journal.path)
        data = JobData(self._home, load_settings(deployment, self._project))
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
            advance((up if operation == "up" else down).steps, journal, _Told(self._say))
        except RunEndedError as ended:
            return ended.run
        journal.end("succeeded")
        receipt = receipt_of(journal)
        if receipt.saving:
            self._say(f"gone, it saves {receipt.saving.per_day} {receipt.saving.currency} a day, by the price sheet")
        return replace(engine.done, receipt=str(receipts_of(self._home).keep(receipt)))

    def _say(self, text: str) -> None:
        self._display.say(Text(f"  {text}"))


@dataclass(frozen=True)
class _Told:
    """Says which step works while it does, but for those of the engine, which has a display of its own."""

    say: Callable[[str], None]

    def begins(self, step: Step, *, again: bool) -> None:
        """Only what was cut off before is told at once."""
        if again and not step.always:
            self.say(f"{step.doing}, once more: it was cut off before")

    def ends(self, step: Step, evidence: Evidence, seconds: float) -> None:
        """What a person may want to know, in a line."""
        if "rows" in evidence:
            self.say(f"{step.doing}: {evidence['rows']} rows in {duration(seconds)}")

    def was_done(self, step: Step) -> None:
        """Done by the run that this one goes on with."""
        self.say(f"{step.doing}: done before this run was cut off")
