"""Settings to go back to: kept once, in order, whole or not at all."""

import tempfile
from datetime import UTC, datetime
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from lifecycle.good_settings import GoodSettingsKept, last_other

AT = datetime(2026, 11, 22, 20, 30, tzinfo=UTC)


def test_the_latest_that_differs_is_gone_back_to(tmp_path: Path) -> None:
    """From what the file is now: spoiled since, unchanged since, or gone."""
    kept = GoodSettingsKept(tmp_path)
    assert last_other(kept.of("westeu-dev-1"), "a") is None
    for content in ("a", "b"):
        assert kept.note("westeu-dev-1", content, f"commit of {content}", AT)
    found = kept.of("westeu-dev-1")
    assert [(it.content, it.commit, it.at) for it in found] == [
        ("b", "commit of b", "2026-11-22T20:30:00Z"),
        ("a", "commit of a", "2026-11-22T20:30:00Z"),
    ]
    expected = {"spoiled": "b", "b": "a", None: "b"}
    for now, then in expected.items():
        good = last_other(found, now)
        assert good is not None
        assert good.content == then
    assert kept.of("global-dev") == ()


def test_what_was_cut_off_or_edited_is_none(tmp_path: Path) -> None:
    """A killed writer, a hand in the file: the hash holds the content, and the next line stands by itself."""
    kept = GoodSettingsKept(tmp_path)
    kept.note("x", "a", "", AT)
    kept.note("x", "b", "", AT)
    file = tmp_path / "x.jsonl"
    text = file.read_text()
    file.write_text(text[: -len(text) // 4])
    assert [it.content for it in kept.of("x")] == ["a"]
    kept.note("x", "c", "", AT)
    assert [it.content for it in kept.of("x")] == ["c", "a"]
    file.write_text(file.read_text().replace('"content":"c"', '"content":"d"'))
    assert [it.content for it in kept.of("x")] == ["a"]


@given(st.lists(st.text(max_size=20)))
def test_settings_come_back_as_they_were(contents: list[str]) -> None:
    """Any text, once for each time that it was new."""
    with tempfile.TemporaryDirectory() as directory:
        kept = GoodSettingsKept(Path(directory))
        noted = [content for content in contents if kept.note("x", content, "", AT)]
        assert [it.content for it in reversed(kept.of("x"))] == noted
        assert noted == [it for it, before in zip(contents, [None, *contents], strict=False) if it != before]
