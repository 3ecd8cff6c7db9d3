"""The state of a stack in a sandbox home, as a place that it can be moved from and to."""

import shutil
from collections.abc import Callable
from pathlib import Path

from cidr import Fault
from cli.failures import RefusedError
from cli.state_places import sandbox
from lifecycle.state_comparing import Export
from sandbox.engine.storage.lock import hold
from sandbox.home import SandboxHome
from sandbox.inventory import layout_of, standing_of
from sandbox.keeping import backend_of


class HomePlace:
    """`lifecycle.state_moving.Place` of a sandbox home. The home's passphrase encrypts the secrets."""

    def __init__(self, home: SandboxHome, stack: str, aside: Path, notice: Callable[[str], None]) -> None:
        self._home = home
        self._stack = stack
        self._aside = aside
        self._layout = layout_of(home)
        self._backend = backend_of(home, notice)

    @property
    def where(self) -> str:
        """`sandbox:DIR`."""
        return sandbox(self._home).text

    def stands(self) -> bool:
        """True if the stack was made in this home."""
        return self._backend.exists(self._stack)

    def check_idle(self) -> None:
        """StackLockedError naming who holds the stack; RefusedError where a run was killed and not gone on with."""
        with hold(self._layout.locks(self._stack), "state move", lambda _: None):
            standing = standing_of(self._home, self._stack)
        if self._layout.journal(self._stack).exists() or standing.pending:
            raise RefusedError(
                Fault(
                    where=self.where,
                    what=f"the last run on {self._stack} did not end",
                    allowed="a stack whose last run has ended",
                    next_step=f"./cfctl up {self._stack} --home '{self._home.root}', or down, finishes it",
                )
            )

    def in_clear(self) -> Export:
        """The export with its secrets in clear."""
        return self._backend.export(self._stack, show_secrets=True)

    def sealed(self) -> Export:
        """The export with its secrets under the home's passphrase."""
        return self._backend.export(self._stack)

    def take(self, export: Export) -> None:
        """Make an export in clear the state of this home's stack."""
        self._home.prepare()
        deployment = {key: value for key, value in export["deployment"].items() if key != "secrets_providers"}
        self._backend.import_(self._stack, {**export, "deployment": deployment})

    def keep(self, began: str) -> tuple[str, ...]:
        """The newest backup generation, made now unless there is one that says the same, and the history of runs."""
        with self._backend.open(self._stack, "state move"):
            pass  # makes the generation
        kept = [str(backup.path) for backup in self._backend.backups(self._stack)[:1]]
        history = self._layout.history(self._stack)
        if history.is_dir():
            aside = self._aside / began.replace(":", "") / "history"
            shutil.copytree(history, aside, dirs_exist_ok=True)
            kept.append(str(aside))
        return tuple(kept)

    def drop(self) -> None:
        """Take the stack from the home's list; its backups stay, and the last state as `.json.bak`."""
        self._backend.remove(self._stack, force=True)
