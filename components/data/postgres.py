"""A PostgreSQL flexible server inside the virtual network, its parameters, administrators and databases.

- Network: the server stands in a delegated subnet for life, under a private zone that must be linked before. It has no
  public side at all. https://learn.microsoft.com/azure/postgresql/network/concepts-networking-private
- Sign-in by Entra only; there is no password. https://learn.microsoft.com/azure/postgresql/security/security-entra-concepts
- Audit by pgaudit, which is loaded at the start of the server: hence the restart between parameters and databases.
  https://learn.microsoft.com/azure/postgresql/security/security-audit
- The server takes one write at a time (ServerIsBusy, https://github.com/Azure/azure-postgresql/issues/134): parameters,
  restart, administrators and databases follow each other in one chain. They are deleted with the server, by no call of
  their own: one after another that would take longer than the server itself.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal

import pulumi
from pulumi_azure_native import dbforpostgresql

from components.answers import answered
from components.data.postgres_restart import restart_gate
from components.diagnostics import send_logs
from components.place import Place

# Parameters that a running server takes; the value is what pg_settings shows.
DYNAMIC_PARAMETERS: Final[Mapping[str, str]] = {
    "azure.extensions": "PGAUDIT,PG_STAT_STATEMENTS",
    "pgaudit.log": "WRITE,DDL,ROLE",
}
# Parameters that need a restart. Azure preloads the first two by itself; the list replaces its own.
STATIC_PARAMETERS: Final[Mapping[str, str]] = {"shared_preload_libraries": "pg_cron,pg_stat_statements,pgaudit"}

# Both are fixed once a database is made; the collation is Azure's default.
CHARSET: Final = "UTF8"
COLLATION: Final = "en_US.utf8"


@dataclass(frozen=True, kw_only=True)
class EntraAdministrator:
    """Who administers the databases. `name` as Entra shows it; `object_id` identifies, and is the ARM name."""

    name: str
    object_id: pulumi.Input[str]
    kind: Literal["User", "Group", "ServicePrincipal"] = "Group"  # as ARM spells it; the SDK's enumeration does not


@dataclass(frozen=True, kw_only=True)
class PostgresSize:
    """Compute, storage and safety. `geo_redundant_backup` is fixed once created; storage only grows (GiB).

    `high_availability`: where the standby stands, in another zone, in the same one, or nowhere.

    Raises ValueError for high availability in the Burstable tier, which has none.
    """

    sku_name: str
    tier: str
    storage_gb: int
    version: str
    backup_retention_days: int
    geo_redundant_backup: bool
    high_availability: Literal["Disabled", "SameZone", "ZoneRedundant"]

    def __post_init__(self) -> None:
        if self.high_availability != "Disabled" and self.tier == "Burstable":
            raise ValueError("the Burstable tier has no high availability: take GeneralPurpose, or leave it off")


@dataclass(frozen=True, kw_only=True)
class PostgresArgs:
    """`zone_id`: a private zone for Postgres, already linked. `administrators`: by the part they have ("people").

    `databases`: in the order in which they are made.
    """

    place: Place
    size: PostgresSize
    tenant_id: str
    subnet_id: pulumi.Input[str]
    zone_id: pulumi.Input[str]
    workspace_id: pulumi.Input[str]
    administrators: Mapping[str, EntraAdministrator]
    databases: Sequence[str]
    dynamic_parameters: Mapping[str, str] = field(default_factory=lambda: DYNAMIC_PARAMETERS)
    static_parameters: Mapping[str, str] = field(default_factory=lambda: STATIC_PARAMETERS)


class Postgres(pulumi.ComponentResource):
    """A server with its databases.

    `host`: domain name for clients. `databases`: names, known once each database is there. `created_at`: when Azure
    made the server; it changes when the server is made anew under the same id.
    """

    id: pulumi.Output[str]
    host: pulumi.Output[str]
    created_at: pulumi.Output[str]
    databases: Mapping[str, pulumi.Output[str]]

    def __init__(self, name: str, args: PostgresArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("complianceflow:components:Postgres", name, None, opts)
        server = self._server(name, args)
        self.created_at = server.system_data.apply(_creation_time)
        before: pulumi.Resource = server

        def follow() -> pulumi.ResourceOptions:
            return pulumi.ResourceOptions(parent=self, depends_on=[before], deleted_with=server)

        for parameter, value in {**args.dynamic_parameters, **args.static_parameters}.items():
            before = dbforpostgresql.Configuration(
                f"{name}-parameter-{parameter}",
                resource_group_name=args.place.group,
                server_name=server.name,
                configuration_name=parameter,
                source="user-override",
                value=value,
                opts=follow(),
            )
        before = restart_gate(
            f"{name}-restarted",
            server_id=server.id,
            created_at=self.created_at,
            static_values=args.static_parameters,
            provider=self._azure(),
            opts=pulumi.ResourceOptions(parent=self, depends_on=[before]),
        )
        for part, administrator in args.administrators.items():
            before = dbforpostgresql.AdministratorsMicrosoftEntra(
                f"{name}-admin-{part}",
                resource_group_name=args.place.group,
                server_name=server.name,
                object_id=administrator.object_id,
                principal_name=administrator.name,
                principal_type=administrator.kind,
                tenant_id=args.tenant_id,
                opts=follow(),
            )
        databases: dict[str, pulumi.Output[str]] = {}
        for database in args.databases:
            before = made = dbforpostgresql.Database(
                f"{name}-database-{database}",
                resource_group_name=args.place.group,
                server_name=server.name,
                database_name=database,
                charset=CHARSET,
                collation=COLLATION,
                opts=follow(),
            )
            databases[database] = made.name
        send_logs(f"{name}-logs", args.place, server.id, args.workspace_id, pulumi.ResourceOptions(parent=self))
        self.id = server.id
        self.host = server.fully_qualified_domain_name
        self.databases = databases
        self.register_outputs({"id": self.id, "host": self.host, "databases": self.databases})

    def _server(self, name: str, args: PostgresArgs) -> dbforpostgresql.Server:
        place, size = args.place, args.size
        return dbforpostgresql.Server(
            f"{name}-server",
            resource_group_name=place.group,
            server_name=place.names.of("postgres_server"),
            location=place.location,
            version=size.version,
            sku=dbforpostgresql.SkuArgs(name=size.sku_name, tier=size.tier),
            storage=dbforpostgresql.StorageArgs(
                storage_size_gb=size.storage_gb, auto_grow=dbforpostgresql.StorageAutoGrow.ENABLED
            ),
            backup=dbforpostgresql.BackupArgs(
                backup_retention_days=size.backup_retention_days,
                geo_redundant_backup="Enabled" if size.geo_redundant_backup else "Disabled",
            ),
            high_availability=dbforpostgresql.HighAvailabilityArgs(mode=size.high_availability),
            network=dbforpostgresql.NetworkArgs(
                delegated_subnet_resource_id=args.subnet_id, private_dns_zone_arm_resource_id=args.zone_id
            ),
            auth_config=dbforpostgresql.AuthConfigArgs(
                active_directory_auth=dbforpostgresql.MicrosoftEntraAuth.ENABLED,
                password_auth=dbforpostgresql.PasswordBasedAuth.DISABLED,
                tenant_id=args.tenant_id,
            ),
            tags=place.tags,
            opts=pulumi.ResourceOptions(parent=self),
        )

    def _azure(self) -> pulumi.ProviderResource:
        """The provider of this component, whose identity also restarts the server."""
        provider = self.get_provider("azure-native:dbforpostgresql:Server")
        if provider is None:
            raise ValueError("Postgres needs an explicit azure-native provider: pass providers=[...] in its options")
        return provider


def _creation_time(data: dbforpostgresql.outputs.SystemDataResponse | None) -> Any:
    return answered(data.created_at if data else None, "creation time of the Postgres server (systemData.createdAt)")
