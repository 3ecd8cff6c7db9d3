"""The tenant's limits, counted: no window ever holds more than our half of it, whoever asks when."""

import os
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from finance.cost_management import Quota
from finance.cost_management.quota import WINDOWS


class Time:
    """A clock that sleeping moves."""

    def __init__(self) -> None:
        self.now = 1_000_000.0

    def sleep(self, seconds: float) -> None:
        self.now += seconds


def quota(path: Path, time: Time) -> Quota:
    return Quota(path, clock=lambda: time.now, sleep=time.sleep)


@settings(max_examples=40)
@given(st.lists(st.tuples(st.integers(1, 6), st.floats(0, 40)), max_size=60))
def test_no_window_ever_holds_more_than_it_may(asked: list[tuple[int, float]]) -> None:
    """Whatever is asked, after whatever pauses."""
    time, taken = Time(), list[tuple[float, int]]()
    with TemporaryDirectory() as directory:
        it = quota(Path(directory) / "quota.json", time)
        for units, pause in asked:
            time.now += pause
            it.take(units)
            taken.append((time.now, units))
    for length, most in WINDOWS:
        for at, _ in taken:
            assert sum(units for moment, units in taken if at - length < moment <= at) <= most


def test_an_hour_has_its_own_limit(tmp_path: Path) -> None:
    """300 of ours, then the first must be an hour old."""
    time = Time()
    it = quota(tmp_path / "quota.json", time)
    begun = time.now
    for _ in range(50):
        it.take(6)
    assert time.now < begun + 600
    it.take(1)
    assert time.now >= begun + 3600


def test_processes_share_the_count(tmp_path: Path) -> None:
    """What another one has taken is taken."""
    path = tmp_path / "quota.json"
    code = "import sys; from pathlib import Path; from finance.cost_management import quota as q; "
    code += "q.Quota(Path(sys.argv[1])).take(3)"
    for _ in range(2):
        subprocess.run([sys.executable, "-c", code, str(path)], check=True, env={**os.environ})
    waited: list[float] = []
    assert Quota(path, sleep=waited.append).take(1) > 0
    assert len(waited) == 1


def test_a_question_that_never_fits_is_refused(tmp_path: Path) -> None:
    """It would wait for ever."""
    with pytest.raises(ValueError, match="1 to 6 QPU"):
        Quota(tmp_path / "quota.json").take(7)


def test_half_a_file_is_none(tmp_path: Path) -> None:
    """A process was killed while it wrote."""
    path = tmp_path / "quota.json"
    path.write_text("[[1000000.0, 6], [10")
    assert quota(path, Time()).take(6) == 0
