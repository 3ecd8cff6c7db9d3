"""`cfctl extend`: an end is moved, for a reason that is kept. Only the tag of the resource group changes."""

import getpass
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

from cidr import DeploymentName, Fault, FaultsError
from cli import documents
from cli.exit_codes import ExitCode
from cli.expiry.books import Books, message_of
from cli.expiry.giving import CURRENCY, read_amount
from cli.expiry.ground import Ground, found_of
from cli.failures import RefusedError
from cli.screen import Screen
from finance.money import Money
from lifecycle.ends.extension import Asked, Extension, extended, refuse_persistent
from lifecycle.ends.life import Life, life_of
from lifecycle.ends.notes import Extended, in_words
from lifecycle.times import written
from stacks import Settings, load_settings
from stacks.ttl import (
    ALLOWED,
    EXPIRES_AT_SPEND,
    EXPIRES_AT_SPEND_VARIABLE,
    EXPIRES_ON,
    EXPIRES_ON_VARIABLE,
    read_length,
    written_length,
    written_moment,
    written_spend,
)

Write = Callable[[Mapping[str, str], str], ExitCode]
"""Brings the group alone up with these variables in the program's environment and this message; how that ended."""
_LONGEST_REASON = 500


@dataclass(frozen=True, kw_only=True)
class Request:
    """What was typed."""

    deployment: str
    asked: Asked
    reason: str

    @classmethod
    def read(cls, deployment: str, by: str, by_spend: str, reason: str) -> "Request":
        """The command line, `by` and `by_spend` empty where not given. Raises FaultsError with all that is wrong."""
        faults: list[Fault] = []
        length: timedelta | None = None
        amount: Decimal | None = None
        name = deployment
        try:
            name = str(DeploymentName.parse(deployment, "DEPLOYMENT"))
        except FaultsError as error:
            faults += error.faults
        try:
            length = read_length(by, "--by") if by else None
        except FaultsError as error:
            faults += error.faults
        try:
            amount = read_amount(by_spend, "--by-spend") if by_spend else None
        except FaultsError as error:
            faults += error.faults
        if not by and not by_spend:
            faults.append(_by_nothing(name))
        if not 0 < len(reason.strip()) <= _LONGEST_REASON:
            faults.append(_no_reason(name, by or "4h", reason))
        if faults:
            raise FaultsError(faults)
        spend = None if amount is None else Money(amount, CURRENCY)
        return cls(deployment=name, asked=Asked(by=length, by_spend=spend), reason=" ".join(reason.split()))

    @property
    def by(self) -> str:
        """In words: `4h`, `25.00 USD`, or both."""
        amount, length = self.asked.by_spend, self.asked.by
        parts = [written_length(length)] if length else []
        return " and ".join([*parts, *([written_spend(amount.amount, amount.currency)] if amount else [])])


def extend(  # noqa: PLR0917
    screen: Screen, ground: Ground, books: Books, project: Path, request: Request, now: datetime, write: Write
) -> ExitCode:
    """Move the end. The document adds `deployment`, `before` and `after` (each {ExpiresOn, ExpiresAtSpend}, as the tags
    have them) and `extensions`, all of the deployment's present life.

    Raises RefusedError for what has no end, for prod and beyond the cap, FaultsError for a stack file.
    """
    name = request.deployment
    settings, life, tags = _looked_at(ground, books, project, name, now)
    try:
        extension = extended(life, request.asked, Money(Decimal(str(settings.budget.amount)), CURRENCY), now)
    except FaultsError as error:
        raise RefusedError(error.faults[0]) from None
    before = {tag: tags[tag] for tag in (EXPIRES_ON, EXPIRES_AT_SPEND) if tag in tags}
    changed = _tags_of(extension)
    note = Extended(
        at=written(now),
        who=_who(),
        by=request.by,
        reason=request.reason,
        before=" or ".join(before[tag] for tag in changed if tag in before),
        after=" or ".join(changed.values()),
    )
    books.begin(settings, note)
    code = write({_VARIABLES[tag]: text for tag, text in changed.items()}, message_of(note))
    if code is ExitCode.OK:
        books.done(settings, note)
    done = books.extensions(settings, life.made)
    if code is ExitCode.OK:
        screen.result(f"{name} ends at {note.after}, not {note.before}: {in_words(done)}", style="bold green")
    screen.document(
        documents.document(
            "extend",
            code,
            deployment=name,
            before=before,
            after={**before, **(changed if code is ExitCode.OK else {})},
            extensions=[asdict(it) for it in done],
        )
    )
    return code


_VARIABLES = {EXPIRES_ON: EXPIRES_ON_VARIABLE, EXPIRES_AT_SPEND: EXPIRES_AT_SPEND_VARIABLE}


def _looked_at(
    ground: Ground, books: Books, project: Path, name: str, now: datetime
) -> tuple[Settings, Life, Mapping[str, str]]:
    parsed = DeploymentName.parse(name)
    try:
        refuse_persistent(parsed)
    except FaultsError as error:
        raise RefusedError(error.faults[0]) from None
    settings = load_settings(name, project)
    found = found_of(ground, settings)
    if found is None:
        what, step = f"{name} is not up: it has no end to move", f"./cfctl up {name} --ttl 8h"
        raise RefusedError(Fault(where=name, what=what, allowed="a deployment that stands", next_step=step))
    books.settle(settings, found.tags)
    return settings, life_of(found, now), found.tags


def _tags_of(extension: Extension) -> dict[str, str]:
    tags: dict[str, str] = {}
    if extension.expires is not None:
        tags[EXPIRES_ON] = written_moment(extension.expires)
    if extension.spend is not None:
        tags[EXPIRES_AT_SPEND] = written_spend(extension.spend.amount, extension.spend.currency)
    return tags


def _who() -> str:
    """The account that runs this: on a container without one, nobody."""
    with suppress(OSError, KeyError):
        return getpass.getuser()
    return ""


def _by_nothing(name: str) -> Fault:
    return Fault(
        where="command line",
        what="neither --by nor --by-spend is given: by how much is it extended?",
        allowed=ALLOWED,
        next_step=f'./cfctl extend {name} --by 4h --reason "…"',
    )


def _no_reason(name: str, by: str, reason: str) -> Fault:
    return Fault(
        where="--reason",
        what=f"the reason has {len(reason)} characters" if reason.strip() else "no reason is given",
        allowed=f"why it lives longer, in 1 to {_LONGEST_REASON} characters: finance reads it",
        next_step=f'./cfctl extend {name} --by {by} --reason "the load test goes on"',
    )
