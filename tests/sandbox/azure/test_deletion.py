"""Deleting a group takes everything along, unless something outside it is in the way."""

from tests.sandbox.azure.cloud import GROUP, SUBSCRIPTION, Cloud

DELEGATION = "Microsoft.App/environments"


def test_a_group_takes_everything_in_it_along(grounds: Cloud) -> None:
    """What would forbid a delete on its own goes with the group when it is inside too; Azure's watcher is not in it."""
    group, network = grounds.made[0], grounds.network()
    subnet = grounds.subnet("apps", "10.10.1.0/24", DELEGATION)
    grounds.app(grounds.environment(vnetConfiguration={"infrastructureSubnetId": subnet.id}))
    grounds.link(grounds.zone(), network)
    grounds.vault()
    grounds.delete(group)
    left = [record.token for record in grounds.store.read(lambda tx: tx.everything())]
    assert left == ["resources:ResourceGroup", "network:NetworkWatcher"]


def test_a_vault_in_a_deleted_group_is_soft_deleted(grounds: Cloud) -> None:
    grounds.vault("kv-one")
    grounds.delete(grounds.made[0])
    grounds.group()
    assert 'Code="ConflictError"' in grounds.refused("keyvault:Vault", "kv", **grounds.vault_inputs("kv-one"))


def test_a_user_outside_a_group_blocks_its_deletion(grounds: Cloud) -> None:
    grounds.network()
    subnet = grounds.subnet("apps", "10.10.1.0/24", DELEGATION)
    grounds.group("rg-other")
    network = {"infrastructureSubnetId": subnet.id}
    inputs = {"resourceGroupName": "rg-other", "environmentName": "cae-far", "vnetConfiguration": network}
    outside = grounds.create("app:ManagedEnvironment", "cae-far", **inputs)
    told = grounds.delete_refused(grounds.made[0])
    assert 'Status=409 Code="ResourceGroupDeletionBlocked"' in told
    assert "InUseSubnetCannotBeDeleted" in told
    grounds.delete(outside)
    grounds.delete(grounds.made[0])


def test_a_lock_on_one_resource_keeps_its_group(grounds: Cloud) -> None:
    vault = grounds.vault()
    lock = {"scope": vault.id, "lockName": "keep", "level": "CanNotDelete"}
    grounds.create("authorization:ManagementLockByScope", "keep", **lock)
    assert 'Code="ScopeLocked"' in grounds.delete_refused(grounds.made[0])


def test_a_refused_delete_changes_nothing(grounds: Cloud) -> None:
    network = grounds.network()
    subnet = grounds.subnet("apps", "10.10.1.0/24", DELEGATION)
    grounds.environment(vnetConfiguration={"infrastructureSubnetId": subnet.id})
    before = grounds.store.read(lambda tx: tx.everything())
    grounds.delete_refused(network)
    assert grounds.store.read(lambda tx: tx.everything()) == before


def test_the_time_of_a_group_is_that_of_what_is_in_it(grounds: Cloud) -> None:
    grounds.server()
    grounds.vault()
    grounds.delete(grounds.made[0])
    assert grounds.store.operations()[-1].azure_seconds == 30 + 90 + 30


def test_a_workspace_in_use_is_deleted_all_the_same(grounds: Cloud) -> None:
    """Azure does not ask who sends logs: settings then point nowhere."""
    inputs = {"resourceGroupName": GROUP, "workspaceName": "log-test"}
    workspace = grounds.create("operationalinsights:Workspace", "w", **inputs)
    setting = {"resourceUri": grounds.vault().id, "name": "all", "workspaceId": workspace.id}
    logs = [{"enabled": True, "categoryGroup": "allLogs"}]
    kept = grounds.create("monitor:DiagnosticSetting", "d", **setting, logs=logs)
    grounds.delete(workspace)
    assert grounds.refresh(kept).id == kept.id


def test_names_that_begin_alike_are_told_apart(cloud: Cloud) -> None:
    """rg-a is not inside rg, whatever the ids look like."""
    short, longer = cloud.group("rg"), cloud.group("rg-a")
    cloud.delete(short)
    assert cloud.refresh(longer).id == f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg-a"
