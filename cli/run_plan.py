"""What a command does to which deployments, and who waits for whom: the rest may go side by side."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Self

from cidr import DeploymentName
from sandbox.deployers import Operation
from stacks import needs_of


@dataclass(frozen=True, slots=True)
class RunPlan:
    """names: in the order in which they are begun where they can be, and told. after: those that a name waits for.

    beside: those that a name needs and is begun with all the same: its program waits for each thing of theirs.
    """

    operation: Operation
    names: tuple[str, ...]
    after: Mapping[str, frozenset[str]]
    beside: Mapping[str, frozenset[str]] = field(default_factory=dict[str, frozenset[str]])

    @classmethod
    def of(
        cls, operation: Operation, names: Sequence[DeploymentName | str], coming: Collection[DeploymentName] = ()
    ) -> Self:
        """Up: each after what it needs, its global and earlier peers. Down: the other way. Nothing else waits.

        coming: globals of which nothing stands yet, so that a regional may wait for their parts instead of their end.
        """
        needed = {name: needs_of(name) if isinstance(name, DeploymentName) else () for name in names}
        after: dict[str, frozenset[str]] = {}
        beside: dict[str, frozenset[str]] = {}
        for name in names:
            if operation == "up":
                others = [other for other in names if other in needed[name] and other not in coming]
                if found := [other for other in names if other in needed[name] and other in coming]:
                    beside[str(name)] = frozenset(map(str, found))
            elif operation == "destroy":
                others = [other for other in names if name in needed[other]]
            else:
                others = []
            after[str(name)] = frozenset(map(str, others))
        return cls(operation, tuple(map(str, names)), after, beside)

    @property
    def command(self) -> str:
        """The operation as `cfctl` calls it."""
        return "down" if self.operation == "destroy" else self.operation

    @property
    def is_chain(self) -> bool:
        """True where each waits for the one before it, so that nothing can go side by side."""
        return all(before in self.after[name] for before, name in pairwise(self.names))
