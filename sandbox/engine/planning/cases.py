"""One resource being planned: what is known of it, and what is decided in the end."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sandbox.engine.execution.deployment import Deployment
from sandbox.engine.execution.steps import Step
from sandbox.engine.model.errors import PlanError
from sandbox.engine.model.goals import Goal, Registered
from sandbox.engine.model.state import ResourceState
from sandbox.engine.model.values import PropertyMap
from sandbox.engine.planning.comparing import with_ignored_changes
from sandbox.engine.providers.provider_protocol import Provider


@dataclass(frozen=True, slots=True)
class Planned:
    """Steps to run now, then either more planning (`then`) or the answer."""

    chain: Sequence[Step]
    answer: Registered
    then: "Callable[[], Planned] | None" = None


@dataclass(slots=True)
class Case:
    """A registration: the goal, the old state if there is one, and the new state that takes shape."""

    run: Deployment
    goal: Goal
    urn: str
    old: ResourceState | None
    new: ResourceState
    provider: Provider | None
    """None for a component."""
    go_on: "Callable[[Case], Planned]"
    """Plan the rest, once the old state is known."""
    seed: bytes
    """What the provider makes names up from."""
    imported: bool = False
    """`old` was imported by this very registration."""

    @property
    def recreating(self) -> bool:
        """True if this run deleted the old resource already, together with one that it depends on."""
        return self.old is not None and id(self.old) in self.run.decisions.deleted_states

    @property
    def replace_asked(self) -> bool:
        """True if somebody asked for a replacement: --replace, or a taint in the state."""
        targets = self.run.replace_targets
        return (targets.constrained and targets.names(self.urn)) or (self.old is not None and self.old.taint)

    def checked(self, old: ResourceState | None) -> PropertyMap:
        """The goal's inputs as the provider completes them; with an old state, names it made up before are kept.

        Raises PlanError with all that the provider finds wrong.
        """
        inputs = self.goal.inputs
        if self.provider is None:
            return inputs
        if old is not None:
            inputs = with_ignored_changes(inputs, old, self.goal.ignore_changes, self.run.reporter)
        checked = self.provider.check(self.urn, old.inputs if old else None, inputs, self.seed)
        if checked.faults:
            faults = [f"property {key!r}: {reason}" if key else reason for key, reason in checked.faults]
            raise PlanError(self.urn, *faults)
        return checked.inputs
