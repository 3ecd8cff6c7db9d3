"""What a tenant may ask of the Cost Management API, counted on this machine, so that it is not asked for more.

12 QPU in 10 seconds, 60 in a minute, 600 in an hour, for the whole tenant; a question about a month takes one.
https://learn.microsoft.com/azure/cost-management-billing/costs/manage-automation#query-api-query-processing-units
Half of each is taken: others ask too (the portal, other tools), and what they take nobody tells beforehand.
"""

import fcntl
import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

WINDOWS: Final = ((10.0, 6), (60.0, 30), (3600.0, 300))
"""Seconds -> QPU of ours within any so many seconds: half of Azure's."""
MOST: Final = WINDOWS[0][1]


@dataclass(frozen=True)
class Quota:
    """One tenant's count, in a file that all processes of this machine share. clock: seconds since the epoch."""

    path: Path
    clock: Callable[[], float] = time.time
    sleep: Callable[[float], object] = time.sleep

    def take(self, units: int) -> float:
        """Wait until so many may be asked, and note that they were; gives the seconds waited.

        Raises ValueError for more than ever fits into the shortest window.
        """
        if not 1 <= units <= MOST:
            raise ValueError(f"a question takes 1 to {MOST} QPU, not {units}")
        now = self.clock()
        at = self._reserve(units, now)
        if at > now:
            self.sleep(at - now)
        return at - now

    def _reserve(self, units: int, now: float) -> float:
        """The earliest time, not before those that were given out already; noted under a lock."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.path.open("a+", encoding="utf-8") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            file.seek(0)
            taken = [it for it in _read(file.read()) if it[0] > now - WINDOWS[-1][0]]
            at = max([now, *(moment for moment, _ in taken)])
            while (later := _refused_until(taken, at, units)) is not None:
                at = later
            file.truncate(0)
            json.dump([*taken, (at, units)], file)
        return at


def _refused_until(taken: list[tuple[float, int]], at: float, units: int) -> float | None:
    """When the oldest question leaves a window that has no room at that time; None where all have."""
    for length, most in WINDOWS:
        within = [(moment, count) for moment, count in taken if at - length < moment <= at]
        if sum(count for _, count in within) + units > most:
            return min(moment for moment, _ in within) + length
    return None


def _read(text: str) -> list[tuple[float, int]]:
    """What was noted; nothing of a file that a killed process left half written: Azure's own count still holds."""
    try:
        found: Any = json.loads(text) if text else []
        return [(float(moment), int(units)) for moment, units in found]
    except (ValueError, TypeError):
        return []
