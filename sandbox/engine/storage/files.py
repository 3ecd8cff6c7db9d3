"""Files that are either wholly there or not at all, also after a power cut."""

import os
import re
import shutil
import uuid
from pathlib import Path


def sync_directory(directory: Path) -> None:
    """Make names in `directory` durable (new, renamed, removed files)."""
    handle = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def write_all(file: int, data: bytes) -> None:
    """Write the whole of `data`; OSError if less than that found room."""
    written = 0
    while written < len(data):
        written += os.write(file, data[written:])


def write_atomically(path: Path, data: bytes) -> None:
    """Give `path` the content `data`: readers see the old content or the new, never a part. OSError if it fails."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = _temporary(path)
    try:
        file = os.open(temporary, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        try:
            write_all(file, data)
            os.fsync(file)
        finally:
            os.close(file)
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    sync_directory(path.parent)


def keep_previous(path: Path, previous: Path) -> None:
    """Let `previous` be what `path` is now, if it is there: at once, and without room for a copy where links work."""
    if not path.exists():
        return
    temporary = _temporary(previous)
    try:
        os.link(path, temporary)
    except OSError:
        shutil.copy(path, temporary)
    temporary.replace(previous)


def remove_temporaries(path: Path) -> None:
    """Remove what a writer of `path` left behind when it was killed; nobody else may be writing it."""
    leftover = re.compile(re.escape(f".{path.name}.") + r"[0-9a-f]{32}\.tmp")
    for candidate in path.parent.iterdir():
        if leftover.fullmatch(candidate.name):
            candidate.unlink(missing_ok=True)


def _temporary(path: Path) -> Path:
    return path.with_name(f".{path.name}.{uuid.uuid4().hex}.tmp")
