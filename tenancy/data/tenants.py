"""The tenants of a server: listed, found, admitted to every database, suspended when they have moved away."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from uuid import UUID

import psycopg

from tenancy import model
from tenancy.data import place
from tenancy.data.bound import Connect, bind, reading, writing
from tenancy.data.relations import TENANTS, found
from tenancy.data.rows import count
from tenancy.faults import Fault, JobError, RefusedError
from tenancy.work import Work


@dataclass(frozen=True, kw_only=True)
class Presence:
    """A tenant in one database: rows by table, those with none left out."""

    database: str
    tenant: place.Tenant
    rows: Mapping[str, int]


@dataclass(frozen=True, kw_only=True)
class Newcomer:
    """Whom to admit. slug: lower-case letters, digits and -; zone: a residency zone (EU, US, UK, APAC)."""

    id: UUID
    slug: str
    name: str
    zone: str


def presences(connect: Connect, databases: Mapping[str, model.Database]) -> list[Presence]:
    """Every tenant in every database, with its rows. Raises RefusedError."""
    every: list[Presence] = []
    for name, database in databases.items():
        with reading(connect, name) as work:
            relations = [it for it in found(work, database) if it.tenant and it.full_name != TENANTS]
            for tenant in place.tenants(work):
                bind(work, tenant.id)
                rows = {it.full_name: number for it in relations if (number := count(work, it, tenant.id))}
                every.append(Presence(database=name, tenant=tenant, rows=rows))
    return every


def find(connect: Connect, databases: Iterable[str], slug_or_id: str) -> UUID:
    """The id of a tenant, by its id or its slug; an erased one is still found by the slug that it had.

    Raises RefusedError with the slugs that there are.
    """
    known: dict[UUID, place.Tenant] = {}
    for name in databases:
        with reading(connect, name) as work:
            for tenant in place.tenants(work):
                if tenant.id not in known or not tenant.is_erased:
                    known[tenant.id] = tenant
    for tenant in sorted(known.values(), key=lambda it: it.is_erased):
        names = {str(tenant.id), tenant.slug}
        if slug_or_id.lower() in names or tenant.slug == place.slug_once_erased(tenant.id, slug_or_id):
            return tenant.id
    slugs = ", ".join(sorted(tenant.slug for tenant in known.values() if not tenant.is_erased)) or "none"
    raise RefusedError(
        [
            Fault(
                where=f"tenant {slug_or_id[:80]!r}",
                what="is in no database of this server",
                allowed=f"id or slug of a tenant: {slugs}",
                next_step="list the tenants, or add it first",
            )
        ]
    )


def add(connect: Connect, databases: Iterable[str], newcomer: Newcomer, actor: str) -> list[str]:
    """Admit a tenant to every database; gives those that did not know it. Again, it does nothing.

    Each database is asked, in a transaction that is rolled back, before any is changed: a tenant of another zone, or a
    second one in a dedicated deployment, is refused with nothing written. Raises RefusedError.
    """
    names = list(databases)
    faults: list[Fault] = []
    for name in names:
        try:
            with writing(connect, name, actor, audited=True) as work:
                _admit(work, newcomer)
                raise psycopg.Rollback
        except JobError as error:
            faults += error.faults
    if faults:
        raise RefusedError(faults)
    return [name for name in names if _admitted(connect, name, newcomer, actor)]


def suspend(connect: Connect, databases: Iterable[str], tenant: UUID, actor: str) -> list[str]:
    """Mark a tenant suspended where it is active; gives those databases. Raises RefusedError."""
    changed: list[str] = []
    for name in databases:
        with writing(connect, name, actor, audited=True) as work:
            if work.rows(
                "UPDATE tenancy.tenants SET status = %s WHERE id = %s AND status = 'active' RETURNING id",
                place.SUSPENDED,
                tenant,
            ):
                changed.append(name)
    return changed


def _admitted(connect: Connect, name: str, newcomer: Newcomer, actor: str) -> bool:
    with writing(connect, name, actor, audited=True) as work:
        is_new = place.tenant(work, newcomer.id) is None
        _admit(work, newcomer)
    return is_new


def _admit(work: Work, newcomer: Newcomer) -> None:
    values = (newcomer.id, newcomer.slug, newcomer.name, newcomer.zone)
    work.rows("SELECT tenancy.admit(%s, %s, %s, %s)", *values)
