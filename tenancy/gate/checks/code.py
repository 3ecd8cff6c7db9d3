"""Code that PostgreSQL runs for others: functions, triggers, rules; as generated, and with no more power."""

from typing import Final

from tenancy.gate.checks.row import GRANTEES, RELATIONS, Check, Family

# Functions outside PostgreSQL's own schemas and extensions. `ours`: in one of our schemas. A body in SQL's own words
# is kept parsed and comes back with casts and without the schema pg_catalog.
_FUNCTIONS: Final = """
f AS (
    SELECT p.*, p.oid::regprocedure::text AS object, nspname, nspname = ANY(%(schemas)s) AS ours,
        coalesce(regexp_replace(pg_get_function_sqlbody(p.oid), '::text|pg_catalog\\.|\\s', '', 'g'),
            btrim(prosrc, E' \\n')) AS source,
        array_to_string(coalesce(proconfig, '{}'), '; ') AS settings, lanname::text AS language,
        coalesce(proacl, acldefault('f', proowner)) AS acl
    FROM pg_proc p JOIN pg_namespace n ON n.oid = pronamespace JOIN pg_language l ON l.oid = prolang
    WHERE nspname NOT IN ('pg_catalog', 'information_schema') AND NOT EXISTS (SELECT FROM pg_depend
        WHERE classid = 'pg_proc'::regclass AND objid = p.oid AND deptype = 'e')
), wanted AS (
    SELECT w.*, to_regprocedure(signature) AS function
    FROM jsonb_to_recordset(%(functions)s) w(signature text, language text, volatility text, parallel text,
        definer boolean, settings text, source text)
), executes AS (
    SELECT e.*, to_regprocedure(signature) AS function
    FROM jsonb_to_recordset(%(executes)s) e(signature text, role text)
)"""
_TRIGGERS: Final = """
wanted AS (
    SELECT w.*, format('%%I.%%I', schema, "table") AS object,
        to_regclass(format('%%I.%%I', schema, "table")) AS relation,
        format('CREATE TRIGGER %%I %%s ON %%I.%%I FOR EACH ROW EXECUTE FUNCTION %%s()', name, timing, schema,
            "table", function) AS definition
    FROM jsonb_to_recordset(%(triggers)s) w(schema text, "table" text, name text, timing text, function text)
), found AS (
    SELECT g.*, object, quote_ident(tgname) AS trigger, tgfoid::regprocedure::text AS function,
        pg_get_triggerdef(g.oid) AS definition
    FROM pg_trigger g JOIN t ON t.oid = tgrelid WHERE is_table AND NOT tgisinternal
)"""

FUNCTIONS: Final = Family(
    common=(GRANTEES, _FUNCTIONS),
    checks=(
        Check(
            key="function_missing",
            query="SELECT signature AS object FROM wanted WHERE function IS NULL",
            what="is a function of the foundation and is not there",
            allowed="every function as generated",
            fix="go back and forth over the revision that makes it: python -m tenancy migrate --to ID",
        ),
        Check(
            key="function_different",
            query="SELECT object, concat_ws(', ', CASE WHEN provolatile::text <> volatility THEN 'volatility ' || "
            "provolatile::text END, CASE WHEN prosecdef <> definer THEN CASE WHEN prosecdef THEN 'SECURITY DEFINER' "
            "ELSE 'SECURITY INVOKER' END END, CASE WHEN f.settings <> w.settings THEN 'settings \"' || f.settings || "
            "'\"' END, CASE WHEN f.language <> w.language THEN 'language ' || f.language END, "
            "CASE WHEN proparallel::text <> parallel THEN 'parallel ' || proparallel::text END, "
            "CASE WHEN f.source <> w.source THEN 'its text' END) AS differs FROM wanted w JOIN f ON f.oid = function "
            "WHERE (provolatile::text, prosecdef, f.settings, f.language, proparallel::text, f.source) "
            "IS DISTINCT FROM (volatility, definer, w.settings, w.language, parallel, w.source)",
            what="is not as generated; what differs: {differs}",
            allowed="the function as generated",
            fix="CREATE OR REPLACE it with its text in tenancy/ddl/sql",
        ),
        Check(
            key="definer_executable",
            query="SELECT object, string_agg(role, ', ') AS roles FROM f CROSS JOIN aclexplode(acl) a JOIN grantee g "
            "ON g.oid = a.grantee WHERE prosecdef AND a.grantee <> proowner AND NOT EXISTS (SELECT FROM executes e "
            "WHERE function = f.oid AND e.role = rolname) "
            "AND (ours OR has_schema_privilege(a.grantee, pronamespace, 'USAGE')) GROUP BY object",
            what="runs with the rights of its owner, and {roles} may execute it",
            allowed="SECURITY DEFINER for tenancy.admit and the audit trigger alone, for the duties that need them",
            fix="ALTER FUNCTION {object} SECURITY INVOKER, or REVOKE EXECUTE ON FUNCTION {object} FROM {roles}",
        ),
        Check(
            key="definer_search_path",
            query="SELECT object FROM f WHERE prosecdef AND settings !~ '(^|; )search_path=pg_catalog, pg_temp(;|$)'",
            what="runs with the rights of its owner and takes names from whoever calls it",
            allowed="search_path pinned to pg_catalog, pg_temp",
            fix="ALTER FUNCTION {object} SET search_path = pg_catalog, pg_temp",
        ),
        Check(
            key="function_leakproof",
            query="SELECT object FROM f WHERE proleakproof",
            what="is leakproof: it is run on rows before row-level security has judged them",
            allowed="PostgreSQL's own leakproof functions alone",
            fix="ALTER FUNCTION {object} NOT LEAKPROOF",
        ),
        Check(
            key="function_granted",
            query="SELECT object, role FROM f CROSS JOIN aclexplode(acl) a JOIN grantee g ON g.oid = a.grantee "
            "WHERE ours AND NOT prosecdef AND a.grantee <> proowner AND NOT EXISTS (SELECT FROM executes e "
            "WHERE function = f.oid AND e.role = rolname)",
            what="may be executed by {role}",
            allowed="functions of the foundation, for the duties that need them",
            fix="REVOKE EXECUTE ON FUNCTION {object} FROM {role}",
        ),
        Check(
            key="function_not_granted",
            query="SELECT object, quote_ident(e.role) AS role FROM executes e JOIN f ON f.oid = function "
            "WHERE NOT EXISTS (SELECT FROM aclexplode(acl) a JOIN grantee g ON g.oid = a.grantee "
            "WHERE rolname = e.role)",
            what="may not be executed by {role}, which needs it",
            allowed="functions of the foundation, for the duties that need them",
            fix="GRANT EXECUTE ON FUNCTION {object} TO {role}",
        ),
    ),
)

TRIGGERS: Final = Family(
    common=(RELATIONS, _TRIGGERS),
    checks=(
        Check(
            key="trigger_missing",
            query="SELECT w.object, name, w.definition FROM wanted w LEFT JOIN found ON tgrelid = relation "
            "AND tgname = name WHERE relation IS NOT NULL AND tgname IS NULL",
            what="has no trigger {name}",
            allowed="the triggers of the model",
            fix="{definition}",
        ),
        Check(
            key="trigger_different",
            query="SELECT f.object, trigger, f.definition, w.definition AS wanted FROM wanted w JOIN found f "
            "ON tgrelid = relation AND tgname = name WHERE f.definition <> w.definition",
            what="has another trigger {trigger} than the model's: {definition}",
            allowed="{wanted}",
            fix="DROP TRIGGER {trigger} ON {object}; {wanted}",
        ),
        Check(
            key="trigger_unknown",
            query="SELECT f.object, trigger, f.function FROM found f LEFT JOIN wanted w ON tgrelid = relation "
            "AND tgname = name WHERE name IS NULL",
            what="has a trigger {trigger} that the model does not know; it runs {function}",
            allowed="the triggers of the model",
            fix="DROP TRIGGER {trigger} ON {object}",
        ),
        Check(
            key="trigger_disabled",
            query="SELECT object, quote_ident(tgname) AS trigger FROM pg_trigger JOIN t ON t.oid = tgrelid "
            "WHERE tgenabled <> 'O'",
            what="has trigger {trigger} switched off, or on for replication alone",
            allowed="triggers that run for everybody's changes",
            fix="ALTER TABLE {object} ENABLE TRIGGER {trigger}; one of a reference: drop that and add it again",
        ),
        Check(
            key="rule",
            query="SELECT object, quote_ident(rulename) AS name FROM pg_rewrite JOIN t ON t.oid = ev_class "
            "WHERE is_table",
            what="has the rule {name}, which turns its statements into others",
            allowed="tables without rules",
            fix="DROP RULE {name} ON {object}",
        ),
        Check(
            key="event_trigger",
            query="SELECT quote_ident(evtname) AS object, evtfoid::regprocedure::text AS function FROM pg_event_trigger"
            " JOIN pg_proc p ON p.oid = evtfoid JOIN pg_namespace n ON n.oid = pronamespace "
            "WHERE nspname = ANY(%(schemas)s) OR proowner::regrole::text <> ALL(%(azure)s)",
            what="is an event trigger that runs {function} for every statement of its kind",
            allowed="none but Azure's own",
            fix="DROP EVENT TRIGGER {object}",
        ),
    ),
)
