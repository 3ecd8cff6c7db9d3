"""Overlap and containment, held against the plain definition on random spans."""

from ipaddress import IPv4Network
from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from cidr.spans import Span, overlapping, span_of

BOUNDS = st.tuples(st.integers(0, 60), st.integers(0, 60)).map(sorted)
SPANS = st.lists(BOUNDS, max_size=12).map(lambda all_: [Span(a, b, index) for index, (a, b) in enumerate(all_)])
NETWORKS = st.builds(
    lambda number, prefix: IPv4Network((number >> (32 - prefix) << (32 - prefix), prefix)),
    st.integers(0, 2**32 - 1),
    st.integers(1, 32),
)


def share(one: Span[int], other: Span[int]) -> bool:
    return bool(set(range(one.first, one.last + 1)) & set(range(other.first, other.last + 1)))


@given(SPANS)
def test_overlap_is_found_exactly_when_two_spans_share_an_address(spans) -> None:
    """No false alarm, no silence."""
    assert bool(list(overlapping(spans))) == any(share(a, b) for a, b in combinations(spans, 2))


@given(SPANS)
def test_each_pair_that_is_told_shares_an_address(spans) -> None:
    """The two rows that a fault names are really the two that clash."""
    assert all(share(one, other) for one, other in overlapping(spans))


@given(SPANS)
def test_what_is_left_without_the_told_spans_is_free_of_overlap(spans) -> None:
    """Whoever mends every row that is told is done: no further round."""
    told = {other.owner for _, other in overlapping(spans)}
    left = [span for span in spans if span.owner not in told]
    assert not any(share(a, b) for a, b in combinations(left, 2))


@given(NETWORKS, NETWORKS)
def test_holding_is_being_a_supernet(one, other) -> None:
    """Spans say of networks what the standard library says."""
    assert span_of(one, None).holds(span_of(other, None)) == other.subnet_of(one)


@given(NETWORKS, NETWORKS)
def test_networks_overlap_as_the_standard_library_says(one, other) -> None:
    """The same, of overlap."""
    assert bool(list(overlapping([span_of(one, 1), span_of(other, 2)]))) == one.overlaps(other)
