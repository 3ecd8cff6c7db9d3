"""How often each kind of data is copied to a backup vault, and how long a copy is kept: policies as data.

Times are UTC. Of a server's weekly copies the first of each year is kept for the seven years that audit asks for.
https://learn.microsoft.com/azure/backup/blob-backup-configure-manage#create-a-backup-policy
https://learn.microsoft.com/azure/backup/backup-azure-database-postgresql-flex#create-a-backup-policy
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from pulumi_azure_native import dataprotection

_VAULT: Final = dataprotection.DataStoreInfoBaseArgs(data_store_type="VaultStore", object_type="DataStoreInfoBase")
_DEFAULT: Final = "Default"  # the tag of what no other tag catches
# Priorities as the portal gives them: the lower one is asked first.
_PRIORITIES: Final[Mapping[str, int]] = {"Yearly": 10, _DEFAULT: 99}
_CRITERIA: Final[Mapping[str, dataprotection.AbsoluteMarker]] = {"Yearly": dataprotection.AbsoluteMarker.FIRST_OF_YEAR}


@dataclass(frozen=True, kw_only=True)
class Policy:
    """One row. `source`: Azure's type of what is copied, `resource`: of the resource that the copy is of.

    `copy`: how much a copy holds. `interval`: ISO 8601, with a first time. `kept`: ISO 8601 durations by tag.
    """

    source: str
    resource: str
    rule: str
    copy: str
    interval: str
    kept: Mapping[str, str]

    def properties(self) -> dataprotection.BackupPolicyArgs:
        """The policy as ARM takes it."""
        trigger = dataprotection.ScheduleBasedTriggerContextArgs(
            object_type="ScheduleBasedTriggerContext",
            schedule=dataprotection.BackupScheduleArgs(repeating_time_intervals=[self.interval], time_zone="UTC"),
            tagging_criteria=[_tagging(tag) for tag in self.kept],
        )
        backup = dataprotection.AzureBackupRuleArgs(
            name=self.rule,
            object_type="AzureBackupRule",
            data_store=_VAULT,
            backup_parameters=dataprotection.AzureBackupParamsArgs(
                backup_type=self.copy, object_type="AzureBackupParams"
            ),
            trigger=trigger,
        )
        return dataprotection.BackupPolicyArgs(
            object_type="BackupPolicy",
            datasource_types=[self.source],
            policy_rules=[*(_retention(tag, duration) for tag, duration in self.kept.items()), backup],
        )


BLOBS: Final = Policy(
    source="Microsoft.Storage/storageAccounts/blobServices",
    resource="Microsoft.Storage/storageAccounts",
    rule="BackupDaily",
    copy="Discrete",
    interval="R/2026-01-04T02:00:00+00:00/P1D",
    kept={_DEFAULT: "P30D"},
)
# The logical backups, which are generally available; Azure takes one a week at most.
POSTGRES: Final = Policy(
    source="Microsoft.DBforPostgreSQL/flexibleServers",
    resource="Microsoft.DBforPostgreSQL/flexibleServers",
    rule="BackupWeekly",
    copy="Full",
    interval="R/2026-01-04T03:00:00+00:00/P1W",
    kept={_DEFAULT: "P3M", "Yearly": "P7Y"},
)


def _retention(tag: str, duration: str) -> dataprotection.AzureRetentionRuleArgs:
    return dataprotection.AzureRetentionRuleArgs(
        name=tag,
        object_type="AzureRetentionRule",
        is_default=tag == _DEFAULT,
        lifecycles=[
            dataprotection.SourceLifeCycleArgs(
                delete_after=dataprotection.AbsoluteDeleteOptionArgs(
                    duration=duration, object_type="AbsoluteDeleteOption"
                ),
                source_data_store=_VAULT,
            )
        ],
    )


def _tagging(tag: str) -> dataprotection.TaggingCriteriaArgs:
    marker = _CRITERIA.get(tag)
    return dataprotection.TaggingCriteriaArgs(
        is_default=tag == _DEFAULT,
        tag_info=dataprotection.RetentionTagArgs(tag_name=tag),
        tagging_priority=_PRIORITIES[tag],
        criteria=[
            dataprotection.ScheduleBasedBackupCriteriaArgs(
                object_type="ScheduleBasedBackupCriteria", absolute_criteria=[marker]
            )
        ]
        if marker
        else None,
    )
