"""A private way to one resource: a network interface in a subnet, and the target's name in a private zone.

The owner of the target approves each connection. An identity that may approve does so with the request itself;
otherwise the connection waits (Pending), and it can be refused or cut off at any time. So every run asks Azure how it
stands, and nothing that needs the way goes on without it: the zone gets no name, and the component has no id.
https://learn.microsoft.com/azure/private-link/manage-private-endpoint

The zone's records are written by the zone group, with the addresses that Azure gave the interface.
https://learn.microsoft.com/azure/private-link/private-endpoint-dns-integration
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import pulumi
from pulumi_azure_native import network

from components.answers import asked
from components.place import Place

APPROVED: Final = "Approved"
_ZONE_GROUP: Final = "default"  # an endpoint has one group, called so by the portal and by Azure's own policies
# The owner's decision, which a refresh reads back; sent along with another change it would be asked for anew.
_OWNERS_WORD: Final = "privateLinkServiceConnections[*].privateLinkServiceConnectionState"
_APPROVE: Final = "az network private-endpoint-connection"


@dataclass(frozen=True, kw_only=True)
class PrivateEndpointArgs:
    """`subnet_id`: where the interface stands. `target`: the descriptor of the endpoint's name, as "vault".

    `group_id`: the part of the target that is reached ("vault", "blob", "namespace"). `zone_id`: the private zone of
    that part, linked to the network. `replaced_with`: changes when the target is made anew under the same id; an
    endpoint of the old one is dead. `after`: endpoints of the same target or into the same subnet: a target takes one
    at a time (https://github.com/hashicorp/terraform-provider-azurerm/issues/21293).
    """

    place: Place
    subnet_id: pulumi.Input[str]
    target: str
    target_id: pulumi.Input[str]
    group_id: str
    zone_id: pulumi.Input[str]
    replaced_with: pulumi.Input[str] | None = None
    after: Sequence[pulumi.Resource] = ()


class PrivateEndpoint(pulumi.ComponentResource):
    """A private way; `id` is known once the connection is approved and the target's name leads to it.

    Raises RunError in an up for a connection that is not approved; a preview warns and goes on without the id.
    """

    id: pulumi.Output[str]

    def __init__(self, name: str, args: PrivateEndpointArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("complianceflow:components:PrivateEndpoint", name, None, opts)
        place = args.place
        endpoint = network.PrivateEndpoint(
            f"{name}-endpoint",
            resource_group_name=place.group,
            private_endpoint_name=place.names.of("private_endpoint", args.target),
            location=place.location,
            subnet={"id": args.subnet_id},  # SubnetArgs would send defaults for the subnet's own policies along
            private_link_service_connections=[
                network.PrivateLinkServiceConnectionArgs(
                    name=args.target, private_link_service_id=args.target_id, group_ids=[args.group_id]
                )
            ],
            tags=place.tags,
            opts=pulumi.ResourceOptions.merge(
                self._anew(args, args.after), pulumi.ResourceOptions(ignore_changes=[_OWNERS_WORD])
            ),
        )
        approved = self._approved(endpoint, args)
        zone_group = network.PrivateDnsZoneGroup(
            f"{name}-zone-group",
            resource_group_name=place.group,
            private_endpoint_name=approved.apply(lambda endpoint_id: endpoint_id.rpartition("/")[2]),
            private_dns_zone_group_name=_ZONE_GROUP,
            private_dns_zone_configs=[
                network.PrivateDnsZoneConfigArgs(name=args.group_id, private_dns_zone_id=args.zone_id)
            ],
            opts=self._anew(args, [endpoint]),
        )
        self.id = pulumi.Output.all(approved, zone_group.id).apply(lambda values: str(values[0]))
        self.register_outputs({"id": self.id})

    def _anew(self, args: PrivateEndpointArgs, before: Sequence[pulumi.Resource]) -> pulumi.ResourceOptions:
        return pulumi.ResourceOptions(
            parent=self,
            depends_on=list(before),
            replacement_trigger=args.replaced_with,
            delete_before_replace=True,
        )

    def _approved(self, endpoint: network.PrivateEndpoint, args: PrivateEndpointArgs) -> pulumi.Output[str]:
        """The endpoint's id once its connection is approved, asked anew in every run.

        What the state remembers of the connection is as old as the last write or refresh. In a preview of a new
        endpoint the id is not known, and nothing is asked.
        """
        live = asked(
            network.get_private_endpoint_output(
                resource_group_name=args.place.group,
                private_endpoint_name=endpoint.id.apply(lambda endpoint_id: endpoint_id.rpartition("/")[2]),
                opts=pulumi.InvokeOutputOptions(parent=self),
            ),
            f"the private endpoint to {args.target}",
        )
        target = pulumi.Output.from_input(args.target_id)

        def judged(endpoint_id: str) -> pulumi.Output[str]:
            return target.apply(
                lambda target_id: live.apply(lambda found: _when_approved(endpoint_id, target_id, _connections(found)))
            )

        return endpoint.id.apply(judged)


_Connections = Sequence[network.outputs.PrivateLinkServiceConnectionResponse]


def _connections(live: network.GetPrivateEndpointResult) -> _Connections:
    return [*(live.private_link_service_connections or ()), *(live.manual_private_link_service_connections or ())]


def _when_approved(endpoint_id: str, target_id: str, connections: _Connections) -> str:
    """The id of an endpoint whose connections are all approved. Raises RunError in an up for any other."""
    faults = [fault for connection in connections if (fault := _fault(connection, endpoint_id, target_id))] or (
        [] if connections else [f"Azure names no connection of {endpoint_id}: run up again"]
    )
    if not faults:
        return endpoint_id
    if not pulumi.runtime.is_dry_run():
        raise pulumi.RunError("\n".join(faults))
    for fault in faults:
        pulumi.log.warn(f"{fault}\nThe preview goes on without the endpoint; an up would stop here.")
    return pulumi.UNKNOWN  # pyright: ignore[reportReturnType] - what Pulumi reads as "not known yet"


def _fault(
    connection: network.outputs.PrivateLinkServiceConnectionResponse, endpoint_id: str, target_id: str
) -> str | None:
    """What is wrong with a connection, who puts it right and how; None when it is approved."""
    state = connection.private_link_service_connection_state
    status = (state.status if state else None) or "Pending"
    if status == APPROVED:
        return None
    said = f" ({state.description})" if state and state.description else ""
    told = f"the connection {connection.name!r} of the private endpoint {endpoint_id} is {status}{said}, not {APPROVED}"
    if status == "Disconnected":
        return (
            f"{told}: {target_id} was deleted, or its owner cut the connection off, for good. Delete the endpoint, "
            f"`az network private-endpoint delete --ids {endpoint_id}`, then refresh and up {pulumi.get_stack()}: a "
            "new one is made"
        )
    return (
        f"{told}. Who owns {target_id} approves it: `{_APPROVE} list --id {target_id}` shows the id of the connection, "
        f"`{_APPROVE} approve --id ID` approves it. Then up {pulumi.get_stack()} again"
    )
