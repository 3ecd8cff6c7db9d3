"""Tables: the ones of the model and no others, row-level security on each that holds tenants' rows, as generated."""

from typing import Final

from tenancy.gate.checks.row import RELATIONS, Check, Family

_POLICIES: Final = """
wanted AS (
    SELECT w.*, format('%%I.%%I', schema, "table") AS object,
        to_regclass(format('%%I.%%I', schema, "table")) AS relation,
        format('CREATE POLICY %%I ON %%I.%%I AS %%s FOR %%s TO PUBLIC', name, schema, "table",
            CASE WHEN permissive THEN 'PERMISSIVE' ELSE 'RESTRICTIVE' END,
            CASE command WHEN '*' THEN 'ALL' ELSE 'INSERT' END)
            || coalesce(' USING (' || nullif("using", '') || ')', '')
            || coalesce(' WITH CHECK (' || nullif("check", '') || ')', '') AS statement
    FROM jsonb_to_recordset(%(policies)s) w(
        schema text, "table" text, name text, permissive boolean, command text, "using" text, "check" text)
), found AS (
    SELECT p.*, polrelid::regclass::text AS object, quote_ident(polname) AS policy, polroles <> '{0}' AS narrow,
        coalesce(pg_get_expr(polqual, polrelid), '') AS "using",
        coalesce(pg_get_expr(polwithcheck, polrelid), '') AS "check"
    FROM pg_policy p JOIN pg_class c ON c.oid = polrelid JOIN pg_namespace n ON n.oid = relnamespace
    WHERE nspname = ANY(%(schemas)s)
)"""
_COLUMNS: Final = """
wanted AS (
    SELECT w.*, to_regclass(format('%%I.%%I', schema, "table")) AS relation
    FROM jsonb_to_recordset(%(columns)s) w(
        schema text, "table" text, name text, type text, required boolean, of_tenant boolean)
), found AS (
    SELECT attrelid, attname, attnotnull, attrelid::regclass::text AS object, quote_ident(attname) AS name,
        format_type(atttypid, NULL) AS type, coalesce(pg_get_expr(adbin, adrelid), 'nothing') AS filled
    FROM pg_attribute a LEFT JOIN pg_attrdef d ON adrelid = attrelid AND adnum = attnum
    WHERE attrelid IN (SELECT relation FROM wanted) AND attnum > 0 AND NOT attisdropped
)"""
_RESTORE: Final = "restore it from a backup, or go back and forth over its revision: python -m tenancy migrate --to ID"

TABLES: Final = Family(
    common=(RELATIONS,),
    checks=(
        Check(
            key="table_unknown",
            query="SELECT object FROM t WHERE is_table AND NOT known",
            what="is no table of the model",
            allowed="tables of the model at this revision",
            fix="make it in a revision (tenancy/revisions) and apply that, or DROP TABLE {object}",
        ),
        Check(
            key="table_missing",
            query="SELECT format('%%I.%%I', schema, name) AS object FROM jsonb_to_recordset(%(tables)s) "
            "m(schema text, name text) WHERE to_regclass(format('%%I.%%I', schema, name)) IS NULL",
            what="is a table of the model and is not there",
            allowed="every table of the model at this revision",
            fix=_RESTORE,
        ),
        Check(
            key="rls_off",
            query="SELECT object FROM t WHERE is_table AND walled AND NOT relrowsecurity",
            what="has no row-level security",
            allowed="row-level security on every table with rows of tenants",
            fix="ALTER TABLE {object} ENABLE ROW LEVEL SECURITY",
        ),
        Check(
            key="rls_not_forced",
            query="SELECT object FROM t WHERE is_table AND walled AND NOT relforcerowsecurity",
            what="lets its owner past row-level security",
            allowed="row-level security forced on owners",
            fix="ALTER TABLE {object} FORCE ROW LEVEL SECURITY",
        ),
        Check(
            key="inheritance",
            query="SELECT inhrelid::regclass::text AS object, inhparent::regclass::text AS parent, CASE "
            "WHEN relispartition THEN format('ALTER TABLE %%s DETACH PARTITION %%s', inhparent::regclass, "
            "c.oid::regclass) ELSE format('ALTER TABLE %%s NO INHERIT %%s', c.oid::regclass, inhparent::regclass) "
            "END AS cure FROM pg_inherits JOIN pg_class c ON c.oid = inhrelid WHERE c.relkind NOT IN ('i', 'I') "
            "AND (inhrelid IN (SELECT oid FROM t) OR inhparent IN (SELECT oid FROM t))",
            what="inherits from {parent}: who reads it directly meets its own policies, not those of {parent}",
            allowed="tables without partitions and children",
            fix="{cure}",
        ),
    ),
)

POLICIES: Final = Family(
    common=(_POLICIES,),
    checks=(
        Check(
            key="policy_missing",
            query="SELECT w.object, w.name, w.statement FROM wanted w LEFT JOIN found f ON polrelid = relation "
            "AND polname = w.name WHERE relation IS NOT NULL AND polname IS NULL",
            what="has no policy {name}",
            allowed="the two policies of the model",
            fix="{statement}",
        ),
        Check(
            key="policy_different",
            query="SELECT f.object, policy, statement, narrow, f.using AS read, f.check AS written, "
            "polcmd AS command, polpermissive AS permissive FROM wanted w JOIN found f ON polrelid = relation "
            "AND polname = name WHERE (polpermissive, polcmd::text, narrow, f.using, f.check) "
            "IS DISTINCT FROM (w.permissive, w.command, false, w.using, w.check)",
            what="has another policy {policy} than the model's: permissive {permissive}, command {command}, for some "
            "roles alone {narrow}, using {read}, with check {written}",
            allowed="the policy as generated, for every role",
            fix="DROP POLICY {policy} ON {object}; {statement}",
        ),
        Check(
            key="policy_unknown",
            query="SELECT f.object, policy FROM found f LEFT JOIN wanted w ON polrelid = relation AND polname = name "
            "WHERE name IS NULL",
            what="has a policy {policy} that the model does not know",
            allowed="the two policies of the model",
            fix="DROP POLICY {policy} ON {object}",
        ),
    ),
)

COLUMNS: Final = Family(
    common=(_COLUMNS,),
    checks=(
        Check(
            key="column_missing",
            query="SELECT relation::text AS object, w.name FROM wanted w LEFT JOIN found f ON attrelid = relation "
            "AND attname = w.name WHERE relation IS NOT NULL AND attname IS NULL",
            what="has no column {name}",
            allowed="the columns of the model at this revision",
            fix=_RESTORE,
        ),
        Check(
            key="column_unknown",
            query="SELECT object, f.name FROM found f LEFT JOIN wanted w ON attrelid = relation AND attname = w.name "
            "WHERE w.name IS NULL",
            what="has a column {name} that the model does not know: exports and erasure would leave it out",
            allowed="the columns of the model at this revision",
            fix="make it in a revision (tenancy/revisions), or ALTER TABLE {object} DROP COLUMN {name}",
        ),
        Check(
            key="column_type",
            query="SELECT object, f.name, f.type, w.type AS wanted FROM found f JOIN wanted w ON attrelid = relation "
            "AND attname = w.name WHERE f.type <> w.type",
            what="has column {name} of {type}",
            allowed="{wanted}",
            fix="ALTER TABLE {object} ALTER COLUMN {name} TYPE {wanted} USING {name}::{wanted}",
        ),
        Check(
            key="column_nullable",
            query="SELECT object, f.name FROM found f JOIN wanted w ON attrelid = relation AND attname = w.name "
            "WHERE required AND NOT attnotnull",
            what="lets column {name} be null",
            allowed="NOT NULL",
            fix="ALTER TABLE {object} ALTER COLUMN {name} SET NOT NULL",
        ),
        Check(
            key="tenant_default",
            query="SELECT object, f.name, filled FROM found f JOIN wanted w ON attrelid = relation "
            "AND attname = w.name WHERE of_tenant AND filled <> 'tenancy.current_tenant_id()'",
            what="fills column {name} with {filled}",
            allowed="the tenant that the transaction is bound to",
            fix="ALTER TABLE {object} ALTER COLUMN {name} SET DEFAULT tenancy.current_tenant_id()",
        ),
    ),
)
