"""Deleting before replacing: who must go with a resource that is deleted before its replacement is made.

A dependent goes too if it would itself be replaced when what it needs of that resource changes; its provider's Diff,
asked with unknowns in the place of those properties, says so.
"""

from collections.abc import Collection
from dataclasses import dataclass

from sandbox.engine.execution.deletions import DeleteStep
from sandbox.engine.execution.deployment import Deployment
from sandbox.engine.execution.steps import Step, provider_of
from sandbox.engine.model.diffs import apply_replace_on_changes
from sandbox.engine.model.errors import EngineError, PlanError, describe
from sandbox.engine.model.state import ResourceState
from sandbox.engine.model.urn import is_provider_type, split_reference
from sandbox.engine.model.values import UNKNOWN
from sandbox.engine.planning.comparing import diff_resource


@dataclass(frozen=True, slots=True)
class Dependent:
    """A resource that is to be deleted together with another, and the properties (or options) that tie it."""

    state: ResourceState
    keys: list[str]


def delete_dependents(deployment: Deployment, root: ResourceState, urn: str) -> list[Step]:
    """The steps that delete what must go before `root` goes, dependents first; marks them as deleted.

    Raises PlanError if one of them is protected.
    """
    decisions = deployment.decisions
    dependents = _condemned(deployment, root)
    steps: list[Step] = []
    for dependent in reversed(dependents):
        state = dependent.state
        if id(state) in decisions.deleted_states:
            continue
        if state.protect and not state.delete:
            raise PlanError(
                urn,
                f"unable to replace {describe(urn)}: {describe(state.urn)} must be replaced with it, and is protected; "
                f"remove the protect flag from it in the program and run up first",
            )
        decisions.dependent_replace_keys[state.urn] = dependent.keys
        decisions.deletes.add(state.urn)
        decisions.deleted_states.add(id(state))
        if state.pending_replacement:
            # Deleted by an earlier run already: there is nothing to delete a second time.
            continue
        steps.append(DeleteStep(deployment, state, replacing=not state.delete, keep_until_replaced=not state.delete))
    return steps


def _condemned(deployment: Deployment, root: ResourceState) -> list[Dependent]:
    """Everything that goes with `root`, in dependency order: dependents, and what says that it goes with another."""
    found: dict[int, Dependent] = {}
    roots = [root]
    registered = _registered(deployment)
    while roots:
        source = roots.pop()
        group = [source.urn]
        for dependent in _dependent_replacements(deployment, source, registered):
            found.setdefault(id(dependent.state), dependent)
            group.append(dependent.state.urn)
        for state in deployment.graph.resources:
            goes = ["deletedWith"] if state.deleted_with in group else []
            goes += [] if set(group).isdisjoint(state.replace_with) else ["replaceWith"]
            if goes and state is not root and id(state) not in found and state.urn not in registered:
                found[id(state)] = Dependent(state, goes)
                roots.append(state)
    return [found[id(state)] for state in deployment.graph.resources if id(state) in found]


def _registered(deployment: Deployment) -> set[str]:
    """Old URNs of what was registered already: it cannot depend on a resource that has not been, old edges aside."""
    decisions = deployment.decisions
    return {
        state.urn
        for state in deployment.graph.resources
        if decisions.planned(deployment.aliases.current(state.urn)) or state.urn in decisions.deletes
    }


def _dependent_replacements(
    deployment: Deployment, root: ResourceState, registered: Collection[str]
) -> list[Dependent]:
    """What would have to be replaced if `root` were, in dependency order."""
    if root not in deployment.graph:
        return []
    found: list[Dependent] = []
    replaced = {root.urn}
    for state in deployment.graph.dependents(root, registered):
        keys = _replaced_by(deployment, state, replaced)
        if keys is not None:
            found.append(Dependent(state, keys))
            replaced.add(state.urn)
    return found


def _replaced_by(deployment: Deployment, state: ResourceState, replaced: Collection[str]) -> list[str] | None:
    """The properties by which the replacement of others replaces this one; None if it does not."""
    if not state.custom or state.external:
        return None
    if state.provider and split_reference(state.provider)[0] in replaced:
        deployment.providers.require(state.provider)
        return ["provider"]
    if state.deleted_with in replaced:
        return ["deletedWith"]
    tied = {
        key
        for key, urns in state.property_dependencies.items()
        if key in state.inputs and set(urns or ()) & set(replaced)
    }
    if not tied:
        return None
    if is_provider_type(state.type):
        deployment.providers.load(state)
    inputs = {key: UNKNOWN if key in tied else value for key, value in state.inputs.items()}
    try:
        diff = diff_resource(provider_of(deployment, state), state, inputs, state.ignore_changes, deployment.reporter)
        diff = apply_replace_on_changes(diff, state.replace_on_changes, init_errors=False)
    except ValueError as error:
        raise EngineError(f"{describe(state.urn)}: {error}") from error
    return diff.replaces if diff.replace else None
