# ruff: noqa: S106 - a token is the name of a type
"""Where resources tell what they do: Log Analytics workspaces, and the diagnostic settings that send there.

https://learn.microsoft.com/azure/azure-monitor/logs/delete-workspace
"""

from sandbox.azure.bodies import Body, at
from sandbox.azure.model import Computed, Durations, NameRule, ResourceType, SoftDelete, Write

from .common import ARM_NAMES, MEASURED, SYSTEM_DATA, UNVERIFIED_CODE, drawn_guid, iso, refuse, rule
from .diagnostic_settings import DIAGNOSTIC_SETTING

_WORKSPACE = (
    "/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}/providers/Microsoft.OperationalInsights"
    "/workspaces/{workspaceName}"
)
_DELETE = "https://learn.microsoft.com/azure/azure-monitor/logs/delete-workspace"
_RETENTION = "https://learn.microsoft.com/azure/azure-monitor/logs/data-retention-configure"
_SKUS = ("PerGB2018", "CapacityReservation", "LACluster", "Standalone", "PerNode", "Free")


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


TYPES = (WORKSPACE, DIAGNOSTIC_SETTING)
