"""The pack of a closed month: a directory of files that are never written again, and a manifest with their hashes.

    closed/2026-10.sha256             SHA-256 of the manifest, as `sha256sum -c` reads it: the pack's hash
    closed/2026-10/manifest.json      what the pack is: hashes of its files and of the charges, sums of the lines
    closed/2026-10/report.html ...    the report, in every form

A manifest names the hash of the pack that was closed before it, so that none can be changed alone.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final

from pydantic import TypeAdapter, ValidationError

from cidr import Fault, FaultsError

FORMAT: Final = 1
MANIFEST: Final = "manifest.json"
_CHUNK: Final = 1 << 20


@dataclass(frozen=True, kw_only=True)
class File:
    """A file of a pack. path: within the pack; size: in bytes; sha256: of its bytes."""

    path: str
    size: int
    sha256: str


@dataclass(frozen=True, kw_only=True)
class Sum:
    """What a line came to. Exact amounts as texts, in the pack's currency."""

    line: str
    billed: str
    amortised: str


@dataclass(frozen=True, kw_only=True)
class Manifest:
    """What a pack is. month: `2026-10`; closed: UTC, ISO 8601; rows: how many charges, rows_sha256: of them, as in
    row_hash; previous: month and hash of the pack that was closed before this one, empty for the first.
    """

    format: int
    month: str
    closed: str
    currency: str
    rows: int
    rows_sha256: str
    lines: tuple[Sum, ...]
    files: tuple[File, ...]
    previous_month: str
    previous_sha256: str


@dataclass(frozen=True, kw_only=True)
class Broken:
    """A file that is not as it was closed. path: within the directory of the packs."""

    path: str
    what: str


_ADAPTER: Final = TypeAdapter(Manifest)


class Packs:
    """The packs of one home, in `directory`."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    def months(self) -> list[date]:
        """The months that are closed, the earliest first."""
        return sorted(date.fromisoformat(f"{path.stem}-01") for path in self.directory.glob("????-??.sha256"))

    def manifest(self, month: date) -> Manifest:
        """What a closed month is. Raises FaultsError where its manifest cannot be read."""
        path = self.of(month) / MANIFEST
        try:
            return _ADAPTER.validate_json(path.read_bytes())
        except (OSError, ValidationError) as error:
            what = f"the manifest of a closed month cannot be read: {str(error).splitlines()[0]}"
            step = "put the pack back from its copy: what was closed is not made again"
            raise FaultsError([Fault(where=str(path), what=what, allowed="as it was closed", next_step=step)]) from None

    def hash(self, month: date) -> str:
        """The hash that a closed month got when it was closed."""
        return self.anchor(month).read_text(encoding="utf-8").split()[0]

    def of(self, month: date) -> Path:
        """The directory of a month's pack."""
        return self.directory / f"{month:%Y-%m}"

    def anchor(self, month: date) -> Path:
        """The file with a month's hash."""
        return self.directory / f"{month:%Y-%m}.sha256"

    def last(self) -> Manifest | None:
        """The pack that was closed last, whatever its month."""
        return max((self.manifest(month) for month in self.months()), key=lambda it: it.closed, default=None)

    def broken(self, month: date) -> Iterator[Broken]:
        """Every file of a closed month that was changed, is gone or came in; nothing where it is as it was closed."""
        name, directory = f"{month:%Y-%m}", self.of(month)
        path = directory / MANIFEST
        if not path.is_file():
            yield Broken(path=f"{name}/{MANIFEST}", what="is gone")
            return
        if hash_of_file(path) != self.hash(month):
            yield Broken(path=f"{name}/{MANIFEST}", what=f"was changed: {name}.sha256 has another hash")
        found = {str(it.relative_to(directory)): it for it in directory.rglob("*") if it.is_file()}
        manifest = self.manifest(month)
        for file in manifest.files:
            there = found.get(file.path)
            if there is None:
                yield Broken(path=f"{name}/{file.path}", what="is gone")
            elif there.stat().st_size != file.size or hash_of_file(there) != file.sha256:
                yield Broken(path=f"{name}/{file.path}", what="was changed")
        for stranger in sorted(set(found) - {file.path for file in manifest.files} - {MANIFEST}):
            yield Broken(path=f"{name}/{stranger}", what="was not there when the month was closed")
        yield from self._chain(manifest)

    def _chain(self, manifest: Manifest) -> Iterator[Broken]:
        """Whether the pack before it still has the hash that this one noted."""
        if not manifest.previous_month:
            return
        anchor = self.anchor(date.fromisoformat(f"{manifest.previous_month}-01"))
        if not anchor.is_file():
            yield Broken(path=anchor.name, what=f"is gone, and {manifest.month} was closed after it")
        elif anchor.read_text(encoding="utf-8").split()[0] != manifest.previous_sha256:
            yield Broken(path=anchor.name, what=f"has another hash than {manifest.month} noted when it was closed")


def files_in(directory: Path) -> tuple[File, ...]:
    """Every file of a directory with its hash, sorted."""
    paths = sorted(path for path in directory.rglob("*") if path.is_file())
    return tuple(
        File(path=str(path.relative_to(directory)), size=path.stat().st_size, sha256=hash_of_file(path))
        for path in paths
    )


def hash_of_file(path: Path) -> str:
    """SHA-256 of a file's bytes, hexadecimal."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def text_of(manifest: Manifest) -> str:
    """A manifest as its file has it."""
    document: Mapping[str, Any] = asdict(manifest)
    return json.dumps(document, indent=1) + "\n"
