"""Runs a program until it ends or the caller is gone, whichever comes first (`python -I -S guard.py PROGRAM ...`).

A script of its own: a program that a killed process started would live on. The caller holds the other end of standard
input and writes nothing; when that closes, by its will or its death, the program and all it started are asked to end,
and killed if they have not done so in time. The exit code is the program's; 128 and a signal's number if one ended it.
"""

import contextlib
import os
import signal
import subprocess
import sys
import threading
from typing import Final

GRACE: Final = 2.0  # seconds between the request to end and the kill


def main() -> int:
    """Start the program in a session of its own and see it to its end."""
    program = subprocess.Popen(sys.argv[1:], stdin=subprocess.DEVNULL, start_new_session=True)  # noqa: S603

    def signal_all(number: int) -> None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(program.pid, number)

    def end_with_caller() -> None:
        while os.read(0, 1024):
            pass
        signal_all(signal.SIGTERM)
        threading.Event().wait(GRACE)
        signal_all(signal.SIGKILL)

    threading.Thread(target=end_with_caller, daemon=True).start()
    code = program.wait()
    signal_all(signal.SIGKILL)  # what it left behind
    return code if code >= 0 else 128 - code


if __name__ == "__main__":
    os._exit(main())  # not sys.exit: the thread is in a read that does not return
