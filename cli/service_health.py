"""The health of the services of a sandbox: each revision's, and the parts of `/health` one by one.

Which parts those are, and what of them a sandbox can know, is in sandbox/azure/app_health.py.
"""

from collections.abc import Sequence
from contextlib import closing

from lifecycle.ports import Health
from sandbox.azure.app_health import parts_of
from sandbox.azure.catalog import TYPES
from sandbox.azure.postgres.fleet import PostgresFleet
from sandbox.azure.representation import with_live
from sandbox.azure.store import Store
from sandbox.azure.transaction import Transaction
from sandbox.home import SandboxHome


def health_of(home: SandboxHome, apps: Sequence[str]) -> list[Health]:
    """Of each container app, by ARM id."""
    fleet = PostgresFleet(home.root)
    with closing(Store(home.azure_store)) as store:
        return store.read(lambda transaction: [_health(it, transaction, fleet) for it in apps])


def _health(app_id: str, transaction: Transaction, fleet: PostgresFleet) -> Health:
    app = transaction.find(app_id)
    if app is None:
        return Health(service=app_id.rpartition("/")[2], healthy=False, detail="it is gone")
    shown = with_live(TYPES[app.token], app, transaction)
    latest, ready, status = (
        shown.get(key) for key in ("latestRevisionName", "latestReadyRevisionName", "runningStatus")
    )
    flaws = [] if latest == ready else [f"revision {latest} is not ready ({ready} is)"]
    flaws += [] if status == "Running" else [f"it is {status}"]
    parts = parts_of(app, transaction, fleet.status)
    flaws += [f"{part.name}: {part.flaw}" for part in parts if part.flaw]
    return Health(
        service=app.name, healthy=not flaws, detail="; ".join(flaws), parts=tuple(part.name for part in parts)
    )
