"""Money is exact, never without its currency, and never mixed."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finance import MixedCurrenciesError, Money

AMOUNTS = st.decimals(min_value=-(10**12), max_value=10**12, allow_nan=False, allow_infinity=False, places=9)
MONEY = AMOUNTS.map(lambda amount: Money(amount, "USD"))


def exact(money: Money) -> Fraction:
    """The amount as a fraction, which no arithmetic rounds."""
    return Fraction(money.amount)


@given(MONEY, MONEY)
def test_sums_and_differences_are_exact(first: Money, second: Money) -> None:
    """Held against fractions: a decimal context of 28 digits would round some of these."""
    assert exact(first + second) == exact(first) + exact(second)
    assert exact(first - second) == exact(first) - exact(second)


@given(MONEY, st.decimals(min_value=0, max_value=10**15, allow_nan=False, allow_infinity=False, places=6))
def test_products_are_exact(price: Money, quantity: Decimal) -> None:
    """A price of nine places times a quantity of twenty-one digits keeps every one of them."""
    assert exact(price * quantity) == exact(price) * Fraction(quantity)


@given(st.lists(MONEY))
def test_a_total_is_the_sum_of_its_parts_in_any_order(amounts: list[Money]) -> None:
    """To the last digit, so that no report is a cent off its lines."""
    assert exact(Money.total(amounts, "USD")) == sum(map(exact, amounts), Fraction(0))
    assert Money.total(amounts, "USD") == Money.total(reversed(amounts), "USD")


@pytest.mark.parametrize("operator", ["__add__", "__sub__", "__lt__", "__le__", "__gt__", "__ge__", "share_of"])
def test_two_currencies_never_meet(operator: str) -> None:
    """Neither added nor compared: there is no rate here."""
    with pytest.raises(MixedCurrenciesError, match="USD and EUR are two currencies"):
        getattr(Money(Decimal(1), "USD"), operator)(Money(Decimal(1), "EUR"))


def test_amounts_of_two_currencies_are_not_equal() -> None:
    """One dollar is not one euro."""
    assert Money(Decimal(1), "USD") != Money(Decimal(1), "EUR")


def test_zero_and_negative_amounts_are_amounts() -> None:
    """A credit is negative, and nothing is a price too."""
    assert Money.zero("USD") + -Money(Decimal("1.50"), "USD") == Money(Decimal("-1.50"), "USD")
    assert str(Money(Decimal("-1.005"), "USD")) == "-1.01 USD"
    with pytest.raises(ZeroDivisionError):
        Money(Decimal(1), "USD").share_of(Money.zero("USD"))


@pytest.mark.parametrize(
    ("amount", "said"), [("1.005", "1.01 USD"), ("1.004999", "1.00 USD"), ("12345.6", "12,345.60 USD")]
)
def test_only_words_are_rounded(amount: str, said: str) -> None:
    """To cents, halves away from zero, as an invoice does."""
    money = Money(Decimal(amount), "USD")
    assert str(money) == said
    assert money.amount == Decimal(amount)


def test_a_share_is_told_to_a_tenth() -> None:
    """As the summary of a run shows it."""
    assert Money(Decimal(1), "USD").share_of(Money(Decimal(3), "USD")) == Decimal("33.3")
