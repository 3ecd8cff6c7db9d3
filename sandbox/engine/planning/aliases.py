"""Finding the old state of a resource: by its URN, or by one of the URNs it had before.

https://www.pulumi.com/docs/iac/concepts/options/aliases/. A child of a renamed parent needs no alias of its own.
"""

from collections.abc import Iterator, Mapping

from sandbox.engine.model.errors import PlanError
from sandbox.engine.model.goals import AliasSpec, Goal
from sandbox.engine.model.state import ResourceState
from sandbox.engine.model.urn import STACK_TYPE, Urn, make_urn


class Aliases:
    """The renamings found in this run."""

    def __init__(self, stack: str, project: str) -> None:
        self._stack = stack
        self._project = project
        self._new_of: dict[str, str] = {}
        self._old_of: dict[str, str] = {}

    def current(self, urn: str) -> str:
        """The present URN of a resource that had this one in the old state."""
        return self._new_of.get(urn, urn)

    def find(
        self, urn: str, goal: Goal, olds: Mapping[str, ResourceState], seen: set[str]
    ) -> tuple[ResourceState | None, str]:
        """The old state of a resource and the former URN it was found by (empty: its own).

        Raises PlanError if two resources of the program claim one old state.
        """
        faults: list[str] = []
        if urn in self._new_of:
            faults.append(
                f"this URN is the former one of {self._new_of[urn]}, which was renamed by an alias; "
                f"give one of the two another name or take the alias out"
            )
        for candidate in (urn, *self._former(goal)):
            old = olds.get(candidate)
            if old is None:
                continue
            if candidate != urn:
                claimed = self._new_of.get(candidate) or (candidate if candidate in seen else "")
                if claimed:
                    faults.append(
                        f"the alias {candidate} is taken: {claimed} is that resource already; take the alias out"
                    )
            if faults:
                raise PlanError(urn, *faults)
            if candidate == urn:
                return old, ""
            self._new_of[candidate] = urn
            self._old_of[urn] = candidate
            return old, candidate
        if faults:
            raise PlanError(urn, *faults)
        return None, ""

    def _former(self, goal: Goal) -> Iterator[str]:
        own = [self._collapse(goal, alias) for alias in goal.aliases]
        yield from own
        parent_before = self._old_of.get(goal.parent)
        if parent_before is None:
            return
        yield self._inherited(goal.type, goal.name, goal.parent, parent_before)
        for alias in own:
            parsed = Urn.parse(alias)
            yield self._inherited(parsed.type, parsed.name, goal.parent, parent_before)

    def _collapse(self, goal: Goal, alias: AliasSpec) -> str:
        if alias.urn:
            return alias.urn
        parent = goal.parent if not alias.parent else self._old_of.get(alias.parent, alias.parent)
        if alias.no_parent or (parent and Urn.parse(parent).type == STACK_TYPE):
            parent = ""
        return make_urn(
            alias.stack or self._stack,
            alias.project or self._project,
            parent,
            alias.type or goal.type,
            alias.name or goal.name,
        )

    def _inherited(self, type_: str, name: str, parent: str, parent_before: str) -> str:
        """What a child was called under its parent's former name, which its own may begin with."""
        parent_name = Urn.parse(parent).name
        if name.startswith(parent_name):
            name = Urn.parse(parent_before).name + name[len(parent_name) :]
        return make_urn(self._stack, self._project, parent_before, type_, name)
