"""A small deployment that stays, as a program: its networks, its data, and all that it has for safety."""

from typing import Any

import pulumi
import pulumi_azure_native as azure_native
from pulumi_azure_native import dbforpostgresql, storage

from cidr import DeploymentName, load_map
from components.conventions import Names, tags_for
from components.data.postgres import PostgresSize
from components.guarding.everything import Everything
from components.guarding.locks import Locks, LocksArgs
from components.network.bastion import Bastion, BastionArgs
from components.network.flow_logs import FlowLogs, FlowLogsArgs
from components.network.nat_gateway import NatGateway, NatGatewayArgs
from components.network.private_dns import NetworkLink, PrivateDnsZone, PrivateDnsZoneArgs
from components.network.security_rules import Neighbours
from components.network.virtual_network import Network, NetworkArgs
from components.recovery.addresses import Halves
from components.recovery.backup_vault import BackedUpBlobs, BackupVault, BackupVaultArgs
from components.recovery.postgres_replica import PostgresReplica, PostgresReplicaArgs
from components.recovery.standby import Standby, StandbyArgs
from components.resource_group import ResourceGroup, ResourceGroupArgs
from components.watching.log_analytics import LogAnalytics, LogAnalyticsArgs

SUBSCRIPTION, TENANT = "11111111-2222-4333-8444-555555555555", "99999999-8888-4777-8666-555555555555"
NAME, WEST, NORTH, ZONES = DeploymentName.parse("westeu-prod-1"), "westeurope", "northeurope", ("1", "2", "3")
SIZE = PostgresSize(
    sku_name="Standard_D4ds_v5",
    tier="GeneralPurpose",
    storage_gb=128,
    version="18",
    backup_retention_days=35,
    geo_redundant_backup=False,
    high_availability="Disabled",
)


def declare() -> None:
    """Everything, as the deployments wire it."""
    everything = Everything.watch()
    provider = azure_native.Provider("azure", subscription_id=SUBSCRIPTION)
    opts = pulumi.ResourceOptions(providers=[provider])
    names, tags = Names(NAME, "cf"), tags_for(NAME, owner="Platform Team", cost_center="Production")
    place = ResourceGroup("group", ResourceGroupArgs(location=WEST, names=names, tags=tags), opts).place
    logs = LogAnalytics("logs", LogAnalyticsArgs(place=place, retention_days=30), opts).id
    halves = Halves.of(load_map(), load_map().plan(NAME))
    here, there = (Neighbours(replicas=(str(half.slot("db").network),)) for half in (halves.standby, halves.own))
    network = Network("network", NetworkArgs(place=place, plan=halves.own, workspace_id=logs, neighbours=here), opts)
    NatGateway("egress", NatGatewayArgs(place=place, workspace_id=logs, zones=ZONES), opts)
    Bastion(
        "bastion",
        BastionArgs(place=place, subnet_id=network.subnet_ids["bastion"], workspace_id=logs, zones=ZONES),
        opts,
    )
    zone = PrivateDnsZone(
        "zone",
        PrivateDnsZoneArgs(
            place=place,
            zone=names.of("postgres_dns_zone"),
            links={"own": NetworkLink(name=names.of("private_dns_link"), network_id=network.id)},
        ),
        opts,
    )
    primary = _primary(names, place.group, network, zone, opts)
    standby = Standby(
        "standby",
        StandbyArgs(
            place=place, network=network, location=NORTH, plan=halves.standby, workspace_id=logs, neighbours=there
        ),
        opts,
    )
    replica = PostgresReplica(
        "replica",
        PostgresReplicaArgs(
            place=standby.place,
            size=SIZE,
            tenant_id=TENANT,
            source_id=primary.id,
            source_created_at=primary.system_data.apply(lambda data: str(data.created_at if data else "")),
            network_id=standby.network.id,
            network_guid=standby.network.resource_guid,
            subnet_id=standby.network.subnet_ids["db"],
            zone_place=place,
            zone_id=zone.id,
            zone_name=zone.name,
            workspace_id=logs,
        ),
        pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(depends_on=[standby.peering, primary])),
    )
    account, container = _account(names, place.group, provider)
    flows = FlowLogs(
        "flows",
        FlowLogsArgs(
            place=place,
            subscription_id=SUBSCRIPTION,
            network_id=network.id,
            storage_id=account.id,
            workspace_id=logs,
            kept_days=30,
        ),
        pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(depends_on=everything.resources)),
    )
    vault = BackupVault(
        "backup",
        BackupVaultArgs(
            place=place,
            subscription_id=SUBSCRIPTION,
            workspace_id=logs,
            blobs=BackedUpBlobs(account_id=account.id, account_name=account.name, containers=["documents"]),
        ),
        pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(depends_on=[container])),
    )
    scopes = {"postgres": primary.id, "replica": replica.id, "storage": account.id, "backup": vault.id}
    Locks(
        "lock",
        LocksArgs(place=place, scopes=scopes),
        pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(depends_on=[*everything.resources])),
    )
    pulumi.export("flows", flows.id)
    pulumi.export("replica", replica.id)


def _primary(
    names: Names, group: Any, network: Network, zone: PrivateDnsZone, opts: pulumi.ResourceOptions
) -> dbforpostgresql.Server:
    return dbforpostgresql.Server(
        "primary",
        resource_group_name=group,
        server_name=names.of("postgres_server"),
        location=WEST,
        version=SIZE.version,
        sku=dbforpostgresql.SkuArgs(name=SIZE.sku_name, tier=SIZE.tier),
        storage=dbforpostgresql.StorageArgs(storage_size_gb=SIZE.storage_gb),
        network=dbforpostgresql.NetworkArgs(
            delegated_subnet_resource_id=network.subnet_ids["db"], private_dns_zone_arm_resource_id=zone.id
        ),
        auth_config=dbforpostgresql.AuthConfigArgs(
            active_directory_auth=dbforpostgresql.MicrosoftEntraAuth.ENABLED,
            password_auth=dbforpostgresql.PasswordBasedAuth.DISABLED,
            tenant_id=TENANT,
        ),
        opts=opts,
    )


def _account(
    names: Names, group: Any, provider: pulumi.ProviderResource
) -> tuple[storage.StorageAccount, storage.BlobContainer]:
    account = storage.StorageAccount(
        "account",
        resource_group_name=group,
        account_name=names.of("storage_account"),
        location=WEST,
        kind="StorageV2",
        sku=storage.SkuArgs(name="Standard_GRS"),
        allow_shared_key_access=False,
        allow_cross_tenant_replication=True,
        opts=pulumi.ResourceOptions(provider=provider),
    )
    container = storage.BlobContainer(
        "container",
        resource_group_name=group,
        account_name=account.name,
        container_name="documents",
        opts=pulumi.ResourceOptions(provider=provider),
    )
    return account, container


if __name__ == "__main__":
    declare()
