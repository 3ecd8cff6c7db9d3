"""A Container Apps environment: internal to its network, with the private zone of its domain, or the public edge.

- Workload profile "Consumption" in a delegated subnet of its own; both fixed once created.
  https://learn.microsoft.com/azure/container-apps/networking
- Internal: its address lies in the subnet, and Azure makes no zone for its domain: the zone, the records for the domain
  and everything below it, and the links are made here. https://learn.microsoft.com/azure/container-apps/private-endpoints-and-dns
- Public: its address is one of the internet, and Azure resolves its domain; each app in it says who may ask.
- Azure keeps its own resources in a second group, which is named here so that the budget can count it.
- Logs go by a diagnostic setting on the environment (destination azure-monitor); without one there are none.
  https://learn.microsoft.com/azure/container-apps/log-options
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import pulumi
from pulumi_azure_native import app

from components.diagnostics import send_logs
from components.network.private_dns import NetworkLink, PrivateDnsZone, PrivateDnsZoneArgs
from components.place import Place

CONSUMPTION = "Consumption"


@dataclass(frozen=True, kw_only=True)
class ContainerEnvironmentArgs:
    """`descriptor`: tells a further environment of a deployment from its first one, as "edge". `zone_redundant`, the
    subnet and `public` are fixed once created.

    `links`: networks that find the apps by name, by logical name. Raises ValueError for links of a public environment,
    whose names everybody finds.
    """

    place: Place
    subnet_id: pulumi.Input[str]
    workspace_id: pulumi.Input[str]
    descriptor: str | None = None
    public: bool = False
    links: Mapping[str, NetworkLink] = field(default_factory=dict[str, NetworkLink])
    zone_redundant: bool = False

    def __post_init__(self) -> None:
        if self.public and self.links:
            raise ValueError(f"a public environment has no zone to link: leave out {', '.join(self.links)}")


def infrastructure_group(place: Place, descriptor: str | None = None) -> str:
    """Name of the group in which Azure keeps what an environment is made of."""
    return place.names.of("resource_group", descriptor or "apps")


class ContainerEnvironment(pulumi.ComponentResource):
    """An environment. `default_domain`: what its apps' addresses end in; `zone`: the name of its private zone.

    The two are one name, in a public environment too, where the zone is Azure's own.
    """

    id: pulumi.Output[str]
    default_domain: pulumi.Output[str]
    static_ip: pulumi.Output[str]
    zone: pulumi.Output[str]

    def __init__(self, name: str, args: ContainerEnvironmentArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("complianceflow:components:ContainerEnvironment", name, None, opts)
        place, access = args.place, app.PublicNetworkAccess
        environment = app.ManagedEnvironment(
            f"{name}-environment",
            resource_group_name=place.group,
            environment_name=place.names.of("container_apps_environment", args.descriptor),
            location=place.location,
            vnet_configuration=app.VnetConfigurationArgs(
                infrastructure_subnet_id=args.subnet_id, internal=not args.public
            ),
            public_network_access=access.ENABLED if args.public else access.DISABLED,
            workload_profiles=[app.WorkloadProfileArgs(name=CONSUMPTION, workload_profile_type=CONSUMPTION)],
            app_logs_configuration=app.AppLogsConfigurationArgs(destination="azure-monitor"),
            infrastructure_resource_group=infrastructure_group(place, args.descriptor),
            zone_redundant=args.zone_redundant,
            tags=place.tags,
            opts=pulumi.ResourceOptions(parent=self),
        )
        send_logs(f"{name}-logs", place, environment.id, args.workspace_id, pulumi.ResourceOptions(parent=self))
        self.id = environment.id
        self.default_domain = environment.default_domain
        self.static_ip = environment.static_ip
        self.zone = self.default_domain if args.public else self._private_zone(name, args).name
        self.register_outputs({"id": self.id, "defaultDomain": self.default_domain, "staticIp": self.static_ip})

    def _private_zone(self, name: str, args: ContainerEnvironmentArgs) -> PrivateDnsZone:
        return PrivateDnsZone(
            f"{name}-dns",
            PrivateDnsZoneArgs(
                place=args.place,
                zone=self.default_domain,
                links=args.links,
                a_records={"*": self.static_ip, "@": self.static_ip},
            ),
            pulumi.ResourceOptions(parent=self),
        )
