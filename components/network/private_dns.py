"""A private DNS zone, the networks that see it, and its address records.

A zone answers only in networks that it is linked to. Registration of machines is off: records are written here or by
private endpoints. Zones and links have the location "global".
https://learn.microsoft.com/azure/dns/private-dns-virtual-network-links
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import pulumi
from pulumi_azure_native import privatedns

from components.place import Place

_GLOBAL = "global"
_RECORD_TTL = 300  # seconds; the addresses behind these records change only when an environment is made anew


@dataclass(frozen=True, kw_only=True)
class NetworkLink:
    """A network that shall see the zone.

    `name`: the link's ARM name, unique in the zone. `replaced_with`: changes when the network is made anew under the
    same id; a link to the old one is dead and is made anew too.
    """

    name: str
    network_id: pulumi.Input[str]
    replaced_with: pulumi.Input[str] | None = None


@dataclass(frozen=True, kw_only=True)
class PrivateDnsZoneArgs:
    """`zone`: domain name. `links`: by logical name. `a_records`: addresses by relative name ("@" the zone itself)."""

    place: Place
    zone: pulumi.Input[str]
    links: Mapping[str, NetworkLink]
    a_records: Mapping[str, pulumi.Input[str]] = field(default_factory=dict[str, pulumi.Input[str]])


class PrivateDnsZone(pulumi.ComponentResource):
    """A linked zone. `id` is known once the links stand: a server that joins the zone needs them before it starts."""

    id: pulumi.Output[str]
    name: pulumi.Output[str]

    def __init__(self, name: str, args: PrivateDnsZoneArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("complianceflow:components:PrivateDnsZone", name, None, opts)
        place = args.place
        zone = privatedns.PrivateZone(
            f"{name}-zone",
            resource_group_name=place.group,
            private_zone_name=args.zone,
            location=_GLOBAL,
            tags=place.tags,
            opts=pulumi.ResourceOptions(parent=self),
        )
        links = [
            link_zone(f"{name}-link-{key}", place, zone.name, link, pulumi.ResourceOptions(parent=self))
            for key, link in args.links.items()
        ]
        for relative, address in args.a_records.items():
            label = {"@": "apex", "*": "wildcard"}.get(relative, relative)
            privatedns.PrivateRecordSet(
                f"{name}-a-{label}",
                resource_group_name=place.group,
                private_zone_name=zone.name,
                record_type="A",
                relative_record_set_name=relative,
                ttl=_RECORD_TTL,
                a_records=[privatedns.ARecordArgs(ipv4_address=address)],
                opts=pulumi.ResourceOptions(parent=self),
            )
        self.id = pulumi.Output.all(zone.id, *(link.urn for link in links)).apply(lambda values: str(values[0]))
        self.name = zone.name
        self.register_outputs({"id": self.id, "name": self.name})


def link_zone(
    name: str, place: Place, zone: pulumi.Input[str], link: NetworkLink, opts: pulumi.ResourceOptions
) -> privatedns.VirtualNetworkLink:
    """Link a zone, given by its name and lying in the group of `place`, to a network.

    The name stays when the link is made anew, so the old one goes first.
    """
    anew = pulumi.ResourceOptions(replacement_trigger=link.replaced_with, delete_before_replace=True)
    return privatedns.VirtualNetworkLink(
        name,
        resource_group_name=place.group,
        private_zone_name=zone,
        virtual_network_link_name=link.name,
        location=_GLOBAL,
        registration_enabled=False,
        virtual_network=privatedns.SubResourceArgs(id=link.network_id),
        tags=place.tags,
        opts=pulumi.ResourceOptions.merge(opts, anew),
    )
