"""Sample data of dev and stg: Acme Corp and Contoso, with people in every role and something of everything.

A deployment gets the tenants of its own residency zone, because it takes no others: westeu-dev-1 Acme Corp (EU),
eastus-dev-1 Contoso (US); a dedicated one its own tenant; a global one both. Rows go in through the model: a table or
column that it does not know is a fault. A row that is there is left as it is, whatever it holds by now.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final
from uuid import UUID

from psycopg import sql
from psycopg.types.json import Jsonb

from tenancy.data import place
from tenancy.data.bound import Connect, bind, writing
from tenancy.data.seed import (
    analytics_service,
    case_service,
    declaration_service,
    form_service,
    global_config,
    master_data,
    notification_service,
    review_service,
    rule_service,
    tenant_registry,
    user_service,
)
from tenancy.data.seed.rows import Id, SampleTenant, Tables, Value, id_of
from tenancy.data.seed.tenants import TENANTS
from tenancy.faults import Fault, RefusedError
from tenancy.model import Database, Table, Type
from tenancy.work import Work

# database → the rows of a tenant there.
OF_TENANTS: Final[Mapping[str, Callable[[SampleTenant], Tables]]] = {
    "user_service": user_service.rows,
    "form_service": form_service.rows,
    "rule_service": rule_service.rows,
    "declaration_service": declaration_service.rows,
    "review_service": review_service.rows,
    "case_service": case_service.rows,
    "notification_service": notification_service.rows,
    "analytics_service": analytics_service.rows,
    "tenant_registry": tenant_registry.rows,
    "global_config": global_config.rows,
}
# database → rows of tables that belong to no tenant.
SHARED: Final[Mapping[str, Tables]] = {
    "tenant_registry": tenant_registry.SHARED,
    "master_data": master_data.SHARED,
    "global_config": global_config.SHARED,
}
_ACTOR: Final = "seed"
_SHARED: Final = "shared"
_ENVIRONMENTS: Final = ("dev", "stg")
# Rows inserted, by table; those with none left out.
Counts = Mapping[str, int]


def seed(connect: Connect, databases: Mapping[str, Database]) -> dict[str, Counts]:
    """Put the sample rows into databases of one server; gives the rows inserted by database and table.

    One transaction a database; again, it inserts what is missing. Raises RefusedError in any environment but dev and
    stg (the database says where it is, not the caller), and for rows that do not fit the model.
    """
    for name, database in databases.items():
        if faults := misfits(database):
            raise RefusedError(faults)
        with writing(connect, name, _ACTOR, audited=True) as work:
            _require_samples_allowed(work)
    return {name: _database(connect, database) for name, database in databases.items()}


def misfits(database: Database) -> list[Fault]:
    """Sample rows whose table or column the model does not have."""
    known = {table.name: {column.name for column in table.all_columns} for table in database.tables}
    return [
        Fault(
            where=f"seed of {database.name}: {table}.{key}",
            what=f"the model has no {', '.join(sorted(row.keys() - known.get(table, set())))}",
            allowed=", ".join(sorted(known.get(table, set()))) or f"tables {', '.join(known)}",
            next_step="correct tenancy/data/seed, or seed at the revision that has it",
        )
        for tables in (*(_of_tenant(database.name, tenant) for tenant in TENANTS), SHARED.get(database.name, {}))
        for table, rows in tables.items()
        for key, row in rows.items()
        if not row.keys() <= known.get(table, set())
    ]


def _of_tenant(database: str, tenant: SampleTenant) -> Tables:
    rows = OF_TENANTS.get(database)
    return rows(tenant) if rows else {}


def _require_samples_allowed(work: Work) -> None:
    """In a database that does not say which deployment it is of, none are."""
    deployment = place.read(work).deployment
    if _environment(deployment) not in _ENVIRONMENTS:
        what = f"is of {deployment or 'no deployment that apply has told it of'}: no place for sample data"
        allowed = f"deployments of {' and '.join(_ENVIRONMENTS)}"
        step = "seed a deployment of dev or stg; tenants of prod come by onboarding or import"
        raise RefusedError([Fault(where=work.where, what=what, allowed=allowed, next_step=step)])


def _environment(deployment: str) -> str:
    """`dev` of `global-dev` and of `westeu-dev-1`; "" where there is none."""
    return next(iter(deployment.split("-")[1:]), "")


def _database(connect: Connect, database: Database) -> Counts:
    counts: dict[str, int] = {}
    with writing(connect, database.name, _ACTOR, audited=True) as work:
        _insert(work, database, SHARED.get(database.name, {}), _SHARED, counts)
        here = place.read(work)
        for tenant in (replace(it, environment=_environment(here.deployment)) for it in TENANTS):
            fits = here.zone in {"", tenant.zone} and here.dedicated_tenant in {"", tenant.slug}
            if fits and (rows := _of_tenant(database.name, tenant)):
                work.rows("SELECT tenancy.admit(%s, %s, %s, %s)", tenant.id, tenant.slug, tenant.name, tenant.zone)
                bind(work, tenant.id)
                _insert(work, database, rows, tenant.slug, counts)
    return counts


def _insert(work: Work, database: Database, tables: Tables, owner: str, counts: dict[str, int]) -> None:
    """Rows in the order of references; each one that is not there."""
    for table in (it for it in database.in_order if it.name in tables):
        for key, row in tables[table.name].items():
            whole = {"id": id_of(owner, database.name, Id(table.name, key)), **row} if table.key == ("id",) else row
            statement = sql.SQL("INSERT INTO {} ({}) VALUES ({}) ON CONFLICT ({}) DO NOTHING").format(
                sql.Identifier(table.schema, table.name),
                sql.SQL(", ").join(map(sql.Identifier, whole)),
                sql.SQL(", ").join([sql.Placeholder()] * len(whole)),
                sql.SQL(", ").join(map(sql.Identifier, table.primary_key)),
            )
            values = [_value(table, column, value, owner, database.name) for column, value in whole.items()]
            if inserted := work.connection.execute(statement, values).rowcount:
                name = f"{table.schema}.{table.name}"
                counts[name] = counts.get(name, 0) + inserted


def _value(table: Table, column: str, value: Value, owner: str, database: str) -> object:
    if isinstance(value, Id):
        return id_of(owner, database, value)
    if isinstance(value, UUID):
        return value
    is_json = any(it.name == column and it.type is Type.JSON for it in table.columns)
    return Jsonb(value) if is_json else value
