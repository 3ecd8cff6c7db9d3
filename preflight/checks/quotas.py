"""What the subscription has left in the region, against what the deployment still has to make: one row a quota."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from cidr import Fault
from preflight.asking import Answer
from preflight.checks.common import EXISTING, count_of, existing_of, for_place, is_deployment, judging_place
from preflight.checks.offers import POSTGRES, POSTGRES_VERSION, capabilities_of, compute_sku
from preflight.model import Check, Fine, NotChecked, Place, Verdict
from preflight.requests import Request, arm

USAGES: Final = "usages"
CAPABILITIES: Final = "capabilities"
_ENDPOINTS: Final = 7
"""The most private endpoints of a deployment: vault, storage, cache, hubs and registry, its own and its global's."""


@dataclass(frozen=True, kw_only=True)
class Quota:
    """`name`: of Azure's row. `arm_type`: what counts. `wants`: how many the deployment has when it stands."""

    label: str
    path: str
    api_version: str
    name: str
    arm_type: str
    wants: Callable[[Place], int]


def _environments(place: Place) -> int:
    return 2 if place.deployment.kind == "global" else 1


QUOTA_ROWS: Final = (
    # https://learn.microsoft.com/rest/api/resource-manager/containerapps/usages/list
    Quota(
        label="Container Apps environments",
        path="Microsoft.App/locations/{region}/usages",
        api_version="2025-07-01",
        name="ManagedEnvironmentCount",
        arm_type="Microsoft.App/managedEnvironments",
        wants=_environments,
    ),
    # https://learn.microsoft.com/rest/api/virtualnetwork/usages/list
    Quota(
        label="virtual networks",
        path="Microsoft.Network/locations/{region}/usages",
        api_version="2024-05-01",
        name="VirtualNetworks",
        arm_type="Microsoft.Network/virtualNetworks",
        wants=lambda _: 1,
    ),
    Quota(
        label="private endpoints",
        path="Microsoft.Network/locations/{region}/usages",
        api_version="2024-05-01",
        name="PrivateEndpoints",
        arm_type="Microsoft.Network/privateEndpoints",
        wants=lambda _: _ENDPOINTS,
    ),
    Quota(
        label="public addresses",
        path="Microsoft.Network/locations/{region}/usages",
        api_version="2024-05-01",
        name="PublicIPAddresses",
        arm_type="Microsoft.Network/publicIPAddresses",
        wants=lambda place: place.settings.options.nat_egress + place.settings.options.bastion,
    ),
    # https://learn.microsoft.com/rest/api/storagerp/usages/list-by-location
    Quota(
        label="storage accounts",
        path="Microsoft.Storage/locations/{region}/usages",
        api_version="2024-01-01",
        name="StorageAccounts",
        arm_type="Microsoft.Storage/storageAccounts",
        wants=lambda _: 1,
    ),
)


def _left(answer: Answer, name: str) -> tuple[int, int] | None:
    """What is left of a quota, and the quota; None where Azure tells none. A limit of -1 is none at all."""
    for row in answer.rows:
        if str((row.get("name") or {}).get("value", "")).lower() == name.lower():
            limit, used = row.get("limit"), row.get("currentValue", row.get("usage"))
            if limit is None or used is None:
                return None
            return (10**9, 10**9) if limit < 0 else (int(limit) - int(used), int(limit))
    return None


def _verdict(place: Place, label: str, name: str, needed: int, answer: Answer) -> Verdict:
    if needed <= 0:
        return Fine(f"no more of {label} wanted")
    found, region = _left(answer, name), place.region.azure_name
    if found is None:
        return NotChecked(f"Azure tells no quota {name} in {region}")
    left, limit = found
    if needed <= left:
        return Fine(f"{needed} more of {label} wanted, {left} of {limit} left in {region}")
    return Fault(
        where=f"{place.subscription} {region}",
        what=f"{needed} more of {label} wanted, {max(0, left)} of {limit} left ({name})",
        allowed=f"a quota of {limit - left + needed} or more",
        next_step=f"ask for more: portal, Quotas, {label}, {region}; or delete what is not used any more",
    )


def _asks(row: Quota) -> Callable[[Place], Mapping[str, Request]]:
    def asks(place: Place) -> Mapping[str, Request]:
        path = f"{place.subscription}/providers/{row.path.format(region=place.region.azure_name)}"
        return {EXISTING: existing_of(place), USAGES: arm(path, row.api_version)}

    return asks


def _judge(row: Quota) -> Callable[[Place, Mapping[str, Answer]], Iterator[Verdict]]:
    def judge(place: Place, answers: Mapping[str, Answer]) -> Iterator[Verdict]:
        needed = row.wants(place) - count_of(answers[EXISTING], row.arm_type)
        yield _verdict(place, row.label, row.name, needed, answers[USAGES])

    return judge


def _cores_asks(place: Place) -> Mapping[str, Request]:
    # https://learn.microsoft.com/rest/api/postgresql/quota-usages/list
    path = f"Microsoft.DBforPostgreSQL/locations/{place.region.azure_name}/resourceType/flexibleServers/usages"
    usages = arm(f"{place.subscription}/providers/{path}", POSTGRES_VERSION)
    return {EXISTING: existing_of(place), USAGES: usages, CAPABILITIES: capabilities_of(place)}


def _cores(place: Place, answers: Mapping[str, Answer]) -> Iterator[Verdict]:
    postgres = place.settings.postgres
    sku = compute_sku(place, answers[CAPABILITIES])
    if sku is None or not sku.get("vCores"):
        yield NotChecked(f"Azure does not tell how many vCores {postgres.sku_name} has")
        return
    servers = 2 if postgres.high_availability else 1
    needed = 0 if count_of(answers[EXISTING], POSTGRES) else int(sku["vCores"]) * servers
    yield _verdict(place, "PostgreSQL vCores", "cores", needed, answers[USAGES])
    family = re.fullmatch(r"Standard_([DE])\d+([a-z]*)_v(\d)", postgres.sku_name)
    if family:
        name = f"standard{family[1]}{family[2].upper()}v{family[3]}Family"
        yield _verdict(place, f"PostgreSQL vCores of {name}", name, needed, answers[USAGES])


QUOTAS: Final = (
    *(
        Check(
            name=f"quota: {row.label}",
            asks=for_place(_asks(row)),
            judge=judging_place(_judge(row)),
            understood=frozenset({404}),
            applies=is_deployment,
        )
        for row in QUOTA_ROWS
    ),
    Check(
        name="quota: PostgreSQL vCores",
        asks=for_place(_cores_asks),
        judge=judging_place(_cores),
        understood=frozenset({404}),
        applies=is_deployment,
    ),
)
