"""Azure Resource Manager for the types of the catalogue: GET, PUT and DELETE by ARM id over the store.

A write is one transaction (`writes`). What it sets in motion (real databases) runs after it is on disk; when that fails
the write is taken back. The time that Azure would take is noted with each operation, and waited for on a scale.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from . import admission, arm_ids, representation, writes
from .bodies import Body, merged
from .catalog import TYPES, located
from .effects import Applied, Effects
from .errors import ArmError, NotModelledError
from .fault_schedule import FaultSchedule, Operation
from .model import Record, ResourceType
from .pace import Pace
from .store import Store
from .transaction import Transaction


@dataclass(frozen=True)
class ResourceManager:
    """ARM over a store. Safe for threads; several processes may each have one over the same file."""

    store: Store
    effects: Effects = field(default_factory=Effects)
    pace: Pace = field(default_factory=Pace)
    faults: FaultSchedule | None = None

    def read(self, arm_id: str) -> Body | None:
        """What a GET answers, in the SDK's shape; None for what is not there. Raises NotModelledError for its type."""
        kind, _ = located(arm_id)
        self._fault_before(kind.token, "read", "Get", arm_id)
        return self.store.read(lambda tx: self._represented(kind, arm_id, tx))

    def children(self, arm_id: str, token: str = "") -> list[Body]:
        """What a list below this id answers: the resources directly in it, of one type when a token is given."""
        now = self.pace.clock()
        return self.store.read(
            lambda tx: [
                representation.represent(TYPES[found.token], found, tx, now) for found in tx.children(arm_id, token)
            ]
        )

    def create(self, arm_id: str, body: Body) -> Body:
        """Make a resource; the answer of a GET after it. Raises AlreadyExistsError when it is there."""
        return self._put(arm_id, body, "create")

    def update(self, arm_id: str, body: Body) -> Body:
        """PUT a resource that is thought to be there; like ARM's PUT it makes one that is not."""
        return self._put(arm_id, body, "update")

    def delete(self, arm_id: str) -> None:
        """DELETE a resource with what lies in it; one that is not there is deleted already."""
        kind, _ = located(arm_id)
        lost = self._fault_before(kind.token, "delete", "Delete", arm_id)
        leaving = self.store.read(lambda tx: writes.removal(arm_id, tx, self.pace.clock()))
        if leaving is not None:
            # A real server goes first: a kill in between leaves a resource whose delete can be asked for again.
            for record in leaving.tops:
                self.effects.removed(_applied(record))
            with self.store.transaction() as tx:
                ready_at = writes.remove(arm_id, tx, self.pace)
            self.pace.wait(ready_at)
        if lost is not None:
            raise lost

    def purge(self, arm_id: str) -> None:
        """Remove a soft-deleted resource for good. Raises ArmError when there is none or it is protected."""
        kind, _ = located(arm_id)
        with self.store.transaction() as tx:
            held = tx.buried("root", arm_ids.key(arm_id), self.pace.clock())
            own = next((found for found in held if arm_ids.key(found.record.arm_id) == arm_ids.key(arm_id)), None)
            if own is None or kind.soft_delete is None:
                raise ArmError(404, "DeletedVaultNotFound", f"Nothing soft-deleted was found for '{arm_id}'.")
            if kind.soft_delete.protected(own.record):
                raise ArmError(405, "MethodNotAllowed", f"Operation 'DeletedVaultPurge' is not allowed on '{arm_id}'.")
            tx.purge(arm_id)

    def change(self, arm_id: str, patch: Mapping[str, object]) -> None:
        """Change a live resource as another person would: merged into its body and outputs, no check is made."""
        with self.store.transaction() as tx:
            record = tx.find(arm_id)
            if record is None:
                raise admission.not_found(arm_id)
            known = representation.sdk_of(TYPES[record.token]).inputs.properties
            inputs = merged(record.inputs, {key: value for key, value in patch.items() if key in known})
            tx.put(replace(record, inputs=inputs, outputs=merged(record.outputs, patch)))

    def vanish(self, arm_id: str) -> None:
        """Remove a live resource and what lies in it as if it had never been: no check, no soft delete."""
        with self.store.transaction() as tx:
            for record in [*tx.under(arm_id), tx.find(arm_id)]:
                if record is not None:
                    tx.remove(record.arm_id)

    def reconcile(self, scopes: Iterable[str] = ("/subscriptions",)) -> None:
        """Bring what is real (databases) to what the store says; ask for it once at the start of a run.

        A run killed between a write and its effect is finished so, and servers run again after a reboot. scopes: ARM
        ids, of what is inside them; other runs may be at work on the rest at this moment.
        """
        inside = self.store.read(lambda tx: [record for scope in scopes for record in tx.under(scope)])
        self.effects.reconcile(map(_applied, inside))

    def _put(self, arm_id: str, body: Body, operation: Literal["create", "update"]) -> Body:
        kind, _ = located(arm_id)
        lost = self._fault_before(kind.token, operation, "Put", arm_id)
        with self.store.transaction() as tx:
            accepted = writes.put(kind, arm_id, body, tx, self.pace, new=operation == "create")
        self.pace.wait(accepted.record.ready_at)
        self._take_effect(accepted)
        if lost is not None:
            raise lost
        answer = self.store.read(lambda tx: self._represented(kind, arm_id, tx))
        if answer is None:
            raise admission.not_found(arm_id)  # another process has deleted it meanwhile
        return answer

    def _represented(self, kind: ResourceType, arm_id: str, tx: Transaction) -> Body | None:
        now = self.pace.clock()
        record = writes.live(kind, arm_id, tx, now)
        return None if record is None else representation.represent(kind, record, tx, now)

    def _take_effect(self, accepted: writes.Accepted) -> None:
        try:
            self.effects.applied(_applied(accepted.record))
        except Exception as error:
            with self.store.transaction() as tx:
                if accepted.before is None:
                    tx.remove(accepted.record.arm_id)
                else:
                    tx.put(accepted.before)
            if isinstance(error, ArmError | NotModelledError):
                raise
            raise ArmError(500, "InternalServerError", f"{accepted.record.arm_id}: {error}") from error

    def _fault_before(self, token: str, operation: Operation, method: str, arm_id: str) -> Exception | None:
        """Raise a fault that is due before the work; give back one that is due after it."""
        due = self.faults.due(token, operation) if self.faults else None
        if due is None:
            return None
        error = due.error(method, arm_id)
        if due.when == "before":
            raise error
        return error


def _applied(record: Record) -> Applied:
    return Applied(
        token=record.token,
        arm_id=arm_ids.key(record.arm_id),
        parent_id=record.parent,
        name=record.name,
        body=record.outputs,
        hidden=record.hidden,
    )
