"""`cfctl reap`, for a schedule: warns of ends that come, and takes down what is over its time, through `down`.

What it believes are the tags in Azure. What cannot be read is told, and stands.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from cidr import DeploymentName, Fault
from cli import documents, failures
from cli.exit_codes import ExitCode
from cli.expiry.books import Books
from cli.expiry.ground import Ground, ephemeral_settings, found_of
from cli.expiry.table import in_days, in_rows, show_lives
from cli.failures import Failure
from cli.screen import Screen
from lifecycle.ends.life import Life, life_of
from lifecycle.ends.notes import Extended
from lifecycle.ends.sweep import Sweep, sweep
from lifecycle.ends.warnings import Notice, warning_due
from lifecycle.times import read_time
from stacks import Settings, down_order
from stacks.ttl import WARNING_LINE

Down = Callable[[Sequence[str]], tuple[ExitCode, Mapping[str, Any]]]
"""Takes deployments down, in this order; how that ended and its document, empty where nobody wants JSON."""


@dataclass(frozen=True, kw_only=True)
class _Looked:
    """All that stands, and what is to be done about it."""

    settings: Mapping[DeploymentName, Settings]
    lives: Sequence[Life]
    extensions: Mapping[DeploymentName, Sequence[Extended]]
    sweep: Sweep
    finishing: Sequence[DeploymentName]
    notices: Sequence[Notice]
    faults: Sequence[Fault]

    @property
    def going(self) -> list[str]:
        """What goes down now, in its order: what is over, and what was going already when somebody stopped it."""
        names = {*self.sweep.going, *self.finishing}
        return [str(name) for name in down_order([str(name) for name in names])] if names else []


def reap(  # noqa: PLR0917
    screen: Screen, ground: Ground, books: Books, project: Path, now: datetime, down: Down, *, dry_run: bool
) -> ExitCode:
    """Look, warn, take down. OK where nothing was to be done or all of it was; else that of `down`, or FAILED.

    The document adds `now`, `dry_run`, `deployments` (cli.expiry.table.in_rows), `warnings` [{deployment, ends, left
    (seconds), text}] and `runs`, those of `down`. With `dry_run` nothing is changed and no warning counts as given.
    """
    looked = _look(ground, books, project, now, settle=not dry_run)
    show_lives(screen, looked.lives, looked.sweep, looked.extensions, now)
    warnings = [_warned(screen, notice) for notice in looked.notices]
    if not dry_run:
        for notice in looked.notices:
            books.warn(looked.settings[notice.life.deployment], notice.keys, now)
    for life in looked.lives:
        for doubt in life.doubts:
            screen.say(doubt.what, style="yellow")
    code, document, faults = ExitCode.OK, dict[str, Any](), list(looked.faults)
    if looked.going:
        screen.say(f"{'would be taken' if dry_run else 'taken'} down: {' '.join(looked.going)}", style="bold")
    if looked.going and not dry_run:
        code, told = down(looked.going)
        document = dict(told)
        faults += _left(ground, looked, now)
    if faults and code is ExitCode.OK:
        code = ExitCode.FAILED
    failures.show(screen, Failure(ExitCode.FAILED, tuple(faults)))  # those of `down` it has shown itself
    faults += [Fault(**error) for error in document.get("errors", ())]
    screen.document(
        documents.document(
            "reap",
            code,
            faults,
            now=now.isoformat(timespec="seconds"),
            dry_run=dry_run,
            deployments=in_rows(looked.lives, looked.sweep, looked.extensions, now),
            warnings=warnings,
            runs=document.get("runs", []),
        )
    )
    return code


def _look(ground: Ground, books: Books, project: Path, now: datetime, *, settle: bool) -> _Looked:
    settings, broken = ephemeral_settings(project)
    founds = {it.deployment: found_of(ground, it) for it in settings}
    lives = [life_of(found, now) for found in founds.values() if found is not None]
    notices: list[Notice] = []
    extensions: dict[DeploymentName, Sequence[Extended]] = {}
    for it in settings:
        found = founds[it.deployment]
        life = next((life for life in lives if life.deployment == it.deployment), None)
        if found is None or life is None or life.ends is None:
            continue
        if settle:
            books.settle(it, found.tags)
        done = extensions[it.deployment] = books.extensions(it, life.made)
        if notice := warning_due(life, now, _since(life, done), books.told(it, found.tags)):
            notices.append(notice)
    finishing = [it.deployment for it in settings if founds[it.deployment] is None and ground.is_going_down(it)]
    standing = [it.deployment for it in settings if it.deployment not in finishing and ground.stands(it)]
    return _Looked(
        settings={it.deployment: it for it in settings},
        lives=lives,
        extensions=extensions,
        sweep=sweep(lives, standing, now),
        finishing=finishing,
        notices=notices,
        faults=[*(broken.faults if broken else ()), *(fault for life in lives for fault in life.faults)],
    )


def _since(life: Life, extensions: Sequence[Extended]) -> datetime | None:
    """When it got its present end."""
    times = [read_time(it.at) for it in extensions]
    return max([*times, *([life.made] if life.made else [])], default=None)


def _warned(screen: Screen, notice: Notice) -> dict[str, object]:
    life, name = notice.life, str(notice.life.deployment)
    text = (
        f"{WARNING_LINE} {name} ends in {in_days(notice.left)} ({life.end_in_words}) and is taken down then, its data "
        f'saved; to keep it: ./cfctl extend {name} {_how(life)} --reason "…"'
    )
    screen.say(text, style="bold yellow")
    return {"deployment": name, "ends": life.end_in_words, "left": notice.left.total_seconds(), "text": text}


def _how(life: Life) -> str:
    return "--by-spend 10" if life.by_spend else "--by 4h"


def _left(ground: Ground, looked: _Looked, now: datetime) -> list[Fault]:
    """Of each that was to go and stands, what every day of it costs."""
    days = {life.deployment: life for life in looked.lives}
    faults: list[Fault] = []
    for text in looked.going:
        name = DeploymentName.parse(text)
        if not ground.stands(looked.settings[name]):
            continue
        life = days.get(name)
        cost = f": every day costs {life.day}" if life and life.day else ""
        since = f" {in_days(now - life.ends)} ago" if life and life.ends else ""
        faults.append(
            Fault(
                where=text,
                what=f"{text} was over{since} and still stands{cost}",
                allowed="nothing left of it",
                next_step=f"./cfctl down {text} (it goes on where this stopped)",
            )
        )
    return faults
