"""`cfctl state unlock`: the locks that dead runs left on a deployment are removed; a living run keeps its own."""

from dataclasses import asdict, dataclass

from cli import documents
from cli.deployed import known_stack
from cli.exit_codes import ExitCode
from cli.run_lock import run_locks
from cli.screen import Screen
from sandbox.engine.model.times import time_text
from sandbox.engine.storage.lock import Holder, release
from sandbox.home import SandboxHome
from sandbox.inventory import layout_of


def unlock(screen: Screen, home: SandboxHome, deployment: str, *, host: str) -> ExitCode:
    """Remove what dead runs left. host: a machine on which, says the user, nothing runs any more.

    The document adds `deployment` and `released`: [{pid, user, host, since, command}]. Raises StackLockedError, with
    nothing removed, for a holder that is alive or of which this machine cannot know.
    """
    name = known_stack(deployment)
    holders = [it for locks in (layout_of(home).locks(name), run_locks(home, name)) for it in release(locks, host=host)]
    released = list(dict.fromkeys(map(_released, holders)))
    for it in released:
        screen.result(f"{name}: released from process {it.pid} of {it.user} on {it.host}, running `{it.command}`")
    if not released:
        screen.result(f"{name} is not locked")
    else:
        screen.result(f"  next  ./cfctl up {name} (it finishes what that run began)", style="bold cyan")
    screen.document(
        documents.document("state unlock", ExitCode.OK, deployment=name, released=[asdict(it) for it in released])
    )
    return ExitCode.OK


@dataclass(frozen=True, slots=True)
class _Released:
    pid: int
    user: str
    host: str
    since: str
    command: str


def _released(holder: Holder) -> _Released:
    since = time_text(holder.since) if holder.since else ""
    return _Released(holder.pid, holder.user, holder.host, since, holder.command)
