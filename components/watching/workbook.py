"""The workbook of a deployment: requests, errors, latency, database, hubs, cache, vault, alerts and spend at a look.

Its content is made from `workbook_tiles` and follows the schema of workbooks (parameters 9, metrics 10, queries 3,
links 11): https://github.com/microsoft/Application-Insights-Workbooks/blob/master/schema/workbook.json
Its name is a GUID, always the same for a deployment. It shows among the workbooks of Azure Monitor, by its display
name. https://learn.microsoft.com/azure/azure-monitor/visualize/workbooks-automate
"""

import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import pulumi
from pulumi_azure_native import applicationinsights

from components.conventions import Names
from components.place import Place
from components.watching.alerts import Targets
from components.watching.workbook_tiles import TILES, LogTile, MetricTile, Tile

Item = dict[str, Any]
# How workbooks number the aggregations of metrics.
_AGGREGATIONS: Final[Mapping[str, int]] = {"Total": 1, "Minimum": 2, "Maximum": 3, "Average": 4, "Count": 7}
_LINE_CHART: Final = 2
_HOUR: Final = 3_600_000
_TIME: Final = {"timeContext": {"durationMs": 24 * _HOUR}, "timeContextFromParameter": "TimeRange"}


@dataclass(frozen=True, kw_only=True)
class WorkbookArgs:
    """`targets`: as the alerts have them; `workspace_id`: of whom queries are asked, in the deployment's group.

    Raises ValueError for a tile that shows what is not among the targets.
    """

    place: Place
    workspace_id: pulumi.Input[str]
    targets: Targets
    tiles: Sequence[Tile] = TILES

    def __post_init__(self) -> None:
        for tile in self.tiles:
            if isinstance(tile, MetricTile) and tile.target not in self.targets:
                known = ", ".join(sorted(self.targets)) or "none"
                raise ValueError(f"tile {tile.title!r} shows {tile.target!r}, which is no target; targets are: {known}")


def workbook_name(names: Names) -> str:
    """The GUID of a deployment's workbook."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"workbook|{names.application_code}|{names.deployment}"))


class Workbook(pulumi.ComponentResource):
    """A shared workbook."""

    id: pulumi.Output[str]

    def __init__(self, name: str, args: WorkbookArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("complianceflow:components:Workbook", name, None, opts)
        place = args.place
        ids = {key: [target_id for _, target_id in found] for key, found in args.targets.items()}
        content = pulumi.Output.all(workspace=args.workspace_id, targets=pulumi.Output.from_input(ids)).apply(
            lambda known: serialized(args.tiles, **known)
        )
        workbook = applicationinsights.Workbook(
            f"{name}-workbook",
            resource_group_name=place.group,
            resource_name_=workbook_name(place.names),
            location=place.location,
            kind=applicationinsights.WorkbookSharedTypeKind.SHARED,
            category="workbook",
            source_id="azure monitor",
            display_name=f"Overview of {place.names.deployment}",
            serialized_data=content,
            tags=place.tags,
            opts=pulumi.ResourceOptions(parent=self, depends_on=opts.depends_on if opts else None),
        )
        self.id = workbook.id
        self.register_outputs({"id": self.id})


def serialized(tiles: Sequence[Tile], workspace: str, targets: Mapping[str, Sequence[str]]) -> str:
    """The workbook as JSON. `workspace`: its id; `targets`: the ids by key, a tile of none is left out."""
    shown = [
        _metrics(tile, targets[tile.target]) if isinstance(tile, MetricTile) else _query(tile, workspace)
        for tile in tiles
        if not isinstance(tile, MetricTile) or targets[tile.target]
    ]
    group = workspace.partition("/providers/")[0]
    items = [_time_range(), *shown, _alerts(group), _spend(group)]
    return json.dumps({"version": "Notebook/1.0", "items": items, "fallbackResourceIds": ["azure monitor"]}, indent=1)


def _time_range() -> Item:
    choices = [{"durationMs": hours * _HOUR} for hours in (1, 4, 24, 3 * 24, 7 * 24, 30 * 24)]
    parameter = {
        "id": str(uuid.uuid5(uuid.NAMESPACE_URL, "workbook|TimeRange")),
        "version": "KqlParameterItem/1.0",
        "name": "TimeRange",
        "label": "Time",
        "type": 4,
        "isRequired": True,
        "value": {"durationMs": 24 * _HOUR},
        "typeSettings": {"selectableValues": choices, "allowCustom": True},
    }
    return {
        "type": 9,
        "content": {"version": "KqlParameterItem/1.0", "parameters": [parameter], "style": "pills"},
        "name": "Time",
    }


def _metrics(tile: MetricTile, resource_ids: Sequence[str]) -> Item:
    content = {
        "chartId": f"workbook{uuid.uuid5(uuid.NAMESPACE_URL, f'workbook|{tile.title}')}",
        "version": "MetricsItem/2.0",
        "size": 0,
        "chartType": _LINE_CHART,
        "resourceType": tile.namespace,
        "metricScope": 0,
        "resourceIds": list(resource_ids),
        **_TIME,
        "metrics": [
            {
                "namespace": tile.namespace,
                "metric": f"{tile.namespace}-{series.category}-{series.metric}",
                "aggregation": _AGGREGATIONS[series.aggregation],
                "splitBy": series.split,
                "columnName": series.label,
            }
            for series in tile.series
        ],
        "title": tile.title,
    }
    return {"type": 10, "content": content, "customWidth": "50", "name": tile.title}


def _query(tile: LogTile, workspace: str) -> Item:
    content = {
        "version": "KqlItem/1.0",
        "query": tile.query,
        "size": 0,
        "title": tile.title,
        **_TIME,
        "queryType": 0,
        "resourceType": "microsoft.operationalinsights/workspaces",
        "crossComponentResources": [workspace],
        "visualization": tile.visualization,
    }
    return {"type": 3, "content": content, "customWidth": "50", "name": tile.title}


def _alerts(group: str) -> Item:
    """What fired, from Resource Graph: alerts are no logs."""
    subscription, _, group_name = group.partition("/resourceGroups/")
    query = (
        "alertsmanagementresources\n"
        "| where type =~ 'microsoft.alertsmanagement/alerts'\n"
        f"| where properties.essentials.targetResourceGroup =~ '{group_name}'\n"
        "| where todatetime(properties.essentials.startDateTime) {TimeRange}\n"
        "| project Started = todatetime(properties.essentials.startDateTime),"
        " Severity = tostring(properties.essentials.severity),"
        " State = tostring(properties.essentials.monitorCondition),"
        " Alert = name, Target = tostring(properties.essentials.targetResourceName)\n"
        "| order by Started desc"
    )
    content = {
        "version": "KqlItem/1.0",
        "query": query,
        "size": 0,
        "title": "Alerts",
        "noDataMessage": "No alert fired.",
        "queryType": 1,
        "resourceType": "microsoft.resourcegraph/resources",
        "crossComponentResources": [subscription],
        "visualization": "table",
    }
    return {"type": 3, "content": content, "name": "Alerts"}


def _spend(group: str) -> Item:
    link = {
        "id": str(uuid.uuid5(uuid.NAMESPACE_URL, "workbook|spend")),
        "cellValue": f"https://portal.azure.com/#resource{group}/costanalysis",
        "linkTarget": "Url",
        "linkLabel": "Spend of this resource group",
        "style": "link",
    }
    return {
        "type": 11,
        "content": {"version": "LinkItem/1.0", "style": "list", "links": [link]},
        "name": "Spend",
    }
