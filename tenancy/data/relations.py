"""What a database holds, as its catalogs say: every table, its columns, whose rows they are, and in which order.

The catalogs decide and not the model: a table or a column that somebody made by hand is then exported too, or stops
the export, and an erasure can prove that nothing is left anywhere. The model gives the order of references.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from psycopg import sql

from tenancy import model
from tenancy.assurance import ddl as assurance
from tenancy.faults import Fault, RefusedError
from tenancy.work import Work

# Who there is, what was done and what waits: tables of every database, beside those of its model.
TENANTS: Final = "tenancy.tenants"
AUDIT: Final = "audit.entries"
OUTBOX: Final = "outbox.events"
# The registry of the global deployment: a shared table, because a tenant is looked up before it is bound, whose rows
# are tenants all the same: a row's id is the tenant's.
REGISTRY: Final = "shared.tenants"
_SCHEMAS: Final = ("app", "shared", "audit", "outbox", "tenancy")
# Of the database itself, not of anybody in it: what the job applied, where it is, and the keys of signed contexts.
_NOT_DATA: Final = frozenset({"tenancy.revision", "tenancy.deployment", "tenancy.imports", *assurance.TABLES})


@dataclass(frozen=True)
class Relation:
    """A table as it is. columns: name → type, without generated ones. tenant: the column that says whose a row is."""

    schema: str
    name: str
    columns: Mapping[str, str]
    key: tuple[str, ...]
    tenant: str | None

    @property
    def full_name(self) -> str:
        """`app.users`."""
        return f"{self.schema}.{self.name}"

    def is_of(self, tenant: UUID | None, *, whole: bool) -> bool:
        """Whether it has rows of a tenant, or (None) rows that are taken all together.

        whole: everything is taken; then the registry comes in one piece, with tenants that are only being onboarded.
        """
        together = self.tenant is None or (whole and self.full_name == REGISTRY)
        return together == (tenant is None)

    @property
    def identifier(self) -> sql.Identifier:
        """Its name in a statement."""
        return sql.Identifier(self.schema, self.name)


def found(work: Work, database: model.Database) -> tuple[Relation, ...]:
    """Every table with data, each after those that it refers to; deletes go the other way.

    First the tenants, then the model's tables, then audit and outbox. Raises RefusedError for a table that is in no
    revision (nobody says what it refers to or whose it is), and for one that a revision makes and that is not there.
    """
    every = {relation.full_name: relation for relation in _relations(work)}
    order = [TENANTS, *(f"{table.schema}.{table.name}" for table in database.in_order), AUDIT, OUTBOX]
    faults = [
        Fault(
            where=f"{work.where}: {name}",
            what="is in no revision" if name in every else "is missing",
            allowed="the tables that the revisions make",
            next_step="drop it or make a revision of it" if name in every else "migrate the database, then try again",
        )
        for name in sorted(every.keys() ^ set(order))
    ]
    if faults:
        raise RefusedError(faults)
    return tuple(every[name] for name in order)


def _relations(work: Work) -> list[Relation]:
    rows = work.rows(
        "SELECT nspname, relname, "
        "(SELECT json_object_agg(attname, format_type(atttypid, atttypmod) ORDER BY attnum) FROM pg_attribute "
        " WHERE attrelid = c.oid AND attnum > 0 AND NOT attisdropped AND attgenerated = ''), "
        "coalesce((SELECT array_agg(attname::text ORDER BY at) FROM pg_index CROSS JOIN LATERAL "
        " unnest(indkey) WITH ORDINALITY AS k(number, at) JOIN pg_attribute ON attrelid = c.oid AND attnum = number "
        " WHERE indrelid = c.oid AND indisprimary), '{}') "
        "FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace "
        "WHERE nspname = ANY(%s) AND relkind IN ('r', 'p') AND NOT relispartition ORDER BY 1, 2",
        list(_SCHEMAS),
    )
    return [
        Relation(schema, name, columns or {}, tuple(key), _tenant_column(f"{schema}.{name}", columns or {}))
        for schema, name, columns, key in rows
        if f"{schema}.{name}" not in _NOT_DATA
    ]


def _tenant_column(full_name: str, columns: Mapping[str, str]) -> str | None:
    if full_name in {TENANTS, REGISTRY}:
        return "id"
    return "tenant_id" if "tenant_id" in columns else None
