"""The settings that deployments were brought up well with: a line of JSON each, to go back to.

Well means that the whole `up` came to its end, with every service healthy.
"""

import hashlib
import json
import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from lifecycle.times import written


@dataclass(frozen=True, kw_only=True)
class GoodSettings:
    """A stack file as it was. at: when the `up` ended (UTC, ISO 8601); sha256: of the content.

    commit: the commit that has this very content of the file; empty where it was not committed.
    """

    at: str
    content: str
    sha256: str
    commit: str = ""


class GoodSettingsKept:
    """Where they are kept: `{directory}/{deployment}.jsonl`. Stack files hold no secrets."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def note(self, deployment: str, content: str, commit: str, at: datetime) -> bool:
        """Keep settings; False where the last ones kept are the same. OSError if they cannot be written."""
        latest = next(iter(self.of(deployment)), None)
        if latest is not None and latest.content == content:
            return False
        digest = hashlib.sha256(content.encode()).hexdigest()
        settings = GoodSettings(at=written(at), content=content, sha256=digest, commit=commit)
        self._directory.mkdir(parents=True, exist_ok=True)
        line = json.dumps(asdict(settings), separators=(",", ":")).encode()
        with self._path(deployment).open("ab") as file:
            # A line that a killed writer left half is none; this one must not be joined to it.
            file.write(b"\n" + line + b"\n" if file.tell() else line + b"\n")
            file.flush()
            os.fsync(file.fileno())
        return True

    def of(self, deployment: str) -> tuple[GoodSettings, ...]:
        """What was kept, the latest first."""
        path = self._path(deployment)
        lines = path.read_bytes().splitlines() if path.exists() else []
        return tuple(found for line in reversed(lines) if (found := _read(line)) is not None)

    def _path(self, deployment: str) -> Path:
        return self._directory / f"{deployment}.jsonl"


def last_other(kept: Sequence[GoodSettings], content: str | None) -> GoodSettings | None:
    """The latest that is not `content`, the file as it is now (None: it is gone): what a rollback goes back to."""
    return next((it for it in kept if it.content != content), None)


def _read(line: bytes) -> GoodSettings | None:
    """The settings of a line; None for one that is not whole: its hash holds the content."""
    try:
        found = GoodSettings(**json.loads(line))
    except (ValueError, TypeError):
        return None
    return found if hashlib.sha256(found.content.encode()).hexdigest() == found.sha256 else None
