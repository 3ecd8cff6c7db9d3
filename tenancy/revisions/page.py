"""The page of the databases: each service's tables with columns, keys, personal data and retention; policies; roles.

Written from what makes the databases: the newest revision, `ddl` and `duties`. Nothing on it is kept anywhere else.
"""

from collections.abc import Iterable, Iterator
from typing import Final

from tenancy import revisions
from tenancy.ddl.foundation import AUDIT, OUTBOX, TENANTS
from tenancy.ddl.rights import Grants, wanted_on_functions, wanted_on_tables
from tenancy.ddl.tables import policies
from tenancy.duties import DUTIES, SCHEMAS
from tenancy.model import Column, Database, Default, Reference, Table

_HEAD: Final = """\
# Databases

Written by `./cfctl docs` from [tenancy/revisions](../../tenancy/revisions); change that, not this page.

Every database at revision {revision} has what stands first; then come the tables of each service.
"""
_WALL: Final = """\
Every table with a `tenant_id` has row-level security, forced on its owner too, with these two policies. Keys, unique
constraints, references between such tables and indexes begin with `tenant_id`; `tenancy.current_tenant_id()` raises
when no tenant is bound. `outbox.events` alone holds to it on INSERT only: its publisher works for all tenants, and
nobody else may read it.
"""
_ABOUT: Final = {
    AUDIT: "who changed what: a row for each change, written by a trigger; at a tenant's erasure `old` and `new` go",
    OUTBOX: "events that wait to be published; whoever adds one adds it for the tenant in effect, "
    "the publisher reads those of all tenants",
    TENANTS: "tenants that were admitted here; a trigger refuses those of another residency zone, and in a dedicated "
    "deployment every other",
    "tenancy.deployment": "one row: the deployment that this database is of, its zone, its only tenant if it has one",
    "tenancy.revision": "what was applied, when and by whom: a row for each revision and each plan",
}


def text() -> str:
    """The whole page, as Markdown."""
    databases = [revisions.database_at(name) for name in revisions.database_names()]
    return "\n".join(
        (
            _HEAD.format(revision=revisions.NEWEST),
            *_roles(),
            *_policies(),
            *_foundation(),
            *(line for database in databases for line in _database(database)),
        )
    )


def _roles() -> Iterator[str]:
    yield "## Roles and schemas\n"
    yield "Of a database `d`; nobody signs in as any of them, principals of Entra are members of one.\n"
    yield from _table(
        ("role", "who", "may use", "sessions begin with"),
        [
            ("`d_owner`", "nobody; migrations run as it", "owns everything", ""),
            *(
                (
                    f"`d_{name}`",
                    "principals of the plan" if duty.signs_in else "nobody; data commands of the job run as it",
                    ", ".join(f"`{schema}`" for schema in duty.schemas),
                    ", ".join(f"`{key} = {value}`" for key, value in duty.settings.items()),
                )
                for name, duty in DUTIES.items()
            ),
        ],
    )
    yield from _table(("schema", "holds"), [(f"`{name}`", about) for name, about in SCHEMAS.items()])


def _policies() -> Iterator[str]:
    yield "## Policies\n"
    yield _WALL
    yield "```sql"
    yield from (f"{statement};" for statement in policies("app.t"))
    yield "```\n"


def _foundation() -> Iterator[str]:
    yield "## In every database\n"
    rights = wanted_on_tables(Database("d"), has_foundation=True)
    about = {name.replace('"', ""): words for name, words in _ABOUT.items()}
    yield from _table(
        ("table", "holds", "rights"),
        [
            (f"`{schema}.{name}`", about.get(f"{schema}.{name}", ""), _granted(grants))
            for (schema, name), grants in rights.items()
        ],
    )
    functions = wanted_on_functions(has_foundation=True)
    yield from _table(
        ("function", "may be called by"),
        [
            (f"`{name}`", ", ".join(sorted({grant.duty for grant in grants})) or "triggers alone")
            for name, grants in functions.items()
        ],
    )


def _granted(grants: Grants) -> str:
    """As `operations: SELECT, UPDATE (name, slug)`."""
    said: list[str] = []
    for duty in sorted({grant.duty for grant in grants}):
        theirs = [grant for grant in grants if grant.duty == duty]
        whole = sorted({grant.privilege for grant in theirs if not grant.column})
        columns = ", ".join(sorted(grant.column for grant in theirs if grant.column))
        said.append(f"{duty}: {', '.join([*whole, *([f'UPDATE ({columns})'] if columns else [])])}")
    return "; ".join(said)


def _database(database: Database) -> Iterator[str]:
    yield f"## {database.name}\n"
    for table in database.tables:
        yield f"### {database.name}: {table.schema}.{table.name}\n"
        yield f"{table.about[:1].upper()}{table.about[1:]}.\n"
        yield from (f"- {fact}" for fact in _facts(table))
        yield ""
        yield from _table(
            ("column", "type", "default", "remarks"),
            [
                (f"`{it.name}`", f"{it.type.value}{' or null' if it.nullable else ''}", _default(it), _remarks(it))
                for it in table.all_columns
            ],
        )


def _facts(table: Table) -> Iterator[str]:
    yield "rows of tenants, under row-level security" if table.is_tenants else f"shared: {table.why_shared}"
    keys = (table.primary_key, *(table.with_tenant(columns) for columns in table.unique))
    yield f"keys: {_columns(keys)}"
    if table.indexes:
        yield f"indexes: {_columns(table.with_tenant(columns) for columns in table.indexes)}"
    yield from (_reference(reference) for reference in table.references)
    rights = [f"{right} but of fixed columns" if right == "UPDATE" else right for right in table.rights]
    yield f"the application may {', '.join(rights)}"
    yield "every change is audited" if table.is_tenants and table.audited else "not audited"
    yield f"kept for {table.keep_days} days by `{table.keep_by}`" if table.keep_days else "kept until it is deleted"


def _reference(reference: Reference) -> str:
    what = "goes with it" if reference.on_delete == "CASCADE" else "holds it"
    return f"`{', '.join(reference.columns)}` refers to `{reference.table} ({', '.join(reference.to)})` and {what}"


def _columns(some: Iterable[tuple[str, ...]]) -> str:
    return "; ".join(f"`{', '.join(columns)}`" for columns in some)


def _default(column: Column) -> str:
    if isinstance(column.default, Default):
        return f"`{column.default.value}`"
    return f"`{column.default}`" if column.default else ""


def _remarks(column: Column) -> str:
    said = [
        column.about,
        f"one of {', '.join(column.choices)}" if column.choices else "",
        "**personal**" if column.personal else "",
        "fixed" if column.fixed else "",
        "lower case" if column.lower else "",
    ]
    return "; ".join(part for part in said if part)


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> Iterator[str]:
    yield f"| {' | '.join(head)} |"
    yield f"|{'---|' * len(head)}"
    yield from (f"| {' | '.join(row)} |" for row in rows)
    yield ""
