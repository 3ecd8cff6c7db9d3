"""Azure Bastion: how people reach management machines from a browser, signed in by Entra, with no open port there.

The Standard tier, which tells who was where (BastionAuditLogs). It stands in the slot `bastion`, whose security group
has every rule that Azure asks for. https://learn.microsoft.com/azure/bastion/configuration-settings
"""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
from pulumi_azure_native import network

from components.diagnostics import send_logs
from components.network.public_address import public_address
from components.place import Place


@dataclass(frozen=True, kw_only=True)
class BastionArgs:
    """`subnet_id`: AzureBastionSubnet. `zones`: of the region, for the address.

    `protected`: its address, which takes connections from everywhere, has DDoS protection of its own: in persistent
    deployments (docs/decisions/0012-ddos.md).
    """

    place: Place
    subnet_id: pulumi.Input[str]
    workspace_id: pulumi.Input[str]
    zones: Sequence[str]
    protected: bool = False


class Bastion(pulumi.ComponentResource):
    """A bastion host."""

    id: pulumi.Output[str]

    def __init__(self, name: str, args: BastionArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("complianceflow:components:Bastion", name, None, opts)
        place, child = args.place, pulumi.ResourceOptions(parent=self)
        address = public_address(
            f"{name}-address", place, "bastion", args.zones, args.workspace_id, child, protected=args.protected
        )
        host = network.BastionHost(
            f"{name}-host",
            resource_group_name=place.group,
            bastion_host_name=place.names.of("bastion_host"),
            location=place.location,
            sku=network.SkuArgs(name=network.BastionHostSkuName.STANDARD),
            scale_units=2,
            disable_copy_paste=True,
            ip_configurations=[
                network.BastionHostIPConfigurationArgs(
                    name="own",
                    subnet=network.SubResourceArgs(id=args.subnet_id),
                    public_ip_address=network.SubResourceArgs(id=address.id),
                    private_ip_allocation_method=network.IPAllocationMethod.DYNAMIC,
                )
            ],
            tags=place.tags,
            opts=child,
        )
        send_logs(f"{name}-logs", place, host.id, args.workspace_id, child)
        self.id = host.id
        self.register_outputs({"id": self.id})
