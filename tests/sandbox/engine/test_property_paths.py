"""Property paths: text and parts are one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.engine.model.property_paths import parse_path, render_path
from tests.sandbox.engine.states import patient

parts = st.text(min_size=1).filter(lambda text: text != "*") | st.integers(0, 99)


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("root", ("root",)),
        ("root.nested", ("root", "nested")),
        ('root["nested"]', ("root", "nested")),
        ("root.double.nest", ("root", "double", "nest")),
        ('root["double"].nest', ("root", "double", "nest")),
        ("root.array[0]", ("root", "array", 0)),
        ("root.array[100].nested[1]", ("root", "array", 100, "nested", 1)),
        ('root["key with \\"escaped\\" quotes"]', ("root", 'key with "escaped" quotes')),
        ('root["key with a ."]', ("root", "key with a .")),
        ('["root key with a ."][100]', ("root key with a .", 100)),
        ("root.array[*].field", ("root", "array", "*", "field")),
        ("*", ("*",)),
    ],
)
def test_the_forms_of_pulumis_documentation_are_read(text: str, parts: tuple[str | int, ...]) -> None:
    """The examples of PropertyPath in github.com/pulumi/pulumi sdk/go/common/resource/properties_path.go."""
    assert parse_path(text) == parts


@given(st.lists(parts, min_size=1, max_size=5))
@patient
def test_what_was_rendered_is_parsed(path: list[str | int]) -> None:
    assert parse_path(render_path(path)) == tuple(path)


@pytest.mark.parametrize("text", ["a[", 'a["b', "a[b]", "a]", 'a"b'])
def test_what_cannot_be_read_is_named_with_its_place(text: str) -> None:
    with pytest.raises(ValueError, match="from character"):
        parse_path(text)
