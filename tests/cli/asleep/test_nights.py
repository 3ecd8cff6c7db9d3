"""`cfctl sleep` and `wake`: what computes stops and starts again, `list` says so, `up` and `down` wake it first."""

from typing import Any

import pytest

from cli.run_records import journals_of, receipts_of

TOP = "global-dev"


def status_of(cfctl: Any) -> str:
    """As `list` has it."""
    rows = cfctl("list", "--json").document["deployments"]
    return next(row["status"] for row in rows if row["deployment"] == TOP)


def test_a_deployment_sleeps_wakes_and_is_woken_by_up_and_down(serving: Any) -> None:
    """Its saving is told, its server and its services are what is stopped, twice is once."""
    assert serving("up", TOP).status == 0
    slept = serving("sleep", TOP, "--json")
    assert slept.status == 0, slept.err
    (night,) = slept.document["deployments"]
    assert night["stopped"] == ["audit-consumer", "user", "psql-cf-global-dev"]
    assert float(night["saving"]["month"]) > float(night["saving"]["goes_on"]["dbforpostgresql:Server"]) > 0
    assert status_of(serving) == "asleep"
    assert "global-dev was asleep already" in serving("sleep", TOP).out
    released = serving("app", "release", TOP, "user", "--image", f"sha256:{'a' * 64}")
    assert released.status == 5
    assert "./cfctl wake global-dev" in released.err

    woken = serving("up", TOP)
    assert woken.status == 0, woken.err
    assert "asleep: waking it first" in woken.err
    assert status_of(serving) == "up"

    assert serving("sleep", TOP).status == 0
    assert "3 started, 2 services healthy" in serving("wake", TOP).out
    assert "global-dev is awake: it was awake already" in serving("wake", TOP).out
    kinds = [it["kind"] for it in receipts_of(serving.home).of(TOP)]
    assert kinds[:3] == ["wake", "wake", "sleep"]
    assert "3 stopped" in serving("history", TOP).out

    assert serving("sleep", TOP).status == 0
    down = serving("down", TOP, "--yes")
    assert down.status == 0, down.err
    assert "waking it first, its databases alone" in down.err


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (("sleep", "westeu-prod-1"), 5, "production never sleeps"),
        (("wake", "westeu-prod-1"), 5, "production never sleeps"),
        (("sleep", TOP), 0, "global-dev is not up: nothing to do"),
        (("sleep", "nowhere"), 2, "nowhere"),
        (("sleep",), 2, "no deployment is named"),
        (("sleep", TOP, "--target", "aws"), 2, "is no place"),
    ],
)
def test_what_does_not_sleep_is_said(cfctl: Any, words: tuple[str, ...], status: int, said: str) -> None:
    ended = cfctl(*words)
    assert ended.status == status, ended.err
    assert said in ended.err


def test_a_teardown_that_was_cut_off_comes_before_any_sleep(small: Any) -> None:
    """Its journal is what finishes it, and must stay the latest."""
    assert small("up", TOP).status == 0
    journals_of(small.home).begin(TOP, "down").begin_step("preflight")
    ended = small("sleep", TOP)
    assert ended.status == 5
    assert "going down, not up" in ended.err
