"""Taking what the program asks for through planning and execution to an answer."""

import threading
from collections.abc import Callable, Sequence

from sandbox.engine.execution.deletions import DeleteStep, plan_deletions
from sandbox.engine.execution.deployment import Deployment
from sandbox.engine.execution.executor import Executor
from sandbox.engine.execution.schedule import DeletionSchedule
from sandbox.engine.execution.steps import CreateStep, SameStep, Step, UpdateStep
from sandbox.engine.model.diffs import same
from sandbox.engine.model.errors import EngineError, HookError, PlanError, StepFailedError, StoppedError
from sandbox.engine.model.goals import Goal, ReadGoal, Registered
from sandbox.engine.model.graph import dependency_urns
from sandbox.engine.model.state import ResourceState
from sandbox.engine.model.urn import STACK_TYPE, make_urn
from sandbox.engine.model.values import PropertyMap, has_unknowns
from sandbox.engine.planning.planner import Planned, Planner
from sandbox.engine.storage.state_errors import StateError


class Runner:
    """One run's registrations; called from many threads."""

    def __init__(self, deployment: Deployment, executor: Executor) -> None:
        self._run = deployment
        self._executor = executor
        self._planner = Planner(deployment)
        self._planning = threading.RLock()
        self._lock = threading.Lock()
        self._open: dict[str, Step] = {}
        self._skipped: set[str] = set()
        self._stack_outputs: tuple[str, PropertyMap] | None = None

    def register(self, goal: Goal) -> Registered:
        """Bring a resource to its goal. Raises StoppedError if the run takes no more work."""
        urn = make_urn(self._run.stack, self._run.project, goal.parent, goal.type, goal.name)
        return self._take(urn, lambda: self._planner.register(goal))

    def read(self, goal: ReadGoal) -> Registered:
        """Read a resource that exists. Raises StoppedError if the run takes no more work."""
        urn = make_urn(self._run.stack, self._run.project, goal.parent, goal.type, goal.name)
        return self._take(urn, lambda: self._planner.read(goal))

    def _take(self, urn: str, plan: Callable[[], Planned]) -> Registered:
        planned = self._plan(urn, plan)
        while True:
            if self._must_skip(planned.chain):
                return self._skip(planned)
            try:
                if planned.chain:
                    self._executor.run(planned.chain)
            except StepFailedError as error:
                if self._executor.stopped:
                    raise StoppedError from error
                # Its last step may be the one of a dependent that was to go first: who needs it cannot know of that.
                with self._lock:
                    self._skipped.add(planned.answer.state.urn)
                self._leave(planned)
                return Registered(planned.answer.state, "failed")
            self._remember(planned.chain)
            if planned.then is None:
                return planned.answer
            planned = self._plan(urn, planned.then)

    def _plan(self, urn: str, plan: Callable[[], Planned]) -> Planned:
        with self._planning:
            if self._executor.stopped:
                raise StoppedError
            try:
                planned = plan()
                if self._run.plan:
                    self._run.plan.steps(planned.chain)
            except (EngineError, StateError) as error:
                self.refuse(urn, error)
                raise StoppedError from error
            return planned

    def refuse(self, urn: str, error: Exception) -> None:
        """Report that something is not possible, each fault for itself, and stop the run."""
        faults = error.faults if isinstance(error, PlanError) else (str(error),)
        for fault in faults:
            self._run.reporter.message("error", fault, urn)
        self._executor.stop("failed")

    def _must_skip(self, chain: Sequence[Step]) -> bool:
        """True if a step needs what failed or was skipped before (with continue_on_error)."""
        errored = self._failed_or_skipped()
        if not errored:
            return False
        return any(not errored.isdisjoint(dependency_urns(step.state)) for step in chain)

    def _failed_or_skipped(self) -> set[str]:
        return {step.state.urn for step in self._executor.errored} | self._skipped

    def _skip(self, planned: Planned) -> Registered:
        with self._lock:
            self._skipped.update(step.state.urn for step in planned.chain)
        self._leave(planned)
        return Registered(planned.answer.state, "skipped")

    def _leave(self, planned: Planned) -> None:
        """The old states of steps that did not happen stay, and with them what they need."""
        with self._lock:
            self._run.left_behind.extend(step.old for step in planned.chain if step.old is not None)
        for step in planned.chain:
            if isinstance(step, DeleteStep) and not step.done:
                self._run.decisions.deleted_states.discard(id(step.state))
                self._run.decisions.deletes.discard(step.state.urn)

    def _remember(self, chain: Sequence[Step]) -> None:
        with self._lock:
            self._open.update({step.state.urn: step for step in chain if step.logical and step.new is not None})

    @property
    def waiting_components(self) -> list[str]:
        """Components whose outputs the program has not given yet: it is still busy with them."""
        with self._lock:
            return [urn for urn, step in self._open.items() if not step.state.custom and step.state.type != STACK_TYPE]

    def complete(self, urn: str, outputs: PropertyMap) -> None:
        """Take the outputs of a component; those of the stack wait for the end of the run."""
        with self._lock:
            step = self._open.get(urn)
            if step is None and urn in self._failed_or_skipped():
                return
            if step is None:
                raise EngineError(f"{urn} is not registered, so that it cannot have outputs")
            if step.state.type == STACK_TYPE:
                self._stack_outputs = (urn, outputs)
                return
            del self._open[urn]
        self._complete(step, outputs)

    def _complete(self, step: Step, outputs: PropertyMap) -> None:
        if isinstance(step, SameStep) and step.skipped:
            return
        state = step.state
        if not self._run.preview:
            outputs = _known(outputs, state.outputs)
        changed = not same(state.outputs, outputs)
        state.outputs = outputs
        if changed and not self._run.preview:
            self._run.snapshot.update(state)
        if state.custom:
            return
        try:
            if isinstance(step, CreateStep):
                self._run.hooks.run("AfterCreate", new=state)
            elif isinstance(step, UpdateStep):
                self._run.hooks.run("AfterUpdate", new=state, old=step.old)
        except HookError as error:
            self._run.reporter.message("error", str(error), state.urn)
            self._run.after_hook_failed.set()
            if not self._run.options.continue_on_error:
                self._executor.stop("failed")

    def delete_rest(self) -> None:
        """Delete what the program no longer has. Only after the program succeeded."""
        with self._planning:
            self.check_targets()
            try:
                kept, steps = plan_deletions(self._run)
                if self._run.plan:
                    self._run.plan.steps([*kept, *steps])
            except PlanError as error:
                for fault in error.faults:
                    self._run.reporter.message("error", fault, error.urn)
                self._executor.stop("failed")
                return
        try:
            self._executor.run(kept)
        except (StepFailedError, StoppedError):
            return
        DeletionSchedule(self._run, self._executor, steps).run()

    def check_plan(self) -> None:
        """Report what the plan has and the run did not come to; the run then has failed."""
        if self._run.constraint is None:
            return
        for urn in self._run.constraint.missing(state.urn for state in self._run.base.resources):
            self._run.reporter.message("error", "it was to be changed by the plan, and the program has it not", urn)
            self._executor.stop("failed")

    def check_targets(self) -> None:
        """Report targets that no resource has; the run then has failed."""
        known = self._run.decisions.urns | {state.urn for state in self._run.base.resources}
        for urn in (*self._run.targets.literals, *self._run.replace_targets.literals):
            if urn not in known:
                self._run.reporter.message("error", f"no resource of this stack has the URN {urn!r}, which is a target")
                self._executor.stop("failed")

    def finish_outputs(self, *, failed: bool) -> PropertyMap:
        """Record the stack's outputs: the program's, and after a failure the old ones that it did not come to."""
        urn, outputs = self._stack_outputs or ("", {})
        step = self._open.get(urn)
        if step is not None:
            if failed:
                old = self._run.olds.get(urn)
                outputs = {**(old.outputs if old else {}), **outputs}
            self._complete(step, outputs)
            outputs = step.state.outputs
        return outputs


def _known(outputs: PropertyMap, former: PropertyMap) -> PropertyMap:
    """Outputs without what failed or was left out, of which nothing is known: that stays as it was, if it was there."""
    known = {key: former.get(key) if has_unknowns(value) else value for key, value in outputs.items()}
    return {key: value for key, value in known.items() if key in former or not has_unknowns(outputs[key])}


def stack_state(states: list[ResourceState]) -> ResourceState | None:
    """The root resource of a stack."""
    return next((state for state in states if state.type == STACK_TYPE and not state.delete), None)
