"""Progress of several deployments: lines that begin with the deployment, and on a terminal a live tree below them."""

import threading
import time
from collections.abc import Mapping
from contextlib import AbstractContextManager
from typing import Final, Literal

from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text

from cli import wording
from cli.board import Board
from cli.documents import Run
from cli.failures import Failure
from cli.outlooks import Stage
from cli.progress import (
    diagnostic_line,
    is_told,
    left_words,
    running_cells,
    stage_words,
    step_line,
    visible_steps,
    waiting_words,
)
from cli.run_plan import RunPlan
from cli.run_view import RunView, Step
from cli.worker import Attempt, Message, Said, Shown
from sandbox.engine.model.events import DiagnosticEvent

_RESULT_STYLE: Final[Mapping[str, str]] = {"succeeded": "green", "failed": "bold red", "canceled": "yellow"}
_SIGN: Final[Mapping[str, str]] = {"succeeded": "✓", "failed": "✗", "canceled": "✗"}
_HEAD_LINES: Final = 3
"""Lines of the terminal that the tree leaves free, with its own first one."""


class _Branch:
    """One deployment: its state in words, and while it runs the view of its events."""

    def __init__(self, deployment: str, waits_for: str) -> None:
        self.deployment = deployment
        self.state: Literal["waiting", "running", "ended"] = "waiting"
        self.words = Text(f"waits for {waits_for}" if waits_for else "waits for its turn", style="dim")
        self.began = 0.0
        self.view: RunView | None = None
        self.stage: tuple[Stage, float] | None = None
        self.results: list[Text] = []

    def left(self, expected: float | None, now: float) -> float | None:
        """Seconds until it ends, by its step, else by what is expected of all of it; None where nobody knows."""
        if self.state == "ended":
            return 0.0
        if self.stage is not None:
            stage, began = self.stage
            return stage.left(now - began)
        if expected is None or self.state == "waiting":
            return expected
        return max(expected - (now - self.began), 0.0)


class Tree:
    """What a plan's deployments do. `watching` around it; the rest may be called from any thread.

    expected: seconds that each will take, where earlier runs tell.
    """

    def __init__(self, console: Console, plan: RunPlan, expected: Mapping[str, float | None] | None = None) -> None:
        self._expected = expected or {}
        self._console = console
        self._plan = plan
        self._board = Board(console, self._renderable)
        self._lock = threading.Lock()
        self._began = time.monotonic()
        self._width = max(map(len, plan.names))
        self._branches = {name: _Branch(name, ", ".join(sorted(plan.after[name]))) for name in plan.names}

    def watching(self) -> AbstractContextManager[None]:
        """Show the tree until the block ends."""
        return self._board.shown()

    def notice(self, text: str) -> None:
        """A line that is about all of them."""
        self._board.say(Text(f"  {text}", style="bold yellow"))

    def begun(self, deployment: str) -> None:
        """A deployment's process was started."""
        branch = self._branches[deployment]
        branch.state, branch.began, branch.words = "running", time.monotonic(), Text("starting")
        self._say(deployment, Text(f"{self._plan.command} begins", style="bold"))

    def hear(self, deployment: str, message: Message) -> None:
        """Take what a deployment's process says."""
        branch = self._branches[deployment]
        if isinstance(message, Attempt):

            def ended(step: Step) -> None:
                if is_told(step, message.operation):
                    self._say(deployment, step_line(step))

            def said(event: DiagnosticEvent) -> None:
                self._say(deployment, diagnostic_line(event))

            branch.view = RunView(deployment, message.operation, on_step=ended, on_diagnostic=said)
        elif isinstance(message, Stage):
            branch.stage = (message, time.monotonic())
            branch.view = None
            if not self._console.is_terminal and not message.shown:
                self._say(deployment, Text(f"  {stage_words(message, 0.0)}", style="dim"))
        elif isinstance(message, Said):
            self._say(deployment, message.line)
        elif isinstance(message, Shown):
            branch.results.append(message.line)
        elif branch.view is not None:
            branch.view.take(message)  # pyright: ignore[reportArgumentType] - `Ended` ends the pipe, not the view

    def ended(self, deployment: str, ended: Run | Failure) -> None:
        """A deployment's process has said its last."""
        if isinstance(ended, Run):
            changes = wording.counted(ended.changes, planned=ended.operation == "preview")
            words = Text(f"{_SIGN[ended.result]} {ended.result} in {wording.duration(ended.seconds)}: {changes}")
            words.stylize(_RESULT_STYLE[ended.result])
        else:
            words = Text(f"✗ {ended.faults[0].what.splitlines()[0]}", style="bold red")
        self._settle(deployment, words)

    def settled(self, deployment: str, words: str) -> None:
        """A deployment will not be begun."""
        self._settle(deployment, Text(f"✗ {words}", style="yellow"))

    def results(self, deployment: str) -> list[Text]:
        """The lines of its result, such as a preview's diff."""
        return self._branches[deployment].results

    def _settle(self, deployment: str, words: Text) -> None:
        branch = self._branches[deployment]
        branch.state, branch.words, branch.view = "ended", words, None
        self._say(deployment, words)

    def _say(self, deployment: str, line: Text) -> None:
        # Lines of a run are indented already, as they are where a run is alone on the screen.
        gap = "" if line.plain.startswith("  ") else "  "
        told = Text.assemble((f"{deployment:<{self._width}}", "bold"), gap, line)
        with self._lock:
            self._board.say(told)

    def _renderable(self) -> RenderableType:
        branches = list(self._branches.values())
        running = [branch for branch in branches if branch.state == "running"]
        ended = sum(branch.state == "ended" for branch in branches)
        table = Table.grid(padding=(0, 2))
        waiting = len(branches) - len(running) - ended
        tally = f"{ended} of {len(branches)} done, {len(running)} running, {waiting} waiting"
        elapsed = wording.duration(time.monotonic() - self._began)
        words = [tally, left_words(self._left())]
        table.add_row(Text(f"  {elapsed}", style="bold"), Text(", ".join(filter(None, words)), style="bold"))
        room = max(0, self._console.height - _HEAD_LINES - len(branches))
        for branch in branches:
            table.add_row(Text(f"  {branch.deployment}", style="bold"), self._state(branch))
            if branch.view is not None:
                # What room there is goes to those that run, in equal parts.
                steps, now = visible_steps(branch.view), branch.view.now()
                for step in steps[: room // len(running)]:
                    table.add_row("", _indented(running_cells(step, now, "└ ")))
        return table

    def _left(self) -> float | None:
        """Seconds until the last of them ends; None where one of them is not known."""
        now, ends = time.monotonic(), dict[str, float]()
        for name, branch in self._branches.items():
            left = branch.left(self._expected.get(name), now)
            if left is None:
                return None
            before = self._plan.after[name] if branch.state == "waiting" else ()
            ends[name] = left + max((ends.get(other, 0.0) for other in before), default=0.0)
        return max(ends.values(), default=0.0)

    def _state(self, branch: _Branch) -> Text:
        if branch.state != "running" or (branch.view is None and branch.stage is None):
            return branch.words
        now = time.monotonic()
        told = [self._at_work(branch), left_words(branch.left(self._expected.get(branch.deployment), now))]
        if branch.view is not None:
            told.append(waiting_words(branch.view, branch.view.now()))
        return Text(f"{wording.duration(now - branch.began)}  {', '.join(filter(None, told))}", style="cyan")

    @staticmethod
    def _at_work(branch: _Branch) -> str:
        if branch.view is None:
            return branch.stage[0].doing if branch.stage else "starting"
        done, running = len(branch.view.ended()), len(visible_steps(branch.view))
        return f"{done} done, {running} running" if done or running else "starting"


def _indented(cells: tuple[Text, ...]) -> RenderableType:
    row = Table.grid(padding=(0, 2))
    row.add_row(*cells)
    return row
