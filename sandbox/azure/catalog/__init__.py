"""The catalogue: every Azure resource type that the stand-in models, one row each."""

from collections.abc import Mapping
from functools import lru_cache

from sandbox.azure import arm_ids
from sandbox.azure.errors import NotModelledError
from sandbox.azure.model import ResourceType

from . import (
    activity_log,
    ai_search,
    alerts,
    backup_instances,
    backup_vaults,
    blob_storage,
    budgets,
    container_apps,
    container_registry,
    custom_roles,
    environments,
    event_hubs,
    federated_credentials,
    flow_logs,
    front_door,
    front_door_links,
    front_door_origins,
    front_door_routes,
    front_door_waf,
    governance,
    insights,
    key_vault,
    keys,
    managed_redis,
    network,
    network_watchers,
    observability,
    peerings,
    postgres_backups,
    postgres_children,
    private_dns,
    private_endpoints,
    public_addresses,
    public_dns,
    queues,
    security_groups,
    storage_accounts,
)

_FAMILIES = (
    governance,
    custom_roles,
    network,
    peerings,
    security_groups,
    private_dns,
    key_vault,
    keys,
    storage_accounts,
    blob_storage,
    queues,
    postgres_backups,
    postgres_children,
    managed_redis,
    event_hubs,
    container_registry,
    ai_search,
    private_endpoints,
    observability,
    insights,
    alerts,
    environments,
    container_apps,
    federated_credentials,
    network_watchers,
    flow_logs,
    public_addresses,
    backup_vaults,
    backup_instances,
    activity_log,
    budgets,
    public_dns,
    front_door,
    front_door_waf,
    front_door_origins,
    front_door_links,
    front_door_routes,
)
TYPES: Mapping[str, ResourceType] = {row.token: row for family in _FAMILIES for row in family.TYPES}


def by_token(token: str) -> ResourceType:
    """The row of a token, with or without the package (`azure-native:network:Subnet`) and an API version.

    Raises NotModelledError for a type without a row: success is never faked.
    """
    module, _, name = token.removeprefix("azure-native:").partition(":")
    found = TYPES.get(f"{module.split('/')[0]}:{name}")
    if found is None:
        raise NotModelledError(
            f"the stand-in for Azure does not model {token}: add a row to sandbox/azure/catalog, or leave the "
            "resource out"
        )
    return found


@lru_cache(maxsize=4096)
def locate(arm_id: str) -> tuple[ResourceType, Mapping[str, str]] | None:
    """The row and the path parameters of an id, None when no row's path fits."""
    fits = [(row, found) for row in TYPES.values() if (found := arm_ids.match(row.path, arm_id)) is not None]
    # A record set's path also fits what has a row of its own (`.../virtualNetworkLinks/x`): the fewer parameters win.
    return min(fits, key=lambda fit: len(fit[1]), default=None)


def located(arm_id: str) -> tuple[ResourceType, Mapping[str, str]]:
    """As `locate`; NotModelledError when no row's path fits."""
    found = locate(arm_id)
    if found is None:
        raise NotModelledError(f"the stand-in for Azure has no type for the id {arm_id}")
    return found
