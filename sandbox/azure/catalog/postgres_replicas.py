"""Read replicas of a flexible server: what Azure asks of the primary, of the replica and of the way between them.

A replica takes its version from the primary. Promotion is not modelled.
https://learn.microsoft.com/azure/postgresql/read-replica/concepts-read-replicas
"""

from typing import Final

from sandbox.azure import arm_ids
from sandbox.azure.bodies import Body, at, text_at
from sandbox.azure.model import InUse, Record, Reference, World, Write

from .common import UNVERIFIED_CODE, refuse, region, rule
from .security_verdicts import lets_through

SOURCE: Final = "sourceServerResourceId"
_SERVER: Final = "dbforpostgresql:Server"
_PEERING: Final = "network:VirtualNetworkPeering"
_PAGE: Final = "https://learn.microsoft.com/azure/postgresql/read-replica/concepts-read-replicas"
_NETWORK: Final = (
    "https://learn.microsoft.com/azure/postgresql/network/concepts-networking-private"
    "#replication-across-azure-regions-and-virtual-networks-with-private-networking"
)
_MOST: Final = 5
_PORT: Final = 5432


def is_replica(body: Body) -> bool:
    """Whether a body, of a request or of a server that is there, is that of a replica."""
    return bool(text_at(body, SOURCE))


def source_of(write: Write) -> Record | None:
    """The primary that a replica is to follow."""
    found = text_at(write.body, SOURCE)
    return write.world.find(found) if found else None


def version_of(write: Write) -> str | None:
    """The major version: of a replica its primary's, where the body names none."""
    source = source_of(write)
    return text_at(write.body, "version") or (text_at(source.outputs, "version") if source else None)


def role_of(write: Write) -> str:
    """The replication role, in ARM's words."""
    source = source_of(write)
    if source is None:
        return "Primary"
    return "AsyncReplica" if source.location == region(str(at(write.body, "location"))) else "GeoAsyncReplica"


def replicas_of(server: Record, world: World) -> list[Record]:
    """The replicas that follow a server."""
    return [found.record for found in world.referrers(server.arm_id) if found.path == SOURCE]


def capacity_of(record: Record, world: World) -> int:
    """How many replicas more a server may have: a live output."""
    return 0 if is_replica(record.inputs) else _MOST - len(replicas_of(record, world))


@rule(("InvalidParameterValue", "ReplicaCountExceeded"), UNVERIFIED_CODE + ": " + _PAGE)
def replica_fits_primary(write: Write) -> None:
    """The tiers, the size and the features that a replica may have."""
    source = source_of(write)
    if source is None:
        return
    others = [found for found in replicas_of(source, write.world) if found.arm_id.lower() != write.arm_id.lower()]
    refuse(
        len(others) >= _MOST,
        400,
        "ReplicaCountExceeded",
        f"Server {source.name} has {_MOST} read replicas already, the most that it may have.",
    )
    version = text_at(write.body, "version")
    for wrong, parameter, why in (
        (is_replica(source.inputs), "SourceServerResourceId", f"{source.name} is a replica itself."),
        (at(source.outputs, "sku.tier") == "Burstable", "SourceServerResourceId", "Burstable has no read replicas."),
        (at(write.body, "sku.tier") == "Burstable", "SkuTier", "A read replica cannot be Burstable."),
        (version not in (None, at(source.outputs, "version")), "Version", "A replica has its primary's version."),
        (
            (at(write.body, "storage.storageSizeGB") or 0) < (at(source.outputs, "storage.storageSizeGB") or 0),
            "StorageSizeGB",
            "A replica's storage is no smaller than its primary's.",
        ),
        (
            (at(write.body, "highAvailability.mode") or "Disabled") != "Disabled",
            "HighAvailability.Mode",
            "High availability is not supported on a read replica.",
        ),
        (
            at(write.body, "backup.geoRedundantBackup") == "Enabled",
            "GeoRedundantBackup",
            "Geo-redundant backup is not supported on a read replica.",
        ),
    ):
        refuse(wrong, 400, "InvalidParameterValue", f"Invalid value given for parameter {parameter}. {why}")


@rule("ReplicaNetworkNotReachable", UNVERIFIED_CODE + ": " + _NETWORK)
def replica_reaches_primary(write: Write) -> None:
    """Both stand in networks, or none; two networks are joined by a connected peering."""
    source = source_of(write)
    if source is None:
        return
    ids = [text_at(body, "network.delegatedSubnetResourceId") for body in (write.body, source.inputs)]
    here, there = (write.world.find(arm_ids.parent(found)) if found else None for found in ids)
    joined = here is not None and there is not None and (here == there or _is_peered(here, there, write.world))
    refuse(
        any(ids) and not joined,
        400,
        "ReplicaNetworkNotReachable",
        f"Replica {write.name} and its primary {source.name} must stand in one virtual network, or in two that are "
        "joined by a connected peering.",
    )


def _is_peered(here: Record, there: Record, world: World) -> bool:
    """Whether a peering leads there, and both sides have met."""
    return any(
        arm_ids.key(text_at(peering.inputs, "remoteVirtualNetwork.id") or "") == arm_ids.key(there.arm_id)
        and peering.hidden.get("mate") is not None
        for peering in world.children(here.arm_id, _PEERING)
    )


@rule("ReplicaNetworkNotReachable", UNVERIFIED_CODE + ": " + _NETWORK)
def replica_is_let_through(write: Write) -> None:
    """The security groups of both subnets let the two servers speak at 5432, each to the other."""
    source = source_of(write)
    ids = [text_at(body, "network.delegatedSubnetResourceId") for body in (write.body, source.inputs if source else {})]
    here, there = (write.world.find(found) if found else None for found in ids)
    if source is None or here is None or there is None or here == there:
        return
    for subnet, other in ((here, there), (there, here)):
        for direction in ("Inbound", "Outbound"):
            refuse(
                not lets_through(subnet, other, direction, _PORT, write.world),
                400,
                "ReplicaNetworkNotReachable",
                f"The network security group of subnet {subnet.name} does not let replica {write.name} and its primary "
                f"{source.name} speak at port {_PORT} ({direction}, subnet {other.name}).",
            )


@rule("OperationNotAllowedOnReplica", UNVERIFIED_CODE + ": " + _PAGE)
def server_takes_writes(write: Write) -> None:
    """Databases and administrators come from the primary."""
    server = write.world.find(write.parent)
    refuse(
        server is not None and is_replica(server.inputs),
        400,
        "OperationNotAllowedOnReplica",
        f"Server {arm_ids.name(write.parent)} is a read replica: write to its primary.",
    )


REFERENCE: Final = Reference(
    path=SOURCE,
    tokens=(_SERVER,),
    code="InvalidParameterValue",
    message="Invalid value given for parameter SourceServerResourceId. The server {id} was not found.",
    source=_PAGE + " (the code is unverified)",
)
IN_USE: Final = InUse(
    tokens=(_SERVER,),
    status=400,
    code="PrimaryServerHasReplicas",
    message="Server {name} cannot be deleted while it has read replicas: {users}. Delete or promote them first.",
    source=UNVERIFIED_CODE + ": " + _PAGE,
)
