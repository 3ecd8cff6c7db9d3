"""What a command says when it cannot do what was asked, and with which status it ends.

A user's mistake, a locked or damaged state, a refusal: what is wrong, where, what to type next; never a traceback.
Anything else is a fault of ours: one line, and the path of a file with the traceback.
"""

import traceback
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import gettempdir
from typing import Final

from rich.text import Text
from typer.exceptions import Abort, TyperException

from cidr import Fault, FaultsError
from cli.exit_codes import ExitCode
from cli.screen import Screen
from lifecycle.machine import StepError
from sandbox.engine.storage.state_errors import ImportRefusedError, StackLockedError, StackNotFoundError, StateError


class RefusedError(Exception):
    """Understood, and not done. `fault` says why and what to type instead."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(str(fault))
        self.fault = fault


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a command ends, for people and for the JSON document."""

    code: ExitCode
    faults: tuple[Fault, ...]


_STATE_CODES: Final[Mapping[type[StateError], ExitCode]] = {
    StackLockedError: ExitCode.LOCKED,
    StackNotFoundError: ExitCode.BAD_INPUT,
    ImportRefusedError: ExitCode.BAD_INPUT,
}


def failure_of(error: BaseException, logs: Path) -> Failure:
    """The failure that `error` is; an unexpected one leaves its traceback in a file under `logs`."""
    if isinstance(error, (FaultsError, StepError)):
        return Failure(ExitCode.BAD_INPUT if isinstance(error, FaultsError) else ExitCode.FAILED, error.faults)
    if isinstance(error, RefusedError):
        return Failure(ExitCode.REFUSED, (error.fault,))
    if isinstance(error, StateError):
        code = next((code for kind, code in _STATE_CODES.items() if isinstance(error, kind)), ExitCode.STATE)
        return Failure(code, (_of_state(error),))
    if isinstance(error, TyperException):
        return Failure(ExitCode.BAD_INPUT, (_of_command_line(error),))
    if isinstance(error, (KeyboardInterrupt, Abort)):
        return Failure(ExitCode.CANCELED, (_canceled(),))
    return Failure(ExitCode.INTERNAL, (_internal(error, logs),))


def show(screen: Screen, failure: Failure) -> None:
    """Every fault on standard error: what, where, what is allowed, what to type next."""
    for fault in failure.faults:
        screen.say(_fault_text(fault))


def _fault_text(fault: Fault) -> Text:
    text = Text()
    text.append("error ", style="bold red")
    text.append(fault.what.strip().replace("\n", "\n      "), style="bold")
    for label, value in (("where", fault.where), ("allowed", fault.allowed), ("next", fault.next_step)):
        if value:
            text.append(f"\n  {label:<8}", style="dim")
            text.append(value.replace("\n", "\n          "), style="bold cyan" if label == "next" else "")
    return text


def _of_state(error: StateError) -> Fault:
    return Fault(where=str(error.path or ""), what=error.what, allowed="", next_step=error.next_step)


def _of_command_line(error: TyperException) -> Fault:
    context = getattr(error, "ctx", None)
    command = getattr(context, "command_path", "./cfctl")
    return Fault(where="command line", what=error.format_message(), allowed="", next_step=f"{command} --help")


def _canceled() -> Fault:
    return Fault(
        where="",
        what="stopped before anything was begun",
        allowed="",
        next_step="run the same command again when you want it done",
    )


def _internal(error: BaseException, logs: Path) -> Fault:
    summary = "".join(traceback.format_exception_only(error)).strip().splitlines()[0]
    return Fault(
        where=str(_write_traceback(error, logs)),
        what=f"a fault of cfctl itself: {summary}",
        allowed="",
        next_step="run the same command again (it finishes what was begun); if it comes back, report it with that file",
    )


def _write_traceback(error: BaseException, logs: Path) -> Path:
    """The file that now has the traceback: under `logs` where there is such a home, else among temporary files."""
    name = f"{datetime.now(UTC):%Y%m%dT%H%M%S%f}-internal-error.log"
    text = "".join(traceback.format_exception(error))
    for directory in (logs, Path(gettempdir())):
        try:
            path = directory / name
            path.write_text(text, encoding="utf-8")
            path.chmod(0o600)
        except OSError:
            continue
        return path
    return Path("(no directory for a log file can be written)")
