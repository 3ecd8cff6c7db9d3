"""What Azure demands of the ranges of a virtual network, as tables; each row with its source."""

from dataclasses import dataclass
from ipaddress import IPv4Network
from typing import Final

_NETWORK_FAQ = "https://learn.microsoft.com/azure/virtual-network/virtual-networks-faq"
_CONTAINER_APPS = "https://learn.microsoft.com/azure/container-apps/custom-virtual-networks"
_POSTGRES = "https://learn.microsoft.com/azure/postgresql/network/concepts-networking-private"
_BASTION = "https://learn.microsoft.com/azure/bastion/configuration-settings"
_API_MANAGEMENT = "https://learn.microsoft.com/azure/api-management/inject-vnet-v2"
_PRIVATE_ENDPOINT = "https://learn.microsoft.com/azure/private-link/private-endpoint-overview"

RESERVED_PER_SUBNET: Final = 5  # network, gateway, two for DNS, broadcast: _NETWORK_FAQ

PRIVATE_RANGES: Final = tuple(
    IPv4Network(text) for text in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")
)  # RFC 1918


@dataclass(frozen=True, kw_only=True)
class Minimum:
    """The smallest subnet that Azure takes for a purpose, as a prefix length, and where Azure says so."""

    prefix: int
    source: str


ANY_SUBNET: Final = Minimum(prefix=29, source=_NETWORK_FAQ)

# A subnet is given to one service; the minimum is the service's. No other delegation is used on this platform.
DELEGATIONS: Final = {
    "Microsoft.App/environments": Minimum(prefix=27, source=_CONTAINER_APPS),
    "Microsoft.DBforPostgreSQL/flexibleServers": Minimum(prefix=28, source=_POSTGRES),
    "Microsoft.Web/hostingEnvironments": Minimum(prefix=27, source=_API_MANAGEMENT),
}

# Subnets whose name Azure fixes.
FIXED_SUBNET_NAMES: Final = {"AzureBastionSubnet": Minimum(prefix=26, source=_BASTION)}


@dataclass(frozen=True, kw_only=True)
class Occupant:
    """What lives in a slot, and the delegations (None: none) that let it live there."""

    service: str
    delegations: tuple[str | None, ...]
    source: str


# A slot named here must be delegated as its occupant needs; a slot not named may have any delegation of the table.
OCCUPANTS: Final = {
    "apps": Occupant(
        service="a Container Apps environment with workload profiles",
        delegations=("Microsoft.App/environments",),
        source=_CONTAINER_APPS,
    ),
    "db": Occupant(
        service="PostgreSQL flexible servers",
        delegations=("Microsoft.DBforPostgreSQL/flexibleServers",),
        source=_POSTGRES,
    ),
    "redis": Occupant(service="private endpoints", delegations=(None,), source=_PRIVATE_ENDPOINT),
    "storage": Occupant(service="private endpoints", delegations=(None,), source=_PRIVATE_ENDPOINT),
    "apim": Occupant(
        service="API Management (classic: no delegation; Premium v2: the one named)",
        delegations=(None, "Microsoft.Web/hostingEnvironments"),
        source=_API_MANAGEMENT,
    ),
    "edge": Occupant(
        service="a Container Apps environment with workload profiles",
        delegations=("Microsoft.App/environments",),
        source=_CONTAINER_APPS,
    ),
    "bastion": Occupant(service="Bastion", delegations=(None,), source=_BASTION),
    "management": Occupant(service="virtual machines", delegations=(None,), source=_NETWORK_FAQ),
}

# Addresses that a Container Apps environment keeps for itself; every block holds one, so no block may touch them.
CONTAINER_APPS_RANGES: Final = tuple(
    IPv4Network(text)
    for text in (
        "169.254.0.0/16",
        "172.30.0.0/16",
        "172.31.0.0/16",
        "192.0.2.0/24",
        "100.100.0.0/17",
        "100.100.128.0/19",
        "100.100.160.0/19",
        "100.100.192.0/19",
    )
)
CONTAINER_APPS_SOURCE: Final = _CONTAINER_APPS
