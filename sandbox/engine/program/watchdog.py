"""Noticing a program that waits for itself: alive, idle, and asking for nothing.

A component that depends on a resource which depends on a child of that component hangs inside the SDK: no call is under
way, so that nothing else would ever end the run.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

_IDLE_SHARE: Final = 0.02
"""A program that uses less CPU than this share of the time is idle; an idle SDK with its channels stays far below."""


@dataclass(slots=True)
class Watchdog:
    """Tells when nothing has happened for too long. Ask it again and again with `stalled`."""

    limit: float
    """Seconds."""
    events: Callable[[], int]
    """Grows with every call of the program and every step that ended."""
    busy: Callable[[], bool]
    """True while the engine works for the program."""
    cpu: Callable[[], float]
    """CPU seconds the program has used."""
    _since: float = 0.0
    _seen: int = -1
    _used: float = 0.0

    def stalled(self) -> bool:
        """True if the program has done nothing, and was waiting for nothing, for the limit."""
        now, seen = time.monotonic(), self.events()
        if seen != self._seen or self.busy():
            self._since, self._seen, self._used = now, seen, self.cpu()
            return False
        idle = now - self._since
        if idle < self.limit:
            return False
        used = self.cpu()
        if used - self._used > _IDLE_SHARE * idle:
            self._since, self._used = now, used
            return False
        return True


def stall_message(limit: float, components: list[str]) -> str:
    """What to tell of a stalled program."""
    message = (
        f"the program has asked for nothing for {limit:g} s and is idle: it waits for something that never comes, "
        "as when a component depends on a resource that depends on the component's own child"
    )
    if components:
        listed = "".join(f"\n  {urn}" for urn in components)
        message += f"\nComponents that it was still busy with:{listed}"
    return message
