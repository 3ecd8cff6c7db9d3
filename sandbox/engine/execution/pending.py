"""Operations of an earlier run that never ended: it was killed, or stopped at once.

The CLI only warns of them. Here the next run looks: what was being updated or deleted is read again; what was being
made is taken over when the program registers it (`planner`), or deleted when the program no longer has it.
"""

from sandbox.engine.execution.deployment import Deployment
from sandbox.engine.execution.executor import Executor
from sandbox.engine.execution.steps import Step, mark_secret_outputs, provider_of
from sandbox.engine.model.diffs import plain
from sandbox.engine.model.errors import EngineError, StepFailedError, StoppedError, describe
from sandbox.engine.model.state import PendingOperation, ResourceState
from sandbox.engine.model.times import now
from sandbox.engine.providers.provider_protocol import Existing


def resolve(run: Deployment) -> None:
    """Settle what can be settled before the program runs; creates wait for the program in `run.pending_creates`."""
    pending = run.snapshot.pending()
    if not pending:
        return
    listed = "".join(f"\n  {describe(each.resource.urn)}, interrupted while {each.type}" for each in pending.values())
    if run.preview:
        run.reporter.warn(f"an earlier run was interrupted; the next up settles these operations:{listed}")
        return
    run.reporter.warn(f"an earlier run was interrupted; settling its operations:{listed}")
    for number, operation in pending.items():
        if operation.type == "creating" and run.locate is not None:
            run.pending_creates[operation.resource.urn] = (number, operation)
            continue
        if operation.type == "creating":
            run.reporter.warn(
                "it may exist although its creation was interrupted, and nobody here can tell; if it does, "
                "delete it or import it",
                operation.resource.urn,
            )
        elif operation.type in ("updating", "deleting"):
            _look(run, operation)
        run.snapshot.fail(number)


def _look(run: Deployment, operation: PendingOperation) -> None:
    """Read what an interrupted update or delete was about."""
    asked = operation.resource
    state = next((each for each in run.base.resources if each.urn == asked.urn and each.id == asked.id), None)
    if state is None or state.pending_replacement or state.external or not state.custom:
        return
    try:
        live = provider_of(run, state).read(state.urn, state.id, state.inputs, state.outputs, timeout=0.0)
    except EngineError as error:
        run.reporter.warn(f"it cannot be read ({error}); state has it as it was before the interruption", state.urn)
        return
    if not live.id:
        run.reporter.message("info", "it is gone: the interrupted run had deleted it", state.urn)
        if state.delete:
            run.snapshot.commit(None, drop=state)
            run.base.resources.remove(state)
            run.rebase(run.base)
        else:
            # Others may still name it: it goes when it is made anew, or with the program's next word.
            state.pending_replacement = True
            run.snapshot.update(state)
        return
    state.outputs = live.outputs
    state.inputs = state.inputs if live.inputs is None else live.inputs
    state.modified = now()
    mark_secret_outputs(state)
    run.snapshot.update(state)


class DeleteOrphanStep(Step):
    """Delete what an interrupted run had made and what nobody wants."""

    op = "delete"

    def __init__(self, deployment: Deployment, orphan: ResourceState, operation: int) -> None:
        super().__init__(deployment, orphan, None)
        self._orphan = orphan
        self._operation = operation

    def begin(self) -> int | None:
        """The create of the earlier run is still pending."""
        return self._operation

    def apply(self) -> None:
        """Delete it by the id that it was found under."""
        orphan = self._orphan
        self.provider().delete(Existing(orphan.urn, orphan.id, orphan.inputs, orphan.inputs), timeout=0.0)

    def commit(self, operation: int | None) -> None:
        """No state had it: only the operation ends."""
        self.snapshot.commit(operation)

    def fail(self, operation: int | None) -> None:
        """The operation stays pending, so that the next run looks again."""


def delete_orphans(run: Deployment, executor: Executor) -> None:
    """Delete what was being made when an earlier run ended and what the program did not ask for this time."""
    for urn, (number, operation) in list(run.pending_creates.items()):
        orphan = operation.resource
        id_ = run.locate(orphan.type, plain(orphan.inputs)) if run.locate else None
        # One that waits for its replacement is gone: what has its id is the replacement.
        states = [*(state for state in run.base.resources if not state.pending_replacement), *run.states_made()]
        mine = {state.id for state in states if state.type == orphan.type}
        del run.pending_creates[urn]
        if id_ is None or id_ in mine:
            run.snapshot.fail(number)
            continue
        orphan.id = id_
        try:
            executor.run([DeleteOrphanStep(run, orphan, number)])
        except (StepFailedError, StoppedError):
            continue
