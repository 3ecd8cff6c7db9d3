# ruff: noqa: S106 - a token is the name of a type
"""Log Analytics workspaces and diagnostic settings.

https://learn.microsoft.com/azure/azure-monitor/logs/delete-workspace and
https://learn.microsoft.com/azure/azure-monitor/platform/diagnostic-settings
"""

from collections.abc import Mapping

from sandbox.azure import arm_ids
from sandbox.azure.bodies import Body, at, objects_at
from sandbox.azure.model import Computed, Durations, NameRule, Reference, ResourceType, SoftDelete, Write

from .common import ARM_NAMES, ESTIMATE, MEASURED, SYSTEM_DATA, UNVERIFIED_CODE, drawn_guid, iso, refuse, rule

_WORKSPACE = (
    "/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}/providers/Microsoft.OperationalInsights"
    "/workspaces/{workspaceName}"
)
_DELETE = "https://learn.microsoft.com/azure/azure-monitor/logs/delete-workspace"
_RETENTION = "https://learn.microsoft.com/azure/azure-monitor/logs/data-retention-configure"
_SETTINGS = "https://learn.microsoft.com/azure/azure-monitor/platform/diagnostic-settings"
_SKUS = ("PerGB2018", "CapacityReservation", "LACluster", "Standalone", "PerNode", "Free")
# Log categories of each type that can have a setting; metrics are AllMetrics where the flag says so.
# https://learn.microsoft.com/azure/azure-monitor/reference/logs-index
CATEGORIES: Mapping[str, tuple[tuple[str, ...], bool]] = {
    "dbforpostgresql:Server": (
        (
            "PostgreSQLLogs", "PostgreSQLFlexSessions", "PostgreSQLFlexQueryStoreRuntime",
            "PostgreSQLFlexQueryStoreWaitStats", "PostgreSQLFlexTableStats", "PostgreSQLFlexDatabaseXacts",
            "PostgreSQLFlexPGBouncer",
        ),
        True,
    ),
    "keyvault:Vault": (("AuditEvent", "AzurePolicyEvaluationDetails"), True),
    "app:ManagedEnvironment": (
        ("ContainerAppConsoleLogs", "ContainerAppSystemLogs", "ContainerAppHTTPLogs"), True,
    ),
    "app:ContainerApp": ((), True),
    "app:Job": ((), True),
    "network:NetworkSecurityGroup": (("NetworkSecurityGroupEvent", "NetworkSecurityGroupRuleCounter"), False),
    "network:VirtualNetwork": (("VMProtectionAlerts",), True),
    "operationalinsights:Workspace": (("Audit", "SummaryLogs"), True),
}  # fmt: skip
# Groups of categories: "audit" exists where a category is an audit log.
_AUDIT = frozenset({"AuditEvent", "Audit", "PostgreSQLLogs"})
_DESTINATIONS = ("workspaceId", "storageAccountId", "eventHubAuthorizationRuleId", "marketplacePartnerId")


@rule("InvalidParameter", UNVERIFIED_CODE + ": " + _RETENTION)
def _retention_in_range(write: Write) -> None:
    days = at(write.body, "retentionInDays")
    refuse(
        days is not None and days != 7 and not 30 <= days <= 730,
        400,
        "InvalidParameter",
        f"RetentionInDays {days} of workspace {write.name} is outside 30 to 730.",
    )
    sku = at(write.body, "sku.name")
    refuse(
        sku is not None and sku not in _SKUS,
        400,
        "InvalidParameter",
        f"The SKU '{sku}' of workspace {write.name} is none of {', '.join(_SKUS)}.",
    )


def _capping(write: Write) -> Body:
    return {
        "dailyQuotaGb": -1,
        **(at(write.body, "workspaceCapping") or {}),
        "dataIngestionStatus": "RespectQuota",
        "quotaNextResetTime": iso(write.now - write.now % 86400 + 86400),
    }


WORKSPACE = ResourceType(
    token="operationalinsights:Workspace",
    path=_WORKSPACE,
    name=NameRule(
        pattern=r"[A-Za-z0-9][A-Za-z0-9-]+[A-Za-z0-9]",
        least=4,
        most=63,
        code="InvalidResourceName",
        allowed="4 to 63 letters, digits and '-', no '-' first or last",
        source=ARM_NAMES + " (the code is unverified)",
        spec="^[A-Za-z0-9][A-Za-z0-9-]+[A-Za-z0-9]$",
    ),
    durations=Durations(create=42, update=15, delete=30, source=MEASURED),
    source="https://learn.microsoft.com/azure/templates/microsoft.operationalinsights/2023-09-01/workspaces",
    replace_on=("location",),
    defaults={
        "features": {"enableLogAccessUsingOnlyResourcePermissions": True},
        "publicNetworkAccessForIngestion": "Enabled",
        "publicNetworkAccessForQuery": "Enabled",
        "retentionInDays": 30,
        "sku": {"name": "PerGB2018"},
    },
    computed={
        "customerId": drawn_guid("customer"),
        "createdDate": Computed(lambda write: iso(write.now)),
        "modifiedDate": Computed(lambda write: iso(write.now), keep=False),
        "sku.lastSkuUpdate": Computed(lambda write: iso(write.now)),
        "workspaceCapping": Computed(_capping, keep=False),
        "systemData": SYSTEM_DATA,
    },
    soft_delete=SoftDelete(
        days=lambda _record, _world: 14,
        recreate="recover",
        code="",
        message="",
        source=_DELETE + "#recover-a-workspace-in-a-soft-delete-state",
    ),
    rules=(_retention_in_range,),
)


def _offered(write: Write) -> tuple[tuple[str, ...], bool]:
    target = write.world.find(write.parent)
    return CATEGORIES.get(target.token if target else "", ((), False))


@rule("BadRequest", _SETTINGS + "#categories-and-category-groups")
def _categories_exist(write: Write) -> None:
    logs, has_metrics = _offered(write)
    groups = {"allLogs", *(("audit",) if _AUDIT & set(logs) else ())} if logs else set[str]()
    for item in objects_at(write.body, "logs"):
        category, group = item.get("category"), item.get("categoryGroup")
        wrong = (category and category not in logs) or (group and group not in groups)
        refuse(wrong, 400, "BadRequest", f"Category '{category}' is not supported." if category else
               f"Category group '{group}' is not supported.")  # fmt: skip
    for item in objects_at(write.body, "metrics"):
        category = item.get("category")
        refuse(
            not has_metrics or (category is not None and category != "AllMetrics"),
            400,
            "BadRequest",
            f"Metric category '{category}' is not supported.",
        )


@rule("BadRequest", _SETTINGS)
def _setting_is_sound(write: Write) -> None:
    refuse(
        not any(write.body.get(name) for name in _DESTINATIONS),
        400,
        "BadRequest",
        "At least one data sink needs to be specified.",
    )
    logs = objects_at(write.body, "logs")
    refuse(
        not any(item.get("enabled") for item in [*logs, *objects_at(write.body, "metrics")]),
        400,
        "BadRequest",
        f"Diagnostic setting {write.name} enables no category.",
    )
    refuse(
        any(item.get("category") for item in logs) and any(item.get("categoryGroup") for item in logs),
        400,
        "BadRequest",
        f"Diagnostic setting {write.name} has both categories and category groups.",
    )
    refuse(
        any(at(item, "retentionPolicy.days") for item in logs),
        400,
        "BadRequest",
        "Diagnostic settings does not support retention for new diagnostic settings.",
    )


def _enabled(body: Body, offered: tuple[str, ...]) -> set[str]:
    named = [item for item in [*objects_at(body, "logs"), *objects_at(body, "metrics")] if item.get("enabled")]
    names = {str(item["category"]) for item in named if item.get("category")}
    if any(item.get("categoryGroup") == "allLogs" for item in named):
        names.update(offered)
    if any(item.get("categoryGroup") == "audit" for item in named):
        names.update(_AUDIT & set(offered))
    return names


@rule(("Conflict", "BadRequest"), _SETTINGS + "#limitations")
def _sinks_are_not_shared(write: Write) -> None:
    siblings = [
        other
        for other in write.world.children(write.parent, "monitor:DiagnosticSetting")
        if arm_ids.key(other.arm_id) != arm_ids.key(write.arm_id)
    ]
    refuse(
        len(siblings) >= 5,
        400,
        "BadRequest",
        f"Resource {write.parent} has {len(siblings)} diagnostic settings; five are allowed.",
    )
    offered, _ = _offered(write)
    for other in siblings:
        for sink in _DESTINATIONS:
            shared = _enabled(write.body, offered) & _enabled(other.inputs, offered)
            same = write.body.get(sink) and str(write.body[sink]).lower() == str(other.inputs.get(sink)).lower()
            refuse(
                same and shared,
                409,
                "Conflict",
                f"Data sink '{write.body.get(sink)}' is already used in diagnostic setting '{other.name}' for category "
                f"'{', '.join(sorted(shared))}'. Data sinks can't be reused in different settings on the same category "
                "for the same resource.",
            )


def _with_retention(path: str) -> Computed:
    off = {"days": 0, "enabled": False}
    return Computed(
        lambda write: [{"retentionPolicy": off, **item} for item in objects_at(write.body, path)], keep=False
    )


DIAGNOSTIC_SETTING = ResourceType(
    token="monitor:DiagnosticSetting",
    path="/{resourceUri}/providers/Microsoft.Insights/diagnosticSettings/{name}",
    name=NameRule(
        pattern=r"[^<>*%&:\\?+/]+",
        least=1,
        most=260,
        code="BadRequest",
        allowed="1 to 260 characters, none of < > * % & : \\ ? + /",
        source=ARM_NAMES,
    ),
    durations=Durations(create=6, update=6, delete=6, source=ESTIMATE),
    source="https://learn.microsoft.com/azure/templates/microsoft.insights/2021-05-01-preview/diagnosticsettings",
    location="none",
    computed={"logs": _with_retention("logs"), "metrics": _with_retention("metrics"), "systemData": SYSTEM_DATA},
    references=(
        Reference(
            path="workspaceId",
            tokens=("operationalinsights:Workspace",),
            code="ResourceNotFound",
            status=404,
            message="The Resource '{id}' was not found. For more details please go to "
            "https://aka.ms/ARMResourceNotFoundFix",
            source=_SETTINGS,
        ),
    ),
    rules=(_setting_is_sound, _categories_exist, _sinks_are_not_shared),
    provisioning_state="",
    outlives_parent=True,
)

TYPES = (WORKSPACE, DIAGNOSTIC_SETTING)
