"""An amount of money: exact decimal, and never without its currency.

Sums and products are exact or raise: nothing is rounded on the way, so totals equal the sum of their parts to the last
digit. Only `rounded` rounds, to cents, for people.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Context, Decimal, Inexact, InvalidOperation, Overflow
from typing import Final, Self

# Prices have at most 12 digits after the point, quantities 20 in all: a hundred digits hold every product of ours.
EXACT: Final = Context(prec=100, rounding=ROUND_HALF_UP, traps=[Inexact, InvalidOperation, Overflow])
CENT: Final = Decimal("0.01")


class MixedCurrenciesError(ValueError):
    """Two amounts of different currencies met; there is no rate here that would make one of them."""

    def __init__(self, first: str, second: str) -> None:
        super().__init__(f"{first} and {second} are two currencies: neither added nor compared")


@dataclass(frozen=True, slots=True)
class Money:
    """amount: exact, of any sign. currency: ISO 4217, three capital letters, as in Azure's price list.

    Arithmetic and comparison raise MixedCurrenciesError between currencies. Amounts are equal whatever their trailing
    zeros, as decimals are.
    """

    amount: Decimal
    currency: str

    @classmethod
    def zero(cls, currency: str) -> Self:
        """Nothing of it."""
        return cls(Decimal(0), currency)

    @classmethod
    def total(cls, amounts: Iterable["Money"], currency: str) -> "Money":
        """The exact sum, zero of `currency` for none."""
        result: Money = cls.zero(currency)
        for amount in amounts:
            result += amount
        return result

    def __add__(self, other: "Money") -> "Money":
        return Money(EXACT.add(self.amount, self._same(other)), self.currency)

    def __sub__(self, other: "Money") -> "Money":
        return Money(EXACT.subtract(self.amount, self._same(other)), self.currency)

    def __neg__(self) -> "Money":
        return Money(self.amount.copy_negate(), self.currency)

    def __mul__(self, factor: Decimal | int) -> "Money":
        return Money(EXACT.multiply(self.amount, Decimal(factor)), self.currency)

    def __lt__(self, other: "Money") -> bool:
        return self.amount < self._same(other)

    def __le__(self, other: "Money") -> bool:
        return self.amount <= self._same(other)

    def __gt__(self, other: "Money") -> bool:
        return self.amount > self._same(other)

    def __ge__(self, other: "Money") -> bool:
        return self.amount >= self._same(other)

    def share_of(self, whole: "Money") -> Decimal:
        """This as a percentage of `whole`, to a tenth. Raises ZeroDivisionError when `whole` is nothing."""
        if not whole.amount:
            raise ZeroDivisionError(f"a share of {whole}")
        return (100 * self.amount / self._same(whole)).quantize(Decimal("0.1"), ROUND_HALF_UP)

    def rounded(self) -> "Money":
        """To cents, halves away from zero, as invoices do."""
        return Money(self.amount.quantize(CENT, ROUND_HALF_UP), self.currency)

    def __str__(self) -> str:
        return f"{self.rounded().amount:,.2f} {self.currency}"

    def _same(self, other: "Money") -> Decimal:
        if other.currency != self.currency:
            raise MixedCurrenciesError(self.currency, other.currency)
        return other.amount
