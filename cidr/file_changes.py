"""Several files changed together or not at all."""

import fcntl
import os
import tempfile
from collections.abc import Generator, Iterable, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from cidr.faults import Fault, FaultsError
from cidr.yaml_source import label_of


@dataclass(frozen=True, kw_only=True)
class FileChange:
    """A file's bytes before and after; None where there is, or shall be, no file."""

    path: Path
    before: bytes | None
    after: bytes | None


def apply_together(changes: Sequence[FileChange]) -> None:
    """Change the files in this order; each is whole at any moment, and a failure undoes those changed before it.

    Only a killed process leaves the first changes without the rest, so they come in an order that the same command can
    go on from. Raises FaultsError where a file is no longer what `before` says, and where one cannot be written; then
    nothing is changed.
    """
    place = changes[0].path
    try:
        with _alone({change.path.parent for change in changes}):
            _refuse_changed(changes)
            with _prepared(changes) as ready:
                _commit(ready)
    except OSError as error:
        fault = Fault(
            where=str(error.filename or place),
            what=f"cannot be written: {error.strerror or error}; nothing was changed",
            allowed="a project whose files you may write, on a disk that has room",
            next_step="make it writable, then the same command again",
        )
        raise FaultsError([fault]) from error


@contextmanager
def _alone(directories: Iterable[Path]) -> Generator[None]:
    """Wait for whoever changes files of those directories in this way."""
    with ExitStack() as held:
        for directory in sorted(directories):
            descriptor = os.open(directory, os.O_RDONLY)
            held.callback(os.close, descriptor)
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield


def _refuse_changed(changes: Sequence[FileChange]) -> None:
    faults = [
        Fault(
            where=label_of(change.path),
            what="changed while this command was at work; nothing was written",
            allowed="one change at a time",
            next_step="the same command again",
        )
        for change in changes
        if (change.path.read_bytes() if change.path.exists() else None) != change.before
    ]
    if faults:
        raise FaultsError(faults)


@contextmanager
def _prepared(changes: Sequence[FileChange]) -> Generator[list[tuple[FileChange, Path | None, Path | None]]]:
    """Both versions of each file under passing names beside it, on the disk; they are gone in the end."""
    made: list[Path] = []

    def copy(path: Path, content: bytes | None) -> Path | None:
        if content is None:
            return None
        descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        made.append(Path(name))
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(descriptor)
        made[-1].chmod(path.stat().st_mode & 0o777 if path.exists() else 0o644)
        return made[-1]

    try:
        yield [(it, copy(it.path, it.after), copy(it.path, it.before)) for it in changes]
    finally:
        for path in made:
            path.unlink(missing_ok=True)


def _commit(ready: Sequence[tuple[FileChange, Path | None, Path | None]]) -> None:
    done: list[tuple[Path, Path | None]] = []
    try:
        for change, after, before in ready:
            done.append((change.path, before))
            _put(change.path, after)
    except BaseException:  # also Ctrl-C: neither of them
        for path, before in reversed(done):
            with suppress(FileNotFoundError):
                _put(path, before)
        raise


def _put(path: Path, version: Path | None) -> None:
    if version is None:
        path.unlink(missing_ok=True)
    else:
        version.replace(path)
