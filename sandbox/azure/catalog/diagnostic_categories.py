"""What each resource type can tell by a diagnostic setting: its categories of logs and of metrics.

A type is in one of two tables: those that have categories, and those that Azure has none of. A test holds the two
against the catalogue, so that a new row says which it is.
https://learn.microsoft.com/azure/azure-monitor/reference/logs-index and, for metrics, the column "DS Export" of
https://learn.microsoft.com/azure/azure-monitor/reference/metrics-index
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from sandbox.azure import arm_ids
from sandbox.azure.model import Record

SETTING: Final = "monitor:DiagnosticSetting"
ALL_METRICS: Final = "AllMetrics"


@dataclass(frozen=True, kw_only=True)
class Offer:
    """The categories of a type. `audit`: those of its logs that the group "audit" stands for.

    `expands`: Azure gives a setting of AllMetrics back as the other metrics by their names.
    """

    logs: tuple[str, ...] = ()
    metrics: tuple[str, ...] = (ALL_METRICS,)
    audit: tuple[str, ...] = ()
    expands: bool = False

    @property
    def groups(self) -> tuple[str, ...]:
        """The groups of log categories that a setting may name."""
        return (*(("allLogs",) if self.logs else ()), *(("audit",) if self.audit else ()))

    def named_metrics(self, category: str) -> tuple[str, ...]:
        """The metrics that a category stands for."""
        return self.metrics if category == ALL_METRICS else (category,)


_STORAGE_LOGS = ("StorageRead", "StorageWrite", "StorageDelete")

OFFERS: Final[Mapping[str, Offer]] = {
    "app:ContainerApp": Offer(),
    "app:Job": Offer(),
    "app:ManagedEnvironment": Offer(
        logs=(
            "ContainerAppConsoleLogs", "ContainerAppSystemLogs", "ContainerAppHTTPLogs", "AppEnvSpringAppConsoleLogs",
            "AppEnvSessionConsoleLogs", "AppEnvSessionPoolEventLogs", "AppEnvSessionLifeCycleLogs",
        ),
    ),
    "applicationinsights:Component": Offer(
        logs=(
            "AppAvailabilityResults", "AppBrowserTimings", "AppDependencies", "AppEvents", "AppExceptions",
            "AppMetrics", "AppPageViews", "AppPerformanceCounters", "AppRequests", "AppSystemEvents", "AppTraces",
        ),
    ),
    "cdn:Profile": Offer(
        logs=("FrontDoorAccessLog", "FrontDoorHealthProbeLog", "FrontDoorWebApplicationFirewallLog"),
        audit=("FrontDoorAccessLog", "FrontDoorWebApplicationFirewallLog"),
    ),
    "containerregistry:Registry": Offer(
        logs=("ContainerRegistryRepositoryEvents", "ContainerRegistryLoginEvents"),
        audit=("ContainerRegistryRepositoryEvents", "ContainerRegistryLoginEvents"),
    ),
    "dataprotection:BackupVault": Offer(
        logs=(
            "CoreAzureBackup", "AddonAzureBackupJobs", "AddonAzureBackupPolicy", "AddonAzureBackupProtectedInstance",
            "AzureBackupOperations",
        ),
        metrics=(ALL_METRICS, "Health"),
    ),
    "dbforpostgresql:Server": Offer(
        logs=(
            "PostgreSQLLogs", "PostgreSQLFlexSessions", "PostgreSQLFlexQueryStoreRuntime",
            "PostgreSQLFlexQueryStoreWaitStats", "PostgreSQLFlexTableStats", "PostgreSQLFlexDatabaseXacts",
            "PostgreSQLFlexPGBouncer",
        ),
        audit=("PostgreSQLLogs",),
    ),
    "eventhub:Namespace": Offer(
        logs=(
            "ArchiveLogs", "OperationalLogs", "AutoScaleLogs", "KafkaCoordinatorLogs", "KafkaUserErrorLogs",
            "EventHubVNetConnectionEvent", "CustomerManagedKeyUserLogs", "RuntimeAuditLogs", "ApplicationMetricsLogs",
            "DataDRLogs", "DiagnosticErrorLogs",
        ),
        audit=("OperationalLogs", "RuntimeAuditLogs"),
    ),
    "keyvault:Vault": Offer(logs=("AuditEvent", "AzurePolicyEvaluationDetails"), audit=("AuditEvent",)),
    "network:BastionHost": Offer(logs=("BastionAuditLogs",)),
    "network:NetworkSecurityGroup": Offer(
        logs=("NetworkSecurityGroupEvent", "NetworkSecurityGroupRuleCounter", "NetworkSecurityGroupFlowEvent"),
        metrics=(),
    ),
    "network:PublicIPAddress": Offer(
        logs=("DDoSProtectionNotifications", "DDoSMitigationFlowLogs", "DDoSMitigationReports"),
    ),
    "network:VirtualNetwork": Offer(logs=("VMProtectionAlerts",)),
    "operationalinsights:Workspace": Offer(logs=("Audit", "Jobs", "SummaryLogs"), audit=("Audit",)),
    "redisenterprise:Database": Offer(logs=("ConnectionEvents",), metrics=(), audit=("ConnectionEvents",)),
    "redisenterprise:RedisEnterprise": Offer(),
    "search:Service": Offer(logs=("OperationLogs",)),
    # https://github.com/Azure/terraform-azurerm-avm-res-storage-storageaccount/pull/380
    "storage:BlobServiceProperties": Offer(
        logs=_STORAGE_LOGS, metrics=(ALL_METRICS, "Capacity", "Transaction"), audit=_STORAGE_LOGS, expands=True
    ),
    "storage:QueueServiceProperties": Offer(
        logs=_STORAGE_LOGS, metrics=(ALL_METRICS, "Capacity", "Transaction"), audit=_STORAGE_LOGS, expands=True
    ),
    "storage:StorageAccount": Offer(metrics=(ALL_METRICS, "Capacity", "Transaction")),
}  # fmt: skip

# Types that Azure refuses a setting on. Endpoints and private zones have metrics, but none that a setting exports.
WITHOUT: Final = frozenset(
    {
        "app:ManagedEnvironmentPrivateEndpointConnection", "cdn:AFDCustomDomain", "cdn:AFDEndpoint", "cdn:AFDOrigin",
        "cdn:AFDOriginGroup", "cdn:Route", "cdn:SecurityPolicy", "dns:RecordSet", "dns:Zone",
        "frontdoor:Policy",
        "applicationinsights:Workbook", "authorization:ManagementLockByScope", "authorization:RoleAssignment",
        "authorization:RoleDefinition",
        "consumption:Budget", "containerregistry:CacheRule", "dataprotection:BackupInstance",
        "dataprotection:BackupPolicy", "dbforpostgresql:AdministratorsMicrosoftEntra",
        "dbforpostgresql:BackupsAutomaticAndOnDemand",
        "dbforpostgresql:Configuration", "dbforpostgresql:Database", "eventhub:ConsumerGroup", "eventhub:EventHub",
        "eventhub:EventHubAuthorizationRule", "eventhub:NamespaceAuthorizationRule",
        "eventhub:NamespaceNetworkRuleSet", "keyvault:Key", "keyvault:Secret",
        "managedidentity:FederatedIdentityCredential", "managedidentity:UserAssignedIdentity", "monitor:ActionGroup",
        "monitor:ActivityLogAlert", "monitor:DiagnosticSetting", "monitor:MetricAlert", "monitor:ScheduledQueryRule",
        "monitor:SubscriptionDiagnosticSetting", "network:FlowLog", "network:NatGateway",
        "network:NetworkWatcher",
        "network:PrivateDnsZoneGroup", "network:PrivateEndpoint", "network:Subnet", "network:VirtualNetworkPeering",
        "privatedns:PrivateRecordSet", "privatedns:PrivateZone", "privatedns:VirtualNetworkLink",
        "redisenterprise:AccessPolicyAssignment", "resources:ResourceGroup", "storage:BlobContainer",
        "storage:BlobContainerImmutabilityPolicy", "storage:ManagementPolicy", "storage:Queue",
    }
)  # fmt: skip

# Types with categories that need no setting, and why.
TELLS_OTHERWISE: Final[Mapping[str, str]] = {
    "applicationinsights:Component": "its data is in its workspace already; a setting to the same one stores it twice: "
    "https://learn.microsoft.com/azure/azure-monitor/app/create-workspace-resource#export-telemetry"
}


def untold(records: Iterable[Record]) -> list[str]:
    """The ids of live resources that could have a diagnostic setting and have none, sorted.

    `records`: everything in a store (`store.read(lambda tx: tx.everything())`), or the part that is asked about
    together with its settings. Of a storage account's services the blob service is meant, the one that the platform
    uses: it counts as a resource of its own.
    """
    found = list(records)
    told = {record.parent for record in found if record.token == SETTING}
    return sorted(
        record.arm_id
        for record in found
        if record.token in OFFERS and record.token not in TELLS_OTHERWISE and arm_ids.key(record.arm_id) not in told
    )
