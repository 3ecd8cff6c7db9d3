"""What goes round the tables: settings, large objects, replication, foreign data, extensions, tenants of elsewhere."""

from typing import Final

from tenancy.gate.checks.row import GRANTEES, Check, Family

SURROUNDINGS: Final = Family(
    common=(GRANTEES,),
    checks=(
        Check(
            key="default_tenant",
            query="SELECT place AS object, place, setting, split_part(setting, '=', 1) AS name FROM (SELECT setting, "
            "setrole, concat_ws(' IN ', 'ROLE ' || nullif(setrole, 0)::regrole, 'DATABASE ' || quote_ident(datname)) "
            "AS place FROM pg_db_role_setting CROSS JOIN unnest(setconfig) setting LEFT JOIN pg_database d "
            "ON d.oid = setdatabase WHERE setdatabase = 0 OR datname = current_database()) s "
            "WHERE setting ~* '^app\\.' OR (setting ~* '^(row_security|session_replication_role|search_path|"
            "session_preload_libraries|local_preload_libraries)=' AND (setrole = 0 OR setrole::regrole::text = "
            "ANY(%(roles)s)))",
            what="begins every session with {setting}",
            allowed="tenant and actor that each transaction binds itself",
            fix="ALTER {place} RESET {name}",
        ),
        Check(
            key="large_object",
            query="SELECT oid::text AS object, lomowner::regrole::text AS owner FROM pg_largeobject_metadata",
            what="is a large object, which belongs to role {owner} and to no tenant",
            allowed="files in the storage account, bytea in tables",
            fix="SELECT lo_unlink({object})",
        ),
        Check(
            key="publication",
            query="SELECT quote_ident(pubname) AS object FROM pg_publication",
            what="is a publication: who replicates it reads every tenant's rows",
            allowed="no publications; the outbox for events",
            fix="DROP PUBLICATION {object}",
        ),
        Check(
            key="replication_slot",
            query="SELECT slot_name AS object, plugin FROM pg_replication_slots WHERE database = current_database()",
            what="is a slot that decodes every tenant's changes ({plugin})",
            allowed="no logical decoding",
            fix="SELECT pg_drop_replication_slot('{object}')",
        ),
        Check(
            key="subscription",
            query="SELECT quote_ident(subname) AS object FROM pg_subscription "
            "WHERE subdbid = (SELECT oid FROM pg_database WHERE datname = current_database())",
            what="is a subscription, which writes past triggers",
            allowed="imports by the data commands",
            fix="DROP SUBSCRIPTION {object}",
        ),
        Check(
            key="foreign_table",
            query="SELECT c.oid::regclass::text AS object, quote_ident(srvname) AS server FROM pg_foreign_table "
            "JOIN pg_class c ON c.oid = ftrelid JOIN pg_foreign_server s ON s.oid = ftserver",
            what="lies on the server {server}, where no policy of this database stands",
            allowed="tables of this database",
            fix="DROP FOREIGN TABLE {object}",
        ),
        Check(
            key="foreign_server",
            query="SELECT quote_ident(srvname) AS object, role FROM pg_foreign_server CROSS JOIN aclexplode(srvacl) a "
            "JOIN grantee g ON g.oid = a.grantee WHERE a.grantee <> srvowner",
            what="is a foreign server that {role} may use",
            allowed="none",
            fix="REVOKE USAGE ON FOREIGN SERVER {object} FROM {role}",
        ),
        Check(
            key="extension",
            query="SELECT quote_ident(extname) AS object, extversion FROM pg_extension "
            "WHERE extname <> ALL(%(extensions)s)",
            what="is an extension ({extversion}) that nobody declared; it may bring leakproof or definer functions",
            allowed="those of tenancy/gate/contract.py",
            fix="DROP EXTENSION {object}",
        ),
    ),
)

TENANTS: Final = Family(
    common=("d AS (SELECT * FROM tenancy.deployment)",),
    needs=("tenancy.tenants", "tenancy.deployment"),
    checks=(
        Check(
            key="tenant_elsewhere",
            query="SELECT 'tenant ' || t.id AS object, t.zone, coalesce(d.zone, 'any') AS here, "
            "coalesce('; dedicated to ' || d.dedicated_tenant, '') AS whose FROM tenancy.tenants t "
            "CROSS JOIN d WHERE status <> 'erased' AND (t.zone <> d.zone "
            "OR t.slug <> d.dedicated_tenant)",
            what="is of zone {zone}; this deployment is of {here}{whose}",
            allowed="tenants of this deployment's residency zone, and of a dedicated one that tenant alone",
            fix="export it, import it where it belongs, then erase it here: python -m tenancy erase",
        ),
        Check(
            key="deployment_rows",
            query="SELECT 'tenancy.deployment' AS object, count(*)::text AS rows FROM d HAVING count(*) <> 1",
            what="has {rows} rows",
            allowed="one row, which names the deployment",
            fix="apply the plan again: python -m tenancy apply",
        ),
    ),
)
