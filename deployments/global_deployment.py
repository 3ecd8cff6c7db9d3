"""A global deployment: the foundations, the services that every region shares, and the contract for the regionals."""

import pulumi

from deployments.blueprint import Blueprint
from deployments.contracts import GlobalFacts
from deployments.foundations import lay, outputs_of, run_services
from deployments.outputs import DeploymentOutputs


def deploy(blueprint: Blueprint, opts: pulumi.ResourceOptions) -> DeploymentOutputs:
    """Declare the global deployment of an environment. `opts` carries its provider.

    Its apps are internal, as everywhere: the way in from outside comes with the gateway.
    """
    base = lay(blueprint, opts, links={})
    services = run_services(blueprint, base, opts, {})
    contract = GlobalFacts(environment_domain=base.environment.default_domain, network_guid=base.network.resource_guid)
    return outputs_of(blueprint, base, services, contract)
