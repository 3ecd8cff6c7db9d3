# ruff: noqa: S608 - the parts put together are constants of this module
"""One transaction on the store: the reads that checks ask for and the writes that a change consists of."""

import hashlib
import json
import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from . import arm_ids, metering
from .bodies import Body, strings
from .model import Record, Referrer

_COLUMNS = (
    "token, arm_id, parent, name, subscription, location, unique_key, inputs, outputs, hidden, created_at, ready_at"
)
_PLACES = "?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?"


@dataclass(frozen=True, kw_only=True)
class Operation:
    """A write that ARM accepted; azure_seconds: what Azure would have taken; times in seconds since the epoch."""

    sequence: int
    token: str
    arm_id: str
    kind: str
    started_at: float
    ready_at: float
    azure_seconds: float


@dataclass(frozen=True, kw_only=True)
class Deleted:
    """A soft-deleted resource and what lay in it; `root` is the key of the one that was deleted."""

    record: Record
    root: str
    deleted_at: float
    purge_at: float


def _record(row: tuple[Any, ...]) -> Record:
    token, arm_id, parent, name, subscription, location, unique_key, inputs, outputs, hidden, created, ready = row
    return Record(
        token=token,
        arm_id=arm_id,
        parent=parent,
        name=name,
        subscription=subscription,
        location=location,
        unique_key=unique_key,
        inputs=json.loads(inputs),
        outputs=json.loads(outputs),
        hidden=json.loads(hidden),
        created_at=created,
        ready_at=ready,
    )


def _row(record: Record) -> tuple[Any, ...]:
    bodies = (json.dumps(body, separators=(",", ":")) for body in (record.inputs, record.outputs, record.hidden))
    return (
        arm_ids.key(record.arm_id),
        record.token,
        record.arm_id,
        record.parent,
        record.name,
        record.subscription,
        record.location,
        record.unique_key,
        *bodies,
        record.created_at,
        record.ready_at,
    )


class Transaction:
    """Reads and writes of one transaction; nothing of it is kept unless the whole succeeds."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._sql = connection

    # What checks ask (model.World) -------------------------------------------------------------------------------

    def find(self, arm_id: str) -> Record | None:
        """The live resource with this id."""
        found = self._records("WHERE key = ?", arm_ids.key(arm_id))
        return found[0] if found else None

    def children(self, parent: str, token: str = "") -> list[Record]:
        """Resources whose parent this is, in the order of their creation; of one type when a token is given."""
        if token:
            return self._records("WHERE parent = ? AND token = ? ORDER BY rowid", arm_ids.key(parent), token)
        return self._records("WHERE parent = ? ORDER BY rowid", arm_ids.key(parent))

    def under(self, arm_id: str) -> list[Record]:
        """Everything inside this id, at any depth, in the order of creation."""
        prefix = arm_ids.key(arm_id) + "/"
        return self._records("WHERE key >= ? AND key < ? ORDER BY rowid", prefix, prefix[:-1] + "0")

    def of_type(self, token: str) -> list[Record]:
        """Every resource of a type, in all subscriptions."""
        return self._records("WHERE token = ? ORDER BY rowid", token)

    def everything(self) -> list[Record]:
        """Every live resource, in the order of creation (parents before children)."""
        return self._records("ORDER BY rowid")

    def referrers(self, arm_id: str) -> list[Referrer]:
        """The resources that hold this id in their bodies."""
        rows = self._sql.execute(
            "SELECT source, path FROM refs WHERE target = ? ORDER BY rowid", (arm_ids.key(arm_id),)
        )
        found = [(self.find(source), path) for source, path in rows.fetchall()]
        return [Referrer(record, path) for record, path in found if record is not None]

    def setting(self, kind: str, name: str) -> str | None:
        """One fact of this sandbox: an image known upstream, a quota, a namespace that is not registered."""
        row = self._sql.execute("SELECT value FROM settings WHERE kind = ? AND name = ?", (kind, name)).fetchone()
        return None if row is None else row[0]

    def tenant(self, subscription: str) -> str:
        """The tenant of a subscription, "" when there is no such subscription."""
        row = self._sql.execute("SELECT tenant FROM subscriptions WHERE id = ?", (subscription.lower(),)).fetchone()
        return "" if row is None else row[0]

    def digest(self, *parts: str) -> bytes:
        """32 bytes that depend on this store and the parts alone: where Azure draws a random value."""
        return hashlib.sha256("\0".join([self.setting("store", "seed") or "", *parts]).encode()).digest()

    # What a change consists of -----------------------------------------------------------------------------------

    def put(self, record: Record) -> None:
        """Write a resource and the ids that its body holds."""
        key = arm_ids.key(record.arm_id)
        self._sql.execute(
            f"INSERT INTO resources (key, {_COLUMNS}) VALUES ({_PLACES}) ON CONFLICT (key) DO UPDATE SET "
            "location = excluded.location, unique_key = excluded.unique_key, inputs = excluded.inputs, "
            "outputs = excluded.outputs, hidden = excluded.hidden, ready_at = excluded.ready_at",
            _row(record),
        )
        self._sql.execute("DELETE FROM refs WHERE source = ?", (key,))
        self._sql.executemany(
            "INSERT OR IGNORE INTO refs (source, path, target) VALUES (?, ?, ?)",
            [(key, path, target) for path, target in references(record.inputs)],
        )

    def remove(self, arm_id: str) -> None:
        """Remove a resource; what lies in it stays."""
        self._sql.execute("DELETE FROM resources WHERE key = ?", (arm_ids.key(arm_id),))
        self._sql.execute("DELETE FROM refs WHERE source = ?", (arm_ids.key(arm_id),))

    def holder(self, unique_key: str) -> Record | None:
        """The live resource that has a name which exists once in the world."""
        found = self._records("WHERE unique_key = ?", unique_key) if unique_key else []
        return found[0] if found else None

    def bury(self, records: Iterable[Record], root: str, now: float, purge_at: float) -> None:
        """Keep removed resources as soft-deleted until `purge_at`; those whose time has come go for good."""
        self._sql.execute("DELETE FROM deleted WHERE purge_at <= ?", (now,))
        self._sql.executemany(
            f"INSERT OR REPLACE INTO deleted (key, {_COLUMNS}, root, deleted_at, purge_at) VALUES ({_PLACES}, ?, ?, ?)",
            [(*_row(record), arm_ids.key(root), now, purge_at) for record in records],
        )

    def buried(self, where: str, value: str, now: float) -> list[Deleted]:
        """Soft-deleted resources by `root` (a key), `unique_key` or `token`, without those whose time has come."""
        if where not in ("root", "unique_key", "token"):
            raise ValueError(where)
        rows = self._sql.execute(
            f"SELECT {_COLUMNS}, root, deleted_at, purge_at FROM deleted WHERE {where} = ? AND purge_at > ? "
            "ORDER BY rowid",
            (value, now),
        )
        return [
            Deleted(record=_record(row[:-3]), root=row[-3], deleted_at=row[-2], purge_at=row[-1])
            for row in rows.fetchall()
        ]

    def unbury(self, root: str) -> None:
        """Forget a soft-deleted resource and what went with it: the caller recovers it."""
        self._sql.execute("DELETE FROM deleted WHERE root = ?", (arm_ids.key(root),))

    def purge(self, root: str) -> None:
        """Forget a soft-deleted resource with all below it, also what was soft-deleted for itself before."""
        key = arm_ids.key(root)
        self._sql.execute(
            "DELETE FROM deleted WHERE root = ? OR substr(root, 1, ?) = ?", (key, len(key) + 1, f"{key}/")
        )

    def in_flight(self, scope: str, now: float, *, exclusive_only: bool) -> bool:
        """True while a write on this scope is under way (of any kind, or only one that excludes all others)."""
        row = self._sql.execute(
            "SELECT 1 FROM writes WHERE scope = ? AND ready_at > ? AND exclusive >= ? LIMIT 1",
            (arm_ids.key(scope), now, int(exclusive_only)),
        ).fetchone()
        return row is not None

    def begin_write(self, scopes: Mapping[str, bool], now: float, ready_at: float) -> None:
        """Mark scopes as busy until `ready_at`; the value says whether the write excludes all others."""
        self._sql.execute("DELETE FROM writes WHERE ready_at <= ?", (now,))
        self._sql.executemany(
            "INSERT INTO writes (scope, exclusive, ready_at) VALUES (?, ?, ?)",
            [(arm_ids.key(scope), int(exclusive), ready_at) for scope, exclusive in scopes.items()],
        )

    def log(self, *, token: str, arm_id: str, kind: str, started_at: float, ready_at: float, seconds: float) -> None:
        """Note an accepted write and the time it takes on Azure."""
        self._sql.execute(
            "INSERT INTO operations (token, arm_id, kind, started_at, ready_at, azure_seconds) VALUES (?, ?, ?, ?, "
            "?, ?)",
            (token, arm_id, kind, started_at, ready_at, seconds),
        )

    def operations(self, since: float = 0.0) -> list[Operation]:
        """Accepted writes that started at `since` or later, in order."""
        rows = self._sql.execute(
            "SELECT sequence, token, arm_id, kind, started_at, ready_at, azure_seconds FROM operations "
            "WHERE started_at >= ? ORDER BY sequence",
            (since,),
        )
        names = ("sequence", "token", "arm_id", "kind", "started_at", "ready_at", "azure_seconds")
        return [Operation(**dict(zip(names, row, strict=True))) for row in rows.fetchall()]

    def metered(self) -> list[metering.Metered]:
        """What stood for how long, in order."""
        return metering.rows(self._sql)

    def mark_stopped(self, arm_id: str, *, stopped: bool) -> None:
        """Note that a resource stops or starts now, so that the meter knows it."""
        metering.mark(self._sql, arm_ids.key(arm_id), stopped=stopped)

    def generation(self, arm_id: str) -> int:
        """How often a resource with this id has been created."""
        row = self._sql.execute(
            "SELECT count(*) FROM operations WHERE kind = 'create' AND lower(arm_id) = ?", (arm_ids.key(arm_id),)
        ).fetchone()
        return int(row[0])

    def set(self, kind: str, name: str, value: str) -> None:
        """Set one fact of this sandbox."""
        self._sql.execute("INSERT OR REPLACE INTO settings (kind, name, value) VALUES (?, ?, ?)", (kind, name, value))

    def all_settings(self, kind: str) -> dict[str, str]:
        """Every fact of one kind, by name."""
        return dict(
            self._sql.execute("SELECT name, value FROM settings WHERE kind = ? ORDER BY name", (kind,)).fetchall()
        )

    def unset(self, kind: str, name: str) -> None:
        """Remove one fact of this sandbox."""
        self._sql.execute("DELETE FROM settings WHERE kind = ? AND name = ?", (kind, name))

    def count_call(self, fault: str) -> int:
        """Count one call that a scheduled fault looks at; the number of this call, from 1."""
        row = self._sql.execute(
            "INSERT INTO calls (fault, seen) VALUES (?, 1) ON CONFLICT (fault) DO UPDATE SET seen = seen + 1 "
            "RETURNING seen",
            (fault,),
        ).fetchone()
        return int(row[0])

    def add_subscription(self, subscription: str, tenant: str, name: str) -> None:
        """Add a subscription, or change its tenant and name."""
        self._sql.execute(
            "INSERT OR REPLACE INTO subscriptions (id, tenant, name) VALUES (?, ?, ?)",
            (subscription.lower(), tenant.lower(), name),
        )

    def subscriptions(self) -> dict[str, str]:
        """Subscription ids with their tenants."""
        return dict(self._sql.execute("SELECT id, tenant FROM subscriptions ORDER BY id").fetchall())

    def _records(self, where: str, *values: str) -> list[Record]:
        rows = self._sql.execute(f"SELECT {_COLUMNS} FROM resources {where}", values)
        return [_record(row) for row in rows.fetchall()]


def references(body: Body) -> list[tuple[str, str]]:
    """The ARM ids in a body, as keys, with the dotted path of each; the deeper of nested ids only."""
    return [(path, arm_ids.key(text)) for path, text in strings(body) if text.lower().startswith("/subscriptions/")]
