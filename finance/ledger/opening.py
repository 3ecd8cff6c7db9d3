"""The ledger as it is asked: a DuckDB connection with the view `costs`."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from tempfile import gettempdir
from types import TracebackType
from typing import Final, Self

import duckdb

from cidr import Fault
from finance.ledger.choosing import choose
from finance.ledger.index import Delivery, read_index
from finance.ledger.memory import connect
from finance.ledger.of_rows import TABLE, insert
from finance.ledger.schema import DEFINED, NAMES

VIEW: Final = "costs"
SPILL: Final = "spill"


class Ledger:
    """`connection`: DuckDB, with the view `costs`. `deliveries`: what the rows came with, `notices`: what was found in
    them that a reader of figures should know; both empty for rows in memory. Used in `with`, or closed by close().
    """

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        deliveries: tuple[Delivery, ...] = (),
        notices: tuple[Fault, ...] = (),
    ) -> None:
        self.connection = connection
        self.deliveries = deliveries
        self.notices = notices

    @classmethod
    def open(cls, directory: Path) -> Self:
        """What imports wrote there, as it is now; empty where none has. Raises FaultsError for a damaged index."""
        deliveries = read_index(directory)
        chosen = choose(deliveries)
        connection = connect(directory / SPILL)
        _counted(connection, directory, chosen.files).create_view(VIEW)
        told = dict.fromkeys(notice for delivery in deliveries for notice in delivery.notices)
        return cls(connection, deliveries, (*told, *chosen.notices))

    @classmethod
    def of_rows(cls, rows: Iterable[Mapping[str, object]]) -> Self:
        """These charges and no others, in memory; columns and errors as of_rows.insert says."""
        connection = connect(Path(gettempdir()) / "ledger-spill")
        insert(connection, rows)
        connection.execute(f"CREATE VIEW {VIEW} AS FROM {TABLE}")
        return cls(connection)

    def close(self) -> None:
        """Give the connection back."""
        self.connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _counted(
    connection: duckdb.DuckDBPyConnection, directory: Path, files: Mapping[str, Sequence[str]]
) -> duckdb.DuckDBPyRelation:
    connection.execute(f"CREATE TABLE nothing ({DEFINED})")
    counted = connection.table("nothing")
    columns = ", ".join(f'"{name}"' for name in NAMES)
    for condition, names in files.items():
        paths = [str(directory / name) for name in names]
        rows = connection.read_parquet(paths, hive_partitioning=False)
        counted = counted.union(rows.filter(condition).select(columns))
    return counted
