"""The activity log of a subscription, kept: who changed what in Azure, in the account's workspace.

Azure keeps it 90 days and offers it nowhere else; a setting is one a subscription.
https://learn.microsoft.com/azure/azure-monitor/platform/activity-log
"""

from typing import Final

import pulumi
from pulumi_azure_native import monitor

from components.place import AccountPlace

# https://learn.microsoft.com/azure/azure-monitor/platform/activity-log-schema#categories
CATEGORIES: Final = (
    "Administrative",
    "Security",
    "ServiceHealth",
    "Alert",
    "Recommendation",
    "Policy",
    "Autoscale",
    "ResourceHealth",
)


def keep_activity_log(
    name: str, place: AccountPlace, workspace_id: pulumi.Input[str], opts: pulumi.ResourceOptions
) -> monitor.SubscriptionDiagnosticSetting:
    """Send every category to a workspace. The subscription is that of the provider in `opts`."""
    return monitor.SubscriptionDiagnosticSetting(
        name,
        name=place.names.of("diagnostic_setting"),
        workspace_id=workspace_id,
        logs=[monitor.SubscriptionLogSettingsArgs(category=category, enabled=True) for category in CATEGORIES],
        opts=opts,
    )
