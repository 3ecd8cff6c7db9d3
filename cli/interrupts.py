"""Ctrl-C during a run: once lets the running steps finish, twice stops now, three times leaves at once.

The work runs on a thread of its own, so that the main thread, where Python handles signals, is never inside the engine
(a lock held there would meet itself). SIGTERM counts as a Ctrl-C.
"""

import signal
import threading
from collections.abc import Callable
from types import FrameType
from typing import TypeVar

T = TypeVar("T")

_LOOK_SECONDS = 0.2
FIRST = "stopping: steps that are running finish first (Ctrl-C again stops now)"
SECOND = "stopping now: what was under way is noted, the same command again finishes it"


def interruptible(work: Callable[[], T], cancel: Callable[[], None], notice: Callable[[str], None]) -> T:
    """The result of `work`, during which an interrupt calls `cancel` (once, then once more) instead of raising.

    Raises whatever `work` raises, and KeyboardInterrupt on the third interrupt (the work is then left behind).
    """
    if threading.current_thread() is not threading.main_thread():
        return work()
    results: list[T] = []
    errors: list[BaseException] = []
    ended = threading.Event()

    def worker() -> None:
        try:
            results.append(work())
        except BaseException as error:  # noqa: BLE001 - raised again on the main thread
            errors.append(error)
        finally:
            ended.set()

    interrupts = 0

    def interrupted(_number: int, _frame: FrameType | None) -> None:
        nonlocal interrupts
        interrupts += 1
        if interrupts > 2:
            raise KeyboardInterrupt
        # Not here: the handler may have stopped the main thread anywhere, even inside the console's lock.
        threading.Thread(target=_stop, args=(cancel, notice, FIRST if interrupts == 1 else SECOND)).start()

    thread = threading.Thread(target=worker, name="run", daemon=True)
    previous = {number: signal.signal(number, interrupted) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        thread.start()
        # Again and again: a signal that the system hands to another thread does not end the main thread's wait.
        while not ended.wait(_LOOK_SECONDS):
            pass
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)
    if errors:
        raise errors[0]
    return results[0]


def _stop(cancel: Callable[[], None], notice: Callable[[str], None], text: str) -> None:
    notice(text)
    cancel()
