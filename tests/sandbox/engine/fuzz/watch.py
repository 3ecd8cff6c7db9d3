"""Sees every durable write of a run: holds the invariants against it, and keeps what is needed to be killed there.

The journal's own bytes are decoded again, so that what is checked is what a replay would find at this very moment.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from sandbox.engine.model.state import ResourceState, StackState
from sandbox.engine.model.urn import is_provider_type
from sandbox.engine.storage import backend
from sandbox.engine.storage.checkpoint import from_deployment
from sandbox.engine.storage.integrity import verify
from sandbox.engine.storage.journal import Journal
from sandbox.engine.storage.journal_format import frame, record_from
from sandbox.engine.storage.layout import Layout
from sandbox.engine.storage.ledger import Ledger
from sandbox.engine.storage.state_errors import IntegrityError
from tests.sandbox.engine.fuzz.cloud import Cloud, Live
from tests.sandbox.engine.fuzz.programs import CANARY, FIXTURES, PROJECT, STACK


@dataclass(frozen=True)
class Moment:
    """A place to be killed at: so much of the journal is written, so much of it is on disk, this exists."""

    written: int
    synced: int
    following: bytes
    """The record that was about to be written; empty if none."""
    live: Live


class Watch:
    """Of one run. As `Knowledge` it tells the cloud what the engine has durably said."""

    current: ClassVar["Watch | None"] = None
    """The one that the journals of this process report to."""

    def __init__(self, cloud: Cloud, root: Path) -> None:
        self.cloud = cloud
        self.layout = Layout(root, PROJECT)
        self.kept: frozenset[str] = frozenset()
        """URNs that the run's program has."""
        self.writes = 0
        self.last: dict[str, ResourceState] = {}
        """Id -> the state that had it last."""
        self.begin()

    def begin(self) -> None:
        """A run begins."""
        self.violations: list[str] = []
        self.moments: list[Moment] = []
        self.journal = bytearray()
        self.base: bytes | None = None
        self.locks: dict[Path, bytes] = {}
        self.state = StackState()
        self._ledger = Ledger(StackState())

    def remember(self, state: StackState) -> None:
        """Keep what was last known of each id."""
        self.last.update((each.id, each) for each in state.resources if each.id)

    # What the cloud asks.

    def states(self) -> Iterable[ResourceState]:
        return self.state.resources

    def pending(self, kind: str, urn: str) -> bool:
        return any(each.type == kind and each.resource.urn == urn for each in self.state.pending_operations)

    def keeps(self, urn: str) -> bool:
        return urn in self.kept

    # What the journal tells.

    def before(self, journal: Journal, content: Mapping[str, Any]) -> None:
        """A record is about to be written."""
        if "format" in content:
            self._start(journal)
        if self.base is not None:
            with self.cloud.lock:
                live = self.cloud.live.copy()
            self.moments.append(Moment(journal._length, journal._synced, frame(dict(content)), live))

    def after(self, journal: Journal, content: Mapping[str, Any]) -> None:
        """A record was written."""
        if self.base is None:
            return
        self.writes += 1
        data = frame(dict(content))
        self.journal += data
        if CANARY.encode() in data:
            self.violations.append(f"a secret in clear in the journal: {content}")
        with self.cloud.lock:
            if "format" not in content:
                record = record_from(json.loads(json.dumps(content)), journal._codec)
                if record is not None:
                    self._ledger.apply(record)
                self.state = self._ledger.state()
            self._look(content)
            if "begin" in content:
                # Begun, and the call not made yet.
                self.moments.append(Moment(len(self.journal), len(self.journal), b"", self.cloud.live.copy()))

    def _start(self, journal: Journal) -> None:
        file = self.layout.state(STACK)
        self.base = file.read_bytes()
        self.locks = {path: path.read_bytes() for path in self.layout.locks(STACK).glob("*.json")}
        deployment = json.loads(self.base)["checkpoint"]["latest"]
        self.state = from_deployment(deployment, journal._codec._secrets)  # pyright: ignore[reportPrivateUsage]
        self._ledger = Ledger(self.state)

    def _look(self, content: Mapping[str, Any]) -> None:
        try:
            verify(self.state)
        except IntegrityError as error:
            self.violations.append(f"after {summary(content)}: {error}")
        self.remember(self.state)
        for text in unaccounted(self.cloud, self.state, self.last):
            self.violations.append(f"after {summary(content)}: {text}")


def summary(content: Mapping[str, Any]) -> str:
    """A record in short."""
    resource = content.get("resource") or {}
    flags = [flag for flag in ("delete", "pendingReplacement") if resource.get(flag)]
    rest = {key: value for key, value in content.items() if key != "resource"}
    return f"{rest} {resource.get('urn', '')} {resource.get('id', '')} {flags or ''}".strip()


def unaccounted(cloud: Cloud, state: StackState, last: Mapping[str, ResourceState]) -> Iterable[str]:
    """Orphans and ghosts: what exists and no state knows, what a state knows and does not exist.

    last: id -> the state that last had it: what was to be retained, or to vanish with another, may be forgotten.
    """
    live = cloud.live
    known = {each.id for each in state.resources}
    making = {
        cloud.locate(each.resource.type, plain_name(each.resource))
        for each in state.pending_operations
        if each.type in ("creating", "importing")
    }
    for id_, there in live.objects.items():
        if id_ in known or id_ in making or id_ in live.lost or id_ in FIXTURES:
            continue
        before = last.get(id_)
        home = str(there.body.get("home", ""))
        if before is not None and (before.retain_on_delete or (before.deleted_with and home in live.objects)):
            continue
        yield f"orphan: {id_} exists and no state has it"
    deleting = {each.resource.id for each in state.pending_operations if each.type == "deleting"}
    for each in state.resources:
        if not each.custom or each.pending_replacement or is_provider_type(each.type):
            continue
        if each.id not in live.objects and each.id not in live.missing and each.id not in deleting:
            yield f"ghost: {each.urn} is in the state as {each.id}, which does not exist"


def plain_name(resource: ResourceState) -> Mapping[str, Any]:
    """The inputs as `locate` takes them."""
    return {"name": resource.inputs.get("name")}


class WatchedJournal(Journal):
    """A journal that reports to the present watch."""

    def _write(self, content: dict[str, Any]) -> int:
        watch = Watch.current
        if watch is None:
            return super()._write(content)
        watch.before(self, content)
        position = super()._write(content)
        watch.after(self, content)
        return position


def install(patch: Any) -> None:
    """Let every journal that a backend makes be a watched one. patch: `setattr(target, name, value)`."""
    patch(backend, "Journal", WatchedJournal)
