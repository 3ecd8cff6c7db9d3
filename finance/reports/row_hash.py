"""One hash of all charges of a billing month, whatever their order and however they came.

A charge is written as its columns (schema.NAMES without x_Source, which says how it came, not what it is), each as
DuckDB writes it, with the character U+001F between them, and hashed: SHA-256, hexadecimal. The hashes are sorted and
joined in 4,096 buckets by their first three characters; the SHA-256 of the buckets' hashes, joined, is the result.
"""

from datetime import date
from typing import Final

import duckdb

from finance.ledger import NAMES

_COLUMNS: Final = ", ".join(f'"{name}"' for name in NAMES if name != "x_Source")
_HASH: Final = """
WITH hashed AS (
    SELECT sha256(concat_ws(chr(31), {columns})) AS hash FROM costs WHERE BillingPeriodStart = $month
), bucketed AS (
    SELECT left(hash, 3) AS bucket, sha256(string_agg(hash, '' ORDER BY hash)) AS hash FROM hashed GROUP BY bucket
)
SELECT sha256(coalesce(string_agg(hash, '' ORDER BY bucket), '')) FROM bucketed
"""


def hash_of_rows(connection: duckdb.DuckDBPyConnection, month: date) -> str:
    """The hash of the charges of the view `costs` that were billed in the month that begins on `month`."""
    found = connection.execute(_HASH.format(columns=_COLUMNS), {"month": month}).fetchone()
    return str(found[0]) if found else ""
