"""Names in SQL: always quoted, and each constraint and index named after what it is about, the same in every database.

A name that is too long ends in a hash of the whole: PostgreSQL would cut it without a word, and two could become one.
https://www.postgresql.org/docs/current/sql-syntax-lexical.html#SQL-SYNTAX-IDENTIFIERS
"""

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from tenancy.model import Column, Database, Reference, Table

_LONGEST: Final = 63


def quoted(name: str) -> str:
    """An identifier."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """A text; standard_conforming_strings is on, so that a backslash is one."""
    return "'" + text.replace("'", "''") + "'"


def listed(columns: Iterable[str]) -> str:
    """Identifiers in parentheses."""
    return f"({', '.join(quoted(column) for column in columns)})"


def qualified(table: Table) -> str:
    """A table with its schema."""
    return f"{quoted(table.schema)}.{quoted(table.name)}"


def named(table: str, columns: Iterable[str], kind: str) -> str:
    """The name of a constraint or index; `kind`: key, fkey, check or idx, as PostgreSQL's own names end."""
    whole = "_".join((table, *columns, kind))
    if len(whole) <= _LONGEST:
        return whole
    mark = f"_{hashlib.sha256(whole.encode()).hexdigest()[:8]}_{kind}"
    return whole[: _LONGEST - len(mark)] + mark


def key_of(table: Table, columns: tuple[str, ...]) -> str:
    """The name of a unique constraint."""
    return named(table.name, columns, "key")


def reference_name(table: Table, reference: Reference) -> str:
    """The name of a foreign key: its columns and its target, because one column may refer to two tables."""
    return named(table.name, (*reference.columns, reference.table), "fkey")


def checks_of(table: str, column: Column) -> Mapping[str, str]:
    """The checks of a column by name."""
    name, rules = quoted(column.name), dict[str, str]()
    if column.choices:
        rules[named(table, (column.name,), "check")] = f"{name} IN ({', '.join(map(literal, column.choices))})"
    if column.lower:
        rules[named(table, (column.name, "lower"), "check")] = f"{name} = pg_catalog.lower({name})"
    return rules


def duplicates(database: Database) -> list[str]:
    """Names that two relations of a schema, or two constraints of a table, would have: `a_b` of c, and `a` of b_c."""
    relations = Counter(f"{table.schema}.{name}" for table in database.tables for name in _relations(table))
    constraints = Counter(f"{table.name}: {name}" for table in database.tables for name in _constraints(table))
    return sorted(name for names in (relations, constraints) for name, times in names.items() if times > 1)


def _relations(table: Table) -> Iterator[str]:
    yield table.name
    yield named(table.name, (), "pkey")
    yield from (key_of(table, columns) for columns in table.unique)
    yield from (named(table.name, columns, "idx") for columns in table.indexes)


def _constraints(table: Table) -> Iterator[str]:
    yield named(table.name, ("tenant_id",), "fkey")
    yield from (name for column in table.columns for name in checks_of(table.name, column))
    yield from (reference_name(table, reference) for reference in table.references)
