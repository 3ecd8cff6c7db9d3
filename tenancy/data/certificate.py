"""The certificate of an erasure: what there was, what there is, who did it and when, with a hash of itself."""

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Final, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from tenancy.faults import Fault, RefusedError
from tenancy.stores import Store

FORMAT: Final = 1
FOLDER: Final = "certificates"
# Azure keeps a server's backups for 35 days at most.
# https://learn.microsoft.com/azure/postgresql/backup-restore/concepts-backup-restore#backup-retention
BACKUP_DAYS: Final = 35
# What an erasure cannot reach, in the words of the certificate.
ELSEWHERE: Final = (
    f"Backups of the server made before the erasure hold the rows until they expire: {BACKUP_DAYS} days at most, "
    "longer only in a backup vault that keeps copies for longer. A server restored from one of them is erased again "
    "with the same command before anybody uses it. The export made before the erasure, where there is one, holds every "
    "row: it goes when its own retention ends. Audit rows keep who, when and which row, without what stood in it."
)
Count = Annotated[int, Field(ge=0)]


class _Row(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class ErasedDatabase(_Row):
    """One database: rows by table before, and afterwards by every table of the catalogs that has a tenant_id.

    redacted: audit rows that were left, without old and new. after: counted anew when the certificate was made.
    """

    revision: str
    erased_at: datetime
    erased_by: str
    before: Mapping[str, Count]
    after: Mapping[str, Count]
    redacted: Count


class Certificate(_Row):
    """An erasure. export, export_sha256: the verified export made before; or `without_export`: why there is none."""

    format: Literal[1] = FORMAT
    tenant: UUID
    deployment: str
    databases: Mapping[str, ErasedDatabase]
    export: str
    export_sha256: str
    without_export: str
    completed_at: datetime
    completed_by: str
    elsewhere: str = ELSEWHERE
    sha256: str = ""

    def digest(self) -> str:
        """The SHA-256 that `sha256` must be: of everything else here."""
        data = self.model_dump(mode="json", exclude={"sha256"})
        return hashlib.sha256(json.dumps(data, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def path_of(tenant: UUID) -> str:
    """The name in the store of a tenant's certificate; an id is erased once."""
    return f"{FOLDER}/{tenant}.json"


def write_certificate(store: Store, certificate: Certificate) -> Certificate:
    """Write it with its hash; gives what was written. Raises StoreError where the tenant has one."""
    signed = certificate.model_copy(update={"sha256": certificate.digest()})
    store.write(path_of(signed.tenant), [signed.model_dump_json(indent=1).encode(), b"\n"])
    return signed


def read_certificate(store: Store, tenant: UUID) -> Certificate | None:
    """The certificate of a tenant, or None. Raises RefusedError for one that was changed."""
    path = path_of(tenant)
    if not store.exists(path):
        return None
    try:
        found = Certificate.model_validate_json(b"".join(store.read(path)))
    except ValidationError:
        found = None
    if found is None or found.sha256 != found.digest():
        what = "is not as an erasure writes it: it was changed"
        step = "take it from a copy of the store; the rows themselves are not touched"
        raise RefusedError([Fault(where=path, what=what, allowed="the certificate of an erasure", next_step=step)])
    return found
