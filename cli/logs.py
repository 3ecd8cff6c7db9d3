"""The log file of one command under `<home>/logs`: what was asked, every event, how it ended.

Events carry secrets as "[secret]" already, so a log has none either.
"""

import os
import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, Self

from cli import wording
from sandbox.engine.model.events import (
    DiagnosticEvent,
    Event,
    PreludeEvent,
    ResOpFailedEvent,
    ResourcePreEvent,
    ResOutputsEvent,
    StepMetadata,
)

KEPT: Final = 100
"""Log files of a home; older ones go when a new one is made."""


class RunLog:
    """A log file, one line a happening, each with its time in UTC. A full disk costs the log, never the run."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.Lock()
        # Unbuffered: what could not be written must not be waiting when the file is closed.
        self._file = os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "ab", buffering=0)

    @classmethod
    def create(cls, directory: Path, command: str) -> Self:
        """The log of a new run; the oldest beyond KEPT are removed. Raises OSError when it cannot be written."""
        for old in sorted(directory.glob("*.log"))[: -KEPT + 1]:
            old.unlink(missing_ok=True)
        return cls(directory / f"{datetime.now(UTC):%Y%m%dT%H%M%S}-{command.replace(' ', '-')}-{os.getpid()}.log")

    def write(self, text: str) -> None:
        """One line; further lines of `text` are indented."""
        line = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S.%f}Z {text.rstrip().replace(chr(10), chr(10) + '    ')}\n"
        with self._lock:
            if self._file.closed:
                return
            try:
                self._file.write(line.encode())
            except OSError:
                self._file.close()

    def take(self, event: Event) -> None:
        """Write one event of a run."""
        self.write(_line(event))

    def close(self) -> None:
        """No more lines."""
        with self._lock:
            self._file.close()


def _line(event: Event) -> str:
    if isinstance(event, PreludeEvent):
        return f"{event.operation} of {event.stack} begins"
    if isinstance(event, ResourcePreEvent):
        return f"begin   {_step(event.metadata)}"
    if isinstance(event, ResOutputsEvent):
        return f"done    {_step(event.metadata)} id={event.metadata.id or '-'} {event.seconds:.3f} s"
    if isinstance(event, ResOpFailedEvent):
        return f"failed  {_step(event.metadata)} {event.seconds:.3f} s"
    if isinstance(event, DiagnosticEvent):
        return f"{event.severity:<7} {event.urn} {event.message}"
    changes = wording.counted(event.resource_changes)
    return f"{event.result} after {event.duration_seconds:.1f} s: {changes}"


def _step(metadata: StepMetadata) -> str:
    changed = "".join(
        f"\n{change.kind} {change.path}: {wording.value(change.old)} -> {wording.value(change.new)}"
        for change in metadata.changes
    )
    return f"{metadata.op} {metadata.urn}{changed}"
