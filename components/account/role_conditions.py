"""Conditions of role assignments, as text: what a role may be used for beyond its actions.

https://learn.microsoft.com/azure/role-based-access-control/conditions-format. An action that a condition does not name
is not limited by it; one that it names is allowed only where the rest holds.
"""

from collections.abc import Iterable, Sequence
from typing import Final

from components.conventions.roles import AccountRole, Role

VERSION: Final = "2.0"

# Every data action of Storage Blob Data Contributor but reading.
# https://learn.microsoft.com/azure/role-based-access-control/built-in-roles/storage#storage-blob-data-contributor
_BLOB: Final = "Microsoft.Storage/storageAccounts/blobServices/containers/blobs"
_BLOB_WRITES: Final = tuple(f"{_BLOB}/{action}" for action in ("write", "add/action", "delete", "move/action"))
_ASSIGNMENT: Final = "Microsoft.Authorization/roleAssignments"
# What would let a delegate become anything: https://learn.microsoft.com/azure/role-based-access-control/built-in-roles
_PRIVILEGED: Final = frozenset(
    {
        "8e3af657-a8ff-443c-a75c-2fe8c4bcb635",  # Owner
        "18d7d88d-d35e-4fb5-a5c3-7773c20a72d9",  # User Access Administrator
        AccountRole.CONTRIBUTOR,
        AccountRole.RBAC_ADMINISTRATOR,
    }
)


def writes_only(paths: Sequence[str]) -> str:
    """Blobs are changed only where their path is like one of `paths`, in which `*` stands for anything.

    Reading is not limited. Raises ValueError for no path, and for one that would end the text it stands in.
    """
    if not paths or any("'" in path or not path for path in paths):
        raise ValueError(f"paths are texts without a quote, one at least: {paths}")
    own = " OR ".join(f"@Resource[{_BLOB}:path] StringLike '{path}'" for path in paths)
    return _limited(_BLOB_WRITES, own)


def assigns_only(roles: Iterable[Role]) -> str:
    """Of role assignments only those are made and deleted that give one of `roles` to an identity.

    To people and groups nothing is given. Raises ValueError for no role, and for one with which the holder could give
    itself anything.
    """
    given = sorted({str(role) for role in roles})
    if not given or _PRIVILEGED & set(given):
        raise ValueError(f"a condition names roles, one at least, and none that is privileged: {given}")
    # What is asked for has its attributes in the request, what is there already in the resource.
    return " AND ".join(
        (
            _limited((f"{_ASSIGNMENT}/write",), _names("Request", given)),
            _limited((f"{_ASSIGNMENT}/delete",), _names("Resource", given)),
        )
    )


def takes_away_only(roles: Iterable[Role]) -> str:
    """Of role assignments only those are deleted that give one of `roles` to an identity; none is made.

    For a role that may delete assignments and not make them. Raises ValueError for no role.
    """
    given = sorted({str(role) for role in roles})
    if not given:
        raise ValueError("a condition names roles, one at least")
    return _limited((f"{_ASSIGNMENT}/delete",), _names("Resource", given))


def _names(source: str, roles: Sequence[str]) -> str:
    """What an assignment gives, and to whom. source: Request for what is asked for, Resource for what is there."""
    return (
        f"@{source}[{_ASSIGNMENT}:RoleDefinitionId] ForAnyOfAnyValues:GuidEquals {{{', '.join(roles)}}} AND "
        f"@{source}[{_ASSIGNMENT}:PrincipalType] ForAnyOfAnyValues:StringEqualsIgnoreCase {{'ServicePrincipal'}}"
    )


def _limited(actions: Sequence[str], where: str) -> str:
    others = " AND ".join(f"!(ActionMatches{{'{action}'}})" for action in actions)
    return f"(({others}) OR ({where}))"
