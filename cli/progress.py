"""Progress of a run on standard error: a line a finished step, and on a terminal a live table of what runs now."""

import threading
from collections.abc import Generator
from contextlib import contextmanager, suppress
from queue import Empty, SimpleQueue
from typing import Final

from rich.console import Console, RenderableType
from rich.live import Live
from rich.table import Table
from rich.text import Text

from cli import wording
from cli.run_view import RunView, Step, is_shown
from sandbox.deployers import Operation
from sandbox.engine.model.events import DiagnosticEvent

_NAME_WIDTH: Final = 44
_SHOWN_AT_ONCE: Final = 12
"""Running steps in the live table; of the rest only the number is said."""
_SECONDS_BETWEEN_PAINTS: Final = 0.125
_SEVERITY_STYLE: Final = {"error": "bold red", "warning": "yellow", "info#err": "", "info": ""}


class Progress:
    """Shows a run while it goes on. Use `watching` around it; the view is what to hand to the engine as a listener."""

    def __init__(self, console: Console, deployment: str, operation: Operation) -> None:
        self._console = console
        self._waiting: SimpleQueue[Text] = SimpleQueue()
        self._live: Live | None = None
        self.view = RunView(deployment, operation, on_step=self._step_ended, on_diagnostic=self._said)

    @contextmanager
    def watching(self) -> Generator[RunView]:
        """Show progress until the block ends."""
        if not self._console.is_terminal or self._console.is_dumb_terminal:
            yield self.view
            return
        ended = threading.Event()
        with Live(console=self._console, get_renderable=self._renderable, auto_refresh=False, transient=True) as live:
            self._live = live
            painter = threading.Thread(target=self._paint, args=(live, ended), name="progress", daemon=True)
            painter.start()
            try:
                yield self.view
            finally:
                ended.set()
                painter.join()
                self._live = None
                self._write_waiting()

    def say(self, line: Text) -> None:
        """A line that stays. May be called from any thread."""
        if self._live is None:
            self._console.print(line, soft_wrap=True)
        else:
            self._waiting.put(line)

    def _paint(self, live: Live, ended: threading.Event) -> None:
        """Only this thread writes while the table is live: what others write around it would leave traces."""
        while not ended.wait(_SECONDS_BETWEEN_PAINTS):
            self._write_waiting()
            live.refresh()

    def _write_waiting(self) -> None:
        lines: list[Text] = []
        with suppress(Empty):
            while True:
                lines.append(self._waiting.get_nowait())
        if lines:
            self._console.print(*lines, sep="\n", soft_wrap=True)

    def _step_ended(self, step: Step) -> None:
        # What a preview would do is its result, shown as a tree at the end; a component is nothing in Azure.
        of_interest = self.view.operation != "preview" and step.metadata.custom and is_shown(step.metadata)
        if step.status == "done" and not of_interest:
            return
        self.say(step_line(step))

    def _said(self, event: DiagnosticEvent) -> None:
        self.say(diagnostic_line(event))

    def _renderable(self) -> RenderableType:
        running = sorted(self.view.running(), key=lambda step: step.started)
        visible = [step for step in running if step.metadata.custom and is_shown(step.metadata)]
        now = self.view.now()
        table = Table.grid(padding=(0, 2))
        for step in visible[:_SHOWN_AT_ONCE]:
            known = wording.words(step.metadata.op)
            table.add_row(
                Text(f"  {known.sign} {known.verb}", style=known.style),
                wording.name_of(step.metadata.urn),
                Text(wording.short_type(step.metadata.type), style="dim"),
                Text(wording.duration(step.elapsed(now)), style="dim"),
            )
        table.add_row(
            Text(f"  {wording.duration(self.view.seconds())}", style="bold"),
            Text(self._tally(len(visible)), style="bold"),
        )
        return table

    def _tally(self, running: int) -> str:
        ended = len(self.view.ended())
        if not ended and not running:
            return "starting the program" if self.view.operation in ("preview", "up") else "reading the state"
        more = running - _SHOWN_AT_ONCE
        return f"{ended} done, {running} running" + (f" ({more} not shown)" if more > 0 else "")


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
