"""Backup vaults, their policies, and what they protect: roles first, one source once, nothing lost by accident."""

import uuid
from typing import Any

import pytest

from sandbox.azure.catalog.role_definitions import ROLES
from sandbox.azure.pace import Pace
from sandbox.azure.provider import AzureProvider
from tests.sandbox.azure.cloud import GROUP, SUBSCRIPTION, Cloud, Live

VAULT, POLICY, INSTANCE = "dataprotection:BackupVault", "dataprotection:BackupPolicy", "dataprotection:BackupInstance"
BLOBS = "Microsoft.Storage/storageAccounts/blobServices"
POSTGRES = "Microsoft.DBforPostgreSQL/flexibleServers"
GROUP_ID = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/{GROUP}"
BACKUP, LONG_TERM = "Storage Account Backup Contributor", "PostgreSQL Flexible Server Long Term Retention Backup Role"
GENERAL = {"sku": {"name": "Standard_D2ds_v5", "tier": "GeneralPurpose"}}


def vault_inputs(name: str = "bvault", kind: str = "GeoRedundant", **more: Any) -> dict[str, Any]:
    properties = {"storageSettings": [{"datastoreType": "VaultStore", "type": kind}], **more}
    return {
        "resourceGroupName": GROUP,
        "vaultName": name,
        "identity": {"type": "SystemAssigned"},
        "properties": properties,
    }


def policy_inputs(source: str = BLOBS, interval: str = "P1D", name: str = "bkpol", **more: Any) -> dict[str, Any]:
    store = {"dataStoreType": "VaultStore", "objectType": "DataStoreInfoBase"}
    kept = {"deleteAfter": {"duration": "P30D", "objectType": "AbsoluteDeleteOption"}, "sourceDataStore": store}
    retention = {"name": "Default", "objectType": "AzureRetentionRule", "isDefault": True, "lifecycles": [kept]}
    tag = {"isDefault": True, "taggingPriority": 99, "tagInfo": {"tagName": "Default"}}
    trigger = {
        "objectType": "ScheduleBasedTriggerContext",
        "schedule": {"repeatingTimeIntervals": [f"R/2026-01-04T02:00:00+00:00/{interval}"]},
        "taggingCriteria": [tag],
    }
    backup = {"name": "Backup", "objectType": "AzureBackupRule", "dataStore": store, "trigger": trigger}
    properties = {
        "objectType": "BackupPolicy",
        "datasourceTypes": [source],
        "policyRules": [retention, backup],
        **more,
    }
    return {"resourceGroupName": GROUP, "vaultName": "bvault", "backupPolicyName": name, "properties": properties}


def instance_inputs(
    source: Live, policy: Live, kind: str = BLOBS, name: str = "bkinst", containers: tuple[str, ...] = ("documents",)
) -> dict[str, Any]:
    where = {"resourceID": source.id, "datasourceType": kind, "objectType": "Datasource"}
    listed = {"objectType": "BlobBackupDatasourceParameters", "containersList": list(containers)}
    parameters = {"policyParameters": {"backupDatasourceParametersList": [listed]}} if kind == BLOBS else {}
    return {
        "resourceGroupName": GROUP,
        "vaultName": "bvault",
        "backupInstanceName": name,
        "properties": {
            "objectType": "BackupInstance",
            "dataSourceInfo": where,
            "policyInfo": {"policyId": policy.id, **parameters},
        },
    }


def give(cloud: Cloud, vault: Live, role: str, scope: str) -> Live:
    return cloud.create(
        "authorization:RoleAssignment",
        f"{role}-{scope}",
        scope=scope,
        roleAssignmentName=str(uuid.uuid5(uuid.NAMESPACE_URL, role + scope)),
        roleDefinitionId=f"/subscriptions/{SUBSCRIPTION}/providers/Microsoft.Authorization/roleDefinitions/{ROLES[role]}",
        principalId=vault.outputs["identity"]["principalId"],
        principalType="ServicePrincipal",
    )


def account(cloud: Cloud, name: str = "stcftest", **more: Any) -> Live:
    own = {"accountName": name, "kind": "StorageV2", "sku": {"name": "Standard_GRS"}}
    made = cloud.create(
        "storage:StorageAccount",
        name,
        resourceGroupName=GROUP,
        **{**own, "allowCrossTenantReplication": True, **more},
    )
    cloud.create(
        "storage:BlobContainer", f"{name}-c", resourceGroupName=GROUP, accountName=name, containerName="documents"
    )
    return made


@pytest.fixture
def vault(grounds: Cloud) -> Live:
    return grounds.create(VAULT, "v", **vault_inputs())


@pytest.fixture
def policy(grounds: Cloud, vault: Live) -> Live:
    return grounds.create(POLICY, "p", **policy_inputs())


@pytest.fixture
def protected(grounds: Cloud, vault: Live, policy: Live) -> tuple[Live, Live]:
    """A storage account and its backup instance."""
    source = account(grounds)
    give(grounds, vault, BACKUP, source.id)
    return source, grounds.create(INSTANCE, "i", **instance_inputs(source, policy))


# Vaults ---------------------------------------------------------------------------------------------------------------


def test_a_vault_has_an_identity_and_keeps_what_is_deleted(vault: Live) -> None:
    assert vault.outputs["identity"]["principalId"]
    security = vault.outputs["properties"]["securitySettings"]
    assert security["softDeleteSettings"] == {"state": "On", "retentionDurationInDays": 14}
    assert security["immutabilitySettings"] == {"state": "Disabled"}


@pytest.mark.parametrize(
    "inputs",
    [
        vault_inputs(kind="Somewhere"),
        vault_inputs(storageSettings=[]),
        vault_inputs(securitySettings={"softDeleteSettings": {"state": "Perhaps"}}),
        vault_inputs(securitySettings={"softDeleteSettings": {"state": "On", "retentionDurationInDays": 7}}),
    ],
)
def test_a_vault_refuses(grounds: Cloud, inputs: dict[str, Any]) -> None:
    assert 'Status=400 Code="BadRequest"' in grounds.refused(VAULT, "v", **inputs)


@pytest.mark.parametrize("name", ["1vault", "v" * 51])
def test_a_vault_has_a_name_that_azure_takes(grounds: Cloud, name: str) -> None:
    assert 'Code="InvalidResourceName"' in grounds.refused(VAULT, "v", **vault_inputs(name))


@pytest.mark.parametrize(("path", "last"), [("softDeleteSettings", "AlwaysOn"), ("immutabilitySettings", "Locked")])
def test_what_is_for_good_is_not_taken_back(grounds: Cloud, path: str, last: str) -> None:
    made = grounds.create(VAULT, "v", **vault_inputs(securitySettings={path: {"state": last}}))
    before = {"softDeleteSettings": "On", "immutabilitySettings": "Unlocked"}[path]
    back = vault_inputs(securitySettings={path: {"state": before}})["properties"]
    assert 'Code="UserErrorIrreversibleSettingChange"' in grounds.update_refused(made, properties=back)


def test_redundancy_is_fixed_by_the_first_thing_protected(
    grounds: Cloud, vault: Live, protected: tuple[Live, Live]
) -> None:
    told = grounds.update_refused(vault, properties=vault_inputs(kind="LocallyRedundant")["properties"])
    assert 'Code="UserErrorStorageSettingsChangeNotAllowed"' in told
    grounds.delete(protected[1])
    grounds.update(vault, properties=vault_inputs(kind="LocallyRedundant")["properties"])


def test_vault_and_policy_go_after_what_they_protect(
    grounds: Cloud, vault: Live, policy: Live, protected: tuple[Live, Live]
) -> None:
    assert 'Status=400 Code="UserErrorVaultContainsProtectedDatasources"' in grounds.delete_refused(vault)
    assert 'Status=400 Code="UserErrorPolicyInUse"' in grounds.delete_refused(policy)
    for live in (protected[1], policy, vault):
        grounds.delete(live)


# Policies -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("inputs", "says"),
    [
        (policy_inputs("Microsoft.Compute/disks"), "are not one known"),
        (policy_inputs(policyRules=[]), "no retention rule is the default"),
        (policy_inputs(interval="PT1H"), "is none of P1D, P1W"),
        (policy_inputs(POSTGRES), "is none of P1W"),
        (policy_inputs(POSTGRES, policyRules=policy_inputs()["properties"]["policyRules"][:1]), "by a schedule"),
    ],
)
@pytest.mark.usefixtures("vault")
def test_a_policy_refuses(grounds: Cloud, inputs: dict[str, Any], says: str) -> None:
    told = grounds.refused(POLICY, "p", **inputs)
    assert 'Status=400 Code="UserErrorInvalidBackupPolicy"' in told
    assert says in told


@pytest.mark.usefixtures("vault")
def test_a_tag_without_a_retention_rule_is_refused(grounds: Cloud) -> None:
    inputs = policy_inputs()
    inputs["properties"]["policyRules"][1]["trigger"]["taggingCriteria"][0]["tagInfo"] = {"tagName": "Yearly"}
    told = grounds.refused(POLICY, "p", **inputs)
    assert 'Code="UserErrorInvalidBackupPolicy"' in told
    assert "the tags Yearly have no retention rule" in told


# Instances ------------------------------------------------------------------------------------------------------------


def test_blobs_are_protected_once_the_vault_has_its_role(grounds: Cloud, vault: Live, policy: Live) -> None:
    source = account(grounds)
    told = grounds.refused(INSTANCE, "i", **instance_inputs(source, policy))
    assert 'Status=400 Code="UserErrorMissingPermissions"' in told
    assert BACKUP in told
    give(grounds, vault, BACKUP, source.id)
    made = grounds.create(INSTANCE, "i", **instance_inputs(source, policy))
    assert made.outputs["properties"]["currentProtectionState"] == "ProtectionConfigured"


@pytest.mark.parametrize("containers", [(), ("documents", "none-such")])
def test_containers_are_named_and_there(grounds: Cloud, vault: Live, policy: Live, containers: tuple[str, ...]) -> None:
    source = account(grounds)
    give(grounds, vault, BACKUP, source.id)
    told = grounds.refused(INSTANCE, "i", **instance_inputs(source, policy, containers=containers))
    assert 'Code="UserErrorNoContainersSelectedForOperation"' in told


def test_an_account_that_replicates_to_no_other_tenant_is_not_copied(grounds: Cloud, vault: Live, policy: Live) -> None:
    source = account(grounds, allowCrossTenantReplication=False)
    give(grounds, vault, BACKUP, source.id)
    told = grounds.refused(INSTANCE, "i", **instance_inputs(source, policy))
    assert 'Code="UserErrorCrossTenantReplicationDisabled"' in told


def test_a_source_is_protected_once(grounds: Cloud, policy: Live, protected: tuple[Live, Live]) -> None:
    told = grounds.refused(INSTANCE, "j", **instance_inputs(protected[0], policy, name="bkinst-2"))
    assert 'Code="UserErrorDppDatasourceAlreadyProtected"' in told


def test_source_policy_and_vault_fit_together(grounds: Cloud, vault: Live, policy: Live) -> None:
    far = account(grounds, "stcffar", location="northeurope")
    give(grounds, vault, BACKUP, far.id)
    told = grounds.refused(INSTANCE, "i", **instance_inputs(far, policy))
    assert 'Code="UserErrorInvalidRequestParameter"' in told
    assert "must be in one region" in told
    server = grounds.server(**GENERAL)
    assert "differ in type" in grounds.refused(INSTANCE, "i", **instance_inputs(server, policy, POSTGRES))
    assert "is no Microsoft.Storage" in grounds.refused(INSTANCE, "i", **instance_inputs(server, policy))
    missing = Live("", f"{far.id}none", {}, {})
    assert 'Code="UserErrorDatasourceNotFound"' in grounds.refused(INSTANCE, "i", **instance_inputs(missing, policy))
    lost = Live("", f"{policy.id}-none", {}, {})
    assert 'Code="UserErrorPolicyNotFound"' in grounds.refused(INSTANCE, "i", **instance_inputs(far, lost))


def test_instances_of_a_vault_are_made_one_after_another(grounds: Cloud, vault: Live, policy: Live) -> None:
    for name in ("stcfone", "stcftwo"):
        give(grounds, vault, BACKUP, account(grounds, name).id)
    pace = Pace(serial_window=1.0, clock=grounds.clock)
    cloud = Cloud(AzureProvider(grounds.store, pace=pace), grounds.store, grounds.clock)
    cloud.configure(subscriptionId=SUBSCRIPTION, location="westeurope")
    one, two = (live for live in grounds.made if live.urn.endswith(("::stcfone", "::stcftwo")))
    cloud.create(INSTANCE, "i", **instance_inputs(one, policy, name="first"))
    told = cloud.refused(INSTANCE, "j", **instance_inputs(two, policy, name="second"))
    assert 'Status=406 Code="BackupInstanceOperationInProgress"' in told
    cloud.clock.now += 600
    cloud.create(INSTANCE, "j", **instance_inputs(two, policy, name="second"))


def test_a_server_is_protected_by_two_roles(grounds: Cloud, vault: Live) -> None:
    """On the server the role of long-term backups, on its group the one of a reader."""
    weekly = grounds.create(POLICY, "w", **policy_inputs(POSTGRES, "P1W", "weekly"))
    server = grounds.server(**GENERAL)
    for role, scope in ((LONG_TERM, server.id), ("Reader", GROUP_ID)):
        told = grounds.refused(INSTANCE, "i", **instance_inputs(server, weekly, POSTGRES))
        assert role in told
        give(grounds, vault, role, scope)
    grounds.create(INSTANCE, "i", **instance_inputs(server, weekly, POSTGRES))


def test_a_burstable_server_and_a_replica_are_not_protected(grounds: Cloud, vault: Live) -> None:
    weekly = grounds.create(POLICY, "w", **policy_inputs(POSTGRES, "P1W", "weekly"))
    small, primary = grounds.server("psql-small"), grounds.server("psql-big", **GENERAL)
    follows = {"createMode": "Replica", "sourceServerResourceId": primary.id}
    replica = grounds.server("psql-replica", **GENERAL, **follows)
    give(grounds, vault, "Reader", GROUP_ID)
    for server, why in ((small, "Burstable"), (replica, "read replica")):
        give(grounds, vault, LONG_TERM, server.id)
        told = grounds.refused(INSTANCE, "i", **instance_inputs(server, weekly, POSTGRES))
        assert 'Code="UserErrorDatasourceNotSupported"' in told
        assert why in told


def test_for_a_server_in_a_network_the_stand_in_does_not_say_yes(grounds: Cloud, vault: Live) -> None:
    """Azure's pages do not confirm it: success is never faked."""
    weekly = grounds.create(POLICY, "w", **policy_inputs(POSTGRES, "P1W", "weekly"))
    zone = grounds.zone()
    grounds.link(zone, grounds.network())
    subnet = grounds.subnet("db", "10.10.2.0/24", POSTGRES)
    ids = {"delegatedSubnetResourceId": subnet.id, "privateDnsZoneArmResourceId": zone.id}
    server = grounds.server(**GENERAL, network=ids)
    give(grounds, vault, "Reader", GROUP_ID)
    give(grounds, vault, LONG_TERM, server.id)
    told = grounds.refused(INSTANCE, "i", **instance_inputs(server, weekly, POSTGRES))
    assert "do not confirm it" in told
