"""Action groups, and alert rules on metrics and on the activity log, refuse what Azure refuses."""

import pytest

from sandbox.azure.catalog.metrics import METRICS
from tests.sandbox.azure.alert_inputs import ACTION_GROUP, MAIL, NOWHERE, Inputs, action_group, dimension, without_none
from tests.sandbox.azure.cloud import GROUP, SUBSCRIPTION, Cloud, Live

ACTIVITY, METRIC = "monitor:ActivityLogAlert", "monitor:MetricAlert"
SINGLE = "Microsoft.Azure.Monitor.SingleResourceMultipleMetricCriteria"
MULTIPLE = "Microsoft.Azure.Monitor.MultipleResourceMultipleMetricCriteria"


# Action groups --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "code", "says"),
    [
        ({"groupShortName": "thirteen-long"}, "GroupShortNameIsTooLong", "'12' or less characters"),
        ({"emailReceivers": [MAIL, MAIL]}, "BadRequest", "the same name"),
        ({"emailReceivers": [{**MAIL, "emailAddress": "nobody"}]}, "BadRequest", "'nobody'"),
        ({"emailReceivers": [{**MAIL, "emailAddress": f"{'x' * 60}@example.com"}]}, "BadRequest", "64 characters"),
        ({"emailReceivers": [{**MAIL, "name": str(n)} for n in range(1001)]}, "BadRequest", "1000 are allowed"),
        ({"actionGroupName": "ag/test?"}, "", "no type for the id"),
        ({"actionGroupName": "ag:test"}, "BadRequest", "is invalid"),
        ({"location": "westeurope"}, "LocationNotAvailableForResourceType", "'global'"),
    ],
)
def test_an_action_group_refuses(grounds: Cloud, change: Inputs, code: str, says: str) -> None:
    told = grounds.refused(ACTION_GROUP, "a", **action_group(**change))
    assert says in told
    assert not code or f'Code="{code}"' in told


def test_an_action_groups_mails_are_enabled_by_azure(grounds: Cloud) -> None:
    made = grounds.create(ACTION_GROUP, "a", **action_group())
    assert made.outputs["emailReceivers"] == [{**MAIL, "status": "Enabled"}]
    assert made.outputs["location"] == "global"


# Rules on metrics -----------------------------------------------------------------------------------------------------


@pytest.fixture
def group(grounds: Cloud) -> Live:
    return grounds.create(ACTION_GROUP, "ag", **action_group())


def criterion(**more: object) -> Inputs:
    return without_none(
        {
            "name": "condition-1",
            "criterionType": "StaticThresholdCriterion",
            "metricNamespace": "Microsoft.App/containerApps",
            "metricName": "Requests",
            "timeAggregation": "Total",
            "operator": "GreaterThan",
            "threshold": 5,
            **more,
        }
    )


def metric_alert(target: Live, group: Live, *criteria: Inputs, **more: object) -> Inputs:
    return without_none(
        {
            "resourceGroupName": GROUP,
            "ruleName": "alert-test",
            "location": "global",
            "severity": 2,
            "enabled": True,
            "scopes": [target.id],
            "evaluationFrequency": "PT5M",
            "windowSize": "PT15M",
            "criteria": {"odataType": SINGLE, "allOf": list(criteria) or [criterion()]},
            "actions": [{"actionGroupId": group.id}],
            **more,
        }
    )


@pytest.fixture
def app(grounds: Cloud) -> Live:
    return grounds.app(grounds.environment())


@pytest.mark.parametrize(
    ("criteria", "says"),
    [
        ([criterion(metricName="Restarts")], "Couldn't find a metric named Restarts"),
        ([criterion(timeAggregation="Count")], "Time aggregation must be one of [Average, Total, Maximum, Minimum]"),
        ([criterion(metricNamespace="Microsoft.Web/sites")], "the value must be: Microsoft.App/containerapps"),
        ([criterion(dimensions=[dimension("5xx", name="Entity")])], "has no dimension Entity"),
        ([criterion(dimensions=[dimension("5xx", operator="Is")])], "with the operator Include or Exclude"),
        ([criterion(dimensions=[dimension()])], "needs values"),
        ([criterion(operator="About")], "is none of Equals"),
        ([criterion(), criterion()], "the same name"),
        ([criterion(name=str(n)) for n in range(6)], "1 to 5 are allowed"),
        ([criterion(), criterion(name="b", dimensions=[dimension("*")])], "takes one value"),
        ([criterion(), criterion(name="b", dimensions=[dimension("4xx", "5xx")])], "takes one value"),
    ],
)
def test_criteria_name_what_the_resource_emits(
    grounds: Cloud, app: Live, group: Live, criteria: list[Inputs], says: str
) -> None:
    """A wrong metric would else be an alert that never fires."""
    told = grounds.refused(METRIC, "m", **metric_alert(app, group, *criteria))
    assert 'Status=400 Code="BadRequest"' in told
    assert says in told


def test_criteria_of_the_resources_own_metrics_are_taken(grounds: Cloud, app: Live, group: Live) -> None:
    both = [criterion(dimensions=[dimension("5xx")]), criterion(name="b", metricName="Replicas")]
    made = grounds.create(METRIC, "m", **metric_alert(app, group, *both))
    assert made.outputs["targetResourceType"] == "Microsoft.App/containerApps"
    assert made.outputs["autoMitigate"] is True


def test_a_metric_to_come_is_taken_when_its_validation_is_skipped(grounds: Cloud, app: Live, group: Live) -> None:
    custom = criterion(metricNamespace="own", metricName="lag", skipMetricValidation=True)
    grounds.create(METRIC, "m", **metric_alert(app, group, custom))


def test_metrics_of_a_type_that_is_not_known_are_not_made_up(grounds: Cloud, group: Live) -> None:
    told = grounds.refused(METRIC, "m", **metric_alert(grounds.network(), group))
    assert "does not know the metrics of network:VirtualNetwork" in told


@pytest.mark.parametrize(
    ("change", "code", "says"),
    [
        ({"windowSize": "PT10M"}, "BadRequest", "windowSize 'PT10M'"),
        ({"evaluationFrequency": "PT2M"}, "BadRequest", "evaluationFrequency 'PT2M'"),
        ({"evaluationFrequency": "PT1H"}, "BadRequest", "longer than its windowSize"),
        ({"severity": 5}, "BadRequest", "outside 0 to 4"),
        ({"description": "x" * 2049}, "BadRequest", "2048 are allowed"),
        ({"actions": [{"actionGroupId": NOWHERE}]}, "BadRequest", f"Arm resource {NOWHERE} is invalid"),
        ({"scopes": []}, "BadRequest", "has no scope"),
        ({"scopes": [NOWHERE]}, "ResourceNotFound", "was not found"),
        ({"criteria": {"odataType": "Other", "allOf": [criterion()]}}, "BadRequest", "no known odata.type"),
        ({"criteria": {"odataType": MULTIPLE, "allOf": [criterion()]}}, "BadRequest", "needs targetResourceType"),
        ({"location": "westeurope"}, "LocationNotAvailableForResourceType", "'global'"),
        ({"ruleName": "alert?"}, "BadRequest", "is invalid"),
    ],
)
def test_a_rule_on_metrics_refuses(
    grounds: Cloud, app: Live, group: Live, change: Inputs, code: str, says: str
) -> None:
    told = grounds.refused(METRIC, "m", **metric_alert(app, group, **change))
    assert f'Code="{code}"' in told
    assert says in told


def test_a_single_resources_rule_has_one_scope(grounds: Cloud, group: Live) -> None:
    environment = grounds.environment()
    one, two = grounds.app(environment, "one"), grounds.app(environment, "two")
    both = metric_alert(one, group, scopes=[one.id, two.id])
    assert "take one" in grounds.refused(METRIC, "m", **both)
    several = {
        "criteria": {"odataType": MULTIPLE, "allOf": [criterion()]},
        "targetResourceType": "Microsoft.App/containerApps",
        "targetResourceRegion": "westeurope",
    }
    grounds.create(METRIC, "m", **{**both, **several})


def test_a_dynamic_threshold_stands_alone(grounds: Cloud, app: Live, group: Live) -> None:
    periods = {"numberOfEvaluationPeriods": 4, "minFailingPeriodsToAlert": 3}
    dynamic = criterion(
        criterionType="DynamicThresholdCriterion",
        operator="GreaterOrLessThan",
        threshold=None,
        alertSensitivity="Low",
        failingPeriods=periods,
    )
    several = {"targetResourceType": "Microsoft.App/containerApps", "targetResourceRegion": "westeurope"}

    def rule(*criteria: Inputs) -> Inputs:
        return metric_alert(app, group, **several, criteria={"odataType": MULTIPLE, "allOf": list(criteria)})

    told = grounds.refused(METRIC, "m", **rule(dynamic, criterion(name="b")))
    assert "none can have a dynamic threshold" in told
    grounds.create(METRIC, "m", **rule(dynamic))


@pytest.mark.parametrize("token", METRICS)
def test_every_metric_of_the_table_has_aggregations_and_the_page_it_is_from(token: str) -> None:
    """A row without aggregations would refuse every alert on its metrics."""
    table = METRICS[token]
    assert table.source.startswith("https://learn.microsoft.com/azure/azure-monitor/reference/supported-metrics/")
    assert table.metrics
    for name, metric in table.metrics.items():
        assert set(metric.aggregations) <= {"Average", "Count", "Maximum", "Minimum", "Total"}, name
        assert metric.aggregations, name


# Rules on the activity log --------------------------------------------------------------------------------------------


def activity(group: Live, **more: object) -> Inputs:
    return {
        "resourceGroupName": GROUP,
        "activityLogAlertName": "actalert-test",
        "location": "global",
        "scopes": [f"/subscriptions/{SUBSCRIPTION}"],
        "condition": {"allOf": [{"field": "category", "equals": "ServiceHealth"}]},
        "actions": {"actionGroups": [{"actionGroupId": group.id}]},
        **more,
    }


ELSEWHERE = "/subscriptions/99999999-2222-4333-8444-555555555555"


@pytest.mark.parametrize(
    ("change", "code", "says"),
    [
        ({"scopes": []}, "BadRequest", "has no scope"),
        ({"scopes": [ELSEWHERE]}, "BadRequest", "not all in its own subscription"),
        ({"scopes": [f"/subscriptions/{SUBSCRIPTION}/resourceGroups/none"]}, "ResourceNotFound", "was not found"),
        ({"condition": {"allOf": [{"field": "level", "equals": "Error"}]}}, "BadRequest", "field category once"),
        ({"condition": {"allOf": [{"field": "category", "equals": "Weather"}]}}, "BadRequest", "field category once"),
        ({"actions": {"actionGroups": [{"actionGroupId": NOWHERE}]}}, "BadRequest", "is invalid or in a different"),
        ({"description": "x" * 2049}, "BadRequest", "2048 are allowed"),
        ({"activityLogAlertName": "act?"}, "BadRequest", "is invalid"),
    ],
)
def test_a_rule_on_the_activity_log_refuses(grounds: Cloud, group: Live, change: Inputs, code: str, says: str) -> None:
    told = grounds.refused(ACTIVITY, "l", **activity(group, **change))
    assert f'Code="{code}"' in told
    assert says in told


def test_a_subscription_has_so_many_rules_on_the_activity_log(grounds: Cloud, group: Live) -> None:
    grounds.store.set("quota", "monitor:ActivityLogAlert/global", "1")
    grounds.create(ACTIVITY, "l", **activity(group))
    told = grounds.refused(ACTIVITY, "m", **activity(group, activityLogAlertName="other"))
    assert 'Code="QuotaExceeded"' in told
