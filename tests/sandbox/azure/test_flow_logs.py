"""Flow logs hang on the watcher of their region, and refuse what Azure refuses."""

from typing import Any

import pytest

from sandbox.azure.resource_manager import ResourceManager
from tests.sandbox.azure.cloud import GROUP, SUBSCRIPTION, Cloud, Live

LOG, WATCHER, AZURES = "network:FlowLog", "network:NetworkWatcher", "NetworkWatcherRG"


def watchers(cloud: Cloud) -> list[str]:
    """The ids of all watchers, from the group on."""
    return [it.arm_id.partition("/resourceGroups/")[2] for it in cloud.store.read(lambda tx: tx.of_type(WATCHER))]


def account(cloud: Cloud, name: str = "stcftest", **more: Any) -> Live:
    inputs = {"accountName": name, "kind": "StorageV2", "sku": {"name": "Standard_LRS"}, **more}
    return cloud.create("storage:StorageAccount", name, resourceGroupName=GROUP, **inputs)


def inputs(target: str, storage: Live, name: str = "fl", **more: Any) -> dict[str, Any]:
    return {
        "resourceGroupName": AZURES,
        "networkWatcherName": "NetworkWatcher_westeurope",
        "flowLogName": name,
        "targetResourceId": target,
        "storageId": storage.id,
        "enabled": True,
        **more,
    }


@pytest.fixture
def watched(grounds: Cloud) -> tuple[Cloud, Live, Live]:
    return grounds, grounds.network(), account(grounds)


def analytics(**more: Any) -> dict[str, Any]:
    return {"flowAnalyticsConfiguration": {"networkWatcherFlowAnalyticsConfiguration": {"enabled": True, **more}}}


def test_a_flow_log_lies_in_its_watcher_and_knows_its_target(watched: tuple[Cloud, Live, Live]) -> None:
    cloud, network, storage = watched
    made = cloud.create(LOG, "fl", **inputs(network.id, storage))
    assert made.id.endswith("/networkWatchers/NetworkWatcher_westeurope/flowLogs/fl")
    assert made.outputs["targetResourceGuid"] == network.outputs["resourceGuid"]


def test_azure_makes_the_watcher_of_a_region_beside_its_first_network(grounds: Cloud) -> None:
    """One a region and subscription, in a group of Azure's own, which is made with the first."""
    one = f"{AZURES}/providers/Microsoft.Network/networkWatchers/NetworkWatcher_"
    grounds.network()
    assert watchers(grounds) == [f"{one}westeurope"]
    grounds.network("another")
    assert watchers(grounds) == [f"{one}westeurope"]
    space = {"addressSpace": {"addressPrefixes": ["10.11.0.0/16"]}, "location": "East US"}
    grounds.create("network:VirtualNetwork", "far", resourceGroupName=GROUP, virtualNetworkName="vnet-far", **space)
    assert watchers(grounds) == [f"{one}westeurope", f"{one}eastus"]


def test_it_makes_none_beside_one_that_is_there_whatever_its_name(grounds: Cloud) -> None:
    """Azure allows one."""
    inputs = {"resourceGroupName": GROUP, "networkWatcherName": "mine", "location": "westeurope"}
    grounds.create(WATCHER, "mine", **inputs)
    grounds.network()
    assert [found.rpartition("/")[2] for found in watchers(grounds)] == ["mine"]


def test_the_watcher_is_nobodys_and_stays_when_the_network_goes(grounds: Cloud) -> None:
    """And the next network finds it."""
    grounds.delete(grounds.network())
    grounds.network("next")
    assert len(watchers(grounds)) == 1


def test_there_is_no_flow_log_without_a_watcher(watched: tuple[Cloud, Live, Live]) -> None:
    cloud, network, storage = watched
    azures = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/{AZURES}/providers/Microsoft.Network/networkWatchers"
    ResourceManager(cloud.store).delete(f"{azures}/NetworkWatcher_westeurope")
    assert 'Code="ParentResourceNotFound"' in cloud.refused(LOG, "fl", **inputs(network.id, storage))


def test_a_target_has_one_flow_log(watched: tuple[Cloud, Live, Live]) -> None:
    cloud, network, storage = watched
    cloud.create(LOG, "fl", **inputs(network.id, storage))
    told = cloud.refused(LOG, "other", **inputs(network.id, storage, "fl-2"))
    assert 'Status=400 Code="FlowLogAlreadyExistsForTarget"' in told


def test_security_groups_have_none_any_more(watched: tuple[Cloud, Live, Live]) -> None:
    cloud, _, storage = watched
    group = cloud.create("network:NetworkSecurityGroup", "nsg", resourceGroupName=GROUP, networkSecurityGroupName="nsg")
    assert 'Code="NsgFlowLogCreationBlocked"' in cloud.refused(LOG, "fl", **inputs(group.id, storage))


def test_all_of_it_is_in_one_region(watched: tuple[Cloud, Live, Live]) -> None:
    cloud, network, _ = watched
    elsewhere = account(cloud, "stcfother", location="northeurope")
    told = cloud.refused(LOG, "fl", **inputs(network.id, elsewhere))
    assert 'Code="FlowLogInDifferentRegion"' in told
    assert "northeurope, westeurope" in told


def test_traffic_is_read_every_ten_or_sixty_minutes_into_a_workspace_that_is_there(
    watched: tuple[Cloud, Live, Live],
) -> None:
    cloud, network, storage = watched
    told = cloud.refused(LOG, "fl", **inputs(network.id, storage, **analytics(trafficAnalyticsInterval=30)))
    assert 'Code="InvalidTrafficAnalyticsInterval"' in told
    missing = f"{storage.id.rpartition('/providers')[0]}/providers/Microsoft.OperationalInsights/workspaces/none"
    told = cloud.refused(LOG, "fl", **inputs(network.id, storage, **analytics(workspaceResourceId=missing)))
    assert 'Code="InvalidResourceReference"' in told


def test_an_account_without_keys_is_written_to_by_an_identity(watched: tuple[Cloud, Live, Live]) -> None:
    cloud, network, _ = watched
    keyless = account(cloud, "stcfkeyless", allowSharedKeyAccess=False)
    assert 'Status=403 Code="KeyBasedAuthenticationNotPermitted"' in cloud.refused(
        LOG, "fl", **inputs(network.id, keyless)
    )
    writer = cloud.identity()
    none = {"type": "UserAssigned", "userAssignedIdentities": [f"{writer.id}-none"]}
    told = cloud.refused(LOG, "x", **inputs(network.id, keyless, "x", identity=none))
    assert 'Code="FailedIdentityOperation"' in told
    own = {"type": "UserAssigned", "userAssignedIdentities": [writer.id]}
    made = cloud.create(LOG, "fl", **inputs(network.id, keyless, identity=own))
    assert made.outputs["identity"]["userAssignedIdentities"][writer.id]["principalId"]
