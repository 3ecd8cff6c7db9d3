"""The schemas of one database: whose they are, who may use them, what the owner's new objects give to whom."""

from typing import Final

from psycopg import sql

from tenancy import access
from tenancy.access import Right
from tenancy.duties import DUTIES, SCHEMAS, group_of
from tenancy.work import Work

_NOTHING: Final = sql.SQL("")
# What default privileges are kept about: tables, sequences, functions.
_KINDS: Final = {"r": sql.SQL("TABLES"), "S": sql.SQL("SEQUENCES"), "f": sql.SQL("FUNCTIONS")}


def converge(work: Work, database: str, owner: str) -> None:
    """Bring the schemas of the database that `work` is connected to to the data of `duties`."""
    _public_schema(work)
    for schema in SCHEMAS:
        _schema(work, database, schema, owner)
    _functions(work, owner)


def _public_schema(work: Work) -> None:
    """On Azure everybody may create in schema public, whatever the version: nobody of ours uses it at all."""
    found = work.rows(
        "SELECT r.rolname, a.privilege_type, a.is_grantable FROM pg_namespace CROSS JOIN aclexplode(nspacl) a "
        "LEFT JOIN pg_roles r ON r.oid = a.grantee WHERE nspname = 'public' AND a.grantee <> nspowner"
    )
    access.converge(work, _NOTHING, sql.SQL("SCHEMA public"), found=access.rights(found), wanted=())


def _schema(work: Work, database: str, schema: str, owner: str) -> None:
    found = work.row(
        "SELECT nspowner::regrole = to_regrole(quote_ident(%s)) FROM pg_namespace WHERE nspname = %s", owner, schema
    )
    if found is None:
        work.change("CREATE SCHEMA {} AUTHORIZATION {}", schema, owner)
        work.change("COMMENT ON SCHEMA {} IS {}", schema, sql.Literal(SCHEMAS[schema]))
    elif not found[0]:
        work.change("ALTER SCHEMA {} OWNER TO {}", schema, owner)
    users = {group_of(database, name): duty for name, duty in DUTIES.items() if schema in duty.tables}
    acl = work.rows(
        "SELECT r.rolname, a.privilege_type, a.is_grantable FROM pg_namespace CROSS JOIN aclexplode(nspacl) a "
        "LEFT JOIN pg_roles r ON r.oid = a.grantee WHERE nspname = %s AND a.grantee <> nspowner",
        schema,
    )
    target = sql.SQL("SCHEMA {}").format(sql.Identifier(schema))
    access.converge(work, _NOTHING, target, found=access.rights(acl), wanted=Right.of(users, "USAGE"))
    tables = frozenset(right for group, duty in users.items() for right in Right.of([group], *duty.tables[schema]))
    _defaults(work, schema, owner, tables)
    _existing_tables(work, schema, owner, tables)


def _defaults(work: Work, schema: str, owner: str, tables: frozenset[Right]) -> None:
    """What the owner's new tables, sequences and functions in a schema give to whom."""
    for kind, words in _KINDS.items():
        found = work.rows(
            "SELECT r.rolname, a.privilege_type, a.is_grantable FROM pg_default_acl CROSS JOIN aclexplode(defaclacl) a "
            "LEFT JOIN pg_roles r ON r.oid = a.grantee WHERE defaclrole = to_regrole(quote_ident(%s)) "
            "AND defaclobjtype = %s AND defaclnamespace = to_regnamespace(quote_ident(%s)) AND a.grantee <> defaclrole",
            owner,
            kind,
            schema,
        )
        before = sql.SQL("ALTER DEFAULT PRIVILEGES FOR ROLE {} IN SCHEMA {} ").format(
            sql.Identifier(owner), sql.Identifier(schema)
        )
        wanted = tables if kind == "r" else frozenset[Right]()
        access.converge(work, before, words, found=access.rights(found), wanted=wanted)


def _existing_tables(work: Work, schema: str, owner: str, wanted: frozenset[Right]) -> None:
    """Default privileges are for tables to come: those that are there get what a new row of data gives."""
    for table, acl in work.rows(
        "SELECT relname, ARRAY(SELECT r.rolname || ' ' || a.privilege_type FROM aclexplode(relacl) a "
        "JOIN pg_roles r ON r.oid = a.grantee) FROM pg_class "
        "WHERE relnamespace = to_regnamespace(quote_ident(%s)) AND relowner = to_regrole(quote_ident(%s)) "
        "AND relkind IN ('r', 'p') ORDER BY relname",
        schema,
        owner,
    ):
        found = {right for right in wanted if f"{right.grantee} {right.privilege}" in acl}
        target = sql.SQL("TABLE {}").format(sql.Identifier(schema, str(table)))
        access.converge(work, _NOTHING, target, found=found, wanted=wanted)


def _functions(work: Work, owner: str) -> None:
    """Nobody executes the owner's new functions unless granted: PostgreSQL's default is everybody, in every schema."""
    found = work.rows(
        "SELECT r.rolname, a.privilege_type, a.is_grantable FROM pg_roles o "
        "CROSS JOIN aclexplode(coalesce((SELECT defaclacl FROM "
        "pg_default_acl WHERE defaclrole = o.oid AND defaclnamespace = 0 AND defaclobjtype = 'f'), "
        "acldefault('f', o.oid))) a LEFT JOIN pg_roles r ON r.oid = a.grantee "
        "WHERE o.rolname = %s AND a.grantee <> o.oid",
        owner,
    )
    before = sql.SQL("ALTER DEFAULT PRIVILEGES FOR ROLE {} ").format(sql.Identifier(owner))
    access.converge(work, before, _KINDS["f"], found=access.rights(found), wanted=())
