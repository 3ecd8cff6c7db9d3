"""Flow logs of a virtual network: who spoke to whom, kept as blobs and read as Traffic Analytics in the workspace.

The flow log is a part of the network watcher of the region, which Azure makes beside the first network there and which
is only named here. The account of the blobs takes no keys, so the log has an identity that may write there. Network,
account and log lie in one region. https://learn.microsoft.com/azure/network-watcher/vnet-flow-logs-overview
"""

from dataclasses import dataclass
from typing import Final

import pulumi
from pulumi_azure_native import network

from components.apps.workload_identity import WorkloadIdentity, WorkloadIdentityArgs
from components.network.watchers import GROUP, watcher_name
from components.place import Place
from components.roles import Role, assign_to_identity

_MINUTES: Final = 60  # between two readings of Traffic Analytics; the other choice, 10, costs half as much again


@dataclass(frozen=True, kw_only=True)
class FlowLogsArgs:
    """`network_id`, `storage_id`: of one region, that of `place`. `kept_days`: of the blobs, 1 to 365.

    Raises ValueError outside.
    """

    place: Place
    subscription_id: str
    network_id: pulumi.Input[str]
    storage_id: pulumi.Input[str]
    workspace_id: pulumi.Input[str]
    kept_days: int

    def __post_init__(self) -> None:
        if not 1 <= self.kept_days <= 365:
            raise ValueError(f"flow logs are kept 1 to 365 days, not {self.kept_days}")


class FlowLogs(pulumi.ComponentResource):
    """The flow log of a network."""

    id: pulumi.Output[str]

    def __init__(self, name: str, args: FlowLogsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("complianceflow:components:FlowLogs", name, None, opts)
        place, child = args.place, pulumi.ResourceOptions(parent=self)
        writer = WorkloadIdentity(f"{name}-as", WorkloadIdentityArgs(place=place, workload="flow-logs"), child)
        may_write = assign_to_identity(
            f"{name}-may-write",
            Role.STORAGE_BLOB_DATA_CONTRIBUTOR,
            scope=args.storage_id,
            principal_id=writer.principal_id,
            subscription_id=args.subscription_id,
            opts=child,
        )
        log = network.FlowLog(
            f"{name}-log",
            resource_group_name=GROUP,
            network_watcher_name=watcher_name(place.location),
            flow_log_name=place.names.of("flow_log"),
            location=place.location,
            target_resource_id=args.network_id,
            storage_id=args.storage_id,
            identity=network.ManagedServiceIdentityArgs(
                type=network.ResourceIdentityType.USER_ASSIGNED, user_assigned_identities=[writer.id]
            ),
            enabled=True,
            format=network.FlowLogFormatParametersArgs(type=network.FlowLogFormatType.JSON, version=2),
            retention_policy=network.RetentionPolicyParametersArgs(enabled=True, days=args.kept_days),
            flow_analytics_configuration=network.TrafficAnalyticsPropertiesArgs(
                network_watcher_flow_analytics_configuration=network.TrafficAnalyticsConfigurationPropertiesArgs(
                    enabled=True, traffic_analytics_interval=_MINUTES, workspace_resource_id=args.workspace_id
                )
            ),
            tags=place.tags,
            opts=pulumi.ResourceOptions(parent=self, depends_on=[may_write]),
        )
        self.id = log.id
        self.register_outputs({"id": self.id})
