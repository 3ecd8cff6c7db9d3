"""Down, then up: which half of a round is left to do after it was cut off."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from lifecycle.journal import Journals, Kind
from lifecycle.rounds import has_gone_down

Ran = tuple[Kind, bool]


def journals(directory: Path, *runs: Ran) -> Journals:
    """Runs one after the other: down or up, and whether each came to its end."""
    begins = iter(datetime(2026, 11, 22, tzinfo=UTC) + timedelta(minutes=minute) for minute in range(100))
    made = Journals(directory, lambda: next(begins))
    for kind, ended in runs:
        journal = made.begin("westeu-dev-1", kind)
        if ended:
            journal.end("succeeded")
    return made


@pytest.mark.parametrize(
    ("runs", "expected"),
    [
        ((), False),
        ((("up", True),), False),
        ((("up", True), ("down", False)), False),
        ((("up", True), ("down", True)), True),
        ((("up", True), ("down", True), ("up", False)), True),
        ((("up", True), ("down", True), ("up", True)), False),
        ((("up", False),), False),
        ((("up", True), ("up", False)), False),
        ((("down", True), ("up", True), ("up", False)), False),
    ],
)
def test_a_round_is_past_its_teardown_when_nothing_was_finished_after_it(
    tmp_path: Path, runs: tuple[Ran, ...], expected: bool
) -> None:
    """An up that ended well begins a new round; one that was cut off belongs to the teardown before it."""
    assert has_gone_down(journals(tmp_path, *runs).of("westeu-dev-1")) is expected
