"""What people read of ops, types and values is short, complete, and never a secret."""

import json
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cli import wording
from sandbox.engine.model.events import Op
from sandbox.engine.model.values import UNKNOWN, UNKNOWN_STRING, Output, Secret


def test_every_op_has_its_words() -> None:
    """A new op of the engine must not be shown as a question mark."""
    assert set(wording.OPS) == set(get_args(Op))


@pytest.mark.parametrize(
    ("type_", "short"),
    [
        ("azure-native:network:Subnet", "network:Subnet"),
        ("azure-native:app/v20250101:ContainerApp", "app:ContainerApp"),
        ("random:index/randomString:RandomString", "random:RandomString"),
        ("pulumi:pulumi:Stack", "pulumi:Stack"),
        ("odd", "odd"),
    ],
)
def test_types_are_shown_without_what_all_share(type_: str, short: str) -> None:
    """The package name on every line would hide what differs."""
    assert wording.short_type(type_) == short


def test_an_unknown_value_says_when_it_is_known() -> None:
    """The engine's object and the wire's string mean the same."""
    assert wording.value(UNKNOWN) == wording.value(UNKNOWN_STRING) == "known after up"
    assert wording.value({"a": [UNKNOWN]}) == '{"a": ["known after up"]}'


def test_a_long_value_is_cut_and_says_how_long_it_is() -> None:
    """A certificate must not push everything else off the screen."""
    shown = wording.value("x" * 5000)
    assert len(shown) < 160
    assert "5002 characters" in shown


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: (
        st.lists(inner)
        | st.dictionaries(st.text(), inner)
        | inner.map(Secret)
        | inner.map(lambda v: Output(v, True, ()))
    ),
    max_leaves=12,
)


@given(st.dictionaries(st.text(), VALUES))
def test_masked_outputs_hold_no_secret_at_any_depth(outputs: dict[str, Any]) -> None:
    """Property: whatever lies under a Secret is gone, and the rest is JSON."""
    marked = {
        **outputs,
        "deep": [{"x": Secret({"y": "very-secret-value"})}],
        "out": Output("very-secret-value", True, ()),
    }
    text = json.dumps(wording.masked(marked))
    assert "very-secret-value" not in text
    assert text.count("[secret]") >= 2


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.04, "0.0 s"), (9.94, "9.9 s"), (12.3, "12 s"), (185, "3 min 05 s"), (3600, "1 h 00 min"), (4925, "1 h 22 min")],
)
def test_durations_read_as_people_say_them(seconds: float, text: str) -> None:
    """Tenths matter below ten seconds and nowhere else."""
    assert wording.duration(seconds) == text


def test_counts_are_said_in_words_and_zero_is_nothing() -> None:
    """The order is that of the table, an op of a newer Pulumi goes by its own name."""
    assert wording.counted({"same": 3, "create": 2, "update": 0}) == "3 unchanged, + 2 created"
    assert wording.counted({"teleport": 1}) == "? 1 teleport"
    assert wording.counted({}) == "nothing"
