"""Queues lie in the queue service of a general account, which is there with it and set back when it is deleted."""

from typing import Any

import pytest

from sandbox.azure.catalog.diagnostic_categories import untold
from tests.sandbox.azure.cloud import GROUP, Cloud, Live
from tests.sandbox.azure.test_storage import ACCOUNT, account

SERVICE, QUEUE = "storage:QueueServiceProperties", "storage:Queue"
SETTING, WORKSPACE = "monitor:DiagnosticSetting", "operationalinsights:Workspace"


def service(**more: Any) -> dict[str, Any]:
    return {"resourceGroupName": GROUP, "accountName": "stcftest", "queueServiceName": "default", **more}


def queue(name: str = "media", **more: Any) -> dict[str, Any]:
    return {"resourceGroupName": GROUP, "accountName": "stcftest", "queueName": name, **more}


@pytest.fixture
def stored(grounds: Cloud) -> Cloud:
    grounds.create(ACCOUNT, "st", **account())
    return grounds


@pytest.fixture
def served(stored: Cloud) -> tuple[Cloud, Live]:
    return stored, stored.create(SERVICE, "s", **service())


def test_the_service_is_there_with_the_account(stored: Cloud) -> None:
    """A create takes it over: it is no resource that already exists."""
    account_id = stored.made[-1].id
    found = stored.provider.arm.read(f"{account_id}/queueServices/default")
    assert found is not None
    assert found["cors"] == {"corsRules": []}
    made = stored.create(SERVICE, "s", **service())
    assert made.id == f"{account_id}/queueServices/default"


def test_a_queue_is_made_empty(served: tuple[Cloud, Live]) -> None:
    cloud, made = served
    one = cloud.create(QUEUE, "q", **queue(metadata={"kind": "work"}))
    assert one.id == f"{made.id}/queues/media"
    assert (one.outputs["approximateMessageCount"], one.outputs["metadata"]) == (0, {"kind": "work"})
    assert cloud.refused(QUEUE, "again", **queue()).startswith("cannot create already existing resource")
    cloud.delete(one)
    cloud.create(QUEUE, "again", **queue())


def test_a_service_under_another_name_is_none(stored: Cloud) -> None:
    told = stored.refused(SERVICE, "s", **service(queueServiceName="mine"))
    assert 'Status=404 Code="HttpResourceNotFound"' in told


@pytest.mark.parametrize("name", ["me", "Media", "me--dia", "-media", "media-", "m" * 64])
def test_names_are_checked_before_any_call(served: tuple[Cloud, Live], name: str) -> None:
    assert served[0].check(QUEUE, "q", queue(name)).failures


def test_the_service_checks_names_too(served: tuple[Cloud, Live]) -> None:
    """A client other than the provider has no pattern to stop it."""
    cloud, made = served
    with pytest.raises(Exception, match="-media") as refusal:
        cloud.provider.arm.create(f"{made.id}/queues/-media", {})
    assert getattr(refusal.value, "code", "") == "InvalidResourceName"


@pytest.mark.parametrize(
    "special", [{"kind": "BlockBlobStorage", "sku": "Premium_LRS"}, {"kind": "StorageV2", "sku": "Premium_LRS"}]
)
def test_special_accounts_have_no_queues(grounds: Cloud, special: dict[str, str]) -> None:
    grounds.create(ACCOUNT, "st", **{**account(sku=special["sku"]), "kind": special["kind"]})
    assert 'Status=409 Code="FeatureNotSupportedForAccount"' in grounds.refused(SERVICE, "s", **service())


def test_a_service_with_queues_is_not_set_back(served: tuple[Cloud, Live]) -> None:
    """Azure would leave the queues; the stand-in cannot, and says so."""
    cloud, made = served
    one = cloud.create(QUEUE, "q", **queue())
    assert 'Status=501 Code="ResetNotModelled"' in cloud.delete_refused(made)
    cloud.delete(one)
    cloud.delete(made)
    assert cloud.provider.arm.read(made.id) is not None


def test_queues_go_with_their_account(served: tuple[Cloud, Live]) -> None:
    cloud, _ = served
    one = cloud.create(QUEUE, "q", **queue())
    cloud.delete(cloud.made[0] if cloud.made[0].outputs.get("kind") else cloud.made[1])
    assert cloud.store.read(lambda tx: tx.find(one.id)) is None


def test_a_queue_service_tells_what_a_blob_service_tells(served: tuple[Cloud, Live]) -> None:
    """Once a program uses it, it is asked for; Azure gives its metrics back by name."""
    cloud, made = served
    workspace = cloud.create(WORKSPACE, "w", resourceGroupName=GROUP, workspaceName="log-test")
    assert made.id in cloud.store.read(lambda tx: untold(tx.everything()))
    asked = {"resourceUri": made.id, "name": "all", "workspaceId": workspace.id}
    told = cloud.create(
        SETTING,
        "d",
        **asked,
        logs=[{"enabled": True, "categoryGroup": "allLogs"}],
        metrics=[{"enabled": True, "category": "AllMetrics"}],
    )
    assert sorted(item["category"] for item in told.outputs["metrics"]) == ["Capacity", "Transaction"]
    assert made.id not in cloud.store.read(lambda tx: untold(tx.everything()))
