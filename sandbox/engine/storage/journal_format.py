"""How a journal is laid out, and how it is read.

A record is a marker (it begins with a byte that no UTF-8 text has), the length and a CRC-32 of its content, and the
content, JSON with secrets encrypted. The first record is the header: format version, and the digest of the state file
that the records add to. A record that the end of the file cuts off never happened; a broken record with a whole one
behind it is damage, and refused.
"""

import json
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, cast

from sandbox.engine.model.state import StackState
from sandbox.engine.storage.ledger import Begin, Commit, Fail, Ledger, Record
from sandbox.engine.storage.resource_json import Json, decode_resource, encode_resource
from sandbox.engine.storage.secrets import PassphraseSecrets
from sandbox.engine.storage.state_errors import DamagedStateError, SecretsError, StateVersionError, access_error
from sandbox.engine.storage.state_values import ValueCodec

FORMAT: Final = 1
_MARKER: Final = b"\xffJ01"
_HEAD: Final = struct.Struct("<4sII")


@dataclass(frozen=True, slots=True)
class Content:
    """What a journal says."""

    path: Path
    base: str
    """Digest of the state file that the records add to."""
    fold: str | None
    """Digest of the state file that has them all already, if its write was begun."""
    records: tuple[tuple[int, Json], ...]
    """Where each record starts, and its fields."""
    length: int
    """Where the last whole record ends; what stands behind it never happened."""


def frame(content: Json) -> bytes:
    """A record's bytes."""
    data = json.dumps(content, separators=(",", ":")).encode()
    return _HEAD.pack(_MARKER, len(data), zlib.crc32(data)) + data


def parse(data: bytes, path: Path) -> Content | None:
    """A journal's content; None if it was cut off before its header was whole. `path` is only for messages.

    DamagedStateError naming file and byte, StateVersionError for another format.
    """
    frames = list(_frames(data, path))
    if not frames:
        return None
    records = [(position, _fields(content, position, path)) for position, content in frames]
    length = frames[-1][0] + _HEAD.size + len(frames[-1][1])
    header = records[0][1]
    if header.get("format") != FORMAT:
        raise StateVersionError(
            f"the journal has the format {header.get('format')!r}; {FORMAT} is known here",
            path=path,
            next_step="run the same command with the release that wrote it, which finishes that run",
        )
    return Content(path, str(header.get("base")), records[-1][1].get("fold"), tuple(records[1:]), length)


def replay(base: StackState, path: Path, secrets: PassphraseSecrets) -> StackState:
    """The state after all that the journal at `path` says, applied to `base`, the state file that it names."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise access_error(error, path, "reading the journal") from None
    content = parse(data, path)
    return replay_content(base, content, secrets) if content else base


def replay_content(base: StackState, content: Content, secrets: PassphraseSecrets) -> StackState:
    """As `replay`, of a journal already parsed."""
    ledger, codec = Ledger(base), ValueCodec(secrets)
    for position, fields in content.records:
        try:
            record = record_from(fields, codec)
            if record is not None:
                ledger.apply(record)
        except SecretsError as error:
            raise SecretsError(error.what, path=content.path, next_step=error.next_step) from None
        except (DamagedStateError, ValueError, KeyError, TypeError) as error:
            raise DamagedStateError(
                f"the journal's record at byte {position} makes no sense: {error}",
                path=content.path,
                next_step=_aside(content.path),
            ) from None
    return ledger.state()


def record_to(record: Record, codec: ValueCodec) -> Json:
    """The JSON of a record."""
    if isinstance(record, Begin):
        return {"begin": record.op, "kind": record.kind, "resource": encode_resource(record.resource, codec)}
    if isinstance(record, Fail):
        return {"fail": record.op}
    fields: Json = {"commit": record.op}
    if record.put is not None and record.resource is not None:
        fields.update(put=record.put, resource=encode_resource(record.resource, codec))
    if record.drop is not None:
        fields["drop"] = record.drop
    return fields


def record_from(fields: Json, codec: ValueCodec) -> Record | None:
    """The record of its JSON; None for a note that changes no state."""
    if "begin" in fields:
        return Begin(fields["begin"], fields["kind"], decode_resource(fields["resource"], codec, "resource"))
    if "fail" in fields:
        return Fail(fields["fail"])
    if "commit" in fields:
        resource = decode_resource(fields["resource"], codec, "resource") if "put" in fields else None
        return Commit(fields["commit"], fields.get("put"), resource, fields.get("drop"))
    if "fold" in fields:
        return None
    raise ValueError(f"unknown record {sorted(fields)}")


def _frames(data: bytes, path: Path) -> Iterator[tuple[int, bytes]]:
    position = 0
    while position < len(data):
        content = _frame_at(data, position)
        if content is None:
            _refuse_damage(data, position, path)
            return
        yield position, content
        position += _HEAD.size + len(content)


def _frame_at(data: bytes, position: int) -> bytes | None:
    if len(data) - position < _HEAD.size:
        return None
    marker, length, checksum = _HEAD.unpack_from(data, position)
    content = data[position + _HEAD.size : position + _HEAD.size + length]
    return content if marker == _MARKER and len(content) == length and zlib.crc32(content) == checksum else None


def _refuse_damage(data: bytes, position: int, path: Path) -> None:
    """Raise unless what is broken at `position` can be the record that was being written when its writer died."""
    later = data.find(_MARKER, position + 1)
    while later != -1 and _frame_at(data, later) is None:
        later = data.find(_MARKER, later + 1)
    if later != -1 or (position == 0 and not data.startswith(_MARKER[: len(data)])):
        raise DamagedStateError(f"the journal is damaged at byte {position}", path=path, next_step=_aside(path))


def _aside(path: Path) -> str:
    return f"mv '{path}' '{path}.aside', then refresh the stack: what that run did must be read from the resources"


def _fields(content: bytes, position: int, path: Path) -> Json:
    try:
        fields: Any = json.loads(content)
    except (ValueError, RecursionError):
        fields = None
    if not isinstance(fields, dict):
        raise DamagedStateError(f"the journal's record at byte {position} is no JSON object", path=path)
    return cast("Json", fields)
