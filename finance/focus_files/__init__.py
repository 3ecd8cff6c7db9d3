"""Export files of FOCUS rows, laid out as Azure lays out its own, so that they are read like any other."""

from finance.focus_files.columns import COLUMNS, moment_of, next_month
from finance.focus_files.writing import write_exports

__all__ = ["COLUMNS", "moment_of", "next_month", "write_exports"]
