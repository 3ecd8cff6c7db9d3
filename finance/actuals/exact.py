"""Amounts as text into exact decimals, in SQL: twelve digits after the point, and what lies beyond them apart.

Azure writes costs as doubles with up to 17 digits, often in the form `1.6E-05`: a cast to DECIMAL(38,12) would round
them row by row. `exact_cost(t, long(t))` cuts at the twelfth digit, `exact_rest(long(t))` gives what was cut off, so
that a sum of both is the sum of the texts. Both give NULL for a text that is no number, and for one of more than 38
digits after the point. `long` is a column of its own where they are used: each would compute it again, many times over.
"""

from typing import Final

import duckdb

from finance.ledger import AMOUNT

REST: Final = "DECIMAL(38,38)"
"""Of magnitude below 1e-12 each: ten billion of them sum up exactly."""

_MACROS: Final = (
    # What a plain cast takes without rounding: no exponent, at most 12 digits after the point.
    """is_short(t) AS NOT contains(t, 'e') AND NOT contains(t, 'E')
        AND (strpos(t, '.') = 0 OR length(t) - strpos(t, '.') <= 12)""",
    "has_exponent(t) AS contains(t, 'e') OR contains(t, 'E')",
    r"""pieces(t) AS regexp_extract(
        t, '^([+-]?)([0-9]+)\.?([0-9]*)[eE]([+-]?[0-9]{1,2})$', ['sign', 'whole', 'part', 'exponent'])""",
    """moved(sign, digits, point) AS sign || CASE
        WHEN point <= 0 THEN '0.' || repeat('0', -point) || digits
        WHEN point >= length(digits) THEN rpad(digits, point::INTEGER, '0') || '.0'
        ELSE left(digits, point) || '.' || substr(digits, point + 1) END""",
    """plain(t) AS CASE
        WHEN NOT has_exponent(t) THEN CASE WHEN regexp_full_match(t, '[+-]?[0-9]*[.][0-9]+') THEN t END
        WHEN pieces(t).exponent <> '' THEN moved(
            pieces(t).sign, pieces(t).whole || pieces(t).part, length(pieces(t).whole) + pieces(t).exponent::INTEGER)
        END""",
    "beyond(p) AS rtrim(substr(p, strpos(p, '.') + 13), '0')",
    f"""cut(p) AS CASE WHEN length(beyond(p)) <= 26
        THEN TRY_CAST(left(p, strpos(p, '.') + 12) AS {AMOUNT}) END""",
    f"""cut_off(p) AS CASE WHEN length(beyond(p)) BETWEEN 1 AND 26
        THEN ((CASE WHEN starts_with(p, '-') THEN '-' ELSE '' END) || '0.000000000000' || beyond(p))::{REST} END""",
    # 18 digits fit a machine word, 38 do not: DuckDB reads a million of the former in 0.06 s, of the latter in 2 s.
    f"amount(t) AS coalesce(TRY_CAST(t AS DECIMAL(18,12))::{AMOUNT}, TRY_CAST(t AS {AMOUNT}))",
    # What is not short, in plain digits; a text that is no number stays none.
    "long(t) AS CASE WHEN NOT is_short(t) THEN coalesce(plain(trim(t)), 'none') END",
    "exact_cost(t, long) AS CASE WHEN long IS NULL THEN amount(t) ELSE cut(long) END",
    "exact_rest(long) AS cut_off(long)",
    # Quantities and unit prices: to the twelfth digit, nothing where nothing is said.
    "quantity(t) AS CASE WHEN t = '' THEN 0 ELSE amount(t) END",
    # ISO 8601 with or without a time, or the month/day/year of Azure's own exports.
    """day(t) AS CASE WHEN substr(t, 5, 1) = '-' THEN TRY_CAST(left(t, 10) AS DATE)
        ELSE CAST(try_strptime(t, '%m/%d/%Y') AS DATE) END""",
    # FOCUS says a JSON object; Enterprise Agreements leave the braces out. What is neither is kept under a key.
    "braced(t) AS CASE WHEN t = '' THEN '{}' WHEN starts_with(t, '{') THEN t ELSE '{' || t || '}' END",
    "tags(t) AS CASE WHEN json_valid(braced(t)) THEN braced(t) ELSE json_object('x_Unreadable', t)::VARCHAR END",
)


def define(connection: duckdb.DuckDBPyConnection) -> None:
    """Give the connection these functions; they live as long as it does."""
    for macro in _MACROS:
        connection.execute(f"CREATE OR REPLACE TEMP MACRO {macro}")
