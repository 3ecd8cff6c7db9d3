"""When a deployment may be taken down, and whether it is time: by what stands in Azure, never by what was meant.

Two ends, of which the earlier counts: a moment (`ExpiresOn`) and an amount spent (`ExpiresAtSpend`), hours times
estimate. What cannot be read, or cannot be so, is told and never taken for an end.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final, TypeVar

from cidr import DeploymentName, Fault, FaultsError
from finance.alarms.spent import hourly, spent
from finance.money import Money
from stacks.ttl import EXPIRES_AT_SPEND, EXPIRES_ON, LONGEST, read_moment, read_spend, written_moment

T = TypeVar("T")
SKEW: Final = timedelta(minutes=5)
"""How far two clocks may be apart: Azure's sign-in refuses a machine that is further off as well."""
_HOUR: Final = timedelta(hours=1)


@dataclass(frozen=True, kw_only=True)
class Found:
    """A deployment as it stands. tags: of its resource group. made: when the group was made, None where nobody knows.

    month: what it costs a month by the estimate, None where it has no price. wanted: whether its settings give it an
    end, so that one without is a mistake.
    """

    deployment: DeploymentName
    tags: Mapping[str, str]
    made: datetime | None
    month: Money | None
    wanted: bool = False


@dataclass(frozen=True, kw_only=True)
class Life:
    """What is left of a deployment's life.

    expires: the moment that its tag has; spend: the amount that its tag has; spent: so far, None where that cannot be
    told. ends: the earlier of `expires` and when the amount will be spent at the present price; None: no end. faults:
    what is wrong with it, and then it is never taken down. doubts: what is wrong and leaves the moment as it is.
    unreadable: tags that are garbled.
    """

    deployment: DeploymentName
    made: datetime | None
    month: Money | None
    expires: datetime | None = None
    spend: Money | None = None
    spent: Money | None = None
    ends: datetime | None = None
    faults: tuple[Fault, ...] = ()
    doubts: tuple[Fault, ...] = ()
    unreadable: tuple[str, ...] = ()

    def is_over(self, now: datetime) -> bool:
        """Whether it may be taken down."""
        return not self.faults and self.ends is not None and self.ends <= now

    @property
    def by_spend(self) -> bool:
        """Whether it is the amount that ends it."""
        return self.ends is not None and self.ends != self.expires

    @property
    def end_in_words(self) -> str:
        """What ends it: `2026-11-23T04:30:00Z`, or `50.00 USD spent`."""
        if self.by_spend:
            return f"{self.spend} spent"
        return written_moment(self.expires) if self.expires else "no end"

    @property
    def day(self) -> Money | None:
        """What a day of it costs, in cents."""
        return None if self.month is None else (hourly(self.month) * 24).rounded()


def life_of(found: Found, now: datetime) -> Life:
    """How much longer a deployment lives, with everything that is wrong with its end."""
    where = f"resource group of {found.deployment}"
    faults: list[Fault] = []
    unreadable: list[str] = []

    def read(tag: str, reader: Callable[[str, str], T]) -> T | None:
        if tag not in found.tags:
            return None
        try:
            return reader(found.tags[tag], f"{where}, tag {tag}")
        except FaultsError as error:
            faults.extend(_unreadable(found, tag, fault) for fault in error.faults)
            unreadable.append(tag)
            return None

    expires, amount = read(EXPIRES_ON, read_moment), read(EXPIRES_AT_SPEND, read_spend)
    spend = None if amount is None else Money(Decimal(amount[0]), amount[1])
    if expires is None and spend is None and not faults and found.wanted:
        faults.append(_without_end(found, where))
    if found.made is not None and found.made > now + SKEW:
        faults.append(_made_later(found, now, where))
    if expires is not None and found.made is not None and expires > found.made + LONGEST + SKEW:
        faults.append(_too_late(found, expires, where))
    so_far = None if spend is None else _spent(found, now)
    doubts: tuple[Fault, ...] = ()
    if spend is not None and (so_far is None or so_far.currency != spend.currency):
        doubts, so_far = (_no_price(found, spend, where),), None
    return Life(
        deployment=found.deployment,
        made=found.made,
        month=found.month,
        expires=expires,
        spend=spend,
        spent=so_far,
        ends=_earlier(expires, _spent_by(found, spend, so_far, now)),
        faults=tuple(faults),
        doubts=doubts,
        unreadable=tuple(unreadable),
    )


def _spent(found: Found, now: datetime) -> Money | None:
    if found.month is None or found.made is None:
        return None
    return spent(hourly(found.month), [(found.made, max(now, found.made))], now)


def _spent_by(found: Found, spend: Money | None, so_far: Money | None, now: datetime) -> datetime | None:
    """When the amount is spent, at today's price; None for never, and where nobody can tell."""
    if spend is None or so_far is None or found.month is None:
        return None
    if so_far >= spend:
        return now
    rate = hourly(found.month).amount
    hours = (spend - so_far).amount / rate if rate else None
    most = Decimal((datetime.max.replace(tzinfo=now.tzinfo) - now) // _HOUR)
    return None if hours is None or hours >= most else now + timedelta(hours=float(hours))


def _earlier(one: datetime | None, other: datetime | None) -> datetime | None:
    return min((it for it in (one, other) if it is not None), default=None)


def _unreadable(found: Found, tag: str, fault: Fault) -> Fault:
    return Fault(
        where=fault.where,
        what=f"{found.deployment}: {fault.what}: it is not taken down",
        allowed=fault.allowed,
        next_step=f'./cfctl extend {found.deployment} --by 4h --reason "{tag} was garbled"',
    )


def _without_end(found: Found, where: str) -> Fault:
    return Fault(
        where=f"{where}, tag {EXPIRES_ON}",
        what=f"{found.deployment} has no end, though its stack file gives it one: it is not taken down",
        allowed=f"a tag {EXPIRES_ON} or {EXPIRES_AT_SPEND}",
        next_step=f"./cfctl up {found.deployment} writes it, counted from then",
    )


def _made_later(found: Found, now: datetime, where: str) -> Fault:
    made = written_moment(found.made or now)
    return Fault(
        where=where,
        what=f"{found.deployment} was made at {made}, and here it is {written_moment(now)}: one of the clocks is "
        "wrong, and it is not taken down",
        allowed="a clock that is right to five minutes",
        next_step="set this machine's clock (timedatectl status), then again",
    )


def _too_late(found: Found, expires: datetime, where: str) -> Fault:
    return Fault(
        where=f"{where}, tag {EXPIRES_ON}",
        what=f"{found.deployment} is to live until {written_moment(expires)}, longer than {LONGEST.days} days after it "
        "was made: somebody else wrote that, and it is not taken down",
        allowed=f"{LONGEST.days} days, every extension included",
        next_step=f"./cfctl down {found.deployment}, or take the tag to a time within them",
    )


def _no_price(found: Found, spend: Money, where: str) -> Fault:
    return Fault(
        where=f"{where}, tag {EXPIRES_AT_SPEND}",
        what=f"{found.deployment} may spend {spend}, and what it has spent cannot be told: it is not taken down for it",
        allowed=f"a price in {spend.currency} and a time at which it was made",
        next_step=f"./cfctl cost estimate {found.deployment} says what is missing",
    )
