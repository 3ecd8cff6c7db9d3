"""Which warnings are due before a deployment's end: two days, two hours and half an hour before, each once.

A warning whose moment was before the deployment had its present end (it was made, or extended, since) has nothing to
say. Of several that are due at once, because nobody looked for a while, the last alone is told.
"""

from collections.abc import Container
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from lifecycle.ends.life import Life
from stacks.ttl import written_length

BEFORE: Final = (timedelta(days=2), timedelta(hours=2), timedelta(minutes=30))
"""The longest first."""


@dataclass(frozen=True, kw_only=True)
class Notice:
    """A warning that is due. keys: what to remember it by, with those that it stands for; left: until the end."""

    life: Life
    before: timedelta
    left: timedelta
    keys: tuple[str, ...]


def warning_due(life: Life, now: datetime, since: datetime | None, told: Container[str]) -> Notice | None:
    """The warning to give now; None for none.

    since: when it got its present end, None where nobody knows. told: keys of the warnings that were given.
    """
    if life.ends is None or life.faults or life.is_over(now):
        return None
    passed = [it for it in BEFORE if life.ends - it <= now and (since is None or life.ends - it > since)]
    if not passed:
        return None
    keys = [_key(life, it) for it in passed]
    if keys[-1] in told:
        return None
    return Notice(
        life=life,
        before=passed[-1],
        left=life.ends - now,
        keys=tuple(key for key in keys if key not in told),
    )


def _key(life: Life, before: timedelta) -> str:
    """`2h before 2026-11-23T04:30:00Z`: a new end has warnings of its own."""
    return f"{written_length(before)} before {life.end_in_words}"
