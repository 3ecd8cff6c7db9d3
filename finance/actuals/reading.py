# ruff: noqa: S608 - what is put together are names of ours and of columns, in quotes
"""The rows of an export as rows of the ledger, in SQL: whatever the dialect, CSV or Parquet."""

from collections.abc import Mapping, Sequence
from typing import Final

import duckdb

from cidr import Fault
from finance.actuals.dialects import Dialect, plain_name
from finance.actuals.exact import REST
from finance.actuals.parts import Ready
from finance.ledger.memory import quoted
from finance.ledger.schema import COLUMNS, COSTS, Column

RESTS: Final[Mapping[str, str]] = {name: f"rest_{name}" for name in COSTS}
"""Cost -> the column beside it with the digits beyond the twelfth; NULL where there are none."""

_CSV: Final = """header = true, auto_detect = false, delim = ',', quote = '"', escape = '"', strict_mode = true,
    null_padding = false"""
_SHOWN: Final = 3
_NO_GROUP: Final = "('', 'others', 'not applicable', 'null', 'n/a')"
"""What Azure writes where a charge is in no resource group."""

# Column -> its value over the text that the dialect gives, which stands for {}; the others go by their kind.
_VALUES: Final[Mapping[str, str]] = {
    "SubAccountId": "split_part(lower({}), '/', -1)",
    "BillingPeriodStart": "CAST(date_trunc('month', day({})) AS DATE)",
    "ResourceId": "lower({})",
    "BillingCurrency": "CASE WHEN regexp_full_match({}, '[A-Za-z][A-Za-z][A-Za-z]') THEN upper({}) END",
    "ChargeCategory": """CASE lower({}) WHEN 'usage' THEN 'Usage' WHEN 'purchase' THEN 'Purchase'
        WHEN 'tax' THEN 'Tax' WHEN 'credit' THEN 'Credit' WHEN 'adjustment' THEN 'Adjustment' END""",
    "Tags": "tags({})",
}
_KINDS: Final = {"text": "{}", "day": "day({})", "amount": "quantity({})"}
CHECKED: Final = tuple(
    it.name for it in COLUMNS if it.kind != "text" or it.name in {"BillingCurrency", "ChargeCategory"}
)
"""Only in these can a text be no such thing as the column holds: then it is read as NULL."""


def rows(ready: Sequence[Ready], dialect: Dialect, source: str) -> str:
    """A SELECT of the ledger's columns, and of RESTS, from parts that have the same columns."""
    values = [f'{_value(column)} AS "{column.name}"' for column in COLUMNS]
    rests = [f'exact_rest({_long(name)})::{REST} AS "{rest}"' for name, rest in RESTS.items()]
    return f"SELECT {', '.join((*values, *rests))} FROM ({_texts(ready, dialect, source)})"


def wrong(connection: duckdb.DuckDBPyConnection, ready: Sequence[Ready], dialect: Dialect, name: str) -> list[Fault]:
    """A fault for each of the first rows of which the column `name` cannot be read, with its number and its text."""
    column = next(it for it in COLUMNS if it.name == name)
    faults: list[Fault] = []
    connection.execute("SET preserve_insertion_order = true")  # else rows have no number
    for part in ready:
        found = connection.execute(
            f"SELECT number, given FROM (SELECT row_number() OVER () AS number, {_text(name)} AS given, "
            f"{_value(column)} AS value FROM ({_texts([part], dialect, '')})) WHERE value IS NULL LIMIT {_SHOWN}"
        ).fetchall()
        faults.extend(_unreadable(part, number, column, given) for number, given in found)
        if len(faults) >= _SHOWN:
            break
    connection.execute("SET preserve_insertion_order = false")
    return faults[:_SHOWN]


def _texts(ready: Sequence[Ready], dialect: Dialect, source: str) -> str:
    """A SELECT of a text for each column of the ledger; beside each cost its plain digits, where it is long."""
    given = dialect.columns
    group, name, own = (f"({given[it]})" for it in ("x_ResourceGroup", "ResourceName", "x_Source"))
    identity = f"({given['ResourceId']})"
    part_of_id = f"regexp_extract(lower({identity}), '/resourcegroups/([^/]+)', 1)"
    completed = {
        **given,
        "x_ResourceGroup": f"CASE WHEN lower({group}) IN {_NO_GROUP} THEN {part_of_id} ELSE lower({group}) END",
        "ResourceName": f"CASE WHEN {name} = '' THEN split_part({identity}, '/', -1) ELSE {name} END",
        "x_Source": f"CASE WHEN {own} = '' THEN {quoted(source)} ELSE {own} END",
    }
    texts = ", ".join(f"{text} AS {_text(name)}" for name, text in completed.items())
    longs = ", ".join(f"long({_text(name)}) AS {_long(name)}" for name in COSTS)
    return f"SELECT *, {longs} FROM (SELECT {texts} FROM ({_read(ready, dialect)}))"


def _text(name: str) -> str:
    return f'"text_{name}"'


def _long(name: str) -> str:
    return f'"long_{name}"'


def _value(column: Column) -> str:
    text = _text(column.name)
    if column.kind == "cost":
        return f"exact_cost({text}, {_long(column.name)})"
    return _VALUES.get(column.name, _KINDS[column.kind]).replace("{}", text)


def _read(ready: Sequence[Ready], dialect: Dialect) -> str:
    """A SELECT of what the dialect reads, every value a text, '' for none."""
    types = ready[0].types
    columns = {plain_name(column): column for column in reversed(types)}
    wanted = {**dialect.required, **dialect.optional}
    texts = [
        f'{_as_text(next((columns[it] for it in names if it in columns), None), types)} AS "{name}"'
        for name, names in wanted.items()
    ]
    paths = ", ".join(quoted(str(part.path)) for part in ready)
    if ready[0].parquet:
        source = f"read_parquet([{paths}], hive_partitioning = false)"
    else:
        named = ", ".join(f"{quoted(name)}: 'VARCHAR'" for name in types)
        source = f"read_csv([{paths}], {_CSV}, columns = {{{named}}})"
    return f"SELECT {', '.join(texts)} FROM {source}"


def _as_text(column: str | None, types: Mapping[str, str]) -> str:
    if column is None:
        return "''"
    quoted_name = '"' + column.replace('"', '""') + '"'
    kind = types[column]
    # A map (FOCUS's own form of tags) becomes an object of JSON; a double its shortest text, which is what was meant.
    text = f"to_json({quoted_name})" if kind.startswith(("MAP", "STRUCT")) else quoted_name
    return f"coalesce(CAST({text} AS VARCHAR), '')"


def _unreadable(part: Ready, number: int, column: Column, given: str) -> Fault:
    allowed = {
        "day": "2026-11-30, 2026-11-30T00:00:00Z, or 11/30/2026",
        "amount": "a number with a decimal point",
        "cost": "a number with a decimal point, of at most 38 digits after it",
        "text": "three letters" if column.name == "BillingCurrency" else "Usage, Purchase, Tax, Credit or Adjustment",
    }[column.kind]
    return Fault(
        where=f"{part.given} row {number}",
        what=f"{column.name} is {given!r}" if given else f"{column.name} is empty",
        allowed=allowed,
        next_step=f"download {part.given.name} again, or correct the row",
    )
