"""Stacks kept in the layout of the CLI's file backend, which reads what this writes and writes what this reads.

A run holds the stack's lock, keeps a journal of what it does, and ends with one whole, atomic write of the state file.
A run that was killed leaves its journal; whoever opens or reads the stack next has all that it says.
"""

import time
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sandbox.engine.model.state import StackState
from sandbox.engine.model.times import now, time_text
from sandbox.engine.storage import history
from sandbox.engine.storage.backups import GENERATIONS, Backup, backups_of, keep
from sandbox.engine.storage.checkpoint import to_export
from sandbox.engine.storage.imports import read_export, reasons_against
from sandbox.engine.storage.integrity import verify
from sandbox.engine.storage.journal import Journal
from sandbox.engine.storage.layout import Layout
from sandbox.engine.storage.lock import hold
from sandbox.engine.storage.resource_json import Json
from sandbox.engine.storage.secrets import PassphraseSecrets, SecretsSource
from sandbox.engine.storage.snapshot import Snapshot
from sandbox.engine.storage.state_errors import (
    ImportRefusedError,
    IntegrityError,
    StackNotEmptyError,
    StateError,
    access_error,
)
from sandbox.engine.storage.state_file import Loaded, StateFiles, digest_of


def _ignore(_: str) -> None:
    """For a caller that shows no notices."""


class FileBackend:
    """The stacks of one project under `root`.

    secrets: opens a stack's secrets (`secrets.passphrase_source`).
    notice: is told what a person should know and no error says: a dead run's lock taken over, its journal replayed,
    pending operations dropped. generations: how many former states of a stack are kept (`backups.thinned`).
    """

    def __init__(
        self,
        root: Path,
        project: str,
        secrets: SecretsSource,
        notice: Callable[[str], None] = _ignore,
        *,
        generations: int = GENERATIONS,
    ) -> None:
        self.root = root
        self.project = project
        self._generations = generations
        self._notice = notice
        self._secrets = secrets
        self._layout = Layout(root, project)
        self._files = StateFiles(self._layout, secrets)

    def exists(self, stack: str) -> bool:
        """True if the stack was made, be it still empty."""
        return self._files.exists(stack)

    def load(self, stack: str) -> StackState:
        """The stack's state, with what a killed or a running run has journalled. Takes no lock, changes nothing.

        StackNotFoundError if it was never made; other StateErrors if it cannot be read or contradicts itself.
        """
        loaded = self._files.load(stack)
        self._verify(stack, loaded.state)
        return loaded.state

    @contextmanager
    def open(self, stack: str, command: str) -> Generator[Snapshot]:
        """Hold `stack` for a run: makes it if it is new, first finishes the books of a run that was killed.

        However the block ends, the state reached is written and the lock given back. If it cannot be written the
        journal stays, nothing is lost, and StateError says what to do. command: what the lock tells others.
        """
        with self._held(stack, command):
            loaded = self._begin(stack)
            self._back_up(stack, loaded.state)
            path, started = self._layout.journal(stack), time.time()
            journal = Journal.start(path, loaded.secrets, loaded.digest, command=command, started=time_text(now()))
            snapshot = Snapshot(loaded.state, journal)
            try:
                yield snapshot
            finally:
                self._end(stack, snapshot, journal, loaded.secrets, started)

    def export(self, stack: str, show_secrets: bool = False) -> Json:  # noqa: FBT001, FBT002
        """What `pulumi stack export` prints of the stack, and `pulumi stack import` takes.

        show_secrets: secrets as plain text instead of encrypted; whoever gets it needs no passphrase.
        """
        loaded = self._files.load(stack)
        return to_export(loaded.state, loaded.secrets, show_secrets=show_secrets)

    def import_(
        self,
        stack: str,
        document: Mapping[str, Any],
        force: bool = False,  # noqa: FBT001, FBT002
        passphrase: str | None = None,
    ) -> None:
        """Make an export the state of `stack`, which is made if it is new.

        Pending operations are dropped, which the notice says; secrets are encrypted under this stack's own passphrase
        whatever they came under. force: import what would be refused, with notices. passphrase: that of the export if
        it is another one. ImportRefusedError lists every reason, and nothing is changed.
        """
        state, reader = read_export(document, self._secrets, passphrase)
        reasons = list(reasons_against(state, self.project, stack))
        if reasons and not force:
            raise ImportRefusedError(
                f"the deployment was not imported into {stack}:\n  " + "\n  ".join(reasons),
                next_step="give the export of this very stack, or import with --force if you know better",
            )
        for reason in reasons:
            self._notice(f"imported all the same: {reason}")
        for operation in state.pending_operations:
            self._notice(f"dropped the pending operation {operation.type} on {operation.resource.urn}")
        state.pending_operations.clear()
        with self._held(stack, "state import"):
            secrets = self._set_aside(stack) or (reader if passphrase is None else None) or self._secrets(None)
            # The one that read remembers the ciphertexts, so what came under this stack's own salt stays as it is.
            self._write(stack, state, reader if reader and reader.state == secrets.state else secrets)

    def backups(self, stack: str) -> tuple[Backup, ...]:
        """The former states of the stack, newest first."""
        self._layout.check(stack)
        return backups_of(self._layout, stack)

    def examine(self, stack: str, backup: Backup) -> StackState:
        """The state that a backup holds. StateError naming the file if it cannot be read, decrypted or restored."""
        return self._examined(stack, backup)[1]

    def restore(self, stack: str, backup: Backup) -> StackState:
        """Make a backup the state of the stack again, byte for byte; what it replaces becomes a backup itself.

        What it replaces is moved aside where it cannot be read, which the notice says. Nothing is changed by a backup
        that `examine` would refuse (StateError).
        """
        with self._held(stack, "state restore"):
            data, state = self._examined(stack, backup)
            self._set_aside(stack)
            try:
                self._files.write(stack, data)
            except OSError as error:
                raise access_error(error, self._layout.state(stack), "writing the state file", _UNCHANGED) from None
            return state

    def _examined(self, stack: str, backup: Backup) -> tuple[bytes, StackState]:
        data, state = self._files.former(backup.path)
        reasons = list(reasons_against(state, self.project, stack))
        if reasons:
            raise IntegrityError(
                "it must not be restored:\n  " + "\n  ".join(reasons),
                path=backup.path,
                next_step=f"./cfctl state backups {stack}, for one that is whole",
            )
        return data, state

    def remove(self, stack: str, *, force: bool = False) -> None:
        """Forget the stack and its history; the last state stays as `<stack>.json.bak`, as the CLI leaves it.

        StackNotEmptyError if it still has resources and not `force`.
        """
        with self._held(stack, "stack remove"):
            state = self._files.load(stack).state
            if state.resources and not force:
                raise StackNotEmptyError(
                    f"the stack {stack} still has {len(state.resources)} resources",
                    path=self._layout.state(stack),
                    next_step=f"./cfctl down {stack}",
                )
            self._files.remove(stack)

    def history(self, stack: str) -> tuple[history.Update, ...]:
        """The stack's runs, newest first."""
        return history.entries(self._layout, stack)

    @contextmanager
    def _held(self, stack: str, command: str) -> Generator[None]:
        self._layout.check(stack)
        self._files.prepare()
        with hold(self._layout.locks(stack), command, self._notice):
            self._files.tidy(stack)
            yield

    def _begin(self, stack: str) -> Loaded:
        """The stack as it stands, in a state file alone: a journal that was left is folded into it."""
        if not self._files.exists(stack):
            try:
                return self._files.create(stack)
            except OSError as error:
                raise access_error(error, self._layout.state(stack), "making the stack") from None
        loaded = self._files.load(stack)
        self._verify(stack, loaded.state)
        path = self._layout.journal(stack)
        if loaded.journal is None:
            path.unlink(missing_ok=True)
            return loaded
        self._notice(
            f"the last run on {stack} did not end: took over what it had done"
            f" ({len(loaded.state.pending_operations)} operations were pending)"
        )
        self._fold(stack, loaded.state, loaded.secrets, Journal.reopen(path, loaded.secrets, loaded.journal.length))
        return self._files.load(stack)

    def _end(
        self, stack: str, snapshot: Snapshot, journal: Journal, secrets: PassphraseSecrets, started: float
    ) -> None:
        """Write the state reached, and what the history is to say of the run."""
        try:
            state = snapshot.state()
            self._fold(stack, state, secrets, journal)
        finally:
            journal.close()
        if snapshot.outcome.kind:
            try:
                history.add_entry(self._layout, stack, snapshot.outcome, started, secrets)
                keep(self._layout, stack, self._generations, now())
            except OSError as error:
                self._notice(f"the state is written, but not its history entry and backup: {error.strerror}")
        self._verify(stack, state)

    def _fold(self, stack: str, state: StackState, secrets: PassphraseSecrets, journal: Journal) -> None:
        """Make `state`, to which the journal led, the state file; the journal stays unless that is done."""
        data = self._files.render(stack, state, secrets)
        journal.fold(digest_of(data))
        try:
            self._files.write(stack, data)
        except OSError as error:
            raise access_error(error, self._layout.state(stack), "writing the state file", _KEPT) from None
        journal.remove()

    def _back_up(self, stack: str, state: StackState) -> None:
        """Keep the state that is about to be changed, unless there is nothing in it or a backup has it already."""
        if not state.resources:
            return
        try:
            keep(self._layout, stack, self._generations, now())
        except OSError as error:
            raise access_error(error, self._layout.backups(stack), "backing the state up", _UNCHANGED) from None

    def _write(self, stack: str, state: StackState, secrets: PassphraseSecrets) -> None:
        try:
            self._files.write(stack, self._files.render(stack, state, secrets))
        except OSError as error:
            raise access_error(error, self._layout.state(stack), "writing the state file", _UNCHANGED) from None

    def _set_aside(self, stack: str) -> PassphraseSecrets | None:
        """Make room for an import: give the secrets of what the stack has, or move away what cannot be read."""
        if not self._files.exists(stack):
            return None
        try:
            loaded = self._begin(stack)
        except StateError as error:
            self._notice(f"what is replaced could not be read: {error.what}")
        else:
            self._back_up(stack, loaded.state)
            return loaded.secrets
        for path in (self._layout.state(stack), self._layout.journal(stack)):
            if path.exists():
                aside = path.with_name(f"{path.name}.{time.time_ns()}.aside")
                path.rename(aside)
                self._notice(f"{path} is now {aside}")
        return None

    def _verify(self, stack: str, state: StackState) -> None:
        try:
            verify(state)
        except IntegrityError as error:
            raise IntegrityError(
                f"the state contradicts itself: {error.what}",
                path=self._layout.state(stack),
                next_step=self._files.restore_step(stack),
            ) from None

    def list(self) -> tuple[str, ...]:
        """The names of the stacks, sorted."""
        return self._files.names()


_KEPT = "Nothing is lost: the state file is as before this run, and the journal beside it holds what was done since."
_UNCHANGED = "The state file is as before."
