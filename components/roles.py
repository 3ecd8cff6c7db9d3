"""Role assignments under names that are always the same, so that a rebuilt deployment meets its own.

The name is a GUID made from scope, role and principal: Azure refuses a second assignment of the same three under
another name (RoleAssignmentExists). The principal's type is always said: without it Azure looks the identity up, and
one made a moment ago is not found (PrincipalNotFound).
https://learn.microsoft.com/azure/role-based-access-control/role-assignments-template#new-service-principal
"""

import uuid
from enum import StrEnum

import pulumi
from pulumi_azure_native import authorization


class Role(StrEnum):
    """Built-in roles that the platform gives: https://learn.microsoft.com/azure/role-based-access-control/built-in-roles."""

    KEY_VAULT_SECRETS_USER = "4633458b-17de-408a-b874-0445c86b69e6"


def assignment_name(scope: str, role: Role, principal_id: str) -> str:
    """The GUID of the one assignment of that role on that scope to that principal."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"{scope.lower()}|{role}|{principal_id.lower()}"))


def assign_to_identity(
    name: str,
    role: Role,
    *,
    scope: pulumi.Output[str],
    principal_id: pulumi.Output[str],
    subscription_id: str,
    opts: pulumi.ResourceOptions,
) -> authorization.RoleAssignment:
    """Give a managed identity a role on a scope. `principal_id`: the object id of the identity."""

    def named(values: list[str]) -> str:
        return assignment_name(values[0], role, values[1])

    return authorization.RoleAssignment(
        name,
        role_assignment_name=pulumi.Output.all(scope, principal_id).apply(named),
        scope=scope,
        role_definition_id=f"/subscriptions/{subscription_id}/providers/Microsoft.Authorization/roleDefinitions/{role}",
        principal_id=principal_id,
        principal_type=authorization.PrincipalType.SERVICE_PRINCIPAL,
        opts=opts,
    )
