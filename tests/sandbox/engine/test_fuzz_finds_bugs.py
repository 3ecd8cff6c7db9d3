"""The fuzzer is seen to fail: each of these bugs, planted in the engine, is found within the budget of a quick run."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from sandbox.engine.execution import deletions, pending, runner, steps
from sandbox.engine.execution.deletions import DeleteStep
from sandbox.engine.execution.deployment import Deployment
from sandbox.engine.execution.refreshing import RefreshStep
from sandbox.engine.execution.runner import Runner
from sandbox.engine.execution.steps import CreateStep
from sandbox.engine.model.graph import DependencyGraph
from sandbox.engine.model.state import ResourceState
from sandbox.engine.planning import changes, comparing, planner
from sandbox.engine.planning.targets import Targets
from sandbox.engine.storage.snapshot import Snapshot
from tests.sandbox.engine.fuzz.histories import Lifecycle, lifecycles
from tests.sandbox.engine.fuzz.world import live

Patch = pytest.MonkeyPatch


def forgets_to_drop(patch: Patch) -> None:
    """A deleted resource stays in the state."""
    commit = Snapshot.commit
    patch.setattr(
        Snapshot, "commit", lambda self, op, put=None, drop=None: commit(self, op, put, drop if put else None)
    )


def drops_too_much(patch: Patch) -> None:
    """A failed delete leaves the state as if it had succeeded."""
    patch.setattr(DeleteStep, "fail", lambda self, operation: self.snapshot.commit(operation, drop=self.old))


def deletes_in_the_wrong_order(patch: Patch) -> None:
    """What is needed goes first."""

    def reversed_dependencies(self: DependencyGraph, state: ResourceState) -> list[ResourceState]:
        return [other for other in self.resources if state in dependencies(self, other)]

    dependencies = DependencyGraph.dependencies
    patch.setattr(DependencyGraph, "dependencies", reversed_dependencies)


def deletes_a_second_time(patch: Patch) -> None:
    """What an earlier run deleted before its replacement is deleted again when the program has it no more."""
    patch.setattr(deletions, "RemovePendingReplaceStep", lambda run, state, _: DeleteStep(run, state))


def creates_without_a_record(patch: Patch) -> None:
    """The pending operation is not on disk when the provider is called."""
    sync = Snapshot._sync

    def lazy(self: Snapshot, position: int) -> None:
        if not self.pending():
            sync(self, position)

    patch.setattr(Snapshot, "_sync", lazy)


def leaves_dependents(patch: Patch) -> None:
    """Delete before replace forgets what has to go with it."""
    patch.setattr(changes, "delete_dependents", lambda run, old, urn: [])


def deletes_what_is_protected(patch: Patch) -> None:
    apply = DeleteStep.apply

    def careless(self: DeleteStep) -> None:
        self._replacing = True
        apply(self)

    patch.setattr(DeleteStep, "apply", careless)


def replaces_what_is_protected(patch: Patch) -> None:
    patch.setattr(changes, "_check_replaceable", lambda case, old, diff: None)


def deletes_what_is_to_be_retained(patch: Patch) -> None:
    apply = DeleteStep.apply

    def careless(self: DeleteStep) -> None:
        self._state.retain_on_delete = False
        apply(self)

    patch.setattr(DeleteStep, "apply", careless)


def replaces_in_one_step(patch: Patch) -> None:
    """Create before delete forgets the old object."""

    def commit(self: CreateStep, operation: int | None) -> None:
        self.snapshot.commit(operation, put=self.new, drop=self.old)

    patch.setattr(CreateStep, "commit", commit)


def keeps_the_new_inputs_of_a_failed_update(patch: Patch) -> None:
    """So that the next up sees nothing to do."""

    def fail(self: steps.UpdateStep, operation: int | None) -> None:
        self._from.inputs = self._to.inputs
        self.snapshot.update(self._from)
        self.snapshot.fail(operation or 0)

    patch.setattr(steps.UpdateStep, "fail", fail)


def refreshes_without_noticing_what_is_gone(patch: Patch) -> None:
    patch.setattr(RefreshStep, "gone", property(lambda self: False))


def ignores_aliases(patch: Patch) -> None:
    from sandbox.engine.planning.aliases import Aliases

    patch.setattr(Aliases, "_former", lambda self, urn, goal: iter(()))


def ignores_ignore_changes(patch: Patch) -> None:
    from sandbox.engine.planning import cases

    for module in (cases, comparing, planner):
        patch.setattr(module, "with_ignored_changes", lambda inputs, *_: inputs)


def deletes_after_a_failure(patch: Patch) -> None:
    """What a failed program did not come to is taken for removed."""
    from sandbox.engine.program.running import ProgramRun

    until_done = ProgramRun.until_done

    def careless(self: ProgramRun, *args: Any) -> bool:
        done = until_done(self, *args)
        if not done and self._executor.stopped == "failed":
            self._executor._stop = None
            done = True
        return done

    patch.setattr(ProgramRun, "until_done", careless)


def forgets_interrupted_creates(patch: Patch) -> None:
    """A create that an earlier run did not end is dropped unseen."""
    resolve = pending.resolve

    def careless(run: Deployment) -> None:
        run.locate = None
        resolve(run)

    patch.setattr(pending, "resolve", careless)


def trusts_interrupted_deletes(patch: Patch) -> None:
    """What an earlier run was deleting is taken for deleted."""

    def look(run: Deployment, operation: Any) -> None:
        asked = operation.resource
        for state in run.base.resources:
            if state.urn == asked.urn and state.id == asked.id and operation.type == "deleting":
                state.pending_replacement = True
                run.snapshot.update(state)

    patch.setattr(pending, "_look", look)


def finds_only_the_present_provider(patch: Patch) -> None:
    """Found by this fuzzer: what a replaced provider managed could not be deleted any more."""

    def old_provider(self: Deployment, ref: str) -> ResourceState | None:
        found = self.olds.get(ref.rpartition("::")[0])
        return found if found and found.id == ref.rpartition("::")[2] else None

    patch.setattr(Deployment, "old_provider", old_provider)


def trusts_deleted_with(patch: Patch) -> None:
    """Found by this fuzzer: what is deleted with a retained resource was forgotten and stayed."""
    patch.setattr(deletions, "_goes_with_another", lambda run, old: old.deleted_with in run.decisions.deletes)


def keeps_the_order_of_completion(patch: Patch) -> None:
    """Found by this fuzzer: after a targeted run a resource could stand before what it needs."""
    from sandbox.engine.storage import ledger

    patch.setattr(ledger, "in_dependency_order", list)


def keeps_unknown_outputs(patch: Patch) -> None:
    """Found by this fuzzer: outputs of what had failed were kept as unknown values."""
    from sandbox.engine.execution import runner

    patch.setattr(runner, "_known", lambda outputs, former: outputs)


def creates_in_a_preview(patch: Patch) -> None:
    from sandbox.engine.providers.provider_client import ProviderClient

    create = ProviderClient.create
    patch.setattr(
        ProviderClient,
        "create",
        lambda self, urn, inputs, *, timeout, preview: create(self, urn, inputs, timeout=timeout, preview=False),
    )


def writes_secrets_in_clear(patch: Patch) -> None:
    """Only where they are in an object."""
    from sandbox.engine.storage.state_values import ValueCodec

    patch.setattr(ValueCodec, "_ciphertext", lambda *_: "x", raising=False)


def ignores_targets(patch: Patch) -> None:
    patch.setattr(Targets, "include", lambda self, state: True)


def shares_a_provider(patch: Patch) -> None:
    """A change of provider is never seen."""
    patch.setattr(changes, "_provider_changed", lambda case, old: False)


def keeps_what_was_adopted_and_replaced(patch: Patch) -> None:
    """Found by this fuzzer: what an interrupted run made and the program wants otherwise waited for the next run."""
    plan = deletions.plan_deletions

    def forgetful(run: Deployment) -> Any:
        run.adopted.clear()
        return plan(run)

    patch.setattr(runner, "plan_deletions", forgetful)


def refuses_outputs_of_what_was_skipped(patch: Patch) -> None:
    """Found by this fuzzer: a component that needs what failed ended the program, in spite of continue_on_error."""
    patch.setattr(Runner, "_failed_or_skipped", lambda self: {step.state.urn for step in self._executor.errored})


PLANTS = [
    forgets_to_drop,
    drops_too_much,
    deletes_in_the_wrong_order,
    deletes_a_second_time,
    creates_without_a_record,
    leaves_dependents,
    deletes_what_is_protected,
    replaces_what_is_protected,
    deletes_what_is_to_be_retained,
    replaces_in_one_step,
    keeps_the_new_inputs_of_a_failed_update,
    refreshes_without_noticing_what_is_gone,
    ignores_aliases,
    ignores_ignore_changes,
    deletes_after_a_failure,
    forgets_interrupted_creates,
    trusts_interrupted_deletes,
    finds_only_the_present_provider,
    trusts_deleted_with,
    keeps_the_order_of_completion,
    keeps_unknown_outputs,
    creates_in_a_preview,
    ignores_targets,
    shares_a_provider,
    keeps_what_was_adopted_and_replaced,
    refuses_outputs_of_what_was_skipped,
]


# A few are looked for in every run, all of them in the sweep.
QUICK = {forgets_to_drop, deletes_in_the_wrong_order, deletes_what_is_protected}


@pytest.mark.parametrize(
    "plant", [plant if plant in QUICK else pytest.param(plant, marks=pytest.mark.sweep) for plant in PLANTS]
)
def test_a_planted_bug_is_found(plant: Callable[[Patch], None], monkeypatch: Patch) -> None:
    """Lifecycles that a right engine passes are failed by one with the bug."""
    plant(monkeypatch)

    @settings(
        max_examples=400,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate],
    )
    @given(lifecycles())
    def run(lifecycle: Lifecycle) -> None:
        live(lifecycle)

    with pytest.raises(BaseException):  # noqa: B017 - a violation, or what the spoilt engine raises itself
        run()
