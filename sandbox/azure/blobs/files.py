"""The blobs of one container as files: block blobs, put together from blocks that were sent before.

`<home>/blobs/<account>/<container>-<when it was made>/`: a container that is made anew is empty. A blob appears whole
or not at all, and keeps what it holds.
"""

import fcntl
import hashlib
import shutil
from collections.abc import Collection, Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import quote, unquote

_BLOB: Final = ".blob"
_BLOCKS: Final = ".blocks"
_UNTOLD: Final = "application/octet-stream"
_PIECE: Final = 1 << 20


class ThereAlreadyError(Exception):
    """A blob of that name is there, and the writer asked for a new one."""


class NoBlockError(Exception):
    """A block that a list names was never sent."""


@dataclass(frozen=True)
class Blobs:
    """The blobs in a directory, which need not be there yet."""

    directory: Path

    def put_block(self, name: str, block: str, content: bytes) -> None:
        """Keep one block of a blob to come."""
        directory = self._blocks(name)
        _make(directory)
        building = directory / f".{quote(block, safe='')}"
        building.write_bytes(content)
        building.replace(directory / quote(block, safe=""))

    def put_block_list(self, name: str, blocks: Sequence[str], media_type: str = "", *, only_new: bool) -> None:
        """Put a blob together. media_type: what it says that it is.

        Raises NoBlockError, and ThereAlreadyError for a name that is taken where `only_new`.
        """
        file, sent = self._file(name), self._blocks(name)
        with self._alone():
            if only_new and file.exists():
                raise ThereAlreadyError(name)
            missing = [block for block in blocks if not (sent / quote(block, safe="")).is_file()]
            if missing:
                raise NoBlockError(", ".join(missing))
            _make(file.parent)
            building = file.with_name(f".{file.name}")
            with building.open("wb") as whole:
                for block in blocks:
                    with (sent / quote(block, safe="")).open("rb") as part:
                        shutil.copyfileobj(part, whole, _PIECE)
            self._ids(name).write_text("\n".join(blocks), encoding="ascii")
            self._type(name).write_text(media_type or _UNTOLD, encoding="ascii")
            building.replace(file)
            shutil.rmtree(sent, ignore_errors=True)

    def blocks(self, name: str) -> list[str]:
        """The blocks that a blob was put together from."""
        return self._ids(name).read_text(encoding="ascii").split()

    def media_type(self, name: str) -> str:
        """What a blob says that it is."""
        file = self._type(name)
        return file.read_text(encoding="ascii") if file.is_file() else _UNTOLD

    def size(self, name: str) -> int | None:
        """Bytes of a blob; None where there is none."""
        file = self._file(name)
        return file.stat().st_size if file.is_file() else None

    def read(self, name: str, first: int, last: int) -> bytes:
        """The bytes of a blob from `first` to `last`, both included."""
        with self._file(name).open("rb") as file:
            file.seek(first)
            return file.read(last - first + 1)

    def names(self, prefix: str) -> list[str]:
        """The names that begin so, in their order."""
        found = (_name_of(file.relative_to(self.directory)) for file in self.directory.rglob(f"*{_BLOB}"))
        return sorted(name for name in found if name is not None and name.startswith(prefix))

    def _file(self, name: str) -> Path:
        # A dot at the beginning is written out: so no name leads out of the directory, or among our own files.
        steps = [_step(step) for step in name.split("/")]
        return self.directory.joinpath(*steps[:-1], steps[-1] + _BLOB)

    def _ids(self, name: str) -> Path:
        return self._file(name).with_suffix(".ids")

    def _type(self, name: str) -> Path:
        return self._file(name).with_suffix(".type")

    def _blocks(self, name: str) -> Path:
        return self.directory / _BLOCKS / hashlib.sha256(name.encode()).hexdigest()

    @contextmanager
    def _alone(self) -> Generator[None]:
        _make(self.directory)
        with (self.directory / ".lock").open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield


def directory_of(home: Path, account: str, container: str, made_at: float) -> Path:
    """Where the blobs of a container are kept that was made then, in seconds since the epoch."""
    return home / "blobs" / account.lower() / f"{container}-{int(made_at * 1000)}"


def sweep(home: Path, standing: Collection[Path]) -> None:
    """Remove the blobs of containers that are gone, with their accounts or alone."""
    for directory in (home / "blobs").glob("*/*"):
        if directory not in standing:
            shutil.rmtree(directory, ignore_errors=True)


def _make(directory: Path) -> None:
    """Make a directory and those above it, for the user alone."""
    if not directory.exists():
        _make(directory.parent)
        directory.mkdir(mode=0o700, exist_ok=True)


def _step(step: str) -> str:
    quoted = quote(step, safe="")
    return quoted.replace(".", "%2E", 1) if quoted.startswith(".") else quoted or "%"


def _name_of(path: Path) -> str | None:
    parts = [*path.parts[:-1], path.name.removesuffix(_BLOB)]
    if any(part.startswith(".") for part in parts):
        return None
    return "/".join("" if part == "%" else unquote(part) for part in parts)
