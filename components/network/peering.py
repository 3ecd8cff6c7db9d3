"""Two virtual networks joined, from both sides and without transit.

A peering works when both sides have it; each side is a resource of its own network. Nothing is forwarded and no gateway
is shared, so two networks joined to a third never see each other.
https://learn.microsoft.com/azure/virtual-network/virtual-network-peering-overview

A network that is made anew has its old id: the other side's peering then stays "Disconnected" for ever. Both sides are
therefore replaced when the GUID of either network changes, the old one first, since the name stays.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
from pulumi_azure_native import network


@dataclass(frozen=True, kw_only=True)
class Side:
    """One network: `peering_name` is what its peering to the other one is called, unique in the network."""

    group: pulumi.Input[str]
    network_name: pulumi.Input[str]
    network_id: pulumi.Input[str]
    resource_guid: pulumi.Input[str]
    peering_name: str
    provider: pulumi.ProviderResource | None = None


@dataclass(frozen=True, kw_only=True)
class PeeringArgs:
    """`near`: the network of the deployment that owns the peering; `far`: the one it joins.

    A side in another subscription names its provider. `named_alone`: only rules that name the other network's addresses
    let anything pass; without, the tag VirtualNetwork takes it in, and with it every rule with that tag.
    https://learn.microsoft.com/azure/virtual-network/virtual-network-manage-peering#create-a-peering
    `after`: what is made first, as another peering of the network, which takes one write at a time.
    """

    near: Side
    far: Side
    named_alone: bool = False
    after: Sequence[pulumi.Resource] = ()


class Peering(pulumi.ComponentResource):
    """Two joined networks."""

    def __init__(self, name: str, args: PeeringArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("complianceflow:components:Peering", name, None, opts)
        guids = pulumi.Output.all(args.near.resource_guid, args.far.resource_guid).apply("/".join)
        tagged = not args.named_alone
        out = self._one_way(f"{name}-out", args.near, args.far, guids, args.after, tagged=tagged)
        self._one_way(f"{name}-back", args.far, args.near, guids, [out], tagged=tagged)
        self.register_outputs({})

    def _one_way(
        self,
        name: str,
        here: Side,
        there: Side,
        guids: pulumi.Output[str],
        before: Sequence[pulumi.Resource],
        *,
        tagged: bool,
    ) -> network.VirtualNetworkPeering:
        return network.VirtualNetworkPeering(
            name,
            resource_group_name=here.group,
            virtual_network_name=here.network_name,
            virtual_network_peering_name=here.peering_name,
            remote_virtual_network=network.SubResourceArgs(id=there.network_id),
            allow_virtual_network_access=tagged,
            allow_forwarded_traffic=False,
            allow_gateway_transit=False,
            use_remote_gateways=False,
            opts=pulumi.ResourceOptions(
                parent=self,
                provider=here.provider,
                depends_on=[*before],
                ignore_changes=["peering_state"],  # Azure's own: "Initiated" until the other side stands
                replacement_trigger=guids,
                delete_before_replace=True,
            ),
        )
