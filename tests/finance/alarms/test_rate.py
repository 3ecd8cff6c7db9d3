"""The rate alarm: what a month comes to, which thresholds are reached, when a budget will be spent."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.watching.budget import ALERTS
from finance.alarms import THRESHOLDS, Burn, Verdict, judge, month_end, roll_up
from finance.money import MixedCurrenciesError, Money

NOW = datetime(2026, 11, 16, tzinfo=UTC)
"""The middle of a month of 720 hours: 360 are left."""


def usd(amount: str | int) -> Money:
    return Money(Decimal(amount), "USD")


def burn(billed: str = "0", reckoned: str = "0", rate: str = "0", *, ends: datetime | None = None) -> Burn:
    return Burn(name="westeu-dev-1", billed=usd(billed), reckoned=usd(reckoned), per_hour=usd(rate), ends=ends)


def verdict(it: Burn, budget: str = "200") -> Verdict:
    return judge(it, usd(budget), NOW)


def names(found: Verdict) -> list[str]:
    return [it.name for it in found.reached]


def test_a_month_comes_to_what_is_spent_and_the_rate_until_its_end() -> None:
    """Charges, what came after them, and 360 hours to come."""
    found = verdict(burn("40", "10", "0.25"))
    assert (found.spent, found.projected) == (usd(50), usd(140))
    assert (found.share, found.projected_share) == (Decimal("25.0"), Decimal("70.0"))


def test_what_will_be_taken_down_costs_until_then_alone() -> None:
    """A deployment with two hours to live does not set the forecast off; one that is overdue costs nothing to come."""
    assert verdict(burn(rate="5", ends=NOW + timedelta(hours=2))).projected == usd(10)
    assert verdict(burn(rate="5", ends=NOW - timedelta(hours=2))).projected == usd(0)
    assert verdict(burn(rate="5", ends=NOW + timedelta(days=90))).projected == usd(1800)


@pytest.mark.parametrize(
    ("spent", "rate", "reached"),
    [
        ("99.99", "0", []),
        ("100", "0", ["50 %"]),
        ("159.99", "0", ["50 %"]),
        ("160", "0", ["50 %", "80 %"]),
        ("0", "0.5555", []),
        ("0", "0.5556", ["forecast 100 %"]),
        ("160", "0.2", ["50 %", "80 %", "forecast 100 %"]),
        ("200", "0", ["50 %", "80 %", "forecast 100 %", "100 %"]),
    ],
)
def test_each_threshold_is_reached_exactly_where_it_is(spent: str, rate: str, reached: list[str]) -> None:
    """At or above, as in Azure (GreaterThanOrEqualTo), with no rounding before."""
    assert names(verdict(burn(spent, rate=rate))) == reached


def test_it_sees_in_the_first_hour_what_azure_would_see_days_later() -> None:
    """Nothing is billed yet; at 3 USD an hour the month comes to more than 200."""
    early = datetime(2026, 11, 1, 1, tzinfo=UTC)
    found = judge(burn(reckoned="3", rate="3"), usd(200), early)
    assert names(found) == ["forecast 100 %"]
    assert found.passes_on(early) == early + timedelta(hours=197 / 3)


def test_when_a_budget_will_be_spent_is_told_only_where_it_will() -> None:
    """Not for one that is spent, that lasts, or that nothing draws on."""
    assert verdict(burn("100", rate="1")).passes_on(NOW) == NOW + timedelta(hours=100)
    for it in (burn("200", rate="1"), burn("10", rate="0.1"), burn("10")):
        assert verdict(it).passes_on(NOW) is None


def test_an_environment_is_the_sum_of_its_deployments() -> None:
    """Each with its own end; the budget is the environment's."""
    found = roll_up(
        "dev", [burn("100", rate="1"), burn("50", rate="2", ends=NOW + timedelta(hours=10))], usd(550), "USD", NOW
    )
    assert (found.spent, found.projected, found.per_hour) == (usd(150), usd(530), usd(3))
    assert names(found) == []


def test_a_line_without_a_budget_reaches_nothing() -> None:
    """The account has none of its own; what it costs is told all the same."""
    found = judge(burn("1000"), None, NOW)
    assert (names(found), found.share, found.spent) == ([], None, usd(1000))


def test_a_budget_in_another_currency_is_refused() -> None:
    """There is no rate here that would make one of the two."""
    with pytest.raises(MixedCurrenciesError):
        judge(burn("1"), Money(Decimal(200), "EUR"), NOW)


def test_the_thresholds_are_those_of_the_budgets_in_azure() -> None:
    """Mails of both kinds speak of the same."""
    ours = {(it.percent, it.of) for it in THRESHOLDS}
    assert ours == {(percent, "actual" if kind.value == "Actual" else "forecast") for percent, kind in ALERTS}


AMOUNTS = st.decimals(0, 10_000, places=4)


@given(
    billed=AMOUNTS, reckoned=AMOUNTS, rate=AMOUNTS, budget=st.decimals(1, 10_000, places=2), hours=st.integers(0, 719)
)
def test_what_was_reached_stays_reached_while_it_burns_on(
    billed: Decimal, reckoned: Decimal, rate: Decimal, budget: Decimal, hours: int
) -> None:
    """An hour later, with that hour's cost reckoned, no alarm has gone away, and the month comes to the same."""
    now = datetime(2026, 11, 1, tzinfo=UTC) + timedelta(hours=hours)
    later = min(now + timedelta(hours=1), month_end(now) - timedelta(microseconds=1))
    hour = rate * Decimal((later - now) // timedelta(microseconds=1)) / 3_600_000_000
    first = judge(burn(str(billed), str(reckoned), str(rate)), Money(budget, "USD"), now)
    second = judge(burn(str(billed), str(reckoned + hour), str(rate)), Money(budget, "USD"), later)
    assert {it for it in first.reached if it.of == "actual"} <= set(second.reached)
    assert abs((first.projected - second.projected).amount) < Decimal("0.00001")
