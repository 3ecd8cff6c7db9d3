"""Import: the rows of an export into databases that have none of them, exactly as they were.

Everything that can be known is checked in every database before the first row is written in any: the export to its last
byte, revisions, columns, residency zone and dedicated tenant (by the database's own trigger, in a transaction that is
rolled back), and that nothing is there. Then one transaction a database; before it commits, the rows that it holds are
read back and compared with the export's hashes. Audit rows come from the export, and the import itself makes none.

The revision must be the export's own. An older export is not bent to newer tables: the databases are migrated to its
revision while they are empty, it is imported, and the migrations forward then do to its rows what they do to any.
"""

import contextlib
from collections.abc import Generator, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

import psycopg

from tenancy import model
from tenancy.data import place
from tenancy.data.bound import Connect, bind, writing
from tenancy.data.keeping import Sources, give_back
from tenancy.data.manifest import DatabaseInfo, Manifest, TenantInfo
from tenancy.data.parts import read
from tenancy.data.relations import TENANTS, Relation, found
from tenancy.data.rows import count, insert
from tenancy.data.verifying import Difference, differences, verify
from tenancy.faults import Fault, JobError, RefusedError
from tenancy.stores import Store
from tenancy.work import Work

Outcome = Literal["imported", "was there", "taken before"]


@dataclass(frozen=True, kw_only=True)
class Imported:
    """What an import did in each database.

    `was there`: exactly these rows stood already. `taken before`: this export was imported here, and what services made
    of its rows since is theirs; a database that has none of them any more takes it again.
    """

    manifest: Manifest
    outcomes: Mapping[str, Outcome]


@dataclass(frozen=True, kw_only=True)
class _Target:
    """One database to import into."""

    connect: Connect
    database: model.Database
    store: Store
    manifest: Manifest
    actor: str

    @property
    def info(self) -> DatabaseInfo:
        return self.manifest.databases[self.database.name]

    @property
    def tenants(self) -> list[UUID]:
        """Those that the exported database knew."""
        parts = self.manifest.parts_of(self.database.name)
        return [tenant for table, tenant in parts if table == TENANTS and tenant is not None]

    @property
    def owners(self) -> list[UUID | None]:
        """Whose rows come: tenants, and None for tables that belong to none."""
        return [None, *self.tenants] if self.manifest.scope == "all" else [*self.tenants]


def import_(
    connect: Connect,
    databases: Mapping[str, model.Database],
    store: Store,
    *,
    name: str,
    actor: str,
    expected: str | None = None,
    beside: Sources | None = None,
) -> Imported:
    """Import the export `name` into databases of one server.

    databases: those of the server by name, with their tables at their revision. actor: who does it. expected: the
    manifest's SHA-256 where the caller knows it. beside: where blobs and secrets go that it has;
    None leaves them. Killed between two databases, the same call finishes: a database that
    already holds exactly the export's rows is left as it is. Raises RefusedError with every fault, StoreError.
    """
    manifest = verify(store, name, expected)
    faults = [_no_database(name, database) for database in sorted(manifest.databases.keys() - databases.keys())]
    targets = [
        _Target(connect=connect, database=databases[it], store=store, manifest=manifest, actor=actor)
        for it in manifest.databases
        if it in databases
    ]
    there: dict[str, Outcome | None] = {}
    for target in targets:
        try:
            there[target.database.name] = _looked_at(target)
        except JobError as error:
            faults += error.faults
    if faults:
        raise RefusedError(faults)
    outcomes: dict[str, Outcome] = {}
    for target in targets:
        outcome = there[target.database.name]
        if outcome is None:
            _fill(target)
        outcomes[target.database.name] = outcome or "imported"
    if beside is not None and manifest.kept is not None:
        give_back(beside, store, manifest.kept)
    return Imported(manifest=manifest, outcomes=outcomes)


def _looked_at(target: _Target) -> Outcome | None:
    """Whether the database has the export's rows already; None to import. Raises RefusedError when it cannot."""
    answer: Outcome | None = None
    with _opened(target) as (work, relations):
        _require_same_shape(target, work, relations)
        known = {tenant.id: tenant for tenant in place.tenants(work)}
        if others := [
            _other(target, known[it.id]) for it in target.manifest.tenants if _is_other(known.get(it.id), it)
        ]:
            raise RefusedError(others)
        new = [tenant for tenant in target.tenants if tenant not in known]
        _admit(target, work, relations, new)
        rows = {
            (it.full_name, owner): number
            for owner in _each(work, target.owners)
            for it in relations
            if it.full_name != TENANTS and it.is_of(owner, whole=target.manifest.scope == "all")
            if (number := count(work, it, owner))
        }
        if rows:
            noted = is_noted(work, target.manifest)
            if not noted and (new or any(_differences(target, work, relations))):
                raise RefusedError([_occupied(target, rows)])
            answer = "taken before" if noted else "was there"
        raise psycopg.Rollback
    return answer


def _fill(target: _Target) -> None:
    """Write the rows of one database and compare them, in one transaction."""
    with _opened(target) as (work, relations):
        work.connection.execute("SET CONSTRAINTS ALL DEFERRED")
        known = {tenant.id for tenant in place.tenants(work)}
        _admit(target, work, relations, [tenant for tenant in target.tenants if tenant not in known])
        for tenant in target.manifest.tenants:  # one that was let in before may have been suspended since
            work.rows(
                "UPDATE tenancy.tenants SET status = %s WHERE id = %s AND status <> %s RETURNING id",
                *(tenant.status, tenant.id, tenant.status),
            )
        parts = target.manifest.parts_of(target.database.name)
        for owner in _each(work, target.owners):
            for relation in relations:
                part = parts.get((relation.full_name, owner))
                if part and relation.full_name != TENANTS:
                    insert(work, relation, read(target.store, part))
        _note(target, work)
        work.connection.execute("SET CONSTRAINTS ALL IMMEDIATE")
        if wrong := list(_differences(target, work, relations)):
            raise RefusedError(
                Fault(
                    where=f"database {target.database.name}",
                    what=f"after the import it does not hold the export's rows: {it}; nothing was kept",
                    allowed="the rows of the export",
                    next_step="look for triggers and defaults that no revision made, then import again",
                )
                for it in wrong
            )


def is_noted(work: Work, manifest: Manifest) -> bool:
    """Whether a database took this very export: by its name and by the hash of what it holds."""
    query = "SELECT FROM tenancy.imports WHERE name = %s AND sha256 = %s"
    return bool(work.rows(query, manifest.name, manifest.sha256))


def _note(target: _Target, work: Work) -> None:
    """In the transaction of the rows: a run that was killed after its commit is then known to have done it."""
    work.connection.execute(
        "INSERT INTO tenancy.imports (name, sha256, imported_by) VALUES (%s, %s, %s) ON CONFLICT DO NOTHING",
        (target.manifest.name, target.manifest.sha256, target.actor),
    )


@contextlib.contextmanager
def _opened(target: _Target) -> Generator[tuple[Work, tuple[Relation, ...]], None, None]:
    with writing(target.connect, target.database.name, target.actor, audited=False) as work:
        yield work, found(work, target.database)


def _admit(target: _Target, work: Work, relations: tuple[Relation, ...], tenants: list[UUID]) -> None:
    """The rows of `tenancy.tenants` as they were; the trigger there refuses whoever may not be here."""
    parts = target.manifest.parts_of(target.database.name)
    for tenant in tenants:
        insert(work, relations[0], read(target.store, parts[TENANTS, tenant]))


def _each(work: Work, owners: list[UUID | None]) -> Iterator[UUID | None]:
    for owner in owners:
        if owner is not None:
            bind(work, owner)
        yield owner


def _differences(target: _Target, work: Work, relations: tuple[Relation, ...]) -> Iterator[Difference]:
    owners = _each(work, target.owners)
    return differences(work, relations, target.manifest, target.database.name, owners)


def _require_same_shape(target: _Target, work: Work, relations: tuple[Relation, ...]) -> None:
    here = place.read(work)
    if here.revision != target.info.revision:
        raise RefusedError(
            [
                Fault(
                    where=work.where,
                    what=f"is at revision {here.revision}, and the export was made at {target.info.revision}",
                    allowed=f"revision {target.info.revision}",
                    next_step=f"migrate --to {target.info.revision} while it is empty, import, then migrate forward",
                )
            ]
        )
    columns = {it.full_name: dict(it.columns) for it in relations}
    for table, info in target.info.tables.items():
        if columns.get(table) != dict(info.columns):
            what = f"{table} has other columns than in the export"
            allowed = ", ".join(f"{name} {kind}" for name, kind in info.columns.items())
            step = "export again from a database of this revision"
            raise RefusedError([Fault(where=work.where, what=what, allowed=allowed, next_step=step)])

    by_name = {it.full_name: it for it in relations}
    for table, owner in target.manifest.parts_of(target.database.name):
        if not by_name[table].is_of(owner, whole=target.manifest.scope == "all"):
            what = f"{table} has rows of {'a tenant' if owner else 'nobody'} in the export"
            allowed = f"rows of {'nobody' if owner else 'tenants'}"
            step = "export again from a database of this revision"
            raise RefusedError([Fault(where=work.where, what=what, allowed=allowed, next_step=step)])


def _no_database(name: str, database: str) -> Fault:
    return Fault(
        where=f"export {name}",
        what=f"has rows of database {database}, which is not on this server",
        allowed="a server with every database of the export",
        next_step="import it into a deployment of the same kind (global or regional)",
    )


def _occupied(target: _Target, rows: Mapping[tuple[str, UUID | None], int]) -> Fault:
    counts = ", ".join(f"{table} {number}{f' ({owner})' if owner else ''}" for (table, owner), number in rows.items())
    return Fault(
        where=f"database {target.database.name}",
        what=f"has other rows than the export: {counts}",
        allowed="a database that has none of these tenants' rows, or exactly the export's",
        next_step="import into a new deployment, or move the tenant's rows away first (tenant export, tenant erase)",
    )


def _is_other(known: place.Tenant | None, exported: TenantInfo) -> bool:
    return known is not None and (known.slug, known.zone) != (exported.slug, exported.zone)


def _other(target: _Target, known: place.Tenant) -> Fault:
    return Fault(
        where=f"database {target.database.name}: tenant {known.id}",
        what=f"is known here as {known.slug} of zone {known.zone}, {known.status}",
        allowed="a tenant that is not here, or has the same slug and zone",
        next_step="an erased tenant comes back under another id; compare the ids of both deployments",
    )
