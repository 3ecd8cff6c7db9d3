"""The files of an export: lines under gzip, hashed while they go by, in memory that does not grow with them."""

import hashlib
import zlib
from collections.abc import Generator, Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from tenancy.data.manifest import Part
from tenancy.faults import Fault, RefusedError
from tenancy.stores import Store

_GZIP: Final = 31  # zlib's own gzip, with no time and no name in its head: the same lines give the same file
_LEVEL: Final = 6
_CHUNK: Final = 1 << 20
# PostgreSQL's JSON has at most 256 MiB, and so has a line.
_LONGEST_LINE: Final = 256 << 20
_AGAIN: Final = "take the file from a copy of the store, or export again under a new name"


@dataclass
class Measured:
    """What went by: rows, bytes as they are stored, and the hashes of those and of the lines."""

    rows: int = 0
    bytes: int = 0
    stored: Any = field(default_factory=hashlib.sha256)
    lines: Any = field(default_factory=hashlib.sha256)


def packed(lines: Iterator[bytes], measured: Measured) -> Generator[bytes, None, None]:
    """The lines as a gzip file, in chunks."""
    packer = zlib.compressobj(_LEVEL, zlib.DEFLATED, _GZIP)
    waiting = bytearray()
    for line in lines:
        ended = line + b"\n"
        measured.rows += 1
        measured.lines.update(ended)
        waiting += packer.compress(ended)
        if len(waiting) >= _CHUNK:
            yield _out(waiting, measured)
            waiting = bytearray()
    yield _out(waiting + packer.flush(), measured)


def _out(chunk: bytearray, measured: Measured) -> bytes:
    measured.bytes += len(chunk)
    measured.stored.update(chunk)
    return bytes(chunk)


def read(store: Store, part: Part) -> Iterator[bytes]:
    """The lines of a part, without their line feeds; in the end they were those that the manifest says.

    Raises RefusedError as soon as they cannot be: truncated, changed, put in another order, or another file's.
    """
    if not store.exists(part.name):
        raise _refused(part, "is missing", "every part that the manifest names")
    measured = Measured()
    unpacker = zlib.decompressobj(_GZIP)
    rest = b""
    for chunk in store.read(part.name):
        measured.bytes += len(chunk)
        measured.stored.update(chunk)
        for piece in _unpacked(unpacker, chunk, part):
            *whole, rest = (rest + piece).split(b"\n")
            if len(rest) > _LONGEST_LINE:
                raise _refused(part, "has a line without an end", "the lines of an export")
            for line in whole:
                measured.rows += 1
                measured.lines.update(line + b"\n")
                yield line
    if not unpacker.eof or rest or measured.bytes < part.bytes:
        what = f"is truncated: {measured.bytes} bytes"
        raise _refused(part, what, f"{part.bytes} bytes")
    found = (measured.rows, measured.bytes, measured.stored.hexdigest(), measured.lines.hexdigest())
    if found != (part.rows, part.bytes, part.sha256, part.content):
        what = f"has other content than was written: SHA-256 {found[2]}, {found[0]} rows, {found[1]} bytes"
        raise _refused(part, what, f"SHA-256 {part.sha256}, {part.rows} rows, {part.bytes} bytes")


def _unpacked(unpacker: Any, chunk: bytes, part: Part) -> Iterator[bytes]:
    """What a chunk holds, in pieces of limited size: a small file may claim to hold very much."""
    try:
        piece = bytes(_CHUNK)
        while chunk or len(piece) == _CHUNK:  # a full piece: more may wait inside, even when all of the input is in
            piece = unpacker.decompress(chunk, _CHUNK)
            chunk = unpacker.unconsumed_tail
            yield piece
    except zlib.error:
        what = "was changed: what is in it is no gzip"
        raise _refused(part, what, f"the file with SHA-256 {part.sha256}") from None
    if unpacker.unused_data:
        raise _refused(part, "goes on after its end", f"{part.bytes} bytes")


def _refused(part: Part, what: str, allowed: str) -> RefusedError:
    return RefusedError([Fault(where=f"part {part.name}", what=what, allowed=allowed, next_step=_AGAIN)])
