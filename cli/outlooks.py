"""What is expected of runs and of their steps on this machine: from earlier runs of the home, else from Azure's times.

Azure's times count here only where the sandbox lets time pass (sandbox/azure/pace.py): without it a step of an engine
is over before a person has read of it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from cidr import ACCOUNT, DeploymentName
from cli.run_records import journals_of
from cli.run_view import Step
from lifecycle.durations.expecting import Outlook, left, outlook
from lifecycle.journal import Journal, Kind
from sandbox.azure.pace import azure_scale
from sandbox.deployers import Operation
from sandbox.engine.model.events import Op
from sandbox.home import SandboxHome
from sandbox.inventory import standing_of
from stacks import known_deployments

KINDS: Final[dict[Operation, Kind]] = {"up": "up", "destroy": "down"}
_OPERATIONS: Final[dict[Op, str]] = {
    "create": "create",
    "create-replacement": "create",
    "update": "update",
    "delete": "delete",
    "delete-replaced": "delete",
}
_AS_HERE: Final[dict[str, Any]] = {"vnetConfiguration": {"infrastructureSubnetId": "a subnet"}}
"""What decides how long a resource takes, as this platform makes all of them: environments lie in a network."""


@dataclass(frozen=True, slots=True)
class Stage:
    """A step of a run that begins. doing: in words; seconds: expected of it, rest: of what comes after it, None where
    that is not known; shown: by the engine's own display.
    """

    doing: str
    seconds: float | None
    rest: float | None
    shown: bool

    def left(self, elapsed: float) -> float | None:
        """Seconds that are left of the whole run."""
        return left(self.seconds, self.rest, elapsed)


def outlook_of(home: SandboxHome, deployment: str, operation: Operation, steps: Sequence[str] = ()) -> Outlook:
    """What a run that begins now will take; empty for one that is no up or down of a deployment.

    steps: its steps; without them, those of the latest run of its kind.
    """
    kind = KINDS.get(operation)
    if kind is None or deployment == ACCOUNT:
        return Outlook({})
    scale = azure_scale()
    azure = _of_the_graph(home, deployment) if scale and kind == "down" else None
    found = standing_of(home, deployment).resources
    expected = Outlook({})
    for earlier in _earlier(home, deployment):
        latest = (tuple(it.done) for it in earlier if it.run.kind == kind and it.result == "succeeded")
        known = steps or next(latest, ())
        expected = outlook(earlier, kind, known, found=found, scale=scale, azure=azure)
        if known and expected.total is not None:
            break
    return expected


def _earlier(home: SandboxHome, deployment: str) -> Iterator[list[Journal]]:
    """The journals of a deployment, then those of the others of its kind: they have the same architecture."""
    journals, own = journals_of(home), DeploymentName.parse(deployment)
    yield journals.of(deployment)
    others = (name for name in known_deployments() if name.kind == own.kind and name != own)
    yield sorted((it for name in others for it in journals.of(str(name))), key=lambda it: it.run.text, reverse=True)


def expected_of(step: Step) -> float | None:
    """Seconds that a running step of an engine takes in all; None where nothing tells."""
    scale, operation = azure_scale(), _OPERATIONS.get(step.metadata.op)
    if not scale or operation is None:
        return None
    from cli.azure_time import azure_seconds  # noqa: PLC0415 - the catalogue, which only a sandbox with time needs

    return azure_seconds(step.metadata.type, _AS_HERE, operation) * scale or None


def _of_the_graph(home: SandboxHome, deployment: str) -> float:
    """Seconds that Azure takes at least to delete what stands."""
    from cli.azure_time import works_of  # noqa: PLC0415
    from cli.deployed import standing_state  # noqa: PLC0415
    from lifecycle.durations.chains import backwards, longest  # noqa: PLC0415

    return longest(backwards(works_of([standing_state(home, deployment, lambda _: None)], "down")))
