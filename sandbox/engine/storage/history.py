"""What is kept of a stack's runs: an entry each, and with the newest the state that they led to.

Names and contents are those of the CLI's file backend, so `pulumi stack history` reads them. Entries are small and
stay.
"""

import json
import shutil
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, cast

from sandbox.engine.storage.files import write_atomically
from sandbox.engine.storage.layout import Layout
from sandbox.engine.storage.outcome import Outcome
from sandbox.engine.storage.resource_json import Json
from sandbox.engine.storage.secrets import PassphraseSecrets
from sandbox.engine.storage.state_errors import access_error

_STATES: Final = 10
"""How many runs of each stack keep the state that they led to."""


@dataclass(frozen=True, slots=True)
class Update:
    """One run of the past. Times are UTC, whole seconds; `changes` counts resources by operation."""

    kind: str
    result: str
    message: str
    start: datetime
    end: datetime
    changes: dict[str, int]


def add_entry(layout: Layout, stack: str, outcome: Outcome, started: float, secrets: PassphraseSecrets) -> None:
    """Keep a run that just wrote its state file. OSError if there is no room: the state itself is safe."""
    stamp = time.time_ns()
    entry = _entry(outcome, started, secrets)
    directory = layout.history(stack)
    directory.mkdir(parents=True, exist_ok=True)
    write_atomically(directory / f"{stack}-{stamp}.history.json", json.dumps(entry).encode())
    shutil.copy(layout.state(stack), directory / f"{stack}-{stamp}.checkpoint.json")
    for old in sorted(directory.glob(f"{stack}-*.checkpoint.json"))[:-_STATES]:
        old.unlink(missing_ok=True)


def _entry(outcome: Outcome, started: float, secrets: PassphraseSecrets) -> Json:
    entry: Json = {
        "kind": outcome.kind,
        "startTime": int(started),
        "message": outcome.message,
        "environment": {},
        "config": {
            key: {"secure": secrets.encrypt(value, f"config {key}")} if key in outcome.secret_keys else value
            for key, value in sorted(outcome.config.items())
        },
        "version": 0,
        "result": outcome.result,
        "endTime": int(time.time()),
    }
    return {**entry, "resourceChanges": dict(outcome.changes)} if outcome.changes else entry


def entries(layout: Layout, stack: str) -> tuple[Update, ...]:
    """The runs of the past, newest first. StateAccessError if they cannot be read."""
    found: list[Update] = []
    for path in sorted(layout.history(stack).glob("*.history.json"), reverse=True):
        try:
            fields = cast("dict[str, Any]", json.loads(path.read_bytes()))
        except OSError as error:
            raise access_error(error, path, "reading the history") from None
        except ValueError:
            continue
        found.append(
            Update(
                fields.get("kind", ""),
                fields.get("result", ""),
                fields.get("message", ""),
                datetime.fromtimestamp(fields.get("startTime", 0), UTC),
                datetime.fromtimestamp(fields.get("endTime", 0), UTC),
                dict(fields.get("resourceChanges") or {}),
            )
        )
    return tuple(found)
