"""Role assignments under names that are always the same, so that a rebuilt deployment meets its own.

The name is a GUID made from scope, role and principal: Azure refuses a second assignment of the same three under
another name (RoleAssignmentExists). The principal's type is always said: without it Azure looks the identity up, and
one made a moment ago is not found (PrincipalNotFound).
https://learn.microsoft.com/azure/role-based-access-control/role-assignments-template#new-service-principal
"""

import pulumi
from pulumi_azure_native import authorization

from components.conventions.roles import Role, assignment_name, definition_id

__all__ = ["Role", "assign_to_identity", "assignment_name"]


def assign_to_identity(
    name: str,
    role: Role,
    *,
    scope: pulumi.Input[str],
    principal_id: pulumi.Output[str],
    subscription_id: str,
    opts: pulumi.ResourceOptions,
    replaced_with: pulumi.Input[str] | None = None,
) -> authorization.RoleAssignment:
    """Give a managed identity a role on a scope.

    `principal_id`: the object id of the identity. `replaced_with`: changes when what the scope names is made anew
    under the same id; Azure removed the assignment with the old one. `subscription_id`: of the scope.
    """

    def named(values: list[str]) -> str:
        return assignment_name(values[0], role, values[1])

    anew = pulumi.ResourceOptions(replacement_trigger=replaced_with, delete_before_replace=True)
    return authorization.RoleAssignment(
        name,
        role_assignment_name=pulumi.Output.all(scope, principal_id).apply(named),
        scope=scope,
        role_definition_id=definition_id(role, subscription_id),
        principal_id=principal_id,
        principal_type=authorization.PrincipalType.SERVICE_PRINCIPAL,
        opts=pulumi.ResourceOptions.merge(opts, anew),
    )
