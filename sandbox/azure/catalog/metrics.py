"""The metrics that a type of resource emits: their names, how they can be aggregated, by what they can be split.

From the pages that Azure generates of each type; deprecated metrics are left out, and so are those that a type emits
only for a runtime (Java, GPU) or an add-on. https://learn.microsoft.com/azure/azure-monitor/reference/metrics-index
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

_PAGES = "https://learn.microsoft.com/azure/azure-monitor/reference/supported-metrics/"
_SPREAD: Final = "Average Maximum Minimum"
_ALL: Final = "Average Total Maximum Minimum"


@dataclass(frozen=True)
class Metric:
    """How a metric can be aggregated, and by what split."""

    aggregations: tuple[str, ...]
    dimensions: tuple[str, ...]


@dataclass(frozen=True)
class MetricNamespace:
    """The metrics of one type; `source` is the page that lists them."""

    name: str
    metrics: Mapping[str, Metric]
    source: str


def _named(names: str, aggregations: str, dimensions: str = "") -> Iterator[tuple[str, Metric]]:
    for name in names.split():
        yield name, Metric(tuple(aggregations.split()), tuple(dimensions.split()))


def _namespace(name: str, page: str, *rows: tuple[str, str] | tuple[str, str, str]) -> MetricNamespace:
    found = {metric: how for row in rows for metric, how in _named(*row)}
    return MetricNamespace(name, found, f"{_PAGES}{page}-metrics")


METRICS: Final[Mapping[str, MetricNamespace]] = {
    "app:ContainerApp": _namespace(
        "Microsoft.App/containerapps",
        "microsoft-app-containerapps",
        ("CoresQuotaUsed", "Maximum Minimum", "revisionName"),
        ("CpuPercentage MemoryPercentage", _ALL, "podName"),
        ("Replicas", _ALL, "revisionName"),
        ("Requests", _ALL, "revisionName podName statusCodeCategory statusCode"),
        (
            (
                "ResiliencyConnectTimeouts ResiliencyEjectedHosts ResiliencyEjectionsAborted ResiliencyRequestRetries "
                "ResiliencyRequestsPendingConnectionPool ResiliencyRequestTimeouts"
            ),
            _ALL,
            "revisionName",
        ),
        ("ResponseTime", _ALL, "statusCodeCategory statusCode"),
        ("RestartCount RxBytes TxBytes UsageNanoCores WorkingSetBytes", _ALL, "revisionName podName"),
        ("TotalCoresQuotaUsed", _SPREAD),
    ),
    "dbforpostgresql:Server": _namespace(
        "Microsoft.DBforPostgreSQL/flexibleServers",
        "microsoft-dbforpostgresql-flexibleservers",
        (
            (
                "longest_query_time_sec longest_transaction_time_sec oldest_backend_time_sec oldest_backend_xmin "
                "oldest_backend_xmin_age max_connections"
            ),
            "Maximum",
            "ServerName",
        ),
        ("sessions_by_state", _SPREAD, "State ServerName"),
        ("sessions_by_wait_event_type", _SPREAD, "WaitEventType ServerName"),
        (
            (
                "is_db_alive cpu_percent iops memory_percent storage_free storage_percent storage_used "
                "txlogs_storage_used active_connections maximum_used_transactionIDs logical_replication_delay_in_bytes "
                "physical_replication_delay_in_bytes physical_replication_delay_in_seconds"
            ),
            _SPREAD,
            "ServerName",
        ),
        (
            (
                "backup_storage_used cpu_credits_consumed cpu_credits_remaining disk_bandwidth_consumed_percentage "
                "disk_iops_consumed_percentage disk_queue_depth read_iops read_throughput write_iops write_throughput"
            ),
            _SPREAD,
            "LogicalServerName",
        ),
        ("connections_failed connections_succeeded network_bytes_egress network_bytes_ingress", "Total", "ServerName"),
        ("database_size_bytes numbackends", _SPREAD, "DatabaseName ServerName"),
        (
            (
                "blks_hit blks_read deadlocks temp_bytes temp_files tup_deleted tup_fetched tup_inserted tup_returned "
                "tup_updated xact_commit xact_rollback xact_total"
            ),
            "Total",
            "DatabaseName ServerName",
        ),
        ("tps", "Minimum Maximum Total", "DatabaseName ServerName"),
        (
            (
                "client_connections_active client_connections_waiting num_pools server_connections_active "
                "server_connections_idle total_pooled_connections"
            ),
            _SPREAD,
            "DatabaseName ServerName",
        ),
    ),
    "eventhub:Namespace": _namespace(
        "Microsoft.EventHub/Namespaces",
        "microsoft-eventhub-namespaces",
        ("ActiveConnections", _SPREAD),
        (
            (
                "CaptureBacklog CapturedBytes CapturedMessages IncomingBytes IncomingMessages IncomingRequests "
                "OutgoingBytes OutgoingMessages"
            ),
            "Total",
            "EntityName",
        ),
        ("ConnectionsClosed ConnectionsOpened", "Maximum", "EntityName"),
        ("NamespaceCpuUsage NamespaceMemoryUsage", _SPREAD, "Replica"),
        (
            "QuotaExceededErrors ServerErrors SuccessfulRequests ThrottledRequests UserErrors",
            "Total",
            "EntityName OperationResult",
        ),
        ("ReplicationLagCount ReplicationLagDuration Size", _SPREAD, "EntityName"),
    ),
    "keyvault:Vault": _namespace(
        "Microsoft.KeyVault/vaults",
        "microsoft-keyvault-vaults",
        ("Availability ServiceApiLatency", "Average", "ActivityType ActivityName StatusCode StatusCodeClass"),
        ("SaturationShoebox", "Average", "ActivityType ActivityName TransactionType"),
        ("ServiceApiHit", "Count", "ActivityType ActivityName"),
        ("ServiceApiResult", "Count", "ActivityType ActivityName StatusCode StatusCodeClass"),
    ),
    "redisenterprise:RedisEnterprise": _namespace(
        "Microsoft.Cache/redisEnterprise",
        "microsoft-cache-redisenterprise",
        ("cachehits cachemisses evictedkeys expiredkeys getcommands setcommands totalcommandsprocessed", "Average"),
        ("cacheLatency", "Average", "InstanceId"),
        ("cacheRead cacheWrite connectedclients percentProcessorTime", "Maximum", "InstanceId"),
        (
            "geoReplicationHealthy operationsPerSecond serverLoad totalkeys usedmemory usedmemorypercentage",
            "Maximum",
        ),
    ),
    "storage:StorageAccount": _namespace(
        "Microsoft.Storage/storageAccounts",
        "microsoft-storage-storageaccounts",
        ("UsedCapacity", "Average"),
        ("Transactions", "Total", "ResponseType GeoType ApiName Authentication TransactionType"),
        ("Egress Ingress", _ALL, "GeoType ApiName Authentication"),
        ("Availability SuccessE2ELatency SuccessServerLatency", _SPREAD, "GeoType ApiName Authentication"),
    ),
}
