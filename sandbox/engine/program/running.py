"""A program's life in a run: started, served, watched, and ended."""

import threading
import traceback
from collections.abc import Callable, Mapping
from typing import Any, Final

import grpc

from sandbox.engine.execution.deployment import Deployment
from sandbox.engine.execution.executor import Executor
from sandbox.engine.execution.runner import Runner
from sandbox.engine.model.urn import STACK_TYPE, make_urn
from sandbox.engine.program.process import ProgramProcess, Project, start
from sandbox.engine.program.watchdog import Watchdog, stall_message
from sandbox.engine.protocol.engine_service import EngineService, Server
from sandbox.engine.protocol.monitor import Monitor
from sandbox.engine.providers.rpc import error_code

Program = ProgramProcess | Callable[[Monitor], None]
"""A process that waits for its task, or a function that is called with the monitor."""
_EXPLAINED: Final = 32
_LOOK_SECONDS: Final = 0.5
_FAREWELL_SECONDS: Final = 10.0


class ProgramRun:
    """Runs one program against one monitor."""

    def __init__(
        self, run: Deployment, executor: Executor, runner: Runner, project: Project, wake: threading.Event
    ) -> None:
        """wake: set when anything happens that the run waits for."""
        self._run = run
        self._executor = executor
        self._runner = runner
        self._project = project
        self._wake = wake
        self._done = threading.Event()
        self._over = threading.Event()
        self._ended = threading.Event()
        self._server: Server | None = None
        self._process: ProgramProcess | None = None
        self._thread: threading.Thread | None = None
        self._engine = EngineService(run.reporter)
        self.failed = False

    @property
    def cpu_seconds(self) -> float:
        """CPU of the program's process; a callable's is the engine's own."""
        return self._process.cpu_seconds if self._process else 0.0

    def finish(self) -> None:
        """The program has registered all: let the run go on, and the program wait for its end."""
        self._done.set()
        self._wake.set()
        self._over.wait()

    def until_done(self, program: Program | None, monitor: Monitor) -> bool:
        """Run the program until it has registered all. False, with the reason reported, if it does not come to that."""
        if callable(program):
            self._thread = threading.Thread(target=self._call, args=(program, monitor), name="program", daemon=True)
            self._thread.start()
        else:
            self._server = Server(monitor, self._engine, self._run.options.parallel)
            self._process = program or start(self._project, self._run.options.environment)
            threading.Thread(target=self._await_process, args=(self._process,), daemon=True).start()
            self._process.begin(self._task(self._server.address), self._show)
        watchdog = Watchdog(
            self._run.options.stalled_after,
            lambda: monitor.served + self._executor.finished,
            lambda: monitor.in_flight > 0 or self._executor.running > 0,
            lambda: self.cpu_seconds,
        )
        while not (self._done.is_set() or self._ended.is_set() or self._executor.stopped):
            self._wake.wait(_LOOK_SECONDS)
            self._wake.clear()
            if self._process is not None and not self._done.is_set() and watchdog.stalled():
                self._fail(stall_message(self._run.options.stalled_after, self._runner.waiting_components))
                self.kill()
        if self._done.is_set():
            return True
        if self._ended.is_set():
            self._explain_end()
        self._executor.stop("failed")
        return False

    def end(self) -> None:
        """The run is over: let the program end, and make it if it does not."""
        self._over.set()
        patience = 0.0 if self._executor.stopped == "abandoned" else _FAREWELL_SECONDS
        if self._process is not None:
            if not self._process.finish(patience):
                self._process.stop()
                self._process.finish(_FAREWELL_SECONDS)
            elif self._done.is_set() and self._process.exit_code and not self._executor.stopped:
                self._explain_end()
        elif self._thread is not None:
            self._thread.join(patience)
        if self._server is not None:
            self._server.close()

    def kill(self) -> None:
        """End the program at once."""
        if self._process is not None:
            self._process.stop()

    def _task(self, address: str) -> Mapping[str, Any]:
        options = self._run.options
        return {
            "project": self._run.project,
            "stack": self._run.stack,
            "organization": options.organization,
            "root": str(self._project.directory),
            "main": str(self._project.main),
            "monitor": address,
            "engine": address,
            "parallel": options.parallel,
            "preview": self._run.preview,
            "config": dict(options.config),
            "secret_keys": sorted(options.secret_keys),
            "environment": dict(options.environment),
        }

    def _show(self, stream: Any, line: str) -> None:
        name = f"{self._run.project}-{self._run.stack}"
        self._run.reporter.message(stream, line, make_urn(self._run.stack, self._run.project, "", STACK_TYPE, name))

    def _await_process(self, process: ProgramProcess) -> None:
        process.ended.wait()
        self._ended.set()
        self._wake.set()

    def _explain_end(self) -> None:
        """Say why the program ended, unless it has said so itself."""
        process = self._process
        if process is None or self._executor.stopped:
            return
        process.finish(_LOOK_SECONDS)
        code = process.exit_code
        if code == _EXPLAINED and self._engine.logged_error.is_set():
            self.failed = True
        elif code < 0:
            self._fail(f"the program was ended by signal {-code}")
        elif code == 0:
            self._fail("the program ended before it had told the engine that it was done")
        else:
            self._fail(f"the program ended with exit code {code}")

    def _fail(self, message: str) -> None:
        self.failed = True
        self._run.reporter.message("error", message)
        self._executor.stop("failed")

    def _call(self, program: Callable[[Monitor], None], monitor: Monitor) -> None:
        try:
            program(monitor)
        except grpc.RpcError as error:
            if not (self._executor.stopped and error_code(error) is grpc.StatusCode.UNAVAILABLE):
                self._fail(f"the program failed: {error}")
        except Exception as error:  # noqa: BLE001 - whatever a program raises
            if not self._executor.stopped:
                self._fail("the program failed with an exception:\n" + "".join(traceback.format_exception(error)))
        else:
            self._done.set()
        finally:
            self._ended.set()
            self._wake.set()
