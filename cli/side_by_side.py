"""Carries out a plan, a process a deployment, several at a time: one that fails or dies leaves the others alone."""

import multiprocessing
import signal
import threading
from multiprocessing import forkserver
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Any, Final

from cidr import Fault
from cli.exit_codes import ExitCode
from cli.failures import Failure
from cli.orders import Order
from cli.outcomes import Outcomes
from cli.run_plan import RunPlan
from cli.tree import Tree
from cli.worker import IMPORTED_AHEAD, INTERRUPT, Ended, Task, work

_FAREWELL_SECONDS: Final = 10.0


class SideBySide:
    """Call `run` once; `cancel` and `kill` come from any thread."""

    def __init__(self, outcomes: Outcomes, order: Order, home: Path, project: Path, tree: Tree) -> None:
        self._outcomes = outcomes
        self._plan = outcomes.plan
        self._order = order
        self._home = home
        self._project = project
        self._tree = tree
        self._lock = threading.Lock()
        self._running: dict[Connection, _Process] = {}
        self._context = multiprocessing.get_context("forkserver")

    def run(self) -> None:
        """Begin each deployment when its turn comes, hear all to their ends, and note what became of them."""
        self._prepare()
        while True:
            self._begin()
            if not self._running:
                return
            for pipe in wait(list(self._running)):
                self._hear(self._running[pipe])  # pyright: ignore[reportArgumentType] - only pipes were given

    def cancel(self) -> None:
        """The first call lets running steps finish and begins nothing new, the second stops now."""
        with self._lock:
            self._outcomes.canceled = True
            for process in self._running.values():
                process.interrupt()

    def kill(self) -> None:
        """End every process at once; their deployments are as a crash would leave them."""
        with self._lock:
            for process in self._running.values():
                process.kill()
                self._outcomes.take(process.deployment, _left(self._plan, process.deployment))

    def _prepare(self) -> None:
        """Have the process that all others are forked from: it imports the engine once."""
        self._context.set_forkserver_preload(list(IMPORTED_AHEAD))
        # It and its children inherit this: a Ctrl-C at the terminal must not meet a child that has just been forked.
        before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        try:
            forkserver.ensure_running()
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)

    def _begin(self) -> None:
        with self._lock:
            for name in self._outcomes.settle():
                self._tree.settled(name, self._outcomes.not_begun[name].what)
            for name in self._outcomes.ready()[: max(0, self._order.at_once - len(self._running))]:
                self._outcomes.begun.add(name)
                beside = name in self._plan.beside
                task = Task(self._plan.operation, name, self._order, self._home, self._project, beside)
                process = _Process(self._context, task)
                self._running[process.pipe] = process
                self._tree.begun(name)

    def _hear(self, process: "_Process") -> None:
        message: Any
        try:
            message = process.pipe.recv()
        except (EOFError, OSError):
            message = Ended(_died(self._plan, process))
        if not isinstance(message, Ended):
            self._tree.hear(process.deployment, message)
            return
        process.end()
        with self._lock:
            del self._running[process.pipe]
            if process.deployment not in self._outcomes.failures:  # else it was killed here
                self._outcomes.take(process.deployment, message.ended)
            if not self._outcomes.came_up(process.deployment):
                self._stop_waiting_for(process.deployment)
        self._tree.ended(process.deployment, message.ended)

    def _stop_waiting_for(self, lost: str) -> None:
        """What was begun beside a deployment that did not come up ends with what it has: the rest would never come."""
        for process in self._running.values():
            if lost in self._plan.beside.get(process.deployment, ()):
                process.interrupt()


class _Process:
    """The process of one run, and the pipe to it."""

    def __init__(self, context: Any, task: Task) -> None:
        self.deployment = task.deployment
        self.pipe, theirs = context.Pipe()
        self._process = context.Process(target=work, args=(theirs, task), name=f"cfctl {task.deployment}")
        self._process.start()
        theirs.close()

    def interrupt(self) -> None:
        """Pass an interrupt on."""
        try:
            self.pipe.send(INTERRUPT)
        except OSError:
            return  # it has just ended; `_hear` will see

    def end(self) -> int:
        """Wait for the end of a process that has said its last; its exit code, negative for a signal."""
        self._process.join(_FAREWELL_SECONDS)
        if self._process.is_alive():
            self._process.kill()
            self._process.join()
        self.pipe.close()
        return int(self._process.exitcode or 0)

    def kill(self) -> None:
        """End it at once."""
        self._process.kill()


def _died(plan: RunPlan, process: _Process) -> Failure:
    code = process.end()
    how = f"signal {-code}" if code < 0 else f"exit code {code}"
    return _failure(
        plan, process.deployment, ExitCode.FAILED, f"its process was ended by {how} in the middle of the run"
    )


def _left(plan: RunPlan, deployment: str) -> Failure:
    return _failure(plan, deployment, ExitCode.CANCELED, "stopped at once, in the middle of the run")


def _failure(plan: RunPlan, deployment: str, code: ExitCode, what: str) -> Failure:
    fault = Fault(
        where=deployment,
        what=f"{deployment}: {what}",
        allowed="",
        next_step=f"./cfctl {plan.command} {deployment} (it finishes what was begun)",
    )
    return Failure(code, (fault,))
