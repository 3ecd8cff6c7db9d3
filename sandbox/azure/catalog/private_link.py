# ruff: noqa: S105 - a token is the name of a type
"""What private endpoints connect to: which parts of which types, under which names, and how a connection stands.

The table is that of https://learn.microsoft.com/azure/private-link/private-endpoint-dns: a type's parts (group ids),
the zone of each, and the names that lead to it. A type that offers its connections in its own GET shows them by
`connections_of`.

A connection is approved by who owns the target. A sandbox decides for the owner, at any time, with
Store.set("endpoint-approval", id, "Approved" | "Pending" | "Rejected"); the id, as Azure spells it, is that of an
endpoint or, for all of its endpoints, of the target. Without it an endpoint that asks for approval itself is approved,
and a manual one waits.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from sandbox.azure import arm_ids
from sandbox.azure.bodies import Body, at, objects_at
from sandbox.azure.model import Record, World

ENDPOINT = "network:PrivateEndpoint"
ZONE_GROUP = "network:PrivateDnsZoneGroup"
APPROVED, PENDING, REJECTED, DISCONNECTED = "Approved", "Pending", "Rejected", "Disconnected"
DECISION = "endpoint-approval"  # the kind of the sandbox's fact
CONNECTIONS = ("privateLinkServiceConnections", "manualPrivateLinkServiceConnections")
_TOLD = {
    APPROVED: "Auto-Approved",
    PENDING: "Awaiting approval",
    REJECTED: 'the owner said no; in the sandbox: Store.set("endpoint-approval", id, "Rejected")',
    DISCONNECTED: "Deleted state: the target of the connection is gone",
}


@dataclass(frozen=True, kw_only=True)
class Part:
    """One part of a target.

    suffix: what the names that lead to it end in, for clients; zone: where they lie in private (both with `{region}`).
    members: the names, by the member that Azure calls them.
    """

    suffix: str
    zone: str
    members: Callable[[Record], Mapping[str, str]]

    def records(self, target: Record) -> dict[str, str]:
        """The names of the records in the private zone, by member."""
        suffix = self.suffix.format(region=target.location)
        return {member: name.removesuffix(f".{suffix}") for member, name in self.members(target).items()}

    def zone_name(self, target: Record) -> str:
        """The zone that the names lie in."""
        return self.zone.format(region=target.location)


@dataclass(frozen=True, kw_only=True)
class Target:
    """A type that endpoints connect to.

    refused: why one resource of it takes none, None when it does. action: what the type's own connections call what is
    still to be done, "" where they do not say.
    """

    parts: Mapping[str, Part]
    refused: Callable[[Record], str | None] = lambda _: None
    action: str = "actionsRequired"


def _named(suffix: str, group: str, zone: str = "") -> Part:
    """A part under the resource's own name."""
    zone = zone or f"privatelink.{suffix}"
    return Part(suffix=suffix, zone=zone, members=lambda target: {group: f"{target.name.lower()}.{suffix}"})


def _registry_members(target: Record) -> Mapping[str, str]:
    name = target.name.lower()
    return {
        f"registry_data_{target.location}": f"{name}.{target.location}.data.azurecr.io",
        "registry": f"{name}.azurecr.io",
    }


def _sku(path: str, *enough: str) -> Callable[[Record], str | None]:
    """A target that takes endpoints in these tiers only."""

    def refused(target: Record) -> str | None:
        tier = str(at(target.outputs, path))
        return None if tier in enough else f"the tier {tier} has no private endpoints, {' and '.join(enough)} have"

    return refused


def _postgres_is_outside(target: Record) -> str | None:
    inside = at(target.outputs, "network.delegatedSubnetResourceId")
    return "the server stands in a virtual network; private endpoints are for servers outside" if inside else None


def _environment_is_shut(target: Record) -> str | None:
    shut = at(target.outputs, "publicNetworkAccess") == "Disabled"
    return None if shut else "public network access must be disabled first"


TARGETS: Mapping[str, Target] = {
    "storage:StorageAccount": Target(
        parts={
            group: _named(f"{group}.core.windows.net", group)
            for group in ("blob", "file", "queue", "table", "dfs", "web")
        },
        action="actionRequired",
    ),
    "keyvault:Vault": Target(parts={"vault": _named("vault.azure.net", "default", "privatelink.vaultcore.azure.net")}),
    "containerregistry:Registry": Target(
        parts={
            "registry": Part(suffix="azurecr.io", zone="privatelink.azurecr.io", members=_registry_members),
        },
        refused=_sku("sku.name", "Premium"),
    ),
    "eventhub:Namespace": Target(
        parts={"namespace": _named("servicebus.windows.net", "namespace")},
        refused=_sku("sku.name", "Standard", "Premium"),
        action="",
    ),
    "redisenterprise:RedisEnterprise": Target(
        parts={
            "redisEnterprise": Part(
                suffix="redis.azure.net",
                zone="privatelink.redis.azure.net",
                members=lambda target: {"redisEnterprise": f"{target.name.lower()}.{target.location}.redis.azure.net"},
            )
        }
    ),
    "search:Service": Target(
        parts={"searchService": _named("search.windows.net", "searchService")},
        refused=lambda target: (
            "the tier free has no private endpoints" if at(target.outputs, "sku.name") == "free" else None
        ),
    ),
    "dbforpostgresql:Server": Target(
        parts={"postgresqlServer": _named("postgres.database.azure.com", "postgresqlServer")},
        refused=_postgres_is_outside,
    ),
    "app:ManagedEnvironment": Target(
        parts={
            "managedEnvironments": Part(
                suffix="{region}.azurecontainerapps.io",
                zone="privatelink.{region}.azurecontainerapps.io",
                members=lambda target: {"managedEnvironments": str(at(target.outputs, "defaultDomain"))},
            )
        },
        refused=_environment_is_shut,
    ),
}


def part_of(target: Record, group: str) -> Part | None:
    """The part of a target by its group id."""
    return TARGETS[target.token].parts.get(group) if target.token in TARGETS else None


def connection_in(body: Body) -> tuple[Body, bool] | None:
    """The one connection of an endpoint's body, and whether it waits for approval by hand."""
    for kind in CONNECTIONS:
        for connection in objects_at(body, kind):
            return connection, kind == CONNECTIONS[1]
    return None


def target_of(endpoint: Record, world: World) -> Record | None:
    """The resource that an endpoint names, whether the endpoint still leads to it or not."""
    found = connection_in(endpoint.inputs)
    return world.find(str(found[0].get("privateLinkServiceId"))) if found else None


def state_of(endpoint: Record, world: World) -> str:
    """How the connection of an endpoint stands.

    An endpoint belongs to the target that it was made for: one made anew under the same id knows nothing of it.
    """
    target, found = target_of(endpoint, world), connection_in(endpoint.inputs)
    if target is None or found is None or endpoint.hidden.get("target") not in (None, target.created_at):
        return DISCONNECTED
    decided = world.setting(DECISION, endpoint.arm_id) or world.setting(DECISION, target.arm_id)
    return decided or (PENDING if found[1] else APPROVED)


def state_body(endpoint: Record, world: World) -> Body:
    """The state of a connection as ARM returns it."""
    state = state_of(endpoint, world)
    return {"actionsRequired": "None", "description": _TOLD.get(state, state), "status": state}


def endpoints_of(target: Record, world: World) -> Iterator[tuple[Record, str]]:
    """The endpoints of a target with the state of each; one cut off is the target's no more."""
    for referrer in world.referrers(target.arm_id):
        if referrer.record.token == ENDPOINT and (state := state_of(referrer.record, world)) != DISCONNECTED:
            yield referrer.record, state


def connections_of(target: Record, world: World) -> list[Body]:
    """A live output of a target: the connections of its endpoints."""
    return [
        {
            "id": f"{target.arm_id}/privateEndpointConnections/{endpoint.name}.{_drawn(endpoint, world)}",
            "name": f"{endpoint.name}.{_drawn(endpoint, world)}",
            "type": f"{arm_ids.arm_type(target.arm_id)}/privateEndpointConnections",
            "privateEndpoint": {"id": endpoint.arm_id},
            "privateLinkServiceConnectionState": _in_words_of(target, state_body(endpoint, world)),
            "provisioningState": "Succeeded",
        }
        for endpoint, _ in endpoints_of(target, world)
    ]


def _in_words_of(target: Record, state: Body) -> Body:
    """A connection's state with the property names of the target's type."""
    action = TARGETS[target.token].action
    named = {action: state["actionsRequired"]} if action else {}
    return {"status": state["status"], "description": state["description"], **named}


def _drawn(endpoint: Record, world: World) -> str:
    return world.digest(arm_ids.key(endpoint.arm_id), str(endpoint.created_at), "connection").hex()[:32]


def sees_endpoint(network: str, endpoint: Record, world: World) -> bool:
    """True if an endpoint stands in a network and its zone is linked there: then its target's name leads to it.

    https://learn.microsoft.com/azure/private-link/private-endpoint-dns-integration
    """
    subnet = str(at(endpoint.inputs, "subnet.id") or "")
    if arm_ids.key(arm_ids.parent(subnet)) != arm_ids.key(network):
        return False
    zones = {
        arm_ids.key(str(at(config, "privateDnsZoneId")))
        for group in world.children(endpoint.arm_id, ZONE_GROUP)
        for config in objects_at(group.inputs, "privateDnsZoneConfigs")
    }
    links = [
        found.record for found in world.referrers(network) if found.record.token == "privatedns:VirtualNetworkLink"
    ]
    return any(link.parent in zones for link in links)
