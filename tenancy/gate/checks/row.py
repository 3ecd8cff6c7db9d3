"""What one check is: a row with its key, its question to the catalogs, and the words for whatever it finds."""

from dataclasses import dataclass
from typing import Final, LiteralString

from psycopg import sql


@dataclass(frozen=True, kw_only=True)
class Check:
    """One thing that must hold in a database.

    query: gives a row for each breach; its column `object` names what breaks it, quoted so that it can be typed.
    what, allowed, fix: texts in which {column} stands for a column of that row; `fix` is the statement or step that
    mends it. Parameters of queries are those of `contract.Contract.parameters`.
    """

    key: str
    query: LiteralString
    what: str
    allowed: str
    fix: str


@dataclass(frozen=True, kw_only=True)
class Family:
    """Checks that look at the same things, asked in one statement.

    common: what their queries begin WITH. needs: tables without which they are not asked; another check misses those.
    """

    common: tuple[LiteralString, ...]
    checks: tuple[Check, ...]
    needs: tuple[str, ...] = ()

    @property
    def question(self) -> sql.Composed:
        """One query of (key of a check, a row of its query as JSON)."""
        queries = [
            sql.SQL("SELECT {} AS key, to_jsonb(breach) AS breach FROM ({}) breach").format(
                sql.Literal(check.key), sql.SQL(check.query)
            )
            for check in self.checks
        ]
        common = sql.SQL(", ").join(map(sql.SQL, self.common))
        return sql.SQL("WITH {} {}").format(common, sql.SQL(" UNION ALL ").join(queries))


# Relations of our schemas with what the contract says of them: `known` is false for what it does not know, `walled`
# true where row-level security must stand (in the schemas of tenants' rows also on what it does not know).
RELATIONS: Final[LiteralString] = """
t AS (
    SELECT c.*, nspname, c.oid::regclass::text AS object, m.name IS NOT NULL AS known,
        coalesce(m.walled, nspname IN ('app', 'outbox', 'audit')) AS walled, relkind IN ('r', 'p') AS is_table
    FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace
    LEFT JOIN jsonb_to_recordset(%(tables)s) m(schema text, name text, walled boolean)
        ON m.schema = nspname AND m.name = relname
    WHERE nspname = ANY(%(schemas)s) AND relkind IN ('r', 'p', 'v', 'm', 'f', 'S')
)"""
# Who was given something: the name of the role as it is typed; those of Azure's own are not ours to judge.
GRANTEES: Final[LiteralString] = """
grantee AS (
    SELECT oid, rolname, quote_ident(rolname) AS role FROM pg_roles WHERE rolname <> ALL(%(azure)s)
    UNION ALL SELECT 0, '', 'PUBLIC'
)"""
