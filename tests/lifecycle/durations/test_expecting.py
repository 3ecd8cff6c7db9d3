"""What a run will take comes from runs that found what it finds, and follows the scale of Azure's time."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from lifecycle.bringup import DEPLOY
from lifecycle.durations.expecting import Outlook, left, outlook
from lifecycle.journal import Journal, Journals, Kind
from lifecycle.saved import DESTROY, PREFLIGHT

UP, DOWN = (PREFLIGHT, DEPLOY, "health"), (PREFLIGHT, "export", DESTROY)


def _not_at_all(_: int) -> None:
    """A fast disk: what is tested is arithmetic."""


@pytest.fixture(autouse=True)
def _no_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lifecycle.journal.os.fsync", _not_at_all)


class Past:
    """Earlier runs of one deployment, each an hour after the one before."""

    def __init__(self, directory: Path) -> None:
        self._time = datetime(2026, 11, 22, tzinfo=UTC)
        self._journals = Journals(directory, self._now)

    def _now(self) -> datetime:
        self._time += timedelta(hours=1)
        return self._time

    def run(self, kind: Kind, seconds: dict[str, float], *, found: int = 0, ends: bool = True, **engine: Any) -> None:
        """A run whose steps took so long; engine: evidence of what the engine did."""
        journal = self._journals.begin("westeu-dev-1", kind)
        for step, taken in seconds.items():
            journal.begin_step(step)
            evidence = {"resources": found} if step == PREFLIGHT else engine if step in (DEPLOY, DESTROY) else {}
            journal.end_step(step, evidence, taken)
        if ends:
            journal.end("succeeded")

    @property
    def journals(self) -> list[Journal]:
        return self._journals.of("westeu-dev-1")


@pytest.fixture
def past(tmp_path: Path) -> Past:
    return Past(tmp_path)


def test_a_run_is_expected_to_take_what_runs_like_it_took(past: Past) -> None:
    """The median of those that made everything; an up that found all of it is no guide, nor is one that was killed."""
    for seconds in (8.0, 9.0, 30.0):
        past.run("up", {PREFLIGHT: 0.1, DEPLOY: seconds, "health": 0.2})
    past.run("up", {PREFLIGHT: 0.1, DEPLOY: 2.0, "health": 0.2}, found=332)
    past.run("up", {PREFLIGHT: 0.1, DEPLOY: 99.0}, ends=False)
    new = outlook(past.journals, "up", UP, found=0, scale=0)
    assert (new.of(DEPLOY), new.after(DEPLOY), new.total) == (9.0, 0.2, pytest.approx(9.3))
    assert outlook(past.journals, "up", UP, found=332, scale=0).of(DEPLOY) == 2.0


def test_only_the_latest_runs_count(past: Past) -> None:
    """The program was slower once."""
    for seconds in (100.0, 100.0, 100.0, 8.0, 8.0, 8.0, 8.0, 8.0):
        past.run("up", {PREFLIGHT: 0.1, DEPLOY: seconds, "health": 0.2})
    assert outlook(past.journals, "up", UP, found=0, scale=0).of(DEPLOY) == 8.0


def test_a_run_at_another_scale_of_azures_time_counts_for_what_this_machine_took(past: Past) -> None:
    """At 0.1 a graph of 1,000 seconds took 107: without a scale 7, at 0.5 507."""
    past.run("up", {PREFLIGHT: 0.1, DEPLOY: 107.0, "health": 0.2}, azure=1000.0, scale=0.1)
    for scale, expected in ((0.0, 7.0), (0.1, 107.0), (0.5, 507.0)):
        assert outlook(past.journals, "up", UP, found=0, scale=scale).of(DEPLOY) == pytest.approx(expected)


def test_without_an_earlier_run_the_graph_tells_where_time_passes_and_else_nothing(past: Past) -> None:
    """A guess that nothing supports is not shown."""
    known = outlook(past.journals, "down", DOWN, found=332, scale=0.1, azure=1104.0)
    assert (known.of(DESTROY), known.total) == (pytest.approx(110.4), pytest.approx(110.4))
    assert outlook(past.journals, "down", DOWN, found=332, scale=0, azure=1104.0).total is None
    assert outlook(past.journals, "up", UP, found=0, scale=0.1).total is None


def test_what_is_left_shrinks_to_what_comes_behind_and_never_below() -> None:
    """A step that takes longer than expected has nothing left, and the run still what follows."""
    assert left(10.0, 3.0, 4.0) == 9.0
    assert left(10.0, 3.0, 40.0) == 3.0
    assert left(None, 3.0, 4.0) is None
    assert left(10.0, None, 4.0) is None
    assert Outlook({"a": 1.0, "b": None}).after("a") is None
    assert Outlook({"a": 1.0, "b": None}).after("b") == 0
