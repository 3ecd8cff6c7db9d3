"""The CLI's event log becomes this engine's events, so that one display serves both."""

from typing import Any

from sandbox.cli_events import event_of
from sandbox.engine.model.events import (
    DiagnosticEvent,
    PropertyChange,
    ResOpFailedEvent,
    ResourcePreEvent,
    ResOutputsEvent,
    SummaryEvent,
)

URN = "urn:pulumi:d::p::azure-native:network:Subnet::s"


def metadata(op: str = "update", **more: Any) -> dict[str, Any]:
    return {
        "op": op,
        "urn": URN,
        "type": "azure-native:network:Subnet",
        "provider": "p::1",
        "old": None,
        "new": None,
        **more,
    }


def side(**more: Any) -> dict[str, Any]:
    return {"custom": True, "id": "/s", "parent": "urn:parent", "inputs": {}, "outputs": {}, **more}


def test_a_step_begins_ends_and_fails() -> None:
    """The three events of a step, with whose parent and id it is."""
    body = metadata(new=side(protect=True), logical=True)
    began = event_of({"sequence": 1, "timestamp": 2, "resourcePreEvent": {"metadata": body, "planning": True}})
    assert isinstance(began, ResourcePreEvent)
    assert began.planning
    step = began.metadata
    assert (step.op, step.urn, step.id, step.parent, step.custom, step.protect, step.logical) == (
        "update",
        URN,
        "/s",
        "urn:parent",
        True,
        True,
        True,
    )
    assert isinstance(event_of({"resOutputsEvent": {"metadata": body}}), ResOutputsEvent)
    assert isinstance(event_of({"resOpFailedEvent": {"metadata": body, "status": 1, "steps": 1}}), ResOpFailedEvent)


def test_a_detailed_diff_has_old_and_new_values() -> None:
    """The log has the kinds and the whole inputs; the values are looked up."""
    body = metadata(
        old=side(inputs={"tags": {"a": "1"}, "gone": 2}),
        new=side(inputs={"tags": {"a": "2"}, "list": [{"x": 3}]}),
        detailedDiff={
            "tags.a": {"diffKind": "update-replace", "inputDiff": True},
            "list[0].x": {"diffKind": "add"},
            "gone": {"diffKind": "delete"},
        },
    )
    event = event_of({"resourcePreEvent": {"metadata": body}})
    assert isinstance(event, ResourcePreEvent)
    assert event.metadata.changes == (
        PropertyChange("gone", "delete", 2, None),
        PropertyChange("list[0].x", "add", None, 3),
        PropertyChange("tags.a", "update-replace", "1", "2"),
    )


def test_a_diff_of_keys_alone_is_a_diff_of_updates() -> None:
    """Where the provider gave no detail."""
    body = metadata(old=side(inputs={"k": 1}), new=side(inputs={"k": 2}), diffs=["k"], detailedDiff=None)
    event = event_of({"resourcePreEvent": {"metadata": body}})
    assert isinstance(event, ResourcePreEvent)
    assert event.metadata.changes == (PropertyChange("k", "update", 1, 2),)


def test_a_retained_delete_says_so() -> None:
    """`retainOnDelete` stands in the old state."""
    event = event_of({"resOutputsEvent": {"metadata": metadata("delete", old=side(retainOnDelete=True))}})
    assert isinstance(event, ResOutputsEvent)
    assert event.metadata.retain


def test_messages_lose_the_clis_colour_marks() -> None:
    """They are for its own renderer."""
    line = {
        "diagnosticEvent": {
            "message": "<{%reset%}>it broke<{%reset%}>\n",
            "color": "never",
            "severity": "error",
            "urn": URN,
        }
    }
    assert event_of(line) == DiagnosticEvent("error", "it broke", URN)


def test_the_summary_has_counts_and_result() -> None:
    """An older CLI says no result: its exit status does."""
    line = {
        "summaryEvent": {"durationSeconds": 4, "resourceChanges": {"create": 2}, "isPreview": False, "result": "failed"}
    }
    assert event_of(line) == SummaryEvent(
        is_preview=False, duration_seconds=4.0, resource_changes={"create": 2}, result="failed"
    )


def test_what_nothing_shows_is_passed_over() -> None:
    """New kinds of events must not stop a run."""
    assert event_of({"cancelEvent": {}}) is None
    assert event_of({"somethingNewEvent": {"x": 1}}) is None
