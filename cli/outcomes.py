"""What became of each deployment of a command: a run, a failure to run, or not begun; and the status that follows."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from cidr import Fault
from cli.documents import Run
from cli.exit_codes import ExitCode
from cli.failures import Failure
from cli.run_plan import RunPlan

_CODES: Final[Mapping[str, ExitCode]] = {
    "succeeded": ExitCode.OK,
    "failed": ExitCode.FAILED,
    "canceled": ExitCode.CANCELED,
}


@dataclass(slots=True)
class Outcomes:
    """Filled while a plan is carried out. canceled: a person stopped it, nothing more is to begin."""

    plan: RunPlan
    runs: dict[str, Run] = field(default_factory=dict[str, Run])
    failures: dict[str, Failure] = field(default_factory=dict[str, Failure])
    not_begun: dict[str, Fault] = field(default_factory=dict[str, Fault])
    begun: set[str] = field(default_factory=set[str])
    canceled: bool = False

    def knows(self, name: str) -> bool:
        """True once it is settled what became of the deployment."""
        return name in self.runs or name in self.failures or name in self.not_begun

    def take(self, name: str, ended: Run | Failure) -> None:
        """Note how a run ended. What waits for it is settled too where it did not succeed."""
        if isinstance(ended, Run):
            self.runs[name] = ended
            self.canceled |= ended.result == "canceled" and not self._was_let_down(name)
        else:
            self.failures[name] = ended
            self.canceled |= ended.code is ExitCode.CANCELED

    def settle(self) -> list[str]:
        """The deployments that will not be begun any more, noted with the reason; those that are new."""
        new: list[str] = []
        for name in self.plan.names:
            reason = None if name in self.begun or self.knows(name) else self._hindered(name)
            if reason:
                self.not_begun[name] = self._not_begun(name, reason)
                new.append(name)
        return new

    def ready(self) -> list[str]:
        """The deployments whose turn it is: not begun, and all that they wait for has succeeded."""
        waiting = (name for name in self.plan.names if name not in self.begun and not self.knows(name))
        return [name for name in waiting if all(self.came_up(other) for other in self.plan.after[name])]

    @property
    def unfinished(self) -> list[str]:
        """The deployments that are not what the command asked for."""
        return [name for name in self.plan.names if not self.came_up(name)]

    @property
    def told(self) -> list[Run]:
        """The runs in the plan's order."""
        return [self.runs[name] for name in self.plan.names if name in self.runs]

    @property
    def faults(self) -> list[Fault]:
        """Why deployments have no run, in the plan's order."""
        return [
            fault
            for name in self.plan.names
            for fault in (
                *(self.failures[name].faults if name in self.failures else ()),
                *([self.not_begun[name]] if name in self.not_begun else ()),
            )
        ]

    @property
    def code(self) -> ExitCode:
        """The command's status: what all that went wrong have in common, else FAILED; a stop counts before all."""
        runs = [run for run in self.runs.values() if run.result != "canceled" or not self._was_let_down(run.deployment)]
        codes = {_CODES[run.result] for run in runs} | {it.code for it in self.failures.values()}
        for first in (ExitCode.CANCELED, ExitCode.INTERNAL):
            if first in codes or (self.canceled and first is ExitCode.CANCELED):
                return first
        codes.discard(ExitCode.OK)
        if len(codes) == 1:
            return codes.pop()
        return ExitCode.FAILED if codes or self.not_begun else ExitCode.OK

    def came_up(self, name: str) -> bool:
        """Whether it has a run, and that ended well."""
        return name in self.runs and self.runs[name].result == "succeeded"

    def _was_let_down(self, name: str) -> bool:
        """Whether something that it was begun beside did not come up: then nobody but `cfctl` has stopped it."""
        return any(self.knows(other) and not self.came_up(other) for other in self.plan.beside.get(name, ()))

    def _hindered(self, name: str) -> str:
        """Why it cannot be begun any more, empty when it still can."""
        if self.canceled:
            return "stopped before its turn came"
        lost = [it for it in self.plan.names if it in self.plan.after[name] and self.knows(it) and not self.came_up(it)]
        if not lost:
            return ""
        named = " and ".join(lost)
        if self.plan.operation == "destroy":
            return f"{named} may still be up, and needs it"
        return f"it needs {named}, which did not come up"

    def _not_begun(self, name: str, reason: str) -> Fault:
        return Fault(
            where=name,
            what=f"{name} was not begun: {reason}",
            allowed="",
            next_step=f"./cfctl {self.plan.command} {name}" + ("" if self.canceled else ", once that is mended"),
        )
