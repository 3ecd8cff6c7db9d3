"""The engine's public face: preview, up, refresh, destroy and import of a stack."""

import threading
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final, Literal

from sandbox.engine.execution.assembly import Assembly, Result, Surroundings
from sandbox.engine.execution.deployment import Locate, RunOptions
from sandbox.engine.execution.importing import ImportSpec
from sandbox.engine.execution.reporting import Reporter
from sandbox.engine.execution.runner import stack_state
from sandbox.engine.model.errors import EngineError
from sandbox.engine.model.events import Listener, PreludeEvent, SummaryEvent
from sandbox.engine.model.plans import ResourcePlans
from sandbox.engine.model.state import StackState
from sandbox.engine.model.values import PropertyMap
from sandbox.engine.program.process import Project
from sandbox.engine.program.running import Program
from sandbox.engine.providers.provider_client import Endpoint
from sandbox.engine.storage.backend import FileBackend
from sandbox.engine.storage.outcome import Kind
from sandbox.engine.storage.snapshot import Snapshot
from sandbox.engine.storage.state_errors import StackNotFoundError

Operation = Literal["preview", "up", "refresh", "destroy", "import"]
_HISTORY_KIND: Final[Mapping[Operation, Kind | Literal[""]]] = {
    "preview": "",
    "up": "update",
    "refresh": "refresh",
    "destroy": "destroy",
    "import": "resource-import",
}


@dataclass(frozen=True, slots=True)
class RunResult:
    """How a run ended."""

    result: Result
    changes: dict[str, int]
    """Op -> how many resources."""
    outputs: PropertyMap
    """The stack's outputs; secrets in `Secret`."""
    errors: tuple[str, ...]
    """Each error once, with the type and name of its resource."""
    seconds: float
    engine_cpu_seconds: float
    """CPU of this process during the run: the engine, providers and the listener in it."""
    program_cpu_seconds: float
    planned: StackState | None = None
    """What a preview led to: the state of an `up` as far as it is known before."""
    plan: ResourcePlans | None = None
    """What a preview planned for each resource, to hold an `up` to (`RunOptions.plan`)."""


def _ignore(event: object) -> None:
    """For a caller that watches nothing."""


class Engine:
    """Deploys the stacks of one project.

    providers: package -> a provider in this process, or the address of one that serves gRPC.
    locate: tells whether an object exists under the name that inputs give, for what an interrupted run was making.
    Runs of one engine go one after another; `cancel` may be called from any thread.
    """

    def __init__(
        self,
        backend: FileBackend,
        project: Project,
        providers: Mapping[str, Endpoint],
        listener: Listener = _ignore,
        locate: Locate | None = None,
    ) -> None:
        self._backend = backend
        self._project = project
        self._providers = providers
        self._listener = listener
        self._locate = locate
        self._lock = threading.Lock()
        self._cancels = 0
        self._cancel_now: Callable[[int], None] | None = None

    def preview(self, stack: str, options: RunOptions, program: Program | None = None) -> RunResult:
        """What `up` would do. Nothing is changed, neither outside nor in the state."""
        return self._run("preview", stack, options, lambda run: run.run_program(program), preview=True)

    def up(self, stack: str, options: RunOptions, program: Program | None = None) -> RunResult:
        """Bring the stack to what the program says.

        program: a process started before (`program.start`), or a callable that is given the monitor and runs in this
        process; default: the project's program in a process of its own. Raises StateError if the state cannot be used.
        """
        return self._run("up", stack, options, lambda run: run.run_program(program))

    def refresh(self, stack: str, options: RunOptions, *, check: bool = False) -> RunResult:
        """Take what the providers see into the state. check: only tell what that would change, and change nothing."""
        return self._run("refresh", stack, options, Assembly.refresh, preview=check)

    def destroy(self, stack: str, options: RunOptions) -> RunResult:
        """Delete everything in the stack (or the targets); needs no program."""
        return self._run("destroy", stack, options, Assembly.destroy)

    def import_(self, stack: str, specs: Sequence[ImportSpec], options: RunOptions) -> RunResult:
        """Take existing objects into the stack."""
        return self._run("import", stack, options, lambda run: run.import_(specs))

    def cancel(self) -> None:
        """First call: let running steps end, start no more. Second: stop now, what runs stays pending in the state."""
        with self._lock:
            self._cancels += 1
            count, act = self._cancels, self._cancel_now
        if act is not None:
            act(count)

    def _run(
        self,
        operation: Operation,
        stack: str,
        options: RunOptions,
        body: Callable[[Assembly], PropertyMap],
        *,
        preview: bool = False,
    ) -> RunResult:
        began, cpu = time.monotonic(), time.process_time()
        reporter = Reporter(self._listener, preview=preview)
        with self._lock:
            self._cancels = 0
        with self._snapshot(stack, operation, preview=preview) as snapshot:
            reporter.emit(PreludeEvent(operation, stack, _shown_config(options)))
            run = Assembly(
                Surroundings(self._project, self._providers, self._stack_outputs, self._locate),
                stack,
                options,
                snapshot,
                reporter,
                preview=preview,
            )
            with self._cancelable(run):
                try:
                    outputs = body(run)
                except EngineError as error:
                    reporter.message("error", str(error))
                    run.failed = True
                    outputs = {}
                finally:
                    run.close()
            result = run.result
            snapshot.outcome.kind = _HISTORY_KIND[operation]
            snapshot.outcome.result = "succeeded" if result == "succeeded" else "failed"
            snapshot.outcome.changes = reporter.counts
            snapshot.outcome.config = options.config
            snapshot.outcome.secret_keys = options.secret_keys
        seconds = time.monotonic() - began
        reporter.emit(SummaryEvent(preview, seconds, reporter.counts, result))
        engine_cpu = time.process_time() - cpu
        return RunResult(
            result,
            reporter.counts,
            outputs,
            reporter.errors,
            seconds,
            engine_cpu,
            run.program_cpu_seconds,
            planned=snapshot.state() if preview else None,
            plan=run.deployment.recorder.plans if run.deployment.recorder else None,
        )

    @contextmanager
    def _snapshot(self, stack: str, operation: Operation, *, preview: bool) -> Generator[Snapshot]:
        if preview:
            yield Snapshot(self._load(stack))
            return
        with self._backend.open(stack, operation) as snapshot:
            yield snapshot

    def _load(self, stack: str) -> StackState:
        try:
            return self._backend.load(stack)
        except StackNotFoundError:
            return StackState()

    @contextmanager
    def _cancelable(self, run: Assembly) -> Generator[None]:
        with self._lock:
            self._cancel_now = run.cancel
            count = self._cancels
        try:
            if count:
                run.cancel(count)
            yield
        finally:
            with self._lock:
                self._cancel_now = None

    def _stack_outputs(self, name: str) -> PropertyMap:
        """The outputs of a stack of the same backend by its reference: `stack`, `org/stack` or `org/project/stack`."""
        parts = name.split("/")
        if len(parts) == 3 and parts[1] != self._project.name:
            raise EngineError(
                f"the stack {name!r} is of another project than {self._project.name!r}; "
                f"only stacks of one project can refer to each other here"
            )
        try:
            state = self._backend.load(parts[-1])
        except StackNotFoundError as error:
            raise EngineError(f"there is no stack {name!r} to refer to; deploy it first") from error
        root = stack_state(state.resources)
        return dict(root.outputs) if root else {}


def _shown_config(options: RunOptions) -> dict[str, str]:
    return {key: "[secret]" if key in options.secret_keys else value for key, value in sorted(options.config.items())}
