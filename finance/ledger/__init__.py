"""THE LEDGER: every charge that was delivered, in one view `costs` of FOCUS names, asked by SQL.

`Ledger.open(directory)` reads what imports wrote; `Ledger.of_rows(rows)` holds rows in memory. Either has a
`.connection`, of DuckDB, with the view `costs`, a row a charge: columns and meanings in `schema`, no value is null,
amounts are DECIMAL(38,12). Rows may be tens of millions: ask for aggregates, never for all of them.
"""

from finance.ledger.opening import Ledger
from finance.ledger.schema import AMOUNT, COLUMNS, COSTS, NAMES

__all__ = ["AMOUNT", "COLUMNS", "COSTS", "NAMES", "Ledger"]
