"""Choosing between nothing, an update and a replacement, for a resource that is there."""

from collections.abc import Sequence

from sandbox.engine.execution.deletions import DeleteStep
from sandbox.engine.execution.steps import CreateReplacementStep, ReplaceStep, SameStep, Step, UpdateStep
from sandbox.engine.model.diffs import Diff, apply_replace_on_changes, plain, property_changes, same
from sandbox.engine.model.errors import EngineError, PlanError, describe
from sandbox.engine.model.goals import Registered
from sandbox.engine.model.state import ResourceState
from sandbox.engine.model.urn import split_reference
from sandbox.engine.model.values import has_unknowns
from sandbox.engine.planning.adoption import adopt
from sandbox.engine.planning.cases import Case, Planned
from sandbox.engine.planning.comparing import diff_resource
from sandbox.engine.planning.replacements import delete_dependents
from sandbox.engine.providers.provider_protocol import DiffUnavailableError


def plan_change(case: Case, old: ResourceState, before: Sequence[Step]) -> Planned:
    """The steps that bring `old` to its goal, after the steps `before`.

    Raises EngineError if what the goal asks for is not possible.
    """
    run, new, goal = case.run, case.new, case.goal
    if not run.preview and has_unknowns(new.replacement_trigger):
        raise PlanError(case.urn, "its replacement trigger is not known even in an update")
    triggered = _triggers(old.replacement_trigger, new.replacement_trigger)
    diff = Diff("some", replaces=["replacementTrigger"]) if triggered else _diff(case, old)
    try:
        diff = apply_replace_on_changes(diff, goal.replace_on_changes, init_errors=bool(old.init_errors))
    except ValueError as error:
        raise PlanError(case.urn, f"replaceOnChanges: {error}") from error
    if old.pending_replacement or (diff.changes == "some" and diff.replace):
        return _replace(case, old, diff, before)
    if diff.changes == "some" or old.init_errors:
        run.decisions.updates.add(case.urn)
        changes = property_changes(diff, old.inputs, old.outputs, new.inputs)
        return Planned([*before, UpdateStep(run, old, new, goal.ignore_changes, changes)], Registered(new))
    if case.imported:
        return Planned(before, Registered(old))
    run.decisions.sames.add(case.urn)
    return Planned([*before, SameStep(run, old, new)], Registered(new))


def _triggers(old: object, new: object) -> bool:
    """True if a replacement trigger asks for a replacement: both are set, and they differ or are not known."""
    if has_unknowns(old) or has_unknowns(new):
        return True
    return old is not None and new is not None and not same(plain(old), plain(new))


def _diff(case: Case, old: ResourceState) -> Diff:
    """What changed: first what the engine knows to replace a resource, then what its provider says."""
    run, new = case.run, case.new
    replaced = run.decisions.replaces
    reasons = {
        "id": case.replace_asked,
        "replaceWith": any(urn in replaced for urn in new.replace_with),
        "deletedWith": new.deleted_with in replaced,
    }
    reason = next((name for name, holds in reasons.items() if holds), "")
    if not reason and _provider_changed(case, old):
        reason = "provider"
    if reason:
        return Diff("some", replaces=[reason])
    if case.provider is None:
        return Diff("none") if same(old.inputs, new.inputs) else Diff("some")
    try:
        return diff_resource(case.provider, old, new.inputs, case.goal.ignore_changes, run.reporter, urn=case.urn)
    except DiffUnavailableError as unavailable:
        run.reporter.warn(str(unavailable), case.urn)
        return Diff("some")


def _provider_changed(case: Case, old: ResourceState) -> bool:
    """True if another provider manages the resource now, and it says that it cannot go on with the old one's."""
    run, new = case.run, case.new
    if old.provider == new.provider:
        return False
    if not old.provider or not new.provider:
        return True
    old_urn, new_urn = split_reference(old.provider)[0], split_reference(new.provider)[0]
    if run.aliases.current(old_urn) == new_urn and old_urn != new_urn:
        return False
    before, now = run.old_provider(old.provider), run.decisions.providers.get(new_urn)
    if before is None or now is None:
        raise EngineError(f"the provider of {describe(case.urn)} changed from {old_urn} to {new_urn}, which is unknown")
    return run.providers.compare(new.provider, before, now).replace


def _replace(case: Case, old: ResourceState, diff: Diff, before: Sequence[Step]) -> Planned:
    run, new, goal = case.run, case.new, case.goal
    _check_replaceable(case, old, diff)
    run.decisions.replaces.add(case.urn)
    adopted = adopt(case)
    if adopted is not None:
        return adopted
    if case.provider is not None and not case.replace_asked:
        new.inputs = case.checked(None)
    changes = property_changes(diff, old.inputs, old.outputs, new.inputs)
    first = goal.delete_before_replace if goal.delete_before_replace is not None else diff.delete_before_replace
    replace = ReplaceStep(run, old, new, changes)
    if not first:
        # An old one that is gone already is not deleted again: its state goes when the new one is there.
        make = CreateReplacementStep(run, new, old, changes, pending_delete=not old.pending_replacement)
        return Planned([*before, make, replace], Registered(new))
    chain = delete_dependents(run, old, case.urn)
    if not old.pending_replacement:
        run.decisions.deletes.add(old.urn)
        run.decisions.deleted_states.add(id(old))
        chain.append(DeleteStep(run, old, replacing=True, keep_until_replaced=True))
    return Planned([*before, *chain, replace, CreateReplacementStep(run, new, old, changes)], Registered(new))


def _check_replaceable(case: Case, old: ResourceState, diff: Diff) -> None:
    if case.new.protect and old.protect:
        raise PlanError(
            case.urn,
            "unable to replace a protected resource. To replace it, take the `protect` flag from it in the program "
            "and run up",
        )
    if case.goal.import_id:
        message = (
            "an imported resource that still has its `import` option may not be replaced; "
            f"take the option out of the program (replaced because of: {', '.join(diff.replaces) or 'its diff'})"
        )
        if not case.run.preview:
            raise PlanError(case.urn, message)
        case.run.reporter.warn(message, case.urn)
