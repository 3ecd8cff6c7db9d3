"""What ARM does with a container app that runs: stop and start it, show its revisions, activate and deactivate them.

https://learn.microsoft.com/rest/api/resource-manager/containerapps/container-apps/stop and
https://learn.microsoft.com/rest/api/resource-manager/containerapps/container-apps-revisions
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

from . import arm_ids
from .bodies import Body
from .catalog import container_revisions as revisions
from .errors import ArmError
from .model import Record
from .store import Store
from .transaction import Transaction

RunningStatus = Literal["Running", "Stopped"]


@dataclass(frozen=True)
class RunningApps:
    """The container apps of a store, by ARM id. Raises ArmError for an app or a revision that is not there."""

    store: Store
    clock: Callable[[], float] = time.time

    def set_status(self, app_id: str, status: RunningStatus) -> None:
        """Stop or start it; nothing happens when it is so already."""
        self._change(app_id, lambda record: replace(record, outputs={**record.outputs, "runningStatus": status}))
        with self.store.transaction() as transaction:
            transaction.mark_stopped(app_id, stopped=status == "Stopped")

    def revisions(self, app_id: str) -> list[Body]:
        """All of its revisions that are kept, the oldest first, as ARM shows them."""

        def read(transaction: Transaction) -> list[Body]:
            record = _found(app_id, transaction)
            return [revisions.shown(record, it, transaction) for it in revisions.made_of(record)]

        return self.store.read(read)

    def revision(self, app_id: str, name: str) -> Body:
        """One of them."""

        def read(transaction: Transaction) -> Body:
            record = _found(app_id, transaction)
            return revisions.shown(record, revisions.found(record, name), transaction)

        return self.store.read(read)

    def activate(self, app_id: str, name: str, *, active: bool) -> None:
        """Have a revision run, or run no longer; its part of the traffic stays as it is."""
        now = self.clock()
        self._change(app_id, lambda record: revisions.activated(record, name, active=active, now=now))

    def _change(self, app_id: str, change: Callable[[Record], Record]) -> None:
        with self.store.transaction() as transaction:
            transaction.put(change(_found(app_id, transaction)))


def _found(app_id: str, transaction: Transaction) -> Record:
    record = transaction.find(app_id)
    if record is None:
        message = f"The Resource 'Microsoft.App/containerApps/{arm_ids.name(app_id)}' was not found."
        raise ArmError(404, "ResourceNotFound", message)
    return record
