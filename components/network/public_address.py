"""A public address of a deployment: static and, where the region has zones, in all of them; it tells of attacks.

https://learn.microsoft.com/azure/virtual-network/ip-services/public-ip-addresses
"""

from collections.abc import Sequence

import pulumi
from pulumi_azure_native import network

from components.diagnostics import send_logs
from components.place import Place


def public_address(  # noqa: PLR0917 - as every resource: a name, its place, what it is, its options
    name: str,
    place: Place,
    descriptor: str,
    zones: Sequence[str],
    workspace_id: pulumi.Input[str],
    opts: pulumi.ResourceOptions,
    *,
    protected: bool = False,
) -> network.PublicIPAddress:
    """Declare the address with its diagnostic setting. `descriptor`: whose it is, in its name.

    `protected`: DDoS protection of its own (docs/decisions/0012-ddos.md); else it has what all of Azure has.
    """
    address = network.PublicIPAddress(
        name,
        resource_group_name=place.group,
        public_ip_address_name=place.names.of("public_ip", descriptor),
        location=place.location,
        sku=network.PublicIPAddressSkuArgs(name=network.PublicIPAddressSkuName.STANDARD),
        public_ip_allocation_method=network.IPAllocationMethod.STATIC,
        public_ip_address_version=network.IPVersion.I_PV4,
        zones=list(zones) or None,
        ddos_settings=(
            network.DdosSettingsArgs(protection_mode=network.DdosSettingsProtectionMode.ENABLED) if protected else None
        ),
        tags=place.tags,
        opts=opts,
    )
    send_logs(f"{name}-logs", place, address.id, workspace_id, opts)
    return address
