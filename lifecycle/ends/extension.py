"""How far a deployment's end may be moved: by a while or by an amount, each with a cap, and never for what has none."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from cidr import DeploymentName, Fault, FaultsError
from finance.money import Money
from lifecycle.ends.life import SKEW, Life
from stacks.ttl import EXPIRES_AT_SPEND, EXPIRES_ON, LONGEST, written_length, written_moment

_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What is asked for: a while, an amount, or both."""

    by: timedelta | None = None
    by_spend: Money | None = None


@dataclass(frozen=True, kw_only=True)
class Extension:
    """What a deployment's tags are to say. None: as they do."""

    expires: datetime | None = None
    spend: Money | None = None


def refuse_persistent(name: DeploymentName) -> None:
    """Raise FaultsError for a deployment that has no end by its nature."""
    if not name.environment.ephemeral:
        step = f"./cfctl list shows how {name} stands"
        what = f"{name} is production: it is never taken down for its time, so there is nothing to extend"
        raise FaultsError([Fault(where=str(name), what=what, allowed="deployments of dev and stg", next_step=step)])


def extended(life: Life, asked: Asked, most: Money, now: datetime) -> Extension:
    """The new end: from the present one, or from now where that is past or cannot be read. Nothing is changed.

    most: what it may be given to spend in all. Raises FaultsError for what has no end of that kind, and for an end
    beyond the cap.
    """
    return Extension(
        expires=None if asked.by is None else _later(life, asked.by, now),
        spend=None if asked.by_spend is None else _more(life, asked.by_spend, most),
    )


def _later(life: Life, by: timedelta, now: datetime) -> datetime:
    name = life.deployment
    if life.expires is None and EXPIRES_ON not in life.unreadable:
        what = f"{name} has no time to live, so there is none to extend (its resource group has no tag {EXPIRES_ON})"
        step = f"./cfctl up {name} --ttl 8h gives it one"
        raise FaultsError([Fault(where=str(name), what=what, allowed="deployments with a ttl", next_step=step)])
    if life.made is None:
        what = f"nobody knows when {name} was made, so its longest life cannot be told"
        step = f"./cfctl refresh {name}, then again; or ./cfctl down {name}"
        raise FaultsError([Fault(where=str(name), what=what, allowed="a state with creation times", next_step=step)])
    if life.made > now + SKEW:
        raise FaultsError(life.faults)
    begins = max(life.expires or now, now)
    until, cap = begins + by, life.made + LONGEST
    if until <= cap:
        return until.replace(microsecond=0)
    left = (cap - begins) // _MINUTE * _MINUTE
    what = f"{name} would live until {written_moment(until)}, and {LONGEST.days} days after it was made end at "
    rest = f"--by {written_length(left)} is the most that is left" if left > timedelta() else "nothing more is left"
    raise FaultsError(
        [
            Fault(
                where="--by",
                what=f"{what}{written_moment(cap)}",
                allowed=rest,
                next_step=f"./cfctl extend {name} --by {written_length(left)}"
                if left > timedelta()
                else f"./cfctl redeploy {name} begins a new life with its data",
            )
        ]
    )


def _more(life: Life, by: Money, most: Money) -> Money:
    name = life.deployment
    if life.spend is None:
        what = f"{name} has no amount to spend, so there is none to raise (its group has no tag {EXPIRES_AT_SPEND})"
        step = f"./cfctl up {name} --ttl-spend 50 gives it one"
        raise FaultsError([Fault(where=str(name), what=what, allowed="deployments with ttl_spend", next_step=step)])
    total = life.spend + by
    if total <= most:
        return total
    left = most - life.spend
    nothing = left <= Money.zero(left.currency)
    raise FaultsError(
        [
            Fault(
                where="--by-spend",
                what=f"{name} would be given {total} to spend, more than its budget of a month, {most}",
                allowed="nothing more" if nothing else f"at most {left} more",
                next_step=f"raise `budget.amount` in stacks/Pulumi.{name}.yaml, or ./cfctl down {name}"
                if nothing
                else f"./cfctl extend {name} --by-spend {left.amount:.2f}",
            )
        ]
    )
