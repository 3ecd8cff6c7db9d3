"""The table: a row a type of Azure, from its inputs to quantities of meters; and the types that cost nothing, with why.

A type that stands in neither is unpriced, and every estimate lists it.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from finance.estimate.rows import apps, data, edge, network, recovery, watching
from finance.estimate.rows.reading import Row

_ROWS: Final[dict[str, Row]] = {
    "app:ContainerApp": apps.container_app,
    "app:Job": apps.job,
    "app:ManagedEnvironment": apps.environment,
    "cdn:AFDOrigin": edge.origin,
    "cdn:Profile": edge.profile,
    "containerregistry:Registry": apps.registry,
    "dataprotection:BackupInstance": recovery.backup_instance,
    "dbforpostgresql:Server": data.postgres,
    "dns:Zone": network.public_zone,
    "eventhub:Namespace": apps.namespace,
    "frontdoor:Policy": edge.firewall,
    "keyvault:Key": data.key,
    "keyvault:Vault": data.vault,
    "monitor:ActionGroup": watching.action_group,
    "monitor:DiagnosticSetting": watching.diagnostics,
    "monitor:MetricAlert": watching.metric_alert,
    "monitor:ScheduledQueryRule": watching.log_alert,
    "monitor:SubscriptionDiagnosticSetting": watching.diagnostics,
    "network:BastionHost": network.bastion,
    "network:FlowLog": network.flow_log,
    "network:NatGateway": network.nat_gateway,
    "network:PrivateEndpoint": network.private_endpoint,
    "network:PublicIPAddress": network.public_address,
    "network:Subnet": network.subnet,
    "network:VirtualNetwork": network.virtual_network,
    "network:VirtualNetworkPeering": network.peering,
    "operationalinsights:Workspace": watching.workspace,
    "privatedns:PrivateZone": network.private_zone,
    "redisenterprise:RedisEnterprise": data.redis,
    "search:Service": data.search,
    "storage:StorageAccount": data.storage_account,
}
ROWS: Final[Mapping[str, Row]] = MappingProxyType(_ROWS)

_PART: Final = "part of what it belongs to"
_CONTROL: Final = "Resource Manager keeps it, which costs nothing"
_FREE: Final[dict[str, str]] = {
    "app:ManagedEnvironmentPrivateEndpointConnection": _PART,
    "applicationinsights:Component": "its data are billed as what its workspace takes in",
    "applicationinsights:Workbook": _CONTROL,
    "authorization:ManagementLockByScope": _CONTROL,
    "authorization:RoleAssignment": _CONTROL,
    "authorization:RoleDefinition": _CONTROL,
    "cdn:AFDCustomDomain": _PART,
    "cdn:AFDEndpoint": _PART,
    "cdn:AFDOriginGroup": _PART,
    "cdn:Route": _PART,
    "cdn:SecurityPolicy": _PART,
    "consumption:Budget": _CONTROL,
    "containerregistry:CacheRule": _PART,
    "dataprotection:BackupPolicy": _PART,
    "dataprotection:BackupVault": "billed by what it protects",
    "dbforpostgresql:AdministratorsMicrosoftEntra": _PART,
    "dbforpostgresql:Configuration": _PART,
    "dbforpostgresql:Database": _PART,
    "dbforpostgresql:BackupsAutomaticAndOnDemand": "billed as backups of its server",
    "dns:RecordSet": _PART,
    "eventhub:ConsumerGroup": _PART,
    "eventhub:EventHub": _PART,
    "eventhub:EventHubAuthorizationRule": _PART,
    "eventhub:NamespaceAuthorizationRule": _PART,
    "eventhub:NamespaceNetworkRuleSet": _PART,
    "keyvault:Secret": "billed as operations on its vault",
    "managedidentity:FederatedIdentityCredential": _CONTROL,
    "managedidentity:UserAssignedIdentity": _CONTROL,
    "monitor:ActivityLogAlert": "Azure Monitor asks nothing for alerts on the activity log",
    "network:NetworkSecurityGroup": _CONTROL,
    "network:NetworkWatcher": "billed by what it records",
    "network:PrivateDnsZoneGroup": _PART,
    "privatedns:PrivateRecordSet": _PART,
    "privatedns:VirtualNetworkLink": _PART,
    "random:index/randomId:RandomId": "in the state alone",
    "random:index/randomString:RandomString": "in the state alone",
    "redisenterprise:AccessPolicyAssignment": _PART,
    "redisenterprise:Database": _PART,
    "resources:ResourceGroup": _CONTROL,
    "storage:BlobContainer": _PART,
    "storage:BlobContainerImmutabilityPolicy": _PART,
    "storage:BlobServiceProperties": _PART,
    "storage:ManagementPolicy": _PART,
    "storage:Queue": "billed as operations on its account",
    "storage:QueueServiceProperties": _PART,
}
FREE: Final[Mapping[str, str]] = MappingProxyType(_FREE)
