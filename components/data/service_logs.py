"""What a storage account's services tell: reads, writes and deletes, and their metrics by name.

Azure gives "AllMetrics" of such a service back as these two: a difference at every refresh.
https://github.com/Azure/terraform-azurerm-avm-res-storage-storageaccount/pull/380
"""

from typing import Final

import pulumi
from pulumi_azure_native import monitor

from components.place import Place

_METRICS: Final = ("Capacity", "Transaction")


def send_service_logs(
    name: str,
    place: Place,
    service_id: pulumi.Input[str],
    workspace_id: pulumi.Input[str],
    opts: pulumi.ResourceOptions,
) -> monitor.DiagnosticSetting:
    """Send what the blob or the queue service tells to a workspace."""
    return monitor.DiagnosticSetting(
        name,
        name=place.names.of("diagnostic_setting"),
        resource_uri=service_id,
        workspace_id=workspace_id,
        log_analytics_destination_type="Dedicated",
        logs=[monitor.DiagnosticsLogSettingsArgs(category_group="allLogs", enabled=True)],
        metrics=[monitor.DiagnosticsMetricSettingsArgs(category=metric, enabled=True) for metric in _METRICS],
        opts=opts,
    )
