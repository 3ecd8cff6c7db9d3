"""The ends of deployments as people and programs read them."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from rich.text import Text

from cidr import DeploymentName
from cli.screen import Screen
from cli.tables import plain_table, show_table
from cli.wording import duration
from lifecycle.ends.life import Life
from lifecycle.ends.notes import Extended
from lifecycle.ends.sweep import Sweep
from stacks.ttl import written_moment

Extensions = Mapping[DeploymentName, Sequence[Extended]]
_STYLES = {"lives": "green", "over": "bold red", "held": "yellow", "unclear": "bold red", "no end": "dim"}


def status_of(life: Life, swept: Sweep, now: datetime) -> str:
    """`no end`, `lives`, `over` (it goes now), `held` (over, but needed) or `unclear` (told, and left standing)."""
    if life.faults:
        return "unclear"
    if life.deployment in swept.held:
        return "held"
    if life.is_over(now):
        return "over"
    return "lives" if life.ends is not None or life.spend is not None else "no end"


def in_rows(lives: Sequence[Life], swept: Sweep, extensions: Extensions, now: datetime) -> list[dict[str, object]]:
    """The `deployments` of a document: [{deployment, status, made, expires_on, expires_at_spend, spent, ends, left
    (seconds), day, held_by, extensions}]; amounts are texts with their currency, moments ISO 8601 in UTC, null where
    there is none.
    """
    return [
        {
            "deployment": str(life.deployment),
            "status": status_of(life, swept, now),
            "made": _moment(life.made),
            "expires_on": _moment(life.expires),
            "expires_at_spend": None if life.spend is None else str(life.spend),
            "spent": None if life.spent is None else str(life.spent),
            "ends": _moment(life.ends),
            "left": None if life.ends is None else max(0.0, (life.ends - now).total_seconds()),
            "day": None if life.day is None else str(life.day),
            "held_by": [str(name) for name in swept.held.get(life.deployment, ())],
            "extensions": len(extensions.get(life.deployment, ())),
        }
        for life in lives
    ]


def show_lives(screen: Screen, lives: Sequence[Life], swept: Sweep, extensions: Extensions, now: datetime) -> None:
    """A line a deployment; nothing with --json."""
    if not lives:
        screen.result("no deployment of dev or stg stands: nothing to do")
        return
    table = plain_table(("deployment", "status", "ends (UTC)", "left", "spent", "a day", ""), right=("left", "spent"))
    for life in lives:
        status = status_of(life, swept, now)
        table.add_row(
            str(life.deployment),
            Text(status, style=_STYLES[status]),
            _end(life),
            _left(life, now),
            "" if life.spent is None else str(life.spent),
            "" if life.day is None else str(life.day),
            _remark(life, swept, extensions),
        )
    show_table(screen, table)


def _end(life: Life) -> str:
    ends = [_moment(life.expires) or "", f"at {life.spend}" if life.spend else ""]
    return " or ".join(it for it in ends if it)


def _left(life: Life, now: datetime) -> str:
    if life.ends is None:
        return ""
    left = life.ends - now
    return in_days(left) if left > timedelta() else f"over for {in_days(-left)}"


def in_days(length: timedelta) -> str:
    """As `duration`, and `11 d 22 h` from two days on."""
    days, rest = divmod(length, timedelta(days=1))
    return duration(length.total_seconds()) if days < 2 else f"{days} d {rest // timedelta(hours=1)} h"


def _remark(life: Life, swept: Sweep, extensions: Extensions) -> str:
    if needing := swept.held.get(life.deployment):
        return f"needed by {', '.join(map(str, needing))}"
    done = len(extensions.get(life.deployment, ()))
    return f"extended {done} time(s), ./cfctl history {life.deployment} says why" if done else ""


def _moment(moment: datetime | None) -> str | None:
    return None if moment is None else written_moment(moment)
