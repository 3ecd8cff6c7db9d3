"""The proof that nothing of a tenant is left: counted in every table of the catalogs, whatever the model knows.

Any table with a column tenant_id counts, in any schema. What may be left of an erased tenant says nothing of what it
had: the audit without its payload, the tenant's own row without its name, and the same in the registry.
"""

from uuid import UUID

from psycopg import sql

from tenancy.data.relations import AUDIT, REGISTRY
from tenancy.work import Work

# The action of the audit row that an erasure itself leaves.
ERASE = "ERASE"


def left(work: Work, tenant: UUID) -> dict[str, int]:
    """Rows of a tenant by table, without what an erasure leaves; all are 0 when nothing is left.

    A table that the role of data commands may not read is an error of PostgreSQL (42501), never a zero. The
    transaction must be bound to the tenant.
    """
    tables = work.rows(
        "SELECT nspname, relname FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace "
        "JOIN pg_attribute ON attrelid = c.oid AND attname = 'tenant_id' AND NOT attisdropped "
        "WHERE relkind IN ('r', 'p', 'm', 'f') AND nspname NOT IN ('pg_catalog', 'information_schema') "
        "AND nspname !~ '^pg_(toast|temp)' ORDER BY 1, 2"
    )
    counts = {f"{schema}.{name}": _count(work, str(schema), str(name), tenant) for schema, name in tables}
    if work.row("SELECT to_regclass(%s) IS NOT NULL", REGISTRY) == (True,):
        rows = work.row("SELECT count(*) FROM shared.tenants WHERE id = %s AND status <> 'erased'", tenant)
        counts[REGISTRY] = int(rows[0]) if rows else 0
    return counts


def _count(work: Work, schema: str, name: str, tenant: UUID) -> int:
    payload = sql.SQL(" AND action <> {} AND (old IS NOT NULL OR new IS NOT NULL)").format(sql.Literal(ERASE))
    query = sql.SQL("SELECT count(*) FROM {} WHERE tenant_id = {}{}").format(
        sql.Identifier(schema, name),
        sql.Literal(tenant),
        payload if f"{schema}.{name}" == AUDIT else sql.SQL(""),
    )
    row = work.connection.execute(query).fetchone()
    return int(row[0]) if row else 0
