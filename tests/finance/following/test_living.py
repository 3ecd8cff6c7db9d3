"""What a life cost too long, and what its end saved."""

from collections.abc import Sequence
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from finance.following import Followed, Lifetime, Teardown, assemble
from finance.following.living import overlap
from finance.following.report import Line
from finance.ledger import Ledger
from tests.finance.following.charging import MONTH, Row, at, billed, charge, followed, inputs, plan, server, usd

HOURS = st.integers(0, 24 * 30)


def line_of(rows: Sequence[Row], lifetime: Lifetime, *gone: Teardown) -> Line:
    """The line of one deployment as of the 20th."""
    one = Followed(name="westeu-dev-1", groups=("rg-cf-westeu-dev-1",), lifetime=lifetime, teardowns=gone)
    with Ledger.of_rows(rows) as ledger:
        return assemble(ledger, MONTH, inputs(one)).line("westeu-dev-1")


def test_what_was_charged_after_expires_on_is_late() -> None:
    """Expired on the 18th at noon, and still there: half of the 18th, the 19th and the 20th."""
    lifetime = Lifetime(lived=((at(1), None),), expires=at(18, 12))
    line = line_of([charge(day, "10") for day in range(1, 21)], lifetime)
    assert line.late == usd(25)


def test_of_the_day_on_which_it_went_the_hours_after_expires_on_are_late() -> None:
    """Expired at six, gone at twelve: half of what that day was charged."""
    lifetime = Lifetime(lived=((at(1), at(18, 12)),), expires=at(18, 6))
    assert line_of([charge(day, "10") for day in range(1, 19)], lifetime).late == usd(5)


def test_what_went_in_time_and_what_never_expires_is_not_late() -> None:
    """Nothing is claimed of them."""
    rows = [charge(day, "10") for day in range(1, 19)]
    assert line_of(rows, Lifetime(lived=((at(1), at(18)),), expires=at(18))).late == usd(0)
    assert line_of(rows, Lifetime(lived=((at(1), None),))).late == usd(0)


def test_a_teardown_saves_from_then_on_until_it_comes_again() -> None:
    """Gone on the 5th, up again on the 10th: five days. Gone again on the 20th at noon: half a day until now."""
    lifetime = Lifetime(lived=((at(1), at(5)), (at(10), at(20, 12))))
    gone = (Teardown(at=at(5), per_day=usd("6.50")), Teardown(at=at(20, 12), per_day=usd(8)))
    assert line_of([charge(1, "10")], lifetime, *gone).saved == usd("36.50")


def test_what_went_before_the_month_saves_from_its_first_day() -> None:
    """Twenty days until the 21st."""
    lifetime = Lifetime(lived=((at(1) - timedelta(days=9), at(1) - timedelta(days=2)),))
    gone = Teardown(at=at(1) - timedelta(days=2), per_day=usd(1))
    assert line_of([charge(1, "10")], lifetime, gone).saved == usd(20)


@given(st.lists(st.tuples(HOURS, HOURS), max_size=6), HOURS, HOURS)
def test_time_that_intervals_share_counts_once(ranges: list[tuple[int, int]], first: int, last: int) -> None:
    """Held against a count of the hours."""
    begin, end = at(1) + timedelta(hours=min(first, last)), at(1) + timedelta(hours=max(first, last))
    intervals = [(at(1) + timedelta(hours=min(it)), at(1) + timedelta(hours=max(it))) for it in ranges]
    hours = {hour for it in ranges for hour in range(min(it), max(it))} & set(range(min(first, last), max(first, last)))
    assert overlap(intervals, begin, end) == timedelta(hours=len(hours))


def test_a_life_that_nobody_tells_is_as_long_as_its_charges() -> None:
    """From the 5th to the 20th, and on: sixteen days were planned and billed, ten more are to come."""
    one = followed("westeu-dev-1", plan(server()))
    with Ledger.of_rows(list(billed(server(), range(5, 21)))) as ledger:
        line = assemble(ledger, MONTH, inputs(one)).line("westeu-dev-1")
    assert line.variance is not None
    assert line.variance.planned.rounded() == usd("7.68")
    assert not line.variance.total.rounded().amount
    assert line.forecast.expected.rounded() == usd("12.48")


def test_a_life_whose_charges_ended_days_ago_is_over() -> None:
    """Until the 10th, and others were charged until the 20th: nothing of it is to come."""
    rows = [*billed(server(), range(1, 11)), charge(20, "1", "global-dev")]
    one = followed("westeu-dev-1", plan(server()))
    with Ledger.of_rows(rows) as ledger:
        line = assemble(ledger, MONTH, inputs(one, followed("global-dev"))).line("westeu-dev-1")
    assert line.forecast.high == line.billed
    assert line.variance is not None
    assert not line.variance.total.rounded().amount


def test_a_plan_is_not_counted_before_it_began() -> None:
    """Brought up on the 11th: ten days of the month."""
    lifetime = Lifetime(lived=((at(11), None),))
    assert overlap(lifetime.lived, at(1), at(21)) == timedelta(days=10)
