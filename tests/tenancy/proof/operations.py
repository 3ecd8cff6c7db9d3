"""The operations of the matrix: whatever an application may try on a table, and what must come of each.

What must come of it follows from the table's rights: without a right that it needs 42501, with all of them what the
wall says: nothing where rows are looked for, a refusal where one would be written; 28000 with no tenant bound.
"""

import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from psycopg import sql

from tenancy.ddl import Grant, wanted_on_tables
from tests.tenancy.proof.ground import Place
from tests.tenancy.proof.sample_rows import ACME, CONTOSO, Row, insert

# https://www.postgresql.org/docs/current/errcodes-appendix.html
REFUSED: Final = "42501"
UNBOUND: Final = "28000"
UNSUPPORTED: Final = "0A000"
# It succeeded, gave no row and touched none.
NOTHING: Final = "nothing"


@dataclass(frozen=True)
class Target:
    """A table under the wall. rights: what the application may; changing: a column that it may update."""

    schema: str
    name: str
    rights: frozenset[str]
    changing: str
    mine: Row
    theirs: Row

    def sql(self, text: str) -> sql.Composed:
        """A statement in which {t} is the table and {c} a column that may be updated."""
        return sql.SQL(text).format(t=sql.Identifier(self.schema, self.name), c=sql.Identifier(self.changing))

    @property
    def values(self) -> Row:
        """What statements name."""
        return {"theirs": self.theirs["tenant_id"], "id": self.theirs["id"], "mine": self.mine["tenant_id"]}


@dataclass(frozen=True, kw_only=True)
class Operation:
    """One way to reach a table. needs: the rights for it. bound, unbound: what comes of it with those."""

    name: str
    needs: frozenset[str]
    statement: Callable[[Target], tuple[sql.Composed, Mapping[str, Any]]]
    bound: str
    unbound: str = UNBOUND

    def expected(self, target: Target, *, bound: bool) -> str:
        """What must come of it on a table."""
        if not self.needs <= target.rights:
            return REFUSED
        return self.bound if bound else self.unbound


def _looking(name: str, needs: str, text: str) -> Operation:
    return Operation(
        name=name, needs=frozenset(needs.split()), statement=lambda it: (it.sql(text), it.values), bound=NOTHING
    )


def _writing(name: str, needs: str, rest: str = "", *, same_key: bool = False) -> Operation:
    def statement(target: Target) -> tuple[sql.Composed, Mapping[str, Any]]:
        row = target.theirs if same_key else {**target.theirs, "id": uuid.uuid4()}
        return sql.Composed([insert(target.schema, target.name, row), target.sql(rest)]), row

    return Operation(name=name, needs=frozenset(needs.split()), statement=statement, bound=REFUSED)


def _never(name: str, text: str) -> Operation:
    """What no right of the model allows."""
    return Operation(
        name=name, needs=frozenset({"none"}), statement=lambda it: (it.sql(text), it.values), bound=REFUSED
    )


_OTHERS: Final = "(SELECT %(theirs)s::uuid AS whose) other ON tenant_id = whose"
OPERATIONS: Final = (
    _looking("select", "SELECT", "SELECT * FROM {t} WHERE tenant_id = %(theirs)s"),
    _looking("select by key", "SELECT", "SELECT * FROM {t} WHERE id = %(id)s"),
    _looking("select beside own", "SELECT", "SELECT * FROM {t} WHERE tenant_id <> %(mine)s"),
    _looking("select or", "SELECT", "SELECT * FROM {t} WHERE (true OR tenant_id = %(theirs)s) AND id = %(id)s"),
    _looking("lock", "SELECT UPDATE", "SELECT * FROM {t} WHERE tenant_id = %(theirs)s FOR UPDATE"),
    _looking("update", "SELECT UPDATE", "UPDATE {t} SET {c} = {c} WHERE tenant_id = %(theirs)s"),
    _looking("update returning", "SELECT UPDATE", "UPDATE {t} SET {c} = {c} WHERE id = %(id)s RETURNING *"),
    _looking("delete", "SELECT DELETE", "DELETE FROM {t} WHERE tenant_id = %(theirs)s"),
    _looking("delete returning", "SELECT DELETE", "DELETE FROM {t} WHERE id = %(id)s RETURNING *"),
    _looking(
        "merge update", "SELECT UPDATE", f"MERGE INTO {{t}} USING {_OTHERS} WHEN MATCHED THEN UPDATE SET {{c}} = {{c}}"
    ),
    _looking("merge delete", "SELECT DELETE", f"MERGE INTO {{t}} USING {_OTHERS} WHEN MATCHED THEN DELETE"),
    _writing("insert", "INSERT"),
    _writing("insert returning", "INSERT SELECT", "RETURNING *"),
    _writing(
        "upsert", "INSERT SELECT UPDATE", "ON CONFLICT (tenant_id, id) DO UPDATE SET {c} = excluded.{c}", same_key=True
    ),
    _writing("upsert nothing", "INSERT", "ON CONFLICT DO NOTHING", same_key=True),
    _never("move away", "UPDATE {t} SET tenant_id = %(theirs)s"),
    _never("move here", "UPDATE {t} SET tenant_id = %(mine)s WHERE id = %(id)s"),
    _never("truncate", "TRUNCATE {t}"),
    _never("truncate cascade", "TRUNCATE {t} CASCADE"),
    Operation(
        name="copy from",
        needs=frozenset({"INSERT"}),
        statement=lambda it: (it.sql("COPY {t} FROM STDIN"), it.values),
        bound=UNSUPPORTED,
        unbound=UNSUPPORTED,
    ),
)


def targets(place: Place) -> Iterator[Target]:
    """Every table of a database on which the wall stands."""
    grants = wanted_on_tables(place.model, has_foundation=True)
    schemas = {table.name: table.schema for table in place.model.of_tenants}
    for name, schema in {**schemas, "events": "outbox", "entries": "audit"}.items():
        ours = [grant for grant in grants[schema, name] if grant.duty == "application"]
        yield Target(
            schema=schema,
            name=name,
            rights=frozenset(grant.privilege for grant in ours),
            changing=_changing(ours),
            mine=dict(place.rows[name][ACME]),
            theirs=dict(place.rows[name][CONTOSO]),
        )


def _changing(grants: list[Grant]) -> str:
    return next((grant.column for grant in sorted(grants) if grant.privilege == "UPDATE"), "tenant_id")
