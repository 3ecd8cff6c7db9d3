"""Ctrl-C: once lets running steps finish, twice stops now, three times leaves."""

import os
import signal
import threading
import time
from collections.abc import Callable

import pytest

from cli.interrupts import FIRST, SECOND, interruptible


def press() -> None:
    os.kill(os.getpid(), signal.SIGINT)


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 5
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def test_each_interrupt_cancels_once_and_says_what_happens() -> None:
    """The work is not interrupted: it ends by itself when it was told to."""
    canceled: list[int] = []
    said: list[str] = []
    begun = threading.Event()

    def work() -> str:
        begun.set()
        wait_until(lambda: len(canceled) == 2)
        return "ended in order"

    def user() -> None:
        begun.wait(5)
        press()
        wait_until(lambda: len(canceled) == 1)
        press()

    threading.Thread(target=user).start()
    assert interruptible(work, lambda: canceled.append(1), said.append) == "ended in order"
    assert said == [FIRST, SECOND]


def test_the_third_interrupt_leaves_at_once() -> None:
    """A work that hears nothing must not hold the terminal for ever."""
    release = threading.Event()
    canceled: list[int] = []

    def user() -> None:
        for count in (1, 2):
            press()
            wait_until(lambda count=count: len(canceled) == count)
        press()

    def work() -> None:
        threading.Thread(target=user).start()
        release.wait(10)

    with pytest.raises(KeyboardInterrupt):
        interruptible(work, lambda: canceled.append(1), lambda _: None)
    release.set()


def test_handlers_are_given_back_and_errors_arrive() -> None:
    """After the run Ctrl-C means what it meant before, and what went wrong is raised where it was asked for."""
    before = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)
    with pytest.raises(LookupError, match="gone"):
        interruptible(_raise, lambda: None, lambda _: None)
    assert (signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)) == before


def _raise() -> None:
    raise LookupError("gone")


def test_on_another_thread_work_runs_as_it_is() -> None:
    """Python delivers signals to the main thread alone; a test runner's workers have no say in them."""
    results: list[int] = []
    thread = threading.Thread(target=lambda: results.append(interruptible(lambda: 7, lambda: None, lambda _: None)))
    thread.start()
    thread.join()
    assert results == [7]
