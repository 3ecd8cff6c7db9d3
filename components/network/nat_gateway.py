"""A NAT gateway: the one way out of chosen subnets, by one public address that others can put on their lists.

A subnet names its gateway itself, and its security group says what may go out: both are the network's. Without it no
subnet has a way out. https://learn.microsoft.com/azure/nat-gateway/nat-overview
"""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
from pulumi_azure_native import network

from components.answers import answered
from components.network.public_address import public_address
from components.place import Place


@dataclass(frozen=True, kw_only=True)
class NatGatewayArgs:
    """`zones`: of the region, for the address; the gateway itself stands in no zone that is named."""

    place: Place
    workspace_id: pulumi.Input[str]
    zones: Sequence[str]


class NatGateway(pulumi.ComponentResource):
    """A gateway; `id` for subnets, `address`: by which they are seen outside."""

    id: pulumi.Output[str]
    address: pulumi.Output[str]

    def __init__(self, name: str, args: NatGatewayArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("complianceflow:components:NatGateway", name, None, opts)
        place, child = args.place, pulumi.ResourceOptions(parent=self)
        address = public_address(f"{name}-address", place, "nat", args.zones, args.workspace_id, child)
        gateway = network.NatGateway(
            f"{name}-gateway",
            resource_group_name=place.group,
            nat_gateway_name=place.names.of("nat_gateway"),
            location=place.location,
            sku=network.NatGatewaySkuArgs(name=network.NatGatewaySkuName.STANDARD),
            public_ip_addresses=[network.SubResourceArgs(id=address.id)],
            tags=place.tags,
            opts=child,
        )
        self.id = gateway.id
        self.address = address.ip_address.apply(lambda text: answered(text, "address of the NAT gateway"))
        self.register_outputs({"id": self.id, "address": self.address})
