"""Alert rules: one a row and target, told to the action group, refused where they could not work."""

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.place import Place
from components.watching.alert_rules import (
    LOG_FREQUENCIES,
    LOG_WINDOWS,
    METRIC_FREQUENCIES,
    METRIC_WINDOWS,
    TARGET,
    Condition,
    Dimension,
    LogRule,
    MetricRule,
    Severity,
)
from components.watching.alerts import Alerts, AlertsArgs, Targets
from tests.components.recording import Recording, record

GROUP = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Insights/actionGroups/ag"
WORKSPACE = "/subscriptions/s/resourceGroups/g/providers/Microsoft.OperationalInsights/workspaces/log"
CPU = Condition(metric="cpu_percent", aggregation="Average", operator="GreaterThan", threshold=70)
ON_METRIC = MetricRule(
    name="database-cpu",
    watches="postgres",
    why="The database has much to do.",
    severity=Severity.WARNING,
    namespace="Microsoft.DBforPostgreSQL/flexibleServers",
    conditions=(CPU,),
    window="PT15M",
    frequency="PT5M",
)
ON_LOGS = LogRule(
    name="latency",
    why="Answers are slow.",
    severity=Severity.ERROR,
    tables=("ContainerAppHTTPLogs",),
    query="ContainerAppHTTPLogs\n| summarize P95 = percentile(RequestDuration, 95) by ContainerAppName",
    measure="P95",
    aggregation="Maximum",
    operator="GreaterThan",
    threshold=1000,
    dimensions=(Dimension(name="ContainerAppName"),),
    window="PT30M",
    frequency="PT15M",
)
TARGETS: Targets = {"postgres": [("postgres", "/server")], "hubs": [("user-events", "/ns"), ("audit-events", "/ns")]}


def alerts(place: Place, *rows: MetricRule | LogRule, targets: Targets = TARGETS) -> Recording:
    args = AlertsArgs(place=place, action_group_id=GROUP, rows=rows, targets=targets, workspace_id=WORKSPACE)
    return record(lambda: Alerts("alerts", args) and None)


def test_a_rule_on_a_metric_is_told_to_the_action_group(place: Place) -> None:
    inputs = alerts(place, ON_METRIC)["alerts-database-cpu-postgres"].inputs
    assert inputs["ruleName"] == "alert-cf-westeu-dev-1-database-cpu-postgres"
    assert inputs["scopes"] == ["/server"]
    assert inputs["actions"] == [{"actionGroupId": GROUP}]
    assert (inputs["location"], inputs["autoMitigate"], inputs["enabled"]) == ("global", True, True)
    assert (inputs["severity"], inputs["windowSize"], inputs["evaluationFrequency"]) == (2, "PT15M", "PT5M")
    assert inputs["description"] == "The database has much to do."
    assert inputs["criteria"]["odataType"] == "Microsoft.Azure.Monitor.SingleResourceMultipleMetricCriteria"
    assert inputs["criteria"]["allOf"] == [
        {
            "name": "condition-1",
            "criterionType": "StaticThresholdCriterion",
            "metricNamespace": "Microsoft.DBforPostgreSQL/flexibleServers",
            "metricName": "cpu_percent",
            "timeAggregation": "Average",
            "operator": "GreaterThan",
            "threshold": 70,
            "dimensions": [],
        }
    ]


def test_each_target_has_a_rule_of_its_own_that_can_name_it(place: Place) -> None:
    """Several targets may be one resource, told apart by a dimension: the hubs of a namespace."""
    hub = Dimension(name="EntityName", values=(TARGET,))
    messages = Condition(
        metric="IncomingMessages", aggregation="Total", operator="GreaterThan", threshold=0, dimensions=(hub,)
    )
    row = replace(ON_METRIC, name="messages", watches="hubs", conditions=(messages,))
    recording = alerts(place, row)
    for name in ("user-events", "audit-events"):
        inputs = recording[f"alerts-messages-{name}"].inputs
        assert inputs["scopes"] == ["/ns"]
        (criterion,) = inputs["criteria"]["allOf"]
        assert criterion["dimensions"] == [{"name": "EntityName", "operator": "Include", "values": [name]}]
    assert len(recording.of_type("monitor:MetricAlert")) == 2


def test_a_rule_on_logs_asks_the_workspace_and_does_not_wait_for_its_tables(place: Place) -> None:
    """A new workspace has no table until the first record: a validated query could not be deployed with it."""
    inputs = alerts(place, ON_LOGS)["alerts-latency"].inputs
    assert inputs["ruleName"] == inputs["displayName"] == "logalert-cf-westeu-dev-1-latency"
    assert inputs["scopes"] == [WORKSPACE]
    assert inputs["skipQueryValidation"] is True
    assert inputs["location"] == "westeurope"
    assert inputs["actions"] == {"actionGroups": [GROUP]}
    assert inputs["autoMitigate"] is True
    assert inputs["criteria"]["allOf"] == [
        {
            "criterionType": "StaticThresholdCriterion",
            "query": ON_LOGS.query,
            "timeAggregation": "Maximum",
            "metricMeasureColumn": "P95",
            "dimensions": [{"name": "ContainerAppName", "operator": "Include", "values": ["*"]}],
            "operator": "GreaterThan",
            "threshold": 1000,
        }
    ]


def test_what_happened_once_does_not_resolve_by_itself(place: Place) -> None:
    row = replace(ON_LOGS, resolves=False, window="P1D", frequency="P1D")
    assert alerts(place, row)["alerts-latency"].inputs["autoMitigate"] is False


def test_a_row_that_watches_no_target_is_refused_by_name(place: Place) -> None:
    """A slip in a row would else be an alert that nobody ever gets."""
    told = "alert database-cpu watches 'postgre', which is no target; targets are: hubs, postgres"
    with pytest.raises(ValueError, match=re.escape(told)):
        alerts(place, replace(ON_METRIC, watches="postgre"))


def test_two_rows_of_one_name_are_refused(place: Place) -> None:
    with pytest.raises(ValueError, match="alerts of the same name: latency"):
        alerts(place, ON_LOGS, ON_METRIC, ON_LOGS)


def test_a_target_without_resources_has_no_rule(place: Place) -> None:
    assert not alerts(place, ON_METRIC, targets={"postgres": []}).of_type("monitor:MetricAlert")


@given(window=st.sampled_from(list(METRIC_WINDOWS)), frequency=st.sampled_from(list(METRIC_FREQUENCIES)))
def test_a_metric_is_never_asked_less_often_than_its_window(window: str, frequency: str) -> None:
    """Between two looks something would go unseen; every other pair is taken."""
    if METRIC_FREQUENCIES[frequency] > METRIC_WINDOWS[window]:
        with pytest.raises(ValueError, match="would miss what is between"):
            replace(ON_METRIC, window=window, frequency=frequency)
    else:
        assert replace(ON_METRIC, window=window, frequency=frequency).window == window


@given(
    window=st.sampled_from(list(LOG_WINDOWS)), frequency=st.sampled_from(list(LOG_FREQUENCIES)), resolves=st.booleans()
)
def test_logs_are_asked_as_often_as_azure_needs(window: str, frequency: str, *, resolves: bool) -> None:
    """Not less often than the window, and every twelve hours at least where the alert is to end by itself."""
    unseen = LOG_FREQUENCIES[frequency] > LOG_WINDOWS[window]
    stuck = resolves and frequency == "P1D"
    if unseen or stuck:
        with pytest.raises(ValueError, match=r"would miss what is between|cannot resolve by itself"):
            replace(ON_LOGS, window=window, frequency=frequency, resolves=resolves)
    else:
        assert replace(ON_LOGS, window=window, frequency=frequency, resolves=resolves).frequency == frequency


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"window": "PT10M"}, "Azure takes windows of PT1M"),
        ({"frequency": "PT2M"}, "Azure takes windows of"),
        ({"conditions": ()}, "0 conditions; a metric alert has 1 to 5"),
        ({"conditions": (CPU,) * 6}, "6 conditions"),
        ({"conditions": (CPU, replace(CPU, dimensions=(Dimension(name="ServerName"),)))}, "names one value"),
    ],
)
def test_a_rule_on_a_metric_refuses(change: dict[str, object], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        replace(ON_METRIC, **change)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"window": "PT12H"}, "Azure takes windows of PT1M"),
        ({"measure": None}, "every other aggregation needs a column"),
        ({"aggregation": "Count"}, "Count counts rows"),
        ({"tables": ()}, "does not read any table"),
        ({"tables": ("ContainerAppHTTPLogs", "AppRequests")}, "does not read AppRequests"),
        ({"tables": ("ContainerAppHTTP",)}, "does not read ContainerAppHTTP"),
        ({"dimensions": (Dimension(name="A"),) * 7}, "7 dimensions; a log alert has 6"),
    ],
)
def test_a_rule_on_logs_refuses(change: dict[str, object], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        replace(ON_LOGS, **change)
