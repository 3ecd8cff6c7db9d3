"""What was spent so far: hours times rate, exact."""

import itertools
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finance.alarms import hourly, spent
from finance.money import Money

NOON = datetime(2026, 11, 10, 12, tzinfo=UTC)
DOLLAR = Money(Decimal(1), "USD")
MOMENTS = st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
INTERVALS = st.lists(st.tuples(MOMENTS, MOMENTS).map(lambda pair: (min(pair), max(pair))), max_size=6)
RATES = st.decimals(0, 1000, places=6).map(lambda amount: Money(amount, "USD"))


def hours(*spans: tuple[float, float]) -> list[tuple[datetime, datetime]]:
    return [(NOON + timedelta(hours=begun), NOON + timedelta(hours=ended)) for begun, ended in spans]


def test_hours_times_rate_is_spent() -> None:
    """Two and a half hours at 1.60 an hour."""
    assert spent(DOLLAR * Decimal("1.60"), hours((-10, -8), (-1, -0.5)), NOON) == DOLLAR * 4


def test_what_lies_after_now_is_not_spent_yet() -> None:
    """A deployment that is still up has an interval without an end: it is cut at now."""
    assert spent(DOLLAR, hours((-3, 100), (1, 2)), NOON) == DOLLAR * 3


def test_time_that_intervals_share_counts_once() -> None:
    """Two journals may tell of the same hours."""
    assert spent(DOLLAR, hours((-10, -5), (-7, -4), (-9, -8)), NOON) == DOLLAR * 6


def test_a_month_of_hours_costs_the_month() -> None:
    """730 hours of a price that does not divide give it back to far below a cent."""
    month = Money(Decimal("184.37"), "USD")
    assert spent(hourly(month), hours((-730, 0)), NOON).rounded() == month


def test_a_time_without_a_zone_is_refused() -> None:
    """Times of the machine and of the journal would be hours apart, in silence."""
    with pytest.raises(ValueError, match="has no time zone"):
        spent(DOLLAR, [(NOON.replace(tzinfo=None), NOON)], NOON)
    with pytest.raises(ValueError, match="has no time zone"):
        spent(DOLLAR, [], NOON.replace(tzinfo=None))


def test_an_interval_that_ends_before_it_begins_is_refused() -> None:
    """It would take money back."""
    with pytest.raises(ValueError, match="before it begins"):
        spent(DOLLAR, hours((-1, -2)), NOON)


@given(per_hour=RATES, intervals=INTERVALS, now=MOMENTS)
def test_spent_is_the_time_covered_times_the_rate(per_hour, intervals, now) -> None:
    """Against the plainest reckoning: cut time at every border and take each piece once, in fractions."""
    borders = sorted({moment for interval in intervals for moment in interval if moment < now} | {now})
    covered = sum(
        (
            end - start
            for start, end in itertools.pairwise(borders)
            if any(begun <= start and end <= ended for begun, ended in intervals)
        ),
        timedelta(),
    )
    exact = Fraction(per_hour.amount) * Fraction(covered // timedelta(microseconds=1), 3_600_000_000)
    assert abs(Fraction(spent(per_hour, intervals, now).amount) - exact) <= Fraction(1, 2 * 10**12)


@given(per_hour=RATES, intervals=INTERVALS, now=MOMENTS, later=st.timedeltas(timedelta(), timedelta(days=9)))
def test_what_was_spent_never_grows_less(per_hour, intervals, now, later) -> None:
    """An alarm that rang stays rung."""
    assert spent(per_hour, intervals, now) <= spent(per_hour, intervals, now + later)
