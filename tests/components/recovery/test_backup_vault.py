"""The backup vault: what it keeps where, who may read for it, and the order of it all."""

import pulumi
import pytest

from components.place import Place
from components.recovery.backup_vault import BackedUpBlobs, BackedUpServer, BackupVault, BackupVaultArgs
from tests.components.recording import SUBSCRIPTION, Recording, record

BLOBS = BackedUpBlobs(account_id="/accounts/st", account_name="st", containers=["documents", "audit"])
SERVER = BackedUpServer(server_id="/servers/psql", server_name="psql", group_id="/groups/rg")


def vault(place: Place, *, preview: bool = False, **changes: object) -> Recording:
    """A vault that differs in `changes` from one that copies blobs alone."""
    given = {"place": place, "subscription_id": SUBSCRIPTION, "workspace_id": "/logs", "blobs": BLOBS, **changes}

    def program() -> None:
        made = BackupVault("backup", BackupVaultArgs(**given))
        pulumi.export("principal", made.principal_id)

    return record(program, preview=preview)


def test_copies_lie_in_two_regions_and_cannot_be_shortened(place: Place) -> None:
    """Locked or always-on is for good: a person does that, never a program."""
    inputs = vault(place, soft_delete_days=30)["backup-vault"].inputs
    assert inputs["vaultName"] == "bvault-cf-westeu-dev-1"
    assert inputs["identity"] == {"type": "SystemAssigned"}
    assert inputs["properties"]["storageSettings"] == [{"datastoreType": "VaultStore", "type": "GeoRedundant"}]
    assert inputs["properties"]["securitySettings"] == {
        "softDeleteSettings": {"state": "On", "retentionDurationInDays": 30},
        "immutabilitySettings": {"state": "Unlocked"},
    }


def test_chosen_containers_are_copied_daily(place: Place) -> None:
    recording = vault(place)
    instance = recording["backup-instance-blobs"].inputs["properties"]
    parameters = instance["policyInfo"]["policyParameters"]["backupDatasourceParametersList"]
    assert parameters == [{"objectType": "BlobBackupDatasourceParameters", "containersList": ["documents", "audit"]}]
    assert instance["dataSourceInfo"]["resourceID"] == "/accounts/st"
    rules = {rule["name"]: rule for rule in recording["backup-policy-blobs"].inputs["properties"]["policyRules"]}
    assert rules["BackupDaily"]["trigger"]["schedule"]["repeatingTimeIntervals"] == ["R/2026-01-04T02:00:00+00:00/P1D"]
    assert rules["Default"]["lifecycles"][0]["deleteAfter"]["duration"] == "P30D"


def test_roles_come_before_what_they_are_for_and_instances_one_after_another(place: Place) -> None:
    """Azure takes one write on the instances of a vault at a time, and looks at the roles first."""
    recording = vault(place, server=SERVER)
    assert "backup-storage-account-backup-contributor" in recording["backup-instance-blobs"].dependencies
    assert recording["backup-instance-postgres"].dependencies >= {
        "backup-postgres-long-term-backup",
        "backup-reader",
        "backup-instance-blobs",
    }
    scopes = {one.name: one.inputs["scope"] for one in recording.of_type("authorization:RoleAssignment")}
    assert scopes == {
        "backup-storage-account-backup-contributor": "/accounts/st",
        "backup-postgres-long-term-backup": "/servers/psql",
        "backup-reader": "/groups/rg",
    }
    principals = {one.inputs["principalId"] for one in recording.of_type("authorization:RoleAssignment")}
    assert principals == {recording.outputs["principal"]}


def test_a_server_is_copied_weekly_and_one_copy_a_year_stays_for_seven(place: Place) -> None:
    rules = vault(place, server=SERVER)["backup-policy-postgres"].inputs["properties"]["policyRules"]
    found = {rule["name"]: rule for rule in rules}
    assert found["BackupWeekly"]["trigger"]["schedule"]["repeatingTimeIntervals"][0].endswith("/P1W")
    assert found["Yearly"]["lifecycles"][0]["deleteAfter"]["duration"] == "P7Y"
    tags = {tag["tagInfo"]["tagName"]: tag for tag in found["BackupWeekly"]["trigger"]["taggingCriteria"]}
    assert tags["Yearly"]["criteria"][0]["absoluteCriteria"] == ["FirstOfYear"]
    assert tags["Default"]["isDefault"] is True


def test_without_a_server_nothing_is_asked_of_one(place: Place) -> None:
    recording = vault(place)
    assert [one.name for one in recording.of_type("dataprotection:BackupInstance")] == ["backup-instance-blobs"]


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"soft_delete_days": 13}, "14 to 180 days, not 13"),
        ({"soft_delete_days": 181}, "14 to 180 days, not 181"),
        ({"blobs": BackedUpBlobs(account_id="/a", account_name="a", containers=[])}, "1 to 100 containers"),
        ({"blobs": BackedUpBlobs(account_id="/a", account_name="a", containers=["c"] * 101)}, "not 101"),
    ],
)
def test_what_azure_does_not_take_is_refused(place: Place, change: dict[str, object], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        BackupVaultArgs(**{"place": place, "subscription_id": "s", "workspace_id": "/logs", "blobs": BLOBS, **change})


def test_a_preview_does_not_know_the_identity_and_says_nothing_wrong(place: Place) -> None:
    assert "None" not in str(vault(place, preview=True).outputs)
