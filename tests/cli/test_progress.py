"""Progress is a line a finished step; a terminal also shows what runs now."""

import io

from rich.console import Console

from cli.progress import Progress
from sandbox.engine.model.events import (
    DiagnosticEvent,
    Op,
    ResOpFailedEvent,
    ResourcePreEvent,
    ResOutputsEvent,
    StepMetadata,
)


def step(op: Op, name: str, *, retain: bool = False) -> StepMetadata:
    urn = f"urn:pulumi:s::p::azure-native:network:Subnet::{name}"
    return StepMetadata(op, urn, "azure-native:network:Subnet", retain=retain)


def plain() -> tuple[Progress, io.StringIO]:
    text = io.StringIO()
    return Progress(Console(file=text, width=160, markup=False, highlight=False), "d", "up"), text


def lines(text: io.StringIO) -> list[str]:
    return [line.rstrip() for line in text.getvalue().splitlines()]


def test_a_log_gets_a_line_for_each_change_and_none_for_what_stays() -> None:
    """No cursor movements, nothing rewritten: it goes to a file."""
    progress, text = plain()
    with progress.watching() as view:
        for metadata in (step("create", "a"), step("same", "b"), step("update", "c")):
            view.take(ResourcePreEvent(metadata))
            view.take(ResOutputsEvent(metadata, seconds=1))
    assert [line.split() for line in lines(text)] == [
        ["+", "created", "a", "network:Subnet", "1.0", "s"],
        ["~", "updated", "c", "network:Subnet", "1.0", "s"],
    ]
    assert "\x1b" not in text.getvalue()


def test_a_failure_shows_its_message_and_the_step() -> None:
    """Brackets in a provider's message are text."""
    progress, text = plain()
    with progress.watching() as view:
        view.take(DiagnosticEvent("error", "no [bold]room[/bold]\nin it", step("create", "a").urn))
        view.take(ResOpFailedEvent(step("create", "a"), seconds=2))
    assert lines(text)[0] == "  error: a: no [bold]room[/bold]"
    assert lines(text)[1] == "      in it"
    assert lines(text)[2].split()[:4] == ["✗", "create", "failed", "a"]


def test_a_retained_resource_is_not_called_deleted() -> None:
    """It stays in Azure."""
    progress, text = plain()
    with progress.watching() as view:
        view.take(ResOutputsEvent(step("delete", "a", retain=True), seconds=1))
    assert "kept, forgotten" in text.getvalue()


def test_a_terminal_shows_running_steps_and_leaves_only_lines_behind() -> None:
    """The live part goes away at the end, what is done stays."""
    text = io.StringIO()
    console = Console(file=text, force_terminal=True, width=120, markup=False, color_system=None, legacy_windows=False)
    progress = Progress(console, "d", "up")
    with progress.watching() as view:
        for number in range(20):
            view.take(ResourcePreEvent(step("create", f"s{number}")))
        shown = io.StringIO()
        Console(file=shown, width=120).print(progress._renderable())  # pyright: ignore[reportPrivateUsage]
        view.take(ResOutputsEvent(step("create", "s0"), seconds=1))
    assert "0 done, 20 running (8 not shown)" in shown.getvalue()
    assert shown.getvalue().count("create") == 12
    assert "created     s0" in text.getvalue()
