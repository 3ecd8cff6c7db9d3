"""Queues: each with one for what nobody could work off, reached by identity, and heard of."""

from typing import Any

import pulumi
import pytest

from components.options.media_queue import MediaQueue, MediaQueueArgs
from components.place import Place
from tests.components.recording import Recording, record


def queues(place: Place, *names: str) -> Recording:
    """The queues as they are registered; the component's outputs are the stack's."""
    args = MediaQueueArgs(place=place, workspace_id="/logs", account_name="stcfwesteudev1", queues=names or ("media",))

    def program() -> None:
        made = MediaQueue("media", args)
        pulumi.export("ids", dict(made.queue_ids))
        pulumi.export("endpoint", made.endpoint)

    return record(program)


def test_a_queue_comes_with_one_for_its_poison_messages(place: Place) -> None:
    recording = queues(place)
    made = {one.inputs["queueName"]: one for one in recording.of_type("storage:Queue")}
    assert made.keys() == {"media", "media-poison"}
    for one in made.values():
        assert one.inputs["accountName"] == "stcfwesteudev1"
        assert "media-service" in one.dependencies


def test_roles_find_each_queue_and_clients_the_service(place: Place) -> None:
    """A role is on one queue, never on all."""
    outputs = queues(place, "media", "reports").outputs
    assert outputs["ids"].keys() == {"media", "media-poison", "reports", "reports-poison"}
    assert outputs["ids"]["media-poison"].endswith("storage:Queue/media-poison")
    assert outputs["endpoint"] == "https://stcfwesteudev1.queue.core.windows.net/"


def test_what_is_done_with_messages_goes_to_the_workspace(place: Place) -> None:
    """Metrics by their names: Azure gives "AllMetrics" of such a service back as those."""
    setting = queues(place)["media-logs"].inputs
    assert "storage:QueueServiceProperties" in setting["resourceUri"]
    assert setting["logs"] == [{"categoryGroup": "allLogs", "enabled": True}]
    assert [metric["category"] for metric in setting["metrics"]] == ["Capacity", "Transaction"]
    assert setting["workspaceId"] == "/logs"


@pytest.mark.parametrize(
    ("names", "told"),
    [
        ((), "one at least: none"),
        (("media", "media"), "media, media-poison"),
        (("a", "a-poison"), "names of their own"),
    ],
)
def test_names_that_meet_are_refused_before_anything_is_made(place: Place, names: Any, told: str) -> None:
    """A queue called like another's poison queue would get its messages back."""
    with pytest.raises(ValueError, match=told):
        MediaQueueArgs(place=place, workspace_id="/logs", account_name="st", queues=names)
