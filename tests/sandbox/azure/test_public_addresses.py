"""Public addresses, NAT gateways and Bastion refuse what Azure refuses; what is in use stays."""

from typing import Any

import pytest

from tests.sandbox.azure.cloud import GROUP, Cloud, Live

ADDRESS, NAT, BASTION = "network:PublicIPAddress", "network:NatGateway", "network:BastionHost"


def address_inputs(name: str = "pip", **more: Any) -> dict[str, Any]:
    own = {"publicIpAddressName": name, "sku": {"name": "Standard"}, "publicIPAllocationMethod": "Static"}
    return {"resourceGroupName": GROUP, **own, **more}


def address(cloud: Cloud, name: str = "pip", **more: Any) -> Live:
    return cloud.create(ADDRESS, name, **address_inputs(name, **more))


def nat_inputs(*addresses: Live, name: str = "ng", **more: Any) -> dict[str, Any]:
    held = [{"id": found.id} for found in addresses]
    return {
        "resourceGroupName": GROUP,
        "natGatewayName": name,
        "sku": {"name": "Standard"},
        "publicIpAddresses": held,
        **more,
    }


def bastion_inputs(subnet: Live, held: Live, name: str = "bas", **more: Any) -> dict[str, Any]:
    own = {"name": "own", "subnet": {"id": subnet.id}, "publicIPAddress": {"id": held.id}}
    return {"resourceGroupName": GROUP, "bastionHostName": name, "ipConfigurations": [own], **more}


# Addresses ------------------------------------------------------------------------------------------------------------


def test_an_address_is_known_once_it_is_made_and_stays(grounds: Cloud) -> None:
    made = address(grounds, zones=["1", "2", "3"])
    assert made.outputs["ipAddress"].count(".") == 3
    again = grounds.update(made, tags={"a": "b"})
    assert again.outputs["ipAddress"] == made.outputs["ipAddress"]
    assert address(grounds, "other").outputs["ipAddress"] != made.outputs["ipAddress"]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"sku": {"name": "Basic"}}, "IPv4BasicSkuPublicIpCountLimitReached"),
        ({"publicIPAllocationMethod": "Dynamic"}, "PublicIPAddressInvalidAllocationMethod"),
        ({"zones": ["1"], "location": "westus"}, "AvailabilityZoneNotSupported"),
        ({"publicIpAddressName": "-pip"}, "InvalidResourceName"),
    ],
)
def test_an_address_refuses(grounds: Cloud, change: dict[str, Any], code: str) -> None:
    assert f'Status=400 Code="{code}"' in grounds.refused(ADDRESS, "pip", **address_inputs(**change))


# NAT gateways ---------------------------------------------------------------------------------------------------------


def test_a_gateway_knows_its_subnets_and_goes_after_them(grounds: Cloud) -> None:
    """Subnet, gateway, address: each holds the next."""
    held = address(grounds)
    gateway = grounds.create(NAT, "ng", **nat_inputs(held))
    grounds.network()
    subnet = grounds.subnet("apps", "10.10.1.0/24", natGateway={"id": gateway.id})
    found = grounds.provider.arm.read(gateway.id)
    assert found is not None
    assert found["subnets"] == [{"id": subnet.id}]
    assert 'Status=400 Code="InUseNatGatewayCannotBeDeleted"' in grounds.delete_refused(gateway)
    assert 'Status=400 Code="PublicIPAddressCannotBeDeleted"' in grounds.delete_refused(held)
    for live in (subnet, gateway, held):
        grounds.delete(live)


@pytest.mark.parametrize("change", [{"sku": {"name": "Basic"}}, {"idleTimeoutInMinutes": 3}, {"zones": ["1", "2"]}])
def test_a_gateway_refuses(grounds: Cloud, change: dict[str, Any]) -> None:
    told = grounds.refused(NAT, "ng", **nat_inputs(address(grounds), **change))
    assert 'Status=400 Code="InvalidRequestFormat"' in told


def test_an_address_serves_one_alone_and_must_be_there(grounds: Cloud) -> None:
    held = address(grounds)
    grounds.create(NAT, "ng", **nat_inputs(held))
    assert 'Code="PublicIPAddressInUse"' in grounds.refused(NAT, "other", **nat_inputs(held, name="ng-2"))
    grounds.network()
    subnet = grounds.subnet("AzureBastionSubnet", "10.10.10.0/26")
    assert 'Code="PublicIPAddressInUse"' in grounds.refused(BASTION, "bas", **bastion_inputs(subnet, held))
    missing = Live("", f"{held.id}-none", {}, {})
    assert 'Code="InvalidResourceReference"' in grounds.refused(NAT, "none", **nat_inputs(missing, name="ng-3"))


# Bastion --------------------------------------------------------------------------------------------------------------


def test_a_bastion_holds_its_subnet_and_its_address(grounds: Cloud) -> None:
    grounds.network()
    subnet, held = grounds.subnet("AzureBastionSubnet", "10.10.10.0/26"), address(grounds)
    host = grounds.create(BASTION, "bas", **bastion_inputs(subnet, held))
    assert host.outputs["dnsName"].endswith(".bastion.azure.com")
    assert 'Code="InUseSubnetCannotBeDeleted"' in grounds.delete_refused(subnet)
    assert 'Code="PublicIPAddressCannotBeDeleted"' in grounds.delete_refused(held)
    grounds.delete(host)
    grounds.delete(subnet)
    grounds.delete(held)


def test_a_bastion_stands_in_the_subnet_of_that_name_alone(grounds: Cloud) -> None:
    grounds.network()
    told = grounds.refused(
        BASTION, "bas", **bastion_inputs(grounds.subnet("people", "10.10.10.0/26"), address(grounds))
    )
    assert 'Status=400 Code="BastionHostSubnetNameInvalid"' in told


@pytest.mark.parametrize("change", [{"sku": {"name": "Tiny"}}, {"sku": {"name": "Basic"}, "scaleUnits": 4}])
def test_a_bastion_has_a_tier_that_scales_as_asked(grounds: Cloud, change: dict[str, Any]) -> None:
    grounds.network()
    subnet = grounds.subnet("AzureBastionSubnet", "10.10.10.0/26")
    told = grounds.refused(BASTION, "bas", **bastion_inputs(subnet, address(grounds), **change))
    assert 'Status=400 Code="BastionHostSkuNotSupported"' in told
