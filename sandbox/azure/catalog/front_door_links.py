"""The private ways that Front Door makes to its origins: a connection on the target that its owner has to approve.

One for all origins of a profile with the same target, part and region; it goes with the last of them.
https://learn.microsoft.com/azure/frontdoor/private-link#association-of-a-private-endpoint-with-an-azure-front-door-profile

Made by Front Door alone; the owner says yes or no by a PUT on it. A sandbox may decide for the owner, as for every
endpoint: Store.set("endpoint-approval", id of the target, "Rejected").
"""

import uuid
from typing import Final

from sandbox.azure import arm_ids
from sandbox.azure.bodies import Body, at
from sandbox.azure.model import Computed, Durations, Editor, NameRule, Record, ResourceType, World, Write

from .common import ESTIMATE, SYSTEM_DATA, UNVERIFIED_CODE, iso, refuse, rule
from .front_door import profile_id
from .private_link import APPROVED, DECISION, DISCONNECTED, PENDING, REJECTED, connections_of

CONNECTION: Final = "app:ManagedEnvironmentPrivateEndpointConnection"
ORIGIN: Final = "cdn:AFDOrigin"
LINK: Final = "sharedPrivateLinkResource"
_STATE: Final = "privateLinkServiceConnectionState"
_PATH: Final = (
    "/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}/providers/Microsoft.App"
    "/managedEnvironments/{environmentName}/privateEndpointConnections/{privateEndpointConnectionName}"
)
_UNASKED: Final = "https://learn.microsoft.com/azure/private-link/manage-private-endpoint"


def links_of(profile: str, world: World) -> dict[str, tuple[Record, Body]]:
    """The connections that the origins of a profile need: target and body of each, by the id of the connection."""
    found: dict[str, tuple[Record, Body]] = {}
    for origin in world.of_type(ORIGIN):
        if arm_ids.key(profile_id(origin.arm_id)) != arm_ids.key(profile):
            continue
        link: Body = at(origin.inputs, LINK) or {}
        target = world.find(str(at(link, "privateLink.id") or ""))
        if target is None:
            continue
        parts = (arm_ids.key(profile), str(target.created_at), str(link.get("privateLinkLocation")))
        drawn = world.digest("front door link", arm_ids.key(target.arm_id), str(link.get("groupId")), *parts)
        name = str(uuid.UUID(bytes=drawn[:16], version=4))
        found.setdefault(f"{target.arm_id}/privateEndpointConnections/{name}", (target, dict(link)))
    return found


def keep_links(record: Record, editor: Editor) -> None:
    """After a write or a delete of an origin: what its profile needs is there, what it no longer needs is not."""
    profile = profile_id(record.arm_id)
    wanted = links_of(profile, editor)
    for connection in editor.of_type(CONNECTION):
        if connection.hidden.get("profile") == arm_ids.key(profile) and connection.arm_id not in wanted:
            editor.remove(connection.arm_id)
    for arm_id, (target, link) in wanted.items():
        if editor.find(arm_id) is None:
            editor.put(_asked(arm_id, target, link, record, profile))


def _asked(arm_id: str, target: Record, link: Body, origin: Record, profile: str) -> Record:
    """A connection as Front Door asks for it: pending, with the origin's message."""
    state = {"status": PENDING, "description": str(link.get("requestMessage") or ""), "actionsRequired": "None"}
    name, now = arm_ids.name(arm_id), iso(origin.ready_at)
    group = f"/subscriptions/{uuid.UUID(int=0)}/resourceGroups/front-door"  # of Microsoft's own
    return Record(
        token=CONNECTION,
        arm_id=arm_id,
        parent=arm_ids.key(target.arm_id),
        name=name,
        subscription=target.subscription,
        location="",
        unique_key="",
        inputs={_STATE: state},
        outputs={
            "name": name,
            "type": "Microsoft.App/managedEnvironments/privateEndpointConnections",
            "groupIds": [link.get("groupId")],
            "privateEndpoint": {"id": f"{group}/providers/Microsoft.Network/privateEndpoints/{name}"},
            _STATE: state,
            "systemData": {"createdAt": now, "lastModifiedAt": now},
        },
        hidden={"profile": arm_ids.key(profile)},
        created_at=origin.ready_at,
        ready_at=origin.ready_at,
    )


def _state(record: Record, world: World) -> Body:
    """The owner's last word, or what the sandbox says in the owner's place."""
    said: Body = at(record.inputs, _STATE) or {}
    decided = world.setting(DECISION, record.arm_id) or world.setting(DECISION, arm_ids.parent(record.arm_id))
    return {**said, "status": decided} if decided else said


def all_connections_of(environment: Record, world: World) -> list[Body]:
    """A live output of an environment: the connections of endpoints in networks, and Front Door's."""
    asked = [
        {"id": it.arm_id, **it.outputs, "provisioningState": "Succeeded", _STATE: _state(it, world)}
        for it in world.children(environment.arm_id, CONNECTION)
    ]
    return [*connections_of(environment, world), *asked]


@rule(
    "PrivateEndpointConnectionNotFound",
    f"{UNVERIFIED_CODE}: {_UNASKED} (a connection is made by an endpoint, approved by its owner)",
)
def _was_asked_for(write: Write) -> None:
    refuse(
        write.old is None,
        404,
        "PrivateEndpointConnectionNotFound",
        f"The private endpoint connection '{write.name}' of {write.parent} was not found: no endpoint asked for it.",
    )


@rule("PrivateEndpointConnectionInvalid", f"{UNVERIFIED_CODE}: {_UNASKED}")
def _is_a_word(write: Write) -> None:
    status, known = at(write.body, f"{_STATE}.status"), (APPROVED, PENDING, REJECTED, DISCONNECTED)
    refuse(
        status not in known,
        400,
        "PrivateEndpointConnectionInvalid",
        f"The status '{status}' of connection {write.name} is none of {', '.join(known)}.",
    )


ENVIRONMENT_CONNECTION: Final = ResourceType(
    token=CONNECTION,
    path=_PATH,
    name=NameRule(
        pattern=r"[A-Za-z0-9][\w.-]*",
        least=1,
        most=260,
        code="PrivateEndpointConnectionInvalid",
        allowed="what Azure drew",
        source=f"{UNVERIFIED_CODE}: {_UNASKED}",
    ),
    durations=Durations(create=30, update=30, delete=30, source=ESTIMATE),
    source="https://learn.microsoft.com/azure/templates/microsoft.app/managedenvironments/privateendpointconnections",
    location="none",
    # What Front Door made it with stays: every PUT finds it in the record before.
    computed={
        "groupIds": Computed(lambda _: None),
        "privateEndpoint": Computed(lambda _: None),
        "systemData": SYSTEM_DATA,
    },
    live={_STATE: _state},
    rules=(_was_asked_for, _is_a_word),
)

TYPES: Final = (ENVIRONMENT_CONNECTION,)
