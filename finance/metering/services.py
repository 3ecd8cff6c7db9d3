"""What the bill calls the services: by type of resource, as Azure's own FOCUS exports name and group them.

Read off the open data of Microsoft's FinOps toolkit, from which those exports are made:
https://github.com/microsoft/finops-toolkit/blob/dev/src/open-data/Services.csv (retrieved 2026-11-22).
"""

from collections.abc import Mapping
from typing import Final

OTHER: Final = "Other"
"""FOCUS's category of what is in no other: of a meter whose resource has no row here."""

_SERVICES: Final[Mapping[str, tuple[str, str]]] = {
    "microsoft.app": ("Azure Container Apps", "Compute"),
    "microsoft.cache": ("Azure Cache for Redis", "Databases"),
    "microsoft.cdn": ("Content Delivery Network", "Networking"),
    "microsoft.containerregistry": ("Azure Container Registry", "Compute"),
    "microsoft.dataprotection": ("Azure Backup", "Storage"),
    "microsoft.dbforpostgresql": ("Azure DB for PostgreSQL", "Databases"),
    "microsoft.eventhub": ("Event Hubs", "Integration"),
    "microsoft.insights": ("Azure Monitor", "Management and Governance"),
    "microsoft.keyvault": ("Key Vault", "Security"),
    "microsoft.network": ("Virtual Network", "Networking"),
    "microsoft.network/bastionhosts": ("Azure Bastion", "Networking"),
    "microsoft.network/dnszones": ("Azure DNS", "Networking"),
    "microsoft.network/frontdoorwebapplicationfirewallpolicies": ("Azure Front Door", "Networking"),
    "microsoft.network/natgateways": ("Azure NAT Gateway", "Networking"),
    "microsoft.network/networkwatchers": ("Network Watcher", "Networking"),
    "microsoft.network/privatednszones": ("Azure Private Link", "Networking"),
    "microsoft.network/privateendpoints": ("Azure Private Link", "Networking"),
    "microsoft.operationalinsights": ("Azure Monitor", "Management and Governance"),
    "microsoft.search": ("Azure AI Search", "Analytics"),
    "microsoft.storage": ("Storage Accounts", "Storage"),
}


def service_of(arm_type: str, meter_service: str) -> tuple[str, str]:
    """ServiceName and ServiceCategory: of the nearest type above that has a row, else the meter's own service."""
    parts = arm_type.lower().split("/")
    known = (_SERVICES.get("/".join(parts[:length])) for length in range(len(parts), 0, -1))
    return next((found for found in known if found), (meter_service, OTHER))


def category_of(service: str) -> str:
    """ServiceCategory of a service by its name, as the bill or as a price sheet writes it; OTHER for another."""
    return _CATEGORIES.get(service, OTHER)


_CATEGORIES: Final[Mapping[str, str]] = {
    **dict(_SERVICES.values()),
    # As Azure's meters are grouped (MeterCategory), which the Query API calls ServiceName.
    "Azure Cognitive Search": "Analytics",
    "Azure Database for PostgreSQL": "Databases",
    "Azure Front Door Service": "Networking",
    "Backup": "Storage",
    "Bandwidth": "Networking",
    "Container Registry": "Compute",
    "Log Analytics": "Management and Governance",
    "NAT Gateway": "Networking",
    "Redis Cache": "Databases",
    "Storage": "Storage",
}
