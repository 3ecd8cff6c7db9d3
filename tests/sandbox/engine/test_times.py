"""Times of a state file: Go's form, to the last digit."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.engine.model.times import now, parse_time, time_text
from tests.sandbox.engine.states import patient, times

zones = st.integers(-12 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))


@given(times | st.datetimes(timezones=zones))
@patient
def test_a_time_comes_back(value: datetime) -> None:
    assert parse_time(time_text(value)) == value


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-22T14:34:05.139646538Z",
        "2026-11-22T14:34:05.1Z",
        "2026-11-22T14:34:05Z",
        "2026-11-22T14:34:05.000000001+01:00",
    ],
)
def test_the_text_of_a_time_read_is_kept(text: str) -> None:
    """A save must not cut the nanoseconds that the CLI wrote."""
    assert time_text(parse_time(text)) == text


def test_times_are_written_as_go_does() -> None:
    """RFC 3339, no trailing zeros, Z for UTC."""
    assert time_text(datetime(2026, 1, 2, 3, 4, 5, 100000, UTC)) == "2026-01-02T03:04:05.1Z"
    assert time_text(datetime(2026, 1, 2, 3, 4, 5, 0, timezone(timedelta(hours=-5)))) == "2026-01-02T03:04:05-05:00"
    assert now().tzinfo is UTC


@pytest.mark.parametrize("text", ["", "yesterday", "2026-13-01T00:00:00Z"])
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        parse_time(text)
