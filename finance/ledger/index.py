"""What was delivered to a ledger, and in which files its rows stand: one JSON file, written whole or not at all.

The file is the ledger's commit: rows that it does not name are no part of it.
"""

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from pydantic import TypeAdapter, ValidationError

from cidr import Fault, FaultsError

INDEX: Final = "index.json"
FORMAT: Final = 1

Dataset = Literal["FocusCost", "ActualCost", "AmortizedCost", "Query"]
"""As Azure names its exports' types; Query: rows of the Cost Management API."""


@dataclass(frozen=True, slots=True)
class Part:
    """A file that was delivered. size: in bytes; sha256: of its bytes as they came."""

    name: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Partition:
    """The rows of one subscription and billing month (`2026-11`) in one delivery."""

    subscription: str
    month: str
    rows: int


@dataclass(frozen=True, slots=True)
class Delivery:
    """One delivery of one source for one month.

    source: name of the export; scope: what it exports, an Azure id, '' where unknown; period: the month that it was
    made for. A later one with the same three and dataset takes its place. dialect: which columns it came with.
    files: where its rows stand, relative to the ledger, among those of `places` subscriptions and months in all: one
    file may hold several months that were delivered together. imported: ISO 8601, UTC; submitted: when Azure began to
    export it, '' where nobody says. notices: what was found in it that a reader of figures should know.
    """

    source: str
    scope: str
    period: str
    dataset: Dataset
    dialect: str
    imported: str
    parts: tuple[Part, ...]
    partitions: tuple[Partition, ...]
    files: tuple[str, ...]
    places: int
    notices: tuple[Fault, ...]
    submitted: str = ""

    @property
    def key(self) -> tuple[str, str, str, str]:
        """What a later delivery must share to take this one's place."""
        return self.source, self.scope, self.dataset, self.period


@dataclass(frozen=True, slots=True)
class _File:
    format: Literal[1]
    deliveries: tuple[Delivery, ...]


_ADAPTER: Final = TypeAdapter(_File)


def read_index(directory: Path) -> tuple[Delivery, ...]:
    """Every delivery that counts; none where there is no ledger yet. Raises FaultsError for a damaged file."""
    path = directory / INDEX
    try:
        return _ADAPTER.validate_json(path.read_bytes()).deliveries
    except FileNotFoundError:
        return ()
    except (ValidationError, OSError) as error:
        what = f"the ledger's index cannot be read: {str(error).splitlines()[0]}"
        step = f"move {directory} away, and import the export files again"
        raise FaultsError([Fault(where=str(path), what=what, allowed=f"format {FORMAT}", next_step=step)]) from None


def write_index(directory: Path, deliveries: Iterable[Delivery]) -> None:
    """Put these in the place of what was delivered before: a reader sees the old file or the new one, never a part."""
    path, new = directory / INDEX, directory / f"{INDEX}.new"
    with new.open("wb") as file:
        file.write(_ADAPTER.dump_json(_File(FORMAT, tuple(deliveries)), indent=1))
        file.flush()
        os.fsync(file.fileno())
    new.replace(path)
