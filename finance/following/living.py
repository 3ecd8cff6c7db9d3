"""How long a deployment lived, was meant to live and will live, and what that saved, or cost by being too long."""

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Final

from finance.following.exact import part_of
from finance.following.inputs import Followed, Interval, Lifetime
from finance.money import EXACT, Money

DAY: Final = timedelta(days=1)
LAG: Final = 2
"""Some services are charged so many days later than others: a line may end before the month's last day with data."""


def midnight(day: date) -> datetime:
    """The begin of a day in UTC: charges are by UTC days."""
    return datetime.combine(day, time(), UTC)


def overlap(intervals: Sequence[Interval], begin: datetime, end: datetime) -> timedelta:
    """How long the intervals are within a span; time that two of them share counts once."""
    total, reached = timedelta(), begin
    for begun, over in sorted(intervals, key=lambda it: it[0]):
        start, stop = max(begun, reached), min(over or end, end)
        total += max(stop - start, timedelta())
        reached = max(reached, stop)
    return total


def lived(lifetime: Lifetime | None, begin: datetime, end: datetime) -> timedelta:
    """How long it lived in a span: all of it where nobody knows."""
    return overlap(lifetime.lived, begin, end) if lifetime else max(end - begin, timedelta())


def planned(lifetime: Lifetime | None, begin: datetime, end: datetime) -> timedelta:
    """How long it was meant to live in a span: as long as it did where nobody planned."""
    if lifetime is None or lifetime.planned is None:
        return lived(lifetime, begin, end)
    return overlap(lifetime.planned, begin, end)


def seen(days: Collection[date], whole: date) -> Lifetime | None:
    """The life that charges tell of where nobody else does: from its first day with use to its last; None without any.

    One that was charged lately lives on: some services are charged days later than others.
    """
    if not days:
        return None
    last = max(days)
    over = None if last >= whole - LAG * DAY else midnight(last + DAY)
    return Lifetime(lived=((midnight(min(days)), over),))


def to_come(lifetime: Lifetime | None, day: date, now: datetime) -> Decimal:
    """What part of a day without data it will live: until its ExpiresOn, and nothing where it is gone. What part it did
    live, where the day is over and its data are not there yet.
    """
    if lifetime is None:
        return Decimal(1)
    if midnight(day + DAY) <= now:
        return part_of(Decimal(1), lived(lifetime, midnight(day), midnight(day + DAY)), DAY)
    alive = any(over is None or over > now for _, over in lifetime.lived)
    due = lifetime.expires is not None and lifetime.expires > now  # one that is past has not ended it, and will not
    end = min(lifetime.expires, midnight(day + DAY)) if lifetime.expires and due else midnight(day + DAY)
    return part_of(Decimal(1), max(end - midnight(day), timedelta()), DAY) if alive else Decimal(0)


def saved(followed: Followed, begin: datetime, end: datetime, currency: str) -> Money:
    """What its teardowns saved in a span: each from when it was gone until it came again."""
    births = sorted(start for start, _ in followed.lifetime.lived) if followed.lifetime else []
    total = Money.zero(currency)
    for it in followed.teardowns:
        again = next((birth for birth in births if birth > it.at), end)
        gone = min(again, end) - max(it.at, begin)
        if gone > timedelta():
            total += Money(part_of(it.per_day.amount, gone, DAY), it.per_day.currency)
    return total


def late(lifetime: Lifetime | None, days: Mapping[date, Decimal], now: datetime) -> Decimal:
    """What it cost after its ExpiresOn: of each day's charges the part of its life on that day that was too late."""
    total = Decimal(0)
    if lifetime is None or lifetime.expires is None:
        return total
    for day, billed in days.items():
        begin, end = midnight(day), min(midnight(day + DAY), now)
        whole = lived(lifetime, begin, end)
        beyond = lived(lifetime, max(begin, lifetime.expires), end)
        if beyond > timedelta():
            total = EXACT.add(total, part_of(billed, beyond, whole))
    return total
