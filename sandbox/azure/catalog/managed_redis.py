# ruff: noqa: S106 - a token is the name of a type
"""Azure Managed Redis: a cluster, its one database, and who may sign in to it.

https://learn.microsoft.com/azure/redis/overview
"""

import re
from typing import Final

from sandbox.azure import arm_ids
from sandbox.azure.bodies import at, objects_at
from sandbox.azure.model import Computed, Durations, Immutable, NameRule, ResourceType, Serial, Write

from .common import (
    ARM_NAMES,
    IDENTITIES_EXIST,
    IDENTITY_OUTPUTS,
    MEASURED,
    SYSTEM_DATA,
    UNVERIFIED_CODE,
    refuse,
    region,
    rule,
)
from .private_link import connections_of
from .storage_redundancy import WITHOUT_ZONES

_CLUSTER: Final = (
    "/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}/providers/Microsoft.Cache"
    "/redisEnterprise/{clusterName}"
)
_DATABASE: Final = _CLUSTER + "/databases/{databaseName}"
_TEMPLATES: Final = "https://learn.microsoft.com/azure/templates/microsoft.cache/2025-07-01/redisenterprise"
_OVERVIEW: Final = "https://learn.microsoft.com/azure/redis/overview#choosing-the-right-tier"
_SPECIFICATION: Final = (
    "https://github.com/Azure/azure-rest-api-specs/blob/main/specification/redisenterprise/resource-manager"
    "/Microsoft.Cache/RedisEnterprise/stable/2025-07-01/redisenterprise.json"
)
_GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)

_SIZES = {
    "Balanced_B": (0, 1, 3, 5, 10, 20, 50, 100, 150, 250, 350, 500, 700, 1000),
    "MemoryOptimized_M": (10, 20, 50, 100, 150, 250, 350, 500, 700, 1000, 1500, 2000),
    "ComputeOptimized_X": (3, 5, 10, 20, 50, 100, 150, 250, 350, 500, 700),
    "FlashOptimized_A": (250, 500, 700, 1000, 1500, 2000, 4500),
}
_SKUS: Final = frozenset(f"{family}{size}" for family, sizes in _SIZES.items() for size in sizes)
# Too small to be linked with others: https://learn.microsoft.com/azure/redis/how-to-active-geo-replication
_UNLINKED: Final = frozenset({"Balanced_B0", "Balanced_B1"})
_EVICTION: Final = frozenset(
    {
        "AllKeysLFU", "AllKeysLRU", "AllKeysRandom", "VolatileLRU", "VolatileLFU", "VolatileTTL", "VolatileRandom",
        "NoEviction",
    }
)  # fmt: skip


def _bad(condition: object, message: str) -> None:
    refuse(condition, 400, "BadRequest", message)


def _busy(levels: int) -> tuple[Serial, ...]:
    """Writes to a cluster and to all in it exclude each other. `levels`: how far above the resource the cluster is."""

    def cluster(arm_id: str, _: object) -> str:
        for _level in range(levels):
            arm_id = arm_ids.parent(arm_id)
        return arm_id

    return (
        Serial(
            scope=cluster,
            code="Conflict",
            message="The resource '{id}' is busy processing a previous update request or is undergoing system "
            "maintenance. As such, it is currently unable to accept the update request. Please try again later.",
            source="https://github.com/hashicorp/terraform-provider-azurerm/pull/30980 (text of the classic cache: "
            "https://github.com/Azure/bicep-types-az/issues/1760)",
        ),
    )


@rule("BadRequest", f"{_OVERVIEW} and https://github.com/langchain-ai/terraform/pull/107")
def _sku_is_offered(write: Write) -> None:
    sku = str(at(write.body, "sku.name"))
    _bad(sku not in _SKUS, f"The SKU '{sku}' is not available to new clusters: it is none of Azure Managed Redis.")
    _bad(
        at(write.body, "zones"),
        f"Specifying zones for SKU '{sku}' is not supported. Zone redundancy is enabled by default for this SKU in "
        "regions with zones.",
    )
    _bad(at(write.body, "sku.capacity"), f"Specifying a capacity for SKU '{sku}' is not supported.")


@rule("BadRequest", UNVERIFIED_CODE + ": " + _SPECIFICATION)
def _cluster_is_sound(write: Write) -> None:
    access = at(write.body, "publicNetworkAccess")
    _bad(access not in ("Enabled", "Disabled"), f"publicNetworkAccess '{access}' is not Enabled or Disabled.")
    version = at(write.body, "minimumTlsVersion") or "1.2"
    _bad(version != "1.2", f"minimumTlsVersion '{version}' is obsolete: use 1.2.")
    available = at(write.body, "highAvailability") or "Enabled"
    _bad(available not in ("Enabled", "Disabled"), f"highAvailability '{available}' is not Enabled or Disabled.")


@rule("NameNotAvailable", UNVERIFIED_CODE + ": the name is a host name of its region, " + ARM_NAMES)
def _name_is_free(write: Write) -> None:
    place = region(str(at(write.body, "location")))
    same = [
        other
        for other in write.world.of_type("redisenterprise:RedisEnterprise")
        if other.name.lower() == write.name.lower() and other.location == place
    ]
    refuse(
        any(arm_ids.key(other.arm_id) != arm_ids.key(write.arm_id) for other in same),
        409,
        "NameNotAvailable",
        f"The name '{write.name}' is already in use in region '{place}'.",
    )


def _redundancy(write: Write) -> str:
    if (at(write.body, "highAvailability") or "Enabled") == "Disabled":
        return "None"
    return "LR" if region(str(at(write.body, "location"))) in WITHOUT_ZONES else "ZR"


CLUSTER = ResourceType(
    token="redisenterprise:RedisEnterprise",
    path=_CLUSTER,
    name=NameRule(
        pattern="[A-Za-z0-9]+(-[A-Za-z0-9]+)*",
        least=1,
        most=60,
        code="InvalidResourceName",
        allowed="1 to 60 letters, digits and '-', no '-' first, last or doubled",
        source=_SPECIFICATION,
        spec="^(?=.{1,60}$)[A-Za-z0-9]+(-[A-Za-z0-9]+)*$",
    ),
    durations=Durations(create=450, update=300, delete=240, source=MEASURED),
    source=_TEMPLATES,
    replace_on=("location",),
    defaults={
        "highAvailability": "Enabled",
        "kind": "v2",
        "minimumTlsVersion": "1.2",
        "redisVersion": "7.4",
        "resourceState": "Running",
    },
    live={"privateEndpointConnections": connections_of},
    computed={
        **IDENTITY_OUTPUTS,
        "hostName": Computed(
            lambda write: f"{write.name.lower()}.{region(str(at(write.body, 'location')))}.redis.azure.net"
        ),
        "redundancyMode": Computed(_redundancy, keep=False),
    },
    serial=_busy(0),
    rules=(_sku_is_offered, _cluster_is_sound, _name_is_free, IDENTITIES_EXIST),
)


@rule("BadRequest", "https://github.com/Azure/azure-service-operator/pull/5332")
def _is_the_one(write: Write) -> None:
    _bad(write.name != "default", f"The database name '{write.name}' is invalid: a cluster has one, named 'default'.")


@rule("BadRequest", UNVERIFIED_CODE + ": " + _SPECIFICATION)
def _database_is_sound(write: Write) -> None:
    for name, allowed in (
        ("clientProtocol", {"Encrypted", "Plaintext"}),
        ("clusteringPolicy", {"EnterpriseCluster", "OSSCluster", "NoCluster"}),
        ("evictionPolicy", _EVICTION),
        ("accessKeysAuthentication", {"Enabled", "Disabled"}),
        ("port", {10000}),
    ):
        value = at(write.body, name)
        _bad(value is not None and value not in allowed, f"{name} '{value}' is none of {sorted(map(str, allowed))}.")
    _bad(
        at(write.body, "persistence.aofEnabled") and at(write.body, "persistence.rdbEnabled"),
        "At most one of AOF and RDB persistence may be enabled.",
    )
    searches = any(item.get("name") == "RediSearch" for item in objects_at(write.body, "modules"))
    _bad(
        searches
        and (at(write.body, "clusteringPolicy"), at(write.body, "evictionPolicy"))
        != ("EnterpriseCluster", "NoEviction"),
        "The module RediSearch needs clusteringPolicy EnterpriseCluster and evictionPolicy NoEviction.",
    )
    cluster = write.world.find(write.parent)
    small = cluster is not None and at(cluster.outputs, "sku.name") in _UNLINKED
    _bad(small and at(write.body, "geoReplication"), "Geo-replication is not supported for Balanced_B0 and B1.")


DATABASE = ResourceType(
    token="redisenterprise:Database",
    path=_DATABASE,
    name=NameRule(
        pattern="[A-Za-z0-9]+(-[A-Za-z0-9]+)*",
        least=1,
        most=60,
        code="InvalidResourceName",
        allowed="default",
        source=_SPECIFICATION,
        spec="^(?=.{1,60}$)[A-Za-z0-9]+(-[A-Za-z0-9]+)*$",
    ),
    durations=Durations(create=120, update=90, delete=60, source=MEASURED),
    source=f"{_TEMPLATES}/databases",
    location="none",
    replace_on=("port", "modules", "geoReplication"),
    defaults={
        "accessKeysAuthentication": "Disabled",
        "clientProtocol": "Encrypted",
        "clusteringPolicy": "OSSCluster",
        "deferUpgrade": "NotDeferred",
        "evictionPolicy": "VolatileLRU",
        "port": 10000,
        "redisVersion": "7.4",
        "resourceState": "Running",
    },
    computed={"systemData": SYSTEM_DATA},
    immutable=(
        Immutable(
            paths=("clusteringPolicy",),
            code="BadRequest",
            message="The property '{path}' of database {name} cannot be updated without deleting the database.",
            source=_SPECIFICATION + " (the code is unverified)",
        ),
    ),
    serial=_busy(1),
    rules=(_is_the_one, _database_is_sound),
)


@rule("BadRequest", UNVERIFIED_CODE + ": " + _SPECIFICATION)
def _user_is_one(write: Write) -> None:
    policy, user = at(write.body, "accessPolicyName"), str(at(write.body, "user.objectId") or "")
    _bad(policy != "default", f"The access policy '{policy}' was not found: only 'default' is supported.")
    _bad(not _GUID.fullmatch(user), f"The user's object id '{user}' is no GUID.")


ASSIGNMENT = ResourceType(
    token="redisenterprise:AccessPolicyAssignment",
    path=_DATABASE + "/accessPolicyAssignments/{accessPolicyAssignmentName}",
    name=NameRule(
        pattern="[A-Za-z0-9]+",
        least=1,
        most=60,
        code="InvalidResourceName",
        allowed="1 to 60 letters and digits",
        source=_SPECIFICATION,
        spec="^[A-Za-z0-9]{1,60}$",
    ),
    durations=Durations(create=20, update=20, delete=20, source=MEASURED),
    source=f"{_TEMPLATES}/databases/accesspolicyassignments",
    location="none",
    serial=_busy(2),
    rules=(_user_is_one,),
)

TYPES: tuple[ResourceType, ...] = (CLUSTER, DATABASE, ASSIGNMENT)
