"""The Container Apps environment of a deployment, internal to its network, with the private zone of its domain.

- Workload profile "Consumption" in a delegated subnet of its own; both fixed once created.
  https://learn.microsoft.com/azure/container-apps/networking
- Internal: its address lies in the subnet, and Azure makes no zone for its domain: the zone, the records for the domain
  and everything below it, and the links are made here. https://learn.microsoft.com/azure/container-apps/private-endpoints-and-dns
- Azure keeps its own resources in a second group, which is named here so that the budget can count it.
- Logs go by a diagnostic setting on the environment (destination azure-monitor); without one there are none.
  https://learn.microsoft.com/azure/container-apps/log-options
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import pulumi
from pulumi_azure_native import app

from components.diagnostics import send_logs
from components.place import Place
from components.private_dns import NetworkLink, PrivateDnsZone, PrivateDnsZoneArgs

CONSUMPTION = "Consumption"


@dataclass(frozen=True, kw_only=True)
class ContainerEnvironmentArgs:
    """`links`: networks that find the apps by name, by logical name. `zone_redundant`: fixed once created."""

    place: Place
    subnet_id: pulumi.Input[str]
    workspace_id: pulumi.Input[str]
    links: Mapping[str, NetworkLink] = field(default_factory=dict[str, NetworkLink])
    zone_redundant: bool = False


def infrastructure_group(place: Place) -> str:
    """Name of the group in which Azure keeps what the environment is made of."""
    return place.names.of("resource_group", "apps")


class ContainerEnvironment(pulumi.ComponentResource):
    """An environment; `default_domain` and `zone` are one name: of its apps' addresses, and of its private zone."""

    id: pulumi.Output[str]
    default_domain: pulumi.Output[str]
    static_ip: pulumi.Output[str]
    zone: pulumi.Output[str]

    def __init__(self, name: str, args: ContainerEnvironmentArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("complianceflow:components:ContainerEnvironment", name, None, opts)
        place = args.place
        environment = app.ManagedEnvironment(
            f"{name}-environment",
            resource_group_name=place.group,
            environment_name=place.names.of("container_apps_environment"),
            location=place.location,
            vnet_configuration=app.VnetConfigurationArgs(infrastructure_subnet_id=args.subnet_id, internal=True),
            public_network_access=app.PublicNetworkAccess.DISABLED,
            workload_profiles=[app.WorkloadProfileArgs(name=CONSUMPTION, workload_profile_type=CONSUMPTION)],
            app_logs_configuration=app.AppLogsConfigurationArgs(destination="azure-monitor"),
            infrastructure_resource_group=infrastructure_group(place),
            zone_redundant=args.zone_redundant,
            tags=place.tags,
            opts=pulumi.ResourceOptions(parent=self),
        )
        send_logs(f"{name}-logs", place, environment.id, args.workspace_id, pulumi.ResourceOptions(parent=self))
        zone = PrivateDnsZone(
            f"{name}-dns",
            PrivateDnsZoneArgs(
                place=place,
                zone=environment.default_domain,
                links=args.links,
                a_records={"*": environment.static_ip, "@": environment.static_ip},
            ),
            pulumi.ResourceOptions(parent=self),
        )
        self.id = environment.id
        self.default_domain = environment.default_domain
        self.static_ip = environment.static_ip
        self.zone = zone.name
        self.register_outputs({"id": self.id, "defaultDomain": self.default_domain, "staticIp": self.static_ip})
