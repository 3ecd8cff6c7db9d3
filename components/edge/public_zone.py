"""A public DNS zone: the part of the internet's names that is the platform's own.

It answers once its name servers stand where the name was bought: `name_servers` tells which.
https://learn.microsoft.com/azure/dns/dns-delegate-domain-azure-dns
"""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
from pulumi_azure_native import dns

from components.place import AnyPlace


@dataclass(frozen=True, kw_only=True)
class PublicZoneArgs:
    """`zone`: the domain, as "example.com"."""

    place: AnyPlace
    zone: str


class PublicZone(pulumi.ComponentResource):
    """A public zone. Protected from deletion: a zone made anew has other name servers, and its names lead nowhere."""

    id: pulumi.Output[str]
    name: pulumi.Output[str]
    name_servers: pulumi.Output[Sequence[str]]

    def __init__(self, name: str, args: PublicZoneArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("complianceflow:components:PublicZone", name, None, opts)
        zone = dns.Zone(
            f"{name}-zone",
            resource_group_name=args.place.group,
            zone_name=args.zone,
            location="global",
            zone_type=dns.ZoneType.PUBLIC,
            tags=args.place.tags,
            opts=pulumi.ResourceOptions(parent=self, protect=True),
        )
        self.id = zone.id
        self.name = zone.name
        self.name_servers = zone.name_servers
        self.register_outputs({"id": self.id, "nameServers": self.name_servers})
