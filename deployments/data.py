"""Where a deployment keeps its data: databases, cache, blobs, each behind a private way."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import pulumi

from components.apps.workload_identity import WorkloadIdentity
from components.data.managed_redis import ManagedRedis, ManagedRedisArgs
from components.data.postgres import EntraAdministrator, Postgres, PostgresArgs, PostgresSize
from components.data.storage import Storage, StorageArgs
from components.network.private_dns import PrivateDnsZone, PrivateDnsZoneArgs
from deployments.blueprint import Blueprint
from deployments.catalogue.workloads import TENANCY
from deployments.foundations import Foundations


@dataclass(frozen=True, kw_only=True)
class Data:
    """The stores of a deployment."""

    postgres: Postgres
    redis: ManagedRedis
    storage: Storage
    postgres_zone: PrivateDnsZone


def keep(
    blueprint: Blueprint,
    base: Foundations,
    identities: Mapping[str, WorkloadIdentity],
    opts: pulumi.ResourceOptions,
) -> Data:
    """Declare the stores. `identities`: of the workloads; the tenancy job's administers the databases."""
    settings = blueprint.settings
    redis = ManagedRedis(
        "redis",
        ManagedRedisArgs(
            place=base.place,
            workspace_id=base.logs.id,
            sku_name=settings.redis.sku_name,
            high_availability=settings.redis.high_availability,
            users={name: identities[name].principal_id for name in blueprint.runs.cached},
        ),
        opts,
    )
    base.ways.to("redis", redis.id)
    storage = Storage(
        "storage",
        StorageArgs(
            place=base.place,
            workspace_id=base.logs.id,
            replication=settings.storage.replication,
            containers=blueprint.runs.containers,
            soft_delete_days=settings.storage.soft_delete_days,
            immutability=not settings.ephemeral,
            copied_by_backup_vault=not settings.ephemeral,
        ),
        opts,
    )
    base.ways.to("blob", storage.id)
    zone = PrivateDnsZone(
        "postgres-dns",
        PrivateDnsZoneArgs(
            place=base.place, zone=blueprint.names.of("postgres_dns_zone"), links={"own": base.own_link}
        ),
        opts,
    )
    postgres = _postgres(blueprint, base, identities[TENANCY], zone, opts)
    return Data(postgres=postgres, redis=redis, storage=storage, postgres_zone=zone)


def _postgres(
    blueprint: Blueprint,
    base: Foundations,
    tenancy: WorkloadIdentity,
    zone: PrivateDnsZone,
    opts: pulumi.ResourceOptions,
) -> Postgres:
    settings, names = blueprint.settings, blueprint.names
    people = settings.entra_admin_group
    return Postgres(
        "postgres",
        PostgresArgs(
            place=base.place,
            size=size_of(blueprint),
            tenant_id=settings.tenant_id,
            subnet_id=base.network.subnet_ids["db"],
            zone_id=zone.id,
            workspace_id=base.logs.id,
            administrators={
                "people": EntraAdministrator(name=people.name, object_id=people.object_id),
                TENANCY: EntraAdministrator(
                    name=names.of("user_assigned_identity", TENANCY),
                    object_id=tenancy.principal_id,
                    kind="ServicePrincipal",
                ),
            },
            databases=blueprint.runs.databases,
        ),
        opts,
    )


def size_of(blueprint: Blueprint) -> PostgresSize:
    """Compute, storage and safety of the deployment's server, and of its replica."""
    return PostgresSize(
        **blueprint.settings.postgres.model_dump(exclude={"high_availability"}),
        high_availability=standby_of(blueprint),
    )


def standby_of(blueprint: Blueprint) -> Literal["Disabled", "SameZone", "ZoneRedundant"]:
    """Where the server's standby stands: in another zone, unless the region has none or Azure offers it none there."""
    if not blueprint.settings.postgres.high_availability:
        return "Disabled"
    missing = blueprint.region.missing("Microsoft.DBforPostgreSQL/flexibleServers", "ZoneRedundant")
    return "ZoneRedundant" if blueprint.region.zones and missing is None else "SameZone"
