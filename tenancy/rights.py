"""Rights on tables and functions of one database brought to `ddl.rights`: table by table, column by column.

A table or function that no revision makes is left as it is, for the gate to name.
"""

from collections import defaultdict
from typing import Final

from psycopg import sql

from tenancy import access
from tenancy.access import Right
from tenancy.ddl.rights import Grants, wanted_on_functions, wanted_on_tables
from tenancy.duties import SCHEMAS, group_of
from tenancy.model import Database
from tenancy.work import Row, Work

_NOTHING: Final = sql.SQL("")


def converge(work: Work, model: Database, *, has_foundation: bool) -> None:
    """Bring the rights in the database that `work` is connected to to those of its model.

    has_foundation: whether it has the functions and tables of `ddl.foundation`.
    """
    tables, functions = _tables(work), _functions(work)
    # Some hundred statements of which none depends on another: sent without waiting for each.
    with work.connection.pipeline():
        for (schema, table), grants in wanted_on_tables(model, has_foundation=has_foundation).items():
            target = sql.SQL("TABLE {}").format(sql.Identifier(schema, table))
            _converge(work, model.name, target, tables[schema, table], grants)
        for function, grants in wanted_on_functions(has_foundation=has_foundation).items():
            schema, _, rest = function.partition(".")
            target = sql.SQL("FUNCTION {}").format(sql.Identifier(schema, rest.partition("(")[0]))
            _converge(work, model.name, target, functions[function], grants)


def _converge(work: Work, name: str, target: sql.Composable, found: list[Row], grants: Grants) -> None:
    wanted = {Right(group_of(name, it.duty), it.privilege, column=it.column) for it in grants}
    access.converge(work, _NOTHING, target, found=access.rights(found), wanted=wanted)


def _tables(work: Work) -> dict[tuple[str, str], list[Row]]:
    """(schema, table) → role, privilege, grantable, column of what others than the owner have there."""
    found: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for schema, table, *right in work.rows(
        "WITH t AS (SELECT c.oid, nspname, relname, relowner, relacl FROM pg_class c "
        "JOIN pg_namespace n ON n.oid = relnamespace WHERE nspname = ANY(%s) AND relkind IN ('r', 'p')), "
        "a AS (SELECT nspname, relname, relowner, '' AS name, relacl AS acl FROM t UNION ALL "
        "SELECT nspname, relname, relowner, attname, attacl FROM t "
        "JOIN pg_attribute ON attrelid = t.oid AND NOT attisdropped) "
        "SELECT nspname, relname, rolname, privilege_type, is_grantable, name FROM a CROSS JOIN aclexplode(acl) x "
        "LEFT JOIN pg_roles r ON r.oid = x.grantee WHERE x.grantee <> relowner",
        list(SCHEMAS),
    ):
        found[schema, table].append(tuple(right))
    return found


def _functions(work: Work) -> dict[str, list[Row]]:
    """Function with its arguments → role, privilege, grantable of what others than the owner have on it."""
    found: dict[str, list[Row]] = defaultdict(list)
    for function, *right in work.rows(
        "SELECT p.oid::regprocedure::text, rolname, privilege_type, is_grantable FROM pg_proc p "
        "JOIN pg_namespace n ON n.oid = pronamespace "
        "CROSS JOIN aclexplode(coalesce(proacl, acldefault('f', proowner))) x "
        "LEFT JOIN pg_roles r ON r.oid = x.grantee WHERE nspname = ANY(%s) AND x.grantee <> proowner",
        list(SCHEMAS),
    ):
        found[function].append(tuple(right))
    return found
