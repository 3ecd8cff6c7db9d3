"""Charges given one by one, as a table: for what comes from an interface, and for tests. Files never come this way."""

import json
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Final

import duckdb

from finance.ledger.schema import COLUMNS, COSTS, DEFINED, NAMES

TABLE: Final = "given"
DIGITS: Final = 12


def insert(connection: duckdb.DuckDBPyConnection, rows: Iterable[Mapping[str, object]]) -> None:
    """Make the table `given` of these rows, in the place of one that is there.

    SubAccountId, ChargePeriodStart and BilledCost must stand in each. BillingPeriodStart follows from the day, the
    other costs from BilledCost, the rest has the defaults of `schema`. Days are dates, amounts Decimal, int or text,
    tags a mapping or JSON. Raises ValueError for a column that is none, one that is missing, and an amount of more than
    12 digits after the point; TypeError for a float, which is not exact.
    """
    completed = [_completed(row) for row in rows]
    values = [[row[name] for row in completed] for name in NAMES]
    connection.execute(f"CREATE OR REPLACE TABLE {TABLE} ({DEFINED})")
    unnested = ", ".join(f"CAST(unnest(${index}::VARCHAR[]) AS {it.type})" for index, it in enumerate(COLUMNS, 1))
    connection.execute(f"INSERT INTO {TABLE} SELECT {unnested}", values)


def _completed(row: Mapping[str, object]) -> dict[str, str]:
    strangers = sorted(set(row) - set(NAMES))
    if strangers:
        raise ValueError(f"{', '.join(strangers)}: no column of the ledger ({', '.join(NAMES)})")
    missing = [name for name in ("SubAccountId", "ChargePeriodStart", "BilledCost") if name not in row]
    if missing:
        raise ValueError(f"a charge without {', '.join(missing)}: {dict(row)}")
    said = {name: _text(name, value) for name, value in row.items()}
    derived = {
        "BillingPeriodStart": f"{said['ChargePeriodStart'][:7]}-01",
        **dict.fromkeys(COSTS, said["BilledCost"]),
    }
    defaults = {it.name: it.default for it in COLUMNS if it.default is not None}
    return {**defaults, **derived, **said}


def _text(name: str, value: object) -> str:
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return json.dumps(value, ensure_ascii=False, sort_keys=True)
    kind = next(it.kind for it in COLUMNS if it.name == name)
    if kind not in ("amount", "cost"):
        return str(value)
    if isinstance(value, float):
        raise TypeError(f"{name} is the float {value!r}, which is not exact: give a Decimal")
    exact = Decimal(str(value))
    digits = -int(exact.normalize().as_tuple().exponent)
    if digits > DIGITS:
        raise ValueError(f"{name} {value} has {digits} digits after the point: the ledger holds {DIGITS}")
    return f"{exact:f}"
