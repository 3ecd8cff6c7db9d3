"""Who may do what with the blobs of a container: roles on it or above it, by the token's principal.

https://learn.microsoft.com/azure/storage/blobs/assign-azure-role-data-access
"""

from collections.abc import Iterator
from typing import Final

from sandbox.azure import arm_ids
from sandbox.azure.bodies import at
from sandbox.azure.catalog.role_definitions import ROLES
from sandbox.azure.errors import NotModelledError
from sandbox.azure.model import Record, World

READERS: Final = frozenset({ROLES["Storage Blob Data Reader"], ROLES["Storage Blob Data Contributor"]})
WRITERS: Final = frozenset({ROLES["Storage Blob Data Contributor"]})
_ACCOUNT: Final = "storage:StorageAccount"
_CONTAINER: Final = "storage:BlobContainer"


def container_named(world: World, account: str, container: str) -> Record | None:
    """The container of the one account of that name."""
    found = (it for it in world.of_type(_ACCOUNT) if it.name.lower() == account.lower())
    holder = next(found, None)
    return world.find(f"{holder.arm_id}/blobServices/default/containers/{container}") if holder else None


def containers(world: World) -> Iterator[tuple[str, Record]]:
    """Every container with the name of its account."""
    for container in world.of_type(_CONTAINER):
        yield container.arm_id.rpartition("/blobServices/")[0].rpartition("/")[2], container


def may(world: World, principal: str, container: Record, roles: frozenset[str]) -> bool:
    """Whether a principal has one of these roles on the container or above it.

    Raises NotModelledError for a role that it has on a condition alone: the sandbox reads none.
    """
    held = [
        assignment
        for scope in (container.arm_id, *arm_ids.ancestors(container.arm_id))
        for assignment in world.children(scope, "authorization:RoleAssignment")
        if str(at(assignment.inputs, "principalId")).lower() == principal.lower()
        and arm_ids.name(arm_ids.key(str(at(assignment.inputs, "roleDefinitionId")))) in roles
    ]
    if held and all(at(assignment.inputs, "condition") for assignment in held):
        raise NotModelledError(f"the sandbox looks at no condition of a role, which {container.name} asks for")
    return bool(held)
