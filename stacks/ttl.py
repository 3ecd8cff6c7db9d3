"""How long an ephemeral deployment lives: lengths of life as they are typed, and the tags that hold its end.

The end stands in Azure, on the deployment's resource group alone: on every resource it would change all of them at each
extension. Whoever takes down what is over its time believes those tags and nothing else.
"""

import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, Field

from cidr import Fault, FaultsError
from cidr.validation import refuse
from stacks.parts import Part

EXPIRES_ON: Final = "ExpiresOn"
"""Tag: when the deployment may be taken down, UTC, ISO 8601, whole seconds."""
EXPIRES_AT_SPEND: Final = "ExpiresAtSpend"
"""Tag: after how much spent it may be taken down, as `50.00 USD`."""
EXPIRY_WARNED: Final = "ExpiryWarned"
"""Tag: the last warning that was given of the end, `2h before 2026-11-23T04:30:00Z`."""
EXPIRES_ON_VARIABLE: Final = "COMPLIANCEFLOW_EXPIRES_ON"
"""Environment variable: what the program writes as `ExpiresOn` instead of its own reckoning."""
EXPIRES_AT_SPEND_VARIABLE: Final = "COMPLIANCEFLOW_EXPIRES_AT_SPEND"
"""Environment variable: what the program writes as `ExpiresAtSpend` instead of the settings' amount."""
WARNING_LINE: Final = "reap warning:"
"""How a line begins that warns of an end: the account's alert looks for it."""
ERROR_LINE: Final = "error "
"""How a line begins that tells what went wrong, of any command (cli/failures.py)."""

LEAST: Final = timedelta(minutes=30)
"""Coming up and going down again take about as long on Azure."""
LONGEST: Final = timedelta(days=14)
"""From when the group was made, every extension included: what is needed for longer has no time to live."""
ALLOWED: Final = "30m to 14d: a whole number and m, h or d, as 30m, 8h, 3d"
_UNITS: Final = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1)}
_LENGTH: Final = re.compile(r"([0-9]{1,6})([mhd])")
_AMOUNT: Final = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,2})?) ([A-Z]{3})")
_MOMENT: Final = "%Y-%m-%dT%H:%M:%SZ"


def read_length(text: str, where: str) -> timedelta:
    """The length that `8h` is; of any size but nothing. Raises FaultsError for another text; `where` is its place."""
    found = _LENGTH.fullmatch(text)
    length = int(found[1]) * _UNITS[found[2]] if found else timedelta()
    if not length:
        raise FaultsError([_no_length(text, where)])
    return length


def read_ttl(text: str, where: str) -> timedelta:
    """The time to live that a text gives. Raises FaultsError for what is no length, too short or too long."""
    length = read_length(text, where)
    if not LEAST <= length <= LONGEST:
        short = length < LEAST
        what = f"{text} is {'less' if short else 'more'} than a deployment may be given to live"
        step = f"write {written_length(LEAST if short else LONGEST)}"
        raise FaultsError([Fault(where=where, what=what, allowed=ALLOWED, next_step=step)])
    return length


def written_length(length: timedelta) -> str:
    """`8h`: in the largest unit that it is whole in, minutes at the least."""
    unit = next((it for it in ("d", "h") if not length % _UNITS[it]), "m")
    return f"{length // _UNITS[unit]}{unit}"


def written_moment(moment: datetime) -> str:
    """`2026-11-23T04:30:00Z`, as the tag has it."""
    return f"{moment.astimezone(UTC):{_MOMENT}}"


def read_moment(text: str, where: str) -> datetime:
    """The moment of a tag or a variable. Raises FaultsError for another text."""
    try:
        return datetime.strptime(text, _MOMENT).replace(tzinfo=UTC)
    except ValueError:
        allowed, step = "UTC in whole seconds, as 2026-11-23T04:30:00Z", "write a time of that form"
        raise FaultsError([Fault(where=where, what=f"{text!r} is no time", allowed=allowed, next_step=step)]) from None


def written_spend(amount: Decimal, currency: str) -> str:
    """`50.00 USD`, as the tag has it."""
    return f"{amount:.2f} {currency}"


def read_spend(text: str, where: str) -> tuple[Decimal, str]:
    """Amount and currency of a tag or a variable, more than nothing. Raises FaultsError for another text."""
    if found := _AMOUNT.fullmatch(text):
        amount, currency = Decimal(found[1]), found[2]
        if amount:
            return amount, currency
    allowed, step = "an amount and a currency, as 50.00 USD", "write an amount of that form"
    raise FaultsError([Fault(where=where, what=f"{text!r} is no amount", allowed=allowed, next_step=step)])


def _no_length(text: str, where: str) -> Fault:
    return Fault(where=where, what=f"{text!r} is no length of time", allowed=ALLOWED, next_step="write 8h, for 8 hours")


def _taken(text: str) -> str:
    try:
        read_ttl(text, "")
    except FaultsError as error:
        raise refuse(*error.faults) from None
    return text


Ttl = Annotated[
    str,
    AfterValidator(_taken),
    Field(description=f"how long it lives once it is made, {ALLOWED}; dev and stg alone", examples=["8h"]),
]


class TtlSpend(Part):
    """How much a deployment may spend before it may be taken down, by the estimate and the hours that it is up."""

    amount: float = Field(ge=1, le=1_000_000, description="1 to 1000000", examples=[50])
    currency: Literal["USD"] = Field(description="currency of the amount", examples=["USD"])
