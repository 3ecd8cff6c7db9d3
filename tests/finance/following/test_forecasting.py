"""A forecast is a range that holds what is known: the days that were, the plan and its end."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from finance.following import Lifetime, assemble
from finance.following.forecasting import Ahead, forecast, run_of
from finance.following.report import Line
from finance.ledger import Ledger
from finance.ranges import Range
from tests.finance.following.charging import MONTH, Row, at, charge, followed, inputs, plan, server, usd

DAY = date(2026, 11, 20)
PLAN = Range(Decimal(3), Decimal(5), Decimal(9))


def ahead(days: int, plan_of_day: Range | None = None, part: str = "1") -> list[Ahead]:
    """Days to come."""
    return [Ahead(DAY + timedelta(days=index), Decimal(part), plan_of_day) for index in range(1, days + 1)]


def line_of(
    rows: Sequence[Row], lifetime: Lifetime | None = None, *, price: str | None = None, now: datetime | None = None
) -> Line:
    """The line of one deployment of the server alone, at midnight before the 21st."""
    of_plan = plan(server(price)) if price else None
    with Ledger.of_rows(rows) as ledger:
        report = assemble(ledger, MONTH, inputs(followed("westeu-dev-1", of_plan, lifetime), now=now))
    return report.line("westeu-dev-1")


@given(
    st.decimals("-1000", "100000", places=6),
    st.lists(st.decimals("-50", "5000", places=6), max_size=14),
    st.lists(st.decimals("0", "1", places=3), max_size=30),
    st.booleans(),
)
def test_a_range_never_crosses_itself_and_never_falls(
    billed: Decimal, run: list[Decimal], parts: list[Decimal], planned: bool
) -> None:
    """Low below expected below high on each day, none below what is billed, none below the day before."""
    days = [Ahead(DAY, part, PLAN if planned else None) for part in parts]
    before = Range.flat(billed)
    for it in forecast(billed, run, days):
        assert it.low <= it.expected <= it.high
        assert all(now >= then for now, then in zip(it, before, strict=True))
        before = it


def test_steady_days_go_on_as_they_were() -> None:
    """Ten days of 5 more after 100."""
    assert list(forecast(Decimal(100), [Decimal(5)] * 14, ahead(10))[-1]) == [150, 150, 150]


def test_a_line_that_rises_goes_on_rising() -> None:
    """By 1 a day, from 14 on: 15 + 16 + 17."""
    run = [Decimal(index) for index in range(1, 15)]
    assert forecast(Decimal(0), run, ahead(3))[-1].expected == 48


def test_one_mad_day_widens_the_range_and_leaves_the_middle() -> None:
    """A least-squares line would foresee it again each day."""
    run = [Decimal(5)] * 13 + [Decimal(500)]
    end = forecast(Decimal(0), run, ahead(10))[-1]
    assert end.expected == 50
    assert end.high > 60
    assert end.low < 50


def test_without_days_the_plan_is_all_there_is() -> None:
    """A deployment of this morning."""
    assert forecast(Decimal(1), [], ahead(10, PLAN))[-1] == Range(Decimal(31), Decimal(51), Decimal(91))


def test_what_was_measured_counts_for_more_with_each_day() -> None:
    """The plan says 5, the days say 11: from near the one to near the other."""
    ends = [forecast(Decimal(0), [Decimal(11)] * days, ahead(1, PLAN))[-1].expected for days in (1, 3, 14)]
    assert ends == sorted(ends)
    assert ends[1] == 8  # as many days as the plan is worth
    assert ends[2] > Decimal("9.9")


def test_days_before_a_gap_do_not_count() -> None:
    """Before it was torn down and brought up again it was another one."""
    days = {DAY - timedelta(days=back): Decimal(back) for back in (0, 1, 2, 4, 5)}
    assert run_of(days, DAY) == [2, 1, 0]


def test_a_deployment_is_foreseen_until_its_end_alone() -> None:
    """Until the 25th at noon: four days and a half of ten. Gone, it costs nothing more."""
    rows = [charge(day, "10") for day in range(1, 21)]
    expiring = Lifetime(lived=((at(1), None),), expires=at(25, 12))
    assert line_of(rows, expiring).forecast.expected == usd(245)
    late = Lifetime(lived=((at(1), None),), expires=at(18))
    assert line_of(rows, late).forecast.expected == usd(300), "its end is past, and it is there"
    gone = Lifetime(lived=((at(1), at(21)),))
    assert line_of(rows, gone).forecast.high == usd(200)
    assert line_of(rows).forecast.expected == usd(300)


def test_a_month_that_is_over_is_what_it_was() -> None:
    """No range is left."""
    rows = [charge(day, "10") for day in range(1, 31)]
    open_still = line_of(rows, price="0.02", now=at(30, 12)).forecast  # half of the last day is to come
    assert open_still.low < open_still.high
    over = line_of(rows, price="0.02", now=at(30) + timedelta(days=3)).forecast
    assert (over.low, over.expected, over.high) == (usd(300), usd(300), usd(300))


def test_a_purchase_is_billed_once_and_not_foreseen_again() -> None:
    """A reservation of the first is no use of the days to come."""
    rows = [charge(day, "10") for day in range(1, 21)]
    line = line_of([*rows, charge(20, "5000", ChargeCategory="Purchase")])
    assert line.forecast.expected == usd(5300)


def test_an_estimate_alone_foresees_what_was_not_charged_yet() -> None:
    """Nothing in the ledger, and a plan: the days from the first on at its price."""
    line = line_of([], price="0.02", now=at(1))
    assert line.billed == usd(0)
    assert line.forecast.expected.rounded() == usd("14.40")  # 30 days of 24 hours at 0.02
