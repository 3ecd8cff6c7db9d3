"""The virtual network of a deployment: one subnet for each slot of its address plan, each behind its own group.

Subnets are resources of their own and written one after another: Azure takes one write at a time on a network
(AnotherOperationInProgress), and subnets declared inside the network as well would undo each other
(https://github.com/pulumi/pulumi-azure-native/issues/611); so the network ignores them, and with them the peerings
that other stacks make on it: a refresh reads both back into its properties.
No subnet has a way out by default (`default_outbound_access`), and a private endpoint obeys the group as anything else.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import pulumi
from pulumi_azure_native import network

from cidr import AddressPlan, Slot
from components.diagnostics import Telemetry, send_logs
from components.network.security_rules import Neighbours, ResolvedRule, rules_for
from components.place import Place

# Postgres writes backups and log archives to storage; the endpoint keeps that off the Internet.
# https://learn.microsoft.com/azure/postgresql/network/concepts-networking-private
_SERVICE_ENDPOINTS: Mapping[str, tuple[str, ...]] = {
    "Microsoft.DBforPostgreSQL/flexibleServers": ("Microsoft.Storage",)
}

_CONTAINERS = "Microsoft.App/environments"


@dataclass(frozen=True, kw_only=True)
class NetworkArgs:
    """`plan`: the addresses. `neighbours`: whom the groups know outside the network.

    `nat_gateway_id`: the way out of the subnets that run containers; None for no way out.
    """

    place: Place
    plan: AddressPlan
    workspace_id: pulumi.Input[str]
    neighbours: Neighbours = field(default_factory=Neighbours)
    nat_gateway_id: pulumi.Input[str] | None = None


class Network(pulumi.ComponentResource):
    """A network and its subnets.

    `id`, `name` and `subnet_ids` (by slot) are known once every subnet is there: what joins the network writes to it
    too, and must not race a subnet. `resource_guid` changes when the network is made anew under the same id.
    """

    id: pulumi.Output[str]
    name: pulumi.Output[str]
    resource_guid: pulumi.Output[str]
    subnet_ids: Mapping[str, pulumi.Output[str]]

    def __init__(self, name: str, args: NetworkArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("complianceflow:components:Network", name, None, opts)
        place = args.place
        vnet = network.VirtualNetwork(
            f"{name}-vnet",
            resource_group_name=place.group,
            virtual_network_name=place.names.of("virtual_network"),
            location=place.location,
            address_space=network.AddressSpaceArgs(address_prefixes=[str(args.plan.block)]),
            tags=place.tags,
            opts=pulumi.ResourceOptions(parent=self, ignore_changes=["subnets", "virtual_network_peerings"]),
        )
        send_logs(f"{name}-logs", place, vnet.id, args.workspace_id, pulumi.ResourceOptions(parent=self))
        subnets: dict[str, network.Subnet] = {}
        before: list[pulumi.Resource] = []
        for slot in args.plan.subnets:
            subnet = self._subnet(name, args, vnet, slot, before)
            subnets[slot.name], before = subnet, [subnet]
        last = before[-1].urn if before else vnet.urn

        def once_complete(value: pulumi.Output[str]) -> pulumi.Output[str]:
            return pulumi.Output.all(value, last).apply(lambda pair: str(pair[0]))

        self.id = once_complete(vnet.id)
        self.name = once_complete(vnet.name)
        self.resource_guid = vnet.resource_guid
        self.subnet_ids = {slot: once_complete(subnet.id) for slot, subnet in subnets.items()}
        self.register_outputs({"id": self.id, "subnetIds": self.subnet_ids})

    def _subnet(
        self,
        name: str,
        args: NetworkArgs,
        vnet: network.VirtualNetwork,
        slot: Slot,
        before: list[pulumi.Resource],
    ) -> network.Subnet:
        place = args.place
        services = _SERVICE_ENDPOINTS.get(slot.delegation or "", ())
        return network.Subnet(
            f"{name}-subnet-{slot.name}",
            resource_group_name=place.group,
            virtual_network_name=vnet.name,
            subnet_name=slot.subnet_name or place.names.of("subnet", slot.name),
            address_prefix=str(slot.network),
            network_security_group=self._group(name, args, slot) if slot.nsg else None,
            delegations=[network.DelegationArgs(name=slot.name, service_name=slot.delegation)]
            if slot.delegation
            else None,
            service_endpoints=[network.ServiceEndpointPropertiesFormatArgs(service=service) for service in services]
            or None,
            private_endpoint_network_policies=None
            if slot.delegation or slot.subnet_name
            else network.VirtualNetworkPrivateEndpointNetworkPolicies.ENABLED,
            default_outbound_access=False,
            nat_gateway=network.SubResourceArgs(id=args.nat_gateway_id)
            if args.nat_gateway_id is not None and slot.delegation == _CONTAINERS
            else None,
            opts=pulumi.ResourceOptions(parent=self, depends_on=before),
        )

    def _group(self, name: str, args: NetworkArgs, slot: Slot) -> network.NetworkSecurityGroupArgs:
        place = args.place
        group = network.NetworkSecurityGroup(
            f"{name}-nsg-{slot.name}",
            resource_group_name=place.group,
            network_security_group_name=place.names.of("network_security_group", slot.name),
            location=place.location,
            security_rules=[_rule(rule) for rule in rules_for(slot.name, args.plan, args.neighbours)],
            tags=place.tags,
            opts=pulumi.ResourceOptions(parent=self),
        )
        send_logs(
            f"{name}-nsg-{slot.name}-logs",
            place,
            group.id,
            args.workspace_id,
            pulumi.ResourceOptions(parent=self),
            telemetry=Telemetry.LOGS,
        )
        return network.NetworkSecurityGroupArgs(id=group.id)


def _rule(rule: ResolvedRule) -> network.SecurityRuleArgs:
    """ARM has one property for a single end or port and another for several."""
    return network.SecurityRuleArgs(
        name=rule.name,
        priority=rule.priority,
        direction=rule.direction,
        access=rule.access,
        protocol=rule.protocol,
        source_port_range="*",
        source_address_prefix=_single(rule.sources),
        source_address_prefixes=_several(rule.sources),
        destination_address_prefix=_single(rule.destinations),
        destination_address_prefixes=_several(rule.destinations),
        destination_port_range=_single(rule.ports),
        destination_port_ranges=_several(rule.ports),
    )


def _single(values: tuple[str, ...]) -> str | None:
    return values[0] if len(values) == 1 else None


def _several(values: tuple[str, ...]) -> list[str] | None:
    return list(values) if len(values) > 1 else None
