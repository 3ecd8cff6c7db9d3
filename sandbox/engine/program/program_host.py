"""Runs a Pulumi program in a process of its own, as the CLI's language host does; started by `program`.

What it has to know comes as one line of JSON on standard input, so that nothing secret is in a command line or an
environment, and so that the SDK is imported while the engine still opens the stack. Nothing of this project is imported
here: the program must find only its own modules.

Exit codes: 0, the program is done; 32, it failed and said why; else it failed.
"""

import asyncio
import atexit
import gc
import importlib
import json
import logging
import os
import runpy
import signal
import sys
import threading
import traceback
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NoReturn

EXPLAINED = 32
"""Exit code of a program whose error has been shown, as of Pulumi's own language hosts."""
STOPPED = "Resource monitor has terminated, shutting down"
"""What the SDK raises when the engine takes no more work: the engine has said why."""
_GARBAGE_THRESHOLD = 100_000
"""Objects between two collections. With Python's own 700 half of the time of importing an SDK goes into looking for
garbage among classes, which stay."""


def main() -> int:
    """Import the SDK, wait for the task, run the program; the exit code says how that went."""
    gc.set_threshold(_GARBAGE_THRESHOLD)
    try:
        importlib.import_module("pulumi")
    except ImportError:
        traceback.print_exc()
        sys.stderr.write("The Pulumi SDK cannot be imported; install the project's requirements for this Python.\n")
        return 1
    for name in sys.argv[1:]:
        _preload(name)
    line = sys.stdin.readline()
    if not line:
        return 1  # The engine went away before it had anything to run.
    _end_with_the_engine()
    try:
        return _host(json.loads(line))
    finally:
        sys.stdout.flush()
        sys.stderr.flush()


def _host(task: dict[str, Any]) -> int:
    """Run the program of a task in an event loop, as `pulumi-language-python-exec` of the CLI does."""
    import pulumi  # noqa: PLC0415 - where it is missing, `main` has said so
    from google.protobuf.empty_pb2 import Empty  # noqa: PLC0415

    os.environ.update(task["environment"])  # known only after this process was started
    program = Path(task["main"])
    monitor = _configure(task)
    logging.getLogger("asyncio").setLevel(logging.CRITICAL)  # Unawaited tasks of a program that failed are no news.
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    executor = ThreadPoolExecutor(max_workers=4 * max(1, task["parallel"]))
    loop.set_default_executor(executor)
    sys.argv = [str(program)]
    try:
        loop.run_until_complete(pulumi.runtime.run_in_stack(lambda: _run(program)))
    except pulumi.RunError as error:
        if str(error) != STOPPED:
            pulumi.log.error(str(error))
        return EXPLAINED
    except SystemExit as error:
        if not error.code:
            # The program says that it is done: as a language host would, tell the engine so.
            monitor.SignalAndWaitForShutdown(Empty())
        return _exit_code(error)
    except Exception as error:  # noqa: BLE001 - whatever a program raises
        if not _stopped(error):
            pulumi.log.error(f"the program failed with an exception:\n{_traceback(error, program)}")
        return EXPLAINED
    finally:
        executor.shutdown(wait=False, cancel_futures=True)
    return 0


def _configure(task: dict[str, Any]) -> Any:
    """Tell the SDK what it is to know; returns the monitor's stub."""
    from pulumi import runtime  # noqa: PLC0415 - as above

    runtime.set_all_config(task["config"], task["secret_keys"])
    settings: Any = runtime.Settings(
        project=task["project"],
        stack=task["stack"],
        monitor=task["monitor"],
        engine=task["engine"],
        parallel=task["parallel"],
        dry_run=task["preview"],
        organization=task["organization"],
        root_directory=task["root"],
    )
    settings.engine = _WithoutDebug(settings.engine)
    runtime.configure(settings)
    return settings.monitor


def _end_with_the_engine() -> None:
    """Leave when the engine's process does, however it ends: its end of standard input is closed then, and a program
    that waits for an answer would wait for ever. The program itself gets an empty standard input.
    """
    line = os.dup(sys.stdin.fileno())
    with Path(os.devnull).open() as nothing:
        os.dup2(nothing.fileno(), sys.stdin.fileno())

    def watch() -> None:
        while os.read(line, 1024):
            pass
        os.killpg(os.getpid(), signal.SIGKILL)  # whatever the program started, too: the session is its own

    threading.Thread(target=watch, name="engine-watch", daemon=True).start()


def _preload(name: str) -> None:
    """Import a module, also one that Pulumi's SDKs load only when it is first looked into; what is not there is not."""
    try:
        getattr(importlib.import_module(name), "__all__", None)
    except ImportError:
        return


def _run(program: Path) -> None:
    """The program, with its own directory first on the module path."""
    sys.path.insert(0, str(program if program.is_dir() else program.parent))
    runpy.run_path(str(program), run_name="__main__")


class _WithoutDebug:
    """The engine without debug messages: the SDK sends about five a resource, each one a call that waits."""

    def __init__(self, engine: Any) -> None:
        self._engine = engine

    def Log(self, request: Any) -> Any:  # noqa: N802 - the protocol's name
        return self._engine.Log(request) if request.severity else None

    def __getattr__(self, name: str) -> Any:
        return getattr(self._engine, name)


def _exit_code(error: SystemExit) -> int:
    if error.code is None or isinstance(error.code, int):
        return error.code or 0
    sys.stderr.write(f"{error.code}\n")
    return 1


def _stopped(error: BaseException | None) -> bool:
    """True if an exception only says that the engine has stopped."""
    while error is not None:
        if str(error) == STOPPED:
            return True
        error = error.__cause__ or error.__context__
    return False


def _traceback(error: BaseException, program: Path) -> str:
    """The traceback from the program's own first frame on."""
    main_file = program / "__main__.py" if program.is_dir() else program
    summary = traceback.TracebackException.from_exception(error)
    for part in _chain(summary):
        frames = list(part.stack)
        own = next((n for n, frame in enumerate(frames) if Path(frame.filename) == main_file), None)
        if own is None:
            own = next((n for n, frame in enumerate(frames) if not _machinery(frame.filename)), len(frames))
        part.stack = traceback.StackSummary.from_list(frames[own:])
    return "".join(summary.format()).rstrip()


def _chain(summary: traceback.TracebackException) -> list[traceback.TracebackException]:
    found = [summary]
    for part in found:
        found.extend(next_ for next_ in (part.__cause__, part.__context__) if next_ is not None and next_ not in found)
    return found


def _machinery(filename: str) -> bool:
    """True for frames that are not the program's: this file, Python's and Pulumi's own."""
    rooms = (Path(str(module.__file__)).parent for module in (sys.modules["pulumi"], asyncio))
    return (
        filename in {__file__, runpy.__file__}
        or filename.startswith("<frozen")
        or any(Path(filename).is_relative_to(room) for room in rooms)
    )


def _leave(code: int) -> NoReturn:
    """End the process. Its threads and exit handlers get their turn as ever; taking the SDK's thousands of classes
    apart, which takes up to a second, does not.
    """
    threading._shutdown()  # noqa: SLF001 # pyright: ignore[reportAttributeAccessIssue]
    atexit._run_exitfuncs()  # noqa: SLF001 # pyright: ignore[reportPrivateUsage]
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


if __name__ == "__main__":
    _leave(main())
