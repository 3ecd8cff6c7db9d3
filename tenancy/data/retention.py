"""Retention: rows that are older than their time go, some at a time, tenant by tenant.

How long a table's rows are kept is the model's to say (`keep_days`, `keep_by`); for what every database has it stands
here. A row that another one still refers to stays until that one goes. No audit rows are written of what is too old:
they would keep the content that has to go.
"""

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from psycopg import sql

from tenancy.data import place
from tenancy.data.bound import Connect, as_owner, bind, reading, writing
from tenancy.data.relations import AUDIT, OUTBOX
from tenancy.model import Database, Reference, Table
from tenancy.server import Connection
from tenancy.work import Work

_ACTOR: Final = "retention"
# Rows deleted, by table; those with none left out.
Counts = Mapping[str, int]


@dataclass(frozen=True, kw_only=True)
class Kept:
    """Days that rows are kept: published events of the outbox, and audit rows (7 years, with their leap days).

    batch: rows that are deleted in one transaction, so that nobody waits long for a lock.
    """

    outbox_days: int = 7
    audit_days: int = 7 * 365 + 2
    batch: int = 5000


@dataclass(frozen=True, kw_only=True)
class _Rule:
    """Which rows of a table go: those whose `by` is older than `days`, and that no row of `referring` refers to."""

    name: str
    by: str
    days: int
    is_tenants: bool = True
    referring: tuple[tuple[Table, Reference], ...] = ()


def retain(connect: Connect, databases: Mapping[str, Database], kept: Kept) -> dict[str, Counts]:
    """Delete what is too old in each database of a server; gives the rows deleted by database and table.

    Each batch is a transaction of its own: killed, it has deleted some, and the same call goes on. Raises RefusedError.
    """
    deleted: dict[str, Counts] = {}
    for name, database in databases.items():
        with connect(name) as connection:
            deleted[name] = _database(connection, database, kept)
    return deleted


def _database(connection: Connection, database: Database, kept: Kept) -> Counts:
    def same(_: str) -> contextlib.AbstractContextManager[Connection]:
        return contextlib.nullcontext(connection)

    with reading(same, database.name) as work:
        tenants = [tenant.id for tenant in place.tenants(work)]
    counts: dict[str, int] = {}
    for rule in _rules(database, kept):
        for tenant in tenants if rule.is_tenants else [None]:
            while deleted := _batch(same, database.name, rule, tenant, kept.batch):
                counts[rule.name] = counts.get(rule.name, 0) + deleted
    return counts


def _rules(database: Database, kept: Kept) -> Iterator[_Rule]:
    """Tables that refer to others come before those."""
    for table in reversed(database.in_order):
        if table.keep_days is not None:
            yield _Rule(
                name=f"{table.schema}.{table.name}",
                by=table.keep_by,
                days=table.keep_days,
                is_tenants=table.is_tenants,
                referring=tuple(_referring(database, table)),
            )
    yield _Rule(name=OUTBOX, by="published_at", days=kept.outbox_days)
    yield _Rule(name=AUDIT, by="at", days=kept.audit_days)


def _referring(database: Database, table: Table) -> Iterator[tuple[Table, Reference]]:
    """What would refuse the deletion; rows that go with theirs (CASCADE) do not."""
    for other in database.tables:
        for reference in other.references:
            if reference.table == table.name and reference.on_delete == "RESTRICT":
                yield other, reference


def _batch(connect: Connect, database: str, rule: _Rule, tenant: UUID | None, batch: int) -> int:
    """Delete a batch; gives its rows. Audit rows go as the owner: no duty may delete any."""
    is_audit = rule.name == AUDIT
    with as_owner(connect, database) if is_audit else writing(connect, database, _ACTOR, audited=False) as work:
        if tenant:
            bind(work, tenant)
        return _delete(work, rule, tenant, batch)


def _delete(work: Work, rule: _Rule, tenant: UUID | None, batch: int) -> int:
    table = sql.Identifier(*rule.name.split("."))
    conditions = [
        sql.SQL("t.{} < now() - make_interval(days => {})").format(sql.Identifier(rule.by), sql.Literal(rule.days)),
        *(_unreferred(*it, of_tenants=rule.is_tenants) for it in rule.referring),
    ]
    if tenant:
        conditions.append(sql.SQL("t.tenant_id = {}").format(sql.Literal(tenant)))
    statement = sql.SQL("DELETE FROM {} WHERE ctid = ANY(ARRAY(SELECT t.ctid FROM {} AS t WHERE {} LIMIT {}))").format(
        table, table, sql.SQL(" AND ").join(conditions), sql.Literal(batch)
    )
    return work.connection.execute(statement).rowcount


def _unreferred(other: Table, reference: Reference, *, of_tenants: bool) -> sql.Composable:
    pairs = list(zip(reference.columns, reference.to, strict=True))
    if of_tenants:
        pairs.insert(0, ("tenant_id", "tenant_id"))
    same = (sql.SQL("o.{} = t.{}").format(sql.Identifier(mine), sql.Identifier(its)) for mine, its in pairs)
    return sql.SQL("NOT EXISTS (SELECT FROM {} AS o WHERE {})").format(
        sql.Identifier(other.schema, other.name), sql.SQL(" AND ").join(same)
    )
