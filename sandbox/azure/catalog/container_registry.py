# ruff: noqa: S106 - a token is the name of a type
"""Container registries and the rules by which they cache what lies upstream.

https://learn.microsoft.com/azure/container-registry/container-registry-skus and
https://learn.microsoft.com/azure/container-registry/artifact-cache-overview
Not modelled: repositories that stay when their rule goes, which keep Azure from making the rule again
(TargetRepositoryPrefixMatchesExistingRegistries); credential sets; replicas.
"""

import re

from sandbox.azure import arm_ids
from sandbox.azure.bodies import Body, at
from sandbox.azure.model import Computed, Durations, Immutable, NameRule, ResourceType, Unique, Write

from .common import ARM_NAMES, ESTIMATE, MEASURED, SYSTEM_DATA, UNVERIFIED_CODE, iso, refuse, region, rule
from .private_link import connections_of

_REGISTRY = (
    "/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}/providers/Microsoft.ContainerRegistry"
    "/registries/{registryName}"
)
_SKUS = "https://learn.microsoft.com/azure/container-registry/container-registry-skus"
_CACHE = "https://learn.microsoft.com/azure/container-registry/artifact-cache-overview"
_WILDCARDS = "https://learn.microsoft.com/azure/container-registry/wildcards-artifact-cache"
_TIERS = ("Basic", "Standard", "Premium")
# What only Premium has, with the value that asks for it: _SKUS#registry-feature-and-limit-comparison.
_PREMIUM_ONLY = {
    "publicNetworkAccess": "Disabled",
    "networkRuleSet.defaultAction": "Deny",
    "policies.retentionPolicy.status": "enabled",
    "policies.trustPolicy.status": "enabled",
    "dataEndpointEnabled": True,
    "zoneRedundancy": "Enabled",
}
_MOST_RULES = 1000
# Registries that the cache can read: _CACHE#upstream-support; another registry of Azure by its host's ending.
_UPSTREAMS = frozenset(
    {
        "docker.io",
        "mcr.microsoft.com",
        "public.ecr.aws",
        "ghcr.io",
        "quay.io",
        "registry.k8s.io",
        "gcr.io",
    }
)
# https://github.com/opencontainers/distribution-spec/blob/main/spec.md#pulling-manifests; a star stands for all below.
_PART = r"[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*"
_REPOSITORY = re.compile(rf"\*|{_PART}(?:/{_PART})*(?:/\*)?")


@rule("SkuNotSupported", UNVERIFIED_CODE + ": " + _SKUS)
def _tier_has_it(write: Write) -> None:
    tier = str(at(write.body, "sku.name"))
    refuse(tier not in _TIERS, 400, "SkuNotSupported", f"The SKU '{tier}' of registry {write.name} is none of "
           f"{', '.join(_TIERS)}.")  # fmt: skip
    wanted = [path for path, value in _PREMIUM_ONLY.items() if at(write.body, path) == value]
    refuse(
        wanted and tier != "Premium",
        400,
        "SkuNotSupported",
        f"{', '.join(wanted)} of registry {write.name}: not supported in the tier {tier}, but in Premium.",
    )


@rule("ExportPolicyNotSupported", UNVERIFIED_CODE + ": "
      "https://learn.microsoft.com/azure/container-registry/data-loss-prevention")  # fmt: skip
def _export_ends_behind_shut_doors(write: Write) -> None:
    refuse(
        at(write.body, "policies.exportPolicy.status") == "disabled"
        and at(write.body, "publicNetworkAccess") != "Disabled",
        400,
        "ExportPolicyNotSupported",
        f"The exportPolicy of registry {write.name} can be disabled only where publicNetworkAccess is Disabled.",
    )


@rule("RetentionPolicyInvalid", UNVERIFIED_CODE + ": "
      "https://learn.microsoft.com/azure/container-registry/container-registry-retention-policy")  # fmt: skip
def _retention_in_range(write: Write) -> None:
    days = at(write.body, "policies.retentionPolicy.days")
    refuse(
        days is not None and not 0 <= int(days) <= 365,
        400,
        "RetentionPolicyInvalid",
        f"The retentionPolicy of registry {write.name} keeps {days} days; allowed are 0 to 365.",
    )


def _policies(write: Write) -> Body:
    """Every policy with what Azure adds, as old as the registry: when one was changed is not kept."""
    given, made = (
        at(write.body, "policies") or {},
        at(write.old.outputs, "creationDate") if write.old else iso(write.now),
    )
    known: Body = {
        "azureADAuthenticationAsArmPolicy": {"status": "enabled"},
        "exportPolicy": {"status": "enabled"},
        "quarantinePolicy": {"status": "disabled"},
        "retentionPolicy": {"days": 7, "lastUpdatedTime": made, "status": "disabled"},
        "softDeletePolicy": {"lastUpdatedTime": made, "retentionDays": 7, "status": "disabled"},
        "trustPolicy": {"status": "disabled", "type": "Notary"},
    }
    return {name: {**policy, **(given.get(name) or {})} for name, policy in known.items()}


REGISTRY = ResourceType(
    token="containerregistry:Registry",
    path=_REGISTRY,
    name=NameRule(
        pattern=r"[A-Za-z0-9]+",
        least=5,
        most=50,
        code="InvalidResourceName",
        allowed="5 to 50 letters and digits",
        source=ARM_NAMES + " (the code is unverified)",
        spec="^[a-zA-Z0-9]*$",
    ),
    durations=Durations(create=30, update=15, delete=30, source=MEASURED),
    source="https://learn.microsoft.com/azure/templates/microsoft.containerregistry/2023-01-01-preview/registries",
    replace_on=("location", "zoneRedundancy"),
    refused={"encryption.keyVaultProperties": "keys of the customer's own are not modelled"},
    defaults={
        "adminUserEnabled": False,
        "anonymousPullEnabled": False,
        "dataEndpointEnabled": False,
        "encryption": {"status": "disabled"},
        "networkRuleBypassOptions": "AzureServices",
        "networkRuleSet": {"defaultAction": "Allow", "ipRules": []},
        "publicNetworkAccess": "Enabled",
        "zoneRedundancy": "Disabled",
    },
    computed={
        "creationDate": Computed(lambda write: iso(write.now)),
        "dataEndpointHostNames": Computed(
            lambda write: (
                [f"{write.name.lower()}.{region(str(at(write.body, 'location')))}.data.azurecr.io"]
                if at(write.body, "dataEndpointEnabled")
                else []
            ),
            keep=False,
        ),
        "loginServer": Computed(lambda write: f"{write.name.lower()}.azurecr.io"),
        "policies": Computed(_policies, keep=False),
        "sku.tier": Computed(lambda write: at(write.body, "sku.name"), keep=False),
        "systemData": SYSTEM_DATA,
    },
    live={"privateEndpointConnections": connections_of},
    unique=Unique(
        key=lambda name: f"azurecr.io/{name.lower()}",
        code="AlreadyInUse",
        message="The registry DNS name {name}.azurecr.io is already in use. You can check if the name is already "
        "claimed using following API: "
        "https://docs.microsoft.com/rest/api/containerregistry/registries/checknameavailability",
        source="https://learn.microsoft.com/azure/container-registry/container-registry-faq (the code is unverified)",
    ),
    rules=(_tier_has_it, _export_ends_behind_shut_doors, _retention_in_range),
)


# Cache rule -----------------------------------------------------------------------------------------------------------


@rule("CacheRuleInvalid", UNVERIFIED_CODE + ": " + _WILDCARDS)
def _maps_repositories(write: Write) -> None:
    source, target = (str(at(write.body, f"{end}Repository") or "") for end in ("source", "target"))
    host, _, path = source.partition("/")
    refuse(
        host not in _UPSTREAMS and not host.endswith(".azurecr.io"),
        400,
        "CacheRuleInvalid",
        f"The source '{source}' of cache rule {write.name} is in no supported registry: {', '.join(sorted(_UPSTREAMS))}"
        " or another of Azure.",
    )
    for what, text in (("source", path), ("target", target)):
        refuse(
            not _REPOSITORY.fullmatch(text),
            400,
            "CacheRuleInvalid",
            f"Repository names should follow the standardized docker repository naming conventions: the {what} "
            f"'{text}' of cache rule {write.name} does not.",
        )
    refuse(
        path.endswith("*") != target.endswith("*"),
        400,
        "CacheRuleInvalid",
        f"Cache rule {write.name} has a wildcard in only one of source '{source}' and target '{target}'.",
    )


def _covers(one: str, other: str) -> bool:
    """Two targets that exclude each other: stars where one covers the other, or the same path."""
    if not (one.endswith("*") and other.endswith("*")):
        return one == other
    longer, shorter = sorted((one[:-1], other[:-1]), key=len, reverse=True)
    return longer.startswith(shorter)


@rule("CacheRuleConflict", UNVERIFIED_CODE + ": " + _WILDCARDS)
def _targets_are_apart(write: Write) -> None:
    target = str(at(write.body, "targetRepository"))
    siblings = [
        found
        for found in write.world.children(write.parent, "containerregistry:CacheRule")
        if arm_ids.key(found.arm_id) != arm_ids.key(write.arm_id)
    ]
    refuse(
        write.old is None and len(siblings) >= _MOST_RULES,
        409,
        "CacheRuleConflict",
        f"Registry {arm_ids.name(write.parent)} has the most cache rules that it can have: {_MOST_RULES}.",
    )
    for sibling in siblings:
        other = str(at(sibling.inputs, "targetRepository"))
        refuse(
            _covers(target, other),
            409,
            "CacheRuleConflict",
            f"The target '{target}' of cache rule {write.name} overlaps with '{other}' of cache rule {sibling.name}.",
        )


CACHE_RULE = ResourceType(
    token="containerregistry:CacheRule",
    path=_REGISTRY + "/cacheRules/{cacheRuleName}",
    name=NameRule(
        pattern=r"[A-Za-z0-9-]+",
        least=5,
        most=50,
        code="InvalidResourceName",
        allowed="5 to 50 letters, digits and '-'",
        source="https://learn.microsoft.com/rest/api/container-registry/cache-rules/create (the code is unverified)",
        spec="^[a-zA-Z0-9-]*$",
    ),
    durations=Durations(create=6, update=6, delete=6, source=ESTIMATE),
    source="https://learn.microsoft.com/azure/templates/microsoft.containerregistry/2024-11-01-preview/registries/cacherules",
    location="none",
    refused={"credentialSetResourceId": "credential sets are not modelled"},
    computed={"creationDate": Computed(lambda write: iso(write.now)), "systemData": SYSTEM_DATA},
    immutable=(
        Immutable(
            paths=("sourceRepository", "targetRepository"),
            code="CacheRuleImmutable",
            message="The {path} of cache rule {name} cannot be changed.",
            source=UNVERIFIED_CODE + ": " + _CACHE,
        ),
    ),
    rules=(_maps_repositories, _targets_are_apart),
)

TYPES = (REGISTRY, CACHE_RULE)
