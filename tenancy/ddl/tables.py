"""The SQL of one table: keys with the tenant in front, checks, triggers, and row-level security where it has tenants.

Policies carry no role names: a plan made for one role and run as another (CVE-2016-2193, CVE-2023-2455) then changes
nothing. The tenant's rule is RESTRICTIVE, so that no further policy can open what it shuts; RESTRICTIVE alone denies
all, so a permissive one stands beside it. https://www.postgresql.org/docs/current/sql-createpolicy.html
"""

from collections.abc import Iterator, Mapping
from typing import Final

from tenancy.ddl.names import checks_of, key_of, listed, literal, named, qualified, quoted, reference_name
from tenancy.model import Column, Default, Reference, Table

ISOLATION: Final = "tenant_isolation"
ACCESS: Final = "tenant_access"
TOUCH: Final = "touch_updated_at"
RECORD: Final = "record_audit"
# In a sub-select the function is called once a statement, not once a row: six to ten times cheaper on a scan.
OF_THE_TENANT: Final = "tenant_id = (SELECT tenancy.current_tenant_id())"


def create_table(table: Table, others: Mapping[str, Table]) -> Iterator[str]:
    """The table with all that belongs to it; rights are granted apart. others: those that it may refer to."""
    name = qualified(table)
    parts = [*map(column_definition, table.all_columns), *_constraints(table, {**others, table.name: table})]
    yield f"CREATE TABLE {name} ({', '.join(parts)})"
    if table.about:
        yield f"COMMENT ON TABLE {name} IS {literal(table.about)}"
    for columns in table.indexes:
        yield create_index(table, columns)
    if table.is_tenants:
        yield from policies(name)
    yield f"CREATE TRIGGER {TOUCH} BEFORE UPDATE ON {name} FOR EACH ROW EXECUTE FUNCTION tenancy.touch_updated_at()"
    if table.is_tenants and table.audited:
        yield (
            f"CREATE TRIGGER {RECORD} AFTER INSERT OR UPDATE OR DELETE ON {name} "
            "FOR EACH ROW EXECUTE FUNCTION audit.record()"
        )


def policies(name: str) -> Iterator[str]:
    """Row-level security on a table that has tenant_id; the owner is held to it as well."""
    yield f"ALTER TABLE {name} ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY"
    yield (
        f"CREATE POLICY {ISOLATION} ON {name} AS RESTRICTIVE FOR ALL TO PUBLIC "
        f"USING ({OF_THE_TENANT}) WITH CHECK ({OF_THE_TENANT})"
    )
    yield f"CREATE POLICY {ACCESS} ON {name} AS PERMISSIVE FOR ALL TO PUBLIC USING (true) WITH CHECK (true)"


def create_index(table: Table, columns: tuple[str, ...]) -> str:
    """An index of columns; the tenant in front."""
    name = quoted(named(table.name, columns, "idx"))
    return f"CREATE INDEX {name} ON {qualified(table)} {listed(table.with_tenant(columns))}"


def column_definition(column: Column) -> str:
    """A column as CREATE TABLE and ADD COLUMN have it."""
    return f"{quoted(column.name)} {column.type.value}{'' if column.nullable else ' NOT NULL'}{_default(column)}"


def column_checks(table: str, column: Column) -> Iterator[str]:
    """What a column may hold, as constraints. Text with a check, never an enum: its comparison is not leakproof."""
    for name, rule in checks_of(table, column).items():
        yield f"CONSTRAINT {quoted(name)} CHECK ({rule})"


def reference_constraint(table: Table, reference: Reference, target: Table) -> str:
    """A foreign key; between tables of tenants the tenant is in front on both sides."""
    columns, to = reference.columns, reference.to
    if target.is_tenants:
        columns, to = table.with_tenant(columns), table.with_tenant(to)
    name = quoted(reference_name(table, reference))
    # An import of a table that refers to itself meets children before their parents.
    later = " DEFERRABLE" if target.name == table.name else ""
    return (
        f"CONSTRAINT {name} FOREIGN KEY {listed(columns)} "
        f"REFERENCES {qualified(target)} {listed(to)} ON DELETE {reference.on_delete}{later}"
    )


def tenant_constraint(table: str) -> str:
    """Rows are of tenants that were admitted."""
    name = quoted(named(table, ("tenant_id",), "fkey"))
    return f"CONSTRAINT {name} FOREIGN KEY (tenant_id) REFERENCES tenancy.tenants (id)"


def _default(column: Column) -> str:
    if column.default is None:
        return ""
    if isinstance(column.default, Default):
        return f" DEFAULT {column.default.value}"
    return f" DEFAULT {literal(column.default)}"


def _constraints(table: Table, others: Mapping[str, Table]) -> Iterator[str]:
    yield f"CONSTRAINT {quoted(named(table.name, (), 'pkey'))} PRIMARY KEY {listed(table.primary_key)}"
    for columns in table.unique:
        yield f"CONSTRAINT {quoted(key_of(table, columns))} UNIQUE {listed(table.with_tenant(columns))}"
    for column in table.columns:
        yield from column_checks(table.name, column)
    if table.is_tenants:
        yield tenant_constraint(table.name)
    for reference in table.references:
        yield reference_constraint(table, reference, others[reference.table])
