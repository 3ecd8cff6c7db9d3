# ruff: noqa: S106 - a token is the name of a type
"""Shared access rules of Event Hubs, of a namespace and of a hub, and the keys that they stand for.

https://learn.microsoft.com/azure/event-hubs/authorize-access-shared-access-signature
Keys are drawn from the store, stay with a rule for its life, and are in no output: whoever may list them asks for them.
"""

import base64
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from sandbox.azure import arm_ids
from sandbox.azure.bodies import Body, at
from sandbox.azure.model import (
    Computed,
    Durations,
    NameRule,
    Record,
    ResourceType,
    Serial,
    World,
    Write,
)

from .common import ARM_NAMES, ESTIMATE, SYSTEM_DATA, UNVERIFIED_CODE, refuse, rule

EXCEPTIONS = "https://learn.microsoft.com/azure/event-hubs/resource-manager-exceptions"
NAMESPACE_PATH = (
    "/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}/providers/Microsoft.EventHub/namespaces"
    "/{namespaceName}"
)
HUB_PATH = NAMESPACE_PATH + "/eventhubs/{eventHubName}"
ENTITY = NameRule(
    pattern=r"[A-Za-z0-9]([\w.-]*[A-Za-z0-9])?",
    least=1,
    most=50,
    code="BadRequest",
    allowed="letters, digits, '.', '-' and '_', a letter or digit first and last",
    source=ARM_NAMES,
)
ROOT_RULE = "RootManageSharedAccessKey"
_RULES = "https://learn.microsoft.com/azure/event-hubs/authorize-access-shared-access-signature"
_MOST_RULES = 12
_RIGHTS = ("Listen", "Manage", "Send")


def not_while_busy(depth: int) -> tuple[Serial, ...]:
    """What lies `depth` levels in a namespace is written beside others, but not while the namespace itself is."""

    def namespace(arm_id: str, _: Mapping[str, Any]) -> str:
        for _level in range(depth):
            arm_id = arm_ids.parent(arm_id)
        return arm_id

    return (
        Serial(
            scope=namespace,
            code="Conflict",
            message="Namespace provisioning in transition: another operation is under way on {name}.",
            source=EXCEPTIONS,
            exclusive=False,
        ),
    )


@rule("BadRequest", _RULES + " (the messages are unverified)")
def _rights_are_whole(write: Write) -> None:
    rights = list(at(write.body, "rights") or [])
    refuse(not rights, 400, "BadRequest", f"The rule {write.name} gives no rights; it needs one of {_RIGHTS}.")
    strangers = sorted(set(map(str, rights)) - set(_RIGHTS))
    refuse(strangers, 400, "BadRequest", f"The rights {strangers} of rule {write.name} are none of {_RIGHTS}.")
    refuse(
        "Manage" in rights and not {"Send", "Listen"} <= set(rights),
        400,
        "BadRequest",
        f"SubCode=40000. Manage permission of rule {write.name} should also include Send and Listen.",
    )


@rule("Conflict", UNVERIFIED_CODE + ": " + _RULES)
def _entity_has_room(write: Write) -> None:
    # A namespace has its root rule beside those that were written.
    there = len(write.world.children(write.parent, write.kind.token)) + (write.kind.preset is not None)
    refuse(
        write.old is None and there >= _MOST_RULES,
        409,
        "Conflict",
        "SubCode=40300. The maximum number of resources of type AuthorizationRule has been reached or exceeded. "
        f"Actual: {there}, Max allowed: {_MOST_RULES}",
    )


HUB_RULE = ResourceType(
    token="eventhub:EventHubAuthorizationRule",
    path=HUB_PATH + "/authorizationRules/{authorizationRuleName}",
    name=replace(ENTITY, allowed="1 to 50 " + ENTITY.allowed),
    durations=Durations(create=6, update=6, delete=6, source=ESTIMATE),
    source="https://learn.microsoft.com/azure/templates/microsoft.eventhub/2024-01-01/namespaces/eventhubs/authorizationrules",
    location="none",
    computed={"systemData": SYSTEM_DATA},
    serial=not_while_busy(2),
    provisioning_state="",
    rules=(_rights_are_whole, _entity_has_room),
)


def _root_rule(name: str, _: Record) -> Body | None:
    """Each namespace has a rule that may do everything."""
    return {"rights": list(_RIGHTS)} if name.lower() == ROOT_RULE.lower() else None


NAMESPACE_RULE = replace(
    HUB_RULE,
    token="eventhub:NamespaceAuthorizationRule",
    path=NAMESPACE_PATH + "/authorizationRules/{authorizationRuleName}",
    source="https://learn.microsoft.com/azure/templates/microsoft.eventhub/2024-01-01/namespaces/authorizationrules",
    computed={**HUB_RULE.computed, "location": Computed(lambda write: _location(write.world.find(write.parent)))},
    serial=not_while_busy(1),
    preset=_root_rule,
)


def _location(namespace: Record | None) -> str | None:
    return namespace.location if namespace else None


def keys_of(rule_record: Record, world: World) -> dict[str, str]:
    """What `listKeys` answers for a rule: two keys and the connection strings around them."""
    place = arm_ids.key(rule_record.arm_id).split("/")
    namespace, hub = place[8], place[10] if place[9] == "eventhubs" else ""

    def drawn(which: str) -> str:
        text = world.digest(arm_ids.key(rule_record.arm_id), str(rule_record.created_at), which)
        return base64.b64encode(text).decode()

    def connection(key: str) -> str:
        entity = f";EntityPath={hub}" if hub else ""
        return (
            f"Endpoint=sb://{namespace}.servicebus.windows.net/;SharedAccessKeyName={rule_record.name};"
            f"SharedAccessKey={key}{entity}"
        )

    primary, secondary = drawn("primary"), drawn("secondary")
    return {
        "keyName": rule_record.name,
        "primaryKey": primary,
        "secondaryKey": secondary,
        "primaryConnectionString": connection(primary),
        "secondaryConnectionString": connection(secondary),
    }
