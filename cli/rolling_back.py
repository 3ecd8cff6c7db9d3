"""`cfctl rollback`: back to the settings that a deployment was last brought up well with, and up with them."""

import difflib
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from cidr import DeploymentName, Fault, FaultsError
from cli import runs
from cli.exit_codes import ExitCode
from cli.failures import RefusedError
from cli.good_settings import good_settings_of
from cli.orders import Order
from cli.screen import Screen
from lifecycle.good_settings import GoodSettings, last_other
from sandbox.engine.storage.files import write_atomically
from sandbox.home import SandboxHome
from sandbox.waiting import WaitingProgram
from stacks import load_settings, stack_file

_NOTHING_DONE: Final = frozenset({ExitCode.BAD_INPUT, ExitCode.LOCKED, ExitCode.REFUSED})


def rollback(screen: Screen, home: SandboxHome, program: WaitingProgram, order: Order) -> ExitCode:
    """Show what differs, put the file back and bring the deployment up. The document is that of `up`.

    Raises FaultsError where there are no other settings to go back to, or where they do not hold any more;
    RefusedError without confirmation. Then nothing is changed; so also where `up` refuses before it begins.
    """
    name = str(DeploymentName.parse(order.deployments[0], "DEPLOYMENT"))
    project = program.project.directory
    file = stack_file(name, project)
    now = file.read_text(encoding="utf-8") if file.is_file() else None
    good = last_other(good_settings_of(home).of(name), now)
    if good is None:
        raise FaultsError([_nothing(home, name)])
    _still_hold(name, good)
    screen.say(f"{name} came up well with other settings on {good.at}{_committed(good)}:")
    for line in differences(now or "", good.content, file.name):
        screen.say(line, style={"-": "red", "+": "green"}.get(line[:1], "dim"))
    if not order.yes:
        _confirm(screen, name)
    write_atomically(file, good.content.encode())
    begun = False
    try:
        code = runs.run(screen, home, program, order)
        begun = code not in _NOTHING_DONE
    finally:
        if not begun:
            _undo(file, now)
            screen.say(f"{file.name} is as it was: nothing was changed", style="yellow")
    return code


def differences(now: str, then: str, name: str) -> list[str]:
    """A unified diff from the file as it is to what it becomes, without line ends."""
    lines = difflib.unified_diff(now.splitlines(), then.splitlines(), f"{name} now", f"{name} then", lineterm="", n=2)
    return list(lines)


def _still_hold(name: str, good: GoodSettings) -> None:
    """Read the settings as they would be read. Raises FaultsError: the schema may have moved on since."""
    with TemporaryDirectory() as directory:
        copy = stack_file(name, Path(directory))
        copy.parent.mkdir()
        copy.write_text(good.content, encoding="utf-8")
        load_settings(name, Path(directory))


def _undo(file: Path, before: str | None) -> None:
    if before is None:
        file.unlink(missing_ok=True)
    else:
        write_atomically(file, before.encode())


def _confirm(screen: Screen, name: str) -> None:
    """Have the name typed; RefusedError when it is not, or when nobody can type it."""
    typed = ""
    if sys.stdin.isatty():
        screen.err.print(f"Type {name} to put this back and bring it up: ", style="bold", end="")
        typed = sys.stdin.readline().strip()
    if typed != name:
        allowed, step = f"{name}, typed at a terminal, or --yes", f"./cfctl rollback {name} --yes"
        what = "a rollback asks for confirmation: nothing was changed"
        raise RefusedError(Fault(where=name, what=what, allowed=allowed, next_step=step))


def _committed(good: GoodSettings) -> str:
    return f" (commit {good.commit[:12]})" if good.commit else " (never committed)"


def _nothing(home: SandboxHome, name: str) -> Fault:
    return Fault(
        where=f"home {home.root}",
        what=f"{name} never came up well here with other settings than those of its file now",
        allowed="a deployment whose file has changed since an `up` that ended well",
        next_step=f"git log -p stacks/Pulumi.{name}.yaml, then ./cfctl up {name}",
    )
