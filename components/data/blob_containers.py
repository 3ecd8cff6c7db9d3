"""Containers of blobs as data: how long each keeps what, and the lifecycle rules that make it so.

- What grows old becomes cheaper or goes, container by container. Only block blobs have tiers; blobs that are appended
  to (logs) can be deleted by a rule, and no more.
  https://learn.microsoft.com/azure/storage/blobs/lifecycle-management-policy-structure
- With versioning a blob that is overwritten or deleted, also by a rule, stays as a version: versions have a rule in
  every container. Their days count from when they were written; soft delete then still keeps them for its days.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from pulumi_azure_native import storage

# 400 years: https://learn.microsoft.com/azure/storage/blobs/immutable-policy-configure-container-scope
_LONGEST_IMMUTABLE: Final = 146_000
_BLOCKS: Final = "blockBlob"
_APPENDED: Final = "appendBlob"


@dataclass(frozen=True, kw_only=True)
class Container:
    """A container and how long it keeps what, in days; None is never.

    `cool_after`, `archive_after`, `delete_after`: since a blob was last written. `versions_for`: since a version
    was written. `originals`: what cannot be made again lies here: no rule deletes it.
    `immutable_for`: where the account has immutability, nobody changes or deletes what is written for so long;
    appending goes on.
    Raises ValueError for days out of order, for originals that a rule deletes, and for days that Azure does not take.
    """

    name: str
    versions_for: int
    cool_after: int | None = None
    archive_after: int | None = None
    delete_after: int | None = None
    originals: bool = False
    immutable_for: int | None = None

    def __post_init__(self) -> None:
        if self.originals and self.delete_after is not None:
            raise ValueError(f"container {self.name} keeps originals: leave delete_after out")
        days = [day for day in (self.cool_after, self.archive_after, self.delete_after) if day is not None]
        if days != sorted(set(days)):
            raise ValueError(f"container {self.name}: blobs become cool, then archived, then go; the days are {days}")
        if any(day < 1 for day in (*days, self.versions_for)):
            raise ValueError(f"container {self.name}: a rule waits for a day at least")
        if self.immutable_for is None:
            return
        if not 1 <= self.immutable_for <= _LONGEST_IMMUTABLE:
            raise ValueError(f"container {self.name}: immutable_for is 1 to {_LONGEST_IMMUTABLE} days")
        if self.delete_after is not None and self.delete_after < self.immutable_for:
            raise ValueError(
                f"container {self.name}: delete_after {self.delete_after} comes before the {self.immutable_for} days "
                "of immutable_for are over"
            )


def lifecycle_rules(container: Container) -> Iterator[storage.ManagementPolicyRuleArgs]:
    """The rules of a container: one for tiers where it has some, one for what goes."""
    tiers = storage.ManagementPolicyBaseBlobArgs(
        tier_to_cool=_since_written(container.cool_after), tier_to_archive=_since_written(container.archive_after)
    )
    if container.cool_after is not None or container.archive_after is not None:
        yield _rule(container, "tiers", [_BLOCKS], storage.ManagementPolicyActionArgs(base_blob=tiers))
    old_versions = storage.ManagementPolicyVersionArgs(
        delete=storage.DateAfterCreationArgs(days_after_creation_greater_than=container.versions_for)
    )
    gone = _since_written(container.delete_after)
    ends = storage.ManagementPolicyActionArgs(
        base_blob=storage.ManagementPolicyBaseBlobArgs(delete=gone) if gone else None, version=old_versions
    )
    yield _rule(container, "ends", [_BLOCKS, _APPENDED], ends)


def _since_written(days: int | None) -> storage.DateAfterModificationArgs | None:
    return None if days is None else storage.DateAfterModificationArgs(days_after_modification_greater_than=days)


def _rule(
    container: Container, what: str, blob_types: list[str], actions: storage.ManagementPolicyActionArgs
) -> storage.ManagementPolicyRuleArgs:
    words = (*container.name.split("-"), what)  # a rule's name has letters and digits alone
    return storage.ManagementPolicyRuleArgs(
        name="".join(word.capitalize() for word in words),
        enabled=True,
        type=storage.RuleType.LIFECYCLE,
        definition=storage.ManagementPolicyDefinitionArgs(
            actions=actions,
            filters=storage.ManagementPolicyFilterArgs(blob_types=blob_types, prefix_match=[f"{container.name}/"]),
        ),
    )
