"""A regional deployment: its own foundations, data, hubs and services, and its private ways to the global deployment.

The ways are made by the regional stack and gone with it, also what lies in the global deployment's group: the other
side of the peering, the link that lets this network find the global services by name, roles on the shared hubs and the
registry, and the keys by which consumers of shared hubs are scaled.
"""

from collections.abc import Mapping
from dataclasses import replace

import pulumi
import pulumi_azure_native as azure_native

from components.guarding.everything import Everything
from components.network.peering import Peering, PeeringArgs, Side
from components.network.private_dns import NetworkLink, link_zone
from deployments import services
from deployments.additions import add
from deployments.blueprint import Blueprint
from deployments.catalogue.services import services_of
from deployments.contracts import GlobalFacts, GlobalIds
from deployments.data import keep
from deployments.foundations import Foundations, lay
from deployments.gate import guard
from deployments.guards import watch
from deployments.messaging import global_topics, own_hubs, own_topics
from deployments.options import work_off
from deployments.outputs import DeploymentOutputs, outputs_of
from deployments.permissions import grant, identify
from deployments.persistent import lock, secure
from deployments.registry import registry_of
from deployments.world import World


def deploy(blueprint: Blueprint, everything: Everything, opts: pulumi.ResourceOptions) -> DeploymentOutputs:
    """Declare a regional deployment. `opts` carries its provider; `everything`: what is declared.

    Raises ValueError for a global's blueprint.
    """
    ids = blueprint.global_ids
    if ids is None:
        raise ValueError(f"{blueprint.settings.deployment} is no regional deployment")
    facts = GlobalFacts.read(ids.deployment)
    to_global = NetworkLink(
        name=ids.names.of("private_dns_link"), network_id=ids.network_id, replaced_with=facts.network_guid
    )
    base = lay(blueprint, opts, links={"global": to_global})
    provider = _provider_of_global(blueprint, ids)
    joined = _join(blueprint, base, ids, facts, opts, provider=provider)
    identities = identify(blueprint.runs, base.place, opts)
    data = keep(blueprint, base, identities, opts)
    safety = secure(blueprint, base, data, opts, joined=joined)
    hubs = own_hubs(blueprint, base, opts)
    base.ways.to("hubs", ids.event_hubs_id, beyond=str(ids.deployment), replaced_with=facts.event_hubs_created_at)
    world = World(
        blueprint=blueprint,
        base=base,
        data=data,
        hubs=hubs,
        topics={**global_topics(ids, facts), **own_topics(blueprint, base, hubs)},
        registry=registry_of(blueprint, ids, facts, base, opts),
        identities=identities,
        additions=add(blueprint, base, data, opts),
    )
    listeners = services.listen(world, provider, opts)
    roles = grant(world, {listener.secret_name: listener.secret_id for listener in listeners.values()})
    apps = services.run(world, roles, listeners, guard(world, roles, opts), opts, told=_global_apis(facts))
    work_off(world, roles, opts)
    watch(world, {name: app.id for name, app in apps.items()}, safety, opts)
    lock(blueprint, base, data, safety, opts, everything=everything)
    return outputs_of(world, apps)


def _global_apis(facts: GlobalFacts) -> Mapping[str, pulumi.Input[str]]:
    """Where the global services answer: regional ones read global data there, never in its databases."""
    return {
        f"{service.name.upper().replace('-', '_')}_URL": pulumi.Output.concat(
            f"https://{service.name}.", facts.environment_domain
        )
        for service in services_of("global")
        if service.http
    }


def _join(
    blueprint: Blueprint,
    base: Foundations,
    ids: GlobalIds,
    facts: GlobalFacts,
    opts: pulumi.ResourceOptions,
    *,
    provider: pulumi.ProviderResource | None,
) -> Peering:
    """The peering, and the link of the global environment's zone to this network."""
    here, names = base.network, blueprint.names
    peering = Peering(
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
    return peering


def _provider_of_global(blueprint: Blueprint, ids: GlobalIds) -> pulumi.ProviderResource | None:
    """The provider for what lies in the global deployment's subscription, where that is another one."""
    if ids.subscription_id == blueprint.settings.subscription_id:
        return None
    return azure_native.Provider("azure-of-global", subscription_id=ids.subscription_id)
