"""The account: its doors, what it keeps and how long, and what it tells."""

from typing import Any

import pulumi
import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.data.blob_containers import Container, lifecycle_rules
from components.data.storage import ARCHIVING, Storage, StorageArgs
from components.place import Place
from deployments.catalogue.containers import CONTAINERS, SEVEN_YEARS
from tests.components.recording import Recording, record

DOCUMENTS = Container(name="documents", cool_after=90, archive_after=365, versions_for=90, originals=True)
DEAD_LETTERS = Container(name="dead-letters", delete_after=14, versions_for=14)
AUDIT = Container(name="audit", versions_for=SEVEN_YEARS, delete_after=SEVEN_YEARS, immutable_for=SEVEN_YEARS)


def account(place: Place, *containers: Container, **changes: object) -> Recording:
    """An account that differs in `changes` from a dev one; its outputs are the stack's."""
    settings: dict[str, Any] = {
        "place": place,
        "workspace_id": "/logs",
        "replication": "LRS",
        "containers": containers or (DOCUMENTS, DEAD_LETTERS, AUDIT),
        "soft_delete_days": 7,
        **changes,
    }

    def program() -> None:
        made = Storage("storage", StorageArgs(**settings))
        pulumi.export("name", made.name)
        pulumi.export("endpoint", made.blob_endpoint)
        pulumi.export("created", made.created_at)
        pulumi.export("containers", dict(made.container_ids))

    return record(program)


def rules_of(recording: Recording) -> dict[str, Any]:
    rules = recording["storage-lifecycle"].inputs["policy"]["rules"]
    return {rule["name"]: rule["definition"] for rule in rules}


def test_an_account_is_reached_from_inside_by_identity(place: Place) -> None:
    """No public network, no account keys, no anonymous reader, nothing old."""
    inputs = account(place)["storage-account"].inputs
    assert inputs["accountName"] == "stcfwesteudev1"
    assert (inputs["kind"], inputs["sku"]) == ("StorageV2", {"name": "Standard_LRS"})
    assert inputs["publicNetworkAccess"] == "Disabled"
    assert inputs["networkRuleSet"] == {"defaultAction": "Deny", "bypass": "AzureServices"}
    assert inputs["minimumTlsVersion"] == "TLS1_2"
    for door in ("allowBlobPublicAccess", "allowSharedKeyAccess", "allowCrossTenantReplication"):
        assert inputs[door] is False
    assert inputs.get("enableHttpsTrafficOnly", True) is True
    assert inputs["encryption"]["requireInfrastructureEncryption"] is True


def test_a_link_lives_an_hour_at_most(place: Place) -> None:
    """A longer one is blocked, not only noted."""
    policy = account(place)["storage-account"].inputs["sasPolicy"]
    assert policy == {"expirationAction": "Block", "sasExpirationPeriod": "0.01:00:00"}


def test_what_is_overwritten_or_deleted_is_kept(place: Place) -> None:
    inputs = account(place, soft_delete_days=30)["storage-blobs"].inputs
    assert inputs["blobServicesName"] == "default"
    assert inputs["isVersioningEnabled"] is True
    assert inputs["changeFeed"] == {"enabled": True}
    for what in ("deleteRetentionPolicy", "containerDeleteRetentionPolicy"):
        assert inputs[what] == {"enabled": True, "days": 30}


def test_containers_are_private_and_come_after_the_service_that_protects_them(place: Place) -> None:
    recording = account(place)
    for name in ("documents", "dead-letters", "audit"):
        made = recording[f"storage-container-{name}"]
        assert made.inputs["containerName"] == name
        assert made.inputs["publicAccess"] == "None"
        assert "storage-blobs" in made.dependencies


def test_originals_grow_cheap_and_never_go(place: Place) -> None:
    """What a customer gave is deleted by people, not by a rule; only its old versions are."""
    rules = rules_of(account(place))
    tiers = rules["DocumentsTiers"]["actions"]["baseBlob"]
    assert tiers == {
        "tierToCool": {"daysAfterModificationGreaterThan": 90},
        "tierToArchive": {"daysAfterModificationGreaterThan": 365},
    }
    ends = rules["DocumentsEnds"]["actions"]
    assert ends == {"version": {"delete": {"daysAfterCreationGreaterThan": 90}}}


def test_dead_letters_are_gone_after_fourteen_days_with_their_versions(place: Place) -> None:
    """A blob that a rule deletes stays as a version: without a rule for those it would stay for good."""
    rules = rules_of(account(place))
    assert "DeadLettersTiers" not in rules
    assert rules["DeadLettersEnds"]["actions"] == {
        "baseBlob": {"delete": {"daysAfterModificationGreaterThan": 14}},
        "version": {"delete": {"daysAfterCreationGreaterThan": 14}},
    }


def test_a_rule_is_for_its_container_and_for_blobs_that_can_have_it(place: Place) -> None:
    """Without the slash "audit" would also be the rule of "audit-copies"; appended blobs have no tiers."""
    rules = rules_of(account(place))
    assert {name: rule["filters"]["prefixMatch"] for name, rule in rules.items()} == {
        "DocumentsTiers": ["documents/"],
        "DocumentsEnds": ["documents/"],
        "DeadLettersEnds": ["dead-letters/"],
        "AuditEnds": ["audit/"],
    }
    assert rules["DocumentsTiers"]["filters"]["blobTypes"] == ["blockBlob"]
    assert rules["AuditEnds"]["filters"]["blobTypes"] == ["blockBlob", "appendBlob"]


def test_the_audit_trail_is_immutable_where_deployments_stay(place: Place) -> None:
    """Appending goes on: the two switches for it exclude each other, the wider one is taken."""
    recording = account(place, immutability=True)
    policies = recording.of_type("storage:BlobContainerImmutabilityPolicy")
    assert [policy.name for policy in policies] == ["storage-immutable-audit"]
    inputs = policies[0].inputs
    assert inputs["containerName"] == "audit"
    assert inputs["immutabilityPeriodSinceCreationInDays"] == SEVEN_YEARS
    assert inputs["allowProtectedAppendWritesAll"] is True
    assert "allowProtectedAppendWrites" not in inputs


def test_a_deployment_that_comes_and_goes_has_no_policy_in_its_way(place: Place) -> None:
    """Azure deletes no account that holds a blob under a policy, also where that is not locked."""
    assert not account(place).of_type("storage:BlobContainerImmutabilityPolicy")


def test_what_is_immutable_goes_with_its_account_alone(place: Place) -> None:
    """Azure refuses its delete, and the provider cannot take a policy away (it sends no etag)."""
    recording = account(place, immutability=True)
    urn = recording["storage-account"].urn
    goes_with = {name: recording[name].request.deletedWith for name in ("storage-immutable-audit", "storage-blobs")}
    assert set(goes_with.values()) == {urn}
    assert recording["storage-container-audit"].request.deletedWith == urn
    assert recording["storage-container-documents"].request.deletedWith == ""


def test_the_account_tells_metrics_and_the_blob_service_both(place: Place) -> None:
    """Account metrics by "AllMetrics"; a blob service's by their names, since Azure gives those back."""
    recording = account(place)
    metrics, blobs = recording["storage-metrics"].inputs, recording["storage-logs"].inputs
    assert "storage:StorageAccount" in metrics["resourceUri"]
    assert "logs" not in metrics
    assert "storage:BlobServiceProperties" in blobs["resourceUri"]
    assert blobs["logs"] == [{"categoryGroup": "allLogs", "enabled": True}]
    assert [metric["category"] for metric in blobs["metrics"]] == ["Capacity", "Transaction"]
    assert blobs["workspaceId"] == "/logs"


def test_others_are_told_where_it_is(place: Place) -> None:
    outputs = account(place).outputs
    assert outputs["name"] == "stcfwesteudev1"
    assert outputs["endpoint"] == "https://stcfwesteudev1.blob.core.windows.net/"
    assert outputs["created"] == "2026-11-01T00:00:00Z"
    assert outputs["containers"].keys() == {"documents", "dead-letters", "audit"}
    assert outputs["containers"]["audit"].endswith("storage:BlobContainer/audit")


def test_an_account_without_containers_has_no_lifecycle(place: Place) -> None:
    """Azure takes no policy without a rule."""
    recording = account(place, containers=())
    assert not recording.of_type("storage:ManagementPolicy")


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"soft_delete_days": 0}, "1 to 365 days, not 0"),
        ({"soft_delete_days": 366}, "1 to 365 days, not 366"),
        ({"containers": (AUDIT, AUDIT)}, "containers of one name: audit"),
        ({"replication": "GZRS"}, "GZRS has no archive tier, which documents would need: take one of GRS, LRS, RAGRS"),
    ],
)
def test_contradictions_are_refused_before_anything_is_made(place: Place, wrong: dict[str, object], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        account(place, **wrong)


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"originals": True, "delete_after": 30}, "keeps originals: leave delete_after out"),
        ({"cool_after": 30, "archive_after": 30}, r"the days are \[30, 30\]"),
        ({"archive_after": 90, "delete_after": 30}, r"the days are \[90, 30\]"),
        ({"versions_for": 0}, "waits for a day at least"),
        ({"cool_after": -1}, "waits for a day at least"),
        ({"immutable_for": 0}, "immutable_for is 1 to 146000 days"),
        ({"immutable_for": 30, "delete_after": 14}, "delete_after 14 comes before the 30 days"),
    ],
)
def test_a_container_refuses_days_that_contradict(wrong: dict[str, Any], says: str) -> None:
    days: dict[str, Any] = {"name": "one", "versions_for": 30, **wrong}
    with pytest.raises(ValueError, match=says):
        Container(**days)


some_days = st.one_of(st.none(), st.integers(min_value=-2, max_value=400))


@given(some_days, some_days, some_days, st.integers(min_value=-2, max_value=400), st.booleans())
def test_every_container_that_is_taken_has_rules_in_order(
    cool: int | None, archive: int | None, delete: int | None, versions: int, originals: bool
) -> None:
    """Either the days are refused, or: first cool, then archived, then gone, and versions always go."""
    try:
        made = Container(
            name="a-b",
            cool_after=cool,
            archive_after=archive,
            delete_after=delete,
            versions_for=versions,
            originals=originals,
        )
    except ValueError:
        return
    rules = list(lifecycle_rules(made))
    assert [rule.name for rule in rules] == (["ABTiers"] if cool or archive else []) + ["ABEnds"]
    order = [day for day in (cool, archive, delete) if day is not None]
    assert order == sorted(set(order))
    assert not (originals and delete is not None)
    ends: Any = rules[-1].definition
    assert ends.actions.version.delete.days_after_creation_greater_than == versions


def test_the_platforms_containers_are_those_of_its_documents() -> None:
    """Names that services, alerts and the pages of the platform speak of; dead letters stay fourteen days."""
    named = {kind: [row.name for row in rows] for kind, rows in CONTAINERS.items()}
    assert named == {
        "global": ["ingest", "audit", "dead-letters"],
        "regional": ["documents", "media", "exports", "reports", "audit", "dead-letters"],
    }
    for rows in CONTAINERS.values():
        by_name = {row.name: row for row in rows}
        assert (by_name["dead-letters"].delete_after, by_name["dead-letters"].versions_for) == (14, 14)
        assert by_name["audit"].immutable_for == by_name["audit"].delete_after == SEVEN_YEARS
    originals = {row.name for row in CONTAINERS["regional"] if row.originals}
    assert originals == {"documents", "media"}


@pytest.mark.parametrize("kind", ["global", "regional"])
def test_the_platforms_containers_fit_every_replication_with_an_archive(place: Place, kind: str) -> None:
    for replication in sorted(ARCHIVING):
        StorageArgs(
            place=place,
            workspace_id="/logs",
            replication=replication,
            containers=CONTAINERS["global" if kind == "global" else "regional"],
            soft_delete_days=7,
        )
