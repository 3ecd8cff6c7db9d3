"""A data command in a process of its own, which kills itself (SIGKILL) at its nth step: a statement, a chunk of a file.

`python -m tests.tenancy.data.killed` reads what to do as JSON on its standard input.
"""

import contextlib
import json
import os
import signal
import sys
from collections.abc import Generator, Iterable, Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg

from tenancy import revisions
from tenancy.data.erasing import Asked, erase
from tenancy.data.exporting import export
from tenancy.data.importing import import_
from tenancy.stores.directory import Directory


class Steps:
    """Counts statements and chunks; ends the process at the last one it may take."""

    def __init__(self, last: int) -> None:
        self.taken, self.last = 0, last

    def step(self) -> None:
        self.taken += 1
        if self.taken == self.last:
            os.kill(os.getpid(), signal.SIGKILL)


class CountedStore(Directory):
    """A store whose chunks are steps."""

    def __init__(self, root: Path, steps: Steps) -> None:
        super().__init__(root)
        self._steps = steps

    def write(self, name: str, chunks: Iterable[bytes]) -> None:
        super().write(name, self._counted(chunks))
        self._steps.step()

    def read(self, name: str) -> Iterator[bytes]:
        return self._counted(super().read(name))

    def _counted(self, chunks: Iterable[bytes]) -> Iterator[bytes]:
        for chunk in chunks:
            self._steps.step()
            yield chunk


class CountedConnection(psycopg.Connection[Any]):
    """A connection whose statements are steps."""

    steps: Steps

    def execute(self, *arguments: Any, **named: Any) -> Any:
        self.steps.step()
        return super().execute(*arguments, **named)


def run(asked: dict[str, Any], steps: Steps) -> None:
    """The command `asked` names, to its end or to the last step."""

    @contextlib.contextmanager
    def connect(database: str) -> Generator[CountedConnection, None, None]:
        there = {**asked["server"], "dbname": database + asked["suffix"]}
        with contextlib.closing(CountedConnection.connect(**there, autocommit=True)) as connection:
            connection.steps = steps
            yield connection

    databases = {name: revisions.database_at(name) for name in asked["names"]}
    store = CountedStore(Path(asked["store"]), steps)
    match asked["command"]:
        case "export":
            export(connect, databases, store, name=asked["name"])
        case "import":
            import_(connect, databases, store, name=asked["name"], actor="tests")
        case _:
            erase(connect, databases, store, Asked(tenant=UUID(asked["tenant"]), actor="tests", export=asked["name"]))


if __name__ == "__main__":
    wanted = json.load(sys.stdin)
    run(wanted, Steps(wanted["last"]))
