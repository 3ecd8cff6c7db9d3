"""The platform's alerts: each that it must have is there, and each names what Azure really emits."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cidr import KINDS, DeploymentName, Environment, Kind
from components.conventions import Names, tags_for
from components.place import Place
from components.watching.alert_rules import TARGET, Condition, Dimension, LogRule, MetricRule, Rule, Severity
from components.watching.alerts import Alerts, AlertsArgs, Targets
from components.watching.workbook_tiles import TILES, MetricTile
from deployments.catalogue.alert_row import AlertRow
from deployments.catalogue.alerts import ALERTS, alerts_of
from sandbox.azure.catalog.log_tables import KNOWN
from sandbox.azure.catalog.metrics import METRICS
from sandbox.azure.pace import Pace
from sandbox.azure.provider import AzureProvider
from sandbox.azure.store import Store
from tests.components.recording import record
from tests.sandbox.azure.cloud import GROUP, SUBSCRIPTION, TENANT, Clock, Cloud

# The type of resource that each key of the targets stands for.
TYPES = {
    "apps": "app:ContainerApp",
    "postgres": "dbforpostgresql:Server",
    "event_hubs": "eventhub:Namespace",
    "dead_letters": "eventhub:Namespace",
    "redis": "redisenterprise:RedisEnterprise",
    "key_vault": "keyvault:Vault",
}
# What the platform's documents ask to be told of, and the rows that tell; a budget is a resource of its own.
ASKED = {
    "container restarts": {"restarts"},
    "5xx": {"server-errors"},
    "latency": {"latency"},
    "availability": {"availability", "no-replica", "database-down"},
    "database CPU > 70 %": {"database-cpu"},
    "storage low": {"database-storage"},
    "consumer lag": {"consumer-lag", "consumers-stalled"},
    "dead letters": {"dead-letters"},
    "notification failures": {"notification-failures"},
    "expiring secrets and certificates": {"expiring-secrets"},
}
BY_NAME = {row.rule.name: row for row in ALERTS}


def metric_faults(rule: MetricRule) -> list[str]:
    """What of a rule's conditions the watched type does not emit."""
    table = METRICS[TYPES[rule.watches]]
    found = [] if rule.namespace.lower() == table.name.lower() else [rule.namespace]
    for condition in rule.conditions:
        metric = table.metrics.get(condition.metric)
        if metric is None:
            found.append(condition.metric)
            continue
        found += [] if condition.aggregation in metric.aggregations else [condition.aggregation]
        found += [item.name for item in condition.dimensions if item.name not in metric.dimensions]
    return found


def test_every_alert_that_the_platform_asks_for_has_a_row_and_no_row_is_without_one() -> None:
    assert {name for names in ASKED.values() for name in names} == BY_NAME.keys()
    assert len(ALERTS) == len(BY_NAME)


@pytest.mark.parametrize("row", ALERTS, ids=lambda row: row.rule.name)
def test_a_row_names_what_azure_emits(row: AlertRow) -> None:
    """A metric, aggregation, dimension or table that is not there is an alert that never fires."""
    if isinstance(row.rule, MetricRule):
        assert metric_faults(row.rule) == []
    else:
        assert set(row.rule.tables) <= KNOWN


@pytest.mark.parametrize("row", ALERTS, ids=lambda row: row.rule.name)
def test_a_row_holds_somewhere_and_says_what_it_means(row: AlertRow) -> None:
    assert row.kinds
    assert row.environments
    assert 20 < len(row.rule.why) <= 2048
    assert row.rule.why.endswith(".")


@pytest.mark.parametrize(
    ("condition", "fault"),
    [
        (Condition(metric="Restarts", aggregation="Maximum", operator="GreaterThan", threshold=1), "Restarts"),
        (Condition(metric="Requests", aggregation="Count", operator="GreaterThan", threshold=1), "Count"),
        (
            Condition(
                metric="Requests",
                aggregation="Total",
                operator="GreaterThan",
                threshold=1,
                dimensions=(Dimension(name="Code"),),
            ),
            "Code",
        ),
    ],
)
def test_the_check_of_metrics_sees_a_fault(condition: Condition, fault: str) -> None:
    rule = MetricRule(
        name="wrong",
        watches="apps",
        why="",
        severity=Severity.WARNING,
        namespace="Microsoft.App/containerApps",
        conditions=(condition,),
        window="PT5M",
        frequency="PT5M",
    )
    assert metric_faults(rule) == [fault]


@pytest.mark.parametrize("tile", [tile for tile in TILES if isinstance(tile, MetricTile)], ids=lambda tile: tile.title)
def test_a_tile_of_the_workbook_shows_what_azure_emits(tile: MetricTile) -> None:
    table = METRICS[TYPES[tile.target]]
    assert tile.namespace == table.name.lower()
    for series in tile.series:
        metric = table.metrics[series.metric]
        assert series.aggregation in metric.aggregations
        assert series.split is None or series.split in metric.dimensions


def test_where_services_sleep_nobody_is_woken_by_their_sleep() -> None:
    """Where services scale to nothing, no replica and a first answer that is slow are no faults."""
    for kind in KINDS:
        names = {rule.name for rule in alerts_of(kind, Environment.DEV)}
        assert not names & {"no-replica", "latency", "availability"}
    assert "availability" in {rule.name for rule in alerts_of("global", Environment.PROD)}


def test_only_a_regional_deployment_watches_its_notifications() -> None:
    assert "notification-failures" in {rule.name for rule in alerts_of("regional", Environment.DEV)}
    assert "notification-failures" not in {rule.name for rule in alerts_of("global", Environment.PROD)}


def test_the_database_is_told_of_above_70_percent() -> None:
    rule = BY_NAME["database-cpu"].rule
    assert isinstance(rule, MetricRule)
    (condition,) = rule.conditions
    assert (condition.operator, condition.threshold) == ("GreaterThan", 70)


def test_dead_letters_are_told_apart_by_their_hub() -> None:
    rule = BY_NAME["dead-letters"].rule
    assert isinstance(rule, MetricRule)
    assert rule.conditions[0].dimensions == (Dimension(name="EntityName", values=(TARGET,)),)


def test_what_wakes_somebody_is_asked_every_five_minutes_and_the_rest_is_not_paid_for() -> None:
    """A rule on logs costs by how often it is asked: 0.50 USD a month at 15 minutes, 1.50 at 5."""
    for row in ALERTS:
        if isinstance(row.rule, LogRule):
            often = row.rule.frequency in {"PT1M", "PT5M", "PT10M"}
            assert often == (row.rule.severity is Severity.CRITICAL), row.rule.name


# Made for real, in the stand-in for Azure -----------------------------------------------------------------------------


@pytest.fixture
def cloud(tmp_path: Path) -> Iterator[Cloud]:
    store = Store(tmp_path / "azure.db", seed="test")
    store.add_subscription(SUBSCRIPTION, TENANT)
    clock = Clock()
    made = Cloud(AzureProvider(store, pace=Pace(serial_window=0.0, clock=clock)), store, clock)
    made.configure(subscriptionId=SUBSCRIPTION, location="westeurope")
    made.group()
    yield made
    store.close()


def inputs_of(
    rules: tuple[Rule, ...], targets: Targets, workspace: str, group: str
) -> list[tuple[str, dict[str, Any]]]:
    """The type and inputs of every rule as the program declares it."""
    name = DeploymentName.parse("westeu-prod-1")
    place = Place(
        group=GROUP,
        location="westeurope",
        names=Names(name, "cf"),
        tags=tags_for(name, owner="DevOps", cost_center="Platform"),
    )
    args = AlertsArgs(place=place, action_group_id=group, rows=rules, targets=targets, workspace_id=workspace)
    found = record(lambda: Alerts("alerts", args) and None).custom()
    return [(one.type.removeprefix("azure-native:"), one.inputs) for one in found]


@pytest.mark.parametrize("kind", KINDS)
def test_azure_takes_every_rule(cloud: Cloud, kind: Kind) -> None:
    """All rows of a prod deployment on live resources of every type that they watch."""
    group = cloud.create(
        "monitor:ActionGroup",
        "ag",
        resourceGroupName=GROUP,
        actionGroupName="ag",
        location="Global",
        groupShortName="test",
        enabled=True,
    )
    workspace = cloud.create("operationalinsights:Workspace", "w", resourceGroupName=GROUP, workspaceName="log-test")
    namespace = cloud.create(
        "eventhub:Namespace",
        "ns",
        resourceGroupName=GROUP,
        namespaceName="evhns-test",
        sku={"name": "Standard", "tier": "Standard", "capacity": 1},
    )
    targets: Targets = {
        "apps": [("user", cloud.app(cloud.environment()).id)],
        "postgres": [("postgres", cloud.server().id)],
        "dead_letters": [("user-events-dead-letters", namespace.id)],
    }
    rules = alerts_of(kind, Environment.PROD)
    for number, (token, inputs) in enumerate(inputs_of(rules, targets, workspace.id, group.id)):
        made = cloud.create(token, f"rule-{number}", **inputs)
        assert json.loads(json.dumps(made.outputs))["name"] == inputs["ruleName"]
