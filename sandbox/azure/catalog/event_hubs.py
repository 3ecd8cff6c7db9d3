# ruff: noqa: S106 - a token is the name of a type
"""Event Hubs namespaces and their network rules; what lies in them is in `event_hub_entities` and `event_hub_rules`.

https://learn.microsoft.com/azure/event-hubs/event-hubs-quotas and
https://learn.microsoft.com/azure/event-hubs/resource-manager-exceptions
"""

from dataclasses import replace

from sandbox.azure.bodies import Body, at, put_at
from sandbox.azure.model import (
    Computed,
    Durations,
    Editor,
    NameRule,
    Record,
    ResourceType,
    Serial,
    Unique,
    World,
    Write,
)

from .common import ARM_NAMES, ESTIMATE, MEASURED, SYSTEM_DATA, UNVERIFIED_CODE, iso, refuse, rule
from .event_hub_entities import CONSUMER_GROUP, HUB
from .event_hub_rules import EXCEPTIONS, HUB_RULE, NAMESPACE_PATH, NAMESPACE_RULE, not_while_busy
from .event_hub_tiers import NAMESPACE_TOKEN, QUOTAS, TIERS, namespace_of, tier_name, where_namespace_is
from .private_link import connections_of

_AUTO_INFLATE = "https://learn.microsoft.com/azure/event-hubs/event-hubs-auto-inflate"


# Namespace ------------------------------------------------------------------------------------------------------------


@rule("BadRequest", QUOTAS)
def _units_are_offered(write: Write) -> None:
    name, units = tier_name(write.body), at(write.body, "sku.capacity")
    refuse(name not in TIERS, 400, "BadRequest", f"The SKU '{name}' of namespace {write.name} is none of "
           f"{', '.join(TIERS)}.")  # fmt: skip
    tier = str(at(write.body, "sku.tier") or name)
    refuse(tier != name, 400, "BadRequest", f"The tier '{tier}' of namespace {write.name} is not its SKU '{name}'.")
    offered = TIERS[name].units
    refuse(
        units is not None and int(units) not in offered,
        400,
        "BadRequest",
        f"The capacity {units} of namespace {write.name} is not offered for {name}: {min(offered)} to {max(offered)}.",
    )


@rule("BadRequest", EXCEPTIONS)
def _inflates_where_it_can(write: Write) -> None:
    inflates, most = at(write.body, "isAutoInflateEnabled"), int(at(write.body, "maximumThroughputUnits") or 0)
    name, least = tier_name(write.body), int(at(write.body, "sku.capacity") or 1)
    refuse(inflates and name == "Basic", 400, "BadRequest", "Can't set Auto-Inflate in basic SKU.")
    refuse(
        bool(most) != bool(inflates),
        400,
        "BadRequest",
        f"MaximumThroughputUnits of namespace {write.name} is {most} where Auto-Inflate is {bool(inflates)}: it is set "
        f"with Auto-Inflate, and 0 without. See {_AUTO_INFLATE}.",
    )
    refuse(
        inflates and not least <= most <= 40,
        400,
        "BadRequest",
        f"MaximumThroughputUnits of namespace {write.name} is {most}; it must be between its capacity {least} and 40.",
    )


def _sku(write: Write) -> Body:
    name = tier_name(write.body)
    return {"name": name, "tier": name, "capacity": int(at(write.body, "sku.capacity") or 1)}


NAMESPACE = ResourceType(
    token=NAMESPACE_TOKEN,
    path=NAMESPACE_PATH,
    name=NameRule(
        pattern=r"[A-Za-z][A-Za-z0-9-]*[A-Za-z0-9]",
        least=6,
        most=50,
        code="BadRequest",
        allowed="6 to 50 letters, digits and '-': a letter first, a letter or digit last",
        source=ARM_NAMES,
    ),
    durations=Durations(create=105, update=30, delete=60, source=MEASURED),
    source="https://learn.microsoft.com/azure/templates/microsoft.eventhub/2024-01-01/namespaces",
    replace_on=("location",),
    refused={
        "clusterArmId": "dedicated clusters are not modelled",
        "encryption": "keys of the customer's own are not modelled",
        "alternateName": "pairs of namespaces are not modelled",
    },
    defaults={
        "disableLocalAuth": False,
        "isAutoInflateEnabled": False,
        "maximumThroughputUnits": 0,
        "minimumTlsVersion": "1.2",
        "publicNetworkAccess": "Enabled",
        "zoneRedundant": True,
    },
    computed={
        "sku": Computed(_sku, keep=False),
        "kafkaEnabled": Computed(lambda write: tier_name(write.body) != "Basic", keep=False),
        "createdAt": Computed(lambda write: iso(write.now)),
        "updatedAt": Computed(lambda write: iso(write.now), keep=False),
        "metricId": Computed(lambda write: f"{write.subscription}:{write.name.lower()}"),
        "serviceBusEndpoint": Computed(lambda write: f"https://{write.name.lower()}.servicebus.windows.net:443/"),
        "status": Computed(lambda _: "Active"),
        "systemData": SYSTEM_DATA,
    },
    live={"privateEndpointConnections": connections_of},
    unique=Unique(
        key=lambda name: f"servicebus.windows.net/{name.lower()}",
        code="BadRequest",
        message="The specified name is not available. For more information visit "
        "https://aka.ms/eventhubsarmexceptions.",
        source="https://github.com/hashicorp/terraform-provider-azurerm/issues/12020",
        status=400,
    ),
    serial=(
        Serial(
            scope=lambda arm_id, _: arm_id,
            code="Conflict",
            message="Namespace update failed with conflict in backend: another operation is under way on {name}.",
            source=EXCEPTIONS,
        ),
    ),
    rules=(_units_are_offered, _inflates_where_it_can),
)


# Network rules --------------------------------------------------------------------------------------------------------


def _open_or_shut(record: Record, editor: Editor) -> None:
    """The rules' switch is the namespace's too, and a body without it opens: the one written last wins.

    https://github.com/hashicorp/terraform-provider-azurerm/issues/18054
    """
    namespace = editor.find(record.parent)
    if namespace is not None:
        access = at(record.inputs, "publicNetworkAccess") or "Enabled"
        editor.put(replace(namespace, outputs=put_at(namespace.outputs, "publicNetworkAccess", access)))


def _access(record: Record, world: World) -> str | None:
    namespace = world.find(record.parent)
    return str(at(namespace.outputs, "publicNetworkAccess")) if namespace else None


@rule("BadRequest", UNVERIFIED_CODE + ": https://learn.microsoft.com/azure/event-hubs/event-hubs-ip-filtering")
def _rules_need_standard(write: Write) -> None:
    refuse(
        tier_name(namespace_of(write).outputs) == "Basic",
        400,
        "BadRequest",
        f"Network rules are not supported by namespace {namespace_of(write).name} in the Basic tier.",
    )


NETWORK_RULES = ResourceType(
    token="eventhub:NamespaceNetworkRuleSet",
    path=NAMESPACE_PATH + "/networkRuleSets/default",
    name=NameRule(
        pattern="default",
        least=7,
        most=7,
        code="BadRequest",
        allowed="'default'",
        source="https://learn.microsoft.com/rest/api/eventhub/namespaces/create-or-update-network-rule-set",
    ),
    durations=Durations(create=10, update=10, delete=10, source=ESTIMATE),
    source="https://learn.microsoft.com/azure/templates/microsoft.eventhub/2024-01-01/namespaces/networkrulesets",
    location="none",
    defaults={
        "defaultAction": "Allow",
        "ipRules": [],
        "virtualNetworkRules": [],
        "trustedServiceAccessEnabled": False,
    },
    computed={"location": Computed(where_namespace_is), "systemData": SYSTEM_DATA},
    live={"publicNetworkAccess": _access},
    serial=not_while_busy(1),
    preset=lambda _, __: {},
    singleton=True,
    after=_open_or_shut,
    provisioning_state="",
    rules=(_rules_need_standard,),
)

TYPES = (NAMESPACE, HUB, CONSUMER_GROUP, NETWORK_RULES, NAMESPACE_RULE, HUB_RULE)
