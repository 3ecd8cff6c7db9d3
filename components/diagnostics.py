"""Where a resource's logs and metrics go: a diagnostic setting on it, to the deployment's workspace.

All categories of logs by the group `allLogs` (a setting names groups or categories, never both); no retention here,
the workspace keeps. https://learn.microsoft.com/azure/azure-monitor/platform/diagnostic-settings
A setting outlives its resource: it is a resource of its own, deleted before its target.
"""

from enum import Enum

import pulumi
from pulumi_azure_native import monitor

from components.place import AnyPlace


class Telemetry(Enum):
    """What a resource has to tell: not every type has both, and a setting for what a type lacks is refused.

    https://learn.microsoft.com/azure/azure-monitor/reference/supported-logs/logs-index
    """

    ALL = "logs and metrics"
    LOGS = "logs"
    METRICS = "metrics"


def send_logs(
    name: str,
    place: AnyPlace,
    target_id: pulumi.Input[str],
    workspace_id: pulumi.Input[str],
    opts: pulumi.ResourceOptions,
    *,
    telemetry: Telemetry = Telemetry.ALL,
) -> monitor.DiagnosticSetting:
    """Send every log and metric of a resource to a workspace, into tables of its own where the service has some."""
    logs = [monitor.DiagnosticsLogSettingsArgs(category_group="allLogs", enabled=True)]
    metrics = [monitor.DiagnosticsMetricSettingsArgs(category="AllMetrics", enabled=True)]
    return monitor.DiagnosticSetting(
        name,
        name=place.names.of("diagnostic_setting"),
        resource_uri=target_id,
        workspace_id=workspace_id,
        log_analytics_destination_type="Dedicated",
        logs=logs if telemetry is not Telemetry.METRICS else None,
        metrics=metrics if telemetry is not Telemetry.LOGS else None,
        opts=opts,
    )
