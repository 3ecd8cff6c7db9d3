"""One run as it stands, made of its events: what runs now, what is done, what went wrong."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from cli.wording import READS
from sandbox.deployers import Operation
from sandbox.engine.model.events import (
    DiagnosticEvent,
    Event,
    ResOpFailedEvent,
    ResourcePreEvent,
    ResOutputsEvent,
    StepMetadata,
    SummaryEvent,
)
from sandbox.engine.model.urn import Urn, is_provider_type
from sandbox.engine.model.values import PropertyMap

Status = Literal["running", "done", "failed"]
SILENT_OPS = frozenset({"same", *READS})
"""Ops that change nothing: counted, not shown one by one."""


def is_shown(metadata: StepMetadata) -> bool:
    """True for a step that changes something and is not the engine's own business (a default provider)."""
    internal = is_provider_type(metadata.type) and Urn.parse(metadata.urn).name.startswith("default")
    return metadata.op not in SILENT_OPS and not internal


@dataclass(slots=True)
class Step:
    """One step of a run. `seconds` is what it took; while it runs, see `elapsed`."""

    metadata: StepMetadata
    started: float
    status: Status = "running"
    seconds: float = 0.0
    inputs: PropertyMap = field(default_factory=PropertyMap)
    """What a failed create was sent."""

    def elapsed(self, now: float) -> float:
        """Seconds so far, or in all."""
        return now - self.started if self.status == "running" else self.seconds


class RunView:
    """What is known of one run. `take` is the engine's listener; it may be called from any thread.

    `on_step` is told of each step that ended, `on_diagnostic` of each lasting message; both must return quickly.
    """

    def __init__(
        self,
        deployment: str,
        operation: Operation,
        on_step: Callable[[Step], None] = lambda _: None,
        on_diagnostic: Callable[[DiagnosticEvent], None] = lambda _: None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.deployment = deployment
        self.operation: Operation = operation
        self.summary: SummaryEvent | None = None
        self._on_step = on_step
        self._on_diagnostic = on_diagnostic
        self._clock = clock
        self._begun = clock()
        self._running: dict[tuple[str, str], Step] = {}
        self._ended: list[Step] = []
        self._diagnostics: list[DiagnosticEvent] = []
        self._lock = threading.Lock()

    def take(self, event: Event) -> None:
        """Account for one event of the run."""
        if isinstance(event, ResourcePreEvent):
            self._begin(event.metadata)
        elif isinstance(event, ResOutputsEvent):
            self._end(event.metadata, "done", event.seconds)
        elif isinstance(event, ResOpFailedEvent):
            self._end(event.metadata, "failed", event.seconds, event.inputs)
        elif isinstance(event, DiagnosticEvent):
            if not event.ephemeral and event.severity != "debug":
                with self._lock:
                    self._diagnostics.append(event)
                self._on_diagnostic(event)
        elif isinstance(event, SummaryEvent):
            self.summary = event

    def _begin(self, metadata: StepMetadata) -> None:
        with self._lock:
            self._running[metadata.urn, metadata.op] = Step(metadata, self._clock())

    def _end(self, metadata: StepMetadata, status: Status, seconds: float, inputs: PropertyMap | None = None) -> None:
        with self._lock:
            step = (
                self._running.pop((metadata.urn, metadata.op), None)
                or self._running.pop((metadata.urn, "refresh"), None)  # it ends as what it found: same, update, delete
                or Step(metadata, self._clock())
            )
            step.metadata = metadata
            step.seconds = seconds or self._clock() - step.started
            step.status = status
            step.inputs = inputs or {}
            self._ended.append(step)
        self._on_step(step)

    def running(self) -> list[Step]:
        """Steps that have begun and not ended, the longest first."""
        with self._lock:
            return list(self._running.values())

    def ended(self) -> list[Step]:
        """Steps that have ended, in the order of their ends."""
        with self._lock:
            return list(self._ended)

    def diagnostics(self) -> list[DiagnosticEvent]:
        """Lasting messages, in order."""
        with self._lock:
            return list(self._diagnostics)

    def now(self) -> float:
        """The view's clock, for `Step.elapsed`."""
        return self._clock()

    def seconds(self) -> float:
        """Wall time since the run began."""
        return self._clock() - self._begun

    def counts(self) -> dict[str, int]:
        """Op -> steps ended so far; the physical halves of a replace are left out."""
        totals: dict[str, int] = {}
        for step in self.ended():
            if step.metadata.logical and step.status == "done":
                totals[step.metadata.op] = totals.get(step.metadata.op, 0) + 1
        return totals
