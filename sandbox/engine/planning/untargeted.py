"""What a targeted run does about resources that are no targets: they stay as they were, in a state that stays whole."""

from sandbox.engine.execution.deployment import Deployment
from sandbox.engine.execution.steps import KeepStep, Step
from sandbox.engine.model.errors import PlanError, describe
from sandbox.engine.model.graph import dependency_urns
from sandbox.engine.model.state import ResourceState


def keep_untargeted(run: Deployment, old: ResourceState, urn: str) -> list[Step]:
    """The steps that keep an old resource and, before it, what it needs and nothing else has kept yet."""
    steps: list[Step] = []
    _keep(run, old, steps)
    run.decisions.sames.add(urn)
    return steps


def keep_dependencies(run: Deployment, new: ResourceState) -> list[Step]:
    """For a target: the steps that keep what it needs, where the program did not register that."""
    steps: list[Step] = []
    if run.targets.constrained:
        for needed in dependency_urns(new):
            old = run.olds.get(needed)
            if old is not None and not run.decisions.planned(run.aliases.current(needed)):
                _keep(run, old, steps)
    return steps


def _keep(run: Deployment, old: ResourceState, steps: list[Step]) -> None:
    if old.delete or old.urn in run.decisions.sames:
        return
    run.decisions.sames.add(old.urn)
    run.left_behind.append(old)
    for needed in dependency_urns(old):
        before = run.olds.get(needed)
        if before is not None and not run.decisions.planned(run.aliases.current(needed)):
            _keep(run, before, steps)
    step = KeepStep(run, old)
    # Should the program come to register it after all, this is its old state.
    run.olds[old.urn] = step.copy
    steps.append(step)


def check_not_skipped(run: Deployment, new: ResourceState) -> None:
    """Raise PlanError if a target needs a resource that is not there and that the targets leave out."""
    faults = [
        f"it needs {describe(needed)}, which is not there yet and is no target; target {needed} too"
        for needed in dict.fromkeys(dependency_urns(new))
        if needed in run.decisions.skipped_creates
    ]
    if faults:
        raise PlanError(new.urn, *faults)
