"""Divisions lose nothing: parts add up, whatever is rounded."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finance.following.exact import rounded_parts, shares

AMOUNTS = st.decimals("-1e9", "1e9", places=12)
WEIGHTS = st.lists(st.decimals("-5", "1e6", places=4), min_size=1, max_size=12)
UNIT = Decimal("1e-12")


@given(AMOUNTS, WEIGHTS)
def test_parts_add_up_to_the_total(total: Decimal, weights: list[Decimal]) -> None:
    """A cent that is nobody's is found by the auditor."""
    assert sum(shares(total, weights)) == total


@given(AMOUNTS, WEIGHTS)
def test_a_part_is_its_quota_or_a_last_digit_beside_it(total: Decimal, weights: list[Decimal]) -> None:
    """Who weighs nothing bears nothing, and rounding never moves more than one last digit."""
    positive = [max(weight, Decimal(0)) for weight in weights]
    if not any(positive):
        positive = [Decimal(1)] * len(weights)
    for part, weight in zip(shares(total, weights), positive, strict=True):
        assert abs(part * sum(positive) - total * weight) <= UNIT * sum(positive)
        assert weight or not part


def test_a_remainder_goes_to_those_who_lost_most() -> None:
    """The method is Hamilton's: by the largest remainder, and the first of equals."""
    assert shares(Decimal("0.000000000010"), [Decimal(1)] * 3) == [UNIT * 4, UNIT * 3, UNIT * 3]
    assert shares(Decimal("0.000000000010"), [Decimal(1), Decimal(5)]) == [UNIT * 2, UNIT * 8]


def test_a_total_is_not_split_among_none() -> None:
    """It would be lost."""
    with pytest.raises(ValueError, match="among none"):
        shares(Decimal(1), [])


@given(st.lists(st.decimals("-1e6", "1e6", places=6), max_size=8), st.sampled_from([Decimal(1), Decimal("0.01")]))
def test_rounded_figures_of_a_sentence_add_up(amounts: list[Decimal], unit: Decimal) -> None:
    """People add up "300 longer life, 90 price change, 22 egress" and want 412; none is a whole unit off."""
    rounded = rounded_parts(amounts, unit)
    assert abs(sum(rounded) - sum(amounts)) <= unit / 2
    assert all(it % unit == 0 for it in rounded)
    assert all(abs(it - amount) < unit for it, amount in zip(rounded, amounts, strict=True))
