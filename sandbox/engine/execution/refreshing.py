"""Asking the providers what is really there, and taking it into the state."""

from concurrent.futures import wait
from dataclasses import replace

from sandbox.engine.execution.deployment import Deployment
from sandbox.engine.execution.executor import Executor
from sandbox.engine.execution.reads import read_live
from sandbox.engine.execution.steps import Step, mark_secret_outputs
from sandbox.engine.model.diffs import Diff, property_changes, same
from sandbox.engine.model.errors import StepFailedError, StoppedError
from sandbox.engine.model.events import Op
from sandbox.engine.model.graph import dependency_urns
from sandbox.engine.model.state import ResourceState
from sandbox.engine.model.times import now
from sandbox.engine.model.urn import is_provider_type
from sandbox.engine.planning.comparing import diff_resource
from sandbox.engine.planning.targets import Targets
from sandbox.engine.program.workers import DaemonPool
from sandbox.engine.providers.provider_protocol import Live


class RefreshStep(Step):
    """Look at one resource. What was found is taken over by `settle`, when all have been looked at."""

    op = "refresh"
    logical = False
    tolerant = True

    def __init__(self, deployment: Deployment, old: ResourceState, *, counted: bool) -> None:
        super().__init__(deployment, old, None)
        self._state = old
        self._counted = counted
        self._found: Op = "same"
        self._live: Live | None = None
        self._init_errors: list[str] = []

    @property
    def counts(self) -> bool:
        """In a run that is a refresh, what was found is what counts."""
        return self._counted

    @property
    def result_op(self) -> Op:
        """What became of the resource: same, update or delete."""
        return self._found

    @property
    def gone(self) -> bool:
        """True if there is no such resource any more."""
        return self._found == "delete"

    def apply(self) -> None:
        """Read it and compare; components and providers are nowhere but in the state."""
        old = self._state
        if not old.custom or is_provider_type(old.type) or old.pending_replacement:
            return
        live, self._init_errors = read_live(self, old.id, old.inputs, old.outputs)
        if self._init_errors:
            reasons = "".join(f"\n* {reason}" for reason in self._init_errors)
            self.deployment.reporter.warn(f"the resource is in an unhealthy state:{reasons}", old.urn)
        if not live.id:
            self._found = "delete"
            return
        inputs = old.inputs if live.inputs is None else live.inputs
        refreshed = replace(old, id=live.id, inputs=inputs, outputs=live.outputs)
        mark_secret_outputs(refreshed)
        self._live = Live(live.id, refreshed.outputs, inputs, live.refresh_before_update)
        diff = self._difference(refreshed)
        if diff.changes != "none":
            self._found = "update"
            self.changes = property_changes(diff, old.inputs, old.outputs, refreshed.inputs)

    def _difference(self, refreshed: ResourceState) -> Diff:
        """What changed outside, seen as a change of the state: the reverse of what an up would do about it."""
        old = self._state
        if old.external:
            return Diff("none" if same(old.outputs, refreshed.outputs) else "some")
        reporter = self.deployment.reporter
        return diff_resource(self.provider(), refreshed, old.inputs, old.ignore_changes, reporter).inverted()

    def commit(self, operation: int | None) -> None:
        """Later, in `settle`: one resource's disappearance changes others."""

    def settle(self) -> bool:
        """Take over what was found; False if the state is as it was."""
        state, live = self._state, self._live
        if live is None:
            return False
        inputs = state.inputs if live.inputs is None else live.inputs
        changed = not (same(inputs, state.inputs) and same(live.outputs, state.outputs))
        if not changed and live.id == state.id and self._init_errors == state.init_errors:
            return False
        if changed:
            state.modified = now()
        state.id, state.inputs, state.outputs = live.id, inputs, live.outputs
        state.init_errors = self._init_errors
        state.refresh_before_update = live.refresh_before_update
        return True


def refresh(run: Deployment, executor: Executor, *, counted: bool, only: frozenset[str] | None = None) -> None:
    """Refresh the targets (or everything) and the state with it; a failed read leaves that resource as it was.

    counted: the run is a refresh, so that what was found is its summary. only: these URNs.
    """
    steps: list[RefreshStep] = []
    targets = Targets(run.options.targets, dependents=run.options.target_dependents)
    for state in run.base.resources:
        if (only is None or state.urn in only) and targets.include(state):
            targets.add(state.urn)
            steps.append(RefreshStep(run, state, counted=counted))
    pool = DaemonPool(max(1, run.options.parallel), "refresh")
    wait([pool.submit(_look, executor, step) for step in steps])
    pool.shutdown(wait=False)
    if executor.stopped == "abandoned":
        return
    gone = {id(step.state) for step in steps if step.gone}
    changed = {id(step.state) for step in steps if step.settle()}
    _settle(run, gone, changed)


def _look(executor: Executor, step: RefreshStep) -> None:
    try:
        executor.run([step])
    except (StepFailedError, StoppedError):
        return


def _settle(run: Deployment, gone: set[int], changed: set[int]) -> None:
    """Record what changed; nothing may go on naming what is gone. At every moment the recorded state is whole."""
    resources = run.base.resources
    survivors = [state for state in resources if id(state) not in gone]
    there: set[str] = set()
    for state in survivors:
        if _without_missing(state, there) or id(state) in changed:
            run.snapshot.update(state)
        there.add(state.urn)
    for state in reversed(resources):
        if id(state) in gone:
            run.snapshot.commit(None, drop=state)
    run.rebase(replace(run.base, resources=survivors))


def _without_missing(state: ResourceState, there: set[str]) -> bool:
    """Take out of a state the URNs that nothing before it has any more.

    Properties that depend on nothing leave the list of dependencies too, as they do in the CLI.
    """
    if all(urn in there for urn in dependency_urns(state)) and all(state.property_dependencies.values()):
        return False
    state.dependencies = [urn for urn in state.dependencies if urn in there]
    kept = {key: [urn for urn in urns or () if urn in there] for key, urns in state.property_dependencies.items()}
    state.property_dependencies = {key: urns for key, urns in kept.items() if urns}
    state.replace_with = [urn for urn in state.replace_with if urn in there]
    if state.deleted_with not in there:
        state.deleted_with = ""
    if state.parent not in there:
        state.parent = ""
    return True
