"""The Log Analytics workspace of a deployment, where every other resource sends its logs.

Priced by the gigabyte (PerGB2018). A deleted workspace is kept 14 days, and one of the same name made meanwhile is
the old one with its data. https://learn.microsoft.com/azure/azure-monitor/logs/delete-workspace
Who asked it what is a log of its own, kept in the workspace itself (table LAQueryLogs).
https://learn.microsoft.com/azure/azure-monitor/logs/query-audit
"""

from dataclasses import dataclass

import pulumi
from pulumi_azure_native import operationalinsights

from components.diagnostics import Telemetry, send_logs
from components.place import AnyPlace


@dataclass(frozen=True, kw_only=True)
class LogAnalyticsArgs:
    """`retention_days`: 30 to 730."""

    place: AnyPlace
    retention_days: int


class LogAnalytics(pulumi.ComponentResource):
    """A workspace; `id` is where diagnostic settings send to."""

    id: pulumi.Output[str]

    def __init__(self, name: str, args: LogAnalyticsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("complianceflow:components:LogAnalytics", name, None, opts)
        place = args.place
        workspace = operationalinsights.Workspace(
            f"{name}-workspace",
            resource_group_name=place.group,
            workspace_name=place.names.of("log_analytics_workspace"),
            location=place.location,
            sku=operationalinsights.WorkspaceSkuArgs(name=operationalinsights.WorkspaceSkuNameEnum.PER_GB2018),
            retention_in_days=args.retention_days,
            tags=place.tags,
            opts=pulumi.ResourceOptions(parent=self),
        )
        own = pulumi.ResourceOptions(parent=self)
        send_logs(f"{name}-audit", place, workspace.id, workspace.id, own, telemetry=Telemetry.LOGS)
        self.id = workspace.id
        self.register_outputs({"id": self.id})
