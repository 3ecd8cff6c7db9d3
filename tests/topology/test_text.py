"""Text is as wide as said, and wrapping loses nothing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from topology.text import Font, elided, width, wrap

FONTS = [Font(10), Font(12, bold=True), Font(10, mono=True)]
words = st.text(st.characters(min_codepoint=33, max_codepoint=126) | st.sampled_from("←→·…äß"), min_size=1, max_size=80)


@given(st.lists(words, max_size=12), st.sampled_from(FONTS), st.integers(20, 400))
def test_no_line_is_wider_than_its_room_and_no_character_is_lost(drawn: list[str], font: Font, room: int) -> None:
    """Also words that are wider than a line."""
    lines = wrap(" ".join(drawn), font, room)
    assert all(width(line, font) <= room for line in lines)
    assert "".join(lines).replace(" ", "") == "".join(" ".join(drawn).split())


def test_a_name_is_parted_where_it_has_joints() -> None:
    """A reader sees the parts of a name, not its syllables."""
    assert wrap("psql-cf-westeu-dev-1", Font(10, mono=True), 80) == ["psql-cf-", "westeu-dev-1"]


def test_no_room_for_one_character_is_refused() -> None:
    """Else the text would leave its box."""
    with pytest.raises(ValueError, match="no room"):
        wrap("W", Font(10), 5)


@given(words, st.sampled_from(FONTS), st.integers(15, 400))
def test_an_elided_text_fits_and_says_that_it_was_cut(text: str, font: Font, room: int) -> None:
    """An ellipsis stands where something is missing, and only there."""
    short = elided(text, font, room)
    assert width(short, font) <= room
    assert short == text or short.endswith("…")


def test_widths_are_those_of_the_widest_common_fonts() -> None:
    """Measured in a browser at 1000 pixels: DejaVu Sans, its bold, DejaVu Sans Mono."""
    assert width("Mm", Font(1000)) >= 863 + 974
    assert width("Mm", Font(1000, bold=True)) >= 995 + 1042
    assert width("Mm", Font(1000, mono=True)) >= 2 * 602
