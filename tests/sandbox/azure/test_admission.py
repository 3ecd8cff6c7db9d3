"""What ARM checks of every write, whatever the type: each refusal with Azure's own code."""

import pytest

from tests.sandbox.azure.cloud import GROUP, SUBSCRIPTION, Cloud

OTHER = "00000000-0000-4000-8000-000000000000"
SCOPE = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/{GROUP}"


def network_inputs(name: str = "vnet", **more: object) -> dict[str, object]:
    space = {"addressPrefixes": ["10.0.0.0/16"]}
    return {"resourceGroupName": GROUP, "virtualNetworkName": name, "addressSpace": space, **more}


def lock(cloud: Cloud, level: str, scope: str = SCOPE) -> None:
    cloud.create("authorization:ManagementLockByScope", f"lock-{level}", scope=scope, lockName=level, level=level)


def test_a_subscription_that_is_not_there_is_told(cloud: Cloud) -> None:
    cloud.configure(subscriptionId=OTHER)
    told = cloud.refused("resources:ResourceGroup", "rg", resourceGroupName="rg")
    assert told.startswith('Status=404 Code="SubscriptionNotFound" Message=')


def test_a_namespace_must_be_registered(grounds: Cloud) -> None:
    grounds.store.set("unregistered", f"{SUBSCRIPTION}/microsoft.network", "")
    told = grounds.refused("network:VirtualNetwork", "vnet", **network_inputs())
    assert 'Status=409 Code="MissingSubscriptionRegistration"' in told
    assert "Microsoft.Network" in told
    grounds.store.unset("unregistered", f"{SUBSCRIPTION}/microsoft.network")
    grounds.network()


def test_a_resource_group_must_be_there(cloud: Cloud) -> None:
    assert 'Code="ResourceGroupNotFound"' in cloud.refused("network:VirtualNetwork", "vnet", **network_inputs())


def test_a_parent_must_be_there(grounds: Cloud) -> None:
    told = grounds.refused(
        "network:Subnet",
        "s",
        resourceGroupName=GROUP,
        virtualNetworkName="none",
        subnetName="s",
        addressPrefix="10.0.0.0/24",
    )
    assert 'Status=404 Code="ParentResourceNotFound"' in told
    assert "type 'virtualNetworks/subnets'" in told


def test_a_scope_must_be_there(grounds: Cloud) -> None:
    told = grounds.refused(
        "authorization:ManagementLockByScope",
        "l",
        scope=f"{SCOPE}/providers/Microsoft.Network/virtualNetworks/none",
        lockName="l",
        level="CanNotDelete",
    )
    assert 'Status=404 Code="ResourceNotFound"' in told


def test_a_location_must_be_a_region(grounds: Cloud) -> None:
    told = grounds.refused("network:VirtualNetwork", "vnet", **network_inputs(location="westmars"))
    assert 'Code="LocationNotAvailableForResourceType"' in told


def test_a_private_zone_is_global(grounds: Cloud) -> None:
    """The provider fills in the region of the group: a program must say "global" itself, as on Azure."""
    told = grounds.refused("privatedns:PrivateZone", "z", resourceGroupName=GROUP, privateZoneName="a.internal")
    assert 'Code="LocationNotAvailableForResourceType"' in told
    assert "'global'" in told


def test_a_resource_does_not_move(grounds: Cloud) -> None:
    vault = grounds.vault()
    assert 'Status=409 Code="InvalidResourceLocation"' in grounds.update_refused(vault, location="northeurope")


def test_a_resource_group_does_not_move(cloud: Cloud) -> None:
    told = cloud.update_refused(cloud.group(), location="northeurope")
    assert 'Status=409 Code="InvalidResourceGroupLocation"' in told


def test_a_resource_group_stays_whose_it_is(cloud: Cloud) -> None:
    group = cloud.create("resources:ResourceGroup", "rg", resourceGroupName="rg", managedBy="/subscriptions/x/one")
    told = cloud.update_refused(group, managedBy="/subscriptions/x/other")
    assert 'Code="ResourceGroupManagedByCannotBeChanged"' in told


@pytest.mark.parametrize("name", ["ends.", "x" * 91])
def test_a_resource_group_has_a_name_that_azure_takes(cloud: Cloud, name: str) -> None:
    told = cloud.refused("resources:ResourceGroup", "rg", resourceGroupName=name)
    assert 'Code="InvalidResourceGroup"' in told
    assert "1 to 90" in told


def test_a_reference_must_be_a_full_id(grounds: Cloud) -> None:
    grounds.network()
    told = grounds.refused(
        "network:Subnet",
        "s",
        resourceGroupName=GROUP,
        virtualNetworkName="vnet",
        subnetName="s",
        addressPrefix="10.10.0.0/24",
        networkSecurityGroup={"id": "nsg"},
    )
    assert 'Status=400 Code="LinkedInvalidPropertyId"' in told


def test_a_reference_must_be_to_a_live_resource(grounds: Cloud) -> None:
    grounds.network()
    missing = f"{SCOPE}/providers/Microsoft.Network/networkSecurityGroups/none"
    told = grounds.refused(
        "network:Subnet",
        "s",
        resourceGroupName=GROUP,
        virtualNetworkName="vnet",
        subnetName="s",
        addressPrefix="10.10.0.0/24",
        networkSecurityGroup={"id": missing},
    )
    assert 'Status=400 Code="InvalidResourceReference"' in told
    assert missing in told


def test_a_reference_may_have_to_be_in_the_same_region(grounds: Cloud) -> None:
    grounds.network()
    far = grounds.create(
        "network:NetworkSecurityGroup",
        "nsg",
        resourceGroupName=GROUP,
        networkSecurityGroupName="nsg",
        location="northeurope",
    )
    told = grounds.refused(
        "network:Subnet",
        "s",
        resourceGroupName=GROUP,
        virtualNetworkName="vnet",
        subnetName="s",
        addressPrefix="10.10.0.0/24",
        networkSecurityGroup={"id": far.id},
    )
    assert 'Code="InvalidResourceReference"' in told


def test_a_quota_is_counted_by_subscription_and_region(grounds: Cloud) -> None:
    grounds.store.set("quota", "network:VirtualNetwork/westeurope", "1")
    grounds.network("one")
    told = grounds.refused("network:VirtualNetwork", "two", **network_inputs("two"))
    assert 'Status=409 Code="QuotaExceeded"' in told
    grounds.create("network:VirtualNetwork", "far", **network_inputs("far", location="northeurope"))


def test_a_lock_forbids_to_delete_at_its_scope_above_it_and_inside_it(grounds: Cloud) -> None:
    network = grounds.network()
    subnet = grounds.subnet("s", "10.10.0.0/24")
    lock(grounds, "CanNotDelete", network.id)
    group = grounds.made[0]
    for live in (network, subnet, group):
        told = grounds.delete_refused(live)
        assert 'Status=409 Code="ScopeLocked"' in told
        assert network.id in told
    grounds.update(network, tags={"a": "b"})


def test_a_read_only_lock_forbids_to_write(grounds: Cloud) -> None:
    network = grounds.network()
    lock(grounds, "ReadOnly")
    assert 'Code="ScopeLocked"' in grounds.update_refused(network, tags={"a": "b"})
    assert 'Code="ScopeLocked"' in grounds.refused("network:VirtualNetwork", "new", **network_inputs("new"))


def test_a_lock_itself_can_be_removed(grounds: Cloud) -> None:
    network = grounds.network()
    lock(grounds, "CanNotDelete")
    grounds.delete(grounds.made[-1])
    grounds.delete(network)


@pytest.mark.parametrize(
    "wrong",
    [{"level": "Sometimes"}, {"level": "ReadOnly", "notes": "x" * 513}, {"level": "ReadOnly", "lockName": "a."}],
)
def test_a_lock_has_a_level_short_notes_and_a_plain_name(grounds: Cloud, wrong: dict[str, str]) -> None:
    told = grounds.refused("authorization:ManagementLockByScope", "l", **{"scope": SCOPE, "lockName": "l", **wrong})
    assert 'Status=400 Code="BadRequest"' in told


@pytest.mark.parametrize("name", ["ab", "_starts", "x" * 129])
def test_an_identity_has_a_name_that_azure_takes(grounds: Cloud, name: str) -> None:
    told = grounds.refused("managedidentity:UserAssignedIdentity", "i", resourceGroupName=GROUP, resourceName=name)
    assert 'Code="InvalidResourceName"' in told
