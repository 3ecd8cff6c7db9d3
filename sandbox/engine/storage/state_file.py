"""The state file of a stack: read (with the journal of a run that did not end), written whole, removed."""

import hashlib
import json
import shutil
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, cast

from sandbox.engine.model.state import StackState
from sandbox.engine.storage.backups import backups_of
from sandbox.engine.storage.checkpoint import check_version, from_deployment, secrets_state_of, to_export
from sandbox.engine.storage.files import keep_previous, remove_temporaries, sync_directory, write_atomically
from sandbox.engine.storage.integrity import verify
from sandbox.engine.storage.journal_format import Content, parse, replay_content
from sandbox.engine.storage.layout import Layout
from sandbox.engine.storage.resource_json import Json
from sandbox.engine.storage.secrets import PassphraseSecrets, SecretsSource
from sandbox.engine.storage.state_errors import (
    DamagedStateError,
    StackNotFoundError,
    StateError,
    StateVersionError,
    access_error,
)

_READS: Final = 5
_META: Final = b"version: 1\n"


@dataclass(frozen=True, slots=True)
class Loaded:
    """A stack as its files have it."""

    state: StackState
    secrets: PassphraseSecrets
    digest: str
    """SHA-256 of the state file."""
    journal: Content | None
    """The journal that adds to the state file: a run is going on, or was killed."""


class StateFiles:
    """The state files of one project."""

    def __init__(self, layout: Layout, secrets: SecretsSource) -> None:
        self._layout = layout
        self._secrets = secrets

    def prepare(self) -> None:
        """Make the backend's directories and its `meta.yaml`, or check the one that is there."""
        meta = self._layout.meta
        try:
            self._layout.stacks.mkdir(parents=True, exist_ok=True)
            if not meta.exists():
                write_atomically(meta, _META)
                return
        except OSError as error:
            raise access_error(error, meta, "making the state directory") from None
        self._check_meta()

    def _check_meta(self) -> None:
        try:
            text = self._layout.meta.read_text()
        except FileNotFoundError:
            return
        except (OSError, ValueError) as error:
            raise access_error(OSError(str(error)), self._layout.meta, "reading the version of the layout") from None
        if text.strip() != "version: 1":
            raise StateVersionError(
                f"the layout is {text.strip()[:40]!r}; `version: 1` is known here",
                path=self._layout.meta,
                next_step="bring it to version 1 with the Pulumi CLI: pulumi state upgrade",
            )

    def names(self) -> tuple[str, ...]:
        """The stacks, sorted."""
        try:
            return tuple(sorted(path.stem for path in self._layout.stacks.glob("*.json") if path.name[0] != "."))
        except OSError as error:
            raise access_error(error, self._layout.stacks, "listing the stacks") from None

    def exists(self, stack: str) -> bool:
        """True if the stack was made: it has a state file, or the journal of one that is gone."""
        self._layout.check(stack)
        return any(path.exists() for path in (self._layout.state(stack), self._layout.journal(stack)))

    def tidy(self, stack: str) -> None:
        """Remove drafts that a killed writer left; only the stack's holder may."""
        for path in (self._layout.state(stack), self._layout.previous(stack)):
            remove_temporaries(path)

    def load(self, stack: str) -> Loaded:
        """The stack with all that its journal says; StackNotFoundError if it has no state file."""
        self._layout.check(stack)
        self._check_meta()
        journal_path = self._layout.journal(stack)
        for _ in range(_READS):
            data = self._read(stack)
            digest = digest_of(data)
            journal = self._read_journal(stack)
            if journal is not None and journal.base == digest:
                return self._loaded(stack, data, journal)
            if journal is None and self._read(stack) == data:
                return self._loaded(stack, data, None)
            if journal is not None and journal.fold == digest:
                return self._loaded(stack, data, None)
            # A run ended, or another began, between the reads: look again.
        raise DamagedStateError(
            "this journal of a run that did not end belongs to another state file: some program has written the state "
            "since",
            path=journal_path,
            next_step=f"mv '{journal_path}' '{journal_path}.aside', then refresh the stack",
        )

    def _read(self, stack: str) -> bytes:
        path = self._layout.state(stack)
        for compressed in self._layout.compressed(stack):
            if compressed.exists():
                raise StateVersionError(
                    "the state file is compressed, which is not read here",
                    path=compressed,
                    next_step="export it with the Pulumi CLI, remove the stack there, and import the export",
                )
        try:
            return path.read_bytes()
        except FileNotFoundError:
            if self._layout.journal(stack).exists():
                raise DamagedStateError(
                    "the state file is gone, but the journal of a run that did not end is there",
                    path=path,
                    next_step=self.restore_step(stack),
                ) from None
            known = ", ".join(self.names()) or "none"
            raise StackNotFoundError(
                f"there is no stack {stack} (stacks here: {known})", path=path, next_step=f"./cfctl up {stack}"
            ) from None
        except OSError as error:
            raise access_error(error, path, "reading the state file") from None

    def _read_journal(self, stack: str) -> Content | None:
        path = self._layout.journal(stack)
        try:
            return parse(path.read_bytes(), path)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise access_error(error, path, "reading the journal") from None

    def _loaded(self, stack: str, data: bytes, journal: Content | None) -> Loaded:
        path = self._layout.state(stack)
        try:
            state, secrets = self._decoded(data)
        except DamagedStateError as error:
            raise DamagedStateError(error.what, path=path, next_step=self.restore_step(stack)) from None
        except StateError as error:
            raise type(error)(error.what, path=path, next_step=error.next_step) from None
        if journal is not None:
            state = replay_content(state, journal, secrets)
        return Loaded(state, secrets, digest_of(data), journal)

    def _decoded(self, data: bytes) -> tuple[StackState, PassphraseSecrets]:
        deployment = _deployment_in(data)
        secrets = self._secrets(secrets_state_of(deployment))
        return from_deployment(deployment, secrets), secrets

    def former(self, path: Path) -> tuple[bytes, StackState]:
        """A former state, as its file has it and read. StateError naming the file if it cannot be read."""
        try:
            data = path.read_bytes()
            return data, self._decoded(data)[0]
        except OSError as error:
            raise access_error(error, path, "reading the backup") from None
        except StateError as error:
            raise type(error)(error.what, path=path, next_step=error.next_step) from None

    def restore_step(self, stack: str) -> str:
        """The command that brings back the newest former state that can be read and keeps the rules."""
        for backup in backups_of(self._layout, stack):
            with suppress(StateError):
                verify(self.former(backup.path)[1])
                return f"./cfctl state restore {stack} --generation {backup.generation}"
        previous = self._layout.previous(stack)
        with suppress(StateError):
            verify(self.former(previous)[1])
            return f"cp '{previous}' '{self._layout.state(stack)}', then refresh the stack"
        return "there is no whole backup; import an export of the stack if you have one"

    def create(self, stack: str) -> Loaded:
        """A new, empty stack, written."""
        secrets = self._secrets(None)
        state = StackState()
        return Loaded(state, secrets, self.write(stack, self.render(stack, state, secrets)), None)

    def render(self, stack: str, state: StackState, secrets: PassphraseSecrets) -> bytes:
        """The content of the state file: the CLI's checkpoint."""
        export = to_export(state, secrets)
        name = f"organization/{self._layout.project}/{stack}"
        deployment = export.pop("deployment")
        document = {**export, "checkpoint": {"stack": name, "latest": deployment}}
        return json.dumps(document, separators=(",", ":")).encode()

    def write(self, stack: str, data: bytes) -> str:
        """Make `data` the state file, the one before stays as `.bak`; its digest. OSError if that fails."""
        path = self._layout.state(stack)
        keep_previous(path, self._layout.previous(stack))
        write_atomically(path, data)
        return digest_of(data)

    def remove(self, stack: str) -> None:
        """Let the state file be only its `.bak`, and the history gone."""
        path = self._layout.state(stack)
        try:
            self._layout.journal(stack).unlink(missing_ok=True)
            shutil.rmtree(self._layout.history(stack), ignore_errors=True)
            path.replace(self._layout.previous(stack))
            path.with_name(f"{path.name}.attrs").unlink(missing_ok=True)
            sync_directory(path.parent)
        except OSError as error:
            raise access_error(error, path, "removing the stack") from None


def digest_of(data: bytes) -> str:
    """How a journal names the state file that it adds to."""
    return hashlib.sha256(data).hexdigest()


def _deployment_in(data: bytes) -> Json:
    """The deployment in a state file's bytes."""
    try:
        document: Any = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise DamagedStateError(f"the state file is no JSON: {error}") from None
    fields = cast("Json", document) if isinstance(document, dict) else {}
    checkpoint = fields.get("checkpoint")
    version = fields.get("version")
    if not isinstance(checkpoint, dict) or not isinstance(version, int):
        raise DamagedStateError("the state file has no `version` or no `checkpoint`")
    latest: Any = cast("Json", checkpoint).get("latest")
    if latest is None:
        # The CLI makes a stack with version 0 and nothing in it.
        return {}
    check_version(version, fields.get("features"))
    if not isinstance(latest, dict):
        raise DamagedStateError("the state file's `latest` is no object")
    return cast("Json", latest)
