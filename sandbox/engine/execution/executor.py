"""Runs steps, so many at a time, and stops: at the first failure, when canceled, or at once."""

import threading
import time
import traceback
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from typing import ClassVar, Literal

from sandbox.engine.execution.deployment import Deployment
from sandbox.engine.execution.steps import CreateStep, Step, UpdateStep
from sandbox.engine.model.errors import EngineError, ProtectedError, ProviderError, StepFailedError, StoppedError
from sandbox.engine.storage.state_errors import StateError

Stop = Literal["failed", "canceled", "abandoned"]


class Executor:
    """The worker slots of a run. Steps run on the threads of whoever asks for them."""

    _SEVERITY: ClassVar[dict[Stop, int]] = {"failed": 1, "canceled": 2, "abandoned": 3}

    def __init__(self, deployment: Deployment, on_stop: Callable[[], None] = lambda: None) -> None:
        self._deployment = deployment
        self._on_stop = on_stop
        self._slots = max(1, deployment.options.parallel)
        self._lock = threading.RLock()
        self._changed = threading.Condition(self._lock)
        # Apart from `_changed`: a slot given back wakes one who waits; to wake all would cost more than the steps do.
        self._free = threading.Condition(self._lock)
        self._running = 0
        self._stop: Stop | None = None
        self._errored: list[Step] = []
        self.finished = 0
        """Steps ended so far: a sign of progress."""

    @property
    def stopped(self) -> Stop | None:
        """Why no new step starts, or None."""
        return self._stop

    @property
    def running(self) -> int:
        """Chains of steps that run now."""
        return self._running

    @property
    def errored(self) -> list[Step]:
        """The steps that failed."""
        with self._changed:
            return list(self._errored)

    def stop(self, why: Stop) -> None:
        """Start no new step. `abandoned` does not even wait for the running ones: they stay pending in state."""
        with self._changed:
            if self._stop is None or self._SEVERITY[why] > self._SEVERITY[self._stop]:
                self._stop = why
            self._changed.notify_all()
            self._free.notify_all()
        self._on_stop()

    def drain(self) -> None:
        """Wait for the running steps to end; not when they are abandoned."""
        with self._changed:
            self._changed.wait_for(lambda: self._running == 0 or self._stop == "abandoned")

    def run(self, chain: Sequence[Step]) -> None:
        """Run steps one after another. Raises StepFailedError (reported already) or StoppedError."""
        with self._slot():
            for step in chain:
                if self._stop is not None:
                    raise StoppedError
                self._run(step)

    @contextmanager
    def _slot(self) -> Generator[None]:
        with self._changed:
            self._free.wait_for(lambda: self._stop is not None or self._running < self._slots)
            if self._stop is not None:
                raise StoppedError
            self._running += 1
        try:
            yield
        finally:
            with self._changed:
                self._running -= 1
                self._free.notify()
                if self._running == 0:
                    self._changed.notify_all()

    def _run(self, step: Step) -> None:
        reporter = self._deployment.reporter
        began = time.monotonic()
        reporter.began(step)
        operation: int | None = None
        try:
            operation = step.begin()
            step.apply()
            self._leave_if_abandoned()
            step.commit(operation)
        except (EngineError, StateError) as error:
            self._leave_if_abandoned()
            self._record_failure(step, operation, error)
            reporter.failed(step, time.monotonic() - began)
            raise StepFailedError(str(error)) from error
        except Exception as error:
            # A fault of the engine. What the provider did is not known: the operation stays pending.
            reporter.message("error", f"internal error of the engine:\n{internal_error(error)}", step.state.urn)
            reporter.failed(step, time.monotonic() - began)
            self.stop("failed")
            raise StepFailedError(str(error)) from error
        finally:
            self.finished += 1
        if step.new is not None and step.op != "replace":
            self._deployment.made(step.new)
        reporter.succeeded(step, time.monotonic() - began)
        step.after()
        if self._deployment.after_hook_failed.is_set() and not self._deployment.options.continue_on_error:
            self.stop("failed")

    def _leave_if_abandoned(self) -> None:
        if self._stop == "abandoned":
            raise StoppedError

    def _record_failure(self, step: Step, operation: int | None, error: Exception) -> None:
        self._deployment.reporter.message("error", str(error), step.state.urn)
        go_on = self._deployment.options.continue_on_error or isinstance(error, ProtectedError) or step.tolerant
        if isinstance(error, StateError) or not go_on:
            self.stop("failed")
        with self._changed:
            self._errored.append(step)
        if isinstance(error, StateError):
            return
        exists = isinstance(error, ProviderError) and error.partial is not None
        try:
            if exists and isinstance(step, (CreateStep, UpdateStep)):
                step.commit(operation)
            else:
                step.fail(operation)
        except StateError as failure:
            self._deployment.reporter.message("error", str(failure), step.state.urn)
            self.stop("failed")


def internal_error(error: BaseException) -> str:
    """An unexpected exception as a message: a fault of the engine or of a provider in this process."""
    return "".join(traceback.format_exception(error)).rstrip()
