"""Who may speak to whom: the rules of each subnet's network security group, as data.

Every group denies by default in both directions: `rules_for` appends the two denials, so no table can lack them (what
Azure adds by itself would let the whole network in and the whole Internet out). An end of a rule is a slot of the same
network ("@db"), the subnet itself ("@self"), one of the neighbours ("@gateway", "@regionals": see `Neighbours`), or
what Azure takes as it stands: a service tag, an address, "*".
A rule whose slot or neighbour a deployment does not have falls away: so one table serves global and regional alike.

Sources:
- apps: https://learn.microsoft.com/azure/container-apps/firewall-integration (workload profiles). Clients meet the
  edge proxy at 443 or 31443; the load balancer's probes come to 30000-32767. The platform's DNS and NTP stay open.
- edge: the same, for the environment of the gateway alone. Only it may go on to the apps of every deployment joined.
- db: https://learn.microsoft.com/azure/postgresql/network/concepts-networking-private (5432, PgBouncer at 6432 inside
  the subnet; Storage for backups and log archives, Entra for sign-in).
- redis, storage: private endpoints; Managed Redis listens at 10000, Event Hubs speaks Kafka at 9093.
- apim: https://learn.microsoft.com/azure/api-management/virtual-network-reference
- bastion: https://learn.microsoft.com/azure/bastion/bastion-nsg (ARM refuses the group when one of these is missing).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from cidr import AddressPlan

Direction = Literal["Inbound", "Outbound"]
Protocol = Literal["Tcp", "Udp", "*"]

FIRST_PRIORITY: Final = 100
LAST_PRIORITY: Final = 4096  # the lowest that a rule of one's own can have; Azure's defaults begin at 65000


@dataclass(frozen=True, kw_only=True)
class Rule:
    """One row of a table: an allowance. `ports`: of the destination, single or "first-last"."""

    name: str
    direction: Direction
    protocol: Protocol
    source: str
    destination: str
    ports: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class ResolvedRule:
    """A rule as ARM takes it: ends are lists of prefixes or one service tag; the priority is unique a direction."""

    name: str
    priority: int
    direction: Direction
    access: Literal["Allow", "Deny"]
    protocol: Protocol
    sources: tuple[str, ...]
    destinations: tuple[str, ...]
    ports: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Neighbours:
    """Prefixes outside a deployment's own network, or of one slot that only some deployments have.

    clients: of the public entry (of a global). gateway: the subnet of the gateway, in the global deployment.
    regionals: apps subnets of the regionals joined to this global. peers: of those joined to this regional (the option
    `peers`). internet: the tag, where apps have a way out (the option `nat_egress`). global_apps: of the global that a
    regional is joined to. replicas: database subnet of the other one of a deployment's two networks, its own and the
    standby.
    """

    clients: tuple[str, ...] = ()
    gateway: tuple[str, ...] = ()
    regionals: tuple[str, ...] = ()
    peers: tuple[str, ...] = ()
    internet: tuple[str, ...] = ()
    global_apps: tuple[str, ...] = ()
    replicas: tuple[str, ...] = ()

    @property
    def ends(self) -> Mapping[str, tuple[str, ...]]:
        """Prefixes by the end that stands for them in a table."""
        return {
            "@clients": self.clients,
            "@gateway": self.gateway,
            "@regionals": self.regionals,
            "@peers": self.peers,
            "@internet": self.internet,
            "@global": self.global_apps,
            "@replicas": self.replicas,
        }


def _in(name: str, source: str, *ports: str, to: str = "@self", protocol: Protocol = "Tcp") -> Rule:
    return Rule(name=name, direction="Inbound", protocol=protocol, source=source, destination=to, ports=ports)


def _out(name: str, destination: str, *ports: str, source: str = "@self", protocol: Protocol = "Tcp") -> Rule:
    return Rule(name=name, direction="Outbound", protocol=protocol, source=source, destination=destination, ports=ports)


_EDGE = ("443", "31443")
_POSTGRES = ("5432", "6432")

# What every Container Apps environment needs, whatever runs in it.
_ENVIRONMENT = (
    _in("AllowWithin", "@self", "*", protocol="*"),
    _in("AllowLoadBalancerProbes", "AzureLoadBalancer", "30000-32767"),
    _out("AllowWithin", "@self", "*", protocol="*"),
    _out("AllowPlatformImages", "MicrosoftContainerRegistry", "443"),
    _out("AllowPlatformImagesEdge", "AzureFrontDoor.FirstParty", "443"),
    _out("AllowEntra", "AzureActiveDirectory", "443"),
    _out("AllowMonitor", "AzureMonitor", "443"),
    _out("AllowInternet", "@internet", "443"),
    _out("AllowDns", "168.63.129.16", "53", protocol="*"),
    _out("AllowTime", "*", "123", protocol="Udp"),
)

TABLES: Final[Mapping[str, tuple[Rule, ...]]] = {
    "apps": (
        _in("AllowGatewayToApps", "@gateway", *_EDGE),
        _in("AllowRegionalsToApps", "@regionals", *_EDGE),
        _in("AllowPeersToApps", "@peers", *_EDGE),
        _in("AllowApimToApps", "@apim", *_EDGE),
        _out("AllowAppsToGlobal", "@global", *_EDGE),
        _out("AllowAppsToPeers", "@peers", *_EDGE),
        _out("AllowPostgres", "@db", *_POSTGRES),
        _out("AllowRedis", "@redis", "10000"),
        _out("AllowEndpoints", "@storage", "443", "9093"),
        *_ENVIRONMENT,
    ),
    "edge": (
        _in("AllowClients", "@clients", "443"),
        _out("AllowApps", "@apps", *_EDGE),
        _out("AllowRegionals", "@regionals", *_EDGE),
        _out("AllowEndpoints", "@storage", "443"),
        *_ENVIRONMENT,
    ),
    "db": (
        _in("AllowAppsToPostgres", "@apps", *_POSTGRES),
        _in("AllowWithinDb", "@self", *_POSTGRES),
        _out("AllowWithinDb", "@self", *_POSTGRES),
        _in("AllowReplication", "@replicas", "5432"),
        _out("AllowReplication", "@replicas", "5432"),
        _out("AllowBackupStorage", "Storage", "443"),
        _out("AllowEntra", "AzureActiveDirectory", "443"),
    ),
    "redis": (_in("AllowAppsToRedis", "@apps", "10000"),),
    "storage": (
        _in("AllowAppsToEndpoints", "@apps", "443", "9093"),
        _in("AllowEdgeToEndpoints", "@edge", "443"),
    ),
    "apim": (
        _in("AllowGatewayManagement", "ApiManagement", "3443", to="VirtualNetwork"),
        _in("AllowLoadBalancer", "AzureLoadBalancer", "6390", to="VirtualNetwork"),
        _in("AllowAppsToGateway", "@apps", "443"),
        _out("AllowApps", "@apps", *_EDGE),
        _out("AllowStorage", "Storage", "443"),
        _out("AllowSql", "Sql", "1433"),
        _out("AllowKeyVault", "AzureKeyVault", "443"),
        _out("AllowEntra", "AzureActiveDirectory", "443"),
        _out("AllowMonitor", "AzureMonitor", "443", "1886"),
        _out("AllowCertificateLists", "Internet", "80"),
    ),
    "bastion": (
        _in("AllowPeopleHttps", "Internet", "443", to="*"),
        _in("AllowGatewayManager", "GatewayManager", "443", to="*"),
        _in("AllowLoadBalancer", "AzureLoadBalancer", "443", to="*"),
        _in("AllowBastionHosts", "VirtualNetwork", "8080", "5701", to="VirtualNetwork", protocol="*"),
        _out("AllowMachines", "VirtualNetwork", "22", "3389", source="*"),
        _out("AllowAzureCloud", "AzureCloud", "443", source="*"),
        _out("AllowBastionHosts", "VirtualNetwork", "8080", "5701", source="VirtualNetwork", protocol="*"),
        _out("AllowSessionInformation", "Internet", "80", source="*"),
    ),
    "management": (
        _in("AllowBastion", "@bastion", "22", "3389"),
        _out("AllowEntra", "AzureActiveDirectory", "443"),
        _out("AllowMonitor", "AzureMonitor", "443"),
    ),
}


def rules_for(slot: str, plan: AddressPlan, neighbours: Neighbours) -> tuple[ResolvedRule, ...]:
    """The rules of one subnet's group: its table resolved, then a denial of everything else in both directions.

    Raises ValueError for a slot without a table.
    """
    if slot not in TABLES:
        raise ValueError(f"slot {slot!r} has no table of security rules: add one to TABLES")
    prefixes: dict[str, tuple[str, ...]] = {f"@{other.name}": (str(other.network),) for other in plan.subnets}
    prefixes |= {"@self": prefixes[f"@{slot}"], **neighbours.ends}
    resolved: list[ResolvedRule] = []
    for direction in ("Inbound", "Outbound"):
        priority = FIRST_PRIORITY
        for rule in TABLES[slot]:
            sources, destinations = _prefixes(rule.source, prefixes), _prefixes(rule.destination, prefixes)
            if rule.direction == direction and sources and destinations:
                resolved.append(
                    ResolvedRule(
                        name=f"{rule.name}{direction}",
                        priority=priority,
                        direction=direction,
                        access="Allow",
                        protocol=rule.protocol,
                        sources=sources,
                        destinations=destinations,
                        ports=rule.ports,
                    )
                )
                priority += 10
        resolved.append(_denial(direction))
    return tuple(resolved)


def _prefixes(end: str, known: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    return known.get(end, ()) if end.startswith("@") else (end,)


def _denial(direction: Direction) -> ResolvedRule:
    return ResolvedRule(
        name=f"DenyAll{direction}",
        priority=LAST_PRIORITY,
        direction=direction,
        access="Deny",
        protocol="*",
        sources=("*",),
        destinations=("*",),
        ports=("*",),
    )
