"""Writing a plan while a preview goes on, and holding an `up` to it."""

import os
import threading
from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, Final, Protocol

from sandbox.engine.model.errors import PlanError
from sandbox.engine.model.goals import Goal
from sandbox.engine.model.plans import InputDiff, ResourcePlan, ResourcePlans
from sandbox.engine.model.urn import Urn
from sandbox.engine.model.values import PropertyMap

if TYPE_CHECKING:
    from sandbox.engine.execution.steps import Step
    from sandbox.engine.model.events import Op

_SEED_BYTES: Final = 32


def new_seed() -> bytes:
    """A random one."""
    return os.urandom(_SEED_BYTES)


class PlanKeeper(Protocol):
    """Sees every goal and every step of a run before anything is done about it; called from many threads."""

    def seed(self, urn: str) -> bytes:
        """What the provider is to make names up from."""
        ...

    def goal(self, urn: str, goal: Goal, old: PropertyMap, new: PropertyMap, seed: bytes) -> None:
        """A resource's inputs, checked by its provider, are to become `new`."""
        ...

    def steps(self, steps: "Iterable[Step]") -> None:
        """These steps are about to be taken."""
        ...


class PlanRecorder:
    """Notes what a preview plans."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._plans: dict[str, ResourcePlan] = {}
        self._steps: dict[str, list[Op]] = {}

    def seed(self, urn: str) -> bytes:  # noqa: ARG002 - a new one for each
        """A random one."""
        return new_seed()

    def goal(self, urn: str, goal: Goal, old: PropertyMap, new: PropertyMap, seed: bytes) -> None:
        """Note it."""
        with self._lock:
            self._plans[urn] = ResourcePlan(
                type=goal.type,
                name=goal.name,
                custom=goal.custom,
                parent=goal.parent,
                provider=goal.provider,
                protect=bool(goal.protect),
                steps=(),
                inputs=InputDiff.of(old, new),
                seed=seed,
            )

    def steps(self, steps: "Iterable[Step]") -> None:
        """Note them; of a resource without a goal (read, or deleted) there is nothing else."""
        with self._lock:
            for step in steps:
                state = step.state
                self._steps.setdefault(state.urn, []).append(step.op)
                if state.urn not in self._plans:
                    name = Urn.parse(state.urn).name
                    self._plans[state.urn] = ResourcePlan(
                        state.type, name, state.custom, state.parent, state.provider, state.protect, ()
                    )

    @property
    def plans(self) -> ResourcePlans:
        """What was noted so far."""
        with self._lock:
            return {urn: replace(plan, steps=tuple(self._steps.get(urn, ()))) for urn, plan in self._plans.items()}


class PlanConstraint:
    """Holds a run to a plan. What is not in it raises PlanError, and nothing is done about it."""

    def __init__(self, plans: ResourcePlans) -> None:
        self._plans = plans
        self._lock = threading.Lock()
        self._seen: set[str] = set()

    def seed(self, urn: str) -> bytes:
        """The plan's, so that names come out as they did."""
        plan = self._plans.get(urn)
        return (plan.seed if plan else b"") or new_seed()

    def goal(self, urn: str, goal: Goal, old: PropertyMap, new: PropertyMap, seed: bytes) -> None:  # noqa: ARG002
        """Compare with what was planned."""
        plan = self._plans.get(urn)
        if plan is None:
            raise PlanError(urn, "the plan does not have it: it was not there when the plan was made")
        reasons = list(plan.deviations(old, new))
        if plan.parent != goal.parent:
            reasons.append(f"its parent was to be {plan.parent or 'none'}")
        if plan.protect != bool(goal.protect):
            reasons.append(f"protect was to be {plan.protect}")
        if reasons:
            raise PlanError(urn, *(f"not as planned: {reason}" for reason in reasons))

    def steps(self, steps: "Iterable[Step]") -> None:
        """Compare with what was planned."""
        with self._lock:
            for step in steps:
                urn = step.state.urn
                self._seen.add(urn)
                plan = self._plans.get(urn)
                if plan is None and step.op != "same":
                    raise PlanError(urn, f"not as planned: {step.op}, and no step of it was planned")
                if plan is not None and not plan.allows(step.op):
                    raise PlanError(urn, f"not as planned: {step.op} where {' and '.join(plan.steps)} was planned")

    def missing(self, there: Iterable[str]) -> list[str]:
        """URNs that were to be changed and that the run never came to. there: URNs that its base had.

        What was only to be deleted and is gone already needs nothing.
        """
        known = set(there)
        return sorted(
            urn
            for urn, plan in self._plans.items()
            if plan.changes and urn not in self._seen and (plan.inputs is not None or urn in known)
        )
