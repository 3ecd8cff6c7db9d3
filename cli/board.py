"""A terminal with lines that stay and, below them, something that changes; elsewhere only the lines."""

import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from queue import Empty, SimpleQueue
from typing import Final

from rich.console import Console, RenderableType
from rich.live import Live
from rich.text import Text

_SECONDS_BETWEEN_PAINTS: Final = 0.125


class Board:
    """render: what is shown below the lines, asked for anew at each paint."""

    def __init__(self, console: Console, render: Callable[[], RenderableType]) -> None:
        self._console = console
        self._render = render
        self._waiting: SimpleQueue[Text] = SimpleQueue()
        self._live: Live | None = None

    @contextmanager
    def shown(self) -> Generator[None]:
        """Show what changes until the block ends; nothing of it is left behind."""
        if not self._console.is_terminal or self._console.is_dumb_terminal:
            yield
            return
        ended = threading.Event()
        with Live(console=self._console, get_renderable=self._render, auto_refresh=False, transient=True) as live:
            self._live = live
            painter = threading.Thread(target=self._paint, args=(live, ended), name="progress", daemon=True)
            painter.start()
            try:
                yield
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
        """Only this thread writes while something is live: what others write around it would leave traces."""
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
