"""What a run tells its listener, counted and collected on the way."""

import threading
from collections import Counter
from typing import TYPE_CHECKING

from sandbox.engine.model.errors import describe
from sandbox.engine.model.events import (
    DiagnosticEvent,
    Event,
    Listener,
    Op,
    ResOpFailedEvent,
    ResourcePreEvent,
    ResOutputsEvent,
    Severity,
    StepMetadata,
)
from sandbox.engine.model.urn import Urn, is_provider_type
from sandbox.engine.providers.default_providers import is_default_name

if TYPE_CHECKING:
    from sandbox.engine.execution.steps import Step


class Reporter:
    """Gives events to the listener one at a time; keeps the errors and the counts for the result."""

    def __init__(self, listener: Listener, *, preview: bool) -> None:
        self._listener = listener
        self._preview = preview
        self._lock = threading.Lock()
        self._errors: list[str] = []
        self._counts: Counter[str] = Counter()

    def emit(self, event: Event) -> None:
        """Hand one event over."""
        with self._lock:
            self._listener(event)

    def message(self, severity: Severity, text: str, urn: str = "", *, ephemeral: bool = False) -> None:
        """A diagnostic; an error counts as the run's."""
        if severity == "error":
            with self._lock:
                self._errors.append(f"{describe(urn)}: {text}" if urn else text)
        self.emit(DiagnosticEvent(severity, text, urn, ephemeral))

    def warn(self, text: str, urn: str = "") -> None:
        """A warning."""
        self.message("warning", text, urn)

    @property
    def errors(self) -> tuple[str, ...]:
        """Every error so far, each with the type and name of its resource."""
        with self._lock:
            return tuple(dict.fromkeys(self._errors))

    @property
    def counts(self) -> dict[str, int]:
        """Op -> how many resources."""
        with self._lock:
            return dict(self._counts)

    def began(self, step: "Step") -> None:
        """A step begins."""
        self.emit(ResourcePreEvent(_metadata(step), self._preview))

    def succeeded(self, step: "Step", seconds: float) -> None:
        """A step succeeded; it counts if it is one that people think in."""
        metadata = _metadata(step, step.result_op)
        if step.counts and not _is_internal(step):
            with self._lock:
                self._counts[metadata.op] += 1
        self.emit(ResOutputsEvent(metadata, self._preview, seconds))

    def failed(self, step: "Step", seconds: float) -> None:
        """A step failed."""
        inputs = step.state.inputs if step.pending == "creating" else {}
        self.emit(ResOpFailedEvent(_metadata(step), seconds, inputs))


def _is_internal(step: "Step") -> bool:
    """Default providers are the engine's own business: shown to a listener, never counted."""
    if step.op == "remove-pending-replace":
        return True
    state = step.state
    return is_provider_type(state.type) and is_default_name(Urn.parse(state.urn).name)


def _metadata(step: "Step", op: Op | None = None) -> StepMetadata:
    state = step.state
    return StepMetadata(
        op=op or step.op,
        urn=state.urn,
        type=state.type,
        provider=state.provider,
        id=state.id,
        custom=state.custom,
        protect=state.protect,
        retain=step.retains,
        logical=step.logical,
        changes=step.changes,
        parent=state.parent,
    )
