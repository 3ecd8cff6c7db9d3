"""Application Insights of a deployment: requests, calls and exceptions that the services tell of themselves.

- It is based on the deployment's workspace, the only kind there is since 2024: its data lies there, in the tables that
  begin with App, and is kept as long as the workspace keeps.
  https://learn.microsoft.com/azure/azure-monitor/app/create-workspace-resource
- Local authentication is off: who sends needs the role Monitoring Metrics Publisher on the component. So its connection
  string is an address and no secret. https://learn.microsoft.com/azure/azure-monitor/app/azure-ad-authentication
- It has no diagnostic setting, though Azure offers it categories (AppRequests, AppAvailabilityResults ...): all of them
  are in the workspace already, and a setting to the same place would store and bill every record twice.
  https://learn.microsoft.com/azure/azure-monitor/app/app-insights-overview
- Azure adds an action group for its smart detection to the resource group, which goes with the group.
  https://learn.microsoft.com/azure/azure-monitor/alerts/proactive-failure-diagnostics
"""

from dataclasses import dataclass

import pulumi
from pulumi_azure_native import applicationinsights

from components.answers import answered
from components.place import Place


@dataclass(frozen=True, kw_only=True)
class ApplicationInsightsArgs:
    """`workspace_id`: of the workspace that keeps the data."""

    place: Place
    workspace_id: pulumi.Input[str]


class ApplicationInsights(pulumi.ComponentResource):
    """A component; `id` for the role that lets identities send, `connection_string` for the services: no secret."""

    id: pulumi.Output[str]
    connection_string: pulumi.Output[str]

    def __init__(self, name: str, args: ApplicationInsightsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("complianceflow:components:ApplicationInsights", name, None, opts)
        place = args.place
        component = applicationinsights.Component(
            f"{name}-component",
            resource_group_name=place.group,
            resource_name_=place.names.of("app_insights"),
            location=place.location,
            kind="web",
            application_type=applicationinsights.ApplicationType.WEB,
            workspace_resource_id=args.workspace_id,
            ingestion_mode=applicationinsights.IngestionMode.LOG_ANALYTICS,
            disable_local_auth=True,
            tags=place.tags,
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.id = component.id
        self.connection_string = component.connection_string.apply(
            lambda text: answered(text, "connection string of Application Insights")
        )
        self.register_outputs({"id": self.id, "connection_string": self.connection_string})
