"""Whether a container reaches a PostgreSQL server by its name: what private DNS and the networks between them say.

The name of a server in a network resolves where its private zone is linked, and its address is reached in its own
network or one that is peered with it. Rules of security groups are not looked at here.
https://learn.microsoft.com/azure/postgresql/network/concepts-networking-private
"""

from sandbox.azure.arm_ids import key
from sandbox.azure.bodies import at, text_at
from sandbox.azure.catalog import by_token
from sandbox.azure.model import Record, World

_PEERING = "network:VirtualNetworkPeering"


class UnreachableError(Exception):
    """Why a name does not resolve, or its address is not reached, from where a container is."""


def server_named(world: World, environment: Record, host: str) -> Record:
    """The flexible server that answers to `host` for a container in `environment`. Raises UnreachableError."""
    server = next(
        (
            it
            for it in world.of_type("dbforpostgresql:Server")
            if str(at(it.outputs, "fullyQualifiedDomainName")).lower() == host.lower()
        ),
        None,
    )
    if server is None:
        raise UnreachableError(f"{host} does not resolve: no PostgreSQL server has that name")
    here = _network(text_at(environment.inputs, "vnetConfiguration.infrastructureSubnetId"), world)
    there = _network(text_at(server.inputs, "network.delegatedSubnetResourceId"), world)
    if here is None or there is None:
        raise UnreachableError(
            f"{host} does not resolve: environment {environment.name} and the server share no network"
        )
    zone = text_at(server.inputs, "network.privateDnsZoneArmResourceId") or ""
    if not any(
        key(text_at(link.inputs, "virtualNetwork.id") or "") == key(here.arm_id)
        for link in world.children(zone, "privatedns:VirtualNetworkLink")
    ):
        raise UnreachableError(f"{host} does not resolve: its private zone is not linked to network {here.name}")
    if key(here.arm_id) != key(there.arm_id) and not _is_peered(here, there, world):
        raise UnreachableError(f"{host} is not reached: network {here.name} has no connected peering with {there.name}")
    return server


def _network(subnet_id: str | None, world: World) -> Record | None:
    subnet = world.find(subnet_id) if subnet_id else None
    return world.find(subnet.parent) if subnet else None


def _is_peered(here: Record, there: Record, world: World) -> bool:
    """Whether a peering leads there and is connected, for which both networks must have their side."""
    state = by_token(_PEERING).live["peeringState"]
    return any(
        key(text_at(peering.inputs, "remoteVirtualNetwork.id") or "") == key(there.arm_id)
        and state(peering, world) == "Connected"
        for peering in world.children(here.arm_id, _PEERING)
    )
