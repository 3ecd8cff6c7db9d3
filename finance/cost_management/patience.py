"""How long an answer of the Cost Management API asks to wait before the next question.

Beside `Retry-After` it has a header for each of its limits (QPU, entity, tenant, client, client type), whose names have
changed before and may again, so that they are told by how they begin and end; the longest of them holds.
https://learn.microsoft.com/azure/cost-management-billing/costs/manage-automation#error-codes
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

AGAIN: Final = frozenset({429, 500, 502, 503, 504})
"""Answers after which the same question may be asked again."""
_LIMITS: Final = ("x-ms-ratelimit-microsoft.costmanagement-", "x-ms-ratelimit-microsoft.consumption-")
_FIRST: Final = 10.0
"""Seconds that are waited where the answer does not say: the shortest of the QPU windows, doubled with each try."""


def seconds_to_wait(headers: Mapping[str, str], tries: int, now: datetime) -> float:
    """Seconds; tries: how often it was asked already, from 1. A header that is no time is passed over."""
    asked = [found for name, value in headers.items() if (found := _asked(name.lower(), value, now)) is not None]
    return max(asked) if asked else _FIRST * 2 ** (tries - 1)


def _asked(name: str, value: str, now: datetime) -> float | None:
    if name == "retry-after" or (name.startswith(_LIMITS) and name.endswith("retry-after")):
        return _seconds(value, now)
    if name.endswith("retry-after-ms"):
        found = _seconds(value, now)
        return None if found is None else found / 1000
    return None


def _seconds(value: str, now: datetime) -> float | None:
    """Of a number, or of a date as HTTP has it; None for anything else and for what is below zero."""
    text = value.strip()
    try:
        found = float(text) if text.replace(".", "", 1).isdecimal() else _until(text, now)
    except ValueError:
        return None
    return found if found >= 0 else None


def _until(text: str, now: datetime) -> float:
    moment = parsedate_to_datetime(text)
    return (moment.replace(tzinfo=moment.tzinfo or UTC) - now).total_seconds()
