"""Steps done one after the other, each noted before and after: whatever is killed, the same steps run again finish."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from cidr import Fault
from lifecycle.journal import Evidence, Journal


class StepError(Exception):
    """A step could not do its work; the run stays unfinished. `faults` says why and what to type next."""

    def __init__(self, *faults: Fault) -> None:
        self.faults = faults
        super().__init__("\n".join(fault.what for fault in faults))


@dataclass(frozen=True)
class Step:
    """One step. `act` gets the evidence of those before it; it may be called again after it was killed half way.

    doing: what a person reads while it lasts ("exporting the data"). always: done again by every run that goes on with
    an earlier one, since what it brings about may have changed meanwhile.
    """

    name: str
    doing: str
    act: Callable[[Mapping[str, Evidence]], Evidence]
    always: bool = False


class Watch(Protocol):
    """Who looks on."""

    def begins(self, step: Step, *, again: bool) -> None:
        """A step begins; again: an earlier try of it was cut off."""
        ...

    def ends(self, step: Step, evidence: Evidence, seconds: float) -> None:
        """A step has ended well."""
        ...

    def was_done(self, step: Step) -> None:
        """A step was done by the run that this one goes on with."""
        ...


def advance(steps: Sequence[Step], journal: Journal, watch: Watch) -> Mapping[str, Evidence]:
    """Do the steps that the journal does not have as done; the evidence of all. Raises what a step raises."""
    for step in steps:
        if step.name in journal.done and not step.always:
            watch.was_done(step)
            continue
        watch.begins(step, again=step.name in journal.begun)
        began = time.monotonic()
        journal.begin_step(step.name)
        evidence = step.act(journal.done)
        seconds = time.monotonic() - began
        journal.end_step(step.name, evidence, seconds)
        watch.ends(step, evidence, seconds)
    return journal.done
