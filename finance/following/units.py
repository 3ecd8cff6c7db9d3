"""Quantities of a bill in the units of the price sheet, where they have one.

Azure writes "1 Hour", "10K" and "1 GB/Month", FOCUS "Hours" and "GB/Month" (capitalised, in the plural):
https://focus.finops.org/focus-specification/v1-2/#unitformat. What a quantity counts is told by neither: Azure's native
exports have single operations beside the unit "10K", its FOCUS exports have tens of thousands beside the unit "Units",
https://learn.microsoft.com/cloud-computing/finops/focus/convert. So the size is taken that makes the price most like
the planned one: sizes are ten times each other and more, prices are not.
"""

from decimal import Decimal
from typing import Final

from finance.money import EXACT
from finance.prices.units import counted, size_of

_SAME: Final = {"hr": "hour", "gb-mo": "gb-month", "gib-second": "gib second", "unit": "", "count": ""}
"""Other words for one unit, in the singular and small; "units" and nothing are said of what is only counted."""


def word_of(unit: str) -> str:
    """What is counted: "hour" of "100 Hours" and of "Hours", "month" of "1/Month" and "Units/Month"."""
    try:
        text = counted(unit)
    except ValueError:
        text = unit
    small = (text or (unit if not _size(unit) else "")).strip().lower().replace("/", "-")
    single = "-".join(part.removesuffix("s") for part in small.split("-"))
    return _SAME.get(single, single).removeprefix("unit-")


def alike(one: str, other: str) -> bool:
    """Whether two units count the same; what Azure does not say ("10K", "Units") may be anything."""
    first, second = word_of(one), word_of(other)
    return first == second or not first or not second


def at_price(quantity: Decimal, unit: str, billed: Decimal, planned: str, price: Decimal) -> Decimal:
    """What a quantity in the bill's unit costs at the planned price of one of what the planned unit counts.

    billed: what it did cost; of the sizes that the quantity may be in, the one whose result is nearest to that counts.
    """
    sizes = dict.fromkeys([_size(unit) or Decimal(1), Decimal(1), _size(planned) or Decimal(1)])
    results = [EXACT.multiply(EXACT.multiply(quantity, size), price) for size in sizes]
    return min(results, key=lambda result: _distance(result, billed))


def _size(unit: str) -> Decimal | None:
    try:
        return size_of(unit)
    except ValueError:
        return None


def _distance(one: Decimal, other: Decimal) -> Decimal:
    """How many times one is the other, upwards; where they cannot be compared, the first that is asked is as good."""
    if not one or not other or (one < 0) != (other < 0):
        return Decimal("Infinity")
    return max(one / other, other / one)
