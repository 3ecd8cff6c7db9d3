# ruff: noqa: S106 - a token is the name of a type
"""Peerings of virtual networks: each network has its side, and both must be there.

https://learn.microsoft.com/azure/virtual-network/virtual-network-manage-peering
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from sandbox.azure import arm_ids
from sandbox.azure.bodies import at
from sandbox.azure.errors import NotModelledError
from sandbox.azure.model import (
    Durations,
    Editor,
    Immutable,
    Record,
    Reference,
    ResourceType,
    World,
    Write,
)

from .addresses import address_space, overlap
from .common import ESTIMATE, drawn_guid, etag, refuse, rule
from .network import GROUP, name_rule, network_serial

_PEERING = "https://learn.microsoft.com/azure/virtual-network/virtual-network-manage-peering"
_TROUBLESHOOT = (
    "https://learn.microsoft.com/troubleshoot/azure/virtual-network/virtual-network-troubleshoot-peering-issues"
)


def _remote(write: Write) -> Record | None:
    return write.world.find(str(at(write.body, "remoteVirtualNetwork.id") or ""))


def _reverse(record_parent: str, remote: str, world: World) -> Record | None:
    """The peering of the remote network that leads back."""
    return next(
        (
            peering
            for peering in world.children(remote, "network:VirtualNetworkPeering")
            if arm_ids.key(str(at(peering.inputs, "remoteVirtualNetwork.id"))) == arm_ids.key(record_parent)
        ),
        None,
    )


@rule(("InvalidRequestFormat", "VnetCannotPeerWithItself", "VnetAddressSpacesOverlap"), _PEERING)
def _peers_are_apart(write: Write) -> None:
    refuse(
        not at(write.body, "remoteVirtualNetwork.id"),
        400,
        "InvalidRequestFormat",
        f"Peering {write.arm_id} names no remoteVirtualNetwork.id.",
    )
    own, remote = write.world.find(write.parent), _remote(write)
    if own is None or remote is None:
        return
    refuse(
        own.arm_id == remote.arm_id,
        400,
        "VnetCannotPeerWithItself",
        f"Cannot create or update peering {write.arm_id}: virtual network {own.arm_id} cannot be peered with itself.",
    )
    shared = overlap(address_space(own.inputs, own.name), address_space(remote.inputs, remote.name))
    refuse(
        shared,
        400,
        "VnetAddressSpacesOverlap",
        f"Cannot create or update peering {write.arm_id}. Virtual networks {own.arm_id} and {remote.arm_id} cannot be "
        f"peered because their address spaces overlap. Overlapping address prefixes: {', '.join(map(str, shared))}",
    )


@rule(("AnotherPeeringAlreadyReferencesRemoteVnet", "RemotePeeringIsDisconnected"), _TROUBLESHOOT)
def _one_peering_a_pair(write: Write) -> None:
    remote = _remote(write)
    if remote is None:
        return
    for sibling in write.world.children(write.parent, "network:VirtualNetworkPeering"):
        refuse(
            arm_ids.key(sibling.arm_id) != arm_ids.key(write.arm_id)
            and arm_ids.key(str(at(sibling.inputs, "remoteVirtualNetwork.id"))) == arm_ids.key(remote.arm_id),
            400,
            "AnotherPeeringAlreadyReferencesRemoteVnet",
            f"Peering {write.arm_id} cannot reference remote virtual network {remote.arm_id} because its parent "
            "virtual "
            f"network is already referenced by peering {sibling.arm_id}.",
        )
    reverse = _reverse(write.parent, remote.arm_id, write.world)
    refuse(
        write.old is None and reverse is not None and _peering_state(reverse, write.world) == "Disconnected",
        400,
        "RemotePeeringIsDisconnected",
        f"Cannot create or update peering {write.arm_id} because remote peering {reverse.arm_id if reverse else ''} "
        f"referencing parent virtual network {write.parent} is in Disconnected state. Update or re-create the remote "
        "peering to get it back to Initiated state. Peering gets Disconnected when remote vnet or remote peering is "
        "deleted and re-created.",
    )


@rule((), "unverified: gateways are not modelled")
def _no_gateways(write: Write) -> None:
    if at(write.body, "useRemoteGateways"):
        raise NotModelledError(
            "network:VirtualNetworkPeering useRemoteGateways: gateways are not modelled; leave it false"
        )


def _peering_state(record: Record, world: World) -> str:
    reverse = _reverse(record.parent, str(at(record.inputs, "remoteVirtualNetwork.id")), world)
    mate = record.hidden.get("mate")
    if mate is None:
        return "Initiated"
    return "Connected" if reverse is not None and reverse.created_at == mate else "Disconnected"


def _meet(record: Record, editor: Editor) -> None:
    """Both sides remember that they have met: from then on, one that goes leaves the other Disconnected."""
    reverse = _reverse(record.parent, str(at(record.inputs, "remoteVirtualNetwork.id")), editor)
    if reverse is not None:
        editor.put(replace(record, hidden={**record.hidden, "mate": reverse.created_at}))
        editor.put(replace(reverse, hidden={**reverse.hidden, "mate": record.created_at}))
    else:
        editor.put(replace(record, hidden={key: item for key, item in record.hidden.items() if key != "mate"}))


def _remote_space(record: Record, world: World) -> Mapping[str, Any] | None:
    remote = world.find(str(at(record.inputs, "remoteVirtualNetwork.id")))
    return at(remote.inputs, "addressSpace") if remote else None


PEERING = ResourceType(
    token="network:VirtualNetworkPeering",
    path=GROUP + "/virtualNetworks/{virtualNetworkName}/virtualNetworkPeerings/{virtualNetworkPeeringName}",
    name=name_rule("virtual network peering", 1, 80),
    durations=Durations(create=15, update=15, delete=15, source=ESTIMATE),
    source="https://learn.microsoft.com/azure/templates/microsoft.network/2024-05-01/virtualnetworks/virtualnetworkpeerings",
    location="none",
    defaults={
        "allowForwardedTraffic": False,
        "allowGatewayTransit": False,
        "allowVirtualNetworkAccess": True,
        "doNotVerifyRemoteGateways": False,
        "peerCompleteVnets": True,
        "peeringSyncLevel": "FullyInSync",
        "useRemoteGateways": False,
    },
    hidden=("syncRemoteAddressSpace",),
    computed={"resourceGuid": drawn_guid("resource"), "etag": etag()},
    live={
        "peeringState": _peering_state,
        "remoteAddressSpace": _remote_space,
        "remoteVirtualNetworkAddressSpace": _remote_space,
    },
    immutable=(
        Immutable(
            paths=("remoteVirtualNetwork.id",),
            code="ChangingRemoteVnetNotAllowed",
            message="Remote virtual network of peering {id} cannot be changed.",
            source=_PEERING + " (the rule is documented; the code is unverified)",
        ),
    ),
    references=(
        Reference(
            path="remoteVirtualNetwork.id",
            tokens=("network:VirtualNetwork",),
            code="InvalidResourceReference",
            source=_PEERING,
        ),
    ),
    serial=(network_serial(1),),
    rules=(_peers_are_apart, _one_peering_a_pair, _no_gateways),
    after=_meet,
)

TYPES = (PEERING,)
