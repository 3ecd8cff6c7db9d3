"""The journal of one run of one deployment: a line of JSON a record, on the disk before the next thing is done.

A process killed while it writes leaves half a line at the end. It is cut off when the journal is taken up again:
nothing was done on the strength of a record that was never whole.
"""

import json
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Final, Literal

from lifecycle.times import now, read_time, written

Evidence = Mapping[str, Any]
"""What a step found or made, as JSON: never a secret, never a person's data."""
Kind = Literal["down", "up", "sleep", "wake"]
Clock = Callable[[], datetime]
Result = Literal["succeeded", "superseded"]
_SUFFIX: Final = ".jsonl"


@dataclass(frozen=True)
class RunId:
    """A run: of which deployment, what it does with it, begun when (UTC)."""

    deployment: str
    kind: Kind
    began: datetime

    @property
    def text(self) -> str:
        """`20261122-203001-123456-down`: its name in paths, in the store and on the screen; sorts by time.

        With microseconds: a run that is refused at once may be followed by another in the same second.
        """
        return f"{self.began:%Y%m%d-%H%M%S-%f}-{self.kind}"


@dataclass
class Journal:
    """Records of one run.

    begun: steps that began, one for each try; done: evidence of those that ended, in their order; seconds: how long the
    try that ended took; ended: when the run was over (UTC).
    """

    path: Path
    run: RunId
    clock: Clock
    begun: list[str] = field(default_factory=list[str])
    done: dict[str, Evidence] = field(default_factory=dict[str, Evidence])
    seconds: dict[str, float] = field(default_factory=dict[str, float])
    result: Result | None = None
    ended: datetime | None = None

    def begin_step(self, name: str) -> None:
        """Note that a step begins."""
        self.begun.append(name)
        _append(self.path, {"is": "begun", "step": name, "at": written(self.clock())})

    def end_step(self, name: str, evidence: Evidence, seconds: float) -> None:
        """Note what a step came to. From here on this run never does it again."""
        self.done[name], self.seconds[name] = evidence, seconds
        _append(self.path, {"is": "done", "step": name, "seconds": round(seconds, 3), "evidence": evidence})

    def end(self, result: Result) -> None:
        """Note that the run is over: the next one has a journal of its own."""
        self.result, self.ended = result, self.clock()
        _append(self.path, {"is": "ended", "result": result, "at": written(self.ended)})


class Journals:
    """The journals of one home: `{directory}/{deployment}/{run}.jsonl`."""

    def __init__(self, directory: Path, clock: Clock = now) -> None:
        self._directory, self._clock = directory, clock

    def begin(self, deployment: str, kind: Kind) -> Journal:
        """A new journal, on the disk."""
        run = RunId(deployment, kind, self._clock())
        path = self._directory / run.deployment / f"{run.text}{_SUFFIX}"
        path.parent.mkdir(parents=True, exist_ok=True)
        _append(path, {"is": "run", "deployment": run.deployment, "kind": run.kind, "began": run.began.isoformat()})
        return Journal(path, run, self._clock)

    def of(self, deployment: str) -> list[Journal]:
        """Every journal of a deployment, the latest first; files that hold no whole record are none."""
        paths = sorted((self._directory / deployment).glob(f"*{_SUFFIX}"), reverse=True)
        return [journal for path in paths if (journal := _read(path, self._clock)) is not None]

    def is_going_down(self, deployment: str) -> bool:
        """Whether the latest run is a teardown that has not come to its end."""
        latest = self.unfinished(deployment)
        return latest is not None and latest.run.kind == "down"

    def unfinished(self, deployment: str) -> Journal | None:
        """The latest run, when it has not come to its end."""
        latest = next(iter(self.of(deployment)), None)
        return latest if latest is not None and latest.result is None else None


def _read(path: Path, clock: Clock) -> Journal | None:
    records = list(_records(path))
    if not records:
        return None
    first, *others = records
    journal = Journal(path, RunId(first["deployment"], first["kind"], datetime.fromisoformat(first["began"])), clock)
    for record in others:
        match record["is"]:
            case "begun":
                journal.begun.append(record["step"])
            case "done":
                journal.done[record["step"]] = record["evidence"]
                journal.seconds[record["step"]] = record["seconds"]
            case _:
                journal.result, journal.ended = record["result"], read_time(record["at"])
    return journal


def _records(path: Path) -> Iterator[dict[str, Any]]:
    """The whole records; what follows the last of them is cut off, so that the next one begins a line."""
    data = path.read_bytes()
    whole = data[: data.rfind(b"\n") + 1]
    if len(whole) < len(data):
        with path.open("r+b") as file:
            file.truncate(len(whole))
    for line in whole.splitlines():
        yield json.loads(line)


def _append(path: Path, record: Mapping[str, Any]) -> None:
    with path.open("ab") as file:
        file.write(json.dumps(record, separators=(",", ":")).encode() + b"\n")
        file.flush()
        os.fsync(file.fileno())
