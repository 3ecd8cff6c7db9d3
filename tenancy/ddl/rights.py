"""Who may do what with each table and function, by duty, as data: the model says it for applications.

UPDATE is granted column by column: no application moves a row to another tenant or key, and neither do data commands.
https://www.postgresql.org/docs/current/ddl-priv.html
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from tenancy.model import Database, Table

APPLICATION: Final = "application"
PUBLISHER: Final = "publisher"
OPERATIONS: Final = "operations"


@dataclass(frozen=True, order=True, kw_only=True)
class Grant:
    """A privilege that a duty has on a table or function; with a column, on that column alone."""

    duty: str
    privilege: str
    column: str = ""


Grants = frozenset[Grant]


def _of(duty: str, *privileges: str, update: tuple[str, ...] = ()) -> Grants:
    columns = (Grant(duty=duty, privilege="UPDATE", column=column) for column in update)
    return frozenset((*(Grant(duty=duty, privilege=privilege) for privilege in privileges), *columns))


# (schema, table) that every database has → who may do what there.
_FOUNDATION: Final[Mapping[tuple[str, str], Grants]] = {
    ("audit", "entries"): _of(APPLICATION, "SELECT")
    | _of(OPERATIONS, "SELECT", "INSERT", update=("old", "new", "redacted_at")),
    ("outbox", "events"): _of(APPLICATION, "INSERT")
    | _of(PUBLISHER, "SELECT", "DELETE", update=("published_at", "attempts"))
    | _of(OPERATIONS, "SELECT", "DELETE"),
    ("tenancy", "tenants"): _of(OPERATIONS, "SELECT", "INSERT", update=("slug", "name", "status")),
    ("tenancy", "deployment"): _of(OPERATIONS, "SELECT"),
    ("tenancy", "imports"): _of(OPERATIONS, "SELECT", "INSERT"),
    ("tenancy", "revision"): _of(OPERATIONS, "SELECT"),
}
_BOTH: Final = _of(APPLICATION, "EXECUTE") | _of(OPERATIONS, "EXECUTE")
# Function of schema tenancy or audit → who may call it. Trigger functions are called by nobody.
_FUNCTIONS: Final[Mapping[str, Grants]] = {
    "tenancy.current_tenant_id()": _BOTH,
    "tenancy.current_actor_id()": _BOTH,
    "tenancy.new_id()": _BOTH,
    "tenancy.admit(uuid,text,text,text)": _BOTH,
    "tenancy.touch_updated_at()": frozenset(),
    "tenancy.check_tenant()": frozenset(),
    "tenancy.check_deployment()": frozenset(),
    "audit.record()": frozenset(),
}


def wanted_on_tables(model: Database, *, has_foundation: bool) -> dict[tuple[str, str], Grants]:
    """(schema, table) → its grants, for every table of a database."""
    everywhere = _FOUNDATION if has_foundation else {("tenancy", "revision"): frozenset[Grant]()}
    return {**everywhere, **{(table.schema, table.name): frozenset(_on(table)) for table in model.tables}}


def wanted_on_functions(*, has_foundation: bool) -> Mapping[str, Grants]:
    """Function with its arguments → its grants."""
    return _FUNCTIONS if has_foundation else {}


def _on(table: Table) -> Iterator[Grant]:
    columns = [column for column in table.all_columns if column.name != "tenant_id"]
    for privilege in table.rights:
        if privilege == "UPDATE":
            yield from _of(APPLICATION, update=tuple(column.name for column in columns if not column.fixed))
        else:
            yield Grant(duty=APPLICATION, privilege=privilege)
    yield from _of(OPERATIONS, "SELECT", "INSERT", "DELETE", update=tuple(column.name for column in columns))
