"""Azure Managed Redis: one cluster with its one database, reached from inside only, signed in to by identity.

- A cluster has no network injection: it is reached by a private endpoint (group `redisEnterprise`). Its SKU says the
  memory; it takes neither capacity nor zones: with high availability the nodes spread over zones by themselves.
  https://learn.microsoft.com/azure/redis/high-availability
- The database is called `default` and answers on port 10000, by TLS. The clustering policy is fixed once it is made:
  `EnterpriseCluster` gives one endpoint to clients that know nothing of clusters.
  https://learn.microsoft.com/azure/redis/architecture#clustering-policies
- There are no keys: each user is an Entra object with the access policy `default`, the only one there is.
  https://learn.microsoft.com/azure/redis/entra-for-authentication
- Database and users are deleted with the cluster, by no call of their own.
- Metrics are the cluster's, the log of connections is the database's.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import pulumi
from pulumi_azure_native import redisenterprise

from components.answers import answered
from components.diagnostics import Telemetry, send_logs
from components.place import Place

PORT: Final = 10000
# The names that Azure prescribes: of the one database of a cluster, and of the one access policy of a database.
_DATABASE: Final = "default"
_ACCESS_POLICY: Final = "default"
# SKUs of the retired Enterprise tiers, which new clusters cannot have any more.
_CLOSED: Final = ("Enterprise_", "EnterpriseFlash_")


@dataclass(frozen=True, kw_only=True)
class ManagedRedisArgs:
    """`sku_name`: as Azure writes it, "Balanced_B0" for 0.5 GB. `users`: Entra object ids, by what each user is called.

    Users are given access one after another, in this order: a database takes one write at a time. Raises ValueError
    for a SKU of the closed Enterprise tiers.
    """

    place: Place
    workspace_id: pulumi.Input[str]
    sku_name: str
    high_availability: bool
    users: Mapping[str, pulumi.Input[str]]

    def __post_init__(self) -> None:
        if self.sku_name.startswith(_CLOSED):
            raise ValueError(
                f"sku_name {self.sku_name!r}: the Enterprise tiers take no new clusters; write Balanced_, "
                "MemoryOptimized_, ComputeOptimized_ or FlashOptimized_ and a size, for example Balanced_B0"
            )


class ManagedRedis(pulumi.ComponentResource):
    """A cluster with its database. `id`: of the cluster, for private endpoints; `host` and `port`: for clients.

    `id` and `host` are known once every user has access: an endpoint then meets a cluster that is busy no more.
    """

    id: pulumi.Output[str]
    host: pulumi.Output[str]
    port: pulumi.Output[int]

    def __init__(self, name: str, args: ManagedRedisArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("complianceflow:components:ManagedRedis", name, None, opts)
        place = args.place
        child = pulumi.ResourceOptions(parent=self)
        cluster = redisenterprise.RedisEnterprise(
            f"{name}-cluster",
            resource_group_name=place.group,
            cluster_name=place.names.of("redis"),
            location=place.location,
            sku=redisenterprise.SkuArgs(name=args.sku_name),
            high_availability="Enabled" if args.high_availability else "Disabled",
            minimum_tls_version=redisenterprise.TlsVersion.TLS_VERSION_1_2,
            public_network_access=redisenterprise.PublicNetworkAccess.DISABLED,
            tags=place.tags,
            opts=child,
        )
        database = redisenterprise.Database(
            f"{name}-database",
            resource_group_name=place.group,
            cluster_name=cluster.name,
            database_name=_DATABASE,
            client_protocol=redisenterprise.Protocol.ENCRYPTED,
            port=PORT,
            clustering_policy=redisenterprise.ClusteringPolicy.ENTERPRISE_CLUSTER,
            eviction_policy=redisenterprise.EvictionPolicy.VOLATILE_LRU,
            access_keys_authentication=redisenterprise.AccessKeysAuthentication.DISABLED,
            opts=pulumi.ResourceOptions(parent=self, deleted_with=cluster),
        )
        before: pulumi.Resource = database
        for user, object_id in args.users.items():
            before = redisenterprise.AccessPolicyAssignment(
                f"{name}-user-{user}",
                resource_group_name=place.group,
                cluster_name=cluster.name,
                database_name=database.name,
                access_policy_assignment_name=pulumi.Output.from_input(object_id).apply(_assignment_name),
                access_policy_name=_ACCESS_POLICY,
                user=redisenterprise.AccessPolicyAssignmentPropertiesUserArgs(object_id=object_id),
                opts=pulumi.ResourceOptions(parent=self, depends_on=[before], deleted_with=cluster),
            )
        send_logs(f"{name}-metrics", place, cluster.id, args.workspace_id, child, telemetry=Telemetry.METRICS)
        send_logs(f"{name}-logs", place, database.id, args.workspace_id, child, telemetry=Telemetry.LOGS)
        self.id = pulumi.Output.all(cluster.id, before.urn).apply(lambda values: str(values[0]))
        self.host = pulumi.Output.all(cluster.host_name, before.urn).apply(_host)
        self.port = database.port.apply(lambda port: port or PORT)
        self.register_outputs({"id": self.id, "host": self.host, "port": self.port})


def _assignment_name(object_id: str) -> str:
    """Letters and digits alone, as Azure wants; made of the user, so that another user is another assignment."""
    return object_id.replace("-", "")


def _host(values: list[Any]) -> Any:
    return answered(values[0], "host name of the Redis cluster (hostName)")
