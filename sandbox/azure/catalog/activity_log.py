# ruff: noqa: S106 - a token is the name of a type
"""Diagnostic settings of a subscription: where its activity log goes.

https://learn.microsoft.com/azure/azure-monitor/platform/activity-log
"""

from sandbox.azure import arm_ids
from sandbox.azure.bodies import objects_at
from sandbox.azure.model import Durations, NameRule, Reference, ResourceType, Write

from .common import ARM_NAMES, ESTIMATE, SYSTEM_DATA, refuse, rule

_LOG = "https://learn.microsoft.com/azure/azure-monitor/platform/activity-log"
_SETTINGS = "https://learn.microsoft.com/azure/azure-monitor/platform/diagnostic-settings"
_SINKS = ("workspaceId", "storageAccountId", "eventHubAuthorizationRuleId", "marketplacePartnerId")
# https://learn.microsoft.com/azure/azure-monitor/platform/activity-log-schema#categories
CATEGORIES = frozenset(
    {"Administrative", "Security", "ServiceHealth", "Alert", "Recommendation", "Policy", "Autoscale", "ResourceHealth"}
)
_MOST = 5


@rule("BadRequest", _SETTINGS)
def _setting_is_sound(write: Write) -> None:
    logs = objects_at(write.body, "logs")
    refuse(
        not any(write.body.get(sink) for sink in _SINKS),
        400,
        "BadRequest",
        "At least one data sink needs to be specified.",
    )
    refuse(
        not any(item.get("enabled") for item in logs),
        400,
        "BadRequest",
        f"Diagnostic setting {write.name} enables no category.",
    )
    for item in logs:
        category, group = item.get("category"), item.get("categoryGroup")
        refuse(
            (category is not None and category not in CATEGORIES) or (group is not None and group != "allLogs"),
            400,
            "BadRequest",
            f"Category '{category or group}' is not supported.",
        )


def _enabled(body: dict[str, object]) -> set[str]:
    on = [item for item in objects_at(body, "logs") if item.get("enabled")]
    return set(CATEGORIES) if any(item.get("categoryGroup") for item in on) else {str(it["category"]) for it in on}


@rule(("Conflict", "BadRequest"), _SETTINGS + "#limitations")
def _sinks_are_not_shared(write: Write) -> None:
    siblings = [
        other
        for other in write.world.children(write.parent, write.kind.token)
        if arm_ids.key(other.arm_id) != arm_ids.key(write.arm_id)
    ]
    refuse(
        len(siblings) >= _MOST,
        400,
        "BadRequest",
        f"Subscription {write.subscription} has {_MOST} diagnostic settings, which is the most.",
    )
    for other in siblings:
        shared = _enabled(write.body) & _enabled(other.inputs)
        for sink in _SINKS:
            same = write.body.get(sink) and str(write.body[sink]).lower() == str(other.inputs.get(sink)).lower()
            refuse(
                same and shared,
                409,
                "Conflict",
                f"Data sink '{write.body.get(sink)}' is already used in diagnostic setting '{other.name}' for category "
                f"'{', '.join(sorted(shared))}'. Data sinks can't be reused in different settings on the same category "
                "for the same resource.",
            )


SUBSCRIPTION_DIAGNOSTIC_SETTING = ResourceType(
    token="monitor:SubscriptionDiagnosticSetting",
    path="/subscriptions/{subscriptionId}/providers/Microsoft.Insights/diagnosticSettings/{name}",
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
    computed={"systemData": SYSTEM_DATA},
    references=(
        Reference(
            path="workspaceId",
            tokens=("operationalinsights:Workspace",),
            code="ResourceNotFound",
            status=404,
            message="The Resource '{id}' was not found. For more details please go to "
            "https://aka.ms/ARMResourceNotFoundFix",
            source=_LOG,
        ),
    ),
    rules=(_setting_is_sound, _sinks_are_not_shared),
    provisioning_state="",
)

TYPES = (SUBSCRIPTION_DIAGNOSTIC_SETTING,)
