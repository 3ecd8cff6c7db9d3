"""Who may do what: the identity of each workload, and its roles on exactly what it needs.

What a workload needs is data (catalogue.grants); here the words of the data become scopes.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi

from components.apps.workload_identity import WorkloadIdentity, WorkloadIdentityArgs
from components.place import Place
from components.roles import assign_to_identity
from deployments.catalogue.grants import Grant
from deployments.catalogue.selection import Selection
from deployments.world import World

Roles = Mapping[str, list[pulumi.Resource]]
"""The role assignments of each workload, so that it waits for its own alone."""


@dataclass(frozen=True, kw_only=True)
class _Scope:
    """What a role is on. `made_anew`: changes when it is made anew under the same id, in another deployment.

    `outlives`: it is the account's, whose lock also keeps roles from being deleted: there they stay behind, of an
    identity that is gone, which nobody can be any more.
    https://learn.microsoft.com/azure/azure-resource-manager/management/lock-resources#considerations-before-applying-your-locks
    """

    id: pulumi.Input[str]
    subscription_id: str
    made_anew: pulumi.Input[str] | None = None
    outlives: bool = False


def identify(runs: Selection, place: Place, opts: pulumi.ResourceOptions) -> dict[str, WorkloadIdentity]:
    """Declare an identity for each workload, by the workload's name."""
    return {
        name: WorkloadIdentity(f"{name}-as", WorkloadIdentityArgs(place=place, workload=name), opts)
        for name in runs.workloads
    }


def grant(world: World, secrets: Mapping[str, pulumi.Input[str]]) -> Roles:
    """Declare every role of every workload. `secrets`: ids of the vault's secrets, by name."""
    scopes = _scopes(world, secrets)
    return {
        name: [_assign(name, world.identities[name], each, scopes[each.on]) for each in grants]
        for name, grants in world.runs.grants.items()
    }


def _scopes(world: World, secrets: Mapping[str, pulumi.Input[str]]) -> dict[str, _Scope]:
    """What each word of a grant stands for."""
    storage, registry = world.data.storage, world.registry
    own: dict[str, pulumi.Input[str]] = {
        "insights": world.base.insights.id,
        "vault": world.base.vault.id,
        "storage": storage.id,
        **{f"container:{name}": container_id for name, container_id in storage.container_ids.items()},
        **{f"secret:{name}": secret_id for name, secret_id in secrets.items()},
    }
    here, exports = world.blueprint.settings.subscription_id, world.blueprint.exports
    return {
        "exports": _Scope(id=exports.container_id, subscription_id=exports.subscription_id, outlives=True),
        "registry": _Scope(id=registry.id, subscription_id=registry.subscription_id, made_anew=registry.made_anew),
        **{word: _Scope(id=arm_id, subscription_id=here) for word, arm_id in {**own, **world.additions.scopes}.items()},
        **{
            f"hub:{name}": _Scope(id=topic.id, subscription_id=topic.subscription_id, made_anew=topic.made_anew)
            for name, topic in world.topics.items()
        },
    }


def _assign(workload: str, identity: WorkloadIdentity, wanted: Grant, scope: _Scope) -> pulumi.Resource:
    role = wanted.role.name.lower().replace("_", "-")
    return assign_to_identity(
        f"{workload}-{role}-{wanted.on.replace(':', '-')}",
        wanted.role,
        scope=scope.id,
        principal_id=identity.principal_id,
        subscription_id=scope.subscription_id,
        opts=pulumi.ResourceOptions(parent=identity, retain_on_delete=scope.outlives),
        replaced_with=scope.made_anew,
    )
