"""What every row of the table is given, and what it gives: quantities of meters, in base units of a month."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from types import MappingProxyType
from typing import Final

from finance.estimate.inputs import Inputs, UnreadableError
from finance.ranges import Range
from finance.usage import Usage

# Azure's calculator, and every estimate made with it, counts a month as 730 hours: 365 days of 24 hours by 12 months.
# https://azure.microsoft.com/pricing/calculator/
HOURS: Final = Decimal(730)
DAYS: Final = Decimal("30.4167")
_PLACES: Final = Decimal("0.0001")


@dataclass(frozen=True, slots=True)
class Quantity:
    """So much of a meter a month. meter: its key in the price sheet. amount: in what the meter counts, not in its
    units: hours, operations, GB. what: in words. by_use: whether declared use is in it.
    """

    meter: str
    amount: Range
    what: str
    by_use: bool = False


@dataclass(frozen=True, slots=True)
class Around:
    """What stands around a resource. region: where it stands, as Azure names it. networks: name -> region of every
    network that can be told; inputs_of: kind -> the inputs of all the deployment's resources of that kind.
    """

    region: str
    usage: Usage
    networks: Mapping[str, str]
    inputs_of: Mapping[str, tuple[Inputs, ...]] = field(default_factory=lambda: MappingProxyType({}))


Row = Callable[[Inputs, Around], Iterable[Quantity]]


def fixed(meter: str, amount: Decimal | int, what: str) -> Quantity:
    """A quantity that no use changes."""
    return Quantity(meter, Range.flat(amount), what)


def used(meter: str, amount: Range, what: str) -> Quantity:
    """A quantity that hangs on declared use."""
    return Quantity(meter, amount, what, by_use=True)


def quotient(dividend: Decimal, divisor: Decimal | int) -> Decimal:
    """A division that needs not be exact, to four places: of quantities, never of money."""
    return (dividend / divisor).quantize(_PLACES, ROUND_HALF_UP)


def last(arm_id: str) -> str:
    """The name at the end of an ARM id."""
    return arm_id.rstrip("/").rsplit("/", 1)[-1]


def only(inputs: Inputs, path: str, allowed: Mapping[str, str] | Iterable[str]) -> str:
    """A text that is one of those that the row knows. Raises UnreadableError for another."""
    found = inputs.text(path)
    known = {key.lower(): key for key in allowed}
    if found.lower() not in known:
        raise UnreadableError(f"{path} is {found}, and only {', '.join(known.values())} has a row")
    return known[found.lower()]
