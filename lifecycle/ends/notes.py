"""What was done about deployments' ends, one line of JSON each: who extended what and why, who was warned, what went.

An extension is noted before the tag is written and again after: one that was cut off between the two counts when the
tag says that it was done. Finance reads here why a deployment lived longer than it was meant to.
"""

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from lifecycle.times import read_time, written

_WARNED: Final = "warned"
_EXTENDING: Final = "extending"
_EXTENDED: Final = "extended"


@dataclass(frozen=True, kw_only=True)
class Extended:
    """One extension. at: UTC, ISO 8601. before, after: the end as its tag had it; by: `4h`, or `25.00 USD`."""

    at: str
    who: str
    by: str
    reason: str
    before: str
    after: str


class Notes:
    """The notes of one home: `{directory}/{deployment}.jsonl`."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def begin(self, deployment: str, extension: Extended) -> None:
        """An extension is about to be written."""
        self._append(deployment, {"is": _EXTENDING, **asdict(extension)})

    def done(self, deployment: str, extension: Extended) -> None:
        """It stands in Azure."""
        self._append(deployment, {"is": _EXTENDED, **asdict(extension)})

    def settle(self, deployment: str, ends: Sequence[str]) -> None:
        """Finish the books of one that was cut off: done where `ends`, the tags in Azure, have what it was to say."""
        last = next((it for it in reversed(self._of(deployment)) if it["is"] in (_EXTENDING, _EXTENDED)), None)
        if last is not None and last["is"] == _EXTENDING and last["after"] in ends:
            self._append(deployment, {**last, "is": _EXTENDED})

    def warn(self, deployment: str, keys: Sequence[str], at: datetime) -> None:
        """A warning was given, which stands for all of `keys`."""
        self._append(deployment, {"is": _WARNED, "at": written(at), "keys": list(keys)})

    def warned(self, deployment: str) -> frozenset[str]:
        """Keys of every warning that was given."""
        return frozenset(key for it in self._of(deployment) if it["is"] == _WARNED for key in it["keys"])

    def extensions(self, deployment: str, since: datetime | None = None) -> list[Extended]:
        """Those that were done, the first first; `since`: those of the present life alone."""
        found = (it for it in self._of(deployment) if it["is"] == _EXTENDED)
        return [
            Extended(**{key: value for key, value in it.items() if key != "is"})
            for it in found
            if since is None or read_time(it["at"]) >= since.replace(microsecond=0)
        ]

    def deployments(self) -> list[str]:
        """Those of which there is a note."""
        return sorted(path.stem for path in self._directory.glob("*.jsonl"))

    def _of(self, deployment: str) -> list[dict[str, Any]]:
        path = self._path(deployment)
        return list(_whole(path.read_bytes())) if path.is_file() else []

    def _append(self, deployment: str, record: Mapping[str, Any]) -> None:
        path = self._path(deployment)
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a+b") as file:
            file.seek(0)
            cut = not file.read().endswith(b"\n") and file.tell() > 0
            file.write((b"\n" if cut else b"") + json.dumps(record, separators=(",", ":")).encode() + b"\n")
            file.flush()
            os.fsync(file.fileno())

    def _path(self, deployment: str) -> Path:
        return self._directory / f"{deployment}.jsonl"


def _whole(data: bytes) -> Iterator[dict[str, Any]]:
    """The records; half of one, which a killed process left, is none."""
    for line in data.splitlines():
        try:
            yield json.loads(line)
        except ValueError:
            continue


def in_words(extensions: Sequence[Extended]) -> str:
    """`extended twice: by 4h (load test goes on), by 2h (once more)`; empty for none."""
    if not extensions:
        return ""
    times = {1: "once", 2: "twice"}.get(len(extensions), f"{len(extensions)} times")
    return f"extended {times}: {', '.join(f'by {it.by} ({it.reason})' for it in extensions)}"
