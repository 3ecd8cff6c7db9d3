"""Azure AI Search: a service with its tier, its copies, and how it is signed in to. The stand-in has no indexes.

A region may have no room for a tier on a day; a sandbox says so with
Store.set("search-without-capacity", "westeurope/basic", "").
https://learn.microsoft.com/azure/search/search-region-capacity
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from sandbox.azure.bodies import Body, at
from sandbox.azure.model import Computed, Durations, NameRule, Record, ResourceType, Unique, World, Write

from .common import (
    ESTIMATE,
    IDENTITIES_EXIST,
    IDENTITY_OUTPUTS,
    SYSTEM_DATA,
    UNVERIFIED_CODE,
    etag,
    refuse,
    region,
    rule,
)
from .private_link import connections_of

TOKEN: Final = "search:Service"  # noqa: S105 - the name of a type
WITHOUT_CAPACITY: Final = "search-without-capacity"  # the kind of the sandbox's fact
_LIMITS: Final = "https://learn.microsoft.com/azure/search/search-limits-quotas-capacity"
_SPECIFICATION: Final = (
    "https://github.com/Azure/azure-rest-api-specs/blob/main/specification/search/resource-manager/Microsoft.Search"
    "/stable/2025-05-01/search.json"
)


@dataclass(frozen=True, kw_only=True)
class Tier:
    """What a tier may have: copies, and services of it a subscription may have in one region."""

    replicas: int
    partitions: tuple[int, ...]
    services: int


_PARTITIONS: Final = (1, 2, 3, 4, 6, 12)
_MOST_UNITS: Final = 36  # replicas x partitions
# `_LIMITS`; "basic" had one partition before April 2024.
TIERS: Final[Mapping[str, Tier]] = {
    "free": Tier(replicas=1, partitions=(1,), services=1),
    "basic": Tier(replicas=3, partitions=(1, 2, 3), services=16),
    "standard": Tier(replicas=12, partitions=_PARTITIONS, services=16),
    "standard2": Tier(replicas=12, partitions=_PARTITIONS, services=8),
    "standard3": Tier(replicas=12, partitions=_PARTITIONS, services=6),
    "storage_optimized_l1": Tier(replicas=12, partitions=_PARTITIONS, services=6),
    "storage_optimized_l2": Tier(replicas=12, partitions=_PARTITIONS, services=6),
}


def _bad(condition: object, message: str) -> None:
    refuse(condition, 400, "BadRequest", message)


def _sku(write: Write) -> str:
    return str(at(write.body, "sku.name"))


@rule("BadRequest", UNVERIFIED_CODE + f": {_SPECIFICATION} and {_LIMITS}")
def _copies_fit_the_tier(write: Write) -> None:
    tier = TIERS.get(_sku(write))
    if tier is None:
        _bad(True, f"The SKU '{_sku(write)}' of service '{write.name}' is none of {', '.join(TIERS)}.")
        return
    replicas, partitions = at(write.body, "replicaCount") or 1, at(write.body, "partitionCount") or 1
    _bad(
        not 1 <= replicas <= tier.replicas or partitions not in tier.partitions or replicas * partitions > _MOST_UNITS,
        f"Service '{write.name}' of SKU '{_sku(write)}' cannot have {replicas} replicas and {partitions} partitions: "
        f"1 to {tier.replicas} replicas, partitions one of {', '.join(map(str, tier.partitions))}, "
        f"{_MOST_UNITS} search units at most.",
    )


@rule("BadRequest", UNVERIFIED_CODE + ", its text is of https://github.com/Azure/azure-mcp/pull/157")
def _signs_in_one_way(write: Write) -> None:
    local_is_off, options = at(write.body, "disableLocalAuth"), at(write.body, "authOptions")
    _bad(local_is_off and options is not None, "AuthOptions must be null if DisableLocalAuth is true.")
    given = [key for key in ("apiKeyOnly", "aadOrApiKey") if at(options or {}, key) is not None]
    _bad(options is not None and len(given) != 1, "AuthOptions must be either apiKeyOnly or aadOrApiKey.")


@rule("BadRequest", UNVERIFIED_CODE + ": " + _SPECIFICATION)
def _words_are_known(write: Write) -> None:
    for name, allowed in (
        ("publicNetworkAccess", ("Enabled", "Disabled", "SecuredByPerimeter")),
        ("semanticSearch", ("disabled", "free", "standard")),
        ("hostingMode", ("Default", "HighDensity")),
    ):
        value = at(write.body, name)
        _bad(
            value is not None and str(value).lower() not in {each.lower() for each in allowed},
            f"{name} '{value}' of service '{write.name}' is none of {', '.join(allowed)}.",
        )
    dense = str(at(write.body, "hostingMode")).lower() == "highdensity"
    _bad(dense and _sku(write) != "standard3", "The hosting mode HighDensity is of SKU standard3 alone.")


@rule("ServiceQuotaExceeded", f"https://github.com/Azure/GPT-RAG/issues/33 and {_LIMITS}")
def _quota_is_left(write: Write) -> None:
    sku, place = _sku(write), region(str(at(write.body, "location")))
    tier = TIERS.get(sku)
    if tier is None or (write.old is not None and at(write.old.outputs, "sku.name") == sku):
        return
    found = [record for record in write.world.of_type(TOKEN) if at(record.outputs, "sku.name") == sku]
    used = sum(record.subscription == write.subscription and record.location == place for record in found)
    refuse(
        used >= tier.services,
        400,
        "ServiceQuotaExceeded",
        f"Operation would exceed '{sku}' tier service quota. You are using {used} out of {tier.services} '{sku}' tier "
        "service quota. If you need more quota, please submit a quota increase request with issue type 'Service and "
        "subscription limits (quota)' and quota type 'Search'.",
    )


@rule("InsufficientResourcesAvailable", "https://github.com/Azure/azure-dev/pull/6771")
def _region_has_room(write: Write) -> None:
    place = region(str(at(write.body, "location")))
    before: Body = write.old.outputs if write.old else {}
    same = at(before, "sku.name") == _sku(write) and all(
        at(before, count) == (at(write.body, count) or 1) for count in ("replicaCount", "partitionCount")
    )
    refuse(
        not same and write.world.setting(WITHOUT_CAPACITY, f"{place}/{_sku(write)}") is not None,
        400,
        "InsufficientResourcesAvailable",
        f"The region '{place}' currently does not have enough resources available to provision services with the SKU "
        f"'{_sku(write)}'. Try creating the service in another region or selecting a different SKU.",
    )


def _connections(record: Record, world: World) -> list[Body]:
    """The connections as this service tells them: what they are is one level further in."""
    return [
        {
            **{key: connection[key] for key in ("id", "name", "type")},
            "properties": {
                "groupId": "searchService",
                **{
                    key: connection[key]
                    for key in ("privateEndpoint", "privateLinkServiceConnectionState", "provisioningState")
                },
            },
        }
        for connection in connections_of(record, world)
    ]


def _auth_options(write: Write) -> Body | None:
    """Keys alone, where nothing else is said."""
    if at(write.body, "disableLocalAuth"):
        return None
    return at(write.body, "authOptions") or {"apiKeyOnly": {}}


SEARCH = ResourceType(
    token=TOKEN,
    path="/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}/providers/Microsoft.Search"
    "/searchServices/{searchServiceName}",
    name=NameRule(
        pattern="[a-z0-9][a-z0-9]+(-[a-z0-9]+)*",
        least=2,
        most=60,
        code="InvalidServiceName",
        allowed="2 to 60 lower-case letters, digits and '-', no '-' among the first two, last or doubled",
        source="https://github.com/microsoft/RHAIL-Claims-Denial-Navigator/issues/2",
        spec="^(?=.{2,60}$)[a-z0-9][a-z0-9]+(-[a-z0-9]+)*$",
    ),
    durations=Durations(create=150, update=120, delete=60, source=ESTIMATE),
    source="https://learn.microsoft.com/azure/templates/microsoft.search/2025-05-01/searchservices",
    replace_on=("location",),
    refused={
        "computeType": "confidential computing is not modelled",
        "dataExfiltrationProtections": "outbound rules are not modelled",
        "encryptionWithCmk": "customer-managed keys are not modelled",
    },
    defaults={
        "disableLocalAuth": False,
        "encryptionWithCmk": {"encryptionComplianceStatus": "Compliant", "enforcement": "Unspecified"},
        "hostingMode": "Default",
        "networkRuleSet": {"bypass": "None", "ipRules": []},
        "partitionCount": 1,
        "provisioningState": "succeeded",
        "publicNetworkAccess": "Enabled",
        "replicaCount": 1,
        "semanticSearch": "disabled",
        "sharedPrivateLinkResources": [],
        "status": "running",
        "statusDetails": "",
    },
    live={"privateEndpointConnections": _connections},
    computed={
        **IDENTITY_OUTPUTS,
        "authOptions": Computed(_auth_options, keep=False),
        "eTag": etag(),
        "endpoint": Computed(lambda write: f"https://{write.name}.search.windows.net"),
        "systemData": SYSTEM_DATA,
    },
    unique=Unique(
        key=lambda name: f"search.windows.net/{name}",
        code="ServiceNameUnavailable",
        message="The search service name '{name}' is already in use.",
        source=UNVERIFIED_CODE + ": " + _SPECIFICATION,
    ),
    rules=(
        _copies_fit_the_tier,
        _words_are_known,
        _signs_in_one_way,
        _quota_is_left,
        _region_has_room,
        IDENTITIES_EXIST,
    ),
    provisioning_state="",
)

TYPES: tuple[ResourceType, ...] = (SEARCH,)
