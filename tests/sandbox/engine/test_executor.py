"""Many steps at a time, going on after errors, and stopping: gently, or at once."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import grpc
import pytest

from sandbox.engine.operations import RunResult
from tests.sandbox.engine.stage import STACK, Script, Stage
from tests.sandbox.engine.toy_cloud import ToyCloud, ToyProvider


def side_by_side(script: Script, names: list[str], threads: int = 32) -> None:
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(script.thing, names))


class Counting:
    """How many calls of an operation are under way."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.now = self.peak = 0

    def __call__(self, operation: str, name: str, context: Any) -> None:
        if operation not in ("create", "delete", "read"):
            return
        with self.lock:
            self.now += 1
            self.peak = max(self.peak, self.now)
        time.sleep(0.03)
        with self.lock:
            self.now -= 1


@pytest.mark.parametrize("parallel", [1, 4])
def test_as_many_steps_run_at_a_time_as_are_allowed_and_no_more(tmp_path: Path, parallel: int) -> None:
    counting = Counting()
    stage = Stage(tmp_path, provider=ToyProvider(ToyCloud(), before=counting))
    names = [f"n{index}" for index in range(12)]
    stage.up(lambda script: side_by_side(script, names), parallel=parallel)
    assert counting.peak == parallel
    counting.peak = 0
    stage.refresh(parallel=parallel)
    assert counting.peak == parallel
    counting.peak = 0
    stage.destroy(parallel=parallel)
    assert counting.peak == parallel


def test_a_delete_starts_as_soon_as_its_own_dependents_are_gone(tmp_path: Path) -> None:
    """Not when a whole level is: a slow delete elsewhere holds nobody up."""
    ended: list[str] = []

    def before(operation: str, name: str, context: Any) -> None:
        if operation == "delete":
            time.sleep(0.3 if name == "slow" else 0.0)
            ended.append(name)

    stage = Stage(tmp_path, provider=ToyProvider(ToyCloud(), before=before))

    def program(script: Script) -> None:
        base = script.thing("base")
        middle = script.thing("middle", depends_on=[base])
        script.thing("top", depends_on=[middle])
        other = script.thing("other")
        script.thing("slow", depends_on=[other])

    stage.up(program)
    stage.destroy()
    assert ended == ["top", "middle", "base", "slow", "other"]


def test_steps_under_way_when_another_fails_are_finished_and_recorded(tmp_path: Path) -> None:
    failing = threading.Event()

    def before(operation: str, name: str, context: Any) -> None:
        if operation != "create":
            return
        if name == "bad":
            failing.set()
        else:
            failing.wait(5)
            time.sleep(0.1)

    stage = Stage(tmp_path, provider=ToyProvider(ToyCloud(), before=before))

    def program(script: Script) -> None:
        with ThreadPoolExecutor(2) as pool:
            good = pool.submit(script.thing, "good")
            bad = pool.submit(script.thing, "bad", {"fail": "create"})
            assert isinstance(bad.exception(), grpc.RpcError)
            good.result()

    assert stage.up(program).result == "failed"
    assert stage.things() == ["good"]
    assert stage.backend.load(STACK).pending_operations == []


def test_continue_on_error_does_all_that_does_not_need_what_failed(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    results: dict[str, tuple[int, bool]] = {}

    def program(fail: str) -> Any:
        def body(script: Script) -> None:
            bad = script.thing("bad", {"text": fail or "x", "fail": fail})
            needs = script.thing("needs", {"text": "x"}, depends_on=[bad])
            more = script.thing("more", depends_on=[needs])
            free = script.thing("free")
            results.update({made.urn[-4:]: (made.result, made.unknown) for made in (bad, needs, more, free)})

        return body

    result = stage.up(program("create"), continue_on_error=True)
    assert result.result == "failed"
    assert stage.things() == ["free"]
    assert results == {"::bad"[-4:]: (1, False), "eeds": (0, True), "more": (0, True), "free": (0, False)}
    assert stage.up(program("")).changes == {"same": 2, "create": 3}


def test_continue_on_error_keeps_what_a_failed_resource_still_needs(tmp_path: Path) -> None:
    """Bad's update failed, so its old state stays, and with it what that state needs; the rest is deleted."""
    stage = Stage(tmp_path)

    def before(script: Script) -> None:
        base = script.thing("base")
        script.thing("gone")
        script.thing("bad", {"text": "x"}, depends_on=[base])

    stage.up(before)
    stage.up(lambda script: {"x": script.thing("bad", {"text": "y", "fail": "update"}).id}, continue_on_error=True)
    assert sorted(stage.things()) == ["bad", "base"]


def test_a_failed_delete_keeps_what_it_needs(tmp_path: Path) -> None:
    stage = Stage(tmp_path)

    def program(script: Script) -> None:
        base = script.thing("base")
        script.thing("stuck", {"fail": "delete"}, depends_on=[base])
        script.thing("free")

    stage.up(program)
    result = stage.destroy(continue_on_error=True)
    assert result.errors == ("toy:index:Thing (stuck): stuck was told to fail on delete",)
    assert stage.things() == ["base", "stuck"]


def canceling(stage: Stage, program: Callable[[Script], None], when: threading.Event, times: int) -> RunResult:
    """Up, canceled so many times once `when` is set."""

    def cancel() -> None:
        when.wait(5)
        for _ in range(times):
            stage.engine.cancel()

    thread = threading.Thread(target=cancel)
    thread.start()
    result = stage.up(program)
    thread.join()
    return result


def test_cancel_lets_running_steps_end_and_starts_no_more(tmp_path: Path) -> None:
    started, canceled = threading.Event(), threading.Event()

    def before(operation: str, name: str, context: Any) -> None:
        if operation == "create" and name == "first":
            started.set()
            canceled.wait(5)

    stage = Stage(tmp_path, provider=ToyProvider(ToyCloud(), before=before))

    def program(script: Script) -> None:
        first = script.thing("first")
        script.thing("second", depends_on=[first])

    def cancel() -> None:
        started.wait(5)
        stage.engine.cancel()
        canceled.set()

    thread = threading.Thread(target=cancel)
    thread.start()
    result = stage.up(program)
    thread.join()
    assert result.result == "canceled"
    assert stage.things() == ["first"]
    assert stage.backend.load(STACK).pending_operations == []
    assert stage.up(program).changes == {"same": 2, "create": 1}


def test_cancel_during_a_destroy_stops_it_between_deletes(tmp_path: Path) -> None:
    started, canceled = threading.Event(), threading.Event()

    def before(operation: str, name: str, context: Any) -> None:
        if operation == "delete":
            started.set()
            canceled.wait(5)

    stage = Stage(tmp_path, provider=ToyProvider(ToyCloud(), before=before))

    def program(script: Script) -> None:
        base = script.thing("base")
        script.thing("top", depends_on=[base])

    def cancel() -> None:
        started.wait(5)
        stage.engine.cancel()
        canceled.set()

    stage.up(program)
    thread = threading.Thread(target=cancel)
    thread.start()
    assert stage.destroy().result == "canceled"
    thread.join()
    assert stage.things() == ["base"]


def test_cancel_twice_stops_at_once_and_leaves_the_operation_pending(tmp_path: Path) -> None:
    """The reply that comes after all is not taken into the state: the next run looks for itself."""
    started, released = threading.Event(), threading.Event()

    def before(operation: str, name: str, context: Any) -> None:
        if operation == "create" and name == "first":
            started.set()
            released.wait(20)

    stage = Stage(tmp_path, provider=ToyProvider(ToyCloud(), before=before))
    began = time.monotonic()
    result = canceling(stage, lambda script: script.thing("first") and None, started, 2)
    assert result.result == "canceled"
    assert time.monotonic() - began < 5
    assert stage.provider.canceled.is_set()
    (pending,) = stage.backend.load(STACK).pending_operations
    assert (pending.type, pending.resource.urn[-5:]) == ("creating", "first")
    released.set()
    time.sleep(0.2)
    assert stage.things() == []
