"""A quantity, or a price, as it is at low, expected and high use."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Final, Literal, Self

from finance.money import EXACT, Money

Level = Literal["low", "expected", "high"]
LEVELS: Final[tuple[Level, ...]] = ("low", "expected", "high")


@dataclass(frozen=True, slots=True)
class Range:
    """Three exact quantities of one thing, none below zero by use; differences of two may be."""

    low: Decimal
    expected: Decimal
    high: Decimal

    @classmethod
    def flat(cls, quantity: Decimal | int) -> Self:
        """The same at every use."""
        exact = Decimal(quantity)
        return cls(exact, exact, exact)

    def each(self, change: Callable[[Decimal], Decimal]) -> "Range":
        """Every one of the three changed."""
        return Range(change(self.low), change(self.expected), change(self.high))

    def __add__(self, other: "Range") -> "Range":
        return Range(*(EXACT.add(mine, theirs) for mine, theirs in zip(self, other, strict=True)))

    def __sub__(self, other: "Range") -> "Range":
        return Range(*(EXACT.subtract(mine, theirs) for mine, theirs in zip(self, other, strict=True)))

    def __mul__(self, factor: "Range | Decimal | int") -> "Range":
        by = factor if isinstance(factor, Range) else Range.flat(factor)
        return Range(*(EXACT.multiply(mine, theirs) for mine, theirs in zip(self, by, strict=True)))

    def __iter__(self) -> Iterator[Decimal]:
        return iter((self.low, self.expected, self.high))


@dataclass(frozen=True, slots=True)
class Cost:
    """A month's price at each use, in one currency."""

    low: Money
    expected: Money
    high: Money

    @classmethod
    def zero(cls, currency: str) -> Self:
        """Nothing, at every use."""
        nothing = Money.zero(currency)
        return cls(nothing, nothing, nothing)

    @classmethod
    def of(cls, amounts: Range, currency: str) -> Self:
        """The three amounts in the currency."""
        return cls(*(Money(amount, currency) for amount in amounts))

    def __add__(self, other: "Cost") -> "Cost":
        return Cost(self.low + other.low, self.expected + other.expected, self.high + other.high)

    def __sub__(self, other: "Cost") -> "Cost":
        return Cost(self.low - other.low, self.expected - other.expected, self.high - other.high)

    def at(self, level: Level) -> Money:
        """The price at one of the uses."""
        return {"low": self.low, "expected": self.expected, "high": self.high}[level]
