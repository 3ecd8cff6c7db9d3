"""Who needs whom among the states of a stack, by their place in the list: what is needed stands before."""

from collections.abc import Collection, Iterable, Iterator

from sandbox.engine.model.state import ResourceState
from sandbox.engine.model.urn import is_provider_type, split_reference


def dependency_urns(state: ResourceState, *, parent: bool = True) -> Iterator[str]:
    """The URNs that a state names: its dependencies, what it goes with, its provider and its parent."""
    yield from state.dependencies
    for urns in state.property_dependencies.values():
        yield from urns or ()
    if state.deleted_with:
        yield state.deleted_with
    yield from state.replace_with
    if state.provider:
        yield split_reference(state.provider)[0]
    if parent and state.parent:
        yield state.parent


class DependencyGraph:
    """States in dependency order. A URN can have several states, so only what stands earlier can be meant."""

    def __init__(self, resources: Iterable[ResourceState]) -> None:
        self.resources = list(resources)
        self._index = {id(state): index for index, state in enumerate(self.resources)}
        self._by_urn: dict[str, list[int]] = {}
        self._children: dict[str, list[int]] = {}
        parents: dict[str, str] = {}
        for index, state in enumerate(self.resources):
            self._by_urn.setdefault(state.urn, []).append(index)
            parents[state.urn] = state.parent
            ancestor = state.parent
            seen: set[str] = set()
            while ancestor and ancestor not in seen:
                seen.add(ancestor)
                self._children.setdefault(ancestor, []).append(index)
                ancestor = parents.get(ancestor, "")

    def __contains__(self, state: ResourceState) -> bool:
        return id(state) in self._index

    def dependents(
        self, root: ResourceState, ignore: Collection[str] = (), *, children: bool = False
    ) -> list[ResourceState]:
        """Every state that needs `root`, directly or not, in list order; with `children`, its children too."""
        found = {root.urn}
        result: list[ResourceState] = []
        for state in self.resources[self._index[id(root)] + 1 :]:
            if state.urn not in ignore and not found.isdisjoint(dependency_urns(state, parent=children)):
                found.add(state.urn)
                result.append(state)
        return result

    def dependencies(self, state: ResourceState) -> list[ResourceState]:
        """What `state` needs directly. To need a component is to need its children that stand before.

        One that is not among these states stands behind them all.
        """
        place = self._index.get(id(state), len(self.resources))
        found: dict[int, None] = {}
        for urn in dependency_urns(state, parent=False):
            for index in self._by_urn.get(urn, ()):
                if index < place:
                    found[index] = None
                    if not self.resources[index].custom:
                        found.update((child, None) for child in self._children.get(urn, ()) if child < place)
        found.update((index, None) for index in self._by_urn.get(state.parent, ()) if index < place)
        return [self.resources[index] for index in found]

    def transitive_dependencies(self, state: ResourceState) -> list[ResourceState]:
        """Everything that `state` needs, directly or not."""
        found: dict[int, ResourceState] = {}
        frontier = [state]
        while frontier:
            for needed in self.dependencies(frontier.pop()):
                if id(needed) not in found:
                    found[id(needed)] = needed
                    frontier.append(needed)
        return list(found.values())


def in_dependency_order(resources: Iterable[ResourceState]) -> list[ResourceState]:
    """The states as they stand, but each with what it needs before it.

    They stand so already but after a targeted run that kept a resource as it was and then came to what that needed.
    """
    states = list(resources)
    live = {state.urn: state for state in states if not state.delete}
    # A replaced provider is meant by whoever was not brought to its successor yet.
    providers = {f"{state.urn}::{state.id}": state for state in states if is_provider_type(state.type)}
    ordered: list[ResourceState] = []
    placed: set[int] = set()
    there: set[str] = set()

    def place(state: ResourceState) -> None:
        if id(state) in placed:
            return
        placed.add(id(state))
        if state.provider in providers:
            place(providers[state.provider])
        for urn in dependency_urns(state):
            if urn not in there and urn in live:
                place(live[urn])
        ordered.append(state)
        there.add(state.urn)

    for state in states:
        place(state)
    return ordered
