"""What deploys in a sandbox, seen from outside: this engine or the attached Pulumi CLI, behind one small interface."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol

from sandbox.engine.model.events import Listener
from sandbox.engine.model.plans import ResourcePlans
from sandbox.engine.model.state import StackState
from sandbox.engine.model.values import PropertyMap

Operation = Literal["preview", "up", "refresh", "destroy"]


@dataclass(frozen=True, slots=True)
class Request:
    """How a run is to go. parallel: operations at the same time; targets: URNs, all of the program when empty.

    environment: what the program finds in its own for this run, nothing secret. check: a refresh only tells what
    differs. plan: what an `up` is held to; the sandbox's own engine alone.
    """

    parallel: int = 16
    targets: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict[str, str])
    check: bool = False
    plan: ResourcePlans | None = None


@dataclass(frozen=True, slots=True)
class RunResult:
    """How a run ended. changes: op -> resources, as Pulumi counts; outputs: those of the stack after the run; planned:
    the state that a preview led to, plan: what it does with each resource; None for other runs and where the deployer
    does not tell (the Pulumi CLI).
    """

    result: Literal["succeeded", "failed", "canceled"]
    changes: dict[str, int]
    outputs: PropertyMap = field(default_factory=PropertyMap)
    errors: tuple[str, ...] = ()
    seconds: float = 0.0
    planned: StackState | None = None
    plan: ResourcePlans | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """A resource that exists and that no state knows: what it is called in the program, its id, what it was sent."""

    type: str
    urn: str
    id: str
    parent: str
    inputs: PropertyMap


class Deployer(Protocol):
    """Runs one operation on one deployment at a time."""

    def run(self, operation: Operation, deployment: str, request: Request, listener: Listener) -> RunResult:
        """Run to the end; events go to `listener` meanwhile. Raises what keeps the run from beginning."""
        ...

    def cancel(self) -> None:
        """From any thread: the first call lets running steps finish and starts no new ones, the second stops now."""
        ...
