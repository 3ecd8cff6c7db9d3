"""A store in a directory: for tests, and for a restore by hand from files that were copied out of their store.

A file gets its name by a hard link when it is whole and on the disk. Linking fails where the name is taken, in one step
of the kernel, so that two writers cannot both win. https://man7.org/linux/man-pages/man2/link.2.html
"""

import os
import tempfile
from collections.abc import Generator, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urlparse

from tenancy.stores import StoreError, checked, exists_already, is_missing

_CHUNK: Final = 1 << 20
# A file that is being written, which a kill may leave behind; no name of a store begins with a dot.
_UNFINISHED: Final = ".unfinished-"


class Directory:
    """The store under `root`, which is made when something is first written."""

    def __init__(self, root: Path) -> None:
        self.root = root

    @staticmethod
    def at(url: str) -> "Directory":
        """The store of a URL `file:///absolute/path`. Raises StoreError for any other."""
        parts = urlparse(url)
        if parts.scheme != "file" or parts.netloc or not parts.path.startswith("/"):
            raise StoreError.at(f"store {url}", "no directory", "file:///absolute/path", "correct the URL of the store")
        return Directory(Path(unquote(parts.path)))

    def write(self, name: str, chunks: Iterable[bytes]) -> None:
        """As in Store."""
        path = self._path(name)
        if path.exists():
            raise exists_already(str(path))
        with _told(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            handle, unfinished = tempfile.mkstemp(prefix=_UNFINISHED, dir=path.parent)
        try:
            with _told(path):
                self._fill(handle, chunks)
                os.link(unfinished, path)
        finally:
            Path(unfinished).unlink()

    def read(self, name: str) -> Iterator[bytes]:
        """As in Store."""
        path = self._path(name)
        if not path.is_file():
            raise is_missing(str(path))
        with _told(path), path.open("rb") as file:
            while chunk := file.read(_CHUNK):
                yield chunk

    def exists(self, name: str) -> bool:
        """As in Store."""
        return self._path(name).is_file()

    def names(self, prefix: str) -> list[str]:
        """As in Store."""
        found = (path for path in self.root.rglob("*") if path.is_file() and not path.name.startswith(_UNFINISHED))
        every = (path.relative_to(self.root).as_posix() for path in found)
        return sorted(name for name in every if name.startswith(prefix))

    def _path(self, name: str) -> Path:
        return self.root / checked(name)

    @staticmethod
    def _fill(handle: int, chunks: Iterable[bytes]) -> None:
        with os.fdopen(handle, "wb") as file:
            for chunk in chunks:
                file.write(chunk)
            file.flush()
            os.fsync(file.fileno())


@contextmanager
def _told(path: Path) -> Generator[None, None, None]:
    """What the file system refuses, as a StoreError."""
    try:
        yield
    except FileExistsError:
        raise exists_already(str(path)) from None
    except OSError as error:
        what = f"cannot be read or written: {error.strerror or error}"
        allowed = "a directory that this process may write to, with room in it"
        raise StoreError.at(str(path), what, allowed, "mend what the system names, then run it again") from error
