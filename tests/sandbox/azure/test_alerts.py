"""Action groups and alert rules refuse what Azure refuses."""

from typing import Any

import pytest

from sandbox.azure.catalog.log_tables import KNOWN, TABLES
from sandbox.azure.catalog.metrics import METRICS
from tests.sandbox.azure.cloud import GROUP, SUBSCRIPTION, Cloud, Live

ACTION_GROUP, ACTIVITY = "monitor:ActionGroup", "monitor:ActivityLogAlert"
METRIC, QUERY = "monitor:MetricAlert", "monitor:ScheduledQueryRule"
SINGLE = "Microsoft.Azure.Monitor.SingleResourceMultipleMetricCriteria"
MULTIPLE = "Microsoft.Azure.Monitor.MultipleResourceMultipleMetricCriteria"
MAIL = {"name": "mail-1", "emailAddress": "platform@example.com", "useCommonAlertSchema": True}
NOWHERE = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/{GROUP}/providers/Microsoft.Insights/actionGroups/none"

Inputs = dict[str, Any]


def without_none(inputs: Inputs) -> Inputs:
    return {key: value for key, value in inputs.items() if value is not None}


# Action groups --------------------------------------------------------------------------------------------------------


def action_group(**more: object) -> Inputs:
    return {
        "resourceGroupName": GROUP,
        "actionGroupName": "ag-test",
        "location": "Global",
        "groupShortName": "weu-dev-1",
        "enabled": True,
        "emailReceivers": [MAIL],
        **more,
    }


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


def dimension(*values: str, name: str = "statusCodeCategory", operator: str = "Include") -> Inputs:
    return {"name": name, "operator": operator, "values": list(values)}


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


# Rules on logs --------------------------------------------------------------------------------------------------------


@pytest.fixture
def workspace(grounds: Cloud) -> Live:
    return grounds.create("operationalinsights:Workspace", "w", resourceGroupName=GROUP, workspaceName="log-test")


def condition(**more: object) -> Inputs:
    return without_none(
        {
            "query": 'AZKVAuditLogs | where OperationName == "SecretGet"',
            "timeAggregation": "Count",
            "operator": "GreaterThan",
            "threshold": 0,
            **more,
        }
    )


def query_rule(workspace: Live, group: Live, *conditions: Inputs, **more: object) -> Inputs:
    return without_none(
        {
            "resourceGroupName": GROUP,
            "ruleName": "logalert-test",
            "location": "westeurope",
            "severity": 2,
            "scopes": [workspace.id],
            "evaluationFrequency": "PT15M",
            "windowSize": "PT30M",
            "skipQueryValidation": True,
            "criteria": {"allOf": list(conditions) or [condition()]},
            "actions": {"actionGroups": [group.id]},
            **more,
        }
    )


PERIODS = {"numberOfEvaluationPeriods": 7, "minFailingPeriodsToAlert": 1}


@pytest.mark.parametrize(
    ("change", "code", "says"),
    [
        ({"severity": None}, "BadRequest", "needs severity"),
        ({"scopes": []}, "BadRequest", "needs scopes"),
        ({"windowSize": None, "criteria": None}, "BadRequest", "needs windowSize, criteria"),
        ({"kind": "Other"}, "BadRequest", "none of LogAlert"),
        ({"scopes": [NOWHERE]}, "ResourceNotFound", "was not found"),
        ({"windowSize": "PT12H"}, "BadRequest", "windowSize 'PT12H'"),
        ({"evaluationFrequency": "PT20M"}, "BadRequest", "evaluationFrequency 'PT20M'"),
        ({"evaluationFrequency": "PT1H"}, "BadRequest", "longer than what its query looks back on"),
        ({"evaluationFrequency": "P1D", "windowSize": "P1D"}, "BadRequest", "must not be above 12 hours"),
        ({"muteActionsDuration": "PT1H"}, "BadRequest", "cannot both resolve by itself"),
        ({"severity": 9}, "BadRequest", "outside 0 to 4"),
        ({"description": "x" * 4097}, "BadRequest", "4096 are allowed"),
        ({"actions": {"actionGroups": [NOWHERE]}}, "BadRequest", f"Arm resource {NOWHERE} is invalid"),
        ({"criteria": {"allOf": []}}, "BadRequest", "it needs one"),
        ({"criteria": {"allOf": [condition(query=" ")]}}, "BadRequest", "has no query"),
        ({"criteria": {"allOf": [condition(timeAggregation="Sum")]}}, "BadRequest", "needs a timeAggregation"),
        ({"criteria": {"allOf": [condition(threshold=None)]}}, "BadRequest", "a threshold"),
        ({"criteria": {"allOf": [condition(metricMeasureColumn="N")]}}, "BadRequest", "takes no metricMeasureColumn"),
        ({"criteria": {"allOf": [condition(timeAggregation="Total")]}}, "BadRequest", "every other needs one"),
        ({"criteria": {"allOf": [condition(failingPeriods=PERIODS)]}}, "BadRequest", "allowed are 1 to 6"),
        ({"criteria": {"allOf": [condition(dimensions=[dimension("*")] * 7)]}}, "BadRequest", "six are allowed"),
        ({"criteria": {"allOf": [condition(dimensions=[dimension()])]}}, "BadRequest", "needs values"),
        ({"criteria": {"allOf": [condition(query="T" * 65536)]}}, "BadRequest", "64 KB are allowed"),
    ],
)
def test_a_rule_on_logs_refuses(
    grounds: Cloud, workspace: Live, group: Live, change: Inputs, code: str, says: str
) -> None:
    told = grounds.refused(QUERY, "q", **query_rule(workspace, group, **change))
    assert f'Code="{code}"' in told
    assert says in told


def test_a_name_that_the_api_has_no_pattern_for_is_refused(grounds: Cloud, workspace: Live, group: Live) -> None:
    assert "is invalid" in grounds.refused(QUERY, "q", **query_rule(workspace, group, ruleName="what?"))


def test_a_rule_asked_once_a_day_does_not_resolve_by_itself(grounds: Cloud, workspace: Live, group: Live) -> None:
    daily = {"evaluationFrequency": "P1D", "windowSize": "P1D", "autoMitigate": False, "muteActionsDuration": "P1D"}
    grounds.create(QUERY, "q", **query_rule(workspace, group, **daily))


def send(grounds: Cloud, target: Live, workspace: Live, **what: object) -> None:
    inputs = {"resourceUri": target.id, "name": "all", "workspaceId": workspace.id, **what}
    grounds.create("monitor:DiagnosticSetting", target.urn.rpartition("::")[2], **inputs)


def test_a_query_is_validated_against_the_tables_that_something_sends_to(
    grounds: Cloud, workspace: Live, group: Live
) -> None:
    """A new workspace has no table yet: only a rule that skips the validation can be made with its deployment."""
    validated = query_rule(workspace, group, skipQueryValidation=False)
    told = grounds.refused(QUERY, "q", **validated)
    assert "Failed to resolve table or column expression named 'AZKVAuditLogs'" in told
    send(grounds, grounds.vault(), workspace, logs=[{"enabled": True, "categoryGroup": "allLogs"}])
    grounds.create(QUERY, "q", **validated)


def test_metrics_and_telemetry_have_tables_of_their_own(grounds: Cloud, workspace: Live, group: Live) -> None:
    """AzureMetrics comes of a setting that sends metrics, the App tables of a component on the workspace."""

    def rule(query: str) -> Inputs:
        name = f"logalert-{query}"
        return query_rule(workspace, group, condition(query=query), ruleName=name, skipQueryValidation=False)

    for table in ("AzureMetrics", "AppRequests"):
        assert f"'{table}'" in grounds.refused(QUERY, table, **rule(table))
    send(grounds, grounds.vault(), workspace, metrics=[{"enabled": True, "category": "AllMetrics"}])
    component = grounds.create(
        "applicationinsights:Component",
        "c",
        resourceGroupName=GROUP,
        resourceName="appi-test",
        kind="web",
        applicationType="web",
        workspaceResourceId=workspace.id,
    )
    for table in ("AzureMetrics", "AppRequests"):
        grounds.create(QUERY, table, **rule(table))
    assert "'AZKVAuditLogs'" in grounds.refused(QUERY, "logs", **rule("AZKVAuditLogs"))
    grounds.create(QUERY, "own", **{**rule("AppTraces"), "scopes": [component.id]})


def test_every_table_has_one_writer() -> None:
    """A table under two types would hide that one of them sends nothing."""
    named = [table for tables in TABLES.values() for table in tables]
    assert len(named) == len(set(named)) == len(KNOWN) - 1


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
