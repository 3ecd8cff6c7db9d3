"""Runs of addresses, and the two questions asked of them: does one hold another, do any two share an address."""

from collections.abc import Iterable, Iterator
from ipaddress import IPv4Network
from typing import Generic, NamedTuple, TypeVar

T = TypeVar("T")
U = TypeVar("U")


class Span(NamedTuple, Generic[T]):
    """The addresses from `first` to `last`, both included, as numbers; `owner` is whatever they belong to."""

    first: int
    last: int
    owner: T

    def holds(self, other: "Span[U]") -> bool:
        """Whether every address of `other` is one of this span."""
        return self.first <= other.first and other.last <= self.last


def span_of(network: IPv4Network, owner: T) -> Span[T]:
    """The span of a network."""
    return Span(int(network.network_address), int(network.broadcast_address), owner)


def overlapping(spans: Iterable[Span[T]]) -> Iterator[tuple[Span[T], Span[T]]]:
    """Pairs that share an address: each span that begins inside an earlier one, with the one reaching furthest.

    Nothing comes out exactly when no two spans overlap. n log n, so that a map of any size is checked at each load.
    """
    furthest: Span[T] | None = None
    for span in sorted(spans, key=lambda span: (span.first, span.last)):
        if furthest is not None and span.first <= furthest.last:
            yield furthest, span
        if furthest is None or span.last > furthest.last:
            furthest = span
