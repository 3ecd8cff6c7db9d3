"""PUT over HTTP, and the subscription itself: for what is made before there is a program to make it.

A body of Resource Manager holds all but its envelope under `properties`; the SDK's types are flat, except where ARM's
own have no other place. What the SDK's type does not have is refused by name, as everywhere in the stand-in.
https://learn.microsoft.com/azure/azure-resource-manager/management/overview
"""

from collections.abc import Mapping
from typing import Any, Final

from . import arm_ids, checking, effects
from .bodies import Body
from .catalog import located
from .errors import ArmError, NotModelledError
from .model import ResourceType
from .representation import sdk_of
from .resource_manager import ResourceManager
from .store import Store

_CREATED: Final = 201
_OK: Final = 200


def put(store: Store, arm_id: str, body: Body) -> tuple[int, Body]:
    """Create or change a resource; the status, and the resource in the SDK's shape.

    Raises ArmError with what Azure answers, NotModelledError for a type without a row and for one that has something
    real behind it, which only the provider sets in motion.
    """
    kind, parameters = located(arm_id)
    if kind.token in effects.PUT:
        raise NotModelledError(f"{kind.token} has a real server behind it: the provider writes it, not HTTP")
    flat = flattened(kind, body)
    if faults := checking.faults(kind, {**flat, **parameters}):
        raise ArmError(400, "InvalidRequestContent", f"The request content was invalid: {'; '.join(faults)}.")
    manager = ResourceManager(store)
    status = _CREATED if manager.read(arm_id) is None else _OK
    return status, manager.update(arm_id, flat)


def flattened(kind: ResourceType, body: Mapping[str, Any]) -> Body:
    """A body of ARM in the SDK's shape. Raises ArmError for `properties` that are no object."""
    inner = body.get("properties", {})
    if not isinstance(inner, Mapping):
        raise ArmError(400, "InvalidRequestContent", "The request content was invalid: 'properties' is no object.")
    outer = {key: value for key, value in body.items() if key != "properties"}
    if "properties" in sdk_of(kind).inputs.properties:
        return {**outer, "properties": dict(inner)} if inner else outer
    return {**outer, **inner}


def subscription(store: Store, arm_id: str) -> Body | None:
    """What GET answers for a subscription, None where the id names something else.

    Raises ArmError for one that is not there. https://learn.microsoft.com/rest/api/resources/subscriptions/get
    """
    name = arm_ids.subscription(arm_id)
    if not name or arm_ids.key(arm_id) != f"/subscriptions/{name.lower()}":
        return None
    tenant = store.read(lambda tx: tx.tenant(name))
    if not tenant:
        raise ArmError(404, "SubscriptionNotFound", f"The subscription '{name}' could not be found.")
    return {"id": arm_id, "subscriptionId": name, "tenantId": tenant, "state": "Enabled", "displayName": name}
