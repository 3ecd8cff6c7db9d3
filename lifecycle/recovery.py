"""How long it took to bring a deployment's data back, each time: the series that a recovery objective is held to."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from statistics import median
from typing import Any

from lifecycle.saved import EXPORTED, IMPORT


@dataclass(frozen=True, kw_only=True)
class Recovery:
    """One time that data came back. seconds: from the first step of that run to the health of the last service."""

    at: str
    seconds: float
    rows: int


def recoveries(receipts: Iterable[Mapping[str, Any]]) -> Iterator[Recovery]:
    """Those among a deployment's receipts, the latest first, as the receipts are."""
    for receipt in receipts:
        steps = {step["name"]: step["evidence"] for step in receipt["steps"]}
        imported = steps.get(IMPORT, {})
        if receipt["kind"] == "up" and EXPORTED in imported:
            yield Recovery(at=receipt["ended"], seconds=receipt["seconds"], rows=imported["rows"])


def typical(series: Iterable[Recovery]) -> float | None:
    """The median of a series in seconds; None for an empty one."""
    seconds = [it.seconds for it in series]
    return median(seconds) if seconds else None
