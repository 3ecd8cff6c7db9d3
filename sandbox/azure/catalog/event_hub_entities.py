# ruff: noqa: S106 - a token is the name of a type
"""The hubs of a namespace and their consumer groups.

https://learn.microsoft.com/azure/event-hubs/event-hubs-features and
https://learn.microsoft.com/azure/event-hubs/resource-manager-exceptions
"""

import math
from dataclasses import replace

from sandbox.azure.bodies import at
from sandbox.azure.errors import NotModelledError
from sandbox.azure.model import Computed, Durations, ResourceType, Write

from .common import ESTIMATE, SYSTEM_DATA, iso, refuse, rule
from .event_hub_rules import ENTITY, EXCEPTIONS, HUB_PATH, not_while_busy
from .event_hub_tiers import QUOTAS, namespace_of, tier_name, tier_of, where_namespace_is

_DEFAULT_PARTITIONS = 4
_DEFAULT_HOURS = 168

# Hub ------------------------------------------------------------------------------------------------------------------


def _partitions(write: Write) -> int:
    kept = at(write.old.outputs, "partitionCount") if write.old else None
    return int(at(write.body, "partitionCount") or kept or _DEFAULT_PARTITIONS)


def _hours(write: Write) -> int:
    """How long events stay: the description says it where both properties do.

    https://github.com/Azure/bicep-registry-modules/pull/5132
    """
    hours, days = (
        at(write.body, path) for path in ("retentionDescription.retentionTimeInHours", "messageRetentionInDays")
    )
    return int(hours or (days * 24 if days else 0) or min(_DEFAULT_HOURS, tier_of(write).hours))


@rule("BadRequest", EXCEPTIONS + " and https://github.com/hashicorp/terraform/issues/19029")
def _partitions_fit(write: Write) -> None:
    wanted, most = _partitions(write), tier_of(write).partitions
    refuse(
        not 1 <= wanted <= most,
        400,
        "BadRequest",
        f"SubCode=40000. The specified partition count {wanted} of {write.name} is not between 1 and {most}.",
    )
    refuse(
        write.old is not None and wanted != at(write.old.outputs, "partitionCount"),
        400,
        "BadRequest",
        "SubCode=40000. PartitionCount cannot be changed for EventHub.",
    )


@rule("BadRequest", EXCEPTIONS)
def _retention_fits(write: Write) -> None:
    if at(write.body, "retentionDescription.cleanupPolicy") == "Compact":
        raise NotModelledError(f"eventhub:EventHub {write.name}: compaction is not modelled; take Delete")
    hours, tier = _hours(write), tier_of(write)
    refuse(
        not 1 <= hours <= tier.hours,
        400,
        "BadRequest",
        f"SubCode=40000. The value '{hours / 24:g}' for MessageRetentionInDays of {write.name} is not valid for the "
        f"{tier_name(namespace_of(write).outputs)} tier. The value cannot exceed '{tier.hours // 24}' day(s).",
    )


@rule("Conflict", EXCEPTIONS + " and " + QUOTAS)
def _namespace_has_room(write: Write) -> None:
    there, most = len(write.world.children(write.parent, "eventhub:EventHub")), tier_of(write).hubs
    refuse(
        write.old is None and there >= most,
        409,
        "Conflict",
        "SubCode=40300. The maximum number of resources of type EventHub has been reached or exceeded. "
        f"Actual: {there}, Max allowed: {most}",
    )


HUB = ResourceType(
    token="eventhub:EventHub",
    path=HUB_PATH,
    name=replace(ENTITY, least=1, most=256, allowed="1 to 256 " + ENTITY.allowed),
    durations=Durations(create=12, update=8, delete=8, source=ESTIMATE),
    source="https://learn.microsoft.com/azure/templates/microsoft.eventhub/2024-01-01/namespaces/eventhubs",
    location="none",
    refused={
        "captureDescription": "capture is not modelled",
        "retentionDescription.tombstoneRetentionTimeInHours": "compaction is not modelled",
    },
    defaults={"status": "Active"},
    computed={
        "partitionCount": Computed(_partitions),
        "partitionIds": Computed(lambda write: [str(index) for index in range(_partitions(write))]),
        "messageRetentionInDays": Computed(lambda write: math.ceil(_hours(write) / 24), keep=False),
        "retentionDescription": Computed(
            lambda write: {"cleanupPolicy": "Delete", "retentionTimeInHours": _hours(write)}, keep=False
        ),
        "location": Computed(where_namespace_is),
        "createdAt": Computed(lambda write: iso(write.now)),
        "updatedAt": Computed(lambda write: iso(write.now), keep=False),
        "systemData": SYSTEM_DATA,
    },
    serial=not_while_busy(1),
    provisioning_state="",
    rules=(_partitions_fit, _retention_fits, _namespace_has_room),
)


# Consumer group -------------------------------------------------------------------------------------------------------


@rule(("BadRequest", "Conflict"), EXCEPTIONS + " and " + QUOTAS)
def _hub_has_room(write: Write) -> None:
    namespace, tier = namespace_of(write), tier_of(write)
    refuse(
        tier.groups == 1,
        400,
        "BadRequest",
        "The operation can't be done on entity type 'ConsumerGroup' because the namespace "
        f"'{namespace.name}' is using 'Basic' tier.",
    )
    there = 1 + len(write.world.children(write.parent, "eventhub:ConsumerGroup"))  # with $Default
    refuse(
        write.old is None and there >= tier.groups,
        409,
        "Conflict",
        "SubCode=40300. The maximum number of resources of type ConsumerGroup has been reached or exceeded. "
        f"Actual: {there}, Max allowed: {tier.groups}",
    )


CONSUMER_GROUP = ResourceType(
    token="eventhub:ConsumerGroup",
    path=HUB_PATH + "/consumergroups/{consumerGroupName}",
    name=replace(ENTITY, pattern=r"\$Default|" + ENTITY.pattern),
    durations=Durations(create=6, update=6, delete=6, source=ESTIMATE),
    source="https://learn.microsoft.com/azure/templates/microsoft.eventhub/2024-01-01/namespaces/eventhubs/consumergroups",
    location="none",
    computed={
        "location": Computed(where_namespace_is),
        "createdAt": Computed(lambda write: iso(write.now)),
        "updatedAt": Computed(lambda write: iso(write.now), keep=False),
        "systemData": SYSTEM_DATA,
    },
    serial=not_while_busy(2),
    preset=lambda name, _: {} if name.lower() == "$default" else None,
    provisioning_state="",
    rules=(_hub_has_room,),
)
