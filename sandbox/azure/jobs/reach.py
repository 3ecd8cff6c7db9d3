"""Whether a container reaches a PostgreSQL server, a storage account or a vault by its name: what private DNS
and the networks between them say.

The name of a server in a network resolves where its private zone is linked, and its address is reached in its own
network or one that is peered with it. A storage account's name leads to a private endpoint where a zone that is linked
to the network has it; the way over the Internet, which our networks close, is not modelled. Rules of security groups
are not looked at here.
https://learn.microsoft.com/azure/postgresql/network/concepts-networking-private and
https://learn.microsoft.com/azure/storage/common/storage-private-endpoints#dns-changes-for-private-endpoints
"""

from sandbox.azure.arm_ids import key
from sandbox.azure.bodies import at, text_at
from sandbox.azure.catalog import by_token
from sandbox.azure.catalog.private_dns import RECORD_SET
from sandbox.azure.model import Record, World

_PEERING = "network:VirtualNetworkPeering"
_PRIVATE = "privatelink."


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
    holder = world.find(zone)
    if holder is None or not _is_linked(holder, here, world):
        raise UnreachableError(f"{host} does not resolve: its private zone is not linked to network {here.name}")
    if key(here.arm_id) != key(there.arm_id) and not _is_peered(here, there, world):
        raise UnreachableError(f"{host} is not reached: network {here.name} has no connected peering with {there.name}")
    return server


def endpoint_named(world: World, environment: Record, host: str) -> None:
    """See that `host` leads to a private endpoint for a container in `environment`. Raises UnreachableError."""
    here = _network(text_at(environment.inputs, "vnetConfiguration.infrastructureSubnetId"), world)
    name = host.lower().replace(".vault.azure.net", ".vaultcore.azure.net")
    for zone in world.of_type("privatedns:PrivateZone"):
        suffix = "." + zone.name.lower().removeprefix(_PRIVATE)
        fits = zone.name.lower().startswith(_PRIVATE) and name.endswith(suffix)
        if fits and here and _is_linked(zone, here, world) and _has(zone, name.removesuffix(suffix), world):
            return
    raise UnreachableError(f"{host} does not resolve to a private endpoint from environment {environment.name}")


def _is_linked(zone: Record, network: Record, world: World) -> bool:
    links = world.children(zone.arm_id, "privatedns:VirtualNetworkLink")
    return any(key(text_at(link.inputs, "virtualNetwork.id") or "") == key(network.arm_id) for link in links)


def _has(zone: Record, name: str, world: World) -> bool:
    return any(it.name.lower() == name for it in world.children(zone.arm_id, RECORD_SET.token))


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
