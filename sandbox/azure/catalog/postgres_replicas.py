"""Read replicas of a flexible server: what Azure asks of the primary, of the replica and of the way between them.

https://learn.microsoft.com/azure/postgresql/read-replica/concepts-read-replicas
"""

from sandbox.azure import arm_ids
from sandbox.azure.bodies import Body, at
from sandbox.azure.errors import NotModelledError
from sandbox.azure.model import Record, World, Write

from .common import UNVERIFIED_CODE, refuse, region, rule
from .private_link import REVERSE_SOURCE  # placeholder
