# ruff: noqa: S106 - a token is the name of a type
"""Roles of one's own: what they may and where they can be given.

https://learn.microsoft.com/azure/role-based-access-control/custom-roles. One definition serves the whole directory,
under its GUID. Not modelled: that it can be given only in its assignable scopes, and is not deleted while it is given.
"""

from sandbox.azure import arm_ids
from sandbox.azure.bodies import at, objects_at
from sandbox.azure.model import Durations, NameRule, ResourceType, Write

from .common import ESTIMATE, SYSTEM_DATA, UNVERIFIED_CODE, refuse, rule

_CUSTOM = "https://learn.microsoft.com/azure/role-based-access-control/custom-roles"
_GUID = r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"


@rule("RoleDefinitionWithSameNameExists", UNVERIFIED_CODE + f": {_CUSTOM}#custom-role-properties")
def _name_is_new(write: Write) -> None:
    """The display name is one in the directory."""
    name = str(at(write.body, "roleName") or "")
    for other in write.world.of_type(write.kind.token):
        refuse(
            arm_ids.key(other.arm_id) != arm_ids.key(write.arm_id)
            and str(at(other.inputs, "roleName") or "").lower() == name.lower(),
            409,
            "RoleDefinitionWithSameNameExists",
            f"A custom role with the same name '{name}' already exists in this directory.",
        )


@rule("InvalidRoleDefinition", UNVERIFIED_CODE + f": {_CUSTOM}#custom-role-properties")
def _says_what_and_where(write: Write) -> None:
    """It has a name, gives some action, and can be given at the scope that it is made at."""
    scopes = [str(scope).lower() for scope in at(write.body, "assignableScopes") or []]
    actions = [it for it in objects_at(write.body, "permissions") if it.get("actions") or it.get("dataActions")]
    refuse(
        not at(write.body, "roleName") or not actions or write.parent.lower() not in scopes,
        400,
        "InvalidRoleDefinition",
        f"The role definition {write.name} needs a name, an action, and {write.parent} among its assignable scopes "
        f"({', '.join(scopes) or 'none'}).",
    )


ROLE_DEFINITION = ResourceType(
    token="authorization:RoleDefinition",
    path="/{scope}/providers/Microsoft.Authorization/roleDefinitions/{roleDefinitionId}",
    name=NameRule(
        pattern=_GUID,
        least=36,
        most=36,
        code="InvalidRoleDefinitionId",
        allowed="a GUID",
        source="https://learn.microsoft.com/azure/templates/microsoft.authorization/roledefinitions (code unverified)",
    ),
    durations=Durations(create=6, update=6, delete=6, source=ESTIMATE),
    source="https://learn.microsoft.com/azure/templates/microsoft.authorization/2022-05-01-preview/roledefinitions",
    location="none",
    defaults={"type": "CustomRole"},
    computed={"systemData": SYSTEM_DATA},
    rules=(_says_what_and_where, _name_is_new),
    provisioning_state="",
)

TYPES = (ROLE_DEFINITION,)
