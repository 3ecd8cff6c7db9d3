"""The files of an export, made ready to be read: whole, hashed, unpacked; what is cut is found here.

DuckDB reads the beginning of a gzip file that was cut and takes it for all of it, and reads gzip on one core; so it
gets plain files.
"""

import csv
import hashlib
import os
import zlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import BinaryIO, Final
from uuid import uuid4

import duckdb

from cidr import Fault, FaultsError
from finance.actuals.layout import Export
from finance.ledger.index import Part

_CHUNK: Final = 1 << 20
_PARQUET_MAGIC: Final = b"PAR1"


@dataclass(frozen=True, slots=True)
class Ready:
    """A part as it is read. path: plain CSV or Parquet; given: as it came. types: column -> DuckDB type."""

    given: Path
    path: Path
    part: Part
    types: dict[str, str]

    @property
    def parquet(self) -> bool:
        """Whether it is Parquet, not CSV."""
        return self.path.suffix.lower() == ".parquet"


def prepare(export: Export, unpacked: Path) -> tuple[tuple[Ready, ...], tuple[Fault, ...]]:
    """The parts of an export, each once, and a word on each that is another's copy.

    unpacked: a folder for what comes packed. Raises FaultsError with every part that is cut or has not the size that
    the manifest says.
    """
    with ThreadPoolExecutor(os.cpu_count()) as pool:  # hashing and unpacking leave the interpreter's lock alone
        outcomes = list(pool.map(partial(_outcome, export=export, unpacked=unpacked), export.parts))
    faults = [it for it in outcomes if isinstance(it, Fault)]
    if faults:
        raise FaultsError(faults)
    ready: dict[str, Ready] = {}
    notices: list[Fault] = []
    for it in outcomes:
        if isinstance(it, Ready):
            first = ready.setdefault(it.part.sha256, it)
            if first is not it:
                notices.append(_copy(it.given, first.given))
    return tuple(ready.values()), tuple(notices)


def _outcome(given: Path, *, export: Export, unpacked: Path) -> Ready | Fault:
    said = export.sizes.get(given)
    size = given.stat().st_size
    if said is not None and said != size:
        return _cut(given, f"has {size} bytes, its manifest says {said}")
    if not size:
        return _cut(given, "is empty")
    packed = given.name.lower().endswith(".gz")
    path = unpacked / f"{uuid4().hex}.csv" if packed else given
    try:
        digest, ending = _unpack(given, path) if packed else _digest(given)
    except (zlib.error, EOFError) as error:
        return _cut(given, f"is no whole gzip file: {error}")
    ready = Ready(given, path, Part(given.name, size, digest), {})
    if ready.parquet:
        whole = ending == _PARQUET_MAGIC
        return ready if whole else _cut(given, "has no footer: Parquet without it was not written to its end")
    if not ending.endswith(b"\n") and said is None:
        return _cut(
            given, "ends in the middle of a line: without a line end nobody can tell whether its last amount is whole"
        )
    return ready


def with_types(ready: Ready, connection: duckdb.DuckDBPyConnection) -> Ready:
    """The part with its columns. Raises FaultsError for a file that is not of its kind."""
    if ready.parquet:
        try:
            found = connection.read_parquet(str(ready.path), hive_partitioning=False)
        except duckdb.Error as error:
            raise FaultsError([_cut(ready.given, f"is no Parquet file: {str(error).splitlines()[0]}")]) from None
        types = dict(zip(found.columns, map(str, found.types), strict=True))
    else:
        try:
            with ready.path.open(encoding="utf-8-sig", newline="") as file:
                header = next(csv.reader(file), [])
        except UnicodeDecodeError as error:
            raise FaultsError([_cut(ready.given, f"is not UTF-8: {error}")]) from None
        types = {_unique(name, index, header): "VARCHAR" for index, name in enumerate(header)}
    return replace(ready, types=types)


def _unique(name: str, index: int, header: list[str]) -> str:
    """A column's name; of two alike the later one is told apart, and so never read."""
    return name if header.index(name) == index else f"{name} ({index + 1})"


def _digest(path: Path) -> tuple[str, bytes]:
    digest, ending = hashlib.sha256(), b""
    with path.open("rb", buffering=0) as file:
        for chunk in _chunks(file):
            digest.update(chunk)
            ending = chunk[-4:]
    return digest.hexdigest(), ending


def _unpack(given: Path, path: Path) -> tuple[str, bytes]:
    """Write the plain file; gives the packed one's hash, and the plain one's last bytes.

    Raises EOFError where it ends too early, zlib.error where it is damaged.
    """
    digest, ending = hashlib.sha256(), b""
    unpacker = zlib.decompressobj(wbits=31)
    path.parent.mkdir(parents=True, exist_ok=True)
    with given.open("rb", buffering=0) as file, path.open("wb") as plain:
        for chunk in _chunks(file):
            digest.update(chunk)
            left = chunk
            while left:
                if unpacker.eof:  # gzip files may stand one behind another
                    unpacker = zlib.decompressobj(wbits=31)
                data = unpacker.decompress(left)
                left = unpacker.unused_data
                if data:
                    plain.write(data)
                    ending = data[-4:]
    if not unpacker.eof:
        raise EOFError("it ends before its end mark")
    return digest.hexdigest(), ending


def _chunks(file: BinaryIO) -> Iterator[bytes]:
    while chunk := file.read(_CHUNK):
        yield chunk


def _cut(given: Path, what: str) -> Fault:
    return Fault(
        where=str(given),
        what=what,
        allowed="the whole file, as Azure wrote it",
        next_step=f"download {given.name} again, then ./cfctl cost import {given.parent}",
    )


def _copy(given: Path, first: Path) -> Fault:
    what = f"is byte for byte {first.name}, and is counted once"
    return Fault(where=str(given), what=what, allowed="each part once", next_step=f"remove {given}")
