"""The workbook: valid for Azure's own schema, with a tile for each thing that is to be seen at a look."""

import json
from typing import Any
from uuid import UUID

import pytest

from components.place import Place
from components.watching.workbook import Workbook, WorkbookArgs, workbook_name
from components.watching.workbook_tiles import TILES, LogTile, MetricTile
from tests.components.recording import UNKNOWN, Recording, record

GROUP = "/subscriptions/s/resourceGroups/rg-cf-westeu-dev-1"
WORKSPACE = f"{GROUP}/providers/Microsoft.OperationalInsights/workspaces/log"
TARGETS = {
    "apps": [("user", f"{GROUP}/app/user"), ("form", f"{GROUP}/app/form")],
    "postgres": [("postgres", f"{GROUP}/server")],
    "event_hubs": [("hubs", f"{GROUP}/namespace")],
    "redis": [("redis", f"{GROUP}/cluster")],
    "key_vault": [("vault", f"{GROUP}/vault")],
}
# What each type of item must have, and the versions of its content:
# https://github.com/microsoft/Application-Insights-Workbooks/blob/master/schema/workbook.json
ITEMS = {
    3: ("KqlItem/1.0", {"query", "size", "queryType", "resourceType", "crossComponentResources", "visualization"}),
    9: ("KqlParameterItem/1.0", {"parameters", "style"}),
    10: ("MetricsItem/2.0", {"chartId", "chartType", "size", "resourceType", "resourceIds", "metrics"}),
    11: ("LinkItem/1.0", {"style", "links"}),
}


def workbook(place: Place, **options: Any) -> Recording:
    args = WorkbookArgs(place=place, workspace_id=WORKSPACE, targets=TARGETS)
    return record(lambda: Workbook("overview", args) and None, **options)


@pytest.fixture
def content(place: Place) -> dict[str, Any]:
    return json.loads(workbook(place)["overview-workbook"].inputs["serializedData"])


def faults(content: dict[str, Any]) -> list[str]:
    """What of a workbook does not follow the schema."""
    found = [] if content.get("version") == "Notebook/1.0" else ["version"]
    if not isinstance(content.get("items"), list):
        return [*found, "items"]
    for item in content["items"]:
        version, needed = ITEMS.get(item.get("type"), ("", set()))
        if not version or not isinstance(item.get("content"), dict) or not item.get("name"):
            found.append(f"item {item.get('name')}: type, content or name")
            continue
        inner = item["content"]
        found += [f"item {item['name']}: {key}" for key in sorted(needed - inner.keys())]
        if inner.get("version") != version:
            found.append(f"item {item['name']}: content version")
        for metric in inner.get("metrics", []):
            sound = isinstance(metric.get("aggregation"), int) and metric.get("namespace") == inner["resourceType"]
            named = str(metric.get("metric")).startswith(f"{inner['resourceType']}-")
            found += [] if sound and named else [f"item {item['name']}: metric {metric.get('metric')}"]
    return found


def test_it_follows_the_schema_of_workbooks(content: dict[str, Any]) -> None:
    assert faults(content) == []


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (lambda content: content.update(version="1.0"), "version"),
        (lambda content: content.pop("items"), "items"),
        (lambda content: content["items"][0].update(type=2), "item Time: type, content or name"),
        (lambda content: content["items"][1]["content"].pop("metrics"), "item Requests by status: metrics"),
        (
            lambda content: content["items"][1]["content"].update(version="X"),
            "item Requests by status: content version",
        ),
        (
            lambda content: content["items"][1]["content"]["metrics"][0].update(aggregation="Total"),
            "item Requests by status: metric microsoft.app/containerapps-Basic-Requests",
        ),
    ],
)
def test_the_check_of_the_schema_sees_a_fault(content: dict[str, Any], spoil: Any, says: str) -> None:
    spoil(content)
    assert faults(content) == [says]


def test_it_shows_all_that_is_to_be_seen_at_a_look(content: dict[str, Any]) -> None:
    names = [item["name"] for item in content["items"]]
    assert names[0] == "Time"
    assert names[1:-2] == [tile.title for tile in TILES]
    assert names[-2:] == ["Alerts", "Spend"]
    shown = " ".join(names).lower()
    for subject in ("requests", "5xx", "latency", "restarts", "database", "messages", "redis", "vault"):
        assert subject in shown
    assert len(names) == len(set(names))


def test_tiles_show_the_deployments_own_resources(content: dict[str, Any]) -> None:
    by_name = {item["name"]: item["content"] for item in content["items"]}
    assert by_name["Requests by status"]["resourceIds"] == [f"{GROUP}/app/user", f"{GROUP}/app/form"]
    assert by_name["Share of 5xx, percent"]["crossComponentResources"] == [WORKSPACE]
    assert by_name["Alerts"]["crossComponentResources"] == ["/subscriptions/s"]
    assert "=~ 'rg-cf-westeu-dev-1'" in by_name["Alerts"]["query"]
    (link,) = by_name["Spend"]["links"]
    assert link["cellValue"] == f"https://portal.azure.com/#resource{GROUP}/costanalysis"


def test_its_name_is_a_guid_that_stays(place: Place) -> None:
    """Another GUID for the same title would collide with the workbook that is there."""
    inputs = workbook(place)["overview-workbook"].inputs
    assert inputs["resourceName"] == workbook_name(place.names) == str(UUID(workbook_name(place.names)))
    assert (inputs["displayName"], inputs["category"], inputs["kind"]) == (
        "Overview of westeu-dev-1",
        "workbook",
        "shared",
    )


def test_two_runs_write_the_same_content(place: Place) -> None:
    """A GUID drawn anew would be a change in every preview."""
    first, second = (workbook(place)["overview-workbook"].inputs["serializedData"] for _ in range(2))
    assert first == second


def test_a_workspace_that_is_not_made_yet_leaves_the_content_unknown(place: Place) -> None:
    """In a preview of a new deployment ids are unknown: they must not become text in the workbook."""
    from pulumi_azure_native import operationalinsights

    def program() -> None:
        made = operationalinsights.Workspace("w", resource_group_name="g", workspace_name="log")
        Workbook("overview", WorkbookArgs(place=place, workspace_id=made.id, targets=TARGETS))

    inputs = record(program, preview=True)["overview-workbook"].inputs
    assert inputs["serializedData"] == UNKNOWN


def test_a_tile_of_no_target_is_refused_by_name(place: Place) -> None:
    targets = {key: found for key, found in TARGETS.items() if key != "redis"}
    told = "tile 'Redis' shows 'redis', which is no target; targets are: apps, event_hubs, key_vault, postgres"
    with pytest.raises(ValueError, match=told):
        WorkbookArgs(place=place, workspace_id=WORKSPACE, targets=targets)


@pytest.mark.parametrize("tile", TILES, ids=lambda tile: tile.title)
def test_a_tile_is_complete(tile: MetricTile | LogTile) -> None:
    if isinstance(tile, MetricTile):
        assert tile.series
        assert tile.namespace == tile.namespace.lower()
    else:
        assert "{TimeRange:grain}" in tile.query
