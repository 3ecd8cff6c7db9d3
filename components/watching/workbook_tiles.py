"""What the workbook of a deployment shows, as data: one row a tile. No Azure SDK in here.

Metrics are named with the category under which Azure lists them, "" where their type has none:
https://learn.microsoft.com/azure/azure-monitor/reference/metrics-index
"""

from dataclasses import dataclass
from typing import Final, Literal

from components.watching.alert_rules import Aggregation

Visualization = Literal["table", "timechart"]


@dataclass(frozen=True, kw_only=True)
class Series:
    """One metric of a chart; `split`: the dimension by which it is told apart."""

    metric: str
    aggregation: Aggregation
    label: str
    category: str = ""
    split: str | None = None


@dataclass(frozen=True, kw_only=True)
class MetricTile:
    """A chart of metrics of every resource of one key of the targets. `namespace`: lower case, of all its metrics."""

    title: str
    target: str
    namespace: str
    series: tuple[Series, ...]


@dataclass(frozen=True, kw_only=True)
class LogTile:
    """The answer of a query of the workspace; {TimeRange:grain} is the width of a bin that fits the chosen time."""

    title: str
    query: str
    visualization: Visualization


Tile = MetricTile | LogTile

_APPS: Final = "microsoft.app/containerapps"
_POSTGRES: Final = "microsoft.dbforpostgresql/flexibleservers"
_HUBS: Final = "microsoft.eventhub/namespaces"
_REDIS: Final = "microsoft.cache/redisenterprise"
_VAULT: Final = "microsoft.keyvault/vaults"

TILES: Final[tuple[Tile, ...]] = (
    MetricTile(
        title="Requests by status",
        target="apps",
        namespace=_APPS,
        series=(
            Series(
                metric="Requests", aggregation="Total", label="Requests", category="Basic", split="statusCodeCategory"
            ),
        ),
    ),
    LogTile(
        title="Share of 5xx, percent",
        query=(
            "ContainerAppHTTPLogs\n"
            "| summarize Share = 100.0 * countif(StatusCode >= 500) / count()"
            " by bin(TimeGenerated, {TimeRange:grain}), ContainerAppName"
        ),
        visualization="timechart",
    ),
    LogTile(
        title="Latency, 95th percentile in ms",
        query=(
            "ContainerAppHTTPLogs\n"
            "| summarize P95 = percentile(RequestDuration, 95)"
            " by bin(TimeGenerated, {TimeRange:grain}), ContainerAppName"
        ),
        visualization="timechart",
    ),
    MetricTile(
        title="Restarts and replicas",
        target="apps",
        namespace=_APPS,
        series=(
            Series(metric="RestartCount", aggregation="Maximum", label="Restarts of a replica", category="Basic"),
            Series(metric="Replicas", aggregation="Maximum", label="Replicas", category="Basic"),
        ),
    ),
    MetricTile(
        title="Database, percent",
        target="postgres",
        namespace=_POSTGRES,
        series=(
            Series(metric="cpu_percent", aggregation="Average", label="CPU", category="Saturation"),
            Series(metric="memory_percent", aggregation="Average", label="Memory", category="Saturation"),
            Series(metric="storage_percent", aggregation="Average", label="Storage", category="Saturation"),
        ),
    ),
    MetricTile(
        title="Database connections",
        target="postgres",
        namespace=_POSTGRES,
        series=(
            Series(metric="active_connections", aggregation="Maximum", label="Active", category="Traffic"),
            Series(metric="connections_failed", aggregation="Total", label="Failed", category="Errors"),
        ),
    ),
    MetricTile(
        title="Messages",
        target="event_hubs",
        namespace=_HUBS,
        series=(
            Series(metric="IncomingMessages", aggregation="Total", label="In"),
            Series(metric="OutgoingMessages", aggregation="Total", label="Out"),
            Series(metric="ThrottledRequests", aggregation="Total", label="Throttled"),
        ),
    ),
    MetricTile(
        title="Redis",
        target="redis",
        namespace=_REDIS,
        series=(
            Series(metric="usedmemorypercentage", aggregation="Maximum", label="Memory, percent"),
            Series(metric="connectedclients", aggregation="Maximum", label="Clients"),
        ),
    ),
    MetricTile(
        title="Key Vault",
        target="key_vault",
        namespace=_VAULT,
        series=(
            Series(metric="ServiceApiResult", aggregation="Count", label="Requests by status", split="StatusCode"),
            Series(metric="Availability", aggregation="Average", label="Availability, percent"),
        ),
    ),
)
