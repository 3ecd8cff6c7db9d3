"""The tables of a workspace, by who writes them: a table is there once something sends its records.

Resource-specific tables, which a diagnostic setting fills whose destination type is Dedicated, and those of an
Application Insights component. https://learn.microsoft.com/azure/azure-monitor/reference/tables-index
"""

from collections.abc import Mapping
from typing import Final

from sandbox.azure.bodies import objects_at
from sandbox.azure.model import Record, World

_COMPONENT: Final = "applicationinsights:Component"
_SETTING: Final = "monitor:DiagnosticSetting"
METRICS_TABLE: Final = "AzureMetrics"
APPLICATION_TABLES: Final = (
    "AppAvailabilityResults",
    "AppBrowserTimings",
    "AppDependencies",
    "AppEvents",
    "AppExceptions",
    "AppMetrics",
    "AppPageViews",
    "AppPerformanceCounters",
    "AppRequests",
    "AppSystemEvents",
    "AppTraces",
)
TABLES: Final[Mapping[str, tuple[str, ...]]] = {
    "app:ManagedEnvironment": ("ContainerAppConsoleLogs", "ContainerAppSystemLogs", "ContainerAppHTTPLogs"),
    _COMPONENT: APPLICATION_TABLES,
    "containerregistry:Registry": ("ContainerRegistryLoginEvents", "ContainerRegistryRepositoryEvents"),
    "dbforpostgresql:Server": (
        "PGSQLServerLogs",
        "PGSQLPgStatActivitySessions",
        "PGSQLQueryStoreRuntime",
        "PGSQLQueryStoreWaits",
        "PGSQLAutovacuumStats",
        "PGSQLDbTransactionsStats",
        "PGSQLPgBouncer",
    ),
    "eventhub:Namespace": (
        "AZMSArchiveLogs",
        "AZMSAutoscaleLogs",
        "AZMSCustomerManagedKeyUserLogs",
        "AZMSDiagnosticErrorLogs",
        "AZMSKafkaCoordinatorLogs",
        "AZMSKafkaUserErrorLogs",
        "AZMSOperationalLogs",
        "AZMSVnetConnectionEvents",
    ),
    "keyvault:Vault": ("AZKVAuditLogs", "AZKVPolicyEvaluationDetailsLogs"),
    "operationalinsights:Workspace": ("LAQueryLogs",),
    "storage:StorageAccount": ("StorageBlobLogs",),
}
KNOWN: Final = frozenset({METRICS_TABLE, *(table for tables in TABLES.values() for table in tables)})


def tables_of(scope: Record, world: World) -> set[str]:
    """The tables that something sends to: of a workspace, or of an Application Insights component itself."""
    if scope.token == _COMPONENT:
        return set(APPLICATION_TABLES)
    found: set[str] = set()
    for referrer in world.referrers(scope.arm_id):
        record = referrer.record
        if record.token == _COMPONENT:
            found.update(APPLICATION_TABLES)
        elif record.token == _SETTING:
            source = world.find(record.parent)
            found.update(TABLES.get(source.token, ()) if source and objects_at(record.inputs, "logs") else ())
            found.update([METRICS_TABLE] if objects_at(record.inputs, "metrics") else [])
    return found
