"""Watchers, the rolled-up budget and the activity log."""

import pulumi
import pytest

from cidr import Environment
from components.account.activity_log import CATEGORIES, keep_activity_log
from components.account.rollup_budget import RollupBudget, RollupBudgetArgs
from components.conventions import AccountNames
from components.network.network_watcher import NetworkWatchers, NetworkWatchersArgs
from components.network.watchers import Watcher
from components.place import AccountPlace
from sandbox.azure.catalog import activity_log
from tests.components.recording import SUBSCRIPTION, record

WATCHERS = [Watcher(subscription_id=SUBSCRIPTION, location=location) for location in ("westeurope", "eastus")]


def test_watchers_are_taken_over_under_azures_own_names_as_they_are() -> None:
    """Under others Azure would make more beside the first network; their tags and the group's place are Azure's."""
    args = NetworkWatchersArgs(location="westeurope", watchers=WATCHERS)
    recording = record(lambda: NetworkWatchers("w", args) and None, stack="account")
    group_id = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/NetworkWatcherRG"
    watchers = f"{group_id}/providers/Microsoft.Network/networkWatchers"
    assert {one.name: one.request.importId for one in recording.custom()} == {
        "w-group": group_id,
        "w-westeurope": f"{watchers}/NetworkWatcher_westeurope",
        "w-eastus": f"{watchers}/NetworkWatcher_eastus",
    }
    assert all(list(one.request.ignoreChanges) == ["location", "tags"] for one in recording.custom())


@pytest.mark.parametrize("watchers", [[], [*WATCHERS, Watcher(subscription_id="another", location="eastus")]])
def test_watchers_of_several_subscriptions_or_none_are_refused(watchers: list[Watcher]) -> None:
    """A provider pins one."""
    with pytest.raises(ValueError, match="of one subscription"):
        NetworkWatchersArgs(location="westeurope", watchers=watchers)


def rollup(**changes: object) -> RollupBudgetArgs:
    """The budget of dev, with `changes`."""
    given = {
        "names": AccountNames("cf"),
        "environment": Environment.DEV,
        "subscription_id": SUBSCRIPTION,
        "amount": 550.0,
        "contact_emails": ["platform@example.com"],
    }
    return RollupBudgetArgs(**{**given, **changes})


def test_the_rolled_up_budget_counts_all_that_bears_the_environments_tag() -> None:
    """In the whole subscription, whatever group it is in; with the same alerts as a deployment's."""
    (budget,) = record(lambda: RollupBudget("b", rollup()) and None, stack="account").custom()
    inputs = budget.inputs
    assert inputs["budgetName"].startswith("budget-cf-all-dev-r")
    assert budget.request.name.removeprefix("b-monthly-") == inputs["budgetName"].removeprefix("budget-cf-all-dev-")
    assert inputs["scope"] == f"/subscriptions/{SUBSCRIPTION}"
    assert inputs["filter"] == {"tags": {"name": "Environment", "operator": "In", "values": ["dev"]}}
    assert len(inputs["notifications"]) == 4


@pytest.mark.parametrize("change", [{"amount": 0.0}, {"amount": -1.0}, {"contact_emails": []}], ids=str)
def test_a_rolled_up_budget_tells_somebody_of_something(change: dict[str, object]) -> None:
    """Refused before anything is made."""
    with pytest.raises(ValueError, match="a budget"):
        rollup(**change)


def test_every_category_of_the_activity_log_is_kept() -> None:
    """Those that Azure has, and no other."""
    place = AccountPlace(group="rg-cf-state", location="westeurope", names=AccountNames("cf"), tags={})
    recording = record(
        lambda: keep_activity_log("log", place, "/logs", pulumi.ResourceOptions()) and None, stack="account"
    )
    inputs = recording["log"].inputs
    assert {one["category"] for one in inputs["logs"] if one["enabled"]} == activity_log.CATEGORIES == set(CATEGORIES)
    assert (inputs["name"], inputs["workspaceId"]) == ("diag-cf-state", "/logs")
