"""An export held against its manifest, and a database held against an export.

Both are read to the end before anything is written: a file that was truncated, changed, put in another order or that is
another tenant's is told while nothing has happened yet.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from tenancy.data.keeping import verify_kept
from tenancy.data.manifest import Manifest, Part, read_manifest
from tenancy.data.parts import read
from tenancy.data.relations import OUTBOX, REGISTRY, TENANTS, Relation
from tenancy.data.rows import content
from tenancy.faults import Fault, RefusedError
from tenancy.stores import Store
from tenancy.work import Work

_APART: Final = frozenset({TENANTS, OUTBOX})


@dataclass(frozen=True, kw_only=True)
class Difference:
    """A table whose rows of a tenant (None: a table that belongs to none) are not those of an export."""

    database: str
    table: str
    tenant: UUID | None
    rows: int
    exported: int

    def __str__(self) -> str:
        whose = f" of tenant {self.tenant}" if self.tenant else ""
        other = " and others" if self.rows == self.exported else ""
        return f"{self.table}: {self.rows} rows{whose} where the export has {self.exported}{other}"


def verify(store: Store, name: str, expected: str | None = None) -> Manifest:
    """Read an export to its end; gives its manifest. `expected`: the manifest's SHA-256 where the caller knows it.

    Raises RefusedError with what is missing, truncated, changed, or not of the tenant that its part is said to be of.
    """
    manifest = read_manifest(store, name, expected)
    for part in manifest.parts:
        columns = manifest.databases[part.database].tables[part.table].columns.keys()
        owner = "id" if part.table in {TENANTS, REGISTRY} else "tenant_id"
        for number, line in enumerate(read(store, part), start=1):
            if what := _wrong(line, part, owner, frozenset(columns)):
                where = f"part {part.name} line {number}"
                allowed = f"rows of {part.table}{f' of tenant {part.tenant}' if part.tenant else ''}"
                step = "import the export of this tenant, as the export command wrote it"
                raise RefusedError([Fault(where=where, what=what, allowed=allowed, next_step=step)])
    if manifest.kept is not None:
        verify_kept(store, manifest.kept)
    return manifest


def differences(
    work: Work, relations: Iterable[Relation], manifest: Manifest, database: str, tenants: Iterable[UUID | None]
) -> Iterator[Difference]:
    """Where the database that `work` is in does not hold exactly the rows of an export.

    tenants: whose rows are compared; bound by the caller one by one, so that a generator is taken step by step. None
    stands for the tables that belong to no tenant.
    """
    parts = manifest.parts_of(database)
    compared = [relation for relation in relations if relation.full_name not in _APART]
    for tenant in tenants:
        for relation in compared:
            if not relation.is_of(tenant, whole=manifest.scope == "all"):
                continue
            here, part = content(work, relation, tenant), parts.get((relation.full_name, tenant))
            if (here.rows, here.sha256 if part else None) != ((part.rows, part.content) if part else (0, None)):
                yield Difference(
                    database=database,
                    table=relation.full_name,
                    tenant=tenant,
                    rows=here.rows,
                    exported=part.rows if part else 0,
                )


def _wrong(line: bytes, part: Part, owner: str, columns: frozenset[str]) -> str:
    try:
        row: Any = json.loads(line)
    except ValueError:
        return "is no JSON"
    if not isinstance(row, dict) or not row.keys() <= columns:
        return f"is no row of {part.table}"
    if part.tenant is not None and row.get(owner) != str(part.tenant):
        return f"is of tenant {row.get(owner)}"
    return ""
