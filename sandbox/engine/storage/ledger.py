"""What happened in a run, applied to the state that the run began with: the one place that knows the order of states.

Both the live run (`snapshot`) and a replay (`journal`) feed their records through a `Ledger`, so they cannot differ.
"""

from dataclasses import dataclass, replace

from sandbox.engine.model.graph import in_dependency_order
from sandbox.engine.model.state import PendingOperation, ResourceState, StackState
from sandbox.engine.storage.renames import with_new_urns


@dataclass(frozen=True, slots=True)
class Begin:
    """Operation `op` (creating, updating, ...) on `resource` is about to start."""

    op: int
    kind: str
    resource: ResourceState


@dataclass(frozen=True, slots=True)
class Commit:
    """Operation `op` (None: there was no pending one) ended: state `put` is `resource` now, state `drop` left."""

    op: int | None
    put: int | None = None
    resource: ResourceState | None = None
    drop: int | None = None


@dataclass(frozen=True, slots=True)
class Fail:
    """Operation `op` ended and changed nothing."""

    op: int


Record = Begin | Commit | Fail


class Ledger:
    """States by number, in the order that a state file wants.

    The base's resources have the numbers from 0 on, new ones those after; so also for pending operations.
    """

    def __init__(self, base: StackState) -> None:
        self._base = base
        self._untouched = dict(enumerate(base.resources))
        self._completed: dict[int, ResourceState] = {}
        self._operations = dict(enumerate(base.pending_operations))

    @property
    def operations(self) -> dict[int, PendingOperation]:
        """The operations that have not ended, by number."""
        return dict(self._operations)

    def has(self, number: int) -> bool:
        """True if the state of this number is in the stack."""
        return number in self._completed or number in self._untouched

    def apply(self, record: Record) -> None:
        """Take one record in; ValueError if it speaks of an operation or a state that is not there."""
        if isinstance(record, Begin):
            if record.op in self._operations:
                raise ValueError(f"operation {record.op} was begun twice")
            self._operations[record.op] = PendingOperation(record.resource, record.kind)
            return
        if record.op is not None and record.op not in self._operations:
            raise ValueError(f"operation {record.op} is not pending")
        if isinstance(record, Commit):
            self._change(record)
        if record.op is not None:
            del self._operations[record.op]

    def _change(self, record: Commit) -> None:
        if record.drop is not None and not self.has(record.drop):
            raise ValueError(f"state {record.drop} is not there to be dropped")
        if record.put is not None and record.resource is not None:
            held = self._untouched if record.put in self._untouched else self._completed
            held[record.put] = record.resource
        if record.drop is not None:
            self._untouched.pop(record.drop, None)
            self._completed.pop(record.drop, None)

    def state(self) -> StackState:
        """Completed states in the order of their completion, then the untouched old ones; renamed URNs everywhere."""
        extra = {name: value for name, value in self._base.extra.items() if name != "manifest"}
        resources = [*self._completed.values(), *self._untouched.values()]
        operations = list(self._operations.values())
        state = with_new_urns(StackState(resources, operations, dict(self._base.metadata), extra))
        return replace(state, resources=in_dependency_order(state.resources))
