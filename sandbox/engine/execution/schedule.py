"""Running deletions, each as soon as everything that needs its resource is gone."""

import threading
from collections.abc import Sequence

from sandbox.engine.execution.deployment import Deployment
from sandbox.engine.execution.executor import Executor
from sandbox.engine.execution.steps import Step
from sandbox.engine.model.errors import StepFailedError, StoppedError
from sandbox.engine.program.workers import DaemonPool


class DeletionSchedule:
    """The order of some steps that delete. Only what stands earlier in the state can be needed, so that there are no
    circles even where a URN has several states.
    """

    def __init__(self, deployment: Deployment, executor: Executor, steps: Sequence[Step]) -> None:
        self._executor = executor
        self._steps = {id(step.state): step for step in steps}
        graph = deployment.graph
        self._needs = {
            key: [id(needed) for needed in graph.dependencies(step.state) if id(needed) in self._steps]
            for key, step in self._steps.items()
        }
        self._dependents = dict.fromkeys(self._steps, 0)
        for needs in self._needs.values():
            for key in needs:
                self._dependents[key] += 1
        self._pool = DaemonPool(max(1, deployment.options.parallel), "delete")
        self._lock = threading.Lock()
        self._over = threading.Event()
        self._running = 0

    def run(self) -> None:
        """Run all that can be run. Failures have been reported by then; what they still need is left alone."""
        with self._lock:
            self._start([key for key, dependents in self._dependents.items() if not dependents])
        self._over.wait()
        self._pool.shutdown(wait=False)

    def _start(self, ready: Sequence[int]) -> None:
        self._running += len(ready)
        for key in ready:
            self._pool.submit(self._delete, key)
        if not self._running:
            self._over.set()

    def _delete(self, key: int) -> None:
        done = False
        try:
            self._executor.run([self._steps[key]])
            done = True
        except (StepFailedError, StoppedError):
            pass
        finally:
            with self._lock:
                self._running -= 1
                self._start(self._released_by(key) if done else [])

    def _released_by(self, key: int) -> list[int]:
        """What nothing needs any more, now that this one is gone."""
        released: list[int] = []
        for needed in self._needs[key]:
            self._dependents[needed] -= 1
            if not self._dependents[needed]:
                released.append(needed)
        return released
