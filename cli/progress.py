"""Progress of a run on standard error: a line a finished step, and on a terminal a live table of what runs now."""

from collections.abc import Generator
from contextlib import contextmanager
from typing import Final

from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text

from cli import wording
from cli.board import Board
from cli.outlooks import Stage, expected_of
from cli.run_view import RunView, Step, is_shown
from cli.screen import Screen
from sandbox.deployers import Operation
from sandbox.engine.model.events import DiagnosticEvent

_NAME_WIDTH: Final = 44
_SHOWN_AT_ONCE: Final = 12
"""Running steps in the live table; of the rest only the number is said."""
_SEVERITY_STYLE: Final = {"error": "bold red", "warning": "yellow", "info#err": "", "info": ""}


class OnScreen:
    """Shows the runs of this process on its screen, one after the other."""

    def __init__(self, screen: Screen) -> None:
        self._screen = screen
        self._progress: Progress | None = None
        self._stage: Stage | None = None

    def begins(self, deployment: str, operation: Operation) -> None:
        """A run begins."""
        self._screen.say(f"{deployment}  {operation}", style="bold")

    def stage(self, stage: Stage) -> None:
        """A step begins; what an engine does is shown by `watching`."""
        self._stage = stage
        if not stage.shown:
            self.say(Text(f"  {stage_words(stage, 0.0)}", style="dim"))

    @contextmanager
    def watching(self, deployment: str, operation: Operation) -> Generator[RunView]:
        """Show an attempt while the block lasts."""
        self._progress = Progress(self._screen.err, deployment, operation, self._stage)
        with self._progress.watching() as view:
            yield view

    def say(self, line: Text) -> None:
        """A line that stays. May be called from any thread."""
        if self._progress is None:
            self._screen.say(line)
        else:
            self._progress.say(line)

    def result(self, line: Text) -> None:
        """A line of the result."""
        self._screen.result(line)


class Progress:
    """Shows a run while it goes on. Use `watching` around it; the view is what to hand to the engine as a listener."""

    def __init__(self, console: Console, deployment: str, operation: Operation, stage: Stage | None = None) -> None:
        self._board = Board(console, self._renderable)
        self._stage = stage
        self.view = RunView(deployment, operation, on_step=self._step_ended, on_diagnostic=self._said)

    @contextmanager
    def watching(self) -> Generator[RunView]:
        """Show progress until the block ends."""
        with self._board.shown():
            yield self.view

    def say(self, line: Text) -> None:
        """A line that stays. May be called from any thread."""
        self._board.say(line)

    def _step_ended(self, step: Step) -> None:
        if is_told(step, self.view.operation):
            self.say(step_line(step))

    def _said(self, event: DiagnosticEvent) -> None:
        self.say(diagnostic_line(event))

    def _renderable(self) -> RenderableType:
        visible = visible_steps(self.view)
        now = self.view.now()
        table = Table.grid(padding=(0, 2))
        for step in visible[:_SHOWN_AT_ONCE]:
            table.add_row(*running_cells(step, now, "  "))
        table.add_row(
            Text(f"  {wording.duration(self.view.seconds())}", style="bold"),
            Text(self._tally(len(visible)) + self._outlook(now), style="bold"),
        )
        return table

    def _outlook(self, now: float) -> str:
        left = self._stage.left(self.view.seconds()) if self._stage else None
        return "".join(f", {words}" for words in (left_words(left), waiting_words(self.view, now)) if words)

    def _tally(self, running: int) -> str:
        ended = len(self.view.ended())
        if not ended and not running:
            return "starting the program" if self.view.operation in ("preview", "up") else "reading the state"
        more = running - _SHOWN_AT_ONCE
        return f"{ended} done, {running} running" + (f" ({more} not shown)" if more > 0 else "")


def is_told(step: Step, operation: Operation) -> bool:
    """True for a step that gets a line when it has ended."""
    # What a preview would do is its result, shown as a tree at the end; a component is nothing in Azure.
    of_interest = operation != "preview" and step.metadata.custom and is_shown(step.metadata)
    return step.status == "failed" or of_interest


def visible_steps(view: RunView) -> list[Step]:
    """The steps that run now and change something in Azure, the longest first."""
    running = sorted(view.running(), key=lambda step: step.started)
    return [step for step in running if step.metadata.custom and is_shown(step.metadata)]


def left_words(left: float | None) -> str:
    """`about 2 min 10 s left`; empty where nobody knows, or nothing is left of what was expected."""
    return f"about {wording.duration(left)} left" if left else ""


def stage_words(stage: Stage, elapsed: float) -> str:
    """`exporting the data, about 5.0 s left`."""
    return ", ".join(words for words in (stage.doing, left_words(stage.left(elapsed))) if words)


def waiting_words(view: RunView, now: float) -> str:
    """`waiting for redis-cluster, about 40 s more`: the running step that ends last, where it can be told."""
    ends = [(expected - step.elapsed(now), step) for step in visible_steps(view) if (expected := expected_of(step))]
    if not ends:
        return ""
    more, step = max(ends, key=lambda pair: pair[0])
    return f"waiting for {wording.name_of(step.metadata.urn)}, " + (
        f"about {wording.duration(more)} more" if more > 0 else "longer than expected"
    )


def running_cells(step: Step, now: float, indent: str) -> tuple[Text, ...]:
    """A running step as cells of a table: what is done, its name, its type, for how long, and of how long."""
    known = wording.words(step.metadata.op)
    expected = expected_of(step)
    elapsed = wording.duration(step.elapsed(now))
    return (
        Text(f"{indent}{known.sign} {known.verb}", style=known.style),
        Text(wording.name_of(step.metadata.urn)),
        Text(wording.short_type(step.metadata.type), style="dim"),
        Text(f"{elapsed} of {wording.duration(expected)}" if expected else elapsed, style="dim"),
    )


def step_line(step: Step) -> Text:
    """`  + created     vnet    network:VirtualNetwork    0.4 s`; a failed step says so."""
    known = wording.words(step.metadata.op)
    failed = step.status == "failed"
    past = f"{known.verb} failed" if failed else known.past
    if step.metadata.op == "delete" and step.metadata.retain and not failed:
        past = "kept, forgotten"
    line = Text("  ")
    line.append(f"{'✗' if failed else known.sign} {past:<11} ", style="bold red" if failed else known.style)
    line.append(f"{wording.name_of(step.metadata.urn):<{_NAME_WIDTH}} ", style="bold" if failed else "")
    line.append(f"{wording.short_type(step.metadata.type):<40} ", style="dim")
    line.append(wording.duration(step.seconds), style="dim")
    return line


def diagnostic_line(event: DiagnosticEvent) -> Text:
    """`  error vnet: what happened`, the message's further lines indented below."""
    style = _SEVERITY_STYLE.get(event.severity, "")
    severity = "" if event.severity.startswith("info") else f"{event.severity}: "
    subject = f"{wording.name_of(event.urn)}: " if event.urn else ""
    body = event.message.strip().replace("\n", "\n      ")
    line = Text("  ")
    line.append(severity, style=style)
    line.append(subject + body)
    return line
