"""Where `cfctl` writes: results to standard output, everything on the way there to standard error.

So `cfctl preview X > diff.txt` has the diff alone in the file, and with `--json` standard output is one JSON document
and nothing else. Markup is off: a name or a message with brackets is shown as it is.
"""

import json
import os
from dataclasses import dataclass, field
from typing import Any, Self

from rich.console import Console
from rich.text import Text

PIPED_WIDTH = 160
"""Columns of a table that goes to a file or a pipe."""


@dataclass(frozen=True, slots=True)
class Screen:
    """The two consoles of a command, and whether its result is for a program (`as_json`)."""

    out: Console
    err: Console
    as_json: bool = False
    json_written: list[bool] = field(default_factory=list[bool])
    """Not empty once the one document stands on standard output."""

    @classmethod
    def open(cls, *, as_json: bool = False, no_color: bool = False) -> Self:
        """Consoles for this process's standard streams. NO_COLOR, TERM=dumb and COLUMNS are respected."""
        return cls(
            out=_console(stderr=False, no_color=no_color), err=_console(stderr=True, no_color=no_color), as_json=as_json
        )

    def say(self, text: str | Text, style: str = "") -> None:
        """A line on the way, for a person."""
        self.err.print(text, style=style or None, soft_wrap=True)

    def result(self, text: str | Text, style: str = "") -> None:
        """A line of the result, for a person; nothing with `--json`."""
        if not self.as_json:
            self.out.print(text, style=style or None, soft_wrap=True)

    def document(self, document: dict[str, Any]) -> None:
        """The result, for a program: one JSON document; nothing without `--json`."""
        if self.as_json:
            self.out.file.write(json.dumps(document, indent=2, ensure_ascii=False, default=str) + "\n")
            self.out.file.flush()
            self.json_written.append(True)


def _console(*, stderr: bool, no_color: bool) -> Console:
    console = Console(stderr=stderr, no_color=no_color or None, markup=False, highlight=False, emoji=False)
    if not console.is_terminal and "COLUMNS" not in os.environ:
        console.width = PIPED_WIDTH
    return console
