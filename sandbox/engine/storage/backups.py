"""Generations of a stack's state: whole copies beside the state file, the newest all, older ones one a day.

Names and contents are those of the CLI's file backend (backupStack in pkg/backend/diy/state.go of
github.com/pulumi/pulumi), which reads and writes the same directory; it thins nothing.
"""

import json
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from sandbox.engine.model.times import time_text
from sandbox.engine.storage.files import sync_directory
from sandbox.engine.storage.layout import Layout
from sandbox.engine.storage.state_errors import StackNotFoundError, access_error

GENERATIONS: Final = 10
"""How many states of each stack are kept, unless a backend is told another number."""
_NANOSECONDS: Final = 10**9


@dataclass(frozen=True, slots=True)
class Backup:
    """A former state. generation: 1 is the newest; taken: UTC, whole microseconds; size in bytes."""

    generation: int
    path: Path
    taken: datetime
    size: int


def backups_of(layout: Layout, stack: str) -> tuple[Backup, ...]:
    """Every generation, newest first; whether one can be read is not said. StateAccessError where none can be."""
    directory = layout.backups(stack)
    try:
        return tuple(
            Backup(generation, path, _time_of(stamp), path.stat().st_size)
            for generation, (stamp, path) in enumerate(sorted(_stamped(directory, stack), reverse=True), 1)
        )
    except OSError as error:
        raise access_error(error, directory, "listing the backups") from None


def keep(layout: Layout, stack: str, generations: int, at: datetime) -> bool:
    """Copy the state file to a new generation unless the newest is the same, and drop what need not be kept any more.

    True if there is a new one. OSError if there is no room: the state itself is safe.
    """
    state, directory = layout.state(stack), layout.backups(stack)
    directory.mkdir(parents=True, exist_ok=True)
    known = sorted(_stamped(directory, stack))
    if known and _content(known[-1][1]) == _content(state):
        return False
    # Never before the newest: a clock that was set back must not make an old state the latest.
    stamp = max(_stamp_of(at), known[-1][0] + 1 if known else 0)
    path = directory / f"{stack}.{stamp}.json"
    draft = directory / f".{path.name}.tmp"
    # A copy, not a link: what damages the state file in place must not reach it.
    shutil.copy(state, draft)
    draft.replace(path)
    sync_directory(directory)
    stamps = {stamp: path, **dict(known)}
    for dropped in thinned(list(stamps), generations):
        _remove(stamps[dropped])
    return True


def thinned(stamps: Sequence[int], generations: int) -> tuple[int, ...]:
    """Which of these need not be kept: all but the newest so many, and the last of each of as many days before them.

    stamps: nanoseconds since the epoch. Days are UTC's; one that some of the newest stand for keeps nothing beside
    those.
    """
    newest_first = sorted(stamps, reverse=True)
    kept, rest = newest_first[:generations], newest_first[generations:]
    days = {_day_of(it) for it in kept}
    earliest = _day_of(kept[-1]) - generations if kept else 0
    dropped: list[int] = []
    for it in rest:
        if _day_of(it) in days or _day_of(it) < earliest:
            dropped.append(it)
        days.add(_day_of(it))
    return tuple(dropped)


def chosen(found: Sequence[Backup], stack: str, *, generation: int | None, at: datetime | None) -> Backup:
    """The backup of this number, the last one taken at or before `at`, or the newest.

    Raises StackNotFoundError, which names those that there are.
    """
    matching = [
        it for it in found if (generation is None or it.generation == generation) and (at is None or it.taken <= at)
    ]
    if matching:
        return matching[0]
    wanted = "" if generation is None else f" of generation {generation}"
    wanted += "" if at is None else f" taken at or before {time_text(at)}"
    there = f": there are 1 to {len(found)}, the first taken {time_text(found[-1].taken)}" if found else ""
    raise StackNotFoundError(
        f"there is no backup of {stack}{wanted}{there}",
        next_step=f"./cfctl state backups {stack}" if found else f"./cfctl state import {stack} FILE, if you have one",
    )


def _stamped(directory: Path, stack: str) -> list[tuple[int, Path]]:
    """Backups by the nanoseconds in their names."""
    prefix = f"{stack}."
    named = ((path.name.removeprefix(prefix).removesuffix(".json"), path) for path in directory.glob(f"{prefix}*.json"))
    return [(int(stamp), path) for stamp, path in named if stamp.isdecimal()]


def _time_of(stamp: int) -> datetime:
    seconds, nanoseconds = divmod(stamp, _NANOSECONDS)
    return datetime.fromtimestamp(seconds, UTC) + timedelta(microseconds=nanoseconds // 1000)


def _stamp_of(at: datetime) -> int:
    return int(at.timestamp()) * _NANOSECONDS + at.microsecond * 1000


def _day_of(stamp: int) -> int:
    return stamp // (86_400 * _NANOSECONDS)


def _content(path: Path) -> object:
    """What a state file says, without its manifest: that has the time of the write, also where nothing has changed."""
    data = path.read_bytes()
    try:
        document: Any = json.loads(data)
        del document["checkpoint"]["latest"]["manifest"]
    except (ValueError, KeyError, TypeError):
        return data
    return document


def _remove(path: Path) -> None:
    """With the attributes that the CLI writes beside what it wrote itself."""
    path.unlink(missing_ok=True)
    path.with_name(f"{path.name}.attrs").unlink(missing_ok=True)
