"""The program's process: started early, told late what to do, its output kept, its end noticed."""

import json
import os
import signal
import subprocess
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Final, Literal

import psutil

from sandbox.engine.model.errors import ProgramError

HOST: Final = Path(__file__).with_name("program_host.py")
_NOT_FOR_PROGRAMS: Final = ("PULUMI_CONFIG_PASSPHRASE", "PULUMI_CONFIG_PASSPHRASE_FILE")
Stream = Literal["info", "info#err"]
Sink = Callable[[Stream, str], None]


@dataclass(frozen=True, slots=True)
class Project:
    """A Pulumi project: its name, its directory, its program (a file or a directory) and the Python to run it with."""

    name: str
    directory: Path
    main: Path
    python: str
    preload: tuple[str, ...] = ()
    """Modules that the program will import and that declare nothing (parts of its SDK): a process that waits for its
    task imports them meanwhile."""


class ProgramProcess:
    """A running program host. Its own session: a Ctrl-C at the terminal does not reach it."""

    def __init__(self, project: Project, environment: Mapping[str, str]) -> None:
        """Raise ProgramError if it cannot be started."""
        self.project = project
        inherited = {key: value for key, value in os.environ.items() if key not in _NOT_FOR_PROGRAMS}
        try:
            # -P: the host's own directory must not become a place that the program imports from.
            self._process = subprocess.Popen(  # noqa: S603 - the project's own Python
                [project.python, "-P", str(HOST), *project.preload],
                cwd=project.directory,
                env={"GRPC_VERBOSITY": "ERROR", **inherited, **environment, "PYTHONUNBUFFERED": "1"},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                start_new_session=True,
                text=True,
                encoding="utf-8",
                errors="replace",
            )
        except OSError as error:
            raise ProgramError(
                f"the program of {project.name} cannot be started with {project.python}: {error.strerror}"
            ) from error
        self.pid = self._process.pid
        self._lock = threading.Lock()
        self._early: list[tuple[Stream, str]] = []
        self._sink: Sink | None = None
        self._ended = threading.Event()
        self._exit_code = 0
        self._cpu = 0.0
        self._readers = [
            threading.Thread(target=self._read, args=(pipe, stream), name=f"program-{stream}", daemon=True)
            for pipe, stream in ((self._process.stdout, "info"), (self._process.stderr, "info#err"))
        ]
        for reader in self._readers:
            reader.start()
        threading.Thread(target=self._wait, name="program-wait", daemon=True).start()

    def begin(self, task: Mapping[str, Any], sink: Sink) -> None:
        """Tell the host what to run; from now on its output goes to `sink`, what came before first."""
        with self._lock:
            self._sink = sink
            for stream, line in self._early:
                sink(stream, line)
            self._early.clear()
        pipe = self._process.stdin
        if pipe is None:
            raise ProgramError("a program process can run only once")
        try:
            pipe.write(json.dumps(dict(task)) + "\n")
            pipe.flush()  # and stays open: its end tells the program's process that this one is gone
        except (OSError, ValueError):
            # It is gone already; what it printed and its exit code say why.
            return

    def _read(self, pipe: IO[str], stream: Stream) -> None:
        with pipe:
            for line in pipe:
                with self._lock:
                    if self._sink is None:
                        self._early.append((stream, line.rstrip("\n")))
                    else:
                        self._sink(stream, line.rstrip("\n"))

    def _wait(self) -> None:
        # wait4, because only it tells what this one child has used.
        _, status, usage = os.wait4(self.pid, 0)
        self._exit_code = os.waitstatus_to_exitcode(status)
        self._process.returncode = self._exit_code
        self._cpu = usage.ru_utime + usage.ru_stime
        if self._process.stdin is not None:
            self._process.stdin.close()
        self._ended.set()

    @property
    def ended(self) -> threading.Event:
        """Set when the process has ended."""
        return self._ended

    @property
    def exit_code(self) -> int:
        """0, or why it ended: negative for a signal."""
        return self._exit_code

    def finish(self, seconds: float) -> bool:
        """Wait for the end and for the last of the output; False if it does not end in time."""
        ended = self._ended.wait(seconds)
        if ended:
            # A process that the program left behind may hold the pipes: do not wait for it for ever.
            for reader in self._readers:
                reader.join(2.0)
        return ended

    def stop(self) -> None:
        """End the program and whatever it started, at once."""
        if not self._ended.is_set():
            try:
                os.killpg(self.pid, signal.SIGKILL)
            except ProcessLookupError:
                return

    @property
    def cpu_seconds(self) -> float:
        """What the program has used so far, its children included."""
        if self._ended.is_set():
            return self._cpu
        try:
            process = psutil.Process(self.pid)
            family = [process, *process.children(recursive=True)]
            times = [member.cpu_times() for member in family]
        except psutil.Error:
            return self._cpu
        return sum(used.user + used.system for used in times)


def start(project: Project, environment: Mapping[str, str]) -> ProgramProcess:
    """Start the program's process before the engine is ready for it. Raises ProgramError."""
    return ProgramProcess(project, environment)
