"""Export: every row of a server, or those of some tenants, as files with a manifest.

One REPEATABLE READ transaction a database: each database is a moment of its own, and the manifest says which. Inside
it, tenant after tenant is bound, so that row-level security decides what a tenant's files hold. Every run writes its
parts into a folder of its own; the manifest, last, names the folder's parts, and it alone makes an export of them.
"""

import uuid
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import chain
from uuid import UUID

from tenancy import model
from tenancy.data import place
from tenancy.data.bound import Connect, bind, reading
from tenancy.data.keeping import Sources, keep
from tenancy.data.manifest import (
    DatabaseInfo,
    Manifest,
    Part,
    TableInfo,
    TenantInfo,
    folder_of,
    path_of,
    write_manifest,
)
from tenancy.data.parts import Measured, packed
from tenancy.data.relations import OUTBOX, Relation, found
from tenancy.data.rows import lines
from tenancy.faults import Fault, RefusedError
from tenancy.stores import Store, exists_already
from tenancy.work import Work


@dataclass
class _Run:
    """What one run has written so far."""

    store: Store
    folder: str
    tenants: dict[UUID, TenantInfo] = field(default_factory=dict[UUID, TenantInfo])
    databases: dict[str, DatabaseInfo] = field(default_factory=dict[str, DatabaseInfo])
    parts: list[Part] = field(default_factory=list[Part])


def export(
    connect: Connect,
    databases: Mapping[str, model.Database],
    store: Store,
    *,
    name: str,
    tenants: Collection[UUID] | None = None,
    beside: Sources | None = None,
) -> Manifest:
    """Export databases of one server into `exports/{name}/` of the store; gives the manifest that was written.

    databases: each database by name with its tables at its revision. tenants: these alone, without the shared tables;
    None exports everything. beside: what is kept with the rows, first of all. Rows are streamed: memory does not
    grow with them. Killed, it leaves no export, and the
    same call begins anew. Raises StoreError when `name` is taken, RefusedError when a tenant is nowhere or erased, when
    databases say that they are of different deployments, or when a table is in no revision.
    """
    if store.exists(path_of(name)):
        raise exists_already(f"export {name}")
    started = datetime.now(UTC)
    run = _Run(store, f"{folder_of(name)}/{uuid.uuid4().hex[:12]}")
    kept = keep(beside, store, run.folder) if beside is not None else None
    deployments = {_database(run, connect, database, tenants) for database in databases.values()}
    if missing := sorted(set(tenants or ()) - run.tenants.keys(), key=str):
        raise RefusedError(_not_there(tenant) for tenant in missing)
    if len(deployments) != 1:
        what = f"the databases say that they are of {', '.join(sorted(deployments)) or 'no deployment'}"
        allowed, step = "databases of one deployment", "export the databases of one server"
        raise RefusedError([Fault(where=f"export {name}", what=what, allowed=allowed, next_step=step)])
    return write_manifest(
        store,
        Manifest(
            name=name,
            deployment=deployments.pop(),
            scope="all" if tenants is None else "tenants",
            tenants=tuple(sorted(run.tenants.values(), key=lambda tenant: tenant.id)),
            databases=run.databases,
            parts=tuple(run.parts),
            kept=kept,
            started=started,
            ended=datetime.now(UTC),
        ),
    )


def _database(run: _Run, connect: Connect, database: model.Database, tenants: Collection[UUID] | None) -> str:
    """Write the parts of one database; gives the deployment that it says it is of."""
    started = datetime.now(UTC)
    parts: list[Part] = []
    waiting = 0
    with reading(connect, database.name) as work:
        here = place.read(work)
        relations = [it for it in found(work, database) if it.full_name != OUTBOX]
        if tenants is None:
            parts += _parts(run, work, database.name, (it for it in relations if it.is_of(None, whole=True)), None)
        for tenant in place.tenants(work):
            if tenants is not None and tenant.id not in tenants:
                continue
            if tenants is not None and tenant.is_erased:
                raise RefusedError([_erased(work, tenant.id)])
            bind(work, tenant.id)
            info = TenantInfo(id=tenant.id, slug=tenant.slug, zone=tenant.zone, status=tenant.status)
            run.tenants.setdefault(tenant.id, info)
            theirs = (it for it in relations if it.is_of(tenant.id, whole=tenants is None))
            parts += _parts(run, work, database.name, theirs, tenant.id)
            waiting += _waiting(work, tenant.id)
    rows = Counter[str]()
    for part in parts:
        rows[part.table] += part.rows
    run.parts += parts
    run.databases[database.name] = DatabaseInfo(
        revision=here.revision,
        started=started,
        ended=datetime.now(UTC),
        waiting=waiting,
        tables={it.full_name: TableInfo(rows=rows[it.full_name], columns=dict(it.columns)) for it in relations},
    )
    return here.deployment


def _waiting(work: Work, tenant: UUID) -> int:
    """Events of the outbox that were not yet published."""
    row = work.row("SELECT count(*) FROM outbox.events WHERE tenant_id = %s AND published_at IS NULL", tenant)
    return int(row[0]) if row else 0


def _parts(run: _Run, work: Work, database: str, relations: Iterable[Relation], tenant: UUID | None) -> Iterator[Part]:
    """Write the rows that tables have of a tenant (None: of nobody in particular), table by table."""
    return chain.from_iterable(_part(run, work, database, relation, tenant) for relation in relations)


def _part(run: _Run, work: Work, database: str, relation: Relation, tenant: UUID | None) -> Iterator[Part]:
    """Write one table's rows of a tenant, or all of them (None); no file for no rows."""
    rows = lines(work, relation, tenant)
    if (first := next(rows, None)) is None:
        return
    measured = Measured()
    name = f"{run.folder}/{database}/{relation.full_name}/{tenant or 'shared'}.jsonl.gz"
    run.store.write(name, packed(chain([first], rows), measured))
    yield Part(
        database=database,
        table=relation.full_name,
        tenant=tenant,
        name=name,
        rows=measured.rows,
        bytes=measured.bytes,
        sha256=measured.stored.hexdigest(),
        content=measured.lines.hexdigest(),
    )


def _not_there(tenant: UUID) -> Fault:
    return Fault(
        where=f"tenant {tenant}",
        what="is in no database of this server",
        allowed="tenants of this deployment",
        next_step="list the tenants and give the id of one of them",
    )


def _erased(work: Work, tenant: UUID) -> Fault:
    return Fault(
        where=f"{work.where}: tenant {tenant}",
        what="is erased: there is nothing left to export",
        allowed="tenants that are active or suspended",
        next_step="the certificate of the erasure says what there was",
    )
