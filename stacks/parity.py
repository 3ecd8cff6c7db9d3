"""How environments may differ: the declared list, held by `load_settings`, so that a value of prod in dev is refused.

All environments have one architecture and one security; what differs is size, redundancy and the way in.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from cidr import Environment, Fault
from stacks.settings import StackValues

_DEV, _STG, _PROD = Environment

# Key of the settings → the values that it may have in each environment; all, in one that is not named.
BY_ENVIRONMENT: Final[Mapping[str, Mapping[Environment, tuple[Any, ...]]]] = {
    "postgres.tier": {_DEV: ("Burstable",), _STG: ("GeneralPurpose",), _PROD: ("GeneralPurpose", "MemoryOptimized")},
    "postgres.storage_gb": {_DEV: (32, 64), _STG: (32, 64, 128)},
    "postgres.geo_redundant_backup": {_DEV: (False,), _STG: (False,), _PROD: (True,)},
    "postgres.high_availability": {_DEV: (False,), _STG: (False,), _PROD: (True,)},
    "redis.sku_name": {_DEV: ("Balanced_B0", "Balanced_B1"), _STG: ("Balanced_B0", "Balanced_B1", "Balanced_B3")},
    "redis.high_availability": {_DEV: (False,), _STG: (False,), _PROD: (True,)},
    "storage.replication": {_DEV: ("LRS",), _STG: ("LRS", "ZRS"), _PROD: ("GRS", "RAGRS", "GZRS", "RAGZRS")},
    "locked": {_DEV: (False,), _STG: (False,), _PROD: (True, False)},
    "purge_protection": {_DEV: (False,), _STG: (False,), _PROD: (True,)},
    "options.flow_logs": {_DEV: (False, True), _STG: (True,), _PROD: (True,)},
}

# What a deployment chooses for itself: who and where it is, and how large.
OWN: Final = frozenset(
    {
        "subscription_id",
        "owner",
        "cost_center",
        "budget.amount",
        "budget.contact_emails",
        "chat_webhook",
        "entra_admin_group.name",
        "entra_admin_group.object_id",
        "postgres.sku_name",
        "postgres.backup_retention_days",
        "event_hubs.capacity",
        "event_hubs.maximum_capacity",
        "storage.soft_delete_days",
        "gateway.allow_list",
        "gateway.audience",
        "front_door.requests_per_minute",
        "front_door.domain",
        "log_retention_days",
        "ttl",
        "ttl_spend",
        "schema_revision",
        "options.ai_search",
        "options.media_processor",
        "options.nat_egress",
        "options.bastion",
        "options.own_registry",
        "options.dedicated_tenant",
        "options.signed_context",
        "options.peers",
        "regional_event_hubs",
        "hosts_hubs_of",
    }
)


def flat(values: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Settings as pairs of dotted key and value."""
    for key, value in values.items():
        if isinstance(value, Mapping):
            yield from flat(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value


def parity_faults(environment: Environment, values: StackValues) -> list[tuple[str, Fault]]:
    """Every value that belongs to another environment, by its key; the place is still to be said."""
    found: list[tuple[str, Fault]] = []
    for key, value in flat(values.model_dump()):
        allowed = BY_ENVIRONMENT.get(key, {}).get(environment, (value,))
        if value not in allowed:
            name, said = key.rpartition(".")[2], str(allowed[0]).lower() if isinstance(value, bool) else allowed[0]
            fault = Fault(
                where="",
                what=f"{name} {value} is not {environment}'s",
                allowed=f"in {environment}: {', '.join(map(str, allowed))}",
                next_step=f"write `{name}: {said}`, or change the declared list in stacks/parity.py",
            )
            found.append((key, fault))
    return found
