"""A global deployment: what every region shares, the one way in, and the contract for the regionals."""

import pulumi

from components.guarding.everything import Everything
from deployments import services
from deployments.additions import add
from deployments.blueprint import Blueprint
from deployments.contracts import GlobalFacts
from deployments.data import keep
from deployments.entry import open_entry
from deployments.foundations import lay
from deployments.gate import guard
from deployments.guards import crown, watch
from deployments.messaging import own_hubs, own_topics
from deployments.outputs import DeploymentOutputs, outputs_of
from deployments.permissions import grant, identify
from deployments.persistent import lock, secure
from deployments.registry import own_registry
from deployments.world import World


def deploy(blueprint: Blueprint, everything: Everything, opts: pulumi.ResourceOptions) -> DeploymentOutputs:
    """Declare the global deployment of an environment. `opts` carries its provider; `everything`: what is declared."""
    base = lay(blueprint, opts, links={})
    identities = identify(blueprint.runs, base.place, opts)
    data = keep(blueprint, base, identities, opts)
    safety = secure(blueprint, base, data, opts)
    hubs = own_hubs(blueprint, base, opts)
    made, registry = own_registry(blueprint, base, opts)
    world = World(
        blueprint=blueprint,
        base=base,
        data=data,
        hubs=hubs,
        topics=own_topics(blueprint, base, hubs),
        registry=registry,
        identities=identities,
        additions=add(blueprint, base, data, opts),
    )
    listeners = services.listen(world, None, opts)
    roles = grant(world, {listener.secret_name: listener.secret_id for listener in listeners.values()})
    apps = services.run(world, roles, listeners, guard(world, roles, opts), opts)
    entry = open_entry(world, roles, opts)
    targets = watch(world, {**{name: app.id for name, app in apps.items()}, "gateway": entry.gateway.id}, safety, opts)
    lock(blueprint, base, data, safety, opts, everything=everything)
    keystone = crown(world, targets, opts, everything=everything)
    contract = GlobalFacts(
        environment_domain=base.environment.default_domain,
        network_guid=base.network.resource_guid,
        event_hubs_created_at=hubs.created_at,
        registry_created_at=made.created_at,
        keystone_id=keystone.id,
    )
    return outputs_of(world, apps, gateway_url=entry.url, contract=contract)
