"""Comparing a resource with its goal: ignoreChanges before, the provider's Diff, and what the engine adds to it."""

from copy import deepcopy

from sandbox.engine.execution.reporting import Reporter
from sandbox.engine.model.diffs import Diff, input_diff
from sandbox.engine.model.paths import reset
from sandbox.engine.model.property_paths import parse_path
from sandbox.engine.model.state import ResourceState
from sandbox.engine.model.values import PropertyMap
from sandbox.engine.providers.provider_protocol import Existing, Provider


def with_ignored_changes(
    inputs: PropertyMap, old: ResourceState, ignore_changes: list[str], reporter: Reporter
) -> PropertyMap:
    """`inputs` with every ignored property as it was. What cannot be put back is said, not done."""
    if not ignore_changes:
        return inputs
    result = deepcopy(inputs)
    left: list[str] = []
    for text in ignore_changes:
        path = parse_path(text)
        if path and not reset(path, deepcopy(old.inputs), result):
            left.append(text)
    if left:
        paths = ", ".join(left)
        reporter.message("info", f"cannot ignore changes in added or removed elements of the path: {paths!r}", old.urn)
    return result


def diff_resource(
    provider: Provider,
    old: ResourceState,
    inputs: PropertyMap,
    ignore_changes: list[str],
    reporter: Reporter,
    *,
    urn: str = "",
) -> Diff:
    """The difference between a resource and new inputs; the engine's own where the provider cannot tell.

    urn: its present URN, where that is another than in the old state.
    """
    diff = provider.diff(Existing.of(old, urn), inputs, ignore_changes)
    if diff.changes != "unknown":
        return diff
    found = input_diff(old.inputs, with_ignored_changes(inputs, old, ignore_changes, reporter))
    return Diff(found.changes, diff.replaces, found.changed, found.detailed, diff.delete_before_replace)
