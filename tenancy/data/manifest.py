"""The manifest of an export: what the export holds, with a hash of each part and of itself.

It is written last. Without it there is no export, only parts that nothing names; so a run that was killed leaves no
export behind, and the same command begins anew beside the old parts. https://www.rfc-editor.org/rfc/rfc8785 is the idea
of the hash: one spelling of the JSON, without spaces and with its keys in order.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Annotated, Any, Final, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from tenancy.data.relations import TENANTS
from tenancy.faults import Fault, RefusedError
from tenancy.stores import Store

FORMAT: Final = 1
FOLDER: Final = "exports"
# No manifest is larger: 1,000 tenants with every table have about 60,000 parts of 300 bytes.
_LARGEST: Final = 256 << 20
_AGAIN: Final = "export again under a new name, or take the files from a copy of the store"
_NAME: Final = r"^[a-z0-9][a-z0-9-]{0,79}$"
_SHA256: Final = r"^[0-9a-f]{64}$"

Count = Annotated[int, Field(ge=0)]
Sha256 = Annotated[str, Field(pattern=_SHA256)]


class _Row(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Part(_Row):
    """One file: the rows of one table, of one tenant or (tenant None) of a table that belongs to none.

    bytes and sha256 are of the file as it is stored (gzip); content is the SHA-256 of its lines, each with its line
    feed, which is the same whenever the rows are: by it a database is held against an export.
    """

    database: str
    table: str
    tenant: UUID | None
    name: str
    rows: Annotated[int, Field(ge=1)]
    bytes: Annotated[int, Field(ge=1)]
    sha256: Sha256
    content: Sha256


class TableInfo(_Row):
    """A table of an export: rows of all its parts, and each column's type as PostgreSQL says it."""

    rows: Count
    columns: Mapping[str, str]


class DatabaseInfo(_Row):
    """A database of an export: one transaction, begun at `started`.

    waiting: events of the outbox that were not yet published. They are no part of an export (they are on their way,
    and whoever gets them twice or late must cope): a number other than 0 says that the publisher had not finished.
    """

    revision: str
    started: datetime
    ended: datetime
    waiting: Count
    tables: Mapping[str, TableInfo]


class TenantInfo(_Row):
    """A tenant of an export."""

    id: UUID
    slug: str
    zone: str
    status: str


class Kept(_Row):
    """What an export keeps beside the rows (tenancy.data.keeping): the list that names it, with its hash.

    blobs: how many; secrets: their names in the vault, never a value; bytes: of all in the store.
    """

    name: str
    sha256: Sha256
    blobs: Count
    secrets: tuple[str, ...]
    bytes: Count


class Manifest(_Row):
    """What an export holds. `scope`: every tenant and the shared tables, or some tenants alone.

    `kept`: what it has beside the rows; None where nothing else was asked for.
    """

    format: Literal[1] = FORMAT
    name: Annotated[str, Field(pattern=_NAME)]
    deployment: str
    scope: Literal["all", "tenants"]
    tenants: tuple[TenantInfo, ...]
    databases: Mapping[str, DatabaseInfo]
    parts: tuple[Part, ...]
    started: datetime
    ended: datetime
    kept: Kept | None = None
    sha256: Sha256 = "0" * 64

    @property
    def rows(self) -> int:
        """Rows in all."""
        return sum(part.rows for part in self.parts)

    def digest(self) -> str:
        """The SHA-256 that `sha256` must be: of everything else here."""
        # Without `kept` where there is none: exports of before it had a place here keep their hash.
        data = self.model_dump(mode="json", exclude={"sha256"} | ({"kept"} if self.kept is None else set()))
        return hashlib.sha256(json.dumps(data, sort_keys=True, separators=(",", ":")).encode()).hexdigest()

    def signed(self) -> "Manifest":
        """The same with its own hash."""
        return self.model_copy(update={"sha256": self.digest()})

    def parts_of(self, database: str) -> Mapping[tuple[str, UUID | None], Part]:
        """The parts of a database by table and tenant."""
        return {(part.table, part.tenant): part for part in self.parts if part.database == database}


def path_of(name: str) -> str:
    """The name in the store of an export's manifest."""
    return f"{folder_of(name)}/manifest.json"


def folder_of(name: str) -> str:
    """Where in the store everything of an export is. Raises RefusedError for what cannot be an export's name."""
    if not _is_name(name):
        raise RefusedError(
            [
                Fault(
                    where=f"export {name[:120]!r}",
                    what="no name for an export",
                    allowed="lower-case letters, digits and -, at most 80, first a letter or digit",
                    next_step="give a name of these characters",
                )
            ]
        )
    return f"{FOLDER}/{name}"


def write_manifest(store: Store, manifest: Manifest) -> Manifest:
    """Write it, with its hash, as the last file of its export; gives what was written. Raises StoreError."""
    signed = manifest.signed()
    store.write(path_of(manifest.name), [signed.model_dump_json(indent=1).encode(), b"\n"])
    return signed


def read_manifest(store: Store, name: str, expected: str | None = None) -> Manifest:
    """The manifest of an export, sound in itself; `expected` is its hash where the caller knows it.

    Raises RefusedError where there is none, where it is damaged, of another format, or not the expected one.
    """
    path = path_of(name)
    if not store.exists(path):
        known = ", ".join(exports(store)[-5:]) or "none"
        raise _refused(path, "is not there: no such export, or it did not finish", f"exports: {known}", _AGAIN)
    data = bytearray()
    for chunk in store.read(path):
        data += chunk
        if len(data) > _LARGEST:
            raise _refused(path, f"is larger than {_LARGEST} bytes", "the manifest of an export", _AGAIN)
    manifest = _parsed(path, bytes(data))
    if faults := tuple(_faults(manifest, path, name, expected)):
        raise RefusedError(faults)
    return manifest


def exports(store: Store) -> list[str]:
    """The names of the exports that finished."""
    ends = [name.split("/") for name in store.names(f"{FOLDER}/") if name.endswith("/manifest.json")]
    return [parts[1] for parts in ends if len(parts) == 3]


def _parsed(path: str, data: bytes) -> Manifest:
    try:
        found: Any = json.loads(data)
    except ValueError:
        raise _refused(path, "is not JSON: truncated or damaged", "the manifest of an export", _AGAIN) from None
    if isinstance(found, dict) and found.get("format") != FORMAT:
        what = f"is of format {str(found.get('format'))[:20]}"
        raise _refused(path, what, f"format {FORMAT}", "import it with the version of this job that made it")
    try:
        return Manifest.model_validate_json(data)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(step) for step in first["loc"])
        what = f"is not as an export writes it: {where}: {first['msg']}"
        raise _refused(path, what, "the manifest of an export", _AGAIN) from None


def _faults(manifest: Manifest, path: str, name: str, expected: str | None) -> Iterator[Fault]:
    if manifest.sha256 != manifest.digest():
        yield _fault(path, "does not have the hash that it says of itself: it was changed", manifest.digest(), _AGAIN)
    if expected is not None and manifest.sha256 != expected:
        what = f"has the hash {manifest.sha256}, and is not the one that was asked for"
        yield _fault(path, what, expected, "give the name and the hash of the same export")
    if manifest.name != name:
        yield _fault(path, f"is that of export {manifest.name}", name, _AGAIN)
    yield from _strangers(manifest, path)
    yield from _part_faults(manifest, path)


def _part_faults(manifest: Manifest, path: str) -> Iterator[Fault]:
    """The parts held against each other, the tenants and the counts."""
    keys = {(part.database, part.table, part.tenant) for part in manifest.parts}
    if len(keys) != len(manifest.parts) or len({part.name for part in manifest.parts}) != len(manifest.parts):
        yield _fault(path, "names a part twice", "each part once", _AGAIN)
    tenants = {tenant.id for tenant in manifest.tenants}
    for part in manifest.parts:
        if part.tenant is None and manifest.scope == "tenants":
            yield _fault(path, f"is of tenants, and has rows of {part.table} that are no tenant's", "theirs", _AGAIN)
        if part.tenant is not None and part.tenant not in tenants:
            yield _fault(path, f"has rows of tenant {part.tenant}, whom it does not name", "tenants it names", _AGAIN)
        elif part.tenant is not None and (part.database, TENANTS, part.tenant) not in keys:
            what = f"has rows of tenant {part.tenant} in {part.database}, which does not know it"
            yield _fault(path, what, f"a part of {TENANTS} for each tenant of a database", _AGAIN)
    said = {(d, table): of.rows for d, info in manifest.databases.items() for table, of in info.tables.items()}
    found = Counter[tuple[str, str]]()
    for part in manifest.parts:
        found[part.database, part.table] += part.rows
    for database, table in sorted(said.keys() | found.keys()):
        rows, sum_of_parts = said.get((database, table), 0), found[database, table]
        if rows != sum_of_parts:
            yield _fault(path, f"says {rows} rows of {database} {table}, its parts {sum_of_parts}", "the same", _AGAIN)


def _strangers(manifest: Manifest, path: str) -> Iterator[Fault]:
    """What it names that is not in its own folder."""
    kept = [manifest.kept.name] if manifest.kept else []
    for name in (*(part.name for part in manifest.parts), *kept):
        if not name.startswith(f"{folder_of(manifest.name)}/"):
            yield _fault(path, f"names {name[:200]!r}, no part of it", f"{folder_of(manifest.name)}/…", _AGAIN)


def _is_name(name: str) -> bool:
    return len(name) <= 80 and name[:1].isalnum() and all(c.isdigit() or c == "-" or "a" <= c <= "z" for c in name)


def _fault(where: str, what: str, allowed: str, next_step: str) -> Fault:
    return Fault(where=where, what=what, allowed=allowed, next_step=next_step)


def _refused(where: str, what: str, allowed: str, next_step: str) -> RefusedError:
    return RefusedError([_fault(where, what, allowed, next_step)])
