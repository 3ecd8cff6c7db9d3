"""A run's view is its events, whatever order and threads they come in."""

from concurrent.futures import ThreadPoolExecutor

from cli.run_view import RunView, Step
from sandbox.engine.model.events import (
    DiagnosticEvent,
    Op,
    ResOpFailedEvent,
    ResourcePreEvent,
    ResOutputsEvent,
    StepMetadata,
    SummaryEvent,
)


def step(op: Op, name: str, **more: object) -> StepMetadata:
    return StepMetadata(op, f"urn:pulumi:s::p::t:m:T::{name}", "t:m:T", **more)  # type: ignore[arg-type]


def test_a_step_runs_until_it_succeeds_or_fails() -> None:
    """What runs and what has ended are never the same step."""
    told: list[Step] = []
    view = RunView("d", "up", on_step=told.append)
    view.take(ResourcePreEvent(step("create", "a")))
    view.take(ResourcePreEvent(step("update", "b")))
    assert [found.metadata.op for found in view.running()] == ["create", "update"]
    view.take(ResOutputsEvent(step("create", "a"), seconds=1.5))
    view.take(ResOpFailedEvent(step("update", "b"), seconds=0.5))
    assert view.running() == []
    assert [(found.metadata.op, found.status, found.seconds) for found in told] == [
        ("create", "done", 1.5),
        ("update", "failed", 0.5),
    ]


def test_a_refresh_ends_as_what_it_found() -> None:
    """It begins as `refresh` and ends as `update`, `delete` or `same`: still one step."""
    view = RunView("d", "refresh")
    view.take(ResourcePreEvent(step("refresh", "a")))
    view.take(ResOutputsEvent(step("delete", "a")))
    assert view.running() == []
    assert view.counts() == {"delete": 1}


def test_elapsed_time_is_the_views_own_where_an_event_has_none() -> None:
    """The CLI's event log has no durations."""
    now = [10.0]
    view = RunView("d", "up", clock=lambda: now[0])
    view.take(ResourcePreEvent(step("create", "a")))
    now[0] = 14.0
    assert view.running()[0].elapsed(view.now()) == 4.0
    view.take(ResOutputsEvent(step("create", "a")))
    assert view.ended()[0].seconds == 4.0


def test_the_halves_of_a_replace_are_not_counted() -> None:
    """As Pulumi counts: a replace is one change."""
    view = RunView("d", "up")
    for op, logical in (("create-replacement", False), ("replace", True), ("delete-replaced", False)):
        view.take(ResOutputsEvent(step(op, "a", logical=logical)))  # type: ignore[arg-type]
    assert view.counts() == {"replace": 1}


def test_passing_messages_and_debug_are_not_kept() -> None:
    """They would fill the summary with what was true for a moment."""
    heard: list[str] = []
    view = RunView("d", "up", on_diagnostic=lambda event: heard.append(event.message))
    view.take(DiagnosticEvent("info", "passing", ephemeral=True))
    view.take(DiagnosticEvent("debug", "detail"))
    view.take(DiagnosticEvent("error", "broken"))
    view.take(SummaryEvent(is_preview=False, duration_seconds=1, resource_changes={}, result="failed"))
    assert [event.message for event in view.diagnostics()] == heard == ["broken"]
    assert view.summary is not None


def test_events_of_many_threads_are_all_counted() -> None:
    """The engine's steps end on threads of their own."""
    view = RunView("d", "up")

    def one(number: int) -> None:
        view.take(ResourcePreEvent(step("create", str(number))))
        view.take(ResOutputsEvent(step("create", str(number))))

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(one, range(500)))
    assert view.counts() == {"create": 500}
    assert view.running() == []
