"""What each type has to tell is what a setting on it may ask for; nothing that could tell is forgotten."""

from typing import Any

import pytest

from sandbox.azure import arm_ids
from sandbox.azure.catalog import TYPES
from sandbox.azure.catalog.diagnostic_categories import ALL_METRICS, OFFERS, TELLS_OTHERWISE, WITHOUT, untold
from tests.sandbox.azure.cloud import GROUP, Cloud, Live

SETTING, WORKSPACE = "monitor:DiagnosticSetting", "operationalinsights:Workspace"
LOGS: dict[str, Any] = {"logs": [{"enabled": True, "categoryGroup": "allLogs"}]}
METRICS: dict[str, Any] = {"metrics": [{"enabled": True, "category": ALL_METRICS}]}


def setting(target: str, workspace: Live, name: str = "all", **what: Any) -> dict[str, Any]:
    return {"resourceUri": target, "name": name, "workspaceId": workspace.id, **what}


def names(token: str, **more: Any) -> dict[str, Any]:
    own = {
        "storage:StorageAccount": {"accountName": "stcftest", "kind": "StorageV2", "sku": {"name": "Standard_LRS"}},
        "redisenterprise:RedisEnterprise": {
            "clusterName": "redis-test", "sku": {"name": "Balanced_B0"}, "publicNetworkAccess": "Disabled",
        },
        "redisenterprise:Database": {"clusterName": "redis-test", "databaseName": "default"},
        "network:NetworkSecurityGroup": {"networkSecurityGroupName": "nsg"},
    }[token]  # fmt: skip
    return {"resourceGroupName": GROUP, **own, **more}


@pytest.fixture
def workspace(grounds: Cloud) -> Live:
    return grounds.create(WORKSPACE, "w", resourceGroupName=GROUP, workspaceName="log-test")


# The tables -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("token", TYPES)
def test_every_type_of_the_catalogue_is_in_one_table(token: str) -> None:
    """A new row says which: its categories into OFFERS, or its token into WITHOUT (diagnostic_categories.py)."""
    assert (token in OFFERS) != (token in WITHOUT)


def test_a_table_speaks_of_categories_once_and_of_its_own() -> None:
    for token, offer in OFFERS.items():
        assert offer.logs or offer.metrics, token
        assert len({*offer.logs, *offer.metrics}) == len(offer.logs) + len(offer.metrics), token
        assert {*offer.audit} <= {*offer.logs}, token
        assert not offer.metrics or ALL_METRICS in offer.metrics, token
    assert TELLS_OTHERWISE.keys() <= OFFERS.keys()


# Settings -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("token", "takes", "refuses", "says"),
    [
        ("storage:StorageAccount", METRICS, LOGS, "Category group 'allLogs' is not supported"),
        ("redisenterprise:RedisEnterprise", METRICS, LOGS, "Category group 'allLogs' is not supported"),
        ("network:NetworkSecurityGroup", LOGS, METRICS, "Metric category 'AllMetrics' is not supported"),
    ],
)
def test_a_type_tells_what_it_has(
    grounds: Cloud, workspace: Live, token: str, takes: Any, refuses: Any, says: str
) -> None:
    """Most types have both; those that have one are where a platform that asks for all of it fails on Azure."""
    target = grounds.create(token, "t", **names(token)).id
    for asked in (refuses, {**takes, **refuses}):
        told = grounds.refused(SETTING, "d", **setting(target, workspace, **asked))
        assert 'Status=400 Code="BadRequest"' in told
        assert says in told
    grounds.create(SETTING, "d", **setting(target, workspace, **takes))


def test_a_caches_log_is_its_databases(grounds: Cloud, workspace: Live) -> None:
    grounds.create("redisenterprise:RedisEnterprise", "r", **names("redisenterprise:RedisEnterprise"))
    target = grounds.create("redisenterprise:Database", "d", **names("redisenterprise:Database")).id
    told = grounds.refused(SETTING, "s", **setting(target, workspace, **LOGS, **METRICS))
    assert "Metric category 'AllMetrics' is not supported" in told
    grounds.create(SETTING, "s", **setting(target, workspace, logs=[{"enabled": True, "category": "ConnectionEvents"}]))


@pytest.mark.parametrize("what", [LOGS, METRICS])
def test_a_type_without_categories_takes_no_setting(grounds: Cloud, workspace: Live, what: dict[str, Any]) -> None:
    target = grounds.identity().id
    told = grounds.refused(SETTING, "d", **setting(target, workspace, **what))
    assert 'Status=400 Code="ResourceTypeNotSupported"' in told
    assert "'microsoft.managedidentity/userassignedidentities' does not support diagnostic settings" in told


def test_a_setting_of_nothing_is_none(grounds: Cloud, workspace: Live) -> None:
    told = grounds.refused(SETTING, "d", **setting(grounds.vault().id, workspace, logs=[{"enabled": True}]))
    assert "names a category or a category group" in told


def test_a_blob_service_takes_settings_beside_its_accounts(grounds: Cloud, workspace: Live) -> None:
    """It is there with its account, also where no program speaks of it."""
    account = grounds.create("storage:StorageAccount", "st", **names("storage:StorageAccount")).id
    blobs = f"{account}/blobServices/default"
    grounds.create(SETTING, "account", **setting(account, workspace, **METRICS))
    named: dict[str, Any] = {"metrics": [{"enabled": True, "category": name} for name in ("Capacity", "Transaction")]}
    made = grounds.create(SETTING, "blobs", **setting(blobs, workspace, **LOGS, **named))
    assert grounds.store.read(lambda tx: untold(tx.everything())) == [workspace.id]
    told = grounds.refused(SETTING, "none", **setting(f"{account}/blobServices/none", workspace, **LOGS))
    assert 'Status=404 Code="ResourceNotFound"' in told
    metrics = [item["category"] for item in made.outputs["metrics"]]
    assert metrics == ["Capacity", "Transaction"]


def test_all_metrics_of_a_blob_service_come_back_by_name(grounds: Cloud, workspace: Live) -> None:
    """A difference at every refresh: so a program names them."""
    account = grounds.create("storage:StorageAccount", "st", **names("storage:StorageAccount")).id
    made = grounds.create(SETTING, "d", **setting(f"{account}/blobServices/default", workspace, **METRICS))
    assert [item["category"] for item in made.outputs["metrics"]] == ["Capacity", "Transaction"]
    whole = grounds.create(SETTING, "a", **setting(account, workspace, **METRICS))
    assert [item["category"] for item in whole.outputs["metrics"]] == [ALL_METRICS]


@pytest.mark.parametrize("second", [METRICS, {"metrics": [{"enabled": True, "category": "Transaction"}]}])
def test_a_metric_goes_once_to_a_sink_whatever_it_is_called(
    grounds: Cloud, workspace: Live, second: dict[str, Any]
) -> None:
    account = grounds.create("storage:StorageAccount", "st", **names("storage:StorageAccount")).id
    grounds.create(SETTING, "one", **setting(account, workspace, **METRICS))
    told = grounds.refused(SETTING, "two", **setting(account, workspace, "two", **second))
    assert 'Status=409 Code="Conflict"' in told
    assert "Transaction" in told


def test_an_audit_group_is_part_of_all_logs(grounds: Cloud, workspace: Live) -> None:
    target = grounds.vault().id
    grounds.create(SETTING, "one", **setting(target, workspace, **LOGS))
    audit: dict[str, Any] = {"logs": [{"enabled": True, "categoryGroup": "audit"}]}
    told = grounds.refused(SETTING, "two", **setting(target, workspace, "two", **audit))
    assert "for category 'AuditEvent'" in told


def test_an_audit_group_is_where_something_is_audited(grounds: Cloud, workspace: Live) -> None:
    target = grounds.create("network:NetworkSecurityGroup", "n", **names("network:NetworkSecurityGroup")).id
    audit: dict[str, Any] = {"logs": [{"enabled": True, "categoryGroup": "audit"}]}
    told = grounds.refused(SETTING, "d", **setting(target, workspace, **audit))
    assert "Category group 'audit' is not supported" in told


def test_a_workspace_keeps_its_own_audit(grounds: Cloud, workspace: Live) -> None:
    grounds.create(SETTING, "own", **setting(workspace.id, workspace, **LOGS))


# What is forgotten ----------------------------------------------------------------------------------------------------


def test_what_could_tell_and_does_not_is_named(grounds: Cloud, workspace: Live) -> None:
    """The bad sample: a vault, a workspace and an account without settings are found, an identity is not."""
    vault, identity = grounds.vault(), grounds.identity()
    account = grounds.create("storage:StorageAccount", "st", **names("storage:StorageAccount")).id

    def found() -> list[str]:
        return grounds.store.read(lambda tx: untold(tx.everything()))

    assert found() == sorted([vault.id, workspace.id, account, f"{account}/blobServices/default"])
    assert identity.id not in found()
    kept = grounds.create(SETTING, "v", **setting(vault.id, workspace, **LOGS))
    grounds.create(SETTING, "w", **setting(workspace.id.upper().replace("/SUB", "/sub", 1), workspace, **LOGS))
    assert found() == sorted([account, f"{account}/blobServices/default"])
    grounds.delete(kept)
    assert vault.id in found()


def test_a_setting_on_what_is_gone_counts_for_nothing(grounds: Cloud, workspace: Live) -> None:
    vault = grounds.vault()
    grounds.create(SETTING, "v", **setting(vault.id, workspace, **LOGS))
    grounds.create(SETTING, "w", **setting(workspace.id, workspace, **LOGS))
    assert not untold(grounds.store.read(lambda tx: tx.everything()))
    grounds.delete(vault)
    left = grounds.store.read(lambda tx: tx.everything())
    assert any(record.token == SETTING and record.parent == arm_ids.key(vault.id) for record in left)
    assert not untold(left)


@pytest.mark.parametrize("token", TELLS_OTHERWISE)
def test_what_tells_otherwise_says_how(token: str) -> None:
    assert "https://" in TELLS_OTHERWISE[token]
