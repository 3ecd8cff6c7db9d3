"""Keys and indexes: the tenant in front of each, so that none tells of another tenant's rows or reaches them.

A unique key without the tenant tells whether another tenant has the value, a foreign key without it whether another
tenant has the row; and its ON DELETE CASCADE reaches into the other's table, for checks and actions of references do
not meet row-level security. https://www.postgresql.org/docs/current/ddl-rowsecurity.html
"""

from typing import Final

from tenancy.gate.checks.row import RELATIONS, Check, Family

# Indexes with their columns (of an expression: none); `first`: whether the tenant is in front.
_INDEXES: Final = """
x AS (
    SELECT i.*, object, walled, indexrelid::regclass::text AS index,
        EXISTS (SELECT FROM pg_attribute WHERE attrelid = indrelid AND attname = 'tenant_id' AND attnum = indkey[0])
            AS first,
        ARRAY(SELECT attname::text FROM unnest(indkey::int2[]) WITH ORDINALITY k(n, at) JOIN pg_attribute
            ON attrelid = indrelid AND attnum = n ORDER BY at) AS columns,
        coalesce('ALTER TABLE ' || object || ' DROP CONSTRAINT ' || quote_ident(conname),
            'DROP INDEX ' || indexrelid::regclass) AS removal
    FROM pg_index i JOIN t ON t.oid = indrelid
    LEFT JOIN pg_constraint c ON conindid = indexrelid AND conrelid = indrelid AND contype IN ('p', 'u', 'x')
    WHERE is_table
), wanted AS (
    SELECT k.*, format('%%I.%%I', schema, "table") AS object,
        to_regclass(format('%%I.%%I', schema, "table")) AS relation
    FROM jsonb_to_recordset(%(keys)s) k(schema text, "table" text, kind text, columns text[])
)"""
_REFERENCES: Final = """
wanted AS (
    SELECT r.*, format('%%I.%%I', schema, "table") AS object,
        to_regclass(format('%%I.%%I', schema, "table")) AS relation, format('%%I.%%I', to_schema, to_table) AS target
    FROM jsonb_to_recordset(%(references)s) r(schema text, "table" text, columns text[], to_schema text,
        to_table text, to_columns text[], on_delete text)
), found AS (
    SELECT c.*, object, confrelid::regclass::text AS target, quote_ident(conname) AS name,
        ARRAY(SELECT attname::text FROM unnest(conkey) WITH ORDINALITY k(n, at) JOIN pg_attribute
            ON attrelid = conrelid AND attnum = n ORDER BY at) AS columns,
        ARRAY(SELECT attname::text FROM unnest(confkey) WITH ORDINALITY k(n, at) JOIN pg_attribute
            ON attrelid = confrelid AND attnum = n ORDER BY at) AS to_columns,
        CASE confdeltype WHEN 'r' THEN 'RESTRICT' WHEN 'c' THEN 'CASCADE' WHEN 'a' THEN 'NO ACTION'
            WHEN 'n' THEN 'SET NULL' ELSE 'SET DEFAULT' END AS on_delete,
        walled, confrelid IN (SELECT oid FROM t WHERE walled) AS to_walled
    FROM pg_constraint c JOIN t ON t.oid = conrelid WHERE contype = 'f'
), pairs AS (
    SELECT f.oid, w.object, w.columns, w.target, w.to_columns, w.on_delete FROM wanted w FULL JOIN found f
        ON relation = conrelid AND w.columns = f.columns AND w.target = f.target AND w.to_columns = f.to_columns
        AND w.on_delete = f.on_delete
), stray AS (
    SELECT f.*, walled AND (columns[1] <> 'tenant_id' OR (to_walled AND to_columns[1] <> 'tenant_id')) AS tenantless
    FROM found f WHERE oid NOT IN (SELECT oid FROM pairs WHERE oid IS NOT NULL AND object IS NOT NULL)
)"""

INDEXES: Final = Family(
    common=(RELATIONS, _INDEXES),
    checks=(
        Check(
            key="primary_key",
            query="SELECT w.object, w.columns AS wanted, coalesce(array_to_string(x.columns, ', '), 'of nothing') AS "
            "found, coalesce(removal || ',', 'ALTER TABLE ' || w.object) AS removal FROM wanted w LEFT JOIN x "
            "ON indrelid = relation AND indisprimary WHERE kind = 'primary' AND relation IS NOT NULL "
            "AND x.columns IS DISTINCT FROM w.columns",
            what="has the primary key {found}",
            allowed="{wanted}",
            fix="{removal} ADD PRIMARY KEY ({wanted})",
        ),
        Check(
            key="unique_without_tenant",
            query="SELECT object, index, removal FROM x WHERE walled AND (indisunique OR indisexclusion) AND NOT first",
            what="has {index}, unique over all tenants: it tells whether another tenant has a value",
            allowed="unique keys that begin with tenant_id",
            fix="{removal}",
        ),
        Check(
            key="index_without_tenant",
            query="SELECT object, index, removal FROM x WHERE walled AND NOT indisunique AND NOT indisexclusion "
            "AND NOT first AND NOT EXISTS (SELECT FROM wanted w WHERE relation = indrelid AND w.columns = x.columns)",
            what="has the index {index} over all tenants",
            allowed="indexes that begin with tenant_id",
            fix="{removal}",
        ),
        Check(
            key="index_missing",
            query="SELECT object, kind, columns, CASE kind WHEN 'unique' THEN 'UNIQUE INDEX' ELSE 'INDEX' END AS what "
            "FROM wanted w WHERE kind <> 'primary' AND relation IS NOT NULL AND NOT EXISTS (SELECT FROM x "
            "WHERE indrelid = relation AND x.columns = w.columns AND (kind = 'index' OR indisunique) "
            "AND indpred IS NULL)",
            what="has no {kind} of {columns}",
            allowed="the keys and indexes of the model",
            fix="CREATE {what} ON {object} ({columns})",
        ),
        Check(
            key="index_invalid",
            query="SELECT object, index FROM x WHERE NOT indisvalid OR NOT indisready",
            what="has {index}, which was never finished and holds nothing to its rule",
            allowed="indexes that are valid",
            fix="REINDEX INDEX {index}",
        ),
    ),
)

REFERENCES: Final = Family(
    common=(RELATIONS, _REFERENCES),
    checks=(
        Check(
            key="reference_without_tenant",
            query="SELECT object, name, target FROM stray WHERE tenantless",
            what="refers to {target} by {name} without the tenant: it tells whether another tenant has a row, and its "
            "actions reach it",
            allowed="references with tenant_id in front on both sides",
            fix="ALTER TABLE {object} DROP CONSTRAINT {name}; then add it with tenant_id in front on both sides",
        ),
        Check(
            key="reference_unknown",
            query="SELECT object, name, target, columns, to_columns, on_delete FROM stray WHERE NOT tenantless",
            what="refers by {name}, of {columns}, to {target} ({to_columns}) ON DELETE {on_delete}, which the model "
            "does not say",
            allowed="the references of the model",
            fix="ALTER TABLE {object} DROP CONSTRAINT {name}",
        ),
        Check(
            key="reference_missing",
            query="SELECT object, columns, target, to_columns, on_delete FROM pairs WHERE oid IS NULL "
            "AND to_regclass(object) IS NOT NULL",
            what="does not refer by {columns} to {target} ({to_columns}) ON DELETE {on_delete}",
            allowed="the references of the model",
            fix="ALTER TABLE {object} ADD FOREIGN KEY ({columns}) REFERENCES {target} ({to_columns}) ON DELETE "
            "{on_delete}, with NO FORCE ROW LEVEL SECURITY around it: else it is checked over no rows",
        ),
        Check(
            key="constraint_not_validated",
            query="SELECT object, quote_ident(conname) AS name FROM pg_constraint c JOIN t ON t.oid = conrelid "
            "WHERE NOT convalidated OR to_jsonb(c) ->> 'conenforced' = 'false'",
            what="has the constraint {name}, which rows need not keep",
            allowed="constraints that are enforced and validated",
            fix="ALTER TABLE {object} VALIDATE CONSTRAINT {name}; one that is NOT ENFORCED: drop it, add it again",
        ),
    ),
)
