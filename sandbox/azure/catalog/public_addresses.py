# ruff: noqa: S106 - a token is the name of a type
"""Ways in and out of a network by an address of its own: public addresses, NAT gateways, Bastion.

https://learn.microsoft.com/azure/virtual-network/ip-services/public-ip-addresses
"""

from ipaddress import ip_address
from typing import Any, Final

from sandbox.azure.bodies import at, objects_at
from sandbox.azure.model import Computed, Durations, InUse, Record, Reference, ResourceType, Write

from .common import ESTIMATE, MEASURED, UNVERIFIED_CODE, drawn_guid, etag, ids_of, refuse, rule
from .network import GROUP, name_rule
from .storage_redundancy import WITHOUT_ZONES

_ADDRESSES = "https://learn.microsoft.com/azure/virtual-network/ip-services/public-ip-addresses"
_NAT = "https://learn.microsoft.com/azure/nat-gateway/nat-gateway-resource"
_BASTION = "https://learn.microsoft.com/azure/bastion/configuration-settings"
_COMMON = "https://learn.microsoft.com/azure/azure-resource-manager/troubleshooting/common-deployment-errors"

_HOLDERS: Final = ("network:NatGateway", "network:BastionHost")  # of an address
# Ranges that Azure's addresses in Europe lie in; which one an address gets is Azure's: https://aka.ms/servicetags
_FIRST_ADDRESS: Final = int(ip_address("20.50.0.0"))
_ADDRESSES_THERE: Final = 2**16


def _is_standard(write: Write, path: str = "sku.name") -> bool:
    return at(write.body, path) == "Standard"


@rule(("IPv4BasicSkuPublicIpCountLimitReached", "PublicIPAddressInvalidAllocationMethod"), _ADDRESSES)
def _address_is_standard_and_static(write: Write) -> None:
    refuse(
        not _is_standard(write),
        400,
        "IPv4BasicSkuPublicIpCountLimitReached",
        "Cannot create more than 0 IPv4 Basic SKU public IP addresses for this subscription in this region.",
    )
    refuse(
        at(write.body, "publicIPAllocationMethod") != "Static",
        400,
        "PublicIPAddressInvalidAllocationMethod",
        f"Standard sku publicIp {write.arm_id} must have AllocationMethod set to Static.",
    )


@rule("AvailabilityZoneNotSupported", UNVERIFIED_CODE + ": https://learn.microsoft.com/azure/reliability/regions-list")
def _zones_are_there(write: Write) -> None:
    place = str(at(write.body, "location") or "").replace(" ", "").lower()
    refuse(
        at(write.body, "zones") and place in WITHOUT_ZONES,
        400,
        "AvailabilityZoneNotSupported",
        f"The zone(s) of resource '{write.name}' are not supported: region {place} has no availability zones.",
    )


def _address(write: Write) -> str:
    drawn = int.from_bytes(write.world.digest(write.seed, "address")[:4], "big") % _ADDRESSES_THERE
    return str(ip_address(_FIRST_ADDRESS + drawn))


PUBLIC_ADDRESS = ResourceType(
    token="network:PublicIPAddress",
    path=GROUP + "/publicIPAddresses/{publicIpAddressName}",
    name=name_rule("public IP address", 1, 80),
    durations=Durations(create=12, update=6, delete=12, source=ESTIMATE),
    source="https://learn.microsoft.com/azure/templates/microsoft.network/2024-05-01/publicipaddresses",
    replace_on=("location", "zones", "publicIPAddressVersion"),
    defaults={"idleTimeoutInMinutes": 4, "ipTags": [], "publicIPAddressVersion": "IPv4"},
    computed={"resourceGuid": drawn_guid("resource"), "ipAddress": Computed(_address), "etag": etag()},
    in_use=(
        InUse(
            tokens=_HOLDERS,
            status=400,
            code="PublicIPAddressCannotBeDeleted",
            message="Public IP address {id} can not be deleted since it is still allocated to resource {users}. In "
            "order to delete the public IP, disassociate/detach the Public IP address from the resource. To learn how "
            "to do this, see aka.ms/deletepublicip.",
            source="https://github.com/hashicorp/terraform-provider-azurerm/issues/6052",
        ),
    ),
    rules=(_address_is_standard_and_static, _zones_are_there),
)


def _other_holders(address: str, write: Write) -> list[Record]:
    return [
        found.record
        for found in write.world.referrers(address)
        if found.record.token in _HOLDERS and found.record.arm_id.lower() != write.arm_id.lower()
    ]


@rule("PublicIPAddressInUse", UNVERIFIED_CODE + ": " + _ADDRESSES)
def _address_is_free(write: Write) -> None:
    held = [
        *(str(at(item, "id")) for item in objects_at(write.body, "publicIpAddresses")),
        *(str(at(item, "publicIPAddress.id")) for item in objects_at(write.body, "ipConfigurations")),
    ]
    for address in held:
        others = _other_holders(address, write)
        refuse(
            others,
            400,
            "PublicIPAddressInUse",
            f"Resource {write.arm_id} is referencing public IP address {address} that is already allocated to resource "
            f"{others[0].arm_id if others else ''}.",
        )


@rule("InvalidRequestFormat", UNVERIFIED_CODE + ": " + _NAT)
def _nat_is_sound(write: Write) -> None:
    refuse(
        not _is_standard(write), 400, "InvalidRequestFormat", f"NAT gateway {write.name} needs the sku name Standard."
    )
    minutes = at(write.body, "idleTimeoutInMinutes")
    refuse(
        minutes is not None and not 4 <= minutes <= 120,
        400,
        "InvalidRequestFormat",
        f"The idle timeout of NAT gateway {write.name} is outside 4 to 120 minutes: {minutes}.",
    )
    refuse(
        len(at(write.body, "zones") or []) > 1,
        400,
        "InvalidRequestFormat",
        f"NAT gateway {write.name} of sku Standard stands in one zone at most.",
    )


NAT_GATEWAY = ResourceType(
    token="network:NatGateway",
    path=GROUP + "/natGateways/{natGatewayName}",
    name=name_rule("NAT gateway", 1, 80),
    durations=Durations(create=20, update=12, delete=12, source=ESTIMATE),
    source="https://learn.microsoft.com/azure/templates/microsoft.network/2024-05-01/natgateways",
    replace_on=("location", "zones"),
    defaults={"idleTimeoutInMinutes": 4},
    computed={"resourceGuid": drawn_guid("resource"), "etag": etag()},
    live={"subnets": ids_of("natGateway.id", "network:Subnet")},
    references=(
        Reference(
            path="publicIpAddresses[].id",
            tokens=("network:PublicIPAddress",),
            code="InvalidResourceReference",
            source=_COMMON,
            same_region=True,
        ),
    ),
    in_use=(
        InUse(
            tokens=("network:Subnet",),
            status=400,
            code="InUseNatGatewayCannotBeDeleted",
            message="Nat gateway {name} cannot be deleted because it is in use by the following resources: {users}. In "
            "order to delete the nat gateway, disassociate it from the subnets.",
            source="https://github.com/hashicorp/terraform-provider-azurerm/issues/20831",
        ),
    ),
    rules=(_nat_is_sound, _zones_are_there, _address_is_free),
)


@rule(("BastionHostSubnetNameInvalid", "BastionHostSkuNotSupported"), UNVERIFIED_CODE + ": " + _BASTION)
def _bastion_stands_in_its_subnet(write: Write) -> None:
    configurations = objects_at(write.body, "ipConfigurations")
    subnets = [str(at(item, "subnet.id") or "") for item in configurations]
    refuse(
        len(configurations) != 1 or not subnets[0].lower().endswith("/subnets/azurebastionsubnet"),
        400,
        "BastionHostSubnetNameInvalid",
        f"Bastion host {write.name} needs one IP configuration, in a subnet with the name AzureBastionSubnet.",
    )
    sku = at(write.body, "sku.name") or "Standard"
    units = at(write.body, "scaleUnits")
    refuse(
        sku not in ("Basic", "Standard", "Premium") or (units not in (None, 2) and sku == "Basic"),
        400,
        "BastionHostSkuNotSupported",
        f"The sku {sku} of bastion host {write.name} is none of Basic, Standard, Premium, or does not scale.",
    )


def _dns_name(write: Write) -> Any:
    return f"bst-{write.world.digest(write.seed, 'dns').hex()[:32]}.bastion.azure.com"


BASTION_HOST = ResourceType(
    token="network:BastionHost",
    path=GROUP + "/bastionHosts/{bastionHostName}",
    name=name_rule("bastion host", 1, 80),
    durations=Durations(create=480, update=300, delete=360, source=MEASURED),
    source="https://learn.microsoft.com/azure/templates/microsoft.network/2024-05-01/bastionhosts",
    replace_on=("location", "zones", "ipConfigurations"),
    defaults={"disableCopyPaste": False, "scaleUnits": 2, "sku": {"name": "Standard"}},
    computed={"dnsName": Computed(_dns_name), "etag": etag()},
    references=(
        Reference(
            path="ipConfigurations[].publicIPAddress.id",
            tokens=("network:PublicIPAddress",),
            code="InvalidResourceReference",
            source=_COMMON,
            same_region=True,
        ),
        Reference(
            path="ipConfigurations[].subnet.id",
            tokens=("network:Subnet",),
            code="InvalidResourceReference",
            source=_COMMON,
            same_region=True,
        ),
    ),
    rules=(_bastion_stands_in_its_subnet, _zones_are_there, _address_is_free),
)

TYPES = (PUBLIC_ADDRESS, NAT_GATEWAY, BASTION_HOST)
