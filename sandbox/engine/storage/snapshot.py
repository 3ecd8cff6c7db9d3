"""The state of a stack while a run changes it: what was done, what is pending, each durable before the run goes on."""

import threading

from sandbox.engine.model.state import PendingOperation, ResourceState, StackState
from sandbox.engine.storage.journal import Journal
from sandbox.engine.storage.ledger import Begin, Commit, Fail, Ledger, Record
from sandbox.engine.storage.outcome import Outcome


class Snapshot:
    """Thread-safe record of a run. A state is known by identity, not by URN: one URN may have several states.

    base: the state that the run begins with; its objects are the ones to hand to `drop`, `put` and `update`.
    journal: where records are kept; None keeps them in memory only (a preview, a test).
    outcome: what the history will say of this run; set it before the stack is closed.
    """

    def __init__(self, base: StackState, journal: Journal | None = None) -> None:
        self._ledger = Ledger(base)
        self._journal = journal
        self._lock = threading.Lock()
        # The objects are kept beside their numbers: an id() is only good while its object lives.
        self._numbers = {id(resource): (number, resource) for number, resource in enumerate(base.resources)}
        self._next_state = len(base.resources)
        self._next_operation = len(base.pending_operations)
        self.outcome = Outcome()

    def begin(self, kind: str, resource: ResourceState) -> int:
        """Note that an operation (creating, updating, deleting, reading, importing) is about to start.

        Durable before it returns, so that no object can be made that state knows nothing of. Raises StateError, and
        the operation must then not be started, if the journal cannot be written.
        """
        with self._lock:
            op = self._next_operation
            record = Begin(op, kind, resource)
            position = self._append(record)
            self._next_operation += 1
            self._ledger.apply(record)
        self._sync(position)
        return op

    def commit(self, op: int | None, put: ResourceState | None = None, drop: ResourceState | None = None) -> None:
        """Note that operation `op` succeeded.

        put: joins the completed states; if it is held already it is rewritten where it stands. drop: leaves the stack.
        op None: nothing was pending (an unchanged resource, a component); then the record is not forced to disk by
        itself, because a run that loses it does the same again.
        The change holds in memory even if the journal cannot be written (StateError): it has happened.
        """
        with self._lock:
            record = Commit(
                op,
                put=None if put is None else self._number(put),
                resource=put,
                drop=None if drop is None else self._held(drop),
            )
            self._ledger.apply(record)
            position = self._append(record)
        if op is not None:
            self._sync(position)

    def fail(self, op: int) -> None:
        """Note that operation `op` ended and changed nothing."""
        with self._lock:
            record = Fail(op)
            self._ledger.apply(record)
            position = self._append(record)
        self._sync(position)

    def update(self, resource: ResourceState) -> None:
        """Note that a held state was changed in place (outputs, the delete flag, ...). Durable before it returns."""
        with self._lock:
            record = Commit(None, put=self._held(resource), resource=resource)
            self._ledger.apply(record)
            position = self._append(record)
        self._sync(position)

    def pending(self) -> dict[int, PendingOperation]:
        """The operations that have not ended, an earlier run's too; `commit` or `fail` ends one by its number."""
        with self._lock:
            return self._ledger.operations

    def state(self) -> StackState:
        """Completed states in completion order, then the untouched old ones, and the pending operations."""
        with self._lock:
            return self._ledger.state()

    def _held(self, resource: ResourceState) -> int:
        number, _ = self._numbers.get(id(resource), (-1, resource))
        if not self._ledger.has(number):
            raise ValueError(f"this state of {resource.urn} is not in the stack")
        return number

    def _number(self, resource: ResourceState) -> int:
        number, _ = self._numbers.setdefault(id(resource), (self._next_state, resource))
        if number == self._next_state:
            self._next_state += 1
        return number

    def _append(self, record: Record) -> int:
        return self._journal.append(record) if self._journal else 0

    def _sync(self, position: int) -> None:
        if self._journal:
            self._journal.sync(position)
