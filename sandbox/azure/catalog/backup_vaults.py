# ruff: noqa: S106 - a token is the name of a type
"""Backup vaults and the policies in them. What is protected by one is in `backup_instances`.

https://learn.microsoft.com/azure/backup/backup-vault-overview
"""

import re
from typing import Final

from sandbox.azure.bodies import Body, at, objects_at
from sandbox.azure.model import Durations, InUse, NameRule, ResourceType, Write

from .common import ARM_NAMES, ESTIMATE, IDENTITIES_EXIST, IDENTITY_OUTPUTS, SYSTEM_DATA, UNVERIFIED_CODE, refuse, rule

VAULT_PATH: Final = (
    "/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}/providers/Microsoft.DataProtection"
    "/backupVaults/{vaultName}"
)
INSTANCE: Final = "dataprotection:BackupInstance"
BLOBS: Final = "Microsoft.Storage/storageAccounts/blobServices"
POSTGRES: Final = "Microsoft.DBforPostgreSQL/flexibleServers"
_OVERVIEW = "https://learn.microsoft.com/azure/backup/backup-vault-overview"
_SOFT_DELETE = "https://learn.microsoft.com/azure/backup/backup-azure-enhanced-soft-delete-about"
_IMMUTABLE = "https://learn.microsoft.com/azure/backup/backup-azure-immutable-vault-concept"
# How often each source may be backed up: https://learn.microsoft.com/azure/backup/blob-backup-support-matrix and
# https://learn.microsoft.com/azure/backup/backup-azure-database-postgresql-flex-support-matrix (logical backups)
_FREQUENCIES: Final = {BLOBS: ("P1D", "P1W"), POSTGRES: ("P1W",)}
_INTERVAL: Final = re.compile(r"R/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\+\d\d:\d\d|Z)/(\w+)")


@rule(("BadRequest", "UserErrorStorageSettingsChangeNotAllowed"), UNVERIFIED_CODE + ": " + _OVERVIEW)
def _storage_is_said_once(write: Write) -> None:
    """The redundancy is fixed by the first thing that is protected."""
    settings = objects_at(write.body, "properties.storageSettings")
    kinds = {(item.get("datastoreType"), item.get("type")) for item in settings}
    refuse(
        not settings
        or any(
            store not in ("VaultStore", "OperationalStore", "ArchiveStore")
            or kind not in ("LocallyRedundant", "ZoneRedundant", "GeoRedundant")
            for store, kind in kinds
        ),
        400,
        "BadRequest",
        f"The storage settings of backup vault {write.name} are missing or unknown: {sorted(map(str, kinds))}.",
    )
    before = objects_at(write.old.inputs, "properties.storageSettings") if write.old else settings
    refuse(
        settings != before and write.world.children(write.arm_id, INSTANCE),
        400,
        "UserErrorStorageSettingsChangeNotAllowed",
        f"The storage redundancy of backup vault {write.name} cannot be changed once it protects something.",
    )


@rule("BadRequest", UNVERIFIED_CODE + ": " + _SOFT_DELETE)
def _soft_delete_is_sound(write: Write) -> None:
    path = "properties.securitySettings.softDeleteSettings"
    state, days = at(write.body, f"{path}.state"), at(write.body, f"{path}.retentionDurationInDays")
    refuse(
        state not in (None, "On", "Off", "AlwaysOn") or (days is not None and not 14 <= days <= 180),
        400,
        "BadRequest",
        f"Soft delete of backup vault {write.name} is On, Off or AlwaysOn, for 14 to 180 days; asked for is {state}, "
        f"{days}.",
    )


@rule("UserErrorIrreversibleSettingChange", UNVERIFIED_CODE + ": " + _IMMUTABLE)
def _what_is_for_good_stays(write: Write) -> None:
    for path, last in (("softDeleteSettings", "AlwaysOn"), ("immutabilitySettings", "Locked")):
        full = f"properties.securitySettings.{path}.state"
        before = at(write.old.outputs, full) if write.old else None
        refuse(
            before == last and at(write.body, full) != last,
            400,
            "UserErrorIrreversibleSettingChange",
            f"{path} of backup vault {write.name} is {last}, which cannot be taken back.",
        )


VAULT = ResourceType(
    token="dataprotection:BackupVault",
    path=VAULT_PATH,
    name=NameRule(
        pattern=r"[A-Za-z][A-Za-z0-9-]*",
        least=2,
        most=50,
        code="InvalidResourceName",
        allowed="2 to 50 letters, digits and '-', a letter first",
        source=ARM_NAMES + " (the code is unverified)",
    ),
    durations=Durations(create=30, update=20, delete=20, source=ESTIMATE),
    source="https://learn.microsoft.com/azure/templates/microsoft.dataprotection/2025-01-01/backupvaults",
    replace_on=("location",),
    defaults={
        "properties": {
            "bcdrSecurityLevel": "Fair",
            "isVaultProtectedByResourceGuard": False,
            "resourceMoveState": "None",
            "secureScore": "Adequate",
            "securitySettings": {
                "immutabilitySettings": {"state": "Disabled"},
                "softDeleteSettings": {"retentionDurationInDays": 14, "state": "On"},
            },
        }
    },
    computed={**IDENTITY_OUTPUTS, "systemData": SYSTEM_DATA},
    in_use=(
        InUse(
            tokens=(INSTANCE,),
            nested=True,
            status=400,
            code="UserErrorVaultContainsProtectedDatasources",
            message="Backup vault {name} cannot be deleted as it contains {count} protected data sources: {users}. "
            "Stop their protection with the deletion of their backups first.",
            source=UNVERIFIED_CODE + ": " + _OVERVIEW + "#delete-a-backup-vault",
        ),
    ),
    provisioning_state="properties.provisioningState",
    rules=(_storage_is_said_once, _soft_delete_is_sound, _what_is_for_good_stays, IDENTITIES_EXIST),
)


def rules_of(policy: Body, kind: str) -> list[Body]:
    """The rules of one kind in a policy: AzureBackupRule or AzureRetentionRule."""
    return [item for item in objects_at(policy, "properties.policyRules") if item.get("objectType") == kind]


@rule("UserErrorInvalidBackupPolicy", UNVERIFIED_CODE + ": " + _OVERVIEW)
def _policy_is_sound(write: Write) -> None:
    def wrong(condition: object, why: str) -> None:
        refuse(condition, 400, "UserErrorInvalidBackupPolicy", f"Backup policy {write.name}: {why}.")

    sources = at(write.body, "properties.datasourceTypes") or []
    wrong(len(sources) != 1 or sources[0] not in _FREQUENCIES, f"the data source types {sources} are not one known")
    retention = rules_of(write.body, "AzureRetentionRule")
    wrong(not any(item.get("isDefault") for item in retention), "no retention rule is the default one")
    backup = rules_of(write.body, "AzureBackupRule")
    wrong(sources[0] == POSTGRES and not backup, "a server is backed up by a schedule")
    for item in backup:
        intervals = [str(text) for text in at(item, "trigger.schedule.repeatingTimeIntervals") or []]
        found = [_INTERVAL.fullmatch(text) for text in intervals]
        wrong(not found or None in found, f"{intervals} are no repeating time intervals")
        wrong(
            any(match and match[1] not in _FREQUENCIES[sources[0]] for match in found),
            f"{intervals} is none of {', '.join(_FREQUENCIES[sources[0]])}",
        )
        names = {f"{tag.get('name')}" for tag in retention}
        tags = {str(at(tag, "tagInfo.tagName")) for tag in objects_at(item, "trigger.taggingCriteria")}
        wrong(not tags <= names, f"the tags {', '.join(sorted(tags - names))} have no retention rule")


POLICY = ResourceType(
    token="dataprotection:BackupPolicy",
    path=VAULT_PATH + "/backupPolicies/{backupPolicyName}",
    name=NameRule(
        pattern=r"[A-Za-z][A-Za-z0-9-]*",
        least=3,
        most=150,
        code="InvalidResourceName",
        allowed="3 to 150 letters, digits and '-', a letter first",
        source=ARM_NAMES + " (the code is unverified)",
    ),
    durations=Durations(create=10, update=10, delete=10, source=ESTIMATE),
    source="https://learn.microsoft.com/azure/templates/microsoft.dataprotection/2025-01-01/backupvaults/backuppolicies",
    location="none",
    computed={"systemData": SYSTEM_DATA},
    in_use=(
        InUse(
            tokens=(INSTANCE,),
            status=400,
            code="UserErrorPolicyInUse",
            message="Backup policy {name} cannot be deleted as it is in use by {users}.",
            source=UNVERIFIED_CODE + ": " + _OVERVIEW,
        ),
    ),
    provisioning_state="",
    rules=(_policy_is_sound,),
)

TYPES = (VAULT, POLICY)
