"""The process of the next program run, started ahead: it imports its SDK, which is most of its work, while it waits."""

import sys
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from sandbox.engine.model.errors import ProgramError
from sandbox.engine.program.process import ProgramProcess, Project, start
from sandbox.inventory import PROJECT
from sandbox.preload import sdk_modules


class WaitingProgram:
    """At most one process that waits for its task; a context manager that stops it when nobody took it."""

    def __init__(self, project: Path) -> None:
        self.project = Project(PROJECT, project, project, sys.executable, sdk_modules(project))
        self._process: ProgramProcess | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process is not None:
            self._process.stop()

    def start(self) -> None:
        """Start the process unless one waits already. What prevents it is told by `take`, when it is needed."""
        if self._process is None:
            with suppress(ProgramError):
                self._process = start(self.project, {})

    def take(self) -> ProgramProcess:
        """The process that waits, or a new one. Raises ProgramError when none can be started."""
        process, self._process = self._process, None
        return process or start(self.project, {})
