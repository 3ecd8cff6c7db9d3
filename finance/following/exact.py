"""Divisions that lose nothing: to twelve digits after the point, as the ledger has them, with the remainder handed out.

https://en.wikipedia.org/wiki/Largest_remainder_method
"""

from collections.abc import Sequence
from datetime import timedelta
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import Final

from finance.money import EXACT

FINE: Final = Decimal("1e-12")
_DIVIDING: Final = Context(prec=100, rounding=ROUND_HALF_UP)
MICROSECOND: Final = timedelta(microseconds=1)


def quotient(dividend: Decimal, divisor: Decimal | int) -> Decimal:
    """To twelve digits after the point, halves away from zero. Raises ZeroDivisionError."""
    if not divisor:
        raise ZeroDivisionError(f"{dividend} by nothing")
    return _DIVIDING.quantize(_DIVIDING.divide(dividend, Decimal(divisor)), FINE)


def product(one: Decimal, other: Decimal) -> Decimal:
    """To twelve digits after the point."""
    return _DIVIDING.quantize(_DIVIDING.multiply(one, other), FINE)


def part_of(amount: Decimal, part: timedelta, whole: timedelta) -> Decimal:
    """As much of an amount as one time is of another, exact to the microsecond."""
    return quotient(EXACT.multiply(amount, Decimal(part // MICROSECOND)), whole // MICROSECOND)


def shares(total: Decimal, weights: Sequence[Decimal]) -> list[Decimal]:
    """A total in parts by weights, to twelve digits: the parts add up to it whatever the weights are.

    What is left over goes in single last digits to those who lost most by rounding, the first of equals first. Weights
    below zero count as nothing; where all are nothing, the parts are equal. Raises ValueError without weights.
    """
    if not weights:
        raise ValueError("a total cannot be split among none")
    positive = [max(weight, Decimal(0)) for weight in weights]
    counted = positive if any(positive) else [Decimal(1)] * len(positive)
    places = max(max(0, -int(weight.as_tuple().exponent)) for weight in counted)
    whole = [int(weight.scaleb(places, EXACT)) for weight in counted]
    units = int(EXACT.divide(total.copy_abs(), FINE).to_integral_exact(context=EXACT))
    quotas = [divmod(units * weight, sum(whole)) for weight in whole]
    left = units - sum(quota for quota, _ in quotas)
    order = sorted(range(len(quotas)), key=lambda index: -quotas[index][1])
    extra = set(order[:left])
    parts = [EXACT.multiply(Decimal(quota + (index in extra)), FINE) for index, (quota, _) in enumerate(quotas)]
    return [part.copy_negate() for part in parts] if total < 0 else parts


def rounded_parts(amounts: Sequence[Decimal], unit: Decimal) -> list[Decimal]:
    """Each amount to the unit, so that they add up to their sum to the unit: for sentences that people add up."""
    total = sum(amounts, Decimal(0)).quantize(unit, ROUND_HALF_UP)
    floors = [(amount // unit) * unit - (unit if amount % unit < 0 else 0) for amount in amounts]
    left = int((total - sum(floors, Decimal(0))) / unit)
    order = sorted(range(len(amounts)), key=lambda index: floors[index] - amounts[index])
    up = set(order[:left])
    return [floor + (unit if index in up else 0) for index, floor in enumerate(floors)]
