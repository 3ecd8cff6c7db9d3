"""Why one operation waits for another: what Azure, or a decision of this platform, says of each pair of kinds.

The sentences hold in both directions: what is made after another is deleted before it.
"""

from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Final

DATABASES_GATE: Final = "gate:databases"
RESTART_GATE: Final = "gate:restart"
"""Kinds of the two gates, no resources of Azure: components apps/database_gate.py and data/postgres_restart.py."""


@dataclass(frozen=True)
class Reason:
    """waiting, needed: patterns of kinds (https://docs.python.org/3/library/fnmatch.html); why: one line."""

    waiting: str
    needed: str
    why: str


_NETWORK_IS_BUSY: Final = "a network takes one write at a time (AnotherOperationInProgress): after its last subnet"

REASONS: Final = (
    Reason("network:Subnet", "network:Subnet", "a network takes one write at a time (AnotherOperationInProgress)"),
    Reason("network:Subnet", "network:VirtualNetwork", "a subnet lies in its network"),
    Reason("network:Subnet", "network:NetworkSecurityGroup", "no subnet is ever without its rules"),
    Reason("network:VirtualNetworkPeering", "network:VirtualNetworkPeering", "one write of a network at a time"),
    Reason("privatedns:VirtualNetworkLink", "privatedns:PrivateZone", "a link lies in its zone"),
    Reason("privatedns:VirtualNetworkLink", "network:*", _NETWORK_IS_BUSY),
    Reason("privatedns:PrivateRecordSet", "privatedns:PrivateZone", "a record lies in its zone"),
    Reason("privatedns:PrivateZone", "app:ManagedEnvironment", "Azure draws the domain that the zone is named after"),
    Reason("dbforpostgresql:Server", "privatedns:VirtualNetworkLink", "a server finds its zone only once it is linked"),
    Reason("dbforpostgresql:Server", "network:Subnet", "the server is built into the subnet"),
    Reason("dbforpostgresql:*", "dbforpostgresql:*", "a server takes one write at a time (ServerIsBusy)"),
    Reason(RESTART_GATE, "dbforpostgresql:*", "static parameters hold after a restart"),
    Reason("dbforpostgresql:*", RESTART_GATE, "pgaudit has to be loaded before there is anything to audit"),
    Reason("redisenterprise:Database", "redisenterprise:RedisEnterprise", "the database lies in its cluster"),
    Reason("redisenterprise:*", "redisenterprise:*", "a database takes one write at a time"),
    Reason("network:PrivateEndpoint", "redisenterprise:*", "an endpoint is refused while the cluster is busy"),
    Reason("network:PrivateEndpoint", "eventhub:*", "an endpoint is refused while the namespace is busy"),
    Reason("network:PrivateEndpoint", "network:Subnet", _NETWORK_IS_BUSY),
    Reason("network:PrivateEndpoint", "network:PrivateEndpoint", "a target takes one endpoint at a time"),
    Reason("network:PrivateEndpoint", "*", "an endpoint leads to something that is there"),
    Reason("network:PrivateDnsZoneGroup", "network:PrivateEndpoint", "the names lead to the endpoint's address"),
    Reason("network:PrivateDnsZoneGroup", "privatedns:*", "the names are written into a linked zone"),
    Reason("eventhub:*", "eventhub:*", "a hub lies in its namespace, whose doors are shut first"),
    Reason("app:ManagedEnvironment", "network:*", _NETWORK_IS_BUSY),
    Reason("app:*", "app:ManagedEnvironment", "it runs in the environment, which cannot go while anything is in it"),
    Reason("app:*", "network:PrivateDnsZoneGroup", "it starts once every private way that it calls through is open"),
    Reason("app:*", "authorization:RoleAssignment", "it starts once its identity may pull and read"),
    Reason("app:ContainerApp", DATABASES_GATE, "no service meets tables that are not ready (decision of the platform)"),
    Reason("app:ContainerApp", "dbforpostgresql:*", "a service is told a database that is there"),
    Reason("app:*", "dbforpostgresql:*", "the job is told the server that it prepares"),
    Reason("app:*", "redisenterprise:*", "a service is told a cache that lets it in"),
    Reason("app:*", "app:*", "it is told where the other one answers"),
    Reason(DATABASES_GATE, "app:Job", "the job makes the databases ready"),
    Reason(DATABASES_GATE, "dbforpostgresql:*", "the job fills databases that are there"),
    Reason("authorization:RoleAssignment", "managedidentity:*", "a role is given to an identity that is there"),
    Reason("authorization:RoleAssignment", "*", "a role is given on something that is there"),
    Reason("managedidentity:FederatedIdentityCredential", "managedidentity:*", "one write of an identity at a time"),
    Reason("monitor:DiagnosticSetting", "operationalinsights:Workspace", "logs go to a workspace that is there"),
    Reason("monitor:DiagnosticSetting", "*", "a diagnostic setting is made on the resource itself"),
    Reason("monitor:*Alert*", "monitor:ActionGroup", "an alert tells somebody"),
    Reason("monitor:*", "*", "an alert watches something that is there"),
    Reason("applicationinsights:Workbook", "*", "it is the keystone, made last so that a destroy meets it first"),
    Reason("applicationinsights:*", "*", "it shows something that is there"),
    Reason("insights:*", "*", "it shows something that is there"),
    Reason("keyvault:Secret", "*", "a secret lies in its vault and holds what was drawn before"),
    Reason("storage:*", "storage:*", "it lies in its account"),
    Reason("authorization:ManagementLock*", "applicationinsights:Workbook", "it holds the other one's keystone"),
    Reason("authorization:ManagementLock*", "*", "a lock comes last: it keeps what is there"),
    Reason("*", "resources:ResourceGroup", "everything lies in the group"),
    Reason("*", "network:Subnet", _NETWORK_IS_BUSY),
)
"""The first row that fits decides."""


def reason_for(waiting: str, needed: str) -> str:
    """Why an operation on a resource of one kind waits for that on one of another; empty where no row says."""
    found = (it.why for it in REASONS if fnmatchcase(waiting, it.waiting) and fnmatchcase(needed, it.needed))
    return next(found, "")


def is_gate(kind: str) -> bool:
    """Whether it is one of the gates, which belong to a chain although they may take no time of Azure's table."""
    return kind in {DATABASES_GATE, RESTART_GATE}
