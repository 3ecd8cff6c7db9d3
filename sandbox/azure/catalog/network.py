# ruff: noqa: S106 - a token is the name of a type
"""Virtual networks and subnets.

https://learn.microsoft.com/azure/virtual-network/virtual-networks-faq
"""

from collections.abc import Mapping
from typing import Any

from sandbox.azure import arm_ids
from sandbox.azure.bodies import at, objects_at
from sandbox.azure.errors import ArmError
from sandbox.azure.model import (
    Computed,
    Durations,
    InUse,
    NameRule,
    Record,
    Reference,
    ResourceType,
    Serial,
    World,
    Write,
)

from .addresses import address_space, inside, overlap, prefixes
from .common import ARM_NAMES, ESTIMATE, drawn_guid, etag, refuse, rule
from .network_watchers import beside_a_network

GROUP = "/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}/providers/Microsoft.Network"
_FAQ = "https://learn.microsoft.com/azure/virtual-network/virtual-networks-faq"
_PEERING = "https://learn.microsoft.com/azure/virtual-network/virtual-network-manage-peering"
_SMALLEST = 29  # five of the addresses are Azure's: _FAQ

# Types that live in a subnet and hold it: a subnet with one of them cannot be deleted or change its range.
OCCUPANTS = (
    "dbforpostgresql:Server",
    "app:ManagedEnvironment",
    "network:PrivateEndpoint",
    "network:BastionHost",
    "apimanagement:ApiManagementService",
)


def name_rule(what: str, least: int, most: int) -> NameRule:
    """Names of Microsoft.Network: a letter or digit first, a letter, digit or underscore last."""
    return NameRule(
        pattern=r"[A-Za-z0-9]([\w.-]*\w)?",
        least=least,
        most=most,
        code="InvalidResourceName",
        allowed=f"{what}: {least} to {most} letters, digits, '_', '.', '-'; a letter or digit first, no '.' or '-' "
        "last",
        source=ARM_NAMES,
    )


def network_serial(depth: int) -> Serial:
    """Writes to a network and to what lies `depth` levels in it exclude each other."""
    return Serial(
        scope=lambda arm_id, _: arm_ids.parent(arm_id) if depth else arm_id,
        code="AnotherOperationInProgress",
        message="Another operation on this or dependent resource is in progress. To retrieve status of the operation "
        "use "
        "uri: https://management.azure.com{scope}.",
        source="https://github.com/pulumi/pulumi-azure-native/issues/903",
    )


# Virtual network ------------------------------------------------------------------------------------------------------


@rule(("VnetAddressSpaceEmpty", "InvalidCIDRNotation", "VnetAddressSpaceOverlap"), _FAQ)
def _space_is_sound(write: Write) -> None:
    space = address_space(write.body, write.name)
    refuse(not space, 400, "VnetAddressSpaceEmpty", f"Virtual network {write.arm_id} has no address space.")
    for index, network in enumerate(space):
        refuse(
            overlap([network], space[:index]),
            400,
            "VnetAddressSpaceOverlap",
            f"Address space of virtual network {write.arm_id} overlaps with itself at {network}.",
        )


@rule("InUsePrefixCannotBeDeleted", _FAQ)
def _space_keeps_subnets(write: Write) -> None:
    space = address_space(write.body, write.name)
    for subnet in write.world.children(write.arm_id, "network:Subnet"):
        for network in prefixes(subnet.inputs, subnet.name):
            if not inside(network, space):
                raise ArmError(
                    400,
                    "InUsePrefixCannotBeDeleted",
                    f"IpPrefix {network} on Vnet {write.name} has active allocations and cannot be deleted.",
                )


@rule("VnetAddressSpaceOverlapsWithAlreadyPeeredVnet", _PEERING)
def _space_apart_from_peers(write: Write) -> None:
    space = address_space(write.body, write.name)
    for peering in write.world.children(write.arm_id, "network:VirtualNetworkPeering"):
        remote = write.world.find(str(at(peering.inputs, "remoteVirtualNetwork.id")))
        if remote is not None and overlap(space, address_space(remote.inputs, remote.name)):
            raise ArmError(
                400,
                "VnetAddressSpaceOverlapsWithAlreadyPeeredVnet",
                f"The address space of virtual network {write.arm_id} overlaps with that of {remote.arm_id}, with "
                "which "
                f"it is peered by {peering.arm_id}.",
            )


def _child_outputs(token: str) -> Any:
    def read(record: Record, world: World) -> list[Mapping[str, Any]]:
        return [
            {"id": child.arm_id, **{key: item for key, item in child.outputs.items() if key != "azureApiVersion"}}
            for child in world.children(record.arm_id, token)
        ]

    return read


VIRTUAL_NETWORK = ResourceType(
    token="network:VirtualNetwork",
    path=GROUP + "/virtualNetworks/{virtualNetworkName}",
    name=name_rule("virtual network", 2, 64),
    durations=Durations(create=12, update=10, delete=18, source=ESTIMATE),
    source="https://learn.microsoft.com/azure/templates/microsoft.network/2024-05-01/virtualnetworks",
    replace_on=("location",),
    maintained=("subnets", "virtualNetworkPeerings"),
    refused={
        "subnets": "inline subnets are not modelled: write network.Subnet resources, one after another",
        "virtualNetworkPeerings": "inline peerings are not modelled: write network.VirtualNetworkPeering resources",
    },
    defaults={
        "enableDdosProtection": False,
        "dhcpOptions": {"dnsServers": []},
        "privateEndpointVNetPolicies": "Disabled",
    },
    computed={"resourceGuid": drawn_guid("resource"), "etag": etag()},
    live={
        "subnets": _child_outputs("network:Subnet"),
        "virtualNetworkPeerings": _child_outputs("network:VirtualNetworkPeering"),
    },
    serial=(network_serial(0),),
    rules=(_space_is_sound, _space_keeps_subnets, _space_apart_from_peers),
    companions=beside_a_network,
)


# Subnet ---------------------------------------------------------------------------------------------------------------


@rule(("InvalidRequestFormat", "InvalidCIDRNotation", "NetcfgInvalidSubnet"), _FAQ)
def _range_in_network(write: Write) -> None:
    ranges = prefixes(write.body, write.name)
    network = write.world.find(write.parent)
    if network is None:
        return
    refuse(
        not ranges, 400, "InvalidRequestFormat", f"Subnet {write.name} has neither addressPrefix nor addressPrefixes."
    )
    space = address_space(network.inputs, network.name)
    for found in ranges:
        refuse(
            not inside(found, space),
            400,
            "NetcfgInvalidSubnet",
            f"Subnet '{write.name}' is not valid because its IP address range is outside the IP address range of "
            "virtual "
            f"network '{network.name}'.",
        )
        refuse(
            found.version == 4 and found.prefixlen > _SMALLEST,
            400,
            "NetcfgInvalidSubnet",
            f"Subnet '{write.name}' is not valid: {found} is smaller than /{_SMALLEST}.",
        )


@rule("NetcfgSubnetRangesOverlap", _FAQ)
def _range_apart_from_siblings(write: Write) -> None:
    ranges = prefixes(write.body, write.name)
    for sibling in write.world.children(write.parent, "network:Subnet"):
        if arm_ids.key(sibling.arm_id) != arm_ids.key(write.arm_id):
            refuse(
                overlap(ranges, prefixes(sibling.inputs, sibling.name)),
                400,
                "NetcfgSubnetRangesOverlap",
                f"Subnet '{write.name}' is not valid because its IP address range overlaps with that of an existing "
                f"subnet in virtual network '{arm_ids.name(write.parent)}'.",
            )


def _occupants(write: Write) -> list[Record]:
    return [found.record for found in write.world.referrers(write.arm_id) if found.record.token in OCCUPANTS]


@rule(("InUsePrefixCannotBeDeleted", "SubnetMissingRequiredDelegation"), _FAQ)
def _occupied_subnet_stays(write: Write) -> None:
    occupants = _occupants(write) if write.old else []
    if write.old is None or not occupants:
        return
    for found in prefixes(write.old.inputs, write.name):
        refuse(
            found not in prefixes(write.body, write.name),
            400,
            "InUsePrefixCannotBeDeleted",
            f"IpPrefix {found} on Subnet {write.name} has active allocations and cannot be deleted.",
        )
    needed = {str(item.get("serviceName")) for item in objects_at(write.old.inputs, "delegations")}
    kept = {str(item.get("serviceName")) for item in objects_at(write.body, "delegations")}
    refuse(
        needed - kept,
        400,
        "SubnetMissingRequiredDelegation",
        f"Subnet {write.name} referenced by resource {occupants[0].arm_id} requires any of the following delegation(s) "
        f"[{', '.join(sorted(needed))}] to reference service association link.",
    )


def _delegations(write: Write) -> list[Mapping[str, Any]] | None:
    return [
        {
            "actions": ["Microsoft.Network/virtualNetworks/subnets/join/action"],
            "id": f"{write.arm_id}/delegations/{item.get('name')}",
            "name": item.get("name"),
            "provisioningState": "Succeeded",
            "serviceName": item.get("serviceName"),
            "type": "Microsoft.Network/virtualNetworks/subnets/delegations",
        }
        for item in objects_at(write.body, "delegations")
    ]


SUBNET = ResourceType(
    token="network:Subnet",
    path=GROUP + "/virtualNetworks/{virtualNetworkName}/subnets/{subnetName}",
    name=name_rule("subnet", 1, 80),
    durations=Durations(create=12, update=12, delete=12, source=ESTIMATE),
    source="https://learn.microsoft.com/azure/templates/microsoft.network/2024-05-01/virtualnetworks/subnets",
    location="none",
    defaults={"privateEndpointNetworkPolicies": "Disabled", "privateLinkServiceNetworkPolicies": "Enabled"},
    computed={"etag": etag(), "delegations": Computed(_delegations, keep=False)},
    references=(
        Reference(
            path="networkSecurityGroup.id",
            tokens=("network:NetworkSecurityGroup",),
            code="InvalidResourceReference",
            source="https://learn.microsoft.com/azure/azure-resource-manager/troubleshooting/common-deployment-errors",
            same_region=True,
        ),
        Reference(
            path="natGateway.id",
            tokens=("network:NatGateway",),
            code="InvalidResourceReference",
            source="https://learn.microsoft.com/azure/azure-resource-manager/troubleshooting/common-deployment-errors",
            same_region=True,
        ),
        Reference(
            path="routeTable.id",
            tokens=("network:RouteTable",),
            code="InvalidResourceReference",
            source="https://learn.microsoft.com/azure/azure-resource-manager/troubleshooting/common-deployment-errors",
            same_region=True,
        ),
    ),
    serial=(network_serial(1),),
    in_use=(
        InUse(
            tokens=OCCUPANTS,
            status=400,
            code="InUseSubnetCannotBeDeleted",
            message="Subnet {name} is in use by {users} and cannot be deleted. In order to delete the subnet, delete "
            "all "
            "the resources within the subnet. See aka.ms/deletesubnet.",
            source="https://aka.ms/deletesubnet",
        ),
    ),
    rules=(_range_in_network, _range_apart_from_siblings, _occupied_subnet_stays),
)

TYPES = (VIRTUAL_NETWORK, SUBNET)
