"""A row of each table for each of two tenants, made from the model alone: whatever table comes, it gets its rows."""

import uuid
from collections.abc import Mapping
from typing import Any, Final

from psycopg import sql
from psycopg.types.json import Jsonb

from tenancy.model import Column, Database, Table, Type
from tests.tenancy.bench import Connection

ACME: Final = uuid.UUID("0190aaaa-0000-7000-8000-00000000000a")
CONTOSO: Final = uuid.UUID("0190bbbb-0000-7000-8000-00000000000b")
TENANTS: Final = {ACME: ("acme", "Acme Corp"), CONTOSO: ("contoso", "Contoso")}
# In every text of a tenant's rows: what must never be seen by the other one.
CANARY: Final = {ACME: "canary-of-acme", CONTOSO: "canary-of-contoso"}
Row = dict[str, Any]


def row_of(table: Table, tenant: uuid.UUID, number: int, keys: Mapping[str, Row]) -> Row:
    """A row that the table takes; `keys`: the rows of the same tenant that it can refer to."""
    row = {column.name: _value(column, tenant, number) for column in table.columns}
    if table.key == ("id",):
        row["id"] = uuid.uuid5(tenant, f"{table.name} {number}")
    if table.is_tenants:
        row["tenant_id"] = tenant
    for reference in table.references:
        target = row if reference.table == table.name else keys[reference.table]
        for column, to in zip(reference.columns, reference.to, strict=True):
            row[column] = target[to]
    return row


def _value(column: Column, tenant: uuid.UUID, number: int) -> Any:
    text = f"{CANARY[tenant]}-{column.name}-{number}"
    return {
        Type.UUID: uuid.uuid5(tenant, f"{column.name} {number}"),
        Type.TEXT: column.choices[number % len(column.choices)] if column.choices else text,
        Type.INTEGER: number + 1,
        Type.BIGINT: number + 1,
        Type.BOOLEAN: False,
        Type.DATE: "2026-01-02",
        Type.TIMESTAMP: "2026-01-02 03:04:05+00",
        Type.JSON: Jsonb({"text": text}),
    }[column.type]


def insert(schema: str, table: str, row: Mapping[str, Any], rest: str = "") -> sql.Composed:
    """The statement that inserts a row, with its values by name."""
    return sql.SQL("INSERT INTO {} ({}) VALUES ({}) {}").format(
        sql.Identifier(schema, table),
        sql.SQL(", ").join(map(sql.Identifier, row)),
        sql.SQL(", ").join(map(sql.Placeholder, row)),
        sql.SQL(rest),
    )


def fill(connection: Connection, model: Database) -> dict[str, dict[uuid.UUID, Row]]:
    """Rows in every table, as nobody whom policies hold; gives them by table and tenant. Shared tables have one."""
    made: dict[str, dict[uuid.UUID, Row]] = {}
    for tenant, (slug, name) in TENANTS.items():
        connection.execute(
            "INSERT INTO tenancy.tenants (id, slug, name, zone) VALUES (%s, %s, %s, 'EU')", (tenant, slug, name)
        )
    for table in model.in_order:
        made[table.name] = {}
        for tenant in TENANTS if table.is_tenants else (ACME,):
            keys = {name: rows.get(tenant, rows[ACME]) for name, rows in made.items() if rows}
            made[table.name][tenant] = row_of(table, tenant, 0, keys)
            bind(connection, tenant)
            connection.execute(insert(table.schema, table.name, made[table.name][tenant]), made[table.name][tenant])
    bind(connection, None)
    made["events"] = {tenant: event(tenant, 0) for tenant in TENANTS}
    for row in made["events"].values():
        connection.execute(insert("outbox", "events", row), row)
    made["entries"] = {tenant: entry(tenant, 0) for tenant in TENANTS}
    for row in made["entries"].values():
        connection.execute(insert("audit", "entries", row), row)
    return made


def bind(connection: Connection, tenant: uuid.UUID | None) -> None:
    """Bind the transaction to a tenant: the audit trigger writes as the owner, whom policies hold as everybody."""
    connection.execute("SELECT set_config('app.tenant_id', %s, true)", [str(tenant or "")])


def event(tenant: uuid.UUID, number: int) -> Row:
    """An event that waits to be published."""
    identity, payload = uuid.uuid5(tenant, f"event {number}"), Jsonb({"text": CANARY[tenant]})
    words = {"topic": "user-events", "key": str(tenant), "type": "user.profile_updated"}
    return {"tenant_id": tenant, "id": identity, **words, "payload": payload}


def entry(tenant: uuid.UUID, number: int) -> Row:
    """An audit row."""
    identity, new = uuid.uuid5(tenant, f"entry {number}"), Jsonb({"text": CANARY[tenant]})
    words = {"table_name": "users", "row_id": identity, "action": "INSERT", "new": new}
    return {"tenant_id": tenant, "id": identity, **words}
