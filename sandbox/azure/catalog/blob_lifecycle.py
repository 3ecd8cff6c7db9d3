"""What Azure takes as the lifecycle policy of an account.

https://learn.microsoft.com/azure/storage/blobs/lifecycle-management-policy-structure
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from sandbox.azure.bodies import Body, at, objects_at
from sandbox.azure.errors import ArmError
from sandbox.azure.model import Write

from .common import UNVERIFIED_CODE, refuse, rule
from .storage_redundancy import ARCHIVING

_STRUCTURE: Final = "https://learn.microsoft.com/azure/storage/blobs/lifecycle-management-policy-structure"
_TIERS: Final = ("tierToCool", "tierToCold", "tierToArchive", "tierToHot")
# What may be done to each part of a blob: versions and snapshots know when they were made and no more.
_CONDITIONS: Final[Mapping[str, frozenset[str]]] = {
    "baseBlob": frozenset(
        {
            "daysAfterModificationGreaterThan", "daysAfterCreationGreaterThan", "daysAfterLastAccessTimeGreaterThan",
            "daysAfterLastTierChangeGreaterThan",
        }
    ),
    "snapshot": frozenset({"daysAfterCreationGreaterThan", "daysAfterLastTierChangeGreaterThan"}),
    "version": frozenset({"daysAfterCreationGreaterThan", "daysAfterLastTierChangeGreaterThan"}),
}  # fmt: skip
_BLOB_TYPES: Final = frozenset({"blockBlob", "appendBlob"})
_MOST_RULES: Final = 100
_MOST_PREFIXES: Final = 10
_NAME: Final = re.compile(r"[A-Za-z0-9]{1,256}")


def _wrong(where: str, what: str) -> ArmError:
    return ArmError(400, "InvalidRequestPropertyValue", f"The value of {where} in the request is invalid: {what}.")


def _rules(write: Write) -> list[Body]:
    return objects_at(write.body, "policy.rules")


@rule("HttpResourceNotFound", "https://github.com/pulumi/pulumi-azure-native/issues/2164")
def is_the_default(write: Write) -> None:
    """There is one of it, and its name is fixed: under another one the service does not know the address."""
    refuse(write.name != "default", 404, "HttpResourceNotFound", f"The request url {write.arm_id} is not found.")


@rule("InvalidRequestPropertyValue", UNVERIFIED_CODE + ": " + _STRUCTURE)
def policy_is_whole(write: Write) -> None:
    """1 to 100 rules, each with a name of its own and a place it is for."""
    rules = _rules(write)
    if not 1 <= len(rules) <= _MOST_RULES:
        raise _wrong("policy.rules", f"{len(rules)} rules, allowed are 1 to {_MOST_RULES}")
    names = [str(item.get("name")) for item in rules]
    for name in names:
        if not _NAME.fullmatch(name):
            raise _wrong("rules.name", f"'{name}' is not 1 to 256 letters and digits")
        if names.count(name) > 1:
            raise _wrong("rules.name", f"'{name}' is the name of two rules")
    for item in rules:
        _check_filters(str(item.get("name")), item)


def _check_filters(name: str, item: Body) -> None:
    if item.get("type") != "Lifecycle":
        raise _wrong(f"{name}.type", f"'{item.get('type')}' is not Lifecycle")
    types: list[str] = at(item, "definition.filters.blobTypes") or []
    if not types or not set(types) <= _BLOB_TYPES:
        raise _wrong(f"{name}.filters.blobTypes", f"{types} are not some of {sorted(_BLOB_TYPES)}")
    prefixes: list[str] = at(item, "definition.filters.prefixMatch") or []
    if len(prefixes) > _MOST_PREFIXES:
        raise _wrong(f"{name}.filters.prefixMatch", f"{len(prefixes)} prefixes, allowed are {_MOST_PREFIXES}")
    if any(prefix.startswith("/") for prefix in prefixes):
        raise _wrong(f"{name}.filters.prefixMatch", "a prefix begins with the container's name")


@rule("InvalidRequestPropertyValue", UNVERIFIED_CODE + ": " + _STRUCTURE + "#actions")
def actions_are_possible(write: Write) -> None:
    """Each rule does something, to blobs that can have it done, in an account that has the tier."""
    account = write.world.find(write.parent)
    archives = account is not None and at(account.outputs, "sku.name") in ARCHIVING
    tracked = _tracks_access(write)
    for item in _rules(write):
        name, types = str(item.get("name")), at(item, "definition.filters.blobTypes") or []
        actions = list(_actions(item))
        if not actions:
            raise _wrong(f"{name}.actions", "no action")
        for part, action, conditions in actions:
            where = f"{name}.actions.{part}.{action}"
            if action in _TIERS and "appendBlob" in types:
                raise _wrong(where, "blobs that are appended to have no tiers, they can be deleted alone")
            if action == "tierToArchive" and not archives:
                raise _wrong(where, "the account's redundancy has no archive tier")
            if not conditions or not conditions.keys() <= _CONDITIONS[part]:
                raise _wrong(where, f"its conditions are {sorted(conditions)}, not of {sorted(_CONDITIONS[part])}")
            if any(not isinstance(days, int | float) or days < 0 or days != int(days) for days in conditions.values()):
                raise _wrong(where, f"{conditions} are not whole days")
            if "daysAfterLastAccessTimeGreaterThan" in conditions and not tracked:
                raise _wrong(where, "the blob service does not track the last access")
            if "daysAfterLastTierChangeGreaterThan" in conditions and action != "tierToArchive":
                raise _wrong(where, "daysAfterLastTierChangeGreaterThan is for tierToArchive")


def _actions(item: Body) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    for part in _CONDITIONS:
        for action, conditions in (at(item, f"definition.actions.{part}") or {}).items():
            if isinstance(conditions, Mapping):
                yield part, str(action), {key: value for key, value in conditions.items() if value is not None}


def _tracks_access(write: Write) -> bool:
    service = write.world.find(f"{write.parent}/blobServices/default")
    return bool(service and at(service.outputs, "lastAccessTimeTrackingPolicy.enable"))
