"""What the tiers of Event Hubs have at most, and the namespace that a resource lies in.

https://learn.microsoft.com/azure/event-hubs/event-hubs-quotas
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sandbox.azure import arm_ids
from sandbox.azure.bodies import at
from sandbox.azure.model import Record, Write

QUOTAS = (
    "https://learn.microsoft.com/azure/event-hubs/event-hubs-quotas#basic-vs-standard-vs-premium-vs-dedicated-tiers"
)
NAMESPACE_TOKEN = "eventhub:Namespace"  # noqa: S105 - the name of a type


@dataclass(frozen=True, kw_only=True)
class Tier:
    """What a tier has at most: units of a namespace, its hubs, partitions, hours and consumer groups of a hub."""

    units: frozenset[int]
    hubs: int
    partitions: int
    hours: int
    groups: int


TIERS: Mapping[str, Tier] = {
    "Basic": Tier(units=frozenset(range(1, 41)), hubs=10, partitions=32, hours=24, groups=1),
    "Standard": Tier(units=frozenset(range(1, 41)), hubs=10, partitions=32, hours=168, groups=20),
    "Premium": Tier(units=frozenset({1, 2, 4, 6, 8, 10, 12, 16}), hubs=100, partitions=100, hours=2160, groups=100),
}
DEFAULT_TIER = "Standard"


def tier_name(body: Mapping[str, Any]) -> str:
    """The tier in the body or the outputs of a namespace."""
    return str(at(body, "sku.name") or DEFAULT_TIER)


def namespace_of(write: Write) -> Record:
    """The namespace around a hub, a consumer group or a rule set; it is there, or the write was refused before."""
    for place in arm_ids.ancestors(write.arm_id):
        if (found := write.world.find(place)) is not None and found.token == NAMESPACE_TOKEN:
            return found
    raise LookupError(write.arm_id)


def tier_of(write: Write) -> Tier:
    """What the tier of the namespace around a resource has."""
    return TIERS[tier_name(namespace_of(write).outputs)]


def where_namespace_is(write: Write) -> str:
    """The location of the namespace around a resource, which is the resource's too."""
    return namespace_of(write).location
