"""The state of one stack from one place to another: copied, compared, and only then gone from the old one.

Order: both are looked at; the copy is made under the other place's own key; copy and original are held against each
other, secret by secret; the original is kept aside and leaves the list. A record beside says how far it got. Killed
anywhere, the same command finishes: until the last step the old place has everything as it was. Secrets are in clear
in memory alone, between one place and the other.
"""

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from cidr import Fault
from lifecycle.machine import StepError
from lifecycle.state_comparing import Export, differences, pending_in, resources_in, secrets_in

_SHOWN = 5
"""Most differences that are named."""


class MoveRefusedError(Exception):
    """Understood, and not done; nothing was changed. `fault` says why and what to type instead."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(str(fault))
        self.fault = fault


class Place(Protocol):
    """Where the stack may lie: a backend with its key. Every call raises what its backend has to say against it."""

    @property
    def where(self) -> str:
        """The place in words, as it is typed."""
        ...

    def stands(self) -> bool:
        """True if the stack was made there, be it still empty."""
        ...

    def check_idle(self) -> None:
        """Raise where somebody holds the stack, as far as that can be seen, or a run was left half done."""
        ...

    def in_clear(self) -> Export:
        """The export with its secrets in clear."""
        ...

    def sealed(self) -> Export:
        """The export with its secrets encrypted."""
        ...

    def take(self, export: Export) -> None:
        """Make an export in clear the state there, at once or not at all, under the place's own key."""
        ...

    def keep(self, began: str) -> tuple[str, ...]:
        """Keep the state and its history aside, encrypted; where they lie. began: of the move, for a name of its own.

        Done again, it leaves the same.
        """
        ...

    def drop(self) -> None:
        """Take the stack from the list; what stands in Azure is not touched."""
        ...


@dataclass(frozen=True, kw_only=True)
class MoveRecord:
    """How far a move has got. source, target: `Place.where`; began: UTC, ISO 8601.

    copy: SHA-256 of the copy with its secrets encrypted, once it is made: while it fits, nobody else has written there.
    kept: where the old state lies, once the copy is verified. done: the old place has it no more.
    """

    source: str
    target: str
    began: str
    copy: str = ""
    kept: Sequence[str] = ()
    resources: int = 0
    secrets: int = 0
    done: bool = False


class Records(Protocol):
    """Where the record of a stack's last move lies."""

    def read(self) -> MoveRecord | None:
        """The record; None where there is none, or none that is whole."""
        ...

    def write(self, record: MoveRecord) -> None:
        """Keep it, at once or not at all."""
        ...


def move(source: Place, target: Place, records: Records, began: str, tell: Callable[[str], None]) -> MoveRecord:
    """Move the stack, or finish a move that was killed; the record of it. tell: what is being done, in words.

    Raises MoveRefusedError where the stack is not there, has pending operations, or another one of its name stands in
    the target; StepError where the copy is not the original, or that has changed meanwhile: both stand then.
    """
    record = records.read()
    ours = record if record and (record.source, record.target) == (source.where, target.where) else None
    if not source.stands():
        return _finished(source, target, records, ours, record)
    if ours is None or ours.done:
        ours = MoveRecord(source=source.where, target=target.where, began=began)
    tell(f"looking at {source.where}")
    source.check_idle()
    original = source.in_clear()
    _check_settled(source, original)
    if _needs_copy(target, original, ours):
        records.write(ours)
        tell(f"copying {resources_in(original)} resources to {target.where}")
        target.take(original)
    tell("comparing resource by resource, secret by secret")
    ours = replace(ours, copy=_digest(target.sealed()), resources=resources_in(original), secrets=secrets_in(original))
    copy = target.in_clear()
    if found := differences(original, copy):
        raise StepError(_not_the_same(target, "the copy is not the original", found))
    records.write(ours)
    if found := differences(source.in_clear(), copy):
        raise StepError(_not_the_same(source, "the original has changed since it was copied", found))
    tell(f"keeping the old state aside and taking it from the list of {source.where}")
    ours = replace(ours, kept=source.keep(ours.began))
    records.write(ours)
    source.drop()
    records.write(replace(ours, done=True))
    return replace(ours, done=True)


def _finished(
    source: Place, target: Place, records: Records, ours: MoveRecord | None, last: MoveRecord | None
) -> MoveRecord:
    """The record of the move that took the stack from here, with its last line if that is missing."""
    if ours is None or not ours.kept or not target.stands():
        went = f"; the last move took it from {last.source} to {last.target}" if last and last.kept else ""
        raise MoveRefusedError(
            Fault(
                where=source.where,
                what=f"there is no such stack to move{went}",
                allowed="a stack that was made there",
                next_step="name the place where it lies: --from WHERE",
            )
        )
    if not ours.done:
        records.write(replace(ours, done=True))
    return replace(ours, done=True)


def _check_settled(source: Place, original: Export) -> None:
    if pending := pending_in(original):
        raise MoveRefusedError(
            Fault(
                where=source.where,
                what=f"{len(pending)} operations are pending, whose end nobody knows: {', '.join(pending[:_SHOWN])}",
                allowed="a state without pending operations",
                next_step="refresh the stack where it lies, then the same command again",
            )
        )


def _needs_copy(target: Place, original: Export, ours: MoveRecord) -> bool:
    """False where the copy stands already. Raises MoveRefusedError for what is neither empty nor a copy of ours."""
    if not target.stands():
        return True
    target.check_idle()
    there = target.in_clear()
    found = differences(original, there)
    if not found:
        return False
    if not resources_in(there) or (ours.copy and ours.copy == _digest(target.sealed())):
        return True
    raise MoveRefusedError(
        replace(
            _not_the_same(target, f"another stack of that name is there, with {resources_in(there)} resources", found),
            allowed="no stack of that name there, an empty one, or the copy that this move has made",
            next_step="look at both (pulumi stack --show-urns); the one that is wrong goes with pulumi stack rm",
        )
    )


def _not_the_same(place: Place, what: str, found: Sequence[str]) -> Fault:
    more = f", and {len(found) - _SHOWN} more" if len(found) > _SHOWN else ""
    return Fault(
        where=place.where,
        what=f"{what}: {'; '.join(found[:_SHOWN])}{more}",
        allowed="the same resources with the same values",
        next_step="the same command again, once nobody runs there: the original is as it was",
    )


def _digest(sealed: Export) -> str:
    """A name for a state as it lies encrypted: what was written again has other ciphertexts or another time."""
    return hashlib.sha256(json.dumps(sealed, sort_keys=True).encode()).hexdigest()
