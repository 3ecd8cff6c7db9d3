"""A PUT and a DELETE within one transaction: judged, then written, or nothing.

Which checks there are is in `admission`, what a delete takes along in `deletion`, what ARM then returns in
`representation`.
"""

from dataclasses import dataclass, replace

from . import admission, arm_ids, deletion
from .bodies import Body, at
from .catalog import TYPES, by_token, located
from .errors import AlreadyExistsError, ArmError
from .model import Record, ResourceType, Seconds, Serial, Write
from .pace import Pace
from .representation import kept_body, location_of, outputs, split_hidden
from .transaction import Deleted, Transaction

_DAY = 86400.0


@dataclass(frozen=True)
class Accepted:
    """A write that is on its way to the disk: the record, and what stood there before."""

    record: Record
    before: Record | None


def live(kind: ResourceType, arm_id: str, tx: Transaction, now: float) -> Record | None:
    """The resource, also one that comes with its parent; one that outlived its parent is unseen until that is back."""
    record = tx.find(arm_id)
    holder = tx.find(arm_ids.parent(arm_id)) if kind.preset is not None or kind.outlives_parent else None
    if record is not None:
        return None if kind.outlives_parent and holder is None else record
    body = kind.preset(arm_ids.name(arm_id), holder) if kind.preset is not None and holder is not None else None
    if body is None or holder is None:
        return None
    return _record(_write(kind, arm_id, body, None, tx, now=now), body, {}, holder.created_at, holder.ready_at)


def put(kind: ResourceType, arm_id: str, body: Body, tx: Transaction, pace: Pace, *, new: bool) -> Accepted:
    """Judge and write a PUT; with `new`, what is there already is refused."""
    now = pace.clock()
    before, old = tx.find(arm_id), live(kind, arm_id, tx, now)
    if new and old is not None and not kind.singleton:
        raise AlreadyExistsError(old.arm_id)
    body = kept_body(kind, body, old)
    draft = _write(kind, arm_id, body, old, tx, now=now)
    for serial in kind.serial:
        _not_busy(serial, arm_id, body, tx, now)
    recovered = _name_is_free(draft, tx)
    if recovered:
        draft = replace(draft, old=recovered[0].record)
    admission.admit(draft, tx)
    body, hidden = split_hidden(kind, body, draft.old)
    # Checks saw the whole body; what ARM never returns goes no further than `hidden`.
    write = replace(draft, body=body)
    seconds = _seconds(kind.durations.create if old is None else kind.durations.update, body)
    ready_at = pace.ready(now, seconds, serial=bool(kind.serial))
    record = _record(write, body, hidden, old.created_at if old else now, ready_at)
    tx.put(record)
    for deleted in recovered[1:]:
        tx.put(deleted.record)
    if recovered:
        tx.unbury(recovered[0].root)
    if old is None:
        _add_companions(write, tx, ready_at)
    if kind.after is not None:
        kind.after(record, tx)
    tx.begin_write(_scopes(kind, arm_id, body), now, ready_at)
    verb = "create" if old is None else "update"
    tx.log(token=kind.token, arm_id=arm_id, kind=verb, started_at=now, ready_at=ready_at, seconds=seconds)
    return Accepted(record, before)


def removal(arm_id: str, tx: Transaction, now: float) -> deletion.Removal | None:
    """What a DELETE would take along, None when there is nothing; raises what Azure answers when it may not be."""
    record = tx.find(arm_id)
    if record is None:
        return None
    for serial in TYPES[record.token].serial:
        _not_busy(serial, record.arm_id, record.inputs, tx, now)
    return deletion.plan(record, tx)


def remove(arm_id: str, tx: Transaction, pace: Pace) -> float:
    """Write a DELETE; gives the time at which it is done."""
    now = pace.clock()
    leaving = removal(arm_id, tx, now)
    if leaving is None:
        return now
    root, kind = leaving.root, TYPES[leaving.root.token]
    for record in leaving.records:
        soft = TYPES[record.token].soft_delete
        if soft is not None:
            inside = [inner for inner in leaving.records if inner.parent == arm_ids.key(record.arm_id)]
            tx.bury([record, *inside], record.arm_id, now, now + soft.days(record, tx) * _DAY)
    for record in leaving.records:
        tx.remove(record.arm_id)
        if (after := TYPES[record.token].after_delete) is not None:
            after(record, tx)
    seconds = sum(_seconds(TYPES[record.token].durations.delete, record.inputs) for record in leaving.tops)
    ready_at = pace.ready(now, seconds, serial=bool(kind.serial))
    tx.begin_write(_scopes(kind, root.arm_id, root.inputs), now, ready_at)
    tx.log(token=root.token, arm_id=root.arm_id, kind="delete", started_at=now, ready_at=ready_at, seconds=seconds)
    return ready_at


def _write(kind: ResourceType, arm_id: str, body: Body, old: Record | None, tx: Transaction, *, now: float) -> Write:
    _, parameters = located(arm_id)
    generation = tx.generation(arm_id) + (old is None)
    return Write(
        kind=kind,
        arm_id=arm_id,
        name=arm_ids.name(arm_id),
        parent=arm_ids.parent(arm_id),
        parameters=parameters,
        body=body,
        old=old,
        world=tx,
        now=now,
        seed=f"{arm_ids.key(arm_id)}/{generation}",
    )


def _record(write: Write, body: Body, hidden: Body, created_at: float, ready_at: float) -> Record:
    found = outputs(write)
    return Record(
        token=write.kind.token,
        arm_id=write.arm_id,
        parent=arm_ids.key(write.parent),
        name=write.name,
        subscription=arm_ids.subscription(write.arm_id).lower(),
        location=location_of(found.get("location") or ""),
        unique_key=write.kind.unique.key(write.name) if write.kind.unique else "",
        inputs=body,
        outputs=found,
        hidden=hidden,
        created_at=created_at,
        ready_at=ready_at,
    )


def _not_busy(serial: Serial, arm_id: str, body: Body, tx: Transaction, now: float) -> None:
    scope = serial.scope(arm_id, body)
    if scope and tx.in_flight(scope, now, exclusive_only=not serial.exclusive):
        text = serial.message.format(name=arm_ids.name(scope), scope=scope, id=arm_id)
        raise ArmError(serial.status, serial.code, text)


def _name_is_free(write: Write, tx: Transaction) -> list[Deleted]:
    """Raise when the name is taken, live or soft-deleted; what is to be recovered, the resource itself first."""
    unique, soft = write.kind.unique, write.kind.soft_delete
    unique_key, root = unique.key(write.name) if unique else "", arm_ids.key(write.arm_id)
    holder = tx.holder(unique_key)
    if unique and holder is not None and arm_ids.key(holder.arm_id) != root:
        raise ArmError(unique.status, unique.code, unique.message.format(name=write.name))
    if soft is None or write.old is not None:
        return []
    own = tx.buried("root", root, write.now)
    held = tx.buried("unique_key", unique_key, write.now) if unique_key else own
    wants = soft.recover_mode is not None and at(write.body, soft.recover_mode[0]) == soft.recover_mode[1]
    if wants and not own:
        raise ArmError(404, soft.recover_code, soft.recover_message.format(name=write.name))
    if own and (wants or soft.recreate == "recover"):
        return sorted(own, key=lambda deleted: arm_ids.key(deleted.record.arm_id) != root)
    if held and unique and not any(found.record.subscription == write.subscription.lower() for found in held):
        raise ArmError(unique.status, unique.code, unique.message.format(name=write.name))
    if held:
        raise ArmError(soft.status, soft.code, soft.message.format(name=write.name))
    return []


def _add_companions(write: Write, tx: Transaction, ready_at: float) -> None:
    for companion in write.kind.companions(write) if write.kind.companions else []:
        kind = by_token(companion.token)
        arm_id = arm_ids.fill(kind.path, companion.parameters, write.subscription)
        made = _write(kind, arm_id, companion.body, None, tx, now=write.now)
        tx.put(_record(made, companion.body, {}, write.now, ready_at))


def _seconds(given: Seconds, body: Body) -> float:
    return float(given(body)) if callable(given) else float(given)


def _scopes(kind: ResourceType, arm_id: str, body: Body) -> dict[str, bool]:
    return {scope: serial.exclusive for serial in kind.serial if (scope := serial.scope(arm_id, body))}
