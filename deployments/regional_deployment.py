"""A regional deployment: its own foundations, data, hubs and services, and its private ways to the global deployment.

The ways are made by the regional stack and gone with it, also what lies in the global deployment's group: the other
side of the peering, the link that lets this network find the global services by name, roles on the shared hubs and the
registry, and the keys by which consumers of shared hubs are scaled. With peers it is the same, made by the later one.
"""

from collections.abc import Mapping

import pulumi

from components.guarding.everything import Everything
from components.guarding.keystone import Hold, HoldArgs
from deployments import services
from deployments.additions import add
from deployments.blueprint import Blueprint
from deployments.catalogue.services import services_of
from deployments.coming import Coming
from deployments.contracts import GlobalFacts, NetworkFacts
from deployments.data import keep
from deployments.foundations import Foundations, lay
from deployments.gate import azure_of, guard
from deployments.guards import crown, watch
from deployments.joining import Other, join
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
    coming = Coming.of(blueprint, ids, azure_of(opts))
    facts = GlobalFacts.read(ids.deployment, coming.fact if coming else None)
    above = Other.of(blueprint, ids, facts, "global")
    beside = [
        Other.of(blueprint, peer, NetworkFacts.read(peer.deployment), str(peer.deployment)) for peer in blueprint.joins
    ]
    base = lay(blueprint, opts, links={other.label: other.link for other in (above, *beside)})
    joined = join(blueprint, base, [above, *beside], opts)
    identities = identify(blueprint.runs, base.place, opts)
    data = keep(blueprint, base, identities, opts)
    safety = secure(blueprint, base, data, opts, joined=joined)
    hubs = None if blueprint.runs.is_guest else own_hubs(blueprint, base, opts)
    base.ways.to("hubs", ids.event_hubs_id, beyond=str(ids.deployment), replaced_with=facts.event_hubs_created_at)
    world = World(
        blueprint=blueprint,
        base=base,
        data=data,
        hubs=hubs,
        topics={**global_topics(blueprint, ids, facts), **own_topics(blueprint, base, hubs)},
        registry=registry_of(blueprint, ids, facts, base, opts),
        identities=identities,
        additions=add(blueprint, base, data, opts),
    )
    listeners = services.listen(world, above.provider, opts)
    roles = grant(world, {listener.secret_name: listener.secret_id for listener in listeners.values()})
    apps = services.run(world, roles, listeners, guard(world, roles, opts), opts, told=_global_apis(facts))
    work_off(world, roles, opts)
    targets = watch(world, {name: app.id for name, app in apps.items()}, safety, opts)
    lock(blueprint, base, data, safety, opts, everything=everything)
    _hold(blueprint, above, facts, opts, everything)
    crown(world, targets, opts, everything=everything)
    return outputs_of(world, apps, contract=_for_peers(blueprint, base))


def _hold(
    blueprint: Blueprint,
    above: Other,
    facts: GlobalFacts,
    opts: pulumi.ResourceOptions,
    everything: Everything,
) -> None:
    """Keep the global deployment from being deleted while this one is up."""
    there = pulumi.ResourceOptions(provider=above.provider) if above.provider else opts
    after = pulumi.ResourceOptions(depends_on=everything.resources)
    Hold(
        "hold",
        HoldArgs(
            keystone=facts.keystone_id,
            holder=blueprint.names,
            held=str(above.ids.deployment),
            made_anew=facts.network_guid,
        ),
        pulumi.ResourceOptions.merge(there, after),
    )


def _for_peers(blueprint: Blueprint, base: Foundations) -> NetworkFacts | None:
    """What a later peer needs to know, where there may be one."""
    if not blueprint.settings.options.peers:
        return None
    return NetworkFacts(environment_domain=base.environment.default_domain, network_guid=base.network.resource_guid)


def _global_apis(facts: GlobalFacts) -> Mapping[str, pulumi.Input[str]]:
    """Where the global services answer: regional ones read global data there, never in its databases."""
    return {
        f"{service.name.upper().replace('-', '_')}_URL": pulumi.Output.concat(
            f"https://{service.name}.", facts.environment_domain
        )
        for service in services_of("global")
        if service.http
    }
