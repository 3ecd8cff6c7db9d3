"""The longest chains of operations that wait for each other, and what the CLI's levels make of a teardown."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lifecycle.durations.chains import LONG, Work, backwards, levels, longest, longest_chains
from lifecycle.durations.reasons import REASONS, reason_for


def work(key: str, seconds: float, *needs: str) -> Work:
    return Work(key=key, name=key, kind="k", seconds=seconds, needs=frozenset(needs))


DIAMOND = [work("group", 10), work("slow", 300, "group"), work("quick", 5, "group"), work("app", 60, "slow", "quick")]


def names(works: list[Work]) -> list[list[str]]:
    return [[link.work.key for link in chain.links] for chain in longest_chains(works)]


def test_what_waits_adds_up_and_what_does_not_runs_side_by_side() -> None:
    """The quick one hides behind the slow one."""
    (chain,) = longest_chains(DIAMOND)
    assert longest(DIAMOND) == chain.seconds == 370
    assert [(link.work.key, link.begins) for link in chain.links] == [("group", 0), ("slow", 10), ("app", 310)]


def test_a_teardown_is_the_same_graph_turned_round() -> None:
    """What was made last goes first; a chain is as long either way."""
    (chain,) = longest_chains(backwards(DIAMOND))
    assert [link.work.key for link in chain.links] == ["app", "slow", "group"]
    assert chain.seconds == 370


def test_each_further_chain_goes_through_a_long_pole_that_none_before_it_has() -> None:
    """Else the second would be the first with another last link."""
    works = [*DIAMOND, work("metrics", 6, "app"), work("alert", 6, "app"), work("pole", LONG, "group")]
    assert names(works) == [["group", "slow", "app", "alert"], ["group", "pole"]]
    assert names([*works[:-1], work("pole", LONG - 1, "group")]) == [["group", "slow", "app", "alert"]]


def test_no_more_chains_than_were_asked_for_and_none_of_nothing() -> None:
    """Three are read; a hundred are not."""
    assert len(longest_chains([work(f"pole-{n}", LONG + n) for n in range(9)])) == 3
    assert longest_chains([]) == longest_chains([work("component", 0)]) == ()
    assert longest([]) == 0


def test_the_cli_deletes_what_stands_equally_deep_together_the_deepest_first() -> None:
    """A quick one at the depth of a slow one costs nothing; a slow one that is not deep has a level to itself."""
    works = [work("group", 1), work("redis", 240, "group"), work("net", 5, "group"), work("env", 900, "net")]
    deep = levels(works)
    assert [(level.slowest.key, level.size) for level in deep] == [("env", 1), ("redis", 2), ("group", 1)]
    assert sum(level.slowest.seconds for level in deep) == 1141
    assert longest(backwards(works)) == 906


GRAPHS = st.lists(st.tuples(st.floats(0, 1e4), st.sets(st.integers(0, 25))), max_size=26)


@given(GRAPHS)
def test_bounds_stand_in_their_order_for_any_graph(rows: list[tuple[float, set[int]]]) -> None:
    """The longest operation ≤ the longest chain, up or down alike ≤ the levels ≤ the sum."""
    works = [
        work(str(n), seconds, *(str(need) for need in needs if need < n)) for n, (seconds, needs) in enumerate(rows)
    ]
    least = max((each.seconds for each in works), default=0.0)
    chain, by_level = longest(works), sum(level.slowest.seconds for level in levels(works))
    assert longest(backwards(works)) == pytest.approx(chain)
    assert least <= chain + 1e-6
    assert chain <= by_level + 1e-6
    assert by_level <= sum(each.seconds for each in works) + 1e-6
    assert sum(level.size for level in levels(works)) == len(works)
    found = longest_chains(works)
    assert not found or found[0].seconds == pytest.approx(chain)
    lengths = [each.seconds for each in found]
    assert lengths == sorted(lengths, reverse=True) or lengths == pytest.approx(sorted(lengths, reverse=True))


def test_the_first_row_that_fits_says_why_and_what_no_row_knows_stays_open() -> None:
    """An open one shows on the screen, and fails the test of the whole platform."""
    assert reason_for("network:Subnet", "network:VirtualNetwork") == "a subnet lies in its network"
    assert reason_for("network:Subnet", "resources:ResourceGroup") == "everything lies in the group"
    assert reason_for("app:ContainerApp", "cdn:Profile") == ""


def test_no_row_of_the_reasons_stands_behind_one_that_covers_it() -> None:
    """Such a row would never be read."""
    for place, row in enumerate(REASONS):
        assert reason_for(row.waiting.replace("*", "x"), row.needed.replace("*", "x")) == row.why, (place, row)
