"""A DuckDB that stays within this machine: no extension is fetched, memory is bounded, what is over goes to disk."""

import os
from pathlib import Path
from typing import Final

import duckdb

MEMORY: Final = "1200MB"
"""What DuckDB may hold at a time; the process around it takes some 300 MB more, and 2 GB is what a report may take."""


def connect(spill: Path) -> duckdb.DuckDBPyConnection:
    """A new database in memory. spill: a directory, made when it is needed, for what does not fit."""
    return duckdb.connect(
        ":memory:",
        config={
            "memory_limit": MEMORY,
            "threads": min(os.cpu_count() or 1, 4),  # each thread of a Parquet scan holds row groups of its own
            "temp_directory": str(spill),
            "preserve_insertion_order": False,  # else a scan buffers to keep an order that no sum has
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
        },
    )


def quoted(text: str) -> str:
    """A text as an SQL literal, for statements that take no parameters (views, COPY)."""
    return "'" + text.replace("'", "''") + "'"
