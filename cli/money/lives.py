"""When deployments lived, by the journals of their runs, the ends that were put off, and the receipts of teardowns."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from cidr import FaultsError
from cli.run_records import journals_of, notes_of, receipts_of
from finance.following.inputs import Interval, Lifetime, Teardown
from finance.money import Money
from lifecycle.ends.notes import Extended
from lifecycle.journal import Journal
from lifecycle.times import read_time
from sandbox.home import SandboxHome
from stacks.ttl import read_moment


def lifetime_of(home: SandboxHome, deployment: str, expires: datetime | None) -> Lifetime | None:
    """How it lived, None where no journal tells of it. expires: its ExpiresOn as it is now, None where it has none."""
    lived = _lived(reversed(journals_of(home).of(deployment)))
    if not lived:
        return None
    begun, ended = lived[-1]
    found = Lifetime(lived=lived, expires=expires)
    if expires is None or ended is not None:
        return found
    extensions = notes_of(home).extensions(deployment, since=begun)
    meant = _meant(extensions, expires)
    return replace(
        found,
        planned=None if meant is None else (*lived[:-1], (begun, meant)),
        extensions=len(extensions),
        why=", ".join(f"by {it.by} ({it.reason})" for it in extensions),
    )


def teardowns_of(home: SandboxHome, deployment: str) -> tuple[Teardown, ...]:
    """What its receipts say that each teardown saves; one of what had no price says nothing."""
    return tuple(
        Teardown(at=read_time(it["ended"]), per_day=Money(Decimal(saving["per_day"]), saving["currency"]))
        for it in reversed(receipts_of(home).of(deployment))
        if it["kind"] == "down" and (saving := it.get("saving"))  # a night's receipt has one too
    )


def last_stood(home: SandboxHome, deployment: str) -> datetime | None:
    """When its last teardown began: it stood whole until then. None where it never had one."""
    return next((it.run.began for it in journals_of(home).of(deployment) if it.run.kind == "down"), None)


def _lived(journals: Iterable[Journal]) -> tuple[Interval, ...]:
    """From the beginning of the up that made it to the end of the down that took it; the first journal first."""
    found: list[Interval] = []
    for it in journals:
        lives = bool(found) and found[-1][1] is None
        if it.run.kind == "up" and not lives:
            found.append((it.run.began, None))
        elif it.run.kind == "down" and lives and it.result == "succeeded":
            found[-1] = (found[-1][0], it.ended)
    return tuple(found)


def _meant(extensions: Sequence[Extended], expires: datetime) -> datetime | None:
    """Its first ExpiresOn; None where it was to end by an amount."""
    if not extensions:
        return expires
    try:
        return read_moment(extensions[0].before, "the first end")
    except FaultsError:
        return None
