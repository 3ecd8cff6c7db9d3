"""The schemas of one database: whose they are, who may use them, what the owner's new objects give to whom."""

from collections import defaultdict
from collections.abc import Mapping
from typing import Final

from psycopg import sql

from tenancy import access
from tenancy.access import Right
from tenancy.duties import DUTIES, SCHEMAS, group_of
from tenancy.work import Row, Work

_NOTHING: Final = sql.SQL("")
# What default privileges are kept about: tables, sequences, functions.
_KINDS: Final = {"r": sql.SQL("TABLES"), "S": sql.SQL("SEQUENCES"), "f": sql.SQL("FUNCTIONS")}


def converge(work: Work, database: str, owner: str) -> None:
    """Bring the schemas of the database that `work` is connected to to the data of `duties`."""
    _public_schema(work)
    owned, rights, defaults = _owners(work, owner), _rights(work), _defaults(work, owner)
    for schema in SCHEMAS:
        _schema(work, schema, owner, owned)
        users = [group_of(database, name) for name, duty in DUTIES.items() if schema in duty.schemas]
        target = sql.SQL("SCHEMA {}").format(sql.Identifier(schema))
        access.converge(work, _NOTHING, target, found=rights[schema], wanted=Right.of(users, "USAGE"))
        before = sql.SQL("ALTER DEFAULT PRIVILEGES FOR ROLE {} IN SCHEMA {} ").format(
            sql.Identifier(owner), sql.Identifier(schema)
        )
        for kind, words in _KINDS.items():
            access.converge(work, before, words, found=defaults[schema, kind], wanted=())
    _functions(work, owner)


def _public_schema(work: Work) -> None:
    """On Azure everybody may create in schema public, whatever the version: nobody of ours uses it at all."""
    found = work.rows(
        "SELECT r.rolname, a.privilege_type, a.is_grantable FROM pg_namespace CROSS JOIN aclexplode(nspacl) a "
        "LEFT JOIN pg_roles r ON r.oid = a.grantee WHERE nspname = 'public' AND a.grantee <> nspowner"
    )
    access.converge(work, _NOTHING, sql.SQL("SCHEMA public"), found=access.rights(found), wanted=())


def _owners(work: Work, owner: str) -> dict[str, bool]:
    """Schema → whether it is the owner's."""
    rows = work.rows("SELECT nspname, nspowner::regrole = to_regrole(quote_ident(%s)) FROM pg_namespace", owner)
    return {str(schema): bool(is_owners) for schema, is_owners in rows}


def _rights(work: Work) -> dict[str, frozenset[Right]]:
    """Schema → what others than its owner may do with it."""
    found: dict[str, list[Row]] = defaultdict(list)
    for schema, *right in work.rows(
        "SELECT nspname, r.rolname, a.privilege_type, a.is_grantable FROM pg_namespace CROSS JOIN aclexplode(nspacl) a "
        "LEFT JOIN pg_roles r ON r.oid = a.grantee WHERE nspname = ANY(%s) AND a.grantee <> nspowner",
        list(SCHEMAS),
    ):
        found[schema].append(tuple(right))
    return defaultdict(frozenset[Right], {schema: access.rights(rows) for schema, rows in found.items()})


def _defaults(work: Work, owner: str) -> dict[tuple[str, str], frozenset[Right]]:
    """(schema, kind) → what the owner's new objects give to others: nothing, as rights are granted one by one."""
    found: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for schema, kind, *right in work.rows(
        "SELECT nspname, defaclobjtype, r.rolname, a.privilege_type, a.is_grantable FROM pg_default_acl "
        "JOIN pg_namespace n ON n.oid = defaclnamespace CROSS JOIN aclexplode(defaclacl) a "
        "LEFT JOIN pg_roles r ON r.oid = a.grantee WHERE defaclrole = to_regrole(quote_ident(%s)) "
        "AND nspname = ANY(%s) AND a.grantee <> defaclrole",
        owner,
        list(SCHEMAS),
    ):
        found[schema, kind].append(tuple(right))
    return defaultdict(frozenset[Right], {place: access.rights(rows) for place, rows in found.items()})


def _schema(work: Work, schema: str, owner: str, owned: Mapping[str, bool]) -> None:
    """There, and the owner's."""
    if schema not in owned:
        work.change("CREATE SCHEMA {} AUTHORIZATION {}", schema, owner)
        work.change("COMMENT ON SCHEMA {} IS {}", schema, sql.Literal(SCHEMAS[schema]))
    elif not owned[schema]:
        work.change("ALTER SCHEMA {} OWNER TO {}", schema, owner)


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
