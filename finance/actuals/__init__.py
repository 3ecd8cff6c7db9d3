"""THE ACTUALS: export files of charges, read whatever their form, checked, and put into the ledger.

`import_exports` is the way in. `dialects` has the forms as data, `layout` how Azure lays exports out, `parts` finds
what is cut, `reading` and `exact` are the SQL, `checking` what is said about the rows.
"""

from finance.actuals.importing import ROUNDING, Imported, import_exports

__all__ = ["ROUNDING", "Imported", "import_exports"]
