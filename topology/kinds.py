"""How each Azure resource type is shown: one row a type. What has no row is drawn all the same, under its own token."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

Family = Literal["data", "messaging", "apps", "secrets", "watching", "edge", "other"]
"""What a resource is for; each has a colour on the page."""
FAMILIES: Final[Mapping[Family, str]] = {
    "data": "databases, caches, storage",
    "messaging": "events",
    "apps": "containers and images",
    "edge": "public edge",
    "secrets": "secrets",
    "watching": "logs and metrics",
    "other": "other",
}
Shown = Literal["box", "part", "counted", "hidden"]


@dataclass(frozen=True, kw_only=True)
class Look:
    """How one type is shown.

    `shown`: as a box of its own; as a part, named in the box it lies in (or in the one whose id stands at `inside`);
    counted only; or not at all, because the network, the zones or another box tell it already.
    `label`: a box's title, or what several parts or counted ones are called. `sign`: two letters for its badge.
    `subnet`: dotted path of the id of the subnet that it stands in. `facts`: label -> dotted path, shown in the box.
    """

    label: str
    shown: Shown = "box"
    family: Family = "other"
    sign: str = "··"
    subnet: str = ""
    inside: str = ""
    facts: Mapping[str, str] = field(default_factory=dict[str, str])


def _part(label: str, inside: str = "") -> Look:
    return Look(label=label, shown="part", inside=inside)


def _counted(label: str) -> Look:
    return Look(label=label, shown="counted")


_HIDDEN: Final = Look(label="", shown="hidden")

LOOKS: Final[Mapping[str, Look]] = {
    "resources:ResourceGroup": _HIDDEN,
    "network:VirtualNetwork": _HIDDEN,
    "network:Subnet": _HIDDEN,
    "network:NetworkSecurityGroup": _HIDDEN,
    "network:VirtualNetworkPeering": _HIDDEN,
    "network:PrivateEndpoint": _HIDDEN,
    "network:PrivateDnsZoneGroup": _HIDDEN,
    "privatedns:PrivateZone": _HIDDEN,
    "privatedns:VirtualNetworkLink": _HIDDEN,
    "privatedns:PrivateRecordSet": _HIDDEN,
    "dbforpostgresql:Server": Look(
        label="PostgreSQL flexible server",
        family="data",
        sign="PG",
        subnet="network.delegatedSubnetResourceId",
        facts={"version": "version", "size": "sku.name"},
    ),
    "dbforpostgresql:Database": _part("databases"),
    "dbforpostgresql:Configuration": _counted("database parameters"),
    "dbforpostgresql:AdministratorsMicrosoftEntra": _counted("database administrators"),
    "redisenterprise:RedisEnterprise": Look(
        label="Managed Redis",
        family="data",
        sign="RE",
        facts={"size": "sku.name", "public access": "publicNetworkAccess"},
    ),
    "redisenterprise:Database": _part("databases"),
    "redisenterprise:AccessPolicyAssignment": _counted("cache access policies"),
    "storage:StorageAccount": Look(
        label="Storage account",
        family="data",
        sign="ST",
        facts={"copies": "sku.name", "public access": "publicNetworkAccess"},
    ),
    "storage:BlobContainer": _part("containers"),
    "storage:BlobServiceProperties": _HIDDEN,
    "storage:ManagementPolicy": _HIDDEN,
    "storage:BlobContainerImmutabilityPolicy": _counted("immutability policies"),
    "eventhub:Namespace": Look(
        label="Event Hubs namespace",
        family="messaging",
        sign="EH",
        facts={"tier": "sku.name", "units": "sku.capacity", "public access": "publicNetworkAccess"},
    ),
    "eventhub:EventHub": _part("hubs"),
    "eventhub:EventHubAuthorizationRule": _counted("hub rules"),
    "eventhub:NamespaceNetworkRuleSet": _HIDDEN,
    "containerregistry:Registry": Look(
        label="Container registry",
        family="apps",
        sign="CR",
        facts={"tier": "sku.name", "public access": "publicNetworkAccess"},
    ),
    "containerregistry:CacheRule": _part("cache rules"),
    "app:ManagedEnvironment": Look(
        label="Container Apps environment",
        family="apps",
        sign="CA",
        subnet="vnetConfiguration.infrastructureSubnetId",
        facts={"address": "staticIp"},
    ),
    "app:ContainerApp": _part("apps", inside="environmentId"),
    "app:Job": _part("jobs", inside="environmentId"),
    "keyvault:Vault": Look(
        label="Key Vault", family="secrets", sign="KV", facts={"public access": "properties.publicNetworkAccess"}
    ),
    "keyvault:Secret": _counted("vault secrets"),
    "operationalinsights:Workspace": Look(
        label="Log Analytics workspace", family="watching", sign="LA", facts={"days kept": "retentionInDays"}
    ),
    "applicationinsights:Component": Look(label="Application Insights", family="watching", sign="AI"),
    "monitor:DiagnosticSetting": _counted("diagnostic settings"),
    "monitor:MetricAlert": _counted("metric alerts"),
    "monitor:ScheduledQueryRule": _counted("log alerts"),
    "monitor:ActivityLogAlert": _counted("activity alerts"),
    "monitor:ActionGroup": _counted("action groups"),
    "applicationinsights:Workbook": _counted("workbooks"),
    "managedidentity:UserAssignedIdentity": _counted("managed identities"),
    "managedidentity:FederatedIdentityCredential": _counted("federated credentials"),
    "authorization:RoleAssignment": _counted("role assignments"),
    "consumption:Budget": _counted("budgets"),
    "cdn:Profile": Look(label="Front Door profile", family="edge", sign="FD"),
    "apimanagement:ApiManagementService": Look(
        label="API Management",
        family="edge",
        sign="AM",
        subnet="virtualNetworkConfiguration.subnetResourceId",
    ),
}


def look_of(kind: str) -> Look:
    """The row of a type; one without a row is a box under its own token."""
    return LOOKS.get(kind) or Look(label=kind, sign=kind.rpartition(":")[2][:2].upper())
