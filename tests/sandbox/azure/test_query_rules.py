"""Alert rules on logs refuse what Azure refuses, and know which tables a workspace has."""

import pytest

from sandbox.azure.catalog.log_tables import KNOWN, TABLES
from tests.sandbox.azure.alert_inputs import ACTION_GROUP, NOWHERE, Inputs, action_group, dimension, without_none
from tests.sandbox.azure.cloud import GROUP, Cloud, Live

QUERY = "monitor:ScheduledQueryRule"


@pytest.fixture
def group(grounds: Cloud) -> Live:
    return grounds.create(ACTION_GROUP, "ag", **action_group())


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
