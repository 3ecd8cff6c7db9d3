"""Lives one lifecycle: a stack in a backend, an engine, a cloud; every run is judged when it has ended."""

import json
import os
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, Final
from unittest import mock

from sandbox.engine.execution.deployment import RunOptions
from sandbox.engine.model.events import DiagnosticEvent, Event, ResOpFailedEvent, ResourcePreEvent, ResOutputsEvent
from sandbox.engine.model.state import StackState
from sandbox.engine.model.urn import is_provider_type
from sandbox.engine.model.values import UNKNOWN_STRING, unwrap
from sandbox.engine.operations import Engine, RunResult
from sandbox.engine.program.process import Project
from sandbox.engine.storage import backend as backend_module
from sandbox.engine.storage import journal as journal_module
from sandbox.engine.storage.backend import FileBackend
from sandbox.engine.storage.checkpoint import to_deployment
from tests.sandbox.engine.fuzz import model
from tests.sandbox.engine.fuzz.author import Author
from tests.sandbox.engine.fuzz.cloud import Cloud, FuzzProvider
from tests.sandbox.engine.fuzz.histories import Action, Lifecycle
from tests.sandbox.engine.fuzz.programs import CANARY, FIXTURES, PROJECT, ROOT, STACK, Program, edited
from tests.sandbox.engine.fuzz.watch import Moment, Watch, WatchedJournal, unaccounted
from tests.sandbox.engine.states import open_secrets


class BrokenInvariantError(AssertionError):
    """The engine did what it must never do."""


_MEMORY: Final = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None  # noqa: S108 - a directory of its own there
COUNTS: Counter[str] = Counter()
"""Lifecycles, runs, kills and durable writes so far."""


@contextmanager
def fast_disk() -> Iterator[None]:
    """No fsync: a kill is played by the watch, the disk itself is the storage tests' matter."""
    with (
        mock.patch.object(os, "fsync", return_value=None),
        mock.patch.object(journal_module, "_force", return_value=None),
        mock.patch.object(backend_module, "Journal", WatchedJournal),
    ):
        yield


@contextmanager
def switching(interval: float) -> Iterator[None]:
    """Threads are switched so often."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(interval)
    try:
        yield
    finally:
        sys.setswitchinterval(before)


def live(lifecycle: Lifecycle) -> None:
    """Live it, from the first run to the last; BrokenInvariantError says what went wrong, after which runs."""
    # Threads that are switched often meet each other in more places.
    interval = 1e-5 if lifecycle.threads > 1 else sys.getswitchinterval()
    with tempfile.TemporaryDirectory(prefix="fuzz-", dir=_MEMORY) as directory, fast_disk(), switching(interval):
        world = World(Path(directory), lifecycle)
        try:
            world.up(Action("up"))
            for action in lifecycle.actions:
                world.act(action)
            world.settle()
        finally:
            Watch.current = None
    COUNTS["lifecycles"] += 1


class World:
    """The stack of a lifecycle and all around it."""

    def __init__(self, directory: Path, lifecycle: Lifecycle) -> None:
        self.program = lifecycle.program
        self.threads = lifecycle.threads
        self.directory = directory
        self.cloud = Cloud()
        self.watch = Watch.current = Watch(self.cloud, directory)
        self.provider = FuzzProvider(
            self.cloud,
            self.watch,
            accept_secrets=lifecycle.accept_secrets,
            supports_preview=lifecycle.supports_preview,
        )
        self.events: list[Event] = []
        self.backend = FileBackend(directory, PROJECT, open_secrets)
        project = Project(PROJECT, directory, directory, sys.executable)
        self.engine = Engine(self.backend, project, {"fuzz": self.provider}, self.events.append, self.cloud.locate)
        self.trace: list[str] = []
        self._seen: dict[str, tuple[int, int]] = {}

    def fail(self, faults: list[str]) -> None:
        """Raise what was found, with the story so far."""
        if faults:
            story = "".join(f"\n  {line}" for line in self.trace)
            raise BrokenInvariantError("; ".join(dict.fromkeys(faults)) + f"\nafter:{story}")

    def state(self) -> StackState:
        return self.backend.load(STACK) if self.backend.exists(STACK) else StackState()

    # Actions

    def act(self, action: Action) -> None:
        """One action of a history."""
        self._drift(action)
        if action.kind == "roundtrip":
            self.roundtrip()
        elif action.kind == "refresh":
            self.refresh(action)
        elif action.kind == "destroy":
            self.destroy(action)
        else:
            program = self.program
            for edit in action.edits:
                program = edited(program, edit)
            if action.kind == "preview":
                self.preview(action, program)
                return
            self.program = program
            self.up(action)

    def up(self, action: Action) -> RunResult:
        """An up, foretold by a preview where the action says so."""
        before, missing = self.state(), self.cloud.live.missing
        foretold = self.preview(action, self.program) if action.previewed else None
        asked = self._urns(() if action.replace is None else (action.replace,), before)
        options = replace(self._options(action, before), replace=asked)
        author = Author(self.program, self.threads, action.crash)
        self.watch.kept = frozenset(self.program.urns().values()).union(*(i.former for i in self.program.items))
        result = self._run(action, before, lambda: self.engine.up(STACK, options, program=author), self.program)
        after = self.state()
        refreshed = action.refresh or bool(before.pending_operations)
        if result.result == "succeeded" and not action.targets:
            faults = [*model.mismatches(self.program, before, after, self.cloud, refreshed=refreshed)]
            faults += model.surprises(self.program, before, after, frozenset(asked), missing)
            self.fail(faults)
        if (
            foretold is not None
            and result.result == foretold[0].result == "succeeded"
            and not before.pending_operations
        ):
            self._compare(foretold, self._ops())
        self._maybe_kill(action)
        return result

    def preview(self, action: Action, program: Program) -> "tuple[RunResult, Counter[tuple[str, str]], set[str]]":
        """A preview, which changes nothing."""
        before = self.state()
        files, there = self._files(), self.cloud.live
        asked = self._urns(() if action.replace is None else (action.replace,), before)
        options = replace(self._options(action, before), replace=asked)
        author = Author(program, self.threads, action.crash)
        quiet = replace(action, faults=tuple(f for f in action.faults if f.operation in ("check", "diff", "read")))
        result = self._run(
            quiet, before, lambda: self.engine.preview(STACK, options, program=author), program, dry=True
        )
        faults = []
        if self.cloud.calls or self.cloud.live != there:
            faults.append(f"the preview changed something outside: {self.cloud.calls}")
        if self._files() != files:
            faults.append("the preview changed a file")
        self.fail(faults)
        return result, self._ops(), {program.urns()[name] for name in author.unknown}

    def refresh(self, action: Action) -> RunResult:
        """A refresh; afterwards state and cloud agree."""
        before = self.state()
        options = self._options(action, before)
        result = self._run(action, before, lambda: self.engine.refresh(STACK, options), self.program)
        if result.result == "succeeded" and not action.targets:
            with self.cloud.lock:
                self.cloud.change(missing=frozenset(), drifted=frozenset())
            after = self.state()
            faults = list(unaccounted(self.cloud, after, self.watch.last))
            for state in after.resources:
                there = self.cloud.live.objects.get(state.id) if not state.pending_replacement else None
                if there is not None and unwrap(state.outputs) != {**there.body, "serial": there.serial}:
                    faults.append(f"after the refresh {state.urn} has {unwrap(state.outputs)}, but {there} exists")
            self.fail(faults)
        self._maybe_kill(action)
        return result

    def destroy(self, action: Action) -> RunResult:
        """A destroy; if it succeeds nothing is left but what is kept on purpose."""
        before = self.state()
        options = self._options(action, before)
        self.watch.kept = frozenset()
        result = self._run(action, before, lambda: self.engine.destroy(STACK, options), None)
        after = self.state()
        if result.result == "succeeded" and not action.targets and after.resources:
            self.fail([f"the destroy left {[state.urn for state in after.resources]} in the state"])
        self._maybe_kill(action)
        return result

    def roundtrip(self) -> None:
        """Export and import are each other's inverse."""
        if not self.backend.exists(STACK) or self.state().pending_operations:
            return
        self.trace.append("roundtrip")
        document = self.backend.export(STACK)
        self.backend.import_(STACK, json.loads(json.dumps(document)))
        if self.backend.export(STACK) != document:
            self.fail(["an import of an export is another state"])

    def settle(self) -> None:
        """With nothing going wrong any more one up reaches the program, the next does nothing, a destroy ends all."""
        calm = Action("up")
        if self.cloud.live.missing or self.cloud.live.drifted:
            self._must(self.refresh(Action("refresh")), "refresh")
        self._unprotect()
        for id_ in self._entrusted(self.state()):
            self.cloud.remove(id_)
        self._must(self.up(calm), "up")
        before, files = self.state(), self.backend.export(STACK)
        self._must(self.up(calm), "second up")
        self._nothing_done("second up", before, files)
        self._must(self.preview(calm, self.program)[0], "preview")
        self._nothing_done("preview", before, files)
        self._must(self.refresh(Action("refresh")), "refresh")
        self._nothing_done("refresh", before, files)
        protected = any(state.protect for state in self.state().resources)
        result = self.destroy(Action("destroy"))
        if protected:
            if result.result == "succeeded":
                self.fail(["a destroy of what is protected succeeded"])
            self._unprotect()
            result = self.destroy(Action("destroy"))
        self._must(result, "destroy")
        left = self.cloud.live.objects.keys() - set(FIXTURES) - self.cloud.live.lost
        orphans = [id_ for id_ in left if not self._forgotten(id_)]
        self.fail([f"the destroy left {id_}" for id_ in orphans])

    def _forgotten(self, id_: str) -> bool:
        last = self.watch.last.get(id_)
        return last is not None and last.retain_on_delete

    def _must(self, result: RunResult, what: str) -> None:
        if result.result != "succeeded":
            self.fail([f"with nothing in its way the {what} {result.result}: {result.errors}"])

    def _nothing_done(self, what: str, before: StackState, export: Any) -> None:
        done = {op for (_, op), count in self._ops().items() if count} - {"same", "refresh", "read"}
        faults = [f"the {what} did {self._ops()}"] if done else []
        if self.cloud.calls:
            faults.append(f"the {what} called {self.cloud.calls}")
        old, new = _essence(export), _essence(self.backend.export(STACK))
        if new != old:
            faults.append(f"the {what} changed the state: {_first_difference(old, new)}")
        self.fail(faults)

    def _entrusted(self, state: StackState) -> frozenset[str]:
        """What exists and was forgotten because another object was to take it along, which then was not deleted."""
        known = {each.id for each in state.resources}
        return frozenset(
            id_
            for id_ in self.cloud.live.objects
            if id_ not in known and (last := self.watch.last.get(id_)) is not None and last.deleted_with
        )

    def _unprotect(self) -> None:
        """As `pulumi state unprotect` does for all."""
        self.watch.begin()
        with self.backend.open(STACK, "state unprotect") as snapshot:
            for state in snapshot.state().resources:
                if state.protect:
                    state.protect = False
                    snapshot.update(state)
        self.watch.begin()

    # Running and judging

    def _options(self, action: Action, before: StackState) -> RunOptions:
        return RunOptions(
            parallel=self.threads,
            targets=self._urns(action.targets, before),
            target_dependents=action.target_dependents,
            refresh=action.refresh,
            continue_on_error=action.go_on,
        )

    def _urns(self, ats: tuple[int, ...], before: StackState) -> tuple[str, ...]:
        known = [*self.program.urns().values()] + [state.urn for state in before.resources]
        known = [urn for urn in dict.fromkeys(known) if urn != ROOT and "pulumi:providers" not in urn]
        return tuple(dict.fromkeys(known[at % len(known)] for at in ats)) if known else ()

    def _run(
        self,
        action: Action,
        before: StackState,
        run: Callable[[], RunResult],
        program: Program | None,
        *,
        dry: bool = False,
    ) -> RunResult:
        cloud, watch = self.cloud, self.watch
        watch.begin()
        watch.state = before
        missing, entrusted = cloud.live.missing, self._entrusted(before)
        cloud.calls.clear()
        cloud.fired.clear()
        cloud.conflicts.clear()
        cloud.faults = {(fault.operation, fault.nth): fault.mode for fault in action.faults}
        cloud.served.clear()
        self._plan_cancel(None if dry else action)
        self.events.clear()
        try:
            result = run()
        except Exception as error:
            self.trace.append(_told(action, dry=dry))
            self.fail([f"{type(error).__name__}: {error}", *watch.violations[:1]])
            raise
        COUNTS["runs"] += 1
        COUNTS.update(event.metadata.op for event in self.events if isinstance(event, ResOutputsEvent))
        COUNTS.update(f"{operation} failed" for operation in cloud.fired)
        COUNTS[result.result] += 1
        COUNTS["writes"] += watch.writes
        watch.writes = 0
        self.trace.append(
            f"{_told(action, dry=dry)}: {result.result} {result.changes} {list(result.errors)} {cloud.calls}"
        )
        faults = [*watch.violations, *cloud.complaints]
        cloud.complaints.clear()
        circumstances = model.Circumstances(
            cloud,
            before,
            program or Program(),
            crash=action.crash is not None,
            targeted=bool(action.targets) or action.replace is not None,
            missing=missing | cloud.live.missing,
            entrusted=entrusted,
        )
        faults += [f"unexplained: {error}" for error in model.unexplained(result.errors, circumstances)]
        faults += self._contradictions(result, action)
        after = self.state()
        watch.remember(after)
        if not dry:
            faults += self._judge_state(result, action, before, after, program)
        faults += self._leaks()
        self.fail(faults)
        return result

    def _plan_cancel(self, action: Action | None) -> None:
        self.provider.before = None
        cancel = action.cancel if action else None
        if cancel is None:
            return
        calls = 0

        def before(operation: str, name: str) -> None:
            nonlocal calls
            if calls == cancel.call:
                self.engine.cancel()
                if cancel.twice:
                    self.engine.cancel()
            calls += 1

        self.provider.before = before

    def _contradictions(self, result: RunResult, action: Action) -> Iterator[str]:
        """Between the result, its errors and its events."""
        if (result.result == "failed") != bool(result.errors) and result.result != "canceled":
            yield f"the run {result.result} with the errors {result.errors}"
        if result.result == "canceled" and action.cancel is None:
            yield "the run was cancelled by nobody"
        begun = Counter(event.metadata.urn for event in self.events if isinstance(event, ResourcePreEvent))
        ended = Counter(
            event.metadata.urn for event in self.events if isinstance(event, (ResOutputsEvent, ResOpFailedEvent))
        )
        if result.result != "canceled" and begun != ended:
            yield f"steps without an end, or ends without a step: {begun - ended} {ended - begun}"

    def _judge_state(
        self, result: RunResult, action: Action, before: StackState, after: StackState, program: Program | None
    ) -> Iterator[str]:
        cloud = self.cloud
        if list(self.watch.layout.locks(STACK).glob("*.json")):
            yield "the lock is still held"
        abandoned = action.cancel is not None and action.cancel.twice and result.result == "canceled"
        if not abandoned and after.pending_operations:
            old = {(each.type, each.resource.urn) for each in before.pending_operations}
            new = [each for each in after.pending_operations if (each.type, each.resource.urn) not in old]
            settled = result.result == "succeeded" and action.kind != "refresh"
            if new or settled:
                yield f"operations are pending: {[(e.type, e.resource.urn) for e in after.pending_operations]}"
        if abandoned:
            self._excuse(after)
        yield from unaccounted(cloud, after, self.watch.last)
        yield from self._lost_protected(before, program)
        secrets = open_secrets()
        replayed, written = to_deployment(self.watch.state, secrets, True), to_deployment(after, secrets, True)
        if replayed.get("resources") != written.get("resources"):
            found = _first_difference(replayed.get("resources"), written.get("resources"))
            yield f"the journal leads to another state than was written: {found}"

    def _lost_protected(self, before: StackState, program: Program | None) -> Iterator[str]:
        free: set[str] = set()
        for item in program.items if program else ():
            if not program.inherited(item, "protect"):
                free |= {program.urns()[item.name], *item.former}
        for state in before.resources:
            if not state.protect or state.delete or not state.custom or state.pending_replacement or state.urn in free:
                continue
            gone = state.id not in self.cloud.live.objects and state.id not in self.cloud.live.missing
            if gone and not is_provider_type(state.type):
                yield f"{state.urn} ({state.id}) is protected and was deleted"

    def _ops(self) -> "Counter[tuple[str, str]]":
        """(URN, op) of the logical steps of the last run."""
        return Counter(
            (event.metadata.urn, event.metadata.op)
            for event in self.events
            if isinstance(event, ResOutputsEvent)
            and event.metadata.logical
            and "pulumi:providers" not in event.metadata.urn
        )

    def _compare(
        self, foretold: "tuple[RunResult, Counter[tuple[str, str]], set[str]]", done: "Counter[tuple[str, str]]"
    ) -> None:
        """A preview's ops are the up's; where it could not know all, the up does no more."""
        _, planned, unknown = foretold
        rank = {"same": 0, "update": 1, "replace": 2}
        faults = []
        for urn in {urn for urn, _ in planned + done}:
            before = sorted(op for (each, op), count in planned.items() if each == urn for _ in range(count))
            after = sorted(op for (each, op), count in done.items() if each == urn for _ in range(count))
            softer = len(before) == len(after) == 1 and rank.get(after[0], 9) <= rank.get(before[0], -1)
            if before != after and not (softer and unknown):
                faults.append(f"the preview foretold {before} for {urn}, the up did {after}")
        self.fail(faults)

    # What happens from outside

    def _drift(self, action: Action) -> None:
        ids = sorted(model.managed_ids(self.state()) & self.cloud.live.objects.keys())
        for drift in action.drifts if ids else ():
            id_ = ids[drift.at % len(ids)]
            there = self.cloud.live.objects.get(id_)
            if there is None:
                continue
            self.trace.append(f"drift: {drift.kind} {id_}")
            if drift.kind == "edit":
                self.cloud.live.objects[id_] = replace(there, inputs={**there.inputs, "text": "edited"})
                self.cloud.change(drifted=self.cloud.live.drifted | {id_})
            else:
                gone = {id_, *self.cloud.remove(id_)}
                self.cloud.change(missing=self.cloud.live.missing | gone)

    def _maybe_kill(self, action: Action) -> None:
        if action.kill is None or not self.watch.moments:
            return
        moments = self.watch.moments
        moment = moments[action.kill.at * len(moments) // 1000]
        self.kill(moment, power=action.kill.power, torn=action.kill.torn)

    def kill(self, moment: Moment, *, power: bool, torn: int) -> None:
        """Let the world be as it was at that moment of the last run, its process dead."""
        watch, layout = self.watch, self.watch.layout
        length = moment.synced if power else moment.written
        tail = b"" if power else moment.following[: min(torn, max(0, len(moment.following) - 1))]
        layout.state(STACK).write_bytes(watch.base or b"")
        layout.journal(STACK).write_bytes(bytes(watch.journal[:length]) + tail)
        for path, content in watch.locks.items():
            path.write_bytes(content)
        self.cloud.live = moment.live.copy()
        COUNTS["kills"] += 1
        after = self.state()
        self.trace.append(
            f"killed at {length} of {len(watch.journal)}, "
            f"pending {[(e.type, e.resource.urn) for e in after.pending_operations]}"
        )
        self._excuse(after)
        self.fail(list(unaccounted(self.cloud, after, self.watch.last)))

    def _excuse(self, state: StackState) -> None:
        """Operations that never ended may have been done: nobody can blame the engine for not knowing."""
        live = self.cloud.live
        deleting = {each.resource.id for each in state.pending_operations if each.type == "deleting"}
        gone = frozenset(deleting - live.objects.keys())
        touched = frozenset(each.resource.id for each in state.pending_operations if each.type == "updating")
        self.cloud.change(missing=live.missing | gone, deleted=live.deleted - gone, drifted=live.drifted | touched)

    # Files

    def _paths(self) -> Iterator[str]:
        for directory, _, names in os.walk(self.directory):
            for name in names:
                yield f"{directory}/{name}"

    def _files(self) -> dict[str, bytes]:
        return {path: Path(path).read_bytes() for path in self._paths()}

    def _leaks(self) -> Iterator[str]:
        """Secrets in clear, and values that only a preview may have, in any file written since the last look."""
        for path in self._paths():
            status = os.stat(path)  # noqa: PTH116 - twice as quick, and done at every write
            if self._seen.get(path) == (status.st_mtime_ns, status.st_size):
                continue
            self._seen[path] = (status.st_mtime_ns, status.st_size)
            content = Path(path).read_bytes()
            if CANARY.encode() in content:
                yield f"a secret in clear in {path}"
            if UNKNOWN_STRING.encode() in content:
                yield f"an unknown value in {path}"
        for event in self.events:
            shown = event.message if isinstance(event, DiagnosticEvent) else str(getattr(event, "metadata", ""))
            if CANARY in shown:
                yield f"a secret in clear in the event {event}"


def _told(action: Action, *, dry: bool) -> str:
    extra = [
        f"{name}={value}" for name, value in vars(action).items() if value and name not in ("kind", "edits", "drifts")
    ]
    return f"{'preview of ' if dry and action.kind != 'preview' else ''}{action.kind} {' '.join(extra)}".strip()


def _essence(export: Any) -> Any:
    """An export without the time of its making, the order of what runs side by side, and what a refresh leaves out:
    properties that depend on nothing.
    """
    deployment = {key: value for key, value in export["deployment"].items() if key != "manifest"}
    for resource in deployment.get("resources", ()):
        depend = {key: urns for key, urns in resource.pop("propertyDependencies", {}).items() if urns}
        resource["propertyDependencies"] = depend
    deployment.get("resources", []).sort(key=lambda resource: (resource["urn"], resource.get("id", "")))
    return deployment


def _first_difference(old: Any, new: Any, path: str = "") -> str:
    if isinstance(old, dict) and isinstance(new, dict):
        for key in sorted(old.keys() | new.keys()):
            if old.get(key) != new.get(key):
                return _first_difference(old.get(key), new.get(key), f"{path}.{key}")
    if isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        for index, (one, other) in enumerate(zip(old, new, strict=True)):
            if one != other:
                return _first_difference(one, other, f"{path}[{index}]")
    return f"{path}: {old!r} became {new!r}"
