# ruff: noqa: S106 - a token is the name of a type
"""Action groups, and alert rules on the activity log; those on metrics and logs are in modules of their own.

https://learn.microsoft.com/azure/azure-monitor/alerts/action-groups and
https://learn.microsoft.com/azure/azure-monitor/alerts/alerts-create-activity-log-alert-rule
"""

import re
from collections.abc import Iterator
from typing import Any, Final

from sandbox.azure import arm_ids
from sandbox.azure.bodies import Body, at, objects_at
from sandbox.azure.model import Computed, Durations, NameRule, Quota, ResourceType, Write

from . import alert_checks
from .alert_checks import CODE, LIMITS
from .common import ARM_NAMES, ESTIMATE, SYSTEM_DATA, UNVERIFIED_CODE, refuse, rule
from .metric_alerts import METRIC_ALERT
from .query_rules import SCHEDULED_QUERY_RULE

_INSIGHTS = "/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}/providers/Microsoft.Insights"
_ACTION_LIMITS = "https://learn.microsoft.com/azure/azure-monitor/service-limits#action-groups"
_ACTIVITY = "https://learn.microsoft.com/azure/azure-monitor/alerts/alerts-create-activity-log-alert-rule"
# How many receivers of each kind a group may have.
_MOST_RECEIVERS: Final = {
    "emailReceivers": 1000,
    "armRoleReceivers": 10,
    "automationRunbookReceivers": 10,
    "azureAppPushReceivers": 10,
    "azureFunctionReceivers": 10,
    "eventHubReceivers": 10,
    "itsmReceivers": 10,
    "logicAppReceivers": 10,
    "smsReceivers": 10,
    "voiceReceivers": 10,
    "webhookReceivers": 10,
}
_CATEGORIES: Final = (
    "Administrative",
    "Alert",
    "Autoscale",
    "Policy",
    "Recommendation",
    "ResourceHealth",
    "Security",
    "ServiceHealth",
)


@rule("GroupShortNameIsTooLong", "https://github.com/Azure/bellhop/issues/72")
def _short_name_is_short(write: Write) -> None:
    name = str(at(write.body, "groupShortName"))
    refuse(
        not 1 <= len(name) <= 12,
        400,
        "GroupShortNameIsTooLong",
        f"The action group short name '{name}' is too long. Please specify a short name with '12' or less characters",
    )


def _receivers(write: Write) -> Iterator[Body]:
    for kind in _MOST_RECEIVERS:
        yield from objects_at(write.body, kind)


@rule(CODE, UNVERIFIED_CODE + ": " + _ACTION_LIMITS)
def _receivers_are_sound(write: Write) -> None:
    for kind, most in _MOST_RECEIVERS.items():
        count = len(objects_at(write.body, kind))
        refuse(count > most, 400, CODE, f"Action group {write.name} has {count} {kind}; {most} are allowed.")
    names = [str(item.get("name")).lower() for item in _receivers(write)]
    refuse(len({*names}) < len(names), 400, CODE, f"Two receivers of action group {write.name} have the same name.")
    for item in objects_at(write.body, "emailReceivers"):
        address = str(item.get("emailAddress"))
        refuse(
            not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", address) or len(address) > 64,
            400,
            CODE,
            f"The email address '{address}' of action group {write.name} is none, or longer than 64 characters.",
        )


def _mails(write: Write) -> list[Body]:
    return [
        {"useCommonAlertSchema": False, **item, "status": "Enabled"}
        for item in objects_at(write.body, "emailReceivers")
    ]


# Azure also offers some regions, for who must keep the data of notifications there: not modelled.
ACTION_GROUP = ResourceType(
    token="monitor:ActionGroup",
    path=_INSIGHTS + "/actionGroups/{actionGroupName}",
    name=NameRule(
        pattern=r"[^:<>+/&%\\?|]*[^:<>+/&%\\?|. ]",
        least=1,
        most=260,
        code=CODE,
        allowed="1 to 260 characters, none of : < > + / & % \\ ? |, no blank or full stop last",
        source=ARM_NAMES + " (the code is unverified)",
    ),
    durations=Durations(create=6, update=6, delete=6, source=ESTIMATE),
    source="https://learn.microsoft.com/azure/templates/microsoft.insights/2024-10-01-preview/actiongroups",
    location="global",
    replace_on=("location",),
    defaults={kind: [] for kind in _MOST_RECEIVERS},
    computed={"emailReceivers": Computed(_mails, keep=False), "systemData": SYSTEM_DATA},
    rules=(_short_name_is_short, _receivers_are_sound),
    provisioning_state="",
)


@rule((CODE, "ResourceNotFound"), UNVERIFIED_CODE + ": " + _ACTIVITY)
def _scopes_are_of_one_subscription(write: Write) -> None:
    scopes: list[Any] = at(write.body, "scopes") or []
    refuse(not scopes, 400, CODE, f"{write.name} has no scope.")
    subscriptions = {arm_ids.subscription(str(scope)).lower() for scope in scopes}
    refuse(
        subscriptions != {write.subscription.lower()},
        400,
        CODE,
        f"The scopes of {write.name} are not all in its own subscription.",
    )
    for scope in scopes:
        inner = arm_ids.key(str(scope)).count("/") > 2
        missing = inner and write.world.find(str(scope)) is None
        refuse(missing, 404, "ResourceNotFound", f"The Resource '{scope}' was not found.")


@rule(CODE, UNVERIFIED_CODE + ": " + _ACTIVITY)
def _condition_names_a_category(write: Write) -> None:
    leaves = objects_at(write.body, "condition.allOf")
    found = [item.get("equals") for item in leaves if str(item.get("field")).lower() == "category"]
    refuse(
        len(found) != 1 or found[0] not in _CATEGORIES,
        400,
        CODE,
        f"The condition of {write.name} needs the field category once, of {', '.join(_CATEGORIES)}.",
    )


@rule(CODE, "https://github.com/Azure/azure-powershell/issues/11102")
def _tells_groups_that_exist(write: Write) -> None:
    groups = [item.get("actionGroupId") for item in objects_at(write.body, "actions.actionGroups")]
    alert_checks.action_groups_exist(write, groups)
    alert_checks.description_fits(write, 2048)


ACTIVITY_LOG_ALERT = ResourceType(
    token="monitor:ActivityLogAlert",
    path=_INSIGHTS + "/activityLogAlerts/{activityLogAlertName}",
    name=NameRule(
        pattern=r"[^*#&+:<>?@%{}\\/]*[^*#&+:<>?@%{}\\/. ]",
        least=1,
        most=260,
        code=CODE,
        allowed="1 to 260 characters, none of * # & + : < > ? @ % { } \\ /, no blank or full stop last",
        source=ARM_NAMES + " (the code is unverified)",
    ),
    durations=Durations(create=6, update=6, delete=6, source=ESTIMATE),
    source="https://learn.microsoft.com/azure/templates/microsoft.insights/2020-10-01/activitylogalerts",
    location="global",
    replace_on=("location",),
    defaults={"enabled": True},
    quota=Quota(
        limit=100,
        code="QuotaExceeded",
        message="The subscription '{subscription}' cannot have more than {limit} activity log alerts.",
        source=LIMITS + " (the code is unverified)",
    ),
    rules=(_scopes_are_of_one_subscription, _condition_names_a_category, _tells_groups_that_exist),
    provisioning_state="",
)

TYPES = (ACTION_GROUP, METRIC_ALERT, SCHEDULED_QUERY_RULE, ACTIVITY_LOG_ALERT)
