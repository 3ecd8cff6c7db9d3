"""Rights: exactly those of the model, table by table and column by column, and none by default or by membership."""

from typing import Final

from tenancy.gate.checks.row import GRANTEES, RELATIONS, Check, Family

# Rights on tables and on columns ("column" NULL: the whole table) as they were given, and as the model gives them.
_RIGHTS: Final = """
found AS (
    SELECT t.oid, object, role, a.privilege_type AS "right", NULL::text AS "column", is_grantable
    FROM t CROSS JOIN aclexplode(relacl) a JOIN grantee g ON g.oid = a.grantee
    WHERE relkind IN ('r', 'p', 'f') AND a.grantee <> relowner
    UNION ALL SELECT t.oid, object, role, a.privilege_type, quote_ident(attname), is_grantable
    FROM t JOIN pg_attribute ON attrelid = t.oid AND NOT attisdropped CROSS JOIN aclexplode(attacl) a
    JOIN grantee g ON g.oid = a.grantee
    WHERE relkind IN ('r', 'p', 'f') AND a.grantee <> relowner
), wanted AS (
    SELECT to_regclass(format('%%I.%%I', schema, "table"))::oid AS oid, format('%%I.%%I', schema, "table") AS object,
        quote_ident(w.role) AS role, w."right", quote_ident(w."column") AS "column",
        w."column" IS NULL OR EXISTS (SELECT FROM pg_attribute WHERE attname = w."column"
            AND attrelid = to_regclass(format('%%I.%%I', schema, "table"))) AS present
    FROM jsonb_to_recordset(%(rights)s) w(schema text, "table" text, role text, "right" text, "column" text)
), excess AS (
    SELECT f.*, f."right" IN ('TRUNCATE', 'REFERENCES', 'TRIGGER', 'MAINTAIN') AS beyond FROM found f
    WHERE is_grantable OR NOT EXISTS (SELECT FROM wanted w WHERE w.oid = f.oid AND w.role = f.role
        AND w."right" = f."right" AND w."column" IS NOT DISTINCT FROM f."column")
)"""

RIGHTS: Final = Family(
    common=(RELATIONS, GRANTEES, _RIGHTS),
    checks=(
        Check(
            key="right_beyond_policies",
            query="SELECT object, role, \"right\", coalesce(' (' || \"column\" || ')', '') AS columns FROM excess "
            "WHERE beyond",
            what="gives {role} {right}{columns}, which no policy holds back",
            allowed="SELECT, INSERT, UPDATE and DELETE, as the model says",
            fix="REVOKE {right}{columns} ON {object} FROM {role}",
        ),
        Check(
            key="right_excess",
            query="SELECT object, role, \"right\", CASE WHEN is_grantable THEN ' WITH GRANT OPTION' ELSE '' END AS "
            'option FROM excess WHERE "column" IS NULL AND NOT beyond',
            what="gives {role} {right}{option}",
            allowed="the rights of the model, which nobody can give on",
            fix="REVOKE {right} ON {object} FROM {role}",
        ),
        Check(
            key="column_right_excess",
            query='SELECT object, role, "right", string_agg("column", \', \') AS columns FROM excess '
            'WHERE "column" IS NOT NULL AND NOT beyond GROUP BY object, role, "right"',
            what="gives {role} {right} of {columns}",
            allowed="the rights of the model, column by column",
            fix="REVOKE {right} ({columns}) ON {object} FROM {role}",
        ),
        Check(
            key="right_missing",
            query="SELECT object, role, \"right\", coalesce(' (' || string_agg(\"column\", ', ') || ')', '') "
            "AS columns FROM wanted w WHERE oid IS NOT NULL AND present AND NOT EXISTS (SELECT FROM found f "
            'WHERE w.oid = f.oid AND w.role = f.role AND w."right" = f."right" '
            'AND w."column" IS NOT DISTINCT FROM f."column") GROUP BY object, role, "right"',
            what="does not give {role} {right}{columns}",
            allowed="the rights of the model",
            fix="GRANT {right}{columns} ON {object} TO {role}",
        ),
        Check(
            key="sequence_granted",
            query="SELECT DISTINCT object, role FROM t CROSS JOIN aclexplode(relacl) a "
            "JOIN grantee g ON g.oid = a.grantee WHERE relkind = 'S' AND a.grantee <> relowner",
            what="is open to {role}: its last value counts what every tenant made",
            allowed="sequences for nobody; tenancy.new_id() for keys",
            fix="REVOKE ALL ON SEQUENCE {object} FROM {role}",
        ),
        Check(
            key="view_not_invoker",
            query="SELECT object FROM t WHERE relkind = 'v' AND NOT EXISTS (SELECT FROM pg_options_to_table(reloptions)"
            " WHERE option_name = 'security_invoker' AND option_value::boolean)",
            what="reads with the rights of its owner",
            allowed="views with security_invoker",
            fix="ALTER VIEW {object} SET (security_invoker = true)",
        ),
        Check(
            key="materialized_view_granted",
            query="SELECT object, string_agg(DISTINCT role, ', ') AS roles FROM t CROSS JOIN aclexplode(relacl) a "
            "JOIN grantee g ON g.oid = a.grantee WHERE relkind = 'm' AND a.grantee <> relowner GROUP BY object",
            what="holds rows of every tenant and is open to {roles}: no policy can stand on it",
            allowed="materialized views for nobody; a table of the model for what tenants read",
            fix="REVOKE ALL ON {object} FROM {roles}",
        ),
    ),
)

BY_DEFAULT: Final = Family(
    common=(GRANTEES,),
    checks=(
        Check(
            key="schema_right",
            query="SELECT quote_ident(nspname) AS object, role, a.privilege_type AS right FROM pg_namespace "
            "CROSS JOIN aclexplode(nspacl) a JOIN grantee g ON g.oid = a.grantee WHERE nspname = ANY(%(schemas)s) "
            "AND a.grantee <> nspowner AND (is_grantable OR NOT EXISTS (SELECT FROM jsonb_to_recordset(%(usages)s) "
            "u(schema text, role text) WHERE u.schema = nspname AND u.role = rolname "
            "AND a.privilege_type = 'USAGE'))",
            what="is a schema that gives {role} {right}",
            allowed="USAGE for the duties that work there",
            fix="REVOKE {right} ON SCHEMA {object} FROM {role}",
        ),
        Check(
            key="default_rights",
            query="SELECT coalesce(quote_ident(nspname), 'every schema') AS object, role, "
            "defaclrole::regrole::text AS maker, coalesce(' IN SCHEMA ' || quote_ident(nspname), '') AS place, "
            "a.privilege_type AS right, CASE defaclobjtype WHEN 'r' THEN 'TABLES' WHEN 'S' THEN 'SEQUENCES' "
            "WHEN 'f' THEN 'FUNCTIONS' WHEN 'n' THEN 'SCHEMAS' ELSE 'TYPES' END AS kind FROM pg_default_acl "
            "CROSS JOIN aclexplode(defaclacl) a JOIN grantee g ON g.oid = a.grantee "
            "LEFT JOIN pg_namespace n ON n.oid = defaclnamespace WHERE a.grantee <> defaclrole "
            "AND (nspname = ANY(%(schemas)s) OR (nspname IS NULL AND defaclrole::regrole::text <> ALL(%(azure)s))) "
            "AND NOT (defaclobjtype = 'T' AND a.grantee = 0)",
            what="gives {role} {right} on {kind} that {maker} makes there, before anything protects them",
            allowed="rights given table by table",
            fix="ALTER DEFAULT PRIVILEGES FOR ROLE {maker}{place} REVOKE {right} ON {kind} FROM {role}",
        ),
        Check(
            key="default_execute",
            query="SELECT quote_ident(rolname) AS object FROM pg_roles o WHERE rolname = %(owner)s AND EXISTS (SELECT "
            "FROM aclexplode(coalesce((SELECT defaclacl FROM pg_default_acl WHERE defaclrole = o.oid "
            "AND defaclnamespace = 0 AND defaclobjtype = 'f'), acldefault('f', o.oid))) a WHERE a.grantee = 0)",
            what="makes functions that everybody may execute",
            allowed="functions for nobody unless granted",
            fix="ALTER DEFAULT PRIVILEGES FOR ROLE {object} REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC",
        ),
        Check(
            key="role_member",
            query="SELECT quote_ident(m.rolname) AS object, quote_ident(r.rolname) AS role FROM pg_auth_members a "
            "JOIN pg_roles m ON m.oid = a.member JOIN pg_roles r ON r.oid = a.roleid WHERE m.rolname = ANY(%(roles)s)",
            what="is a member of {role} and has its rights",
            allowed="an owner and duties that are members of nothing",
            fix="REVOKE {role} FROM {object}",
        ),
        Check(
            key="parameter_granted",
            query="SELECT parname AS object, role, a.privilege_type AS right FROM pg_parameter_acl "
            "CROSS JOIN aclexplode(paracl) a JOIN grantee g ON g.oid = a.grantee WHERE a.grantee = 0 "
            "OR EXISTS (SELECT FROM pg_roles o WHERE o.rolname = ANY(%(roles)s) "
            "AND (pg_has_role(o.oid, a.grantee, 'MEMBER') OR pg_has_role(a.grantee, o.oid, 'USAGE')))",
            what="is a server parameter that {role} may set ({right}): session_replication_role would switch triggers "
            "off",
            allowed="the parameters that everybody may set",
            fix="REVOKE {right} ON PARAMETER {object} FROM {role}",
        ),
    ),
)
