"""What every deployment stands on, global or regional alike: group, network, logs, vault, database, apps, budget.

The order follows from the wiring; what may go side by side does.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import pulumi

from cidr import Environment
from components.budget import Budget, BudgetArgs
from components.container_environment import ContainerEnvironment, ContainerEnvironmentArgs, infrastructure_group
from components.container_service import ContainerService, ContainerServiceArgs
from components.key_vault import KeyVault, KeyVaultArgs
from components.log_analytics import LogAnalytics, LogAnalyticsArgs
from components.network import Network, NetworkArgs
from components.place import Place
from components.postgres import EntraAdministrator, Postgres, PostgresArgs, PostgresSize
from components.private_dns import NetworkLink, PrivateDnsZone, PrivateDnsZoneArgs
from components.resource_group import ResourceGroup, ResourceGroupArgs
from deployments.blueprint import Blueprint
from deployments.catalogue import DATABASES, SCALES, SERVICES
from deployments.contracts import GlobalFacts
from deployments.outputs import DeploymentOutputs

# Days that a deleted vault is kept: the least where deployments come and go, the most where they stay.
_VAULT_DAYS: Final[Mapping[bool, int]] = {True: 7, False: 90}


@dataclass(frozen=True, kw_only=True)
class Foundations:
    """The components that the rest of a deployment is wired to."""

    place: Place
    network: Network
    vault: KeyVault
    postgres: Postgres
    environment: ContainerEnvironment


def lay(blueprint: Blueprint, opts: pulumi.ResourceOptions, links: Mapping[str, NetworkLink]) -> Foundations:
    """Declare the foundations. `opts` carries the provider; `links`: other networks that find the apps by name."""
    settings, names = blueprint.settings, blueprint.names
    group = ResourceGroup(
        "group",
        ResourceGroupArgs(location=blueprint.region.azure_name, names=names, tags=blueprint.tags),
        opts,
    )
    place = group.place
    network = Network("network", NetworkArgs(place=place, plan=blueprint.plan, peers=blueprint.peers), opts)
    own_link = NetworkLink(name=names.of("private_dns_link"), network_id=network.id)
    logs = LogAnalytics("logs", LogAnalyticsArgs(place=place, retention_days=settings.log_retention_days), opts)
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
    environment = ContainerEnvironment(
        "apps",
        ContainerEnvironmentArgs(
            place=place,
            subnet_id=network.subnet_ids["apps"],
            workspace_id=logs.id,
            links={"own": own_link, **links},
            zone_redundant=settings.deployment.environment is Environment.PROD and bool(blueprint.region.zones),
        ),
        opts,
    )
    Budget(
        "budget",
        BudgetArgs(
            name=names.of("budget"),
            subscription_id=settings.subscription_id,
            resource_groups=[group.name, infrastructure_group(place)],
            amount=settings.budget.amount,
            contact_emails=settings.budget.contact_emails,
        ),
        opts,
    )
    zone = PrivateDnsZone(
        "postgres-dns",
        PrivateDnsZoneArgs(place=place, zone=names.of("postgres_dns_zone"), links={"own": own_link}),
        opts,
    )
    people = settings.entra_admin_group
    postgres = Postgres(
        "postgres",
        PostgresArgs(
            place=place,
            size=PostgresSize(**settings.postgres.model_dump()),
            tenant_id=settings.tenant_id,
            subnet_id=network.subnet_ids["db"],
            zone_id=zone.id,
            workspace_id=logs.id,
            administrators={"people": EntraAdministrator(name=people.name, object_id=people.object_id)},
            databases=DATABASES[settings.deployment.kind],
        ),
        opts,
    )
    return Foundations(place=place, network=network, vault=vault, postgres=postgres, environment=environment)


def run_services(
    blueprint: Blueprint,
    base: Foundations,
    opts: pulumi.ResourceOptions,
    variables: Mapping[str, pulumi.Input[str]],
) -> dict[str, ContainerService]:
    """Declare the deployment's services. `variables`: what each gets beside its own."""
    settings = blueprint.settings
    return {
        service.name: ContainerService(
            service.name,
            ContainerServiceArgs(
                place=base.place,
                service=service.name,
                subscription_id=settings.subscription_id,
                environment_id=base.environment.id,
                default_domain=base.environment.default_domain,
                vault_id=base.vault.id,
                image=blueprint.images[service.name],
                scale=SCALES[settings.deployment.environment],
                variables={
                    "DEPLOYMENT": str(settings.deployment),
                    "KEY_VAULT_URI": base.vault.uri,
                    "POSTGRES_HOST": base.postgres.host,
                    "POSTGRES_DATABASE": base.postgres.databases[service.database],
                    **variables,
                },
            ),
            opts,
        )
        for service in SERVICES[settings.deployment.kind]
    }


def outputs_of(
    blueprint: Blueprint,
    base: Foundations,
    services: Mapping[str, ContainerService],
    contract: GlobalFacts | None = None,
) -> DeploymentOutputs:
    """The outputs that every deployment has; `contract` is a global's."""
    return DeploymentOutputs(
        resource_group=pulumi.Output.from_input(base.place.group),
        network_id=base.network.id,
        environment_domain=base.environment.default_domain,
        postgres_host=base.postgres.host,
        databases=list(base.postgres.databases.values()),
        key_vault_uri=base.vault.uri,
        service_urls={name: service.url for name, service in services.items()},
        placeholders=blueprint.placeholders,
        contract=contract,
    )
