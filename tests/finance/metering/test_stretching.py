"""The story of a sandbox told slower: evenly, without the runs, never out of its frame."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finance.metering import Stretch

HERE = datetime(2026, 11, 22, 12, tzinfo=UTC)
SINCE, UNTIL = datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 11, 21, tzinfo=UTC)


def here(seconds: float) -> datetime:
    return HERE + timedelta(seconds=seconds)


def stretch(length: float, *runs: tuple[float, float]) -> Stretch:
    return Stretch(HERE, here(length), [(here(a), here(b)) for a, b in runs], SINCE, UNTIL)


def test_minutes_stand_for_days() -> None:
    """Twenty seconds for twenty days: a day a second."""
    found = stretch(20)
    assert found.factor == 86_400
    assert found.there(here(5)) == SINCE + timedelta(days=5)


def test_a_run_takes_no_time_there() -> None:
    """What an `up` of a minute made stands from its end on, all of it from one moment."""
    found = stretch(80, (0, 60))
    assert [found.there(here(second)) for second in (0, 30, 60)] == [SINCE] * 3
    assert found.there(here(70)) == SINCE + (UNTIL - SINCE) / 2


def test_runs_side_by_side_count_once() -> None:
    """Two deployments come up together; a third run lies within one of them."""
    assert stretch(100, (10, 40), (20, 50), (25, 30)).factor == stretch(60).factor


def test_runs_before_and_after_do_not_count() -> None:
    """A journal may be older than what is left of the store."""
    assert stretch(20, (-50, -10), (-5, 0), (30, 40)).factor == stretch(20).factor


def test_where_there_was_nothing_but_a_run_it_counts() -> None:
    """Metered from another terminal while the first `up` is at work."""
    assert stretch(20, (-1, 30)).there(here(10)) == SINCE + (UNTIL - SINCE) / 2


def test_a_story_of_no_time_is_refused() -> None:
    """Of either clock."""
    with pytest.raises(ValueError, match="no time"):
        stretch(0)
    with pytest.raises(ValueError, match="no time"):
        Stretch(HERE, here(5), [], UNTIL, SINCE)


RUNS = st.lists(st.tuples(st.floats(-10, 120), st.floats(0, 60)).map(lambda it: (it[0], it[0] + it[1])), max_size=5)


@given(runs=RUNS, first=st.floats(-20, 130), second=st.floats(-20, 130))
def test_the_order_of_things_stays_and_nothing_leaves_the_frame(
    runs: list[tuple[float, float]], first: float, second: float
) -> None:
    """Beginning and end are where they were said to be."""
    found = stretch(100, *runs)
    earlier, later = sorted((first, second))
    assert SINCE <= found.there(here(earlier)) <= found.there(here(later)) <= UNTIL
    assert found.there(here(0)) == SINCE
    assert UNTIL - found.there(here(100)) < timedelta(milliseconds=1)
