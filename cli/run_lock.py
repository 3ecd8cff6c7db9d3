"""One run at a time on a deployment, from its first step to its last: the state's lock covers the engine's part alone.

Between an export and the deletion that follows it nobody holds the state; another `up` there would write what the
export does not have.
"""

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from sandbox.engine.storage.lock import hold
from sandbox.home import SandboxHome


def run_locks(home: SandboxHome, deployment: str) -> Path:
    """Where the run that has a deployment says so."""
    return home.root / "locks" / deployment


@contextmanager
def held(home: SandboxHome, deployment: str, command: str) -> Generator[None]:
    """Have the deployment while the block lasts. command: what others are told.

    StackLockedError names the run that has it. What a dead one left is taken over without a word: its journal is told
    of anyway, by the run that goes on with it.
    """
    with hold(run_locks(home, deployment), command, lambda _: None):
        yield
