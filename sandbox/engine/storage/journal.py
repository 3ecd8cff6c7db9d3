"""The journal of a run: an append-only file of what has happened since the state file was written."""

import os
import threading
from pathlib import Path
from typing import Final

from sandbox.engine.storage.files import sync_directory, write_all
from sandbox.engine.storage.journal_format import FORMAT, frame, record_to
from sandbox.engine.storage.ledger import Record
from sandbox.engine.storage.resource_json import Json
from sandbox.engine.storage.secrets import PassphraseSecrets
from sandbox.engine.storage.state_errors import StateAccessError, access_error
from sandbox.engine.storage.state_values import ValueCodec

_KEPT: Final = "The state file is as before this run, and the journal holds what had happened up to here."
# A record's length is part of what this forces out; only times of access are not.
_force = getattr(os, "fdatasync", os.fsync)


class Journal:
    """An open journal. Appends are ordered; `sync` makes all up to a position durable, many threads at one fsync."""

    def __init__(self, path: Path, file: int, length: int, secrets: PassphraseSecrets) -> None:
        """For `start` and `reopen`: an open file of so many bytes, all of them whole records on disk."""
        self.path = path
        self._file = file
        self._length = self._synced = length
        self._codec = ValueCodec(secrets)
        self._broken = ""
        self._append_lock = threading.Lock()
        self._sync_lock = threading.Lock()

    @classmethod
    def start(cls, path: Path, secrets: PassphraseSecrets, base: str, **about: str) -> "Journal":
        """Make the file for a run that begins with the state file of digest `base`.

        about: what else the header says, for people. StateError if it cannot be made or is there already.
        """
        try:
            file = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_APPEND, 0o600)
        except OSError as error:
            raise access_error(error, path, "starting the journal") from None
        journal = cls(path, file, 0, secrets)
        try:
            journal.sync(journal._write({"format": FORMAT, "base": base, **about}))
            sync_directory(path.parent)
        except OSError as error:
            journal.remove()
            raise access_error(error, path, "starting the journal") from None
        except BaseException:
            journal.remove()
            raise
        return journal

    @classmethod
    def reopen(cls, path: Path, secrets: PassphraseSecrets, length: int) -> "Journal":
        """Open the journal that a killed run left; what stands behind its last whole record (`length`) is cut off."""
        try:
            os.truncate(path, length)
            file = os.open(path, os.O_WRONLY | os.O_APPEND)
        except OSError as error:
            raise access_error(error, path, "opening the journal") from None
        return cls(path, file, length, secrets)

    def append(self, record: Record) -> int:
        """Write a record; the position to `sync` to. StateError if it could not be written: then it is not there."""
        return self._write(record_to(record, self._codec))

    def fold(self, digest: str) -> None:
        """Note, durably, that the state file of this digest will have all that stands before."""
        self.sync(self._write({"fold": digest}))

    def _write(self, content: Json) -> int:
        data = frame(content)
        with self._append_lock:
            if self._broken:
                raise StateAccessError(self._broken, path=self.path)
            try:
                write_all(self._file, data)
            except OSError as error:
                self._take_back()
                raise access_error(error, self.path, "writing the journal", _KEPT) from None
            self._length += len(data)
            return self._length

    def _take_back(self) -> None:
        """Cut a half-written record off, or let nothing more be written behind it."""
        try:
            os.ftruncate(self._file, self._length)
        except OSError as error:
            self._broken = f"the journal's last record is half written and cannot be cut off ({error.strerror})"

    def sync(self, position: int) -> None:
        """Return once all up to `position` is on disk; StateError if the disk refuses."""
        if position <= self._synced:
            return
        with self._sync_lock:
            # Whoever waited here is often served by the one before: its fsync took this record along.
            if position <= self._synced:
                return
            length = self._length
            try:
                _force(self._file)
            except OSError as error:
                self._broken = f"the disk refused the journal ({error.strerror}): nothing more can be kept"
                raise access_error(error, self.path, "forcing the journal to disk", _KEPT) from None
            self._synced = length

    def close(self) -> None:
        """Close the file and leave it: the next one to open the stack replays it."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1

    def remove(self) -> None:
        """Close the file and delete it."""
        self.close()
        self.path.unlink(missing_ok=True)
