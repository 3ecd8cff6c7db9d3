"""What a server's catalogs say about roles and rights, as a set of facts that two moments are compared by."""

from collections.abc import Iterable

from tests.tenancy.bench import DATABASES, Bench, Connection

Facts = frozenset[tuple[str, ...]]
_SERVER = """
SELECT 'role', rolname, concat_ws(' ', rolcanlogin, rolsuper, rolbypassrls, rolcreaterole, rolcreatedb, rolreplication,
       shobj_description(oid, 'pg_authid')) FROM pg_roles WHERE oid >= 16384
UNION ALL SELECT 'entra', rolname, principal.object_id FROM pgaadauth.principal JOIN pg_roles ON oid = role
UNION ALL SELECT 'member', g.rolname, m.rolname || ' ' || concat_ws(' ', bool_or(inherit_option), bool_or(set_option),
       bool_or(admin_option)) FROM pg_auth_members JOIN pg_roles g ON g.oid = roleid JOIN pg_roles m ON m.oid = member
       WHERE m.oid >= 16384 AND 'azure_pg_admin' NOT IN (g.rolname, m.rolname) GROUP BY g.rolname, m.rolname
UNION ALL SELECT 'database', datname, coalesce(r.rolname, 'PUBLIC') || ' ' || privilege_type || is_grantable
       FROM pg_database CROSS JOIN aclexplode(coalesce(datacl, acldefault('d', datdba))) a
       LEFT JOIN pg_roles r ON r.oid = a.grantee WHERE a.grantee <> datdba AND datname NOT LIKE 'azure%'
UNION ALL SELECT 'setting', coalesce(datname, 'all'), rolname || ' ' || unnest(setconfig) FROM pg_db_role_setting
       JOIN pg_roles r ON r.oid = setrole LEFT JOIN pg_database d ON d.oid = setdatabase
"""
_DATABASE = """
SELECT 'schema', nspname || ' of ' || nspowner::regrole, coalesce(r.rolname, 'PUBLIC') || ' ' || privilege_type
       FROM pg_namespace CROSS JOIN aclexplode(nspacl) a LEFT JOIN pg_roles r ON r.oid = a.grantee
       WHERE nspname NOT LIKE 'pg\\_%' AND nspname <> 'information_schema' AND a.grantee <> nspowner
UNION ALL SELECT 'default', concat_ws(' ', defaclrole::regrole, nspname, defaclobjtype), coalesce(r.rolname, 'PUBLIC')
       || ' ' || privilege_type FROM pg_default_acl LEFT JOIN pg_namespace n ON n.oid = defaclnamespace
       CROSS JOIN aclexplode(defaclacl) a LEFT JOIN pg_roles r ON r.oid = a.grantee
UNION ALL SELECT 'table', c.oid::regclass || '.' || attname, coalesce(r.rolname, 'PUBLIC') || ' ' || privilege_type
       FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace CROSS JOIN LATERAL (SELECT '' AS attname, relacl AS
       acl UNION ALL SELECT attname, attacl FROM pg_attribute WHERE attrelid = c.oid) p CROSS JOIN aclexplode(acl) a
       LEFT JOIN pg_roles r ON r.oid = a.grantee WHERE nspname IN ('app', 'shared', 'outbox', 'audit', 'tenancy')
       AND a.grantee <> relowner
UNION ALL SELECT 'function', p.oid::regprocedure::text, coalesce(r.rolname, 'PUBLIC') || ' ' || privilege_type
       FROM pg_proc p JOIN pg_namespace n ON n.oid = pronamespace CROSS JOIN
       aclexplode(coalesce(proacl, acldefault('f', proowner))) a LEFT JOIN pg_roles r ON r.oid = a.grantee
       WHERE nspname IN ('app', 'shared', 'outbox', 'audit', 'tenancy') AND a.grantee <> proowner
"""


def state(bench: Bench, databases: Iterable[str] = DATABASES) -> Facts:
    """Every role, membership, setting and right of the server and in these databases, and their last revision."""
    with bench.superuser() as connection:
        facts = _facts(connection, _SERVER)
    for database in databases:
        with bench.superuser(database) as connection:
            facts |= {("in", database, *fact) for fact in _facts(connection, _DATABASE)}
            if connection.execute("SELECT to_regclass('tenancy.revision')").fetchone() != (None,):
                last = "SELECT revision, plan_digest FROM tenancy.revision ORDER BY id DESC LIMIT 1"
                facts |= {("revision", database, *row) for row in connection.execute(last).fetchall()}
    return facts


def _facts(connection: Connection, query: str) -> Facts:
    rows = connection.execute(query.encode()).fetchall()
    return frozenset((kind, where, *str(what).split(" ", 1)) for kind, where, what in rows)
