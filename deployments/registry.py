"""Where a deployment's workloads get their images: the registry of the environment, which its global deployment has."""

from dataclasses import dataclass

import pulumi

from components.apps.container_registry import CacheRule, ContainerRegistry, ContainerRegistryArgs
from deployments.blueprint import Blueprint
from deployments.contracts import GlobalFacts, GlobalIds
from deployments.foundations import Foundations


@dataclass(frozen=True, kw_only=True)
class Registry:
    """A registry as its users see it.

    `made_anew`: changes when it is made anew under the same id; None in the deployment that makes it.
    """

    id: pulumi.Input[str]
    login_server: pulumi.Input[str]
    subscription_id: str
    made_anew: pulumi.Input[str] | None = None


def own_registry(
    blueprint: Blueprint, base: Foundations, opts: pulumi.ResourceOptions
) -> tuple[ContainerRegistry, Registry]:
    """Declare the environment's registry, and the private way to it."""
    rules = [CacheRule(name=row.name, source=row.source, target=row.target) for row in blueprint.upstream]
    args = ContainerRegistryArgs(place=base.place, workspace_id=base.logs.id, cache_rules=rules)
    made = ContainerRegistry("registry", args, opts)
    base.ways.to("registry", made.id, replaced_with=made.created_at)
    used = Registry(id=made.id, login_server=made.login_server, subscription_id=blueprint.settings.subscription_id)
    return made, used


def registry_of(
    blueprint: Blueprint, ids: GlobalIds, facts: GlobalFacts, base: Foundations, opts: pulumi.ResourceOptions
) -> Registry:
    """Where a regional's workloads get their images: its own registry where it asks for one, else the environment's."""
    if blueprint.settings.options.own_registry:
        return own_registry(blueprint, base, opts)[1]
    return registry_of_global(ids, facts, base)


def registry_of_global(ids: GlobalIds, facts: GlobalFacts, base: Foundations) -> Registry:
    """The registry of the global deployment, by a private way of one's own."""
    base.ways.to("registry", ids.registry_id, beyond=str(ids.deployment), replaced_with=facts.registry_created_at)
    return Registry(
        id=ids.registry_id,
        login_server=ids.login_server,
        subscription_id=ids.subscription_id,
        made_anew=facts.registry_created_at,
    )
