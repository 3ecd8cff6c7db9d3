"""How long a run will take, from what the runs before it took, and what of that is left while it goes on.

A run that makes everything is no guide for one that changes nothing: only runs count that found what this one finds.
Of a step that an engine did, the journal has how long Azure takes at least and the scale of its time, so that runs at
another scale (sandbox/azure/pace.py) count too.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Final

from lifecycle.bringup import DEPLOY
from lifecycle.journal import Evidence, Journal, Kind
from lifecycle.saved import DESTROY, PREFLIGHT

ENGINE_STEPS: Final = (DEPLOY, DESTROY)
"""Steps that an engine does: it shows by itself what it is at."""

_LATEST: Final = 5
"""Earlier runs that count: the machine and the program change."""


@dataclass(frozen=True)
class Outlook:
    """Seconds that each step of a run is expected to take, in their order; None for one that nothing tells of."""

    steps: Mapping[str, float | None]

    def of(self, step: str) -> float | None:
        """Of one step."""
        return self.steps.get(step)

    def after(self, step: str) -> float | None:
        """Of all steps behind this one; None where one of them is not known."""
        names = list(self.steps)
        return _total([self.steps[name] for name in names[names.index(step) + 1 :]]) if step in names else None

    @property
    def total(self) -> float | None:
        """Of all; None where one is not known, or nothing is."""
        return _total(list(self.steps.values())) if self.steps else None


def outlook(
    earlier: Iterable[Journal],
    kind: Kind,
    steps: Sequence[str],
    *,
    found: int,
    scale: float,
    azure: float | None = None,
) -> Outlook:
    """What the steps of a run will take.

    earlier: journals of the deployment, the latest first. found: resources that stand as it begins. scale: wall seconds
    for a second of Azure. azure: seconds that Azure takes at least for what the engine will do, where the graph tells;
    it decides where no earlier run does.
    """
    alike = [it for it in earlier if it.run.kind == kind and it.result == "succeeded" and _found(it) == bool(found)]
    known: dict[str, float | None] = {}
    for step in steps:
        taken = [seconds for it in alike[:_LATEST] if (seconds := _taken(it, step, scale)) is not None]
        known[step] = median(taken) if taken else None
    engine = next((step for step in steps if step in ENGINE_STEPS), "")
    if known.get(engine) is None and azure is not None and scale:
        known[engine] = azure * scale
    # A run of the first kind ever is told by its longest step alone: the others are short where no data waits.
    return Outlook({step: 0.0 if seconds is None and known.get(engine) else seconds for step, seconds in known.items()})


def left(expected: float | None, rest: float | None, elapsed: float) -> float | None:
    """Seconds that are left of a step begun so long ago, and of those behind it; None where that is not known."""
    if expected is None or rest is None:
        return None
    return max(expected - elapsed, 0.0) + rest


def _taken(journal: Journal, step: str, scale: float) -> float | None:
    seconds = journal.seconds.get(step)
    if seconds is None:
        return None
    done: Evidence = journal.done[step]
    return seconds + float(done.get("azure", 0.0)) * (scale - float(done.get("scale", 0.0)))


def _found(journal: Journal) -> bool:
    """Whether anything stood when a run began."""
    return bool(journal.done.get(PREFLIGHT, {}).get("resources"))


def _total(seconds: Sequence[float | None]) -> float | None:
    known = [it for it in seconds if it is not None]
    return sum(known) if len(known) == len(seconds) else None
