"""The standby of a deployment in the paired region: a group, a network like the first one, and the peering of the two.

A group of its own, with its record in the paired region: while a region is down, groups whose record lies there take no
writes (https://learn.microsoft.com/azure/azure-resource-manager/management/overview#resource-group-location-alignment).
The network has every subnet and every rule that the first one has, empty but for the database: what a failover puts
there finds its place ready. It costs nothing until something stands in it.
"""

from dataclasses import dataclass
from typing import Final

import pulumi

from cidr import AddressPlan
from components.conventions import Names
from components.network.peering import Peering, PeeringArgs, Side
from components.network.security_rules import Neighbours
from components.network.virtual_network import Network, NetworkArgs
from components.place import Place
from components.resource_group import ResourceGroup, ResourceGroupArgs

_STANDBY: Final = "standby"


class StandbyNames(Names):
    """A deployment's names for its standby: "standby" stands in each, so that none is that of the first one."""

    def of(self, kind: str, descriptor: str | None = None, suffix: str | None = None) -> str:
        """As `Names.of`; FaultsError also for a kind whose name has no room for a descriptor."""
        return super().of(kind, f"{_STANDBY}-{descriptor}" if descriptor else _STANDBY, suffix)


@dataclass(frozen=True, kw_only=True)
class StandbyArgs:
    """`place`, `network`: of the deployment itself. `location`: Azure's name of the paired region.

    `plan`: the standby half of the block. `neighbours`: whom the groups of the standby network know outside of it.
    """

    place: Place
    network: Network
    location: str
    plan: AddressPlan
    workspace_id: pulumi.Input[str]
    neighbours: Neighbours


class Standby(pulumi.ComponentResource):
    """`place`: where the standby's resources go. `group`: its resource group's name, for budget and locks.

    `network`: known once both networks are joined.
    """

    place: Place
    group: pulumi.Output[str]
    network: Network
    peering: Peering

    def __init__(self, name: str, args: StandbyArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("complianceflow:components:Standby", name, None, opts)
        names = StandbyNames(args.place.names.deployment, args.place.names.application_code)
        child = pulumi.ResourceOptions(parent=self)
        group = ResourceGroup(
            f"{name}-group", ResourceGroupArgs(location=args.location, names=names, tags=args.place.tags), child
        )
        self.place, self.group = group.place, group.name
        self.network = Network(
            f"{name}-network",
            NetworkArgs(place=group.place, plan=args.plan, workspace_id=args.workspace_id, neighbours=args.neighbours),
            child,
        )
        self.peering = Peering(
            f"{name}-peering",
            PeeringArgs(
                near=_side(args.place, args.network, args.place.names.of("virtual_network_peering", _STANDBY)),
                far=_side(group.place, self.network, names.of("virtual_network_peering", "back")),
            ),
            child,
        )
        self.register_outputs({"group": self.group})


def _side(place: Place, network: Network, peering_name: str) -> Side:
    return Side(
        group=place.group,
        network_name=network.name,
        network_id=network.id,
        resource_guid=network.resource_guid,
        peering_name=peering_name,
    )
