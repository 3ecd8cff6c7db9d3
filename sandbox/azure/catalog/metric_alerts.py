# ruff: noqa: S106 - a token is the name of a type
"""Alert rules on metrics.

https://learn.microsoft.com/azure/azure-monitor/alerts/alerts-create-metric-alert-rule
"""

from collections.abc import Iterator
from typing import Final

from sandbox.azure import arm_ids
from sandbox.azure.bodies import Body, at, objects_at
from sandbox.azure.errors import NotModelledError
from sandbox.azure.model import Computed, Durations, NameRule, Record, ResourceType, Write

from . import alert_checks
from .alert_checks import CODE, LIMITS, minutes, scopes_of
from .common import ARM_NAMES, ESTIMATE, UNVERIFIED_CODE, iso, refuse, rule
from .metrics import METRICS, Metric

_TIMES = "https://github.com/hashicorp/terraform-provider-azurerm/blob/main/website/docs/r/monitor_metric_alert.html.markdown"
_MANY = "https://learn.microsoft.com/azure/azure-monitor/alerts/resource-manager-alerts-metric"
_FREQUENCIES: Final = ("PT1M", "PT5M", "PT15M", "PT30M", "PT1H")
_WINDOWS: Final = (*_FREQUENCIES, "PT6H", "PT12H", "P1D")
_PREFIX: Final = "Microsoft.Azure.Monitor."
_SINGLE, _MULTIPLE = (f"{_PREFIX}{kind}ResourceMultipleMetricCriteria" for kind in ("Single", "Multiple"))
_OPERATORS: Final = ("Equals", "GreaterThan", "GreaterThanOrEqual", "LessThan", "LessThanOrEqual")
_DYNAMIC: Final = ("GreaterThan", "LessThan", "GreaterOrLessThan")


def _criteria(write: Write) -> list[Body]:
    return objects_at(write.body, "criteria.allOf")


@rule(CODE, UNVERIFIED_CODE + ": " + _TIMES)
def _times_are_allowed(write: Write) -> None:
    window = minutes(at(write.body, "windowSize"), "windowSize", _WINDOWS, write)
    frequency = minutes(at(write.body, "evaluationFrequency"), "evaluationFrequency", _FREQUENCIES, write)
    refuse(frequency > window, 400, CODE, f"The evaluationFrequency of {write.name} is longer than its windowSize.")


@rule(CODE, UNVERIFIED_CODE + ": " + LIMITS)
def _values_are_in_limits(write: Write) -> None:
    alert_checks.severity_is_known(write)
    alert_checks.description_fits(write, 2048)


@rule(CODE, "https://github.com/Azure/azure-powershell/issues/11102")
def _tells_groups_that_exist(write: Write) -> None:
    groups = [item["actionGroupId"] for item in objects_at(write.body, "actions") if item.get("actionGroupId")]
    alert_checks.action_groups_exist(write, groups)


@rule((CODE, "ResourceNotFound"), UNVERIFIED_CODE + ": " + _MANY)
def _scopes_fit_the_criteria(write: Write) -> None:
    kind = at(write.body, "criteria.odataType")
    if kind == f"{_PREFIX}WebtestLocationAvailabilityCriteria":
        raise NotModelledError("monitor:MetricAlert on a web test: the stand-in has no web tests")
    refuse(kind not in (_SINGLE, _MULTIPLE), 400, CODE, f"The criteria of {write.name} are of no known odata.type.")
    records = scopes_of(write)
    refuse(not records, 400, CODE, f"{write.name} has no scope.")
    refuse(
        kind == _SINGLE and len(records) > 1,
        400,
        CODE,
        f"{write.name} has {len(records)} scopes; criteria of a single resource take one.",
    )
    missing = [name for name in ("targetResourceType", "targetResourceRegion") if not at(write.body, name)]
    refuse(kind == _MULTIPLE and missing, 400, CODE, f"{write.name} on several resources needs {', '.join(missing)}.")


@rule(CODE, UNVERIFIED_CODE + ": " + _MANY)
def _criteria_are_sound(write: Write) -> None:
    criteria = _criteria(write)
    refuse(not 1 <= len(criteria) <= 5, 400, CODE, f"{write.name} has {len(criteria)} criteria; 1 to 5 are allowed.")
    names = [item.get("name") for item in criteria]
    refuse(len({*names}) < len(names), 400, CODE, f"Two criteria of {write.name} have the same name.")
    for item in criteria:
        dynamic = item.get("criterionType") == "DynamicThresholdCriterion"
        refuse(
            dynamic and len(criteria) > 1,
            400,
            CODE,
            f"{write.name} has several criteria: none can have a dynamic threshold.",
        )
        operators = _DYNAMIC if dynamic else _OPERATORS
        refuse(
            item.get("operator") not in operators,
            400,
            CODE,
            f"The operator '{item.get('operator')}' of {write.name} is none of {', '.join(operators)}.",
        )
        values = [value for found in objects_at(item, "dimensions") for value in [found.get("values") or []]]
        refuse(
            len(criteria) > 1 and any(len(found) != 1 or "*" in found for found in values),
            400,
            CODE,
            f"{write.name} has several criteria: each of their dimensions takes one value, and not '*'.",
        )


def _checked(write: Write) -> Iterator[tuple[Record, Body]]:
    """Each scope with each criterion that is validated."""
    for record in scopes_of(write):
        for item in _criteria(write):
            if not item.get("skipMetricValidation"):
                yield record, item


def _metric(record: Record, item: Body) -> Metric:
    """The metric of a criterion; what Azure answers when the resource has none of that name."""
    table = METRICS.get(record.token)
    if table is None:
        raise NotModelledError(
            f"the stand-in does not know the metrics of {record.token}: add them to sandbox/azure/catalog/metrics.py"
        )
    namespace, name = str(item.get("metricNamespace") or table.name), str(item.get("metricName"))
    refuse(
        namespace.lower() != table.name.lower(),
        400,
        CODE,
        f"Detect invalid value: {namespace} for query parameter: 'metricnamespace', the value must be: {table.name}",
    )
    refuse(name not in table.metrics, 400, CODE, f"Couldn't find a metric named {name}. Make sure the name is correct.")
    return table.metrics[name]


@rule(
    CODE,
    "https://github.com/hashicorp/terraform-provider-azurerm/issues/22210, "
    "https://github.com/hashicorp/terraform-provider-azurerm/issues/8851 and "
    "https://github.com/hashicorp/terraform-provider-azurerm/issues/6200",
)
def _metrics_exist(write: Write) -> None:
    for record, item in _checked(write):
        aggregations = _metric(record, item).aggregations
        refuse(
            item.get("timeAggregation") not in aggregations,
            400,
            CODE,
            f"Time aggregation must be one of [{', '.join(aggregations)}].",
        )


@rule(CODE, UNVERIFIED_CODE + ": https://learn.microsoft.com/azure/azure-monitor/reference/metrics-index")
def _dimensions_exist(write: Write) -> None:
    for record, item in _checked(write):
        dimensions = _metric(record, item).dimensions
        for found in objects_at(item, "dimensions"):
            refuse(
                found.get("name") not in dimensions,
                400,
                CODE,
                f"Metric {item.get('metricName')} has no dimension {found.get('name')}; it has "
                f"[{', '.join(dimensions)}].",
            )
            refuse(
                found.get("operator") not in ("Include", "Exclude") or not found.get("values"),
                400,
                CODE,
                f"Dimension {found.get('name')} of {write.name} needs values, with the operator Include or Exclude.",
            )


def _target_type(write: Write) -> str:
    scopes: list[str] = at(write.body, "scopes") or [""]
    return str(at(write.body, "targetResourceType") or arm_ids.arm_type(str(scopes[0])))


METRIC_ALERT = ResourceType(
    token="monitor:MetricAlert",
    path="/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}/providers/Microsoft.Insights/metricAlerts"
    "/{ruleName}",
    name=NameRule(
        pattern=r"[^*#&+:<>?@%{}\\/]*[^*#&+:<>?@%{}\\/. ]",
        least=1,
        most=260,
        code=CODE,
        allowed="1 to 260 characters, none of * # & + : < > ? @ % { } \\ /, no blank or full stop last",
        source=ARM_NAMES + " (the code is unverified)",
    ),
    durations=Durations(create=6, update=6, delete=6, source=ESTIMATE),
    source="https://learn.microsoft.com/azure/templates/microsoft.insights/2018-03-01/metricalerts",
    location="global",
    replace_on=("location",),
    defaults={"autoMitigate": True},
    computed={
        "targetResourceType": Computed(_target_type, keep=False),
        "lastUpdatedTime": Computed(lambda write: iso(write.now), keep=False),
        "isMigrated": Computed(lambda _: False),
    },
    rules=(
        _times_are_allowed,
        _values_are_in_limits,
        _scopes_fit_the_criteria,
        _criteria_are_sound,
        _metrics_exist,
        _dimensions_exist,
        _tells_groups_that_exist,
    ),
    provisioning_state="",
)
