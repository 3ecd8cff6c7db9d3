"""Any model with any rows, for properties: every type, key, reference and scope that the model has."""

import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from hypothesis import strategies as st

from tenancy.model import Column, Database, Reference, Scope, Table, Type

_TENANTS: Final = (uuid.UUID(int=1), uuid.UUID(int=2))
_TEXTS: Final = st.text(st.characters(exclude_characters="\x00", exclude_categories=("Cs",)), max_size=20)
_NUMBERS: Final = st.one_of(st.integers(-(10**40), 10**40), st.floats(allow_nan=False, allow_infinity=False))
_JSON: Final = st.recursive(
    st.one_of(st.none(), st.booleans(), _NUMBERS, _TEXTS),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(_TEXTS, inner, max_size=3)),
    max_leaves=6,
)
# Values as text that PostgreSQL reads: also those that Python's own types have no room for.
_VALUES: Final[Mapping[Type, st.SearchStrategy[str]]] = {
    Type.UUID: st.uuids().map(str),
    Type.TEXT: _TEXTS,
    Type.INTEGER: st.integers(-(2**31), 2**31 - 1).map(str),
    Type.BIGINT: st.integers(-(2**63), 2**63 - 1).map(str),
    Type.BOOLEAN: st.booleans().map(str),
    Type.DATE: st.one_of(
        st.dates().map(str), st.sampled_from(["infinity", "-infinity", "0044-03-15 BC", "20000-01-01"])
    ),
    Type.TIMESTAMP: st.one_of(
        st.datetimes(timezones=st.timezones()).map(lambda it: it.isoformat()).filter(lambda it: it[-3] == ":"),
        st.sampled_from(["infinity", "-infinity", "0044-03-15 12:00:00.000001+00 BC", "2026-01-01 00:00:00.123456-08"]),
    ),
    Type.JSON: _JSON.map(json.dumps),
}
Row = dict[str, str | None]


@dataclass(frozen=True)
class Content:
    """A model and its rows: (table, tenant; None for shared ones) → rows, each with its id."""

    database: Database
    rows: Mapping[tuple[str, UUID | None], list[Row]]


@st.composite
def contents(draw: Any) -> Content:
    """Up to three tables, each referring to those before it and perhaps to itself, with up to six rows a tenant."""
    tables: list[Table] = []
    for number in range(draw(st.integers(1, 3))):
        tables.append(_table(draw, f"t{number}", tables))
    database = Database("sample_service", tuple(tables))
    rows: dict[tuple[str, UUID | None], list[Row]] = {}
    for table in tables:
        for owner in _TENANTS if table.is_tenants else (None,):
            rows[table.name, owner] = _rows(draw, table, owner, rows)
    return Content(database, rows)


def _table(draw: Any, name: str, before: list[Table]) -> Table:
    scope = draw(st.sampled_from([Scope.TENANT, Scope.TENANT, Scope.SHARED]))
    kinds = draw(st.lists(st.sampled_from(list(Type)), max_size=5))
    columns = [
        Column(
            name=f"c{at}",
            type=kind,
            nullable=draw(st.booleans()),
            personal=draw(st.booleans()),
        )
        for at, kind in enumerate(kinds)
    ]
    references: list[Reference] = []
    allowed = [it.name for it in before if scope is Scope.TENANT or not it.is_tenants]
    for at, target in enumerate(draw(st.lists(st.sampled_from([*allowed, name]), max_size=2, unique=True))):
        columns.append(Column(name=f"r{at}", type=Type.UUID, nullable=True))
        references.append(Reference(columns=(f"r{at}",), table=target))
    return Table(
        name=name,
        scope=scope,
        columns=tuple(columns),
        references=tuple(references),
        why_shared="it is a test" if scope is Scope.SHARED else "",
        audited=draw(st.booleans()),
    )


def _rows(
    draw: Any, table: Table, owner: UUID | None, others: Mapping[tuple[str, UUID | None], list[Row]]
) -> list[Row]:
    ids = draw(st.lists(st.uuids().map(str), max_size=6, unique=True))
    rows: list[Row] = []
    targets = {reference.columns[0]: reference.table for reference in table.references}
    for key in ids:
        row: Row = {"id": key}
        for column in table.columns:
            if column.name in targets:
                target = targets[column.name]
                shared = others.get((target, None))
                known = ids if target == table.name else [it["id"] for it in shared or others.get((target, owner), [])]
                row[column.name] = draw(st.sampled_from([None, *known]))
            else:
                values = _VALUES[column.type]
                row[column.name] = draw(st.one_of(st.none(), values) if column.nullable else values)
        rows.append(row)
    return rows
