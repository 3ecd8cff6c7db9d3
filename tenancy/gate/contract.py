"""What a database must look like, from its model: the rows that the queries of `checks` are given."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from psycopg.types.json import Jsonb

from tenancy.access import AZURE_ROLES
from tenancy.assurance import ddl as assurance
from tenancy.ddl import foundation, wanted_on_functions, wanted_on_tables
from tenancy.duties import DUTIES, SCHEMAS, group_of, groups_of, owner_of
from tenancy.gate.foundation import ACCESS, FOUNDATION, ISOLATION, RECORD, REVISION, SIGNED, TOUCH, Kept
from tenancy.gate.functions import made
from tenancy.model import Database, Table, Type

# Those that `azure.extensions` of the server allows, and those that Azure itself puts into databases.
# https://learn.microsoft.com/azure/postgresql/extensions/concepts-extensions-by-engine
EXTENSIONS: Final = ("plpgsql", "pgaudit", "pg_stat_statements", "azure", "pgaadauth")
_AS_PRINTED: Final = {Type.TIMESTAMP.value: "timestamp with time zone"}
Rows = list[dict[str, Any]]


@dataclass(frozen=True)
class Contract:
    """The contract of one database.

    has_foundation: whether its revision has `ddl.foundation`. signed: whether tenants are bound by signed tokens there
    (`assurance`).
    """

    model: Database
    has_foundation: bool = True
    signed: bool = False

    @property
    def database(self) -> str:
        """Its name."""
        return self.model.name

    @cached_property
    def parameters(self) -> dict[str, Any]:
        """What every query is given by name."""
        kept = (REVISION, *(FOUNDATION if self.has_foundation else ()), *(SIGNED if self.signed else ()))
        rows = {
            "tables": _tables(self.model.tables, kept),
            "columns": _columns(self.model.tables, kept),
            "policies": _policies(self.model.tables, kept),
            "keys": _keys(self.model.tables, kept),
            "references": _references(self.model, kept),
            "triggers": _triggers(self.model.tables, kept),
            "rights": self._rights(),
            "functions": self._functions(),
            "executes": self._executes(),
            "usages": [
                {"schema": schema, "role": group_of(self.database, name)}
                for name, duty in DUTIES.items()
                for schema in duty.schemas
            ],
        }
        return {
            **{name: Jsonb(some) for name, some in rows.items()},
            "schemas": list(SCHEMAS),
            "owner": owner_of(self.database),
            "roles": [owner_of(self.database), *groups_of(self.database)],
            "azure": list(AZURE_ROLES),
            "extensions": list(EXTENSIONS),
        }

    def _rights(self) -> Rows:
        wanted = wanted_on_tables(self.model, has_foundation=self.has_foundation)
        return [
            {
                "schema": schema,
                "table": table,
                "role": group_of(self.database, grant.duty),
                "right": grant.privilege,
                "column": grant.column or None,
            }
            for (schema, table), grants in wanted.items()
            for grant in grants
        ]

    def _executes(self) -> Rows:
        wanted = wanted_on_functions(has_foundation=self.has_foundation)
        pairs = [(signature, grant.duty) for signature, grants in wanted.items() for grant in grants]
        if self.signed:
            pairs += [(signature, duty) for signature, duties in assurance.EXECUTORS.items() for duty in duties]
        return [{"signature": it, "role": group_of(self.database, duty)} for it, duty in pairs]

    def _functions(self) -> Rows:
        if not self.has_foundation:
            return []
        plain = dict(made(foundation.create(), wanted_on_functions(has_foundation=True)))
        if self.signed:
            own = {*assurance.EXECUTORS, "tenancy.current_tenant_id()"}
            plain |= dict(made(assurance.statements(self.database), own))
        return [*plain.values()]


def _tables(tables: Iterable[Table], kept: Iterable[Kept]) -> Rows:
    return [
        *({"schema": it.schema, "name": it.name, "walled": it.is_tenants} for it in tables),
        *({"schema": it.schema, "name": it.name, "walled": bool(it.policies)} for it in kept),
    ]


def _columns(tables: Iterable[Table], kept: Iterable[Kept]) -> Rows:
    ours = (
        (it.schema, it.name, column.name, column.type.value, not column.nullable, it.is_tenants)
        for it in tables
        for column in it.all_columns
    )
    theirs = (
        (it.schema, it.name, name, type_.removesuffix("?"), not type_.endswith("?"), it.filled)
        for it in kept
        for name, type_ in (column.split() for column in it.columns.split(", "))
    )
    return [
        {
            "schema": schema,
            "table": table,
            "name": name,
            "type": _AS_PRINTED.get(type_, type_),
            "required": required,
            "of_tenant": filled and name == "tenant_id",
        }
        for schema, table, name, type_, required, filled in (*ours, *theirs)
    ]


def _policies(tables: Iterable[Table], kept: Iterable[Kept]) -> Rows:
    walled = ((it.schema, it.name, (ISOLATION, ACCESS)) for it in tables if it.is_tenants)
    return [
        {"schema": schema, "table": table, **vars(policy)}
        for schema, table, policies in (*walled, *((it.schema, it.name, it.policies) for it in kept))
        for policy in policies
    ]


def _keys(tables: Iterable[Table], kept: Iterable[Kept]) -> Rows:
    ours = (
        (it.schema, it.name, kind, it.with_tenant(columns))
        for it in tables
        for kind, some in (("primary", (it.key,)), ("unique", it.unique), ("index", it.indexes))
        for columns in some
    )
    theirs = (
        (it.schema, it.name, kind, columns)
        for it in kept
        for kind, some in (("primary", (it.primary,)), ("unique", it.unique), ("index", it.indexes))
        for columns in some
    )
    return [
        {"schema": schema, "table": table, "kind": kind, "columns": list(columns)}
        for schema, table, kind, columns in (*ours, *theirs)
    ]


def _references(model: Database, kept: Iterable[Kept]) -> Rows:
    of_tenants = [
        *((it.schema, it.name) for it in model.tables if it.is_tenants),
        *((it.schema, it.name) for it in kept if it.policies),
    ]
    to_tenants = (
        (schema, name, ("tenant_id",), "tenancy", "tenants", ("id",), "NO ACTION") for schema, name in of_tenants
    )
    ours = (
        (
            it.schema,
            it.name,
            it.with_tenant(reference.columns) if target.is_tenants else reference.columns,
            target.schema,
            target.name,
            target.with_tenant(reference.to),
            reference.on_delete,
        )
        for it in model.tables
        for reference in it.references
        for target in (model.by_name[reference.table],)
    )
    names = ("schema", "table", "columns", "to_schema", "to_table", "to_columns", "on_delete")
    return [dict(zip(names, row, strict=True)) for row in (*to_tenants, *ours)]


def _triggers(tables: Iterable[Table], kept: Iterable[Kept]) -> Rows:
    ours = (
        (it.schema, it.name, trigger)
        for it in tables
        for trigger in ((TOUCH, RECORD) if it.is_tenants and it.audited else (TOUCH,))
    )
    theirs = ((it.schema, it.name, trigger) for it in kept for trigger in it.triggers)
    return [
        {"schema": schema, "table": table, "name": name, "timing": timing, "function": function}
        for schema, table, (name, timing, function) in (*ours, *theirs)
    ]
