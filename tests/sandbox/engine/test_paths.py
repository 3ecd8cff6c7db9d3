"""Property paths at work: what they name, what they cover, and putting back what they name."""

from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.engine.model.diffs import differences, same
from sandbox.engine.model.paths import covers, lookup, reset
from sandbox.engine.model.property_paths import parse_path
from sandbox.engine.model.values import Secret

KEYS = st.sampled_from(["a", "b", "c"])
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(0, 3) | st.sampled_from(["x", "y"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=8,
)
OBJECTS = st.dictionaries(KEYS, VALUES, max_size=3)
PATHS = st.lists(KEYS | st.integers(0, 2), min_size=1, max_size=3).map(tuple)


@pytest.mark.parametrize(
    ("path", "old", "new", "after", "done"),
    [
        ("a", {"a": 1}, {"a": 2, "b": 2}, {"a": 1, "b": 2}, True),
        ("a", {}, {"a": 2}, {}, True),
        ("a", {"a": 1}, {}, {"a": 1}, True),
        ("a.b", {"a": {"b": 1}}, {"a": {"b": 2, "c": 3}}, {"a": {"b": 1, "c": 3}}, True),
        ("a.b", {"a": {"b": 1}}, {}, {}, False),
        ("a.b", {}, {"a": {"b": 2}}, {"a": {}}, True),
        ("a[0]", {"a": [1, 2]}, {"a": [3, 4]}, {"a": [1, 4]}, True),
        ("a[1]", {"a": [1, 2]}, {"a": [3]}, {"a": [3]}, False),
        ("a[5]", {"a": [1]}, {"a": [2]}, {"a": [2]}, True),
        ("a[*].b", {"a": [{"b": 1}, {"b": 2}]}, {"a": [{"b": 3}, {"b": 4}]}, {"a": [{"b": 1}, {"b": 2}]}, True),
        ("a[*].b", {"a": [{"b": 1}]}, {"a": [{"b": 3}, {"b": 4}]}, {"a": [{"b": 1}, {"b": 4}]}, False),
        ("a.*", {"a": {"x": 1}}, {"a": {"x": 2, "y": 3}}, {"a": {"x": 1}}, True),
        ("*", {"a": 1}, {"b": 2}, {"a": 1}, True),
        ("a.b", {"a": Secret({"b": 1})}, {"a": {"b": 2}}, {"a": {"b": Secret(1)}}, True),
        ("a.b", {"a": Secret({"b": 1})}, {"a": Secret({"b": 2})}, {"a": Secret({"b": 1})}, True),
        ("a.b", {"a": 1}, {"a": {"b": 2}}, {"a": {}}, True),
        ("a.b.c", {"a": 1}, {"a": {"b": 2}}, {"a": {"b": 2}}, False),
    ],
)
def test_reset_puts_back_what_a_path_names(path: str, old: Any, new: Any, after: Any, *, done: bool) -> None:
    assert reset(parse_path(path), old, new) is done
    assert new == after


@given(PATHS, OBJECTS, OBJECTS)
def test_after_a_reset_the_place_is_as_it_was_and_all_else_is_untouched(
    path: tuple[str | int, ...], old: dict[str, Any], new: dict[str, Any]
) -> None:
    before_old, before_new = deepcopy(old), deepcopy(new)
    done = reset(path, old, new)
    assert same(old, before_old), "the old values are only read"
    if done:
        assert same(lookup(new, path), lookup(old, path))
    assert all(covers(path, changed) for changed, _ in differences(before_new, new))


@given(OBJECTS, OBJECTS)
def test_resetting_everything_leaves_no_difference(old: dict[str, Any], new: dict[str, Any]) -> None:
    assert reset(("*",), old, new)
    assert not list(differences(old, new))


@given(OBJECTS, OBJECTS)
def test_differences_are_empty_exactly_for_equal_values(old: dict[str, Any], new: dict[str, Any]) -> None:
    assert (not list(differences(old, new))) == same(old, new)


@given(PATHS, PATHS)
def test_a_path_covers_what_begins_with_it(first: tuple[str | int, ...], second: tuple[str | int, ...]) -> None:
    assert covers(first, (*first, *second))
    assert covers(("*",) * len(first), first)
    assert not covers((*first, *second), first)


def test_true_is_not_one() -> None:
    assert not same({"a": [True]}, {"a": [1]})
    assert list(differences({"a": True}, {"a": 1})) == [(("a",), "update")]
