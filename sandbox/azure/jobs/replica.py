"""One replica after another of an execution: a process under `guard.py`, that can be stopped from another thread."""

import contextlib
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

GUARD: Final = Path(__file__).with_name("guard.py")


class Replica:
    """At most one process at a time; once stopped no other is started. Ends with this process, however that ends."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._stopped = False

    @property
    def stopped(self) -> bool:
        """Whether somebody asked for the end."""
        return self._stopped

    def stop(self) -> None:
        """Ask for the end; the process has `guard.GRACE` seconds to come to it."""
        with self._lock:
            self._stopped = True
            self._let_go()

    def run(
        self,
        command: Sequence[str],
        *,
        environment: Mapping[str, str],
        directory: Path,
        output: int,
        timeout: float | None,
    ) -> int | None:
        """Run a command to its end, with exactly this environment; `output` is the descriptor that it writes to.

        The exit code; None where it was stopped, or took longer than `timeout` seconds.
        """
        with self._lock:
            if self._stopped:
                return None
            # In a session of its own: a Ctrl-C is for who watches, who then decides what to stop.
            process = self._process = subprocess.Popen(  # noqa: S603
                [sys.executable, "-I", "-S", str(GUARD), *command],
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=output,
                env=dict(environment),
                cwd=directory,
                start_new_session=True,
            )
        late = False
        try:
            process.wait(timeout)
        except subprocess.TimeoutExpired:
            late = True
        finally:
            with self._lock:
                self._let_go()
            process.wait()
        return None if late or self._stopped else process.returncode

    def _let_go(self) -> None:
        """Close the pipe at whose other end the guard waits."""
        if self._process is not None and self._process.stdin is not None:
            with contextlib.suppress(OSError):
                self._process.stdin.close()
