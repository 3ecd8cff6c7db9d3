"""Reading a log file: its last lines, those since a time, those to come; nothing secret among them."""

import re
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import dropwhile
from pathlib import Path
from typing import Final

from cidr import Fault, FaultsError

_TIME: Final = re.compile(r"(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d(?:\.\d{1,6})?)")
_AGO: Final = re.compile(r"([1-9][0-9]*)([smhd])", re.ASCII)
_UNITS: Final = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
_SECRETS: Final = (
    (re.compile(r"(PASSWORD\s+)'(?:[^']|'')*'", re.IGNORECASE), r"\1'[secret]'"),
    (
        re.compile(
            r"\b((?:SharedAccessKey|AccountKey|SharedAccessSignature|sig|client_secret|password|pwd)=)[^;&\s\"']+",
            re.IGNORECASE,
        ),
        r"\1[secret]",
    ),
    (re.compile(r"(Bearer\s+)\S+", re.IGNORECASE), r"\1[secret]"),
    (re.compile(r"\beyJ[\w-]+\.[\w-]+(?:\.[\w-]*)?"), "[secret]"),
)
"""What looks like a password, a key or a token (a JWT begins with `eyJ`): whoever wrote it into a log, it ends here."""


def moment(since: str, now: datetime) -> datetime:
    """The moment that `--since` names: `10m`, `2h`, `1d` before now, or ISO 8601 (UTC where it names no zone).

    Raises FaultsError for anything else.
    """
    ago = _AGO.fullmatch(since)
    try:
        if ago:
            return now - timedelta(**{_UNITS[ago[2]]: int(ago[1])})
        named = datetime.fromisoformat(since)
    except (ValueError, OverflowError):
        fault = Fault(
            where="--since",
            what=f"{since!r} is no time",
            allowed="so many s, m, h or d ago (30s, 10m, 2h, 1d), or ISO 8601 (2026-11-22T17:30)",
            next_step="write --since 10m",
        )
        raise FaultsError([fault]) from None
    return named if named.tzinfo else named.replace(tzinfo=UTC)


def time_of(line: str) -> datetime | None:
    """The time that a line begins with, in UTC; None for a line that goes on with the one before."""
    found = _TIME.match(line)
    return datetime.fromisoformat(f"{found[1]}T{found[2]}").replace(tzinfo=UTC) if found else None


def read_lines(path: Path) -> list[str]:
    """The lines of a log. Raises FaultsError when it cannot be read."""
    try:
        text = path.read_bytes().decode(errors="replace")
    except OSError as error:
        fault = Fault(
            where=str(path),
            what=f"the log cannot be read: {error.strerror or error}",
            allowed="a file that you may read",
            next_step="./cfctl doctor",
        )
        raise FaultsError([fault]) from error
    return [redacted(line) for line in text.splitlines()]


def since(lines: Iterable[str], moment: datetime) -> list[str]:
    """The lines from the first one on that is not older; lines without a time belong to the one before them."""

    def older(line: str) -> bool:
        time = time_of(line)
        return time is None or time < moment

    return list(dropwhile(older, lines))


def redacted(line: str) -> str:
    """The line without what looks like a password, a key or a token."""
    for pattern, instead in _SECRETS:
        line = pattern.sub(instead, line)
    return line


def follow(path: Path, position: int, ended: Callable[[], bool]) -> Iterator[str]:
    """Whole lines that are written behind `position` (bytes), as they come.

    `ended`: asked when there is nothing new; it waits a moment, and True ends it after a last look.
    A file that became shorter was begun anew and is read from its beginning.
    """
    rest = b""
    last = False
    while True:
        size = path.stat().st_size if path.exists() else 0
        if size < position:
            position, rest = 0, b""
        if size > position:
            with path.open("rb") as file:
                file.seek(position)
                *whole, rest = (rest + file.read()).split(b"\n")
                position = file.tell()
            yield from (redacted(line.decode(errors="replace")) for line in whole)
        elif last:
            break
        else:
            last = ended()
    if rest:
        yield redacted(rest.decode(errors="replace"))
