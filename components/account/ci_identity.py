"""The identity with which a pipeline deploys one deployment, and all that it may do.

No key: GitHub's own token is taken, and only that of a job in the GitHub environment of the deployment's name, where
approvals and branches are asked for. A credential for a branch would let any job on it deploy without them.
https://docs.github.com/actions/security-for-github-actions/security-hardening-your-deployments

- Storage Blob Data Contributor, on condition, on its environment's container of states: reads it all (a regional reads
  its global's outputs), writes the paths of its own stack alone. A condition limits what is done to blobs, not the
  role's right to delete the container: that the lock forbids, and a deleted one is kept for 90 days.
- Key Vault Crypto User on its environment's key: opens and seals the secrets of its state.
- Contributor on the subscription: the deployment's group is made and deleted by the deployment itself, and a role on it
  would go with it; and Azure makes a second group for the apps.
- Role Based Access Control Administrator, on condition, there too: gives the platform's roles to identities, takes them
  away, and gives nothing else to anybody.
- Locks Contributor there: Contributor is not given locks, and the deployment locks its data, and its global's keystone
  while it stands (components/guarding).
- Role Based Access Control Administrator, so limited, on its environment's container of exports, for one role: the
  deployment's tenancy job writes there. Approving the deployment's endpoint to that account is no right of its own: who
  administers the state does it, once an endpoint.

Within one subscription the deployments of an environment are thus not kept from each other by roles, only by approval;
a deployment that must be has a subscription of its own.
"""

from dataclasses import dataclass
from typing import Final

import pulumi
from pulumi_azure_native import authorization, managedidentity

from cidr import DeploymentName
from components.account import role_conditions
from components.conventions import Names
from components.conventions.roles import AccountRole, Role, assignment_name, definition_id
from components.place import AccountPlace

ISSUER: Final = "https://token.actions.githubusercontent.com"
AUDIENCE: Final = "api://AzureADTokenExchange"


@dataclass(frozen=True, kw_only=True)
class CiIdentityArgs:
    """`names`: the deployment's own. `subscription_id`: where it deploys. `state_subscription_id`: of its state.

    `repository`: as its tokens name it. `project`: name of the Pulumi project, which is part of a state's path.
    """

    place: AccountPlace
    names: Names
    subscription_id: str
    state_subscription_id: str
    repository: str
    project: str
    container_id: pulumi.Input[str]
    key_id: pulumi.Input[str]
    exports_id: pulumi.Input[str]

    @property
    def deployment(self) -> DeploymentName:
        """The deployment that it deploys."""
        return self.names.deployment


def stack_paths(project: str, stack: str) -> tuple[str, ...]:
    """Where Pulumi writes of a stack in a container: state, its copy, history, backups and lock, `*` for what follows.

    https://github.com/pulumi/pulumi/tree/master/pkg/backend/diy
    """
    return (
        f".pulumi/stacks/{project}/{stack}.json*",
        f".pulumi/history/{project}/{stack}/*",
        f".pulumi/backups/{project}/{stack}/*",
        f".pulumi/locks/organization/{project}/{stack}/*",
    )


@dataclass(frozen=True)
class _Grant:
    """One role; `subscription_id`: of the scope."""

    role: AccountRole
    scope: pulumi.Input[str]
    subscription_id: str
    condition: str | None = None


class CiIdentity(pulumi.ComponentResource):
    """The identity; `client_id` is what a pipeline signs in with, and no secret."""

    client_id: pulumi.Output[str]

    def __init__(self, name: str, args: CiIdentityArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("complianceflow:components:CiIdentity", name, None, opts)
        place, deployment = args.place, args.deployment
        identity = managedidentity.UserAssignedIdentity(
            f"{name}-identity",
            resource_group_name=place.group,
            resource_name_=args.names.of("user_assigned_identity", "ci"),
            location=place.location,
            tags=place.tags,
            opts=pulumi.ResourceOptions(parent=self),
        )
        managedidentity.FederatedIdentityCredential(
            f"{name}-credential",
            resource_group_name=place.group,
            resource_name_=identity.name,
            federated_identity_credential_resource_name=args.names.of("federated_identity_credential", "github"),
            issuer=ISSUER,
            audiences=[AUDIENCE],
            subject=f"repo:{args.repository}:environment:{deployment}",
            opts=pulumi.ResourceOptions(parent=self),
        )
        subscription = f"/subscriptions/{args.subscription_id}"
        own_paths = role_conditions.writes_only(stack_paths(args.project, str(deployment)))
        there, here = args.state_subscription_id, args.subscription_id
        for label, grant in {
            "state": _Grant(AccountRole.STORAGE_BLOB_DATA_CONTRIBUTOR, args.container_id, there, own_paths),
            "secrets": _Grant(AccountRole.KEY_VAULT_CRYPTO_USER, args.key_id, there),
            "deploys": _Grant(AccountRole.CONTRIBUTOR, subscription, here),
            "locks": _Grant(AccountRole.LOCKS_CONTRIBUTOR, subscription, here),
            "roles": _Grant(AccountRole.RBAC_ADMINISTRATOR, subscription, here, role_conditions.assigns_only(Role)),
            "exports": _Grant(
                AccountRole.RBAC_ADMINISTRATOR,
                args.exports_id,
                there,
                role_conditions.assigns_only([Role.STORAGE_BLOB_DATA_CONTRIBUTOR]),
            ),
        }.items():
            self._give(f"{name}-{label}", grant, identity)
        self.client_id = identity.client_id
        self.register_outputs({"clientId": self.client_id})

    def _give(self, name: str, grant: _Grant, identity: managedidentity.UserAssignedIdentity) -> None:
        def named(values: list[str]) -> str:
            return assignment_name(values[0], grant.role, values[1])

        authorization.RoleAssignment(
            name,
            role_assignment_name=pulumi.Output.all(grant.scope, identity.principal_id).apply(named),
            scope=grant.scope,
            role_definition_id=definition_id(grant.role, grant.subscription_id),
            principal_id=identity.principal_id,
            principal_type=authorization.PrincipalType.SERVICE_PRINCIPAL,
            condition=grant.condition,
            condition_version=role_conditions.VERSION if grant.condition else None,
            opts=pulumi.ResourceOptions(parent=self, delete_before_replace=True),
        )
