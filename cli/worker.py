"""The process of one deployment's run, when several go side by side: it runs, and tells `cfctl` by a pipe.

Only what `cfctl` needs to understand the messages is imported here at once: the engine comes with the run.
"""

import os
import signal
import threading
import time
from collections.abc import Generator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, Final

from rich.text import Text

from cli import failures
from cli.documents import Run
from cli.failures import Failure
from cli.logs import RunLog
from cli.options import EngineName
from cli.orders import Order
from cli.outlooks import Stage
from cli.run_view import RunView
from sandbox.deployers import Operation
from sandbox.engine.model.events import Event, ResOpFailedEvent, ResourcePreEvent, ResOutputsEvent
from sandbox.home import SandboxHome
from sandbox.waiting import WaitingProgram

IMPORTED_AHEAD: Final = (
    "cli.journalled",
    "cli.one_run",
    "sandbox.azure.provider",
    "sandbox.embedded",
    "sandbox.random",
    "cli.worker",
)
"""What every run needs, for the process that workers are forked from: none of it starts a thread or opens a file."""
INTERRUPT: Final = "interrupt"
"""What `cfctl` sends: once, let running steps finish; twice, stop now."""
_LAST_SECONDS: Final = 15.0
_GLOBAL_COMES: Final = "COMPLIANCEFLOW_GLOBAL_COMES"
"""Tells a regional's program that its global is brought up beside it (deployments/coming.py)."""


@dataclass(frozen=True, slots=True)
class Task:
    """What a worker is to do. beside: what the deployment needs is brought up at the same time."""

    operation: Operation
    deployment: str
    order: Order
    home: Path
    project: Path
    beside: bool = False


@dataclass(frozen=True, slots=True)
class Attempt:
    """An attempt begins: its events are counted from zero."""

    operation: Operation


@dataclass(frozen=True, slots=True)
class Said:
    """A line on the way."""

    line: Text


@dataclass(frozen=True, slots=True)
class Shown:
    """A line of the result."""

    line: Text


@dataclass(frozen=True, slots=True)
class Ended:
    """The last message."""

    ended: Run | Failure


Message = Event | Attempt | Stage | Said | Shown | Ended


def work(pipe: Connection, task: Task) -> None:
    """Do the task, in a process that was forked for it."""
    _leave_the_terminal()
    told = _Told(pipe)
    home = SandboxHome(task.home)
    if task.beside:
        os.environ[_GLOBAL_COMES] = "1"
    ended: Run | Failure
    try:
        with WaitingProgram(task.project) as program:
            if task.order.engine is EngineName.SANDBOX and task.operation in ("up", "preview"):
                program.start()
            ended = _run(pipe, told, home, program, task)
    except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001 - whatever it is, `cfctl` tells it
        ended = failures.failure_of(error, home.logs)
    told.tell(Ended(ended))


def _run(pipe: Connection, told: "_Told", home: SandboxHome, program: WaitingProgram, task: Task) -> Run:
    from cli.journalled import Journalled  # noqa: PLC0415
    from cli.one_run import Runner  # noqa: PLC0415 - imports the engine, and with it Pulumi

    log = RunLog.create(home.logs, task.order.command)
    log.write(f"cfctl {task.order.command} {task.deployment} (engine {task.order.engine}, side by side with others)")
    with Runner(told, home, program, task.order, log) as runner:
        threading.Thread(target=_obey, args=(pipe, runner.cancel), name="obey", daemon=True).start()
        runs = Journalled(runner, told, home, task.project, task.order)
        return runs.run(task.operation, task.deployment, followed=False)


def _leave_the_terminal() -> None:
    """A Ctrl-C at the terminal reaches `cfctl` alone, which says here what is meant."""
    os.setsid()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # drops one that came before
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    signal.signal(signal.SIGINT, signal.default_int_handler)


def _obey(pipe: Connection, cancel: Any) -> None:
    """Pass interrupts on. Where `cfctl` is gone, stop at once: nobody is left who would stop this process."""
    with suppress(EOFError, OSError):
        while pipe.recv() == INTERRUPT:
            cancel()
    cancel()
    cancel()
    time.sleep(_LAST_SECONDS)
    os._exit(1)


class _Told:
    """A display that `cfctl` is told of."""

    def __init__(self, pipe: Connection) -> None:
        self._pipe = pipe
        self._lock = threading.Lock()

    def tell(self, message: Message) -> None:
        """Send one message; what nobody hears any more is lost."""
        with self._lock, suppress(OSError):
            self._pipe.send(message)

    def begins(self, deployment: str, operation: Operation) -> None:
        """`cfctl` knows: it began it."""

    def stage(self, stage: Stage) -> None:
        """A step of the run begins."""
        self.tell(stage)

    @contextmanager
    def watching(self, deployment: str, operation: Operation) -> Generator[RunView]:
        """A view whose events `cfctl` sees too."""
        self.tell(Attempt(operation))
        yield _SharedView(deployment, operation, self)

    def say(self, line: Text) -> None:
        """A line on the way."""
        self.tell(Said(line))

    def result(self, line: Text) -> None:
        """A line of the result."""
        self.tell(Shown(line))


class _SharedView(RunView):
    """The view of this process; `cfctl` has its own, made of the same events."""

    def __init__(self, deployment: str, operation: Operation, told: _Told) -> None:
        super().__init__(deployment, operation)
        self._told = told

    def take(self, event: Event) -> None:
        """Account for one event of the run, here and there."""
        super().take(event)
        self._told.tell(_without_values(event))


def _without_values(event: Event) -> Event:
    """The event as progress needs it: the values of properties, secrets among them, stay in this process."""
    if isinstance(event, ResOpFailedEvent):
        return ResOpFailedEvent(replace(event.metadata, changes=()), event.seconds)
    if isinstance(event, ResourcePreEvent | ResOutputsEvent):
        return replace(event, metadata=replace(event.metadata, changes=()))
    return event
