"""WHERE: the one map of the platform's addresses, its checks and its allocator; and the names of deployments.

`load_map().plan("westeu-dev-1").slot("db").network` is the way in. Nothing here imports Pulumi or another room.
"""

from cidr.faults import Fault, FaultsError
from cidr.loader import load_map
from cidr.names import ACCOUNT, KINDS, DeploymentName, Environment, Kind, Region
from cidr.plan import AddressPlan, AllocationMap, Slot

__all__ = [
    "ACCOUNT",
    "KINDS",
    "AddressPlan",
    "AllocationMap",
    "DeploymentName",
    "Environment",
    "Fault",
    "FaultsError",
    "Kind",
    "Region",
    "Slot",
    "load_map",
]
