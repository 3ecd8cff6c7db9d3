"""A regional deployment: the foundations, its services, and its private ways to the global deployment.

The ways are made by the regional stack and gone with it, also what lies in the global deployment's group: the other
side of the peering, and the link that lets this network find the global services by name.
"""

from dataclasses import replace

import pulumi
import pulumi_azure_native as azure_native

from components.peering import Peering, PeeringArgs, Side
from components.private_dns import NetworkLink, link_zone
from deployments.blueprint import Blueprint
from deployments.contracts import GlobalFacts, GlobalIds
from deployments.foundations import Foundations, lay, outputs_of, run_services
from deployments.outputs import DeploymentOutputs


def deploy(blueprint: Blueprint, opts: pulumi.ResourceOptions) -> DeploymentOutputs:
    """Declare a regional deployment. `opts` carries its provider. Raises ValueError for a global's blueprint."""
    ids = blueprint.global_ids
    if ids is None:
        raise ValueError(f"{blueprint.settings.deployment} is no regional deployment")
    facts = GlobalFacts.read(ids.deployment)
    to_global = NetworkLink(
        name=ids.names.of("private_dns_link"), network_id=ids.network_id, replaced_with=facts.network_guid
    )
    base = lay(blueprint, opts, links={"global": to_global})
    _join(blueprint, base, ids, facts, opts)
    registry = pulumi.Output.concat("https://tenant-registry.", facts.environment_domain)
    services = run_services(blueprint, base, opts, {"TENANT_REGISTRY_URL": registry})
    return outputs_of(blueprint, base, services)


def _join(
    blueprint: Blueprint, base: Foundations, ids: GlobalIds, facts: GlobalFacts, opts: pulumi.ResourceOptions
) -> None:
    """The peering, and the link of the global environment's zone to this network."""
    here, names = base.network, blueprint.names
    provider = _provider_of_global(blueprint, ids)
    Peering(
        "to-global",
        PeeringArgs(
            near=Side(
                group=base.place.group,
                network_name=here.name,
                network_id=here.id,
                resource_guid=here.resource_guid,
                peering_name=names.of("virtual_network_peering", str(ids.deployment)),
            ),
            far=Side(
                group=ids.group,
                network_name=ids.network_name,
                network_id=ids.network_id,
                resource_guid=facts.network_guid,
                peering_name=ids.names.of("virtual_network_peering", str(names.deployment)),
                provider=provider,
            ),
        ),
        opts,
    )
    link_zone(
        "global-apps-link",
        replace(base.place, group=ids.group),
        facts.environment_domain,
        NetworkLink(name=names.of("private_dns_link"), network_id=here.id, replaced_with=here.resource_guid),
        pulumi.ResourceOptions(provider=provider) if provider else opts,
    )


def _provider_of_global(blueprint: Blueprint, ids: GlobalIds) -> pulumi.ProviderResource | None:
    """The provider for what lies in the global deployment's subscription, where that is another one."""
    if ids.subscription_id == blueprint.settings.subscription_id:
        return None
    return azure_native.Provider("azure-of-global", subscription_id=ids.subscription_id)
