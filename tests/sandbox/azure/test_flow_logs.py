"""Flow logs hang on the watcher of their region, and refuse what Azure refuses."""

from typing import Any

import pytest

from tests.sandbox.azure.cloud import GROUP, Cloud, Live

LOG = "network:FlowLog"


def watcher(cloud: Cloud, location: str = "westeurope") -> Live:
    return cloud.create(
        "network:NetworkWatcher",
        location,
        resourceGroupName=GROUP,
        networkWatcherName=f"NetworkWatcher_{location}",
        location=location,
    )


def account(cloud: Cloud, name: str = "stcftest", **more: Any) -> Live:
    inputs = {"accountName": name, "kind": "StorageV2", "sku": {"name": "Standard_LRS"}, **more}
    return cloud.create("storage:StorageAccount", name, resourceGroupName=GROUP, **inputs)


def inputs(target: str, storage: Live, name: str = "fl", **more: Any) -> dict[str, Any]:
    return {
        "resourceGroupName": GROUP,
        "networkWatcherName": "NetworkWatcher_westeurope",
        "flowLogName": name,
        "targetResourceId": target,
        "storageId": storage.id,
        "enabled": True,
        **more,
    }


@pytest.fixture
def watched(grounds: Cloud) -> tuple[Cloud, Live, Live]:
    watcher(grounds)
    return grounds, grounds.network(), account(grounds)


def analytics(**more: Any) -> dict[str, Any]:
    return {"flowAnalyticsConfiguration": {"networkWatcherFlowAnalyticsConfiguration": {"enabled": True, **more}}}


def test_a_flow_log_lies_in_its_watcher_and_knows_its_target(watched: tuple[Cloud, Live, Live]) -> None:
    cloud, network, storage = watched
    made = cloud.create(LOG, "fl", **inputs(network.id, storage))
    assert made.id.endswith("/networkWatchers/NetworkWatcher_westeurope/flowLogs/fl")
    assert made.outputs["targetResourceGuid"] == network.outputs["resourceGuid"]


def test_there_is_no_flow_log_without_a_watcher(grounds: Cloud) -> None:
    told = grounds.refused(LOG, "fl", **inputs(grounds.network().id, account(grounds)))
    assert 'Code="ParentResourceNotFound"' in told


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
