"""Whether the region offers what the settings ask for: resource types, sizes of PostgreSQL, redundancy of storage."""

from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from typing import Any, Final

from cidr import Fault
from preflight.asking import Answer, Object
from preflight.checks.common import for_place, is_deployment, judging_place
from preflight.checks.subscription import PROVIDERS_VERSION
from preflight.model import Check, Fine, NotChecked, Place, Verdict
from preflight.requests import Request, arm

# https://learn.microsoft.com/rest/api/postgresql/capabilities-by-location/list
POSTGRES_VERSION: Final = "2025-08-01"
# https://learn.microsoft.com/rest/api/storagerp/skus/list
_STORAGE: Final = "2024-01-01"
POSTGRES: Final = "Microsoft.DBforPostgreSQL/flexibleServers"

TYPES: Final = (
    "Microsoft.App/managedEnvironments",
    "Microsoft.Cache/redisEnterprise",
    "Microsoft.ContainerRegistry/registries",
    POSTGRES,
    "Microsoft.EventHub/namespaces",
    "Microsoft.KeyVault/vaults",
    "Microsoft.Network/virtualNetworks",
    "Microsoft.OperationalInsights/workspaces",
    "Microsoft.Storage/storageAccounts",
)
"""What every deployment stands on, in the one region that it has."""


def _types_of(place: Place) -> tuple[str, ...]:
    return TYPES if place.settings.options.ai_search is None else (*TYPES, "Microsoft.Search/searchServices")


def _providers(place: Place) -> dict[str, Request]:
    return {"providers": arm(f"{place.subscription}/providers", PROVIDERS_VERSION)}


def _types(place: Place, answers: Mapping[str, Answer]) -> Iterator[Verdict]:
    offered = {
        f"{provider.get('namespace')}/{it.get('resourceType')}".lower(): _places(it)
        for provider in answers["providers"].rows
        for it in provider.get("resourceTypes") or ()
    }
    region, wanted = place.region.azure_name, _types_of(place)
    unknown = [it for it in wanted if it.lower() not in offered]
    missing = [it for it in wanted if it.lower() in offered and region not in offered[it.lower()]]
    if missing:
        yield Fault(
            where=f"region {place.deployment.region}",
            what=f"{region} does not offer {', '.join(missing)} to this subscription",
            allowed=f"a region with {', '.join(wanted)}",
            next_step="deploy in another region (components/conventions/regions.yaml), or ask Azure support for access",
        )
    if unknown:
        yield NotChecked(f"the subscription tells nothing of {', '.join(unknown)}: register its provider first")
    if not missing and not unknown:
        yield Fine(f"{len(wanted)} resource types in {region}")


def _places(resource_type: Object) -> set[str]:
    """Azure writes "West Europe" here and "westeurope" elsewhere."""
    return {str(it).replace(" ", "").lower() for it in resource_type.get("locations") or ()}


def _of_the_table(place: Place, _: Mapping[str, Answer]) -> Iterator[Verdict]:
    """What regions.yaml knows of: it may be right where Azure's own lists lag."""
    postgres = place.settings.postgres
    asked = [postgres.sku_name]
    faults = [
        Fault(
            where=f"stacks/Pulumi.{place.deployment}.yaml postgres.sku_name",
            what=f"{wanted} is not offered in {place.region.azure_name}: {row.note}",
            allowed=f"what {row.source} lists for the region",
            next_step="write another sku_name, or mend the row in components/conventions/regions.yaml",
        )
        for row in place.region.not_offered
        for wanted in asked
        if row.resource_type == POSTGRES and fnmatchcase(wanted, row.feature)
    ]
    yield from faults
    if not faults:
        yield Fine(f"nothing of it is among the {len(place.region.not_offered)} gaps of {place.region.azure_name}")


def capabilities_of(place: Place) -> Request:
    """What PostgreSQL offers the subscription in the region."""
    path = f"{place.subscription}/providers/Microsoft.DBforPostgreSQL/locations/{place.region.azure_name}/capabilities"
    return arm(path, POSTGRES_VERSION)


def compute_sku(place: Place, answer: Answer) -> Object | None:
    """The row of the settings' compute SKU; None where it is not offered."""
    postgres = place.settings.postgres
    for capability in answer.rows:
        for edition in capability.get("supportedServerEditions") or ():
            if edition.get("name") != postgres.tier or _disabled(edition):
                continue
            for sku in edition.get("supportedServerSkus") or ():
                if str(sku.get("name", "")).lower() == postgres.sku_name.lower() and not _disabled(sku):
                    return sku
    return None


def _disabled(row: Object) -> bool:
    """https://learn.microsoft.com/rest/api/postgresql/capabilities-by-location/list#capabilitystatus."""
    return row.get("status") == "Disabled"


def _postgres(place: Place, answers: Mapping[str, Answer]) -> Iterator[Verdict]:
    postgres, answer = place.settings.postgres, answers["capabilities"]
    where, region = f"stacks/Pulumi.{place.deployment}.yaml postgres", place.region.azure_name

    def fault(key: str, what: str, allowed: str, step: str) -> Fault:
        return Fault(where=f"{where}.{key}", what=what, allowed=allowed, next_step=step)

    features = {
        str(it.get("name")): str(it.get("status")) for row in answer.rows for it in row.get("supportedFeatures") or ()
    }
    if features.get("OfferRestricted") == "Enabled" or any(row.get("restricted") == "Enabled" for row in answer.rows):
        told = "; ".join(str(row["reason"]) for row in answer.rows if row.get("reason"))
        yield fault(
            "sku_name",
            f"this subscription may make no PostgreSQL server in {region}: {told or 'the offer is restricted'}",
            "a region that is open to the subscription",
            "ask Azure support for access to the region, or deploy in another one",
        )
        return
    sku = compute_sku(place, answer)
    if sku is None:
        known = sorted(_skus(answer, postgres.tier))
        yield fault(
            "sku_name",
            f"{postgres.sku_name} ({postgres.tier}) is not offered in {region}",
            ", ".join(known) or "no SKU of this tier",
            f"write one of these, or see az postgres flexible-server list-skus --location {region}",
        )
    versions = {
        str(it.get("name"))
        for row in answer.rows
        for it in row.get("supportedServerVersions") or ()
        if not _disabled(it)
    }
    if postgres.version not in versions:
        newest = max(versions & {"16", "17", "18"}, default="16")
        what = f"PostgreSQL {postgres.version} is not offered in {region}"
        yield fault("version", what, ", ".join(sorted(versions)), f'write `version: "{newest}"`')
    if postgres.high_availability and sku is not None and not sku.get("supportedHaMode"):
        what = f"{postgres.sku_name} has no high availability in {region}"
        yield fault("high_availability", what, "SKUs with a supportedHaMode", "write another sku_name")
    if postgres.geo_redundant_backup and features.get("GeoBackup", "Enabled") != "Enabled":
        what = f"backups in {region} have no geo-redundant copy"
        yield fault("geo_redundant_backup", what, "false", "write `geo_redundant_backup: false`")
    elif sku is not None and postgres.version in versions:
        yield Fine(f"{postgres.sku_name}, version {postgres.version}, in {region}")


def _skus(answer: Answer, tier: str) -> set[str]:
    editions: list[Any] = [it for row in answer.rows for it in row.get("supportedServerEditions") or ()]
    return {
        str(sku.get("name"))
        for edition in editions
        if edition.get("name") == tier and not _disabled(edition)
        for sku in edition.get("supportedServerSkus") or ()
        if not _disabled(sku)
    }


def _storage(place: Place, answers: Mapping[str, Answer]) -> Iterator[Verdict]:
    wanted, region = f"Standard_{place.settings.storage.replication}", place.region.azure_name
    offered = {
        str(row.get("name"))
        for row in answers["skus"].rows
        if row.get("resourceType") == "storageAccounts"
        and str(row.get("kind")) == "StorageV2"
        and region in {str(it).replace(" ", "").lower() for it in row.get("locations") or ()}
        and not row.get("restrictions")
    }
    if wanted in offered:
        yield Fine(f"{wanted} in {region}")
        return
    known = sorted(it.removeprefix("Standard_") for it in offered if it.startswith("Standard_"))
    yield Fault(
        where=f"stacks/Pulumi.{place.deployment}.yaml storage.replication",
        what=f"{wanted} is not offered in {region}",
        allowed=", ".join(known) or "none to this subscription",
        next_step=f"write `replication: {known[0]}`" if known else "ask Azure support for access to the region",
    )


OFFERS: Final = (
    Check(name="resource types", asks=for_place(_providers), judge=judging_place(_types), applies=is_deployment),
    Check(name="region table", asks=lambda _: {}, judge=judging_place(_of_the_table), applies=is_deployment),
    Check(
        name="PostgreSQL size",
        asks=for_place(lambda place: {"capabilities": capabilities_of(place)}),
        judge=judging_place(_postgres),
        applies=is_deployment,
    ),
    Check(
        name="storage redundancy",
        asks=for_place(lambda place: {"skus": arm(f"{place.subscription}/providers/Microsoft.Storage/skus", _STORAGE)}),
        judge=judging_place(_storage),
        applies=is_deployment,
    ),
)
