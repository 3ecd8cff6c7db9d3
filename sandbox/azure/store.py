"""The store of the stand-in: one SQLite file for all stacks and processes of a sandbox.

What was acknowledged survives `kill -9` and a power cut: write-ahead log, synchronous to the disk at each commit
(https://sqlite.org/wal.html). Writers take turns; a reader waits for no other process. The file is readable by its
owner alone, since it holds what a cloud holds (vault secrets, administrator passwords).
"""

import secrets
import sqlite3
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from cidr import Fault, FaultsError

from . import metering
from .transaction import Operation, Transaction

SCHEMA_VERSION = 2
_BEFORE_THE_METER = 1
_APPLICATION_ID = 0x43464152  # "CFAR": tells this file from any other SQLite database
_BUSY_MILLISECONDS = 60_000
_SCHEMA = """
CREATE TABLE settings (kind TEXT NOT NULL, name TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (kind, name)) STRICT;
CREATE TABLE subscriptions (id TEXT PRIMARY KEY, tenant TEXT NOT NULL, name TEXT NOT NULL) STRICT;
CREATE TABLE resources (
    key TEXT PRIMARY KEY, token TEXT NOT NULL, arm_id TEXT NOT NULL, parent TEXT NOT NULL, name TEXT NOT NULL,
    subscription TEXT NOT NULL, location TEXT NOT NULL, unique_key TEXT NOT NULL, inputs TEXT NOT NULL,
    outputs TEXT NOT NULL, hidden TEXT NOT NULL, created_at REAL NOT NULL, ready_at REAL NOT NULL
) STRICT;
CREATE INDEX resources_by_parent ON resources (parent);
CREATE INDEX resources_by_token ON resources (token);
CREATE UNIQUE INDEX resources_by_unique_key ON resources (unique_key) WHERE unique_key <> '';
CREATE TABLE refs (
    source TEXT NOT NULL, path TEXT NOT NULL, target TEXT NOT NULL, UNIQUE (source, path, target)
) STRICT;
CREATE INDEX refs_by_target ON refs (target);
CREATE TABLE deleted (
    key TEXT PRIMARY KEY, token TEXT NOT NULL, arm_id TEXT NOT NULL, parent TEXT NOT NULL, name TEXT NOT NULL,
    subscription TEXT NOT NULL, location TEXT NOT NULL, unique_key TEXT NOT NULL, inputs TEXT NOT NULL,
    outputs TEXT NOT NULL, hidden TEXT NOT NULL, created_at REAL NOT NULL, ready_at REAL NOT NULL,
    root TEXT NOT NULL, deleted_at REAL NOT NULL, purge_at REAL NOT NULL
) STRICT;
CREATE INDEX deleted_by_unique_key ON deleted (unique_key);
CREATE INDEX deleted_by_root ON deleted (root);
CREATE TABLE writes (scope TEXT NOT NULL, exclusive INTEGER NOT NULL, ready_at REAL NOT NULL) STRICT;
CREATE INDEX writes_by_scope ON writes (scope);
CREATE TABLE operations (
    sequence INTEGER PRIMARY KEY, token TEXT NOT NULL, arm_id TEXT NOT NULL, kind TEXT NOT NULL,
    started_at REAL NOT NULL, ready_at REAL NOT NULL, azure_seconds REAL NOT NULL
) STRICT;
CREATE INDEX operations_by_id ON operations (lower(arm_id)) WHERE kind = 'create';
CREATE TABLE calls (fault TEXT PRIMARY KEY, seen INTEGER NOT NULL) STRICT;
"""

T = TypeVar("T")


class Store:
    """The store in one file; shared by the threads of a process and by processes."""

    def __init__(self, path: Path, *, seed: str | None = None) -> None:
        """Open the file at `path`, or make it (with its folder).

        seed: what a new store draws Azure's random values from; None takes a random one. An existing store keeps its
        own. Raises FaultsError for a file that is damaged, of another program or of another version.
        """
        self.path = path
        self._lock = threading.RLock()
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        with self._explained():
            self._sql = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
            self._prepare(seed or secrets.token_hex(16))

    def close(self) -> None:
        """Close the file; the store cannot be used after."""
        with self._lock:
            self._sql.close()

    @contextmanager
    def transaction(self) -> Generator[Transaction]:
        """A writing transaction: all of it is on disk when the block ends, nothing of it when the block raises."""
        with self._lock, self._explained():
            self._sql.execute("BEGIN IMMEDIATE")
            try:
                yield Transaction(self._sql)
                self._sql.execute("COMMIT")
            except BaseException:
                if self._sql.in_transaction:
                    self._sql.execute("ROLLBACK")
                raise

    def read(self, ask: Callable[[Transaction], T]) -> T:
        """What `ask` reads, from one consistent state of the store."""
        with self._lock, self._explained():
            self._sql.execute("BEGIN")
            try:
                return ask(Transaction(self._sql))
            finally:
                if self._sql.in_transaction:
                    self._sql.execute("ROLLBACK")

    def add_subscription(self, subscription: str, tenant: str, name: str = "sandbox") -> None:
        """Add a subscription (both ids are GUIDs) or change its tenant and name."""
        with self.transaction() as tx:
            tx.add_subscription(subscription, tenant, name)

    def set(self, kind: str, name: str, value: str) -> None:
        """Set a fact of this sandbox.

        kinds: "image" (name: a reference that the upstream registry has), "image-missing" (name: one that it has not,
        `catalog.images`), "image-unhealthy" (name: one whose revisions do not get healthy, value: failed or starting,
        `catalog.container_revisions`), "endpoint-approval" (name: the id of a private endpoint or of its
        target, value: Approved, Pending or Rejected, `catalog.private_link`), "quota" (name: `token/region`, value: a
        number), "unregistered" (name: `subscription/namespace`, lower case).
        """
        with self.transaction() as tx:
            tx.set(kind, name, value)

    def unset(self, kind: str, name: str) -> None:
        """Remove a fact of this sandbox; kinds as for `set`."""
        with self.transaction() as tx:
            tx.unset(kind, name)

    def operations(self, since: float = 0.0) -> list[Operation]:
        """Accepted writes that started at `since` (seconds since the epoch) or later, with their time on Azure."""
        return self.read(lambda tx: tx.operations(since))

    def metered(self) -> list[metering.Metered]:
        """What stood for how long, in order; prices are the caller's."""
        return self.read(lambda tx: tx.metered())

    def _prepare(self, seed: str) -> None:
        execute = self._sql.execute
        execute(f"PRAGMA busy_timeout = {_BUSY_MILLISECONDS}")
        # The version is read and made under one write lock: two processes may open a new store at the same time.
        execute("BEGIN IMMEDIATE")
        application, version = (self._pragma(name) for name in ("application_id", "user_version"))
        if version == 0 and application == 0 and not execute("SELECT 1 FROM sqlite_master").fetchone():
            for statement in (*_SCHEMA.split(";"), *metering.SCHEMA):
                execute(statement)
            execute(f"PRAGMA application_id = {_APPLICATION_ID}")
            execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
            Transaction(self._sql).set("store", "seed", seed)
            version, application = SCHEMA_VERSION, _APPLICATION_ID
        if version == _BEFORE_THE_METER and application == _APPLICATION_ID:
            for statement in metering.TAKE_UP:
                execute(statement)
            execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
            version = SCHEMA_VERSION
        execute("COMMIT")
        if application != _APPLICATION_ID:
            raise self._fault("is no store of this sandbox", "a file made by the sandbox", "give another --home")
        if version != SCHEMA_VERSION:
            raise self._fault(
                f"has schema version {version}",
                f"schema version {SCHEMA_VERSION}",
                "use the release that made it, or `./cfctl down` with that release and start a new --home",
            )
        execute("PRAGMA journal_mode = WAL")
        execute("PRAGMA synchronous = FULL")
        execute("PRAGMA foreign_keys = ON")

    def _pragma(self, name: str) -> Any:
        return self._sql.execute(f"PRAGMA {name}").fetchone()[0]

    @contextmanager
    def _explained(self) -> Generator[None]:
        """Turn what SQLite says of the file into an error that a user can act on."""
        try:
            yield
        except sqlite3.OperationalError as error:
            code = getattr(error, "sqlite_errorcode", None)
            if code == sqlite3.SQLITE_FULL:
                raise self._fault("cannot grow: the disk is full", "free space", "free some and run again") from error
            if code in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN):
                raise self._fault(f"cannot be written ({error})", "a writable folder", "give another --home") from error
            if code == sqlite3.SQLITE_BUSY:
                raise self._fault(
                    "is held by another process", "one writer at a time", "wait for the other run, then try again"
                ) from error
            raise
        except sqlite3.DatabaseError as error:
            if isinstance(error, sqlite3.IntegrityError | sqlite3.ProgrammingError):
                raise
            raise self._fault(
                f"is damaged ({error})",
                "an intact store",
                "put a copy back, or move the file away and run again: the next `up` starts with an empty cloud",
            ) from error

    def _fault(self, what: str, allowed: str, next_step: str) -> FaultsError:
        return FaultsError([Fault(where=str(self.path), what=what, allowed=allowed, next_step=next_step)])
