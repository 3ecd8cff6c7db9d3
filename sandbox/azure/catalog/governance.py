# ruff: noqa: S106 - a token is the name of a type
"""Resource groups, locks, identities and role assignments.

https://learn.microsoft.com/azure/azure-resource-manager/management/overview and
https://learn.microsoft.com/azure/role-based-access-control/troubleshooting
"""

from sandbox.azure import arm_ids
from sandbox.azure.bodies import at
from sandbox.azure.model import Computed, Durations, Immutable, NameRule, Record, ResourceType, Write

from .common import (
    ARM_NAMES,
    ESTIMATE,
    SYSTEM_DATA,
    UNVERIFIED_CODE,
    drawn_guid,
    iso,
    principal,
    refuse,
    rule,
)
from .role_conditions import condition_is_sound
from .role_definitions import ROLE_IDS

_GUID = r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
_LOCKS = "https://learn.microsoft.com/azure/azure-resource-manager/management/lock-resources"
_ROLES = "https://learn.microsoft.com/azure/role-based-access-control/troubleshooting"

RESOURCE_GROUP = ResourceType(
    token="resources:ResourceGroup",
    path="/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}",
    name=NameRule(
        pattern=r"[-\w.()]*[-\w()]",
        least=1,
        most=90,
        code="InvalidResourceGroup",
        allowed="1 to 90 letters, digits, '_', '-', '.', '(' and ')', no '.' last",
        source=ARM_NAMES,
        spec=r"^[-\w\._\(\)]+$",
    ),
    durations=Durations(create=15, update=10, delete=30, source=ESTIMATE),
    source="https://learn.microsoft.com/azure/templates/microsoft.resources/2024-03-01/resourcegroups",
    replace_on=("location",),
    immutable=(
        Immutable(
            paths=("managedBy",),
            code="ResourceGroupManagedByCannotBeChanged",
            message="The managedBy of resource group {name} cannot be changed.",
            source=UNVERIFIED_CODE
            + ": https://learn.microsoft.com/rest/api/resources/resource-groups/create-or-update",
        ),
    ),
    provisioning_state="properties.provisioningState",
)


@rule("BadRequest", _LOCKS)
def _level_is_known(write: Write) -> None:
    level = at(write.body, "level")
    refuse(
        level not in ("CanNotDelete", "ReadOnly"),
        400,
        "BadRequest",
        f"The level '{level}' of lock {write.name} is none of CanNotDelete, ReadOnly.",
    )
    refuse(
        len(str(at(write.body, "notes") or "")) > 512,
        400,
        "BadRequest",
        f"The notes of lock {write.name} are longer than 512 characters.",
    )


LOCK = ResourceType(
    token="authorization:ManagementLockByScope",
    path="/{scope}/providers/Microsoft.Authorization/locks/{lockName}",
    name=NameRule(
        pattern=r"[^<>%&\\?/]*[^<>%&\\?/.\s]",
        least=1,
        most=90,
        code="BadRequest",
        allowed="1 to 90 characters, none of < > % & \\ ? /, no '.' or space last",
        source=ARM_NAMES,
    ),
    durations=Durations(create=6, update=6, delete=6, source=ESTIMATE),
    source="https://learn.microsoft.com/azure/templates/microsoft.authorization/2020-05-01/locks",
    location="none",
    computed={"systemData": SYSTEM_DATA},
    rules=(_level_is_known,),
    provisioning_state="",
)

IDENTITY = ResourceType(
    token="managedidentity:UserAssignedIdentity",
    path="/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}/providers/Microsoft.ManagedIdentity"
    "/userAssignedIdentities/{resourceName}",
    name=NameRule(
        pattern=r"[A-Za-z0-9][\w-]*",
        least=3,
        most=128,
        code="InvalidResourceName",
        allowed="3 to 128 letters, digits, '_' and '-', a letter or digit first",
        source=ARM_NAMES + " (the code is unverified)",
    ),
    durations=Durations(create=6, update=6, delete=6, source=ESTIMATE),
    source="https://learn.microsoft.com/azure/templates/microsoft.managedidentity/2023-01-31/userassignedidentities",
    replace_on=("location",),
    computed={
        "clientId": drawn_guid("client"),
        "principalId": drawn_guid("principal"),
        "tenantId": Computed(lambda write: write.world.tenant(write.subscription)),
        "systemData": SYSTEM_DATA,
    },
    provisioning_state="",
)


def _holder(write: Write) -> Record | None:
    """The identity of this sandbox that a principal id belongs to."""
    wanted = str(at(write.body, "principalId")).lower()
    return next(
        (
            identity
            for identity in write.world.of_type("managedidentity:UserAssignedIdentity")
            if str(at(identity.outputs, "principalId")).lower() == wanted
        ),
        None,
    )


@rule("RoleAssignmentExists", _ROLES + "#symptom---role-assignments-with-identity-not-found")
def _triple_is_new(write: Write) -> None:
    own = _triple(write.body)
    for other in write.world.children(write.parent, write.kind.token):
        refuse(
            arm_ids.key(other.arm_id) != arm_ids.key(write.arm_id) and _triple(other.inputs) == own,
            409,
            "RoleAssignmentExists",
            f"The role assignment already exists. The ID of the existing role assignment is "
            f"{other.name.replace('-', '')}.",
        )


def _triple(body: dict[str, object]) -> tuple[str, str]:
    return arm_ids.name(str(body.get("roleDefinitionId"))).lower(), str(body.get("principalId")).lower()


@rule("RoleDefinitionDoesNotExist", "https://learn.microsoft.com/azure/role-based-access-control/built-in-roles")
def _role_exists(write: Write) -> None:
    role = str(at(write.body, "roleDefinitionId") or "")
    custom = (arm_ids.name(it.arm_id).lower() for it in write.world.of_type("authorization:RoleDefinition"))
    known = {*ROLE_IDS, *custom}
    refuse(
        arm_ids.name(role).lower() not in known or "/providers/microsoft.authorization/roledefinitions/" not in
        arm_ids.key(role),
        400,
        "RoleDefinitionDoesNotExist",
        f"The specified role definition with ID '{role}' does not exist.",
    )  # fmt: skip


@rule(
    ("PrincipalNotFound", "UnmatchedPrincipalType"),
    _ROLES + "#symptom---assigning-a-role-to-a-new-principal-sometimes-fails",
)
def _principal_is_known(write: Write) -> None:
    """Without a type Azure looks the principal up, and Entra has not heard of a new one yet: so always here."""
    wanted, kind = str(at(write.body, "principalId")), at(write.body, "principalType")
    refuse(
        not kind and wanted.lower() != principal(write),
        400,
        "PrincipalNotFound",
        f"Principal {wanted.replace('-', '')} does not exist in the directory "
        f"{write.world.tenant(write.subscription)}. Check that you have the correct principal ID. If you are creating "
        "this principal and then immediately assigning a role, this error might be related to a replication delay. In "
        "this case, set the role assignment principalType property to a value, such as ServicePrincipal, User, or "
        "Group. "
        "See https://aka.ms/docs-principaltype",
    )
    refuse(
        kind and kind != "ServicePrincipal" and _holder(write) is not None,
        400,
        "UnmatchedPrincipalType",
        f"The PrincipalId '{wanted}' has type 'ServicePrincipal', which is different from specified PrincipalType "
        f"'{kind}'.",
    )


ROLE_ASSIGNMENT = ResourceType(
    token="authorization:RoleAssignment",
    path="/{scope}/providers/Microsoft.Authorization/roleAssignments/{roleAssignmentName}",
    name=NameRule(
        pattern=_GUID,
        least=36,
        most=36,
        code="InvalidRoleAssignmentId",
        allowed="a GUID",
        source="https://learn.microsoft.com/azure/role-based-access-control/role-assignments-template",
    ),
    durations=Durations(create=6, update=6, delete=6, source=ESTIMATE),
    source="https://learn.microsoft.com/azure/templates/microsoft.authorization/2022-04-01/roleassignments",
    location="none",
    replace_on=("principalId",),
    defaults={"principalType": "ServicePrincipal"},
    computed={
        "scope": Computed(lambda write: write.parent),
        "createdOn": Computed(lambda write: iso(write.now)),
        "updatedOn": Computed(lambda write: iso(write.now), keep=False),
        "createdBy": Computed(principal),
        "updatedBy": Computed(principal, keep=False),
        "systemData": SYSTEM_DATA,
    },
    immutable=(
        Immutable(
            paths=("principalId", "roleDefinitionId", "principalType"),
            code="RoleAssignmentUpdateNotPermitted",
            message="Tenant ID, application ID, principal ID, and scope are not allowed to be updated.",
            source=_ROLES,
        ),
    ),
    rules=(_role_exists, _principal_is_known, condition_is_sound, _triple_is_new),
    provisioning_state="",
)

TYPES = (RESOURCE_GROUP, LOCK, IDENTITY, ROLE_ASSIGNMENT)
