"""Virtual networks, subnets, security groups and peerings refuse what Azure refuses."""

from ipaddress import IPv4Network

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sandbox.azure.catalog.addresses import inside, overlap
from tests.sandbox.azure.cloud import GROUP, Cloud, Live

RULE = {
    "name": "https",
    "priority": 100,
    "direction": "Inbound",
    "access": "Allow",
    "protocol": "Tcp",
    "sourceAddressPrefix": "Internet",
    "sourcePortRange": "*",
    "destinationAddressPrefix": "10.10.1.0/24",
    "destinationPortRange": "443",
}


def security_group(cloud: Cloud, *rules: dict[str, object], name: str = "nsg") -> Live:
    return cloud.create(
        "network:NetworkSecurityGroup",
        name,
        resourceGroupName=GROUP,
        networkSecurityGroupName=name,
        securityRules=list(rules),
    )


def peering_inputs(remote: Live, network: str = "one", **more: object) -> dict[str, object]:
    return {
        "resourceGroupName": GROUP,
        "virtualNetworkName": network,
        "virtualNetworkPeeringName": f"{network}-peer",
        "remoteVirtualNetwork": {"id": remote.id},
        **more,
    }


@pytest.fixture
def pair(grounds: Cloud) -> tuple[Cloud, Live, Live]:
    return grounds, grounds.network("one", "10.1.0.0/16"), grounds.network("two", "10.2.0.0/16")


# Networks -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("prefixes", "code"),
    [
        ([], "VnetAddressSpaceEmpty"),
        (["10.0.0.0/40"], "InvalidCIDRNotation"),
        (["10.0.0.1/16"], "InvalidCIDRNotation"),
        (["10.0.0.0/16", "10.0.5.0/24"], "VnetAddressSpaceOverlap"),
    ],
)
def test_an_address_space_must_be_sound(grounds: Cloud, prefixes: list[str], code: str) -> None:
    told = grounds.refused(
        "network:VirtualNetwork",
        "vnet",
        resourceGroupName=GROUP,
        virtualNetworkName="vnet",
        addressSpace={"addressPrefixes": prefixes},
    )
    assert f'Status=400 Code="{code}"' in told


def test_a_space_keeps_the_subnets_it_has(grounds: Cloud) -> None:
    network = grounds.network("vnet", "10.10.0.0/16")
    grounds.subnet("s", "10.10.1.0/24")
    told = grounds.update_refused(network, addressSpace={"addressPrefixes": ["10.11.0.0/16"]})
    assert 'Code="InUsePrefixCannotBeDeleted"' in told
    grounds.update(network, addressSpace={"addressPrefixes": ["10.10.0.0/16", "10.11.0.0/16"]})


def test_inline_subnets_are_refused_not_ignored(grounds: Cloud) -> None:
    told = grounds.refused(
        "network:VirtualNetwork",
        "vnet",
        resourceGroupName=GROUP,
        virtualNetworkName="vnet",
        addressSpace={"addressPrefixes": ["10.0.0.0/16"]},
        subnets=[{"name": "a", "addressPrefix": "10.0.0.0/24"}],
    )
    assert "inline subnets are not modelled" in told


@pytest.mark.parametrize("name", ["_vnet", "vnet-", "a b"])
def test_a_network_has_a_name_that_azure_takes(grounds: Cloud, name: str) -> None:
    told = grounds.refused(
        "network:VirtualNetwork",
        "v",
        resourceGroupName=GROUP,
        virtualNetworkName=name,
        addressSpace={"addressPrefixes": ["10.0.0.0/16"]},
    )
    assert 'Code="InvalidResourceName"' in told


# Subnets --------------------------------------------------------------------------------------------------------------


def subnet_refused(cloud: Cloud, prefix: str | None, name: str = "new") -> str:
    given_prefix = {"addressPrefix": prefix} if prefix else {}
    return cloud.refused(
        "network:Subnet", name, resourceGroupName=GROUP, virtualNetworkName="vnet", subnetName=name, **given_prefix
    )


@pytest.mark.parametrize(
    ("prefix", "code"),
    [
        ("10.11.0.0/24", "NetcfgInvalidSubnet"),
        ("10.0.0.0/8", "NetcfgInvalidSubnet"),
        ("10.10.9.0/30", "NetcfgInvalidSubnet"),
        ("10.10.1.0/25", "NetcfgSubnetRangesOverlap"),
        ("10.10.0.0/16", "NetcfgSubnetRangesOverlap"),
        ("10.10.9.1/24", "InvalidCIDRNotation"),
        (None, "InvalidRequestFormat"),
    ],
)
def test_a_subnets_range_is_inside_its_network_and_its_own(grounds: Cloud, prefix: str | None, code: str) -> None:
    grounds.network()
    grounds.subnet("taken", "10.10.1.0/24")
    assert f'Status=400 Code="{code}"' in subnet_refused(grounds, prefix)


def test_an_update_may_keep_or_move_an_empty_subnet(grounds: Cloud) -> None:
    grounds.network()
    subnet = grounds.subnet("s", "10.10.1.0/24")
    grounds.update(subnet, addressPrefix="10.10.1.0/25")
    assert grounds.update(subnet, addressPrefix="10.10.2.0/24").outputs["addressPrefix"] == "10.10.2.0/24"


SPACE = IPv4Network("10.0.0.0/22")
prefix_lengths = st.integers(min_value=23, max_value=29)
ranges = st.builds(
    lambda length, index: list(SPACE.supernet(2).subnets(new_prefix=length))[
        index % len(list(SPACE.supernet(2).subnets(new_prefix=length)))
    ],
    prefix_lengths,
    st.integers(min_value=0, max_value=10_000),
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(wanted=st.lists(ranges, min_size=1, max_size=8))
def test_the_subnets_that_are_let_in_lie_inside_and_apart(grounds: Cloud, wanted: list[IPv4Network]) -> None:
    """Whatever is asked for in whatever order: exactly the ranges that fit are taken."""
    network = grounds.network("vnet", str(SPACE))
    taken: list[IPv4Network] = []
    for index, prefix in enumerate(wanted):
        fits = prefix.subnet_of(SPACE) and not any(prefix.overlaps(other) for other in taken)
        if fits:
            grounds.subnet(f"s{index}", str(prefix))
            taken.append(prefix)
        else:
            code = "NetcfgSubnetRangesOverlap" if prefix.subnet_of(SPACE) else "NetcfgInvalidSubnet"
            assert f'Code="{code}"' in subnet_refused(grounds, str(prefix), f"s{index}")
    grounds.delete(network)


@given(one=ranges, other=ranges)
def test_overlap_is_mutual_and_containment_implies_it(one: IPv4Network, other: IPv4Network) -> None:
    assert bool(overlap([one], [other])) == bool(overlap([other], [one]))
    assert not inside(one, [other]) or overlap([one], [other])


def test_an_occupied_subnet_is_not_deleted(grounds: Cloud) -> None:
    network = grounds.network()
    apps = grounds.subnet("apps", "10.10.1.0/24", "Microsoft.App/environments")
    environment = grounds.environment(vnetConfiguration={"infrastructureSubnetId": apps.id})
    told = grounds.delete_refused(apps)
    assert 'Status=400 Code="InUseSubnetCannotBeDeleted"' in told
    assert environment.id in told
    assert 'Code="InUseSubnetCannotBeDeleted"' in grounds.delete_refused(network)
    grounds.delete(environment)
    grounds.delete(apps)


def test_an_occupied_subnet_keeps_its_range_and_delegation(grounds: Cloud) -> None:
    grounds.network()
    apps = grounds.subnet("apps", "10.10.1.0/24", "Microsoft.App/environments")
    grounds.environment(vnetConfiguration={"infrastructureSubnetId": apps.id})
    assert 'Code="InUsePrefixCannotBeDeleted"' in grounds.update_refused(apps, addressPrefix="10.10.2.0/24")
    assert 'Code="SubnetMissingRequiredDelegation"' in grounds.update_refused(apps, delegations=None)


# Security groups ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"priority": 99}, "SecurityRuleInvalidPriority"),
        ({"priority": 4097}, "SecurityRuleInvalidPriority"),
        ({"sourceAddressPrefix": "Everywhere"}, "SecurityRuleInvalidAddressPrefix"),
        ({"sourceAddressPrefix": "10.0.0.1/8"}, "SecurityRuleInvalidAddressPrefix"),
        ({"sourceAddressPrefix": None}, "SecurityRuleInvalidAddressPrefix"),
        ({"destinationPortRange": "70000"}, "SecurityRuleInvalidPortRange"),
        ({"destinationPortRange": "https"}, "SecurityRuleInvalidPortRange"),
        ({"sourcePortRange": None}, "SecurityRuleInvalidPortRange"),
    ],
)
def test_a_rule_must_be_sound(grounds: Cloud, change: dict[str, object], code: str) -> None:
    wrong = {key: value for key, value in {**RULE, **change}.items() if value is not None}
    told = grounds.refused(
        "network:NetworkSecurityGroup",
        "nsg",
        resourceGroupName=GROUP,
        networkSecurityGroupName="nsg",
        securityRules=[wrong],
    )
    assert f'Status=400 Code="{code}"' in told


def test_two_rules_of_a_direction_differ_in_priority(grounds: Cloud) -> None:
    told = grounds.refused(
        "network:NetworkSecurityGroup",
        "nsg",
        resourceGroupName=GROUP,
        networkSecurityGroupName="nsg",
        securityRules=[RULE, {**RULE, "name": "other"}],
    )
    assert 'Code="SecurityRuleConflict"' in told
    security_group(grounds, RULE, {**RULE, "name": "out", "direction": "Outbound"})


@pytest.mark.parametrize("tag", ["AzureLoadBalancer", "Storage.WestEurope", "*", "10.0.0.0/8", "10.0.0.4"])
def test_tags_ranges_and_addresses_are_taken(grounds: Cloud, tag: str) -> None:
    security_group(grounds, {**RULE, "sourceAddressPrefix": tag})


def test_a_group_has_the_rules_that_azure_gives_it(grounds: Cloud) -> None:
    names = [rule["name"] for rule in security_group(grounds).outputs["defaultSecurityRules"]]
    assert names[:3] == ["AllowVnetInBound", "AllowAzureLoadBalancerInBound", "DenyAllInBound"]


def test_a_group_in_use_is_not_deleted(grounds: Cloud) -> None:
    grounds.network()
    group = security_group(grounds, RULE)
    subnet = grounds.subnet("s", "10.10.1.0/24", networkSecurityGroup={"id": group.id})
    told = grounds.delete_refused(group)
    assert 'Status=400 Code="InUseNetworkSecurityGroupCannotBeDeleted"' in told
    assert subnet.id in told
    grounds.update(subnet, networkSecurityGroup=None)
    grounds.delete(group)


def test_rules_stay_when_an_update_does_not_speak_of_them(grounds: Cloud) -> None:
    group = security_group(grounds, RULE)
    assert len(grounds.update(group, securityRules=None, tags={"a": "b"}).outputs["securityRules"]) == 1


# Peerings -------------------------------------------------------------------------------------------------------------


def test_a_peering_connects_when_both_sides_are_there(pair: tuple[Cloud, Live, Live]) -> None:
    cloud, one, two = pair
    there = cloud.create("network:VirtualNetworkPeering", "there", **peering_inputs(two))
    assert there.outputs["peeringState"] == "Initiated"
    back = cloud.create("network:VirtualNetworkPeering", "back", **peering_inputs(one, "two"))
    assert back.outputs["peeringState"] == "Connected"
    assert cloud.provider.arm.read(there.id)["peeringState"] == "Connected"  # type: ignore[index]


def test_a_side_that_lost_its_mate_must_be_made_again(pair: tuple[Cloud, Live, Live]) -> None:
    """The trap of tearing down one side alone: the other stays Disconnected and blocks a new one."""
    cloud, one, two = pair
    there = cloud.create("network:VirtualNetworkPeering", "there", **peering_inputs(two))
    back = cloud.create("network:VirtualNetworkPeering", "back", **peering_inputs(one, "two"))
    cloud.delete(back)
    assert cloud.provider.arm.read(there.id)["peeringState"] == "Disconnected"  # type: ignore[index]
    told = cloud.refused("network:VirtualNetworkPeering", "back", **peering_inputs(one, "two"))
    assert 'Status=400 Code="RemotePeeringIsDisconnected"' in told
    cloud.delete(there)
    cloud.create("network:VirtualNetworkPeering", "back", **peering_inputs(one, "two"))
    again = cloud.create("network:VirtualNetworkPeering", "there", **peering_inputs(two))
    assert again.outputs["peeringState"] == "Connected"


def test_networks_that_share_addresses_are_not_peered(grounds: Cloud) -> None:
    grounds.network("one", "10.1.0.0/16")
    two = grounds.network("two", "10.1.128.0/17")
    told = grounds.refused("network:VirtualNetworkPeering", "p", **peering_inputs(two))
    assert 'Status=400 Code="VnetAddressSpacesOverlap"' in told


def test_a_space_does_not_grow_into_a_peers(pair: tuple[Cloud, Live, Live]) -> None:
    cloud, one, two = pair
    cloud.create("network:VirtualNetworkPeering", "there", **peering_inputs(two))
    told = cloud.update_refused(one, addressSpace={"addressPrefixes": ["10.1.0.0/16", "10.2.0.0/17"]})
    assert 'Code="VnetAddressSpaceOverlapsWithAlreadyPeeredVnet"' in told


def test_a_network_is_peered_once_with_another_and_never_with_itself(pair: tuple[Cloud, Live, Live]) -> None:
    cloud, one, two = pair
    cloud.create("network:VirtualNetworkPeering", "there", **peering_inputs(two))
    twice = {**peering_inputs(two), "virtualNetworkPeeringName": "again"}
    assert 'Code="AnotherPeeringAlreadyReferencesRemoteVnet"' in cloud.refused(
        "network:VirtualNetworkPeering", "twice", **twice
    )
    own = {**peering_inputs(one), "virtualNetworkPeeringName": "own"}
    assert 'Code="VnetCannotPeerWithItself"' in cloud.refused("network:VirtualNetworkPeering", "own", **own)


def test_a_peering_names_a_network_and_keeps_it(pair: tuple[Cloud, Live, Live]) -> None:
    cloud, _, two = pair
    nameless = {**peering_inputs(two), "remoteVirtualNetwork": {}}
    assert 'Code="InvalidRequestFormat"' in cloud.refused("network:VirtualNetworkPeering", "p", **nameless)
    there = cloud.create("network:VirtualNetworkPeering", "there", **peering_inputs(two))
    three = cloud.network("three", "10.3.0.0/16")
    told = cloud.update_refused(there, remoteVirtualNetwork={"id": three.id})
    assert 'Code="ChangingRemoteVnetNotAllowed"' in told


def test_gateways_are_refused_not_ignored(pair: tuple[Cloud, Live, Live]) -> None:
    cloud, _, two = pair
    told = cloud.refused("network:VirtualNetworkPeering", "p", **peering_inputs(two, useRemoteGateways=True))
    assert "gateways are not modelled" in told
