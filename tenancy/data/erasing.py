"""Erasure of a tenant: every row of it in every database of a server, with a certificate.

One transaction a database, bound to the tenant. The tenant's own row goes first: it waits for whoever is writing rows
of the tenant, and what they commit is erased with the rest. Audit rows stay without their payload (the duty to keep who
did what outlives the data), events of the outbox go, and one audit row says that and what was erased. Killed between
two databases, the same command goes on: a database in which the tenant is erased is counted again and left as it is.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from psycopg import sql
from psycopg.types.json import Jsonb

from tenancy import model
from tenancy.data import place, proof
from tenancy.data.bound import Connect, bind, reading, writing
from tenancy.data.certificate import Certificate, ErasedDatabase, read_certificate, write_certificate
from tenancy.data.manifest import Manifest
from tenancy.data.proof import ERASE
from tenancy.data.relations import AUDIT, REGISTRY, TENANTS, found
from tenancy.data.rows import count, whose
from tenancy.data.verifying import verify
from tenancy.faults import Fault, RefusedError
from tenancy.stores import Store
from tenancy.work import Work


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What is asked: whom to erase, who asks, and the export made before (or why there is none)."""

    tenant: UUID
    actor: str
    export: str = ""
    without_export: str = ""


@dataclass(frozen=True)
class _Here:
    """A tenant in one database."""

    tenant: place.Tenant
    deployment: str


def erase(connect: Connect, databases: Mapping[str, model.Database], store: Store, asked: Asked) -> Certificate:
    """Erase a tenant from every database of a server; gives the certificate that was written to the store.

    databases: every database of the server by name, with its tables at its revision. Raises RefusedError, with nothing
    erased, when the tenant is nowhere, or when the export is missing, damaged, not of this tenant, deployment and all
    of its databases; after an erasure, when rows of the tenant are there again (its service still writes). StoreError.
    """
    there = _looked_at(connect, databases, asked.tenant)
    manifest = _manifest(store, asked, there)
    for name, here in there.items():
        _erase(connect, databases[name], asked, here.tenant)
    return _certified(connect, store, asked, manifest, list(there))


def _looked_at(connect: Connect, databases: Mapping[str, model.Database], tenant: UUID) -> dict[str, _Here]:
    """The databases that know the tenant; in every one, each table can be read, and nobody else has rows of it."""
    there: dict[str, _Here] = {}
    for name, database in databases.items():
        with reading(connect, name) as work:
            known = place.tenant(work, tenant)
            found(work, database)
            bind(work, tenant)
            left = {table: rows for table, rows in proof.left(work, tenant).items() if rows}
            if known is None and left:
                what = f"has rows of tenant {tenant}, whom it was never told of: {', '.join(left)}"
                step = "add the tenant (tenant add does, in every database), then erase it"
                raise _refused(work.where, what, "rows of tenants that it knows", step)
            if known:
                there[name] = _Here(known, place.read(work).deployment)
    if not there:
        raise _refused(
            f"tenant {tenant}", "is in no database of this server", "a tenant of this deployment", "list them"
        )
    return there


def _manifest(store: Store, asked: Asked, there: Mapping[str, _Here]) -> Manifest | None:
    """The export made before, verified to its last byte; None where the reason why there is none was given."""
    where = f"tenant {asked.tenant}"
    if bool(asked.export) == bool(asked.without_export.strip()):
        what = "is to be erased without an export, and no reason is given" if not asked.export else "has both"
        allowed = "the name of a verified export of it, or the reason why there is none"
        raise _refused(where, what, allowed, "export the tenant first, or give the reason with --without-export")
    if not asked.export:
        return None
    manifest = verify(store, asked.export)
    missing = sorted(it for it, here in there.items() if it not in manifest.databases and not here.tenant.is_erased)
    if deployments := sorted({here.deployment for here in there.values()} - {manifest.deployment}):
        what = f"export {asked.export} is of deployment {manifest.deployment}"
        raise _refused(where, what, f"an export of {', '.join(deployments)}", "export the tenant here, then erase it")
    if asked.tenant not in {tenant.id for tenant in manifest.tenants} or missing:
        what = f"is not in export {asked.export}" + (f", which has no database {', '.join(missing)}" if missing else "")
        raise _refused(where, what, "an export of this tenant from every database", "export the tenant, then erase it")
    return manifest


def _erase(connect: Connect, database: model.Database, asked: Asked, tenant: place.Tenant) -> None:
    """Erase it from one database; where it is erased, only what was written since."""
    with writing(connect, database.name, asked.actor, audited=False) as work:
        bind(work, tenant.id)
        if tenant.is_erased and not any(proof.left(work, tenant.id).values()):
            return
        slug = tenant.slug if tenant.is_erased else place.slug_once_erased(tenant.id, tenant.slug)
        work.connection.execute(
            "UPDATE tenancy.tenants SET status = %s, name = '', slug = %s WHERE id = %s",
            [place.ERASED, slug, tenant.id],
        )
        relations = [it for it in found(work, database) if it.tenant and it.full_name != TENANTS]
        before = {it.full_name: count(work, it, tenant.id) for it in relations}
        for relation in reversed(relations):
            if relation.full_name == REGISTRY:
                work.connection.execute(
                    "UPDATE shared.tenants SET status = %s, name = '', legal_name = NULL, slug = %s WHERE id = %s",
                    [place.ERASED, slug, tenant.id],
                )
            elif relation.full_name != AUDIT:
                work.connection.execute(
                    sql.SQL("DELETE FROM {}{}").format(relation.identifier, whose(relation, tenant.id))
                )
        work.connection.execute(
            "UPDATE audit.entries SET old = NULL, new = NULL, redacted_at = now() "
            "WHERE tenant_id = %s AND action <> %s AND (old IS NOT NULL OR new IS NOT NULL)",
            [tenant.id, ERASE],
        )
        if not tenant.is_erased:
            _record(work, asked, before)
        _require_nothing_left(work, tenant.id)


def _record(work: Work, asked: Asked, before: Mapping[str, int]) -> None:
    """One audit row that says what was erased: whoever goes on after a kill reads it there."""
    counts = {"before": before, "revision": place.read(work).revision}
    work.connection.execute(
        "INSERT INTO audit.entries (tenant_id, actor_id, table_name, row_id, action, new) "
        "VALUES (%s, %s, 'tenants', %s, %s, %s)",
        [asked.tenant, asked.actor, asked.tenant, ERASE, Jsonb(counts)],
    )


def _certified(
    connect: Connect, store: Store, asked: Asked, manifest: Manifest | None, databases: list[str]
) -> Certificate:
    """Count once more, after every commit, and write the certificate; a second time gives the one that is there."""
    known = read_certificate(store, asked.tenant)
    erased: dict[str, ErasedDatabase] = {}
    deployment = ""
    for name in databases:
        with reading(connect, name) as work:
            bind(work, asked.tenant)
            after = _require_nothing_left(work, asked.tenant)
            if known is None:
                erased[name] = _erased(work, asked.tenant, after)
                deployment = place.read(work).deployment
    if known:
        return known
    return write_certificate(
        store,
        Certificate(
            tenant=asked.tenant,
            deployment=deployment,
            databases=erased,
            export=asked.export,
            export_sha256=manifest.sha256 if manifest else "",
            without_export=asked.without_export.strip(),
            completed_at=datetime.now(UTC),
            completed_by=asked.actor,
        ),
    )


def _erased(work: Work, tenant: UUID, after: Mapping[str, int]) -> ErasedDatabase:
    """What the audit row of the erasure says, also where an earlier run wrote it."""
    row = work.row("SELECT new, at, actor_id FROM audit.entries WHERE tenant_id = %s AND action = %s", tenant, ERASE)
    redacted = work.row("SELECT count(*) FROM audit.entries WHERE tenant_id = %s AND action <> %s", tenant, ERASE)
    if row is None or redacted is None:
        what = f"tenant {tenant} is erased, and no audit row says when"
        raise _refused(work.where, what, "the audit row that the erasure wrote", "look for who deletes audit rows")
    counts: Any = row[0] if isinstance(row[0], dict) else json.loads(row[0])
    return ErasedDatabase(
        revision=counts["revision"],
        erased_at=row[1],
        erased_by=row[2],
        before=counts["before"],
        after=after,
        redacted=redacted[0],
    )


def _require_nothing_left(work: Work, tenant: UUID) -> dict[str, int]:
    after = proof.left(work, tenant)
    if rest := {table: rows for table, rows in after.items() if rows}:
        counts = ", ".join(f"{table} {rows}" for table, rows in rest.items())
        what = f"tenant {tenant} has rows: {counts}"
        raise _refused(
            work.where, what, "none, in every table with tenant_id", "stop the service that writes them, erase again"
        )
    return after


def _refused(where: str, what: str, allowed: str, next_step: str) -> RefusedError:
    return RefusedError([Fault(where=where, what=what, allowed=allowed, next_step=next_step)])
