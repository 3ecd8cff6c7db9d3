"""What a person wants to know after a run and no event tells: where databases answer, what was kept, time on Azure."""

import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from sandbox.azure import arm_ids
from sandbox.azure.catalog import TYPES
from sandbox.azure.postgres.records import LOOPBACK, Records
from sandbox.azure.store import Store
from sandbox.azure.transaction import Deleted, Transaction
from sandbox.engine.model.state import ResourceState, StackState


@dataclass(frozen=True, slots=True)
class Kept:
    """What a teardown left in the stand-in. type: token such as keyvault:Vault; until: ISO 8601 UTC or empty."""

    name: str
    type: str
    why: str
    until: str


@dataclass(frozen=True, slots=True)
class DatabaseServer:
    """A real PostgreSQL server: the name that Azure knows, and where it answers on this machine."""

    name: str
    host: str
    port: int


@dataclass(frozen=True, slots=True)
class Facts:
    """critical_path and sum: seconds that the run's operations would take on Azure, as the longest chain of operations
    that wait for each other, and one after another.
    """

    servers: tuple[DatabaseServer, ...]
    kept: tuple[Kept, ...]
    critical_path: float
    sum: float


def gather(store: Store, servers: Records, before: StackState, after: StackState, since: float) -> Facts:
    """The facts of a run that began at `since` (seconds since the epoch) and led from one state to another."""
    seconds: dict[str, float] = {}
    gates = _gates([*before.resources, *after.resources])
    own = _ids([*before.resources, *after.resources])
    for operation in store.operations(since):
        key = arm_ids.key(operation.arm_id)
        if _within(key, own):
            waiting = gates.get(key, key) if operation.kind == "start" else key
            seconds[waiting] = seconds.get(waiting, 0.0) + operation.azure_seconds
    return Facts(
        servers=tuple(DatabaseServer(server.name, LOOPBACK, server.port) for server in servers.all()),
        kept=tuple(store.read(lambda transaction: list(_kept(transaction, before, after, since)))),
        critical_path=max(longest_chain(state.resources, seconds) for state in (before, after)),
        sum=sum(seconds.values()),
    )


def longest_chain(resources: Iterable[ResourceState], seconds: Mapping[str, float]) -> float:
    """The most seconds that any chain of dependent resources adds up to; `seconds` by key of the ARM id.

    The resources stand in dependency order, as a state has them, so one pass is enough; a chain is as long read
    backwards, so it serves deletes too.
    """
    finished: dict[str, float] = {}
    for resource in resources:
        waits_for = {*resource.dependencies, resource.parent, resource.deleted_with}
        begins = max((finished.get(urn, 0.0) for urn in waits_for), default=0.0)
        ends = begins + seconds.get(arm_ids.key(resource.id), 0.0)
        finished[resource.urn] = max(ends, finished.get(resource.urn, 0.0))
    return max(finished.values(), default=0.0)


def _gates(resources: Iterable[ResourceState]) -> dict[str, str]:
    """Key of a job's id → key of the gate that waits for its execution (components/apps/database_gate.py)."""
    keepers = ((resource, resource.inputs.get("keepers") or {}) for resource in resources)
    return {arm_ids.key(str(kept["job_id"])): arm_ids.key(it.id) for it, kept in keepers if "job_id" in kept}


def _ids(resources: Iterable[ResourceState]) -> set[str]:
    return {arm_ids.key(resource.id) for resource in resources if resource.id.startswith("/subscriptions/")}


def _within(key: str, ids: set[str]) -> bool:
    """True for one of the ids and for what Azure makes inside or along with it."""
    return any(key[:end] in ids for end in _ends(key))


def _ends(key: str) -> Iterator[int]:
    yield len(key)
    yield from (index for index, character in enumerate(key) if character == "/" and index)


def _kept(transaction: Transaction, before: StackState, after: StackState, since: float) -> Iterator[Kept]:
    """What is no longer in the state and still somewhere in Azure.

    Soft-deleted: by this run, and once nothing of the deployment is up, all that was ever its own.
    """
    known, gone = _ids(after.resources), _ids(before.resources) - _ids(after.resources)
    groups = {arm_ids.resource_group(key) for key in _ids(before.resources)} - {""}
    for deleted in _soft_deleted(transaction):
        key = arm_ids.key(deleted.record.arm_id)
        if arm_ids.resource_group(key) in groups and (deleted.deleted_at >= since or not known):
            until = datetime.fromtimestamp(deleted.purge_at, UTC)
            why = f"soft-deleted, as Azure does, and purged on {until:%Y-%m-%d}"
            yield Kept(deleted.record.name, deleted.record.token, why, until.isoformat(timespec="seconds"))
    retained = {arm_ids.key(resource.id) for resource in before.resources if resource.retain_on_delete}
    for record in transaction.everything():
        key = arm_ids.key(record.arm_id)
        if _within(key, gone) and key not in known:
            why = "the program says to keep it on delete" if key in retained else "no state knows it: left over"
            yield Kept(record.name, record.token, why, "")


def _soft_deleted(transaction: Transaction) -> Iterator[Deleted]:
    """Every soft-deleted resource itself, without what lay or lies in it: that goes and comes back with it."""
    now = time.time()
    kinds = [kind for kind in TYPES.values() if kind.soft_delete is not None]
    found = [it for kind in kinds for it in transaction.buried("token", kind.token, now)]
    roots = {arm_ids.key(it.root) for it in found}
    for it in found:
        key = arm_ids.key(it.record.arm_id)
        if key == arm_ids.key(it.root) and not any(key[:end] in roots for end in _ends(key) if end < len(key)):
            yield it
