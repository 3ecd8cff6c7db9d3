# ruff: noqa: S106 - a token is the name of a type
"""Alert rules on logs: scheduled query rules.

https://learn.microsoft.com/azure/azure-monitor/alerts/alerts-create-log-alert-rule
"""

import re
from typing import Final

from sandbox.azure.bodies import Body, at, objects_at
from sandbox.azure.model import Computed, Durations, NameRule, ResourceType, Write

from . import alert_checks
from .alert_checks import CODE, LIMITS, minutes, scopes_of
from .common import ESTIMATE, SYSTEM_DATA, UNVERIFIED_CODE, etag, refuse, rule
from .log_tables import tables_of

_TIMES = (
    "https://github.com/hashicorp/terraform-provider-azurerm/blob/main/website/docs/r"
    "/monitor_scheduled_query_rules_alert_v2.html.markdown"
)
_RULES = "https://learn.microsoft.com/azure/azure-monitor/alerts/alerts-create-log-alert-rule"
_HOURS: Final = ("PT1H", "PT2H", "PT3H", "PT4H", "PT5H", "PT6H")
_FREQUENCIES: Final = ("PT1M", "PT5M", "PT10M", "PT15M", "PT30M", "PT45M", *_HOURS, "P1D")
_WINDOWS: Final = (*_FREQUENCIES, "P2D")
_OPERATORS: Final = ("Equals", "GreaterThan", "GreaterThanOrEqual", "LessThan", "LessThanOrEqual")
_AGGREGATIONS: Final = ("Average", "Count", "Maximum", "Minimum", "Total")
_STATEFUL_MINUTES: Final = 12 * 60
_MOST_BYTES: Final = 64 * 1024


def _conditions(write: Write) -> list[Body]:
    return objects_at(write.body, "criteria.allOf")


@rule(CODE, UNVERIFIED_CODE + ": " + _RULES)
def _is_complete(write: Write) -> None:
    refuse(
        at(write.body, "kind") not in (None, "LogAlert", "SimpleLogAlert", "LogToMetric"),
        400,
        CODE,
        f"The kind '{at(write.body, 'kind')}' of {write.name} is none of LogAlert, SimpleLogAlert, LogToMetric.",
    )
    needed = ("severity", "scopes", "evaluationFrequency", "windowSize", "criteria")
    missing = [name for name in needed if at(write.body, name) in (None, [])]
    refuse(missing, 400, CODE, f"A rule on logs needs {', '.join(missing)}.")
    scopes = scopes_of(write)
    refuse(len(scopes) > 1, 400, CODE, f"{write.name} has {len(scopes)} scopes; one is allowed.")
    conditions = _conditions(write)
    refuse(len(conditions) != 1, 400, CODE, f"{write.name} has {len(conditions)} conditions; it needs one.")
    refuse(not str(conditions[0].get("query") or "").strip(), 400, CODE, f"The condition of {write.name} has no query.")


@rule(CODE, UNVERIFIED_CODE + ": " + _TIMES)
def _times_are_allowed(write: Write) -> None:
    window = minutes(at(write.body, "windowSize"), "windowSize", _WINDOWS, write)
    frequency = minutes(at(write.body, "evaluationFrequency"), "evaluationFrequency", _FREQUENCIES, write)
    periods = [item.get("failingPeriods") or {} for item in _conditions(write)]
    number = max(int(item.get("numberOfEvaluationPeriods") or 1) for item in periods)
    least = max(int(item.get("minFailingPeriodsToAlert") or 1) for item in periods)
    refuse(
        not 1 <= least <= number <= 6,
        400,
        CODE,
        f"{write.name} tells after {least} of {number} periods; allowed are 1 to 6, the first not above the second.",
    )
    refuse(
        frequency > window * number,
        400,
        CODE,
        f"The evaluationFrequency of {write.name} is longer than what its query looks back on.",
    )
    stateful = at(write.body, "autoMitigate") is not False
    refuse(
        stateful and frequency > _STATEFUL_MINUTES,
        400,
        CODE,
        f"{write.name} resolves by itself (autoMitigate): its evaluationFrequency must not be above 12 hours.",
    )
    refuse(
        stateful and at(write.body, "muteActionsDuration"),
        400,
        CODE,
        f"{write.name} cannot both resolve by itself (autoMitigate) and mute its actions.",
    )


@rule(CODE, UNVERIFIED_CODE + ": " + _TIMES)
def _conditions_are_sound(write: Write) -> None:
    for item in _conditions(write):
        aggregation, column = item.get("timeAggregation"), item.get("metricMeasureColumn")
        refuse(
            aggregation not in _AGGREGATIONS or item.get("operator") not in _OPERATORS or item.get("threshold") is None,
            400,
            CODE,
            f"The condition of {write.name} needs a timeAggregation of {', '.join(_AGGREGATIONS)}, an operator of "
            f"{', '.join(_OPERATORS)} and a threshold.",
        )
        refuse(
            (aggregation == "Count") == bool(column),
            400,
            CODE,
            f"The condition of {write.name} aggregates by {aggregation}: Count takes no metricMeasureColumn, every "
            "other needs one.",
        )
        dimensions = objects_at(item, "dimensions")
        refuse(len(dimensions) > 6, 400, CODE, f"{write.name} has {len(dimensions)} dimensions; six are allowed.")
        refuse(
            any(found.get("operator") not in ("Include", "Exclude") or not found.get("values") for found in dimensions),
            400,
            CODE,
            f"Each dimension of {write.name} needs values, with the operator Include or Exclude.",
        )


@rule(CODE, "https://github.com/CDCgov/prime-reportstream/issues/11773")
def _query_reads_a_table(write: Write) -> None:
    """Validation resolves the names of a query; skipped, Azure takes any."""
    if at(write.body, "skipQueryValidation"):
        return
    tables = {table for record in scopes_of(write) for table in tables_of(record, write.world)}
    for item in _conditions(write):
        names = re.findall(r"[A-Za-z_]\w*", str(item.get("query")))
        refuse(
            not tables & set(names),
            400,
            CODE,
            f"The request had some invalid properties: A semantic error occurred. SEM0100: 'where' operator: Failed to "
            f"resolve table or column expression named '{next(iter(names), '')}'",
        )


@rule(CODE, "https://github.com/Azure/azure-powershell/issues/11102")
def _tells_groups_that_exist(write: Write) -> None:
    alert_checks.action_groups_exist(write, at(write.body, "actions.actionGroups") or [])


@rule(CODE, UNVERIFIED_CODE + ": " + LIMITS)
def _values_are_in_limits(write: Write) -> None:
    alert_checks.severity_is_known(write)
    alert_checks.description_fits(write, 4096)
    size = len(str(write.body).encode())
    refuse(size > _MOST_BYTES, 400, CODE, f"{write.name} has {size} bytes of properties; 64 KB are allowed.")


SCHEDULED_QUERY_RULE = ResourceType(
    token="monitor:ScheduledQueryRule",
    path="/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}/providers/Microsoft.Insights"
    "/scheduledQueryRules/{ruleName}",
    name=NameRule(
        pattern=r"[^#<>%&:\\?/{}*]+",
        least=1,
        most=260,
        code=CODE,
        allowed="1 to 260 characters, none of # < > % & : \\ ? / { } *",
        source="https://learn.microsoft.com/azure/templates/microsoft.insights/2025-01-01-preview/scheduledqueryrules",
    ),
    durations=Durations(create=6, update=6, delete=6, source=ESTIMATE),
    source="https://learn.microsoft.com/azure/templates/microsoft.insights/2025-01-01-preview/scheduledqueryrules",
    replace_on=("location",),
    defaults={
        "autoMitigate": True,
        "checkWorkspaceAlertsStorageConfigured": False,
        "enabled": True,
        "kind": "LogAlert",
        "skipQueryValidation": False,
    },
    computed={
        "createdWithApiVersion": Computed(lambda _: "2025-01-01-preview"),
        "etag": etag(),
        "isLegacyLogAnalyticsRule": Computed(lambda _: False),
        "isWorkspaceAlertsStorageConfigured": Computed(lambda _: False),
        "systemData": SYSTEM_DATA,
    },
    rules=(
        _is_complete,
        _values_are_in_limits,
        _times_are_allowed,
        _conditions_are_sound,
        _query_reads_a_table,
        _tells_groups_that_exist,
    ),
    provisioning_state="",
)
