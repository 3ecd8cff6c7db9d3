"""The budget: what it counts, whom it tells, when it begins."""

import re
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cidr import DeploymentName
from components.conventions import Names, parse_name
from components.watching.budget import ALERTS, Budget, BudgetArgs, first_of_month
from tests.components.recording import SUBSCRIPTION, Recording, record

GROUP = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg/providers/Microsoft.Insights/actionGroups/ag"


def args(**changes: object) -> BudgetArgs:
    """A budget of 200 on two groups, with `changes`."""
    given = {
        "names": Names(DeploymentName.parse("westeu-dev-1"), "cf"),
        "subscription_id": SUBSCRIPTION,
        "resource_groups": ["rg-cf-westeu-dev-1", "rg-cf-westeu-dev-1-apps"],
        "amount": 200.0,
        "contact_emails": ["platform@example.com"],
        "action_group_id": GROUP,
    }
    return BudgetArgs(**{**given, **changes})


@pytest.fixture
def budget() -> Recording:
    """The budget as it is registered."""
    return record(lambda: Budget("budget", args()) and None)


def only(recording: Recording) -> Any:
    """The one budget."""
    (found,) = recording.custom()
    return found


def test_another_content_is_another_budget(budget: Recording) -> None:
    """Azure takes a change only with an eTag that no plan knows: so nothing is ever changed, and names differ."""
    again = record(lambda: Budget("budget", args()) and None)
    assert only(again).inputs["budgetName"] == only(budget).inputs["budgetName"]
    names = {only(budget).inputs["budgetName"]}
    urns = {only(budget).request.name}
    for change in ({"amount": 300.0}, {"contact_emails": ["other@example.com"]}, {"resource_groups": ["rg"]}):
        other = only(record(lambda change=change: Budget("budget", args(**change)) and None))
        names.add(other.inputs["budgetName"])
        urns.add(other.request.name)
    assert len(names) == len(urns) == 4
    assert {parse_name(name).kind for name in names} == {"budget"}


def test_alerts_are_at_50_80_and_100_percent_spent_and_100_percent_forecast(budget: Recording) -> None:
    """Each is an alert of its own, at or above its threshold, to the contacts."""
    notifications = only(budget).inputs["notifications"]
    assert {(one["thresholdType"], one["threshold"]) for one in notifications.values()} == {
        ("Actual", 50),
        ("Actual", 80),
        ("Actual", 100),
        ("Forecasted", 100),
    }
    assert len(notifications) == len(ALERTS) <= 5
    assert all(one["operator"] == "GreaterThanOrEqualTo" and one["enabled"] for one in notifications.values())
    assert all(one["contactEmails"] == ["platform@example.com"] for one in notifications.values())
    assert all(one["contactGroups"] == [GROUP] for one in notifications.values())


def test_it_counts_the_deployments_own_groups_and_nothing_else(budget: Recording) -> None:
    """At the scope of the subscription a budget without a filter counts every neighbour."""
    inputs = only(budget).inputs
    assert inputs["scope"] == f"/subscriptions/{SUBSCRIPTION}"
    assert inputs["filter"] == {
        "dimensions": {
            "name": "ResourceGroupName",
            "operator": "In",
            "values": ["rg-cf-westeu-dev-1", "rg-cf-westeu-dev-1-apps"],
        }
    }


def test_the_period_begins_with_the_month_of_creation_and_is_then_left_alone(budget: Recording) -> None:
    """Otherwise every first of a month would show a change in every deployment."""
    registered = only(budget)
    assert re.fullmatch(r"\d{4}-\d{2}-01T00:00:00Z", registered.inputs["timePeriod"]["startDate"])
    assert list(registered.request.ignoreChanges) == ["timePeriod"]


@given(st.dates(min_value=date(2017, 6, 1)))
def test_a_month_begins_on_its_first_day_never_after_the_day_itself(day: date) -> None:
    """Azure refuses a start inside a month, and one to come for a budget that shall count now."""
    begin = date.fromisoformat(first_of_month(day)[:10])
    assert begin.day == 1
    assert begin <= day
    assert (begin.year, begin.month) == (day.year, day.month)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"amount": 0}, "more than 0"),
        ({"amount": -5}, "more than 0"),
        ({"contact_emails": []}, "somebody to tell"),
        ({"resource_groups": []}, "resource group to count"),
    ],
)
def test_a_budget_that_could_tell_nobody_anything_is_refused(changes: dict[str, object], words: str) -> None:
    """Azure would take some of these, and stay silent for ever."""
    with pytest.raises(ValueError, match=words):
        args(**changes)
