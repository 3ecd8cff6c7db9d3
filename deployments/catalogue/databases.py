"""The databases of each kind of deployment, in the order in which they are made, and how many may connect."""

from collections.abc import Mapping
from typing import Final

from cidr import Kind

DATABASES: Final[Mapping[Kind, tuple[str, ...]]] = {
    "global": ("tenant_registry", "master_data", "global_config"),
    "regional": tuple(
        f"{name}_service"
        for name in ("user", "form", "rule", "declaration", "review", "case", "notification", "analytics")
    ),
}


def databases_of(kind: Kind) -> tuple[str, ...]:
    """The databases of a kind of deployment."""
    return DATABASES[kind]


# Connections that a server leaves to users, by family and vCores of its SKU; Azure keeps 15 more for itself. All sizes
# above the last of a row have as many as that one.
# https://learn.microsoft.com/azure/postgresql/configure-maintain/concepts-limits#maximum-connections
_CONNECTIONS: Final[Mapping[str, Mapping[int, int]]] = {
    "D": {2: 844, 4: 1_703, 8: 3_422, 16: 4_985},
    "E": {2: 1_703, 4: 3_422, 8: 4_985},
    "B": {4: 1_703, 8: 3_422, 12: 4_985},
}
_SMALL_BURSTABLE: Final[Mapping[str, int]] = {"Standard_B1ms": 35, "Standard_B2s": 414, "Standard_B2ms": 844}


def connections_of(sku_name: str) -> int:
    """How many connections a flexible server of this SKU leaves to users ("Standard_B1ms": 35)."""
    if sku_name in _SMALL_BURSTABLE:
        return _SMALL_BURSTABLE[sku_name]
    size = sku_name.removeprefix("Standard_")
    cores = int("".join(letter for letter in size[1:].partition("_")[0] if letter.isdigit()))
    offered = _CONNECTIONS[size[0]]
    return next((offered[step] for step in sorted(offered, reverse=True) if step <= cores), min(offered.values()))
