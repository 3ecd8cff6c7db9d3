"""What is kept of a stack's past: one history entry a run with its state, and generations of backups.

Names and contents are those of the CLI's file backend, so `pulumi stack history` reads them. Only the newest states are
kept; entries are small and stay.
"""

import json
import shutil
import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, cast

from sandbox.engine.storage.files import write_atomically
from sandbox.engine.storage.layout import Layout
from sandbox.engine.storage.outcome import Outcome
from sandbox.engine.storage.resource_json import Json
from sandbox.engine.storage.secrets import PassphraseSecrets
from sandbox.engine.storage.state_errors import access_error

GENERATIONS: Final = 10
"""How many whole states of each stack are kept beside the present one."""


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
    directory, backups, state = layout.history(stack), layout.backups(stack), layout.state(stack)
    directory.mkdir(parents=True, exist_ok=True)
    backups.mkdir(parents=True, exist_ok=True)
    write_atomically(directory / f"{stack}-{stamp}.history.json", json.dumps(entry).encode())
    # Copies, not links: what damages the state file in place must not reach them.
    shutil.copy(state, directory / f"{stack}-{stamp}.checkpoint.json")
    shutil.copy(state, backups / f"{stack}.{stamp}.json")
    for old in (*_oldest(directory.glob(f"{stack}-*.checkpoint.json")), *_oldest(backups.glob(f"{stack}.*.json"))):
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


def _oldest(paths: Iterable[Path]) -> list[Path]:
    return sorted(paths)[:-GENERATIONS]


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


def former_states(layout: Layout, stack: str) -> list[Path]:
    """Former states of a stack, newest first; whether one can be read is not said."""
    kept = [*layout.backups(stack).glob(f"{stack}.*.json"), *layout.stacks.glob(f"{stack}.json.bak")]
    return sorted(kept, key=lambda path: path.stat().st_mtime_ns, reverse=True)
