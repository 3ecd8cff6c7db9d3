"""Which delivered rows count, where several deliveries hold the charges of one subscription and month.

The same charge comes in more than one dataset: FOCUS has billed and amortised cost in one row; Azure's own exports
have them in two files, ActualCost and AmortizedCost; the Query interface has sums of them. A charge counts once.
https://learn.microsoft.com/cloud-computing/finops/focus/convert says how the two files make one.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from cidr import Fault
from finance.ledger.index import Dataset, Delivery, Partition
from finance.ledger.memory import quoted

RANK: Final[Mapping[Dataset, int]] = {"FocusCost": 0, "ActualCost": 1, "AmortizedCost": 1, "Query": 2}
"""Of several kinds for one subscription and month the lowest counts: the one that says most of a charge."""

_ALL: Final = "true"
_NO_USE_OF_COMMITMENTS: Final = "CommitmentDiscountStatus = ''"
_USE_OF_COMMITMENTS: Final = "CommitmentDiscountStatus <> ''"
_TOGETHER: Final[Mapping[Dataset, str]] = {"ActualCost": _NO_USE_OF_COMMITMENTS, "AmortizedCost": _USE_OF_COMMITMENTS}
"""What each of the two gives where both are there: what a commitment covers is amortised, all else is as billed."""

Placed = Sequence[tuple[Delivery, Partition]]


@dataclass(frozen=True, slots=True)
class Chosen:
    """files: condition in SQL -> the Parquet files of which the rows that meet it count. notices: what does not."""

    files: Mapping[str, tuple[str, ...]]
    notices: tuple[Fault, ...]


def choose(deliveries: Sequence[Delivery]) -> Chosen:
    """The rows that count, each charge once."""
    by_place: dict[tuple[str, str], list[tuple[Delivery, Partition]]] = defaultdict(list)
    for delivery in deliveries:
        for partition in delivery.partitions:
            by_place[partition.subscription, partition.month].append((delivery, partition))
    counted: dict[tuple[tuple[str, ...], int, str], list[Partition]] = defaultdict(list)
    notices: list[Fault] = []
    for _, placed in sorted(by_place.items()):
        best = min(RANK[delivery.dataset] for delivery, _ in placed)
        chosen = [it for it in placed if RANK[it[0].dataset] == best]
        both = {delivery.dataset for delivery, _ in chosen} == set(_TOGETHER)
        for delivery, partition in chosen:
            kind = _TOGETHER[delivery.dataset] if both else _ALL
            counted[delivery.files, delivery.places, kind].append(partition)
        notices.extend(_left_out(placed, best, chosen[0][0]))
    notices.extend(_gaps(by_place))
    files: dict[str, list[str]] = defaultdict(list)
    for (names, places, kind), partitions in counted.items():
        files[kind if len(partitions) == places else f"{kind} AND ({_only(partitions)})"].extend(names)
    return Chosen({condition: tuple(names) for condition, names in files.items()}, tuple(notices))


def _only(partitions: Iterable[Partition]) -> str:
    return " OR ".join(
        f"(SubAccountId = {quoted(it.subscription)} AND BillingPeriodStart = DATE '{it.month}-01')" for it in partitions
    )


def clashes(deliveries: Sequence[Delivery]) -> Iterator[Fault]:
    """A fault for each subscription and month that two sources of one dataset hold: each charge would count twice.

    Charges of no subscription are left out: two billing accounts may both have some.
    """
    seen: dict[tuple[str, str, Dataset], Delivery] = {}
    for delivery in deliveries:
        for it in delivery.partitions:
            other = seen.setdefault((it.subscription, it.month, delivery.dataset), delivery)
            if it.subscription and other.key[:2] != delivery.key[:2]:
                yield Fault(
                    where=delivery.source,
                    what=f"charges of subscription {it.subscription} in {it.month} stand in the ledger already, by "
                    f"{other.source}: with those of {delivery.source} each would count twice",
                    allowed="one source of a dataset for a subscription and month; an export's parts in one folder",
                    next_step=f"./cfctl cost import PATH --as {other.source}, if it is a newer delivery of the same",
                )


def _left_out(placed: Placed, best: int, counted: Delivery) -> Iterator[Fault]:
    for delivery, partition in placed:
        if RANK[delivery.dataset] > best:
            yield Fault(
                where=f"{delivery.source} {partition.month}",
                what=f"{partition.rows:,} rows of {delivery.dataset} for subscription {partition.subscription} are not "
                f"counted: {counted.source} ({counted.dataset}) has the same charges",
                allowed="each charge once",
                next_step="nothing",
            )


def _gaps(by_place: Mapping[tuple[str, str], Placed]) -> Iterator[Fault]:
    """A month without a charge between two that have some."""
    months: dict[str, list[str]] = defaultdict(list)
    for subscription, month in by_place:
        months[subscription].append(month)
    for subscription, found in sorted(months.items()):
        for month in _between(min(found), max(found)):
            if subscription and month not in found:
                yield Fault(
                    where=f"subscription {subscription}",
                    what=f"no charge of {month} was delivered, though months before and after it were",
                    allowed="every month between the first and the last",
                    next_step=f"run the export for {month} again, then ./cfctl cost import PATH",
                )


def _between(first: str, last: str) -> Iterator[str]:
    year, month = (int(part) for part in first.split("-"))
    while (now := f"{year:04}-{month:02}") < last:
        yield now
        year, month = (year + 1, 1) if month == 12 else (year, month + 1)
