"""Resources as a state has them, small enough to be read: a global and a regional deployment, and parts to add."""

from collections.abc import Mapping, Sequence
from typing import Any

from cidr import load_map
from topology import Resource, Source

SUBSCRIPTION = "/subscriptions/00000000-0000-0000-0000-0000000000d1"
PROVIDERS = {
    "network": "Microsoft.Network",
    "privatedns": "Microsoft.Network",
    "dbforpostgresql": "Microsoft.DBforPostgreSQL",
    "app": "Microsoft.App",
    "eventhub": "Microsoft.EventHub",
    "keyvault": "Microsoft.KeyVault",
    "storage": "Microsoft.Storage",
    "containerregistry": "Microsoft.ContainerRegistry",
    "redisenterprise": "Microsoft.Cache",
    "operationalinsights": "Microsoft.OperationalInsights",
    "monitor": "Microsoft.Insights",
    "toys": "Microsoft.Toys",
}


class Making:
    """The resources of one deployment while they are put together; each method adds one and gives its ARM id."""

    def __init__(self, deployment: str, *, status: str = "up") -> None:
        self.deployment = deployment
        self.status: Any = status
        self.resources: list[Resource] = []
        self.group = f"{SUBSCRIPTION}/resourceGroups/rg-cf-{deployment}"
        self.network_id = self.id_of("network", "virtualNetworks/vnet-cf-" + deployment)

    @property
    def source(self) -> Source:
        return Source(deployment=self.deployment, status=self.status, resources=tuple(self.resources))

    def id_of(self, module: str, path: str) -> str:
        return f"{self.group}/providers/{PROVIDERS[module]}/{path}"

    def add(self, kind: str, path: str, values: Mapping[str, Any] | None = None, **needs: Sequence[str]) -> str:
        """One resource; `path`: its part of the ARM id behind the provider."""
        arm_id = path if path.startswith("/") else self.id_of(kind.partition(":")[0], path)
        self.resources.append(
            Resource(
                deployment=self.deployment,
                urn=f"urn:pulumi:{self.deployment}::complianceflow::azure-native:{kind}::{arm_id.rpartition('/providers/')[2]}",
                urn_type=f"azure-native:{kind}",
                kind=kind,
                id=arm_id,
                name=arm_id.rpartition("/")[2],
                inputs=dict(values or {}),
                needs={key: tuple(urns) for key, urns in needs.items()},
            )
        )
        return arm_id

    def network(self, slots: Mapping[str, Sequence[Mapping[str, Any]] | None]) -> dict[str, str]:
        """A network with subnets of the plan; slot -> the rules of its group, None for no group. Gives subnet ids."""
        plan = load_map().plan(self.deployment)
        self.add("network:VirtualNetwork", self.network_id, {"addressSpace": {"addressPrefixes": [str(plan.block)]}})
        return {slot: self.subnet(slot, str(plan.slot(slot).network), rules) for slot, rules in slots.items()}

    def subnet(self, slot: str, prefix: str, rules: Sequence[Mapping[str, Any]] | None) -> str:
        values: dict[str, Any] = {"addressPrefix": prefix, "delegations": []}
        if rules is not None:
            group = self.add(
                "network:NetworkSecurityGroup",
                f"networkSecurityGroups/nsg-cf-{self.deployment}-{slot}",
                {"securityRules": list(rules)},
            )
            values["networkSecurityGroup"] = {"id": group}
        return self.add("network:Subnet", f"{self.network_id}/subnets/snet-cf-{self.deployment}-{slot}", values)

    def endpoint(self, name: str, subnet: str, target: str, group: str, status: str = "Approved") -> str:
        state = {"status": status}
        connection = {"privateLinkServiceId": target, "groupIds": [group], "privateLinkServiceConnectionState": state}
        return self.add(
            "network:PrivateEndpoint",
            f"privateEndpoints/pep-cf-{self.deployment}-{name}",
            {"subnet": {"id": subnet}, "privateLinkServiceConnections": [connection]},
        )

    def peer(self, other: "Making", *, back: bool = True, tagged: bool = True) -> None:
        """Both halves of a peering, made by this deployment; `back=False`: only its own.

        tagged: whether the tag VirtualNetwork takes the other network in.
        """
        for near, far in ((self, other), (other, self))[: 2 if back else 1]:
            self.add(
                "network:VirtualNetworkPeering",
                f"{near.network_id}/virtualNetworkPeerings/peer-cf-{near.deployment}-{far.deployment}",
                {"remoteVirtualNetwork": {"id": far.network_id}, "allowVirtualNetworkAccess": tagged},
            )


def rule(name: str, direction: str, source: str, destination: str, *ports: str, **more: Any) -> dict[str, Any]:
    """A security rule as ARM has it; TCP, allowed, priority 100 unless said otherwise."""
    body: dict[str, Any] = {
        "name": name,
        "priority": 100,
        "direction": direction,
        "access": "Allow",
        "protocol": "Tcp",
        "sourceAddressPrefix": source,
        "destinationAddressPrefix": destination,
        "destinationPortRanges": list(ports),
    }
    return {**body, **more}


def denials() -> list[dict[str, Any]]:
    """Everything else is denied, both ways."""
    return [
        rule(f"DenyAll{way}", way, "*", "*", "*", access="Deny", priority=4096, protocol="*")
        for way in ("Inbound", "Outbound")
    ]


def opening(*rules: dict[str, Any]) -> list[dict[str, Any]]:
    """Rules with their denials."""
    return [*rules, *denials()]


def platform() -> tuple[Source, Source]:
    """global-dev with hubs, registry and a public gateway; westeu-dev-1 with a database, a cache and crossings."""
    near, far = Making("global-dev"), Making("westeu-dev-1")
    apps = "10.0.1.0/24", "10.10.1.0/24"
    ours = near.network(
        {
            "apps": opening(
                rule("AllowPeersIn", "Inbound", apps[1], apps[0], "443"),
                rule("AllowGatewayIn", "Inbound", "10.0.6.0/24", apps[0], "443"),
            ),
            "edge": opening(
                rule("AllowPeople", "Inbound", "Internet", "*", "443"),
                rule("AllowToApps", "Outbound", "10.0.6.0/24", apps[0], "443"),
                rule("AllowToRegional", "Outbound", "10.0.6.0/24", apps[1], "443", "31443", priority=110),
            ),
        }
    )
    environment = near.add(
        "app:ManagedEnvironment",
        "managedEnvironments/cae-cf-global-dev",
        {"vnetConfiguration": {"infrastructureSubnetId": ours["apps"], "internal": True}, "staticIp": "10.0.1.16"},
    )
    near.add(
        "app:ContainerApp",
        "containerApps/tenant-registry",
        {"environmentId": environment, "configuration": {"ingress": {"external": True}}},
    )
    edge = near.add(
        "app:ManagedEnvironment",
        "managedEnvironments/cae-cf-global-dev-edge",
        {"vnetConfiguration": {"infrastructureSubnetId": ours["edge"], "internal": False}},
    )
    let_in = {"name": "office", "action": "Allow", "ipAddressRange": "203.0.113.0/24"}
    near.add(
        "app:ContainerApp",
        "containerApps/gateway",
        {
            "environmentId": edge,
            "configuration": {"ingress": {"external": True, "ipSecurityRestrictions": [let_in]}},
        },
    )
    hubs = near.add("eventhub:Namespace", "namespaces/evhns-cf-global-dev", {"sku": {"name": "Standard"}})
    for hub in ("tenant-events", "masterdata-events", "file-ingestion-events"):
        near.add("eventhub:EventHub", f"{hubs}/eventhubs/{hub}")
    registry = near.add("containerregistry:Registry", "registries/acrcfglobaldev", {"sku": {"name": "Premium"}})
    near.add("toys:Robot", "robots/r2", {})
    near.add("monitor:DiagnosticSetting", f"{hubs}/providers/Microsoft.Insights/diagnosticSettings/diag")
    theirs = far.network(
        {
            "apps": opening(
                rule("AllowGateway", "Inbound", "10.0.6.0/24", apps[1], "443"),
                rule("AllowToGlobal", "Outbound", apps[1], apps[0], "443"),
                rule("AllowPostgres", "Outbound", apps[1], "10.10.2.0/24", "5432", "6432", priority=110),
                rule("AllowEndpoints", "Outbound", apps[1], "10.10.4.0/24", "443", "9093", priority=120),
                rule("AllowEntra", "Outbound", apps[1], "AzureActiveDirectory", "443", priority=130),
            ),
            "db": opening(rule("AllowApps", "Inbound", apps[1], "10.10.2.0/24", "5432")),
            "redis": opening(),
            "storage": opening(rule("AllowApps", "Inbound", apps[1], "10.10.4.0/24", "443", "9093")),
        }
    )
    server = far.add(
        "dbforpostgresql:Server",
        "flexibleServers/psql-cf-westeu-dev-1",
        {"network": {"delegatedSubnetResourceId": theirs["db"]}, "version": "18", "sku": {"name": "Standard_B1ms"}},
    )
    for database in ("user_service", "form_service"):
        far.add("dbforpostgresql:Database", f"{server}/databases/{database}")
    cache = far.add("redisenterprise:RedisEnterprise", "redisEnterprise/redis-cf-westeu-dev-1")
    account = far.add("storage:StorageAccount", "storageAccounts/stcfwesteudev1", {"sku": {"name": "Standard_LRS"}})
    far.add("storage:BlobContainer", f"{account}/blobServices/default/containers/documents")
    vault = far.add("keyvault:Vault", "vaults/kv-cf-westeu-dev-1-ab12")
    far.endpoint("cache", theirs["redis"], cache, "redisEnterprise")
    far.endpoint("blob", theirs["storage"], account, "blob")
    far.endpoint("vault", theirs["storage"], vault, "vault")
    far.endpoint("global-hubs", theirs["storage"], hubs, "namespace", "Pending")
    registry_endpoint = far.endpoint("registry", theirs["storage"], registry, "registry")
    zone = far.add("privatedns:PrivateZone", "privateDnsZones/privatelink.azurecr.io")
    far.add(
        "network:PrivateDnsZoneGroup",
        f"{registry_endpoint}/privateDnsZoneGroups/default",
        {"privateDnsZoneConfigs": [{"name": "registry", "privateDnsZoneId": zone}]},
    )
    for other in (near, far):
        far.add(
            "privatedns:VirtualNetworkLink",
            f"{zone}/virtualNetworkLinks/dnslink-cf-{other.deployment}",
            {"virtualNetwork": {"id": other.network_id}},
        )
    far.add(
        "privatedns:PrivateRecordSet",
        f"{zone}/A/@",
        {"relativeRecordSetName": "@", "aRecords": [{"ipv4Address": "10.10.4.9"}]},
    )
    far.peer(near)
    return near.source, far.source
