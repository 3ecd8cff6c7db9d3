"""What `cfctl init` asks of Azure, as a table: one PUT a row, parents first. Bodies as Resource Manager takes them.

The stack `account` takes over what these make (components/account/state_group.py), so both say the same of it; a test
holds them together. Network watchers are among it, because Azure makes them too: whoever was first, they are there when
the account comes, and it takes them over (components/network/network_watcher.py).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from components.account.state_plan import KEPT_DAYS, KEY_BITS, KEY_OPERATIONS, KEY_TYPE, StatePlan

# The versions that the program's SDK calls: what is said in one is found by the other.
_GROUPS: Final = "2024-03-01"
_STORAGE: Final = "2024-01-01"
_VAULTS: Final = "2024-11-01"
_ROLES: Final = "2022-04-01"
_NETWORKS: Final = "2024-05-01"
SUBSCRIPTIONS: Final = "2022-12-01"


@dataclass(frozen=True, kw_only=True)
class StateRequest:
    """`PUT {arm_id}?api-version={api_version}` with `body`; `what` names it to a person.

    `as_found`: where it is there already it stays as it is: Azure made it, or may have.
    """

    what: str
    arm_id: str
    api_version: str
    body: Mapping[str, Any]
    as_found: bool = False

    @property
    def subscription_id(self) -> str:
        """The subscription that it is in."""
        return self.arm_id.split("/")[2]

    @property
    def name(self) -> str:
        """The last part of its id."""
        return self.arm_id.rpartition("/")[2]


def requests_of(plan: StatePlan) -> tuple[StateRequest, ...]:
    """Every request, in the order in which they are made."""
    return (
        _group(plan),
        _account(plan),
        *(_container(plan, container) for container in plan.containers),
        _vault(plan),
        *(_key(plan, key) for key in plan.keys),
        *_grants(plan),
        *_watchers(plan),
    )


def _group(plan: StatePlan) -> StateRequest:
    body = {"location": plan.location, "tags": dict(plan.tags)}
    return StateRequest(what="resource group", arm_id=plan.group_id, api_version=_GROUPS, body=body)


def _account(plan: StatePlan) -> StateRequest:
    body = {
        "location": plan.location,
        "tags": dict(plan.tags),
        "kind": "StorageV2",
        "sku": {"name": f"Standard_{plan.replication}"},
        "properties": {
            "allowBlobPublicAccess": False,
            "allowCrossTenantReplication": False,
            "allowSharedKeyAccess": False,
            "defaultToOAuthAuthentication": True,
            "minimumTlsVersion": "TLS1_2",
            "publicNetworkAccess": "Enabled",
        },
    }
    return StateRequest(what="storage account", arm_id=plan.account_id, api_version=_STORAGE, body=body)


def _container(plan: StatePlan, container: str) -> StateRequest:
    body = {"properties": {"publicAccess": "None"}}
    return StateRequest(what="container", arm_id=plan.container_id(container), api_version=_STORAGE, body=body)


def _vault(plan: StatePlan) -> StateRequest:
    body = {
        "location": plan.location,
        "tags": dict(plan.tags),
        "properties": {
            "sku": {"family": "A", "name": "standard"},
            "tenantId": plan.tenant_id,
            "enableRbacAuthorization": True,
            "enableSoftDelete": True,
            "softDeleteRetentionInDays": KEPT_DAYS,
            "enablePurgeProtection": True,
            "publicNetworkAccess": "Enabled",
        },
    }
    return StateRequest(what="key vault", arm_id=plan.vault_id, api_version=_VAULTS, body=body)


def _key(plan: StatePlan, key: str) -> StateRequest:
    properties = {"kty": KEY_TYPE, "keySize": KEY_BITS, "keyOps": list(KEY_OPERATIONS)}
    body = {"tags": dict(plan.tags), "properties": properties}
    return StateRequest(what="key", arm_id=plan.key_id(key), api_version=_VAULTS, body=body)


def _grants(plan: StatePlan) -> tuple[StateRequest, ...]:
    return tuple(
        StateRequest(
            what=f"administrators' role on {grant.label}",
            arm_id=grant.id,
            api_version=_ROLES,
            body={
                "properties": {
                    "roleDefinitionId": grant.definition,
                    "principalId": plan.administrators,
                    "principalType": "Group",
                }
            },
        )
        for grant in plan.grants
    )


def _watchers(plan: StatePlan) -> tuple[StateRequest, ...]:
    """Of each subscription the group, then its watchers."""
    found = {
        watcher.group_id: StateRequest(
            what="group of network watchers",
            arm_id=watcher.group_id,
            api_version=_GROUPS,
            body={"location": plan.location},
            as_found=True,
        )
        for watcher in plan.watchers
    }
    for watcher in plan.watchers:
        found[watcher.id] = StateRequest(
            what="network watcher",
            arm_id=watcher.id,
            api_version=_NETWORKS,
            body={"location": watcher.location},
            as_found=True,
        )
    return tuple(found.values())
