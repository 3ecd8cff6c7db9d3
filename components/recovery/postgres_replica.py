"""A read replica of a deployment's database server, in its standby network.

It follows the primary by some seconds, where a geo-restore is up to an hour behind, and a person promotes it when the
region is lost. https://learn.microsoft.com/azure/postgresql/read-replica/concepts-read-replicas

- Same tier and size as the primary: only so can it take the primary's place.
- No high availability, no backups of its own: replicas have neither. The version is the primary's.
- Made after all that is written to the primary, which takes no other write meanwhile: say so by `depends_on`.
- Once promoted it is a server of its own; up leaves it that. A primary that is made anew gets a new replica.
- It answers to its name in both networks: the primary's private zone is linked to the standby network too.
"""

from dataclasses import dataclass

import pulumi
from pulumi_azure_native import dbforpostgresql

from components.data.postgres import PostgresSize
from components.diagnostics import send_logs
from components.network.private_dns import NetworkLink, link_zone
from components.place import Place


@dataclass(frozen=True, kw_only=True)
class PostgresReplicaArgs:
    """`place`: of the standby; `zone_place`: of the zone, the primary's. `size`: the primary's.

    `source_id`, `source_created_at`: of the primary. `network_id`, `network_guid`, `subnet_id`: of the standby network.
    Raises ValueError for the Burstable tier, which has no replicas.
    """

    place: Place
    size: PostgresSize
    tenant_id: str
    source_id: pulumi.Input[str]
    source_created_at: pulumi.Input[str]
    network_id: pulumi.Input[str]
    network_guid: pulumi.Input[str]
    subnet_id: pulumi.Input[str]
    zone_place: Place
    zone_id: pulumi.Input[str]
    zone_name: pulumi.Input[str]
    workspace_id: pulumi.Input[str]

    def __post_init__(self) -> None:
        if self.size.tier == "Burstable":
            raise ValueError("the Burstable tier has no read replicas: take GeneralPurpose, or leave the standby off")


class PostgresReplica(pulumi.ComponentResource):
    """A replica; `host`: domain name for clients that only read, and for all once it is promoted."""

    id: pulumi.Output[str]
    host: pulumi.Output[str]

    def __init__(self, name: str, args: PostgresReplicaArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("complianceflow:components:PostgresReplica", name, None, opts)
        place, size = args.place, args.size
        link = link_zone(
            f"{name}-zone-link",
            args.zone_place,
            args.zone_name,
            NetworkLink(
                name=place.names.of("private_dns_link"), network_id=args.network_id, replaced_with=args.network_guid
            ),
            pulumi.ResourceOptions(parent=self),
        )
        server = dbforpostgresql.Server(
            f"{name}-server",
            resource_group_name=place.group,
            server_name=place.names.of("postgres_server"),
            location=place.location,
            create_mode=dbforpostgresql.CreateMode.REPLICA,
            source_server_resource_id=args.source_id,
            sku=dbforpostgresql.SkuArgs(name=size.sku_name, tier=size.tier),
            storage=dbforpostgresql.StorageArgs(
                storage_size_gb=size.storage_gb, auto_grow=dbforpostgresql.StorageAutoGrow.ENABLED
            ),
            network=dbforpostgresql.NetworkArgs(
                delegated_subnet_resource_id=args.subnet_id, private_dns_zone_arm_resource_id=args.zone_id
            ),
            auth_config=dbforpostgresql.AuthConfigArgs(
                active_directory_auth=dbforpostgresql.MicrosoftEntraAuth.ENABLED,
                password_auth=dbforpostgresql.PasswordBasedAuth.DISABLED,
                tenant_id=args.tenant_id,
            ),
            tags=place.tags,
            opts=pulumi.ResourceOptions(
                parent=self,
                depends_on=[link],
                ignore_changes=["createMode", "sourceServerResourceId"],  # a promoted one has none of the two
                replacement_trigger=args.source_created_at,
                delete_before_replace=True,  # its name is taken worldwide
            ),
        )
        send_logs(f"{name}-logs", place, server.id, args.workspace_id, pulumi.ResourceOptions(parent=self))
        self.id = server.id
        self.host = server.fully_qualified_domain_name
        self.register_outputs({"id": self.id, "host": self.host})
