"""How time passes in the stand-in: Azure's seconds on a scale, and how long a write keeps others out."""

import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from cidr import Fault, FaultsError

AZURE_SCALE: Final = "CFCTL_AZURE_SCALE"
"""Wall seconds for a second of Azure: with 0.1 a sandbox takes a tenth of Azure's time; absent or 0, it never waits."""


@dataclass(frozen=True, kw_only=True)
class Pace:
    """scale: wall seconds for a second of Azure (0: no waiting).

    serial_window: the least that a write keeps its scope busy, in seconds, so that writes which a program does not put
    in order collide here as they do on Azure, whatever the scale. sleep: waits so many seconds; None for time.sleep,
    or whatever the owner can interrupt.
    """

    scale: float = 0.0
    serial_window: float = 0.03
    clock: Callable[[], float] = time.time
    sleep: Callable[[float], None] | None = None

    def ready(self, now: float, azure_seconds: float, *, serial: bool) -> float:
        """When an operation that starts now and takes so long on Azure is done here."""
        return now + max(azure_seconds * self.scale, self.serial_window if serial else 0.0)

    def wait(self, until: float) -> None:
        """Wait for a point in time."""
        if (left := until - self.clock()) > 0:
            (self.sleep or time.sleep)(left)


def azure_scale() -> float:
    """The scale that the environment names, 0 for none. Raises FaultsError for what is no scale."""
    text = os.environ.get(AZURE_SCALE, "0")
    try:
        scale = float(text)
    except ValueError:
        scale = -1.0
    if not 0 <= scale < float("inf"):
        allowed = "a number from 0: wall seconds for a second of Azure, such as 0.1"
        fault = Fault(
            where=AZURE_SCALE, what=f"{text!r} is no scale", allowed=allowed, next_step=f"unset {AZURE_SCALE}"
        )
        raise FaultsError([fault])
    return scale
