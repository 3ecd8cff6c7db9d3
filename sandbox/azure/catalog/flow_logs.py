# ruff: noqa: S106 - a token is the name of a type
"""Flow logs of virtual networks: parts of the network watcher of their region.

https://learn.microsoft.com/azure/network-watcher/vnet-flow-logs-overview
"""

from sandbox.azure import arm_ids
from sandbox.azure.bodies import at
from sandbox.azure.model import Computed, Durations, NameRule, Reference, ResourceType, Write

from .common import (
    ARM_NAMES,
    ESTIMATE,
    IDENTITIES_EXIST,
    IDENTITY_OUTPUTS,
    UNVERIFIED_CODE,
    drawn_guid,
    etag,
    refuse,
    region,
    rule,
)
from .network_watchers import NETWORK_WATCHER

_FLOWS = "https://learn.microsoft.com/azure/network-watcher/vnet-flow-logs-overview"
_ANALYTICS = "https://learn.microsoft.com/azure/network-watcher/traffic-analytics"
_PATH = "flowAnalyticsConfiguration.networkWatcherFlowAnalyticsConfiguration"


@rule(
    "NsgFlowLogCreationBlocked",
    UNVERIFIED_CODE + ": https://learn.microsoft.com/azure/network-watcher/nsg-flow-logs-overview",
)
def _target_is_no_security_group(write: Write) -> None:
    refuse(
        "/networksecuritygroups/" in str(at(write.body, "targetResourceId")).lower(),
        400,
        "NsgFlowLogCreationBlocked",
        "Creation of new NSG flow logs is blocked since June 30, 2025: write a flow log of the virtual network.",
    )


@rule("FlowLogInDifferentRegion", UNVERIFIED_CODE + ": " + _FLOWS)
def _all_is_in_one_region(write: Write) -> None:
    """Watcher, target and storage account lie in the flow log's region."""
    watcher = write.world.find(write.parent)
    target = write.world.find(str(at(write.body, "targetResourceId")))
    account = write.world.find(str(at(write.body, "storageId")))
    places = {region(str(at(write.body, "location") or ""))}
    places |= {found.location for found in (watcher, account) if found is not None}
    if target is not None:
        around = target if target.location else write.world.find(arm_ids.parent(target.arm_id))
        places |= {around.location} if around is not None else set()
    refuse(
        len(places) > 1,
        400,
        "FlowLogInDifferentRegion",
        f"Flow log {write.name}, its network watcher, target and storage account must be in one region, and are in "
        f"{', '.join(sorted(places))}.",
    )


@rule("FlowLogAlreadyExistsForTarget", UNVERIFIED_CODE + ": " + _FLOWS)
def _one_a_target(write: Write) -> None:
    target = str(at(write.body, "targetResourceId")).lower()
    for other in write.world.of_type(write.kind.token):
        refuse(
            arm_ids.key(other.arm_id) != arm_ids.key(write.arm_id)
            and str(at(other.inputs, "targetResourceId")).lower() == target,
            400,
            "FlowLogAlreadyExistsForTarget",
            f"Flow log {other.arm_id} exists already for target {target}.",
        )


@rule("InvalidTrafficAnalyticsInterval", UNVERIFIED_CODE + ": " + _ANALYTICS)
def _interval_is_offered(write: Write) -> None:
    interval = at(write.body, f"{_PATH}.trafficAnalyticsInterval")
    refuse(
        interval not in (None, 10, 60),
        400,
        "InvalidTrafficAnalyticsInterval",
        f"The traffic analytics interval {interval} of flow log {write.name} is none of 10, 60.",
    )


@rule(
    "KeyBasedAuthenticationNotPermitted",
    UNVERIFIED_CODE + ": https://learn.microsoft.com/azure/network-watcher/vnet-flow-logs-managed-identity",
)
def _may_write_to_the_account(write: Write) -> None:
    """An account without keys is written to by an identity of the flow log."""
    account = write.world.find(str(at(write.body, "storageId")))
    refuse(
        account is not None
        and at(account.outputs, "allowSharedKeyAccess") is False
        and not at(write.body, "identity.userAssignedIdentities"),
        403,
        "KeyBasedAuthenticationNotPermitted",
        f"Key based authentication is not permitted on storage account {account.name if account else ''}: give flow "
        f"log {write.name} a user-assigned identity.",
    )


FLOW_LOG = ResourceType(
    token="network:FlowLog",
    path=NETWORK_WATCHER.path + "/flowLogs/{flowLogName}",
    name=NameRule(
        pattern=r"[A-Za-z0-9]([\w.-]*\w)?",
        least=1,
        most=80,
        code="InvalidResourceName",
        allowed="1 to 80 letters, digits, '_', '-' and '.', a letter or digit first",
        source=ARM_NAMES,
    ),
    durations=Durations(create=10, update=10, delete=10, source=ESTIMATE),
    source="https://learn.microsoft.com/azure/templates/microsoft.network/2024-05-01/networkwatchers/flowlogs",
    replace_on=("location", "targetResourceId"),
    defaults={"enabled": False, "retentionPolicy": {"days": 0, "enabled": False}},
    computed={
        "identity.userAssignedIdentities": IDENTITY_OUTPUTS["identity.userAssignedIdentities"],
        "targetResourceGuid": Computed(
            lambda write: (
                at(
                    found.outputs if (found := write.world.find(str(at(write.body, "targetResourceId")))) else {},
                    "resourceGuid",
                )
                or drawn_guid("target").value(write)
            )
        ),
        "etag": etag(),
    },
    references=(
        Reference(
            path="targetResourceId",
            tokens=("network:VirtualNetwork", "network:Subnet", "network:NetworkSecurityGroup"),
            code="InvalidResourceReference",
            source=_FLOWS,
        ),
        Reference(
            path="storageId",
            tokens=("storage:StorageAccount",),
            code="InvalidResourceReference",
            source=_FLOWS,
        ),
        Reference(
            path=f"{_PATH}.workspaceResourceId",
            tokens=("operationalinsights:Workspace",),
            code="InvalidResourceReference",
            source=_ANALYTICS,
        ),
    ),
    rules=(
        _target_is_no_security_group,
        _all_is_in_one_region,
        _one_a_target,
        _interval_is_offered,
        _may_write_to_the_account,
        IDENTITIES_EXIST,
    ),
)

TYPES = (FLOW_LOG,)
