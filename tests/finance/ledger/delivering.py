# ruff: noqa: S608 - the query is that of tests
"""Charges into a ledger without a file of theirs: for tests of what a ledger does with deliveries."""

from collections.abc import Iterable, Mapping
from pathlib import Path

from finance.ledger.index import Dataset, Delivery, Partition
from finance.ledger.memory import connect
from finance.ledger.of_rows import TABLE, insert
from finance.ledger.opening import SPILL
from finance.ledger.writing import by_month, commit, name_of, now, stage, writing


def deliver_rows(directory: Path, source: str, dataset: Dataset, rows: Iterable[Mapping[str, object]]) -> None:
    """Deliver these charges, each to the month that it is billed in."""
    with writing(directory), connect(directory / SPILL) as connection:
        insert(connection, ({**row, "x_Source": source} for row in rows))
        staged = stage(connection, directory, f"FROM {TABLE}")
        month = "strftime(BillingPeriodStart, '%Y-%m')"
        found = connection.execute(f"SELECT SubAccountId, {month}, count(*) FROM {TABLE} GROUP BY ALL").fetchall()
        delivery = Delivery(
            source=source,
            scope="",
            period="",
            dataset=dataset,
            dialect="rows",
            imported=now(),
            parts=(),
            partitions=tuple(Partition(*it) for it in sorted(found)),
            files=(name_of(staged),),
            places=len(found),
            notices=(),
        )
        commit(directory, by_month(delivery), [staged])
