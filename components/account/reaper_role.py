"""What may be done by who takes deployments down: look, delete, save their data first, and make nothing.

A role of our own, because every built-in one that may delete may also make. It deletes what deployments hold in their
subscriptions; of roles it takes away only the platform's, and only from identities, by a condition on its assignment
(role_conditions.takes_away_only), and of the subscription's own rules it takes away none.
https://learn.microsoft.com/azure/role-based-access-control/custom-roles

That a teardown needs no more is held against the stand-in; Azure itself was not asked yet. Where it refuses an action,
its error names it, and it is added here.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import pulumi
from pulumi_azure_native import authorization

ACTIONS: Final = (
    "*/read",
    "*/delete",
    "Microsoft.App/jobs/start/action",  # saves the data
    "Microsoft.App/jobs/stop/action",
    "Microsoft.App/containerApps/start/action",  # what sleeps is woken: asleep it cannot be saved
    "Microsoft.DBforPostgreSQL/flexibleServers/start/action",
    "Microsoft.Resources/tags/write",  # the last warning is a tag of the group
)
# What guards the subscription, and is no deployment's: policies, and the roles themselves.
NOT_ACTIONS: Final = (
    "Microsoft.Authorization/policyAssignments/delete",
    "Microsoft.Authorization/policyDefinitions/delete",
    "Microsoft.Authorization/policyExemptions/delete",
    "Microsoft.Authorization/policySetDefinitions/delete",
    "Microsoft.Authorization/roleDefinitions/delete",
)


@dataclass(frozen=True, kw_only=True)
class ReaperRoleArgs:
    """`subscriptions`: where it can be given. `application_code`: tells two platforms of one directory apart.

    Raises ValueError for no subscription.
    """

    application_code: str
    subscriptions: Sequence[str]

    def __post_init__(self) -> None:
        if not self.subscriptions:
            raise ValueError("a role is given in one subscription at least")


class ReaperRole(pulumi.ComponentResource):
    """The role. `guid`: its name, the same in every subscription."""

    guid: str
    id: pulumi.Output[str]

    def __init__(self, name: str, args: ReaperRoleArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("complianceflow:components:ReaperRole", name, None, opts)
        scopes = [f"/subscriptions/{subscription}" for subscription in args.subscriptions]
        self.guid = str(uuid.uuid5(uuid.NAMESPACE_URL, f"{args.application_code}|reaper|{scopes[0]}"))
        definition = authorization.RoleDefinition(
            f"{name}-definition",
            role_definition_id=self.guid,
            scope=scopes[0],
            role_name=f"ComplianceFlow reaper ({args.application_code})",
            description="Takes down deployments of dev and stg whose time is over. Makes nothing.",
            assignable_scopes=scopes,
            permissions=[authorization.PermissionArgs(actions=list(ACTIONS), not_actions=list(NOT_ACTIONS))],
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.id = definition.id
        self.register_outputs({"id": self.id})
