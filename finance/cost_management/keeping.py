"""Answers kept on disk for as long as Azure has no newer data: it refreshes them about every four hours.

https://learn.microsoft.com/azure/cost-management-billing/costs/manage-automation#data-latency-and-rate-limits
"""

import hashlib
import json
import os
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

FRESH: Final = 4 * 3600.0
Rows = Sequence[Sequence[Any]]


@dataclass(frozen=True)
class Kept:
    """Answers in a directory, a file a question; clock: seconds since the epoch."""

    directory: Path
    clock: Callable[[], float] = time.time

    def find(self, question: Mapping[str, Any]) -> tuple[Rows, float] | None:
        """The answer and when it was given; None where there is none that is fresh and whole."""
        try:
            found = json.loads(self._path(question).read_text(encoding="utf-8"))
            rows, given = found["rows"], float(found["given"])
        except (OSError, ValueError, KeyError, TypeError):
            return None
        return (rows, given) if 0 <= self.clock() - given < FRESH else None

    def put(self, question: Mapping[str, Any], rows: Rows) -> float:
        """Keep an answer, for the owner alone; gives the time."""
        given = self.clock()
        path = self._path(question)
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft = path.with_name(f".{path.name}.{os.getpid()}")
        draft.touch(mode=0o600)
        draft.write_text(json.dumps({"given": given, "question": question, "rows": rows}), encoding="utf-8")
        draft.replace(path)
        return given

    def _path(self, question: Mapping[str, Any]) -> Path:
        digest = hashlib.sha256(json.dumps(question, sort_keys=True).encode()).hexdigest()
        return self.directory / f"{digest[:32]}.json"
