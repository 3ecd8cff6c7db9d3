"""What every deployment stands on, global or regional alike: group, logs, network, vault, apps environment.

The order follows from the wiring; what may go side by side does.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import pulumi

from cidr import Environment
from components.apps.container_environment import ContainerEnvironment, ContainerEnvironmentArgs
from components.data.key_vault import KeyVault, KeyVaultArgs
from components.network.bastion import Bastion, BastionArgs
from components.network.nat_gateway import NatGateway, NatGatewayArgs
from components.network.private_dns import NetworkLink
from components.network.virtual_network import Network, NetworkArgs
from components.place import Place
from components.resource_group import ResourceGroup, ResourceGroupArgs
from components.watching.application_insights import ApplicationInsights, ApplicationInsightsArgs
from components.watching.log_analytics import LogAnalytics, LogAnalyticsArgs
from deployments.blueprint import Blueprint
from deployments.endpoints import PrivateWays

# Days that a deleted vault is kept: the least where deployments come and go, the most where they stay.
_VAULT_DAYS: Final[Mapping[bool, int]] = {True: 7, False: 90}


@dataclass(frozen=True, kw_only=True)
class Foundations:
    """The components that the rest is wired to. `own_link`: links a zone to the deployment's network."""

    place: Place
    logs: LogAnalytics
    insights: ApplicationInsights
    network: Network
    own_link: NetworkLink
    ways: PrivateWays
    vault: KeyVault
    environment: ContainerEnvironment


def lay(blueprint: Blueprint, opts: pulumi.ResourceOptions, links: Mapping[str, NetworkLink]) -> Foundations:
    """Declare the foundations. `opts` carries the provider; `links`: other networks that find the apps by name."""
    settings, names = blueprint.settings, blueprint.names
    group = ResourceGroup(
        "group",
        ResourceGroupArgs(
            location=blueprint.region.azure_name,
            names=names,
            tags=blueprint.tags,
            own_tags=blueprint.expiry.tags,
            kept_tags=blueprint.expiry.kept,
        ),
        opts,
    )
    place = group.place
    logs = LogAnalytics("logs", LogAnalyticsArgs(place=place, retention_days=settings.log_retention_days), opts)
    insights = ApplicationInsights("insights", ApplicationInsightsArgs(place=place, workspace_id=logs.id), opts)
    network = Network(
        "network",
        NetworkArgs(
            place=place,
            plan=blueprint.halves.own,
            workspace_id=logs.id,
            neighbours=blueprint.neighbours,
            nat_gateway_id=_way_out(blueprint, place, logs, opts),
        ),
        opts,
    )
    if settings.options.bastion:
        Bastion(
            "bastion",
            BastionArgs(
                place=place,
                subnet_id=network.subnet_ids["bastion"],
                workspace_id=logs.id,
                zones=blueprint.region.zones,
                protected=not settings.ephemeral,
            ),
            opts,
        )
    own_link = NetworkLink(name=names.of("private_dns_link"), network_id=network.id)
    ways = PrivateWays(place, network, own_link, opts)
    vault = KeyVault(
        "vault",
        KeyVaultArgs(
            place=place,
            tenant_id=settings.tenant_id,
            workspace_id=logs.id,
            soft_delete_days=_VAULT_DAYS[settings.ephemeral],
            purge_protection=settings.purge_protection,
        ),
        opts,
    )
    ways.to("vault", vault.id)
    environment = ContainerEnvironment(
        "apps",
        ContainerEnvironmentArgs(
            place=place,
            subnet_id=network.subnet_ids["apps"],
            workspace_id=logs.id,
            links={"own": own_link, **links},
            zone_redundant=zone_redundant(blueprint),
        ),
        opts,
    )
    return Foundations(
        place=place,
        logs=logs,
        insights=insights,
        network=network,
        own_link=own_link,
        ways=ways,
        vault=vault,
        environment=environment,
    )


def zone_redundant(blueprint: Blueprint) -> bool:
    """Whether what can be spread over zones is: in prod, where the region has some."""
    return blueprint.settings.deployment.environment is Environment.PROD and bool(blueprint.region.zones)


def _way_out(
    blueprint: Blueprint, place: Place, logs: LogAnalytics, opts: pulumi.ResourceOptions
) -> pulumi.Output[str] | None:
    """The gateway by which containers reach the Internet under one address, where the settings ask for it."""
    if not blueprint.settings.options.nat_egress:
        return None
    return NatGateway("nat", NatGatewayArgs(place=place, workspace_id=logs.id, zones=blueprint.region.zones), opts).id
