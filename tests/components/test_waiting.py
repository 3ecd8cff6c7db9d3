"""Waits: in Azure's time, on the scale of the sandbox."""

import asyncio
import time

import pytest

from components.waiting import SCALE, SHORTEST, time_scale, wait


def test_waits_run_on_the_scale(monkeypatch: pytest.MonkeyPatch) -> None:
    """A minute of Azure at a scale of 0.001 is sixty milliseconds."""
    monkeypatch.setenv(SCALE, "0.001")
    begun = time.monotonic()
    asyncio.run(wait(60))
    assert 0.06 <= time.monotonic() - begun < 1


def test_without_time_a_wait_still_lets_others_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """At a scale of 0 a poll must not become a spin."""
    monkeypatch.setenv(SCALE, "0")
    begun = time.monotonic()
    asyncio.run(wait(60))
    assert SHORTEST <= time.monotonic() - begun < 1


def test_without_a_scale_time_is_real(monkeypatch: pytest.MonkeyPatch) -> None:
    """On Azure nothing shortens a wait."""
    monkeypatch.delenv(SCALE, raising=False)
    assert time_scale() == 1


@pytest.mark.parametrize("text", ["", "fast", "-1", "nan", "inf"])
def test_a_scale_that_is_no_number_is_refused_in_words(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    """A typo must not mean "no wait at all"."""
    monkeypatch.setenv(SCALE, text)
    with pytest.raises(ValueError, match="allowed is a number from 0"):
        time_scale()
