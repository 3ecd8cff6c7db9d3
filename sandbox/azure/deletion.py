# ruff: noqa: S105 - a token is the name of a type
"""What a delete takes along, and what forbids it.

https://learn.microsoft.com/azure/azure-resource-manager/management/delete-resource-group
"""

from collections.abc import Iterator
from dataclasses import dataclass

from . import arm_ids
from .admission import not_locked_against_delete
from .catalog import TYPES
from .errors import ArmError
from .model import InUse, Record
from .transaction import Transaction


@dataclass(frozen=True)
class Removal:
    """The resources that go, children before their parents; the last is the one asked for."""

    records: tuple[Record, ...]

    @property
    def root(self) -> Record:
        """The resource that was asked for."""
        return self.records[-1]

    @property
    def tops(self) -> list[Record]:
        """Those that Azure must take down each for itself: not what goes merely because the resource around it goes.

        A resource group is no such resource: whatever lies directly in it is taken down one by one.
        """
        around = {arm_ids.key(record.arm_id) for record in self.records if record.token != "resources:ResourceGroup"}
        return [record for record in self.records if record.parent not in around]


def plan(record: Record, tx: Transaction) -> Removal:
    """What deleting `record` removes; raises what Azure answers when something forbids it."""
    removal = Removal(tuple(_with_contents(record, tx)))
    not_locked_against_delete(TYPES[record.token], record.arm_id, tx)
    keys = {arm_ids.key(found.arm_id) for found in removal.records}
    refusals = [error for found in removal.records if (error := _in_use(found, record, keys, tx)) is not None]
    if refusals and record.token == "resources:ResourceGroup":
        raise ArmError(
            409,
            "ResourceGroupDeletionBlocked",
            f"Deletion of resource group '{record.name}' failed as resources could not be deleted: "
            + "; ".join(f"{error.code}: {error.message}" for error in refusals),
        )
    if refusals:
        raise refusals[0]
    return removal


def _with_contents(record: Record, tx: Transaction) -> Iterator[Record]:
    """Everything inside, what Azure made along with it, then the resource itself."""
    for inner in [record, *tx.under(record.arm_id)]:
        for referrer in tx.referrers(inner.arm_id):
            if referrer.path == "managedBy" and referrer.record.token == "resources:ResourceGroup":
                yield from _with_contents(referrer.record, tx)
    yield from (inner for inner in reversed(tx.under(record.arm_id)) if not TYPES[inner.token].outlives_parent)
    yield record


def _in_use(record: Record, root: Record, leaving: set[str], tx: Transaction) -> ArmError | None:
    for rule in TYPES[record.token].in_use:
        if rule.nested and arm_ids.key(record.arm_id) != arm_ids.key(root.arm_id):
            continue  # nested resources go with the group that holds them all
        users = [user for user in _users(record, rule, tx) if rule.nested or arm_ids.key(user.arm_id) not in leaving]
        if users:
            named = ", ".join(sorted({user.arm_id for user in users}))
            text = rule.message.format(name=record.name, id=record.arm_id, users=named, count=len(users))
            return ArmError(rule.status, rule.code, text)
    return None


def _users(record: Record, rule: InUse, tx: Transaction) -> list[Record]:
    if rule.nested:
        return [child for token in rule.tokens for child in tx.children(record.arm_id, token)]
    found = {referrer.record.arm_id: referrer.record for referrer in tx.referrers(record.arm_id)}
    return [user for user in found.values() if user.token in rule.tokens]
