# ruff: noqa: S105 - a token is the name of a type
"""The checks that ARM makes of every write, whatever the type: the row gives the values, the order is Azure's.

https://learn.microsoft.com/azure/azure-resource-manager/troubleshooting/common-deployment-errors
"""

import re
from collections.abc import Iterator

from . import arm_ids
from .bodies import at, strings
from .errors import ArmError, NotModelledError
from .model import Record, ResourceType, Write
from .regions import REGIONS
from .representation import location_of
from .transaction import Transaction


def admit(write: Write, tx: Transaction) -> None:
    """Raise what Azure would answer to this PUT; return when it would be taken."""
    _scope_exists(write, tx)
    _not_locked(write.kind, write.arm_id, tx, "write", levels=("ReadOnly",))
    _not_refused(write)
    _name_is_allowed(write)
    _location_is_allowed(write)
    _nothing_immutable_changes(write)
    _references_resolve(write)
    if write.old is None:
        _within_quota(write, tx)
    for rule in write.kind.rules:
        rule.check(write)


def _scope_exists(write: Write, tx: Transaction) -> None:
    subscription = arm_ids.subscription(write.arm_id)
    if not subscription or not tx.tenant(subscription):
        raise ArmError(404, "SubscriptionNotFound", f"The subscription '{subscription}' could not be found.")
    namespace = arm_ids.namespace(write.kind.path)
    if tx.setting("unregistered", f"{subscription}/{namespace}".lower()) is not None:
        raise ArmError(
            409,
            "MissingSubscriptionRegistration",
            f"The subscription is not registered to use namespace '{namespace}'. See https://aka.ms/rps-not-found "
            "for how "
            "to register subscriptions.",
        )
    group = arm_ids.resource_group(write.arm_id)
    if group and write.kind.token != "resources:ResourceGroup" and tx.find(_group_id(write.arm_id)) is None:
        raise ArmError(404, "ResourceGroupNotFound", f"Resource group '{group}' could not be found.")
    parent = write.parent
    if arm_ids.key(parent).count("/") > 2 and tx.find(parent) is None:
        if write.kind.path.startswith("/{"):
            raise not_found(parent)
        inner = arm_ids.arm_type(write.arm_id).partition("/")[2]
        raise ArmError(
            404,
            "ParentResourceNotFound",
            f"Failed to perform 'write' on resource(s) of type '{inner}', because the parent resource '{parent}' could "
            "not be found.",
        )


def _group_id(arm_id: str) -> str:
    return "/".join(arm_id.split("/")[:5])


def not_found(arm_id: str) -> ArmError:
    """ARM's answer for a resource that is not there."""
    group = arm_ids.resource_group(arm_id)
    if group and arm_id.rstrip("/").count("/") == 4:
        return ArmError(404, "ResourceGroupNotFound", f"Resource group '{group}' could not be found.")
    return ArmError(
        404,
        "ResourceNotFound",
        f"The Resource '{arm_ids.arm_type(arm_id)}/{arm_ids.name(arm_id)}' under resource group "
        f"'{group or '<null>'}' was "
        "not found. For more details please go to https://aka.ms/ARMResourceNotFoundFix",
    )


def locks_on(arm_id: str, tx: Transaction, *, below: bool) -> Iterator[Record]:
    """The locks at an id and above it; with `below`, those inside it too."""
    places = {arm_ids.key(arm_id), *(arm_ids.key(above) for above in arm_ids.ancestors(arm_id))}
    for lock in tx.of_type("authorization:ManagementLockByScope"):
        if lock.parent in places or (below and lock.parent.startswith(arm_ids.key(arm_id) + "/")):
            yield lock


def _not_locked(kind: ResourceType, arm_id: str, tx: Transaction, action: str, levels: tuple[str, ...]) -> None:
    if kind.token == "authorization:ManagementLockByScope":
        return  # a lock does not lock locks
    held = [lock for lock in locks_on(arm_id, tx, below=action == "delete") if lock.inputs.get("level") in levels]
    if held:
        scopes = ",".join(sorted(arm_ids.parent(lock.arm_id) for lock in held))
        raise ArmError(
            409,
            "ScopeLocked",
            f"The scope '{arm_id}' cannot perform {action} operation because following scope(s) are locked: "
            f"'{scopes}'. "
            "Please remove the lock and try again.",
        )


def not_locked_against_delete(kind: ResourceType, arm_id: str, tx: Transaction) -> None:
    """Raise ScopeLocked when a lock at, above or inside the id forbids to delete it."""
    _not_locked(kind, arm_id, tx, "delete", ("CanNotDelete", "ReadOnly"))


def _not_refused(write: Write) -> None:
    for path, why in write.kind.refused.items():
        if at(write.body, path):
            raise NotModelledError(f"{write.kind.token} {path}: {why}")


def _name_is_allowed(write: Write) -> None:
    rule = write.kind.name
    if not rule.least <= len(write.name) <= rule.most or not re.fullmatch(rule.pattern, write.name):
        raise ArmError(400, rule.code, f"The name '{write.name}' is invalid. Allowed: {rule.allowed}.")


def _location_is_allowed(write: Write) -> None:
    kind = write.kind
    if kind.location == "none":
        return
    given = at(write.body, "location")
    if not given:
        raise ArmError(400, "LocationRequired", "The location property is required for this definition.")
    place = location_of(given)
    offered = ("global",) if kind.location == "global" else REGIONS
    if place not in offered:
        raise ArmError(
            400,
            "LocationNotAvailableForResourceType",
            f"The provided location '{given}' is not available for resource type '{arm_ids.arm_type(write.arm_id)}'. "
            "List "
            f"of available regions for the resource type is '{','.join(offered)}'.",
        )
    if write.old is None or write.old.location == place:
        return
    if kind.token == "resources:ResourceGroup":
        raise ArmError(
            409,
            "InvalidResourceGroupLocation",
            f"Invalid resource group location '{place}'. The Resource group already exists in location "
            f"'{write.old.location}'.",
        )
    raise ArmError(
        409,
        "InvalidResourceLocation",
        f"The resource '{write.name}' already exists in location '{write.old.location}' in resource group "
        f"'{write.resource_group}'. A resource with the same name cannot be created in location '{place}'. Please "
        "select a "
        "new resource name.",
    )


def _nothing_immutable_changes(write: Write) -> None:
    for immutable in write.kind.immutable if write.old else ():
        for path in immutable.paths:
            new, old = at(write.body, path), at(write.old.outputs, path) if write.old else None
            if new is not None and old is not None and str(new).lower() != str(old).lower():
                raise ArmError(
                    immutable.status,
                    immutable.code,
                    immutable.message.format(id=write.arm_id, name=write.name, path=path),
                )


def _references_resolve(write: Write) -> None:
    wanted = {reference.path: reference for reference in write.kind.references}
    for path, value in strings(write.body):
        reference = wanted.get(path)
        if reference is None:
            continue
        if not value.lower().startswith("/subscriptions/"):
            raise ArmError(
                400,
                "LinkedInvalidPropertyId",
                f"Property id '{value}' at path 'properties.{path}' is invalid. Expect fully qualified resource Id "
                "that "
                "start with '/subscriptions/{subscriptionId}' or '/providers/{resourceProviderNamespace}/'.",
            )
        found = write.world.find(value)
        elsewhere = found is not None and reference.same_region and not _same_region(write, found)
        if found is None or found.token not in reference.tokens or elsewhere:
            message = reference.message.format(id=value, referrer=write.arm_id)
            raise ArmError(reference.status, reference.code, message)


def _same_region(write: Write, found: Record) -> bool:
    def place(arm_id: str, own: str) -> str:
        if own:
            return location_of(own)
        above = write.world.find(arm_ids.parent(arm_id))
        return above.location if above else ""

    return place(write.arm_id, str(at(write.body, "location") or "")) == place(found.arm_id, found.location)


def _within_quota(write: Write, tx: Transaction) -> None:
    place = location_of(at(write.body, "location") or "")
    kept = tx.setting("quota", f"{write.kind.token}/{place}")
    quota = write.kind.quota
    if quota is None and kept is None:
        return
    limit = int(kept) if kept is not None else quota.limit if quota else 0
    live = [
        record
        for record in tx.of_type(write.kind.token)
        if record.subscription == write.subscription.lower() and record.location == place
    ]
    if len(live) < limit:
        return
    code = quota.code if quota else "QuotaExceeded"
    message = quota.message if quota else (
        "Operation could not be completed as it results in exceeding approved quota in {region}. Limit: {limit}."
    )  # fmt: skip
    status = quota.status if quota else 409
    raise ArmError(status, code, message.format(subscription=write.subscription, limit=limit, region=place))
