"""The media processor: started by messages as its own identity, never by a key, told how long a message is its own."""

from typing import Any

import pulumi
import pytest

from components.apps.workload_identity import WorkloadIdentity, WorkloadIdentityArgs
from components.options.media_processor import MediaProcessor, MediaProcessorArgs
from components.place import Place
from tests.components.recording import Recording, record


def args(place: Place, **changes: Any) -> MediaProcessorArgs:
    """The processor, with `changes`."""
    given: dict[str, Any] = {
        "place": place,
        "job": "media-processor",
        "environment_id": "/environment",
        "workspace_id": "/workspace",
        "image": "media@sha256:0",
        "registry": "acr.azurecr.io",
        "account_name": "stcfwesteudev1",
        "queue": "media",
        "queue_endpoint": "https://stcfwesteudev1.queue.core.windows.net/",
        "executions": 3,
        "timeout_seconds": 1800,
        "variables": {"BLOB_ENDPOINT": "https://stcfwesteudev1.blob.core.windows.net/"},
        **changes,
    }
    if "identity" not in given:
        given["identity"] = WorkloadIdentity("as", WorkloadIdentityArgs(place=place, workload="media-processor"))
    return MediaProcessorArgs(**given)


@pytest.fixture
def processor(place: Place) -> Recording:
    """The processor as it is registered."""

    def program() -> None:
        role = WorkloadIdentity("waited-for", WorkloadIdentityArgs(place=place, workload="other"))
        made = MediaProcessor("media-processor", args(place), pulumi.ResourceOptions(depends_on=[role]))
        pulumi.export("id", made.id)

    return record(program)


def test_messages_start_it_and_nothing_runs_while_none_waits(processor: Recording) -> None:
    """An execution a message: the scaler counts what is being worked off too, and takes what runs off."""
    configuration = processor["media-processor-job"].inputs["configuration"]
    assert configuration["triggerType"] == "Event"
    assert "manualTriggerConfig" not in configuration
    event = configuration["eventTriggerConfig"]
    assert (event["parallelism"], event["replicaCompletionCount"]) == (1, 1)
    assert (event["scale"]["minExecutions"], event["scale"]["maxExecutions"]) == (0, 3)
    (rule,) = event["scale"]["rules"]
    assert rule["type"] == "azure-queue"
    assert rule["metadata"] == {"accountName": "stcfwesteudev1", "queueName": "media", "queueLength": "1"}


def test_the_messages_are_counted_as_the_jobs_own_identity(processor: Recording) -> None:
    """The account has no keys, so a connection string would never work."""
    inputs = processor["media-processor-job"].inputs
    (rule,) = inputs["configuration"]["eventTriggerConfig"]["scale"]["rules"]
    (identity,) = inputs["identity"]["userAssignedIdentities"]
    assert rule["identity"] == identity
    assert identity.endswith("/id-cf-westeu-dev-1-media-processor")
    assert "auth" not in rule
    assert "secrets" not in inputs["configuration"]


def test_a_message_is_tried_again_by_the_queue_alone(processor: Recording) -> None:
    """Were the replica tried again, it would look for a message while its own is still away."""
    inputs = processor["media-processor-job"].inputs
    (container,) = inputs["template"]["containers"]
    told = {it["name"]: it["value"] for it in container["env"]}
    assert inputs["configuration"]["replicaRetryLimit"] == 0
    assert int(told["QUEUE_VISIBILITY_SECONDS"]) > inputs["configuration"]["replicaTimeout"] == 1800
    assert (told["QUEUE_NAME"], told["QUEUE_POISON_NAME"], told["QUEUE_MOST_DEQUEUES"]) == (
        "media",
        "media-poison",
        "5",
    )
    assert told["QUEUE_ENDPOINT"] == "https://stcfwesteudev1.queue.core.windows.net/"
    assert told["BLOB_ENDPOINT"] == "https://stcfwesteudev1.blob.core.windows.net/"


def test_it_waits_for_its_roles_and_tells_its_metrics(processor: Recording) -> None:
    """Without the role on the queue the environment counts nothing, and says so in its system log alone."""
    assert "waited-for-identity" in processor["media-processor-job"].dependencies
    assert processor["media-processor-metrics"].inputs["workspaceId"] == "/workspace"
    assert processor.outputs["id"].endswith("app:Job/media-processor")


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"timeout_seconds": 0}, "1 to 604500 seconds, not 0"),
        ({"timeout_seconds": 604_501}, "1 to 604500 seconds, not 604501"),
    ],
)
def test_no_message_stays_away_longer_than_a_week(place: Place, changes: dict[str, Any], told: str) -> None:
    with pytest.raises(ValueError, match=told):
        args(place, identity=None, **changes)


@pytest.mark.parametrize(
    ("changes", "told"), [({"executions": 0}, "1 execution or more side by side, not 0"), ({"cpu": 0.3}, r"cpu 0\.3")]
)
def test_what_no_job_can_have_is_refused(place: Place, changes: dict[str, Any], told: str) -> None:
    with pytest.raises(ValueError, match=told):
        record(lambda: MediaProcessor("media-processor", args(place, **changes)) and None)
