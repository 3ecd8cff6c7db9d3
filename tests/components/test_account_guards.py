"""Watchers, the rolled-up budget and the activity log."""

import pulumi
import pytest

from cidr import Environment
from components.account.activity_log import CATEGORIES, keep_activity_log
from components.account.rollup_budget import RollupBudget, RollupBudgetArgs
from components.conventions import AccountNames
from components.network.network_watcher import NetworkWatchers, NetworkWatchersArgs
from components.place import AccountPlace
from sandbox.azure.catalog import activity_log
from tests.components.recording import SUBSCRIPTION, Recording, record

GROUP_ID = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/NetworkWatcherRG"


def watchers(**existing: bool) -> Recording:
    """Watchers of regions, by whether Azure has made each already."""
    args = NetworkWatchersArgs(subscription_id=SUBSCRIPTION, location="westeurope", watchers=existing, tags={"a": "b"})
    return record(lambda: NetworkWatchers("w", args) and None, stack="account")


def test_watchers_bear_azures_own_names() -> None:
    """Else Azure would make another beside the first network, and be refused."""
    recording = watchers(westeurope=False, eastus=False)
    names = {one.inputs["networkWatcherName"] for one in recording.of_type("network:NetworkWatcher")}
    assert names == {"NetworkWatcher_westeurope", "NetworkWatcher_eastus"}
    assert recording["w-group"].inputs["resourceGroupName"] == "NetworkWatcherRG"
    assert not any(one.request.importId for one in recording.custom())


def test_a_watcher_that_azure_has_made_is_taken_over_with_its_group() -> None:
    """As it is: its tags and the group's place stay."""
    recording = watchers(westeurope=True, eastus=False)
    ids = {one.name: one.request.importId for one in recording.custom()}
    assert ids == {
        "w-group": GROUP_ID,
        "w-westeurope": f"{GROUP_ID}/providers/Microsoft.Network/networkWatchers/NetworkWatcher_westeurope",
        "w-eastus": "",
    }
    assert list(recording["w-group"].request.ignoreChanges) == ["location", "tags"]


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
    inputs = record(lambda: RollupBudget("b", rollup()) and None, stack="account")["b-monthly"].inputs
    assert inputs["budgetName"] == "budget-cf-all-dev"
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
