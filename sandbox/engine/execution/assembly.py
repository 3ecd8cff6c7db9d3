"""A run's parts put together, and the operations in terms of them."""

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from sandbox.engine.execution import importing, pending, refreshing
from sandbox.engine.execution.deployment import Deployment, Locate, RunOptions
from sandbox.engine.execution.executor import Executor
from sandbox.engine.execution.importing import ImportSpec
from sandbox.engine.execution.reporting import Reporter
from sandbox.engine.execution.runner import Runner, stack_state
from sandbox.engine.model.errors import EngineError
from sandbox.engine.model.values import PropertyMap
from sandbox.engine.program.process import Project
from sandbox.engine.program.running import Program, ProgramRun
from sandbox.engine.protocol.callbacks import Callbacks
from sandbox.engine.protocol.hooks import Hooks
from sandbox.engine.protocol.monitor import Monitor
from sandbox.engine.protocol.registrations import Registrations
from sandbox.engine.protocol.transforms import Transforms
from sandbox.engine.providers.builtins import BuiltinProvider
from sandbox.engine.providers.default_providers import DefaultProviders
from sandbox.engine.providers.provider_client import Endpoint
from sandbox.engine.providers.registry import Providers
from sandbox.engine.storage.snapshot import Snapshot

Result = Literal["succeeded", "failed", "canceled"]


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a run is given by its engine."""

    project: Project
    providers: Mapping[str, Endpoint]
    stack_outputs: Callable[[str], PropertyMap]
    locate: Locate | None


class Assembly:
    """The parts of one run, put together; one method an operation."""

    def __init__(
        self,
        around: Surroundings,
        stack: str,
        options: RunOptions,
        snapshot: Snapshot,
        reporter: Reporter,
        *,
        preview: bool,
    ) -> None:
        self._around = around
        self._options = options
        self._callbacks = Callbacks()
        hooks = Hooks(self._callbacks, reporter.warn, preview=preview)
        self.deployment = Deployment(
            stack,
            around.project.name,
            options,
            snapshot=snapshot,
            reporter=reporter,
            providers=lambda run: Providers(
                around.providers, BuiltinProvider(around.stack_outputs, run.find), run.old_provider
            ),
            hooks=hooks,
            locate=around.locate,
            preview=preview,
        )
        self._wake = threading.Event()
        self._executor = Executor(self.deployment, self._wake.set)
        self._runner = Runner(self.deployment, self._executor)
        self._defaults = DefaultProviders(self._runner.register, options.config, options.secret_keys)
        self._program: ProgramRun | None = None
        self.failed = False

    @property
    def result(self) -> Result:
        """How the run ended."""
        if self._executor.stopped in ("canceled", "abandoned"):
            return "canceled"
        hook_failed = self.deployment.after_hook_failed.is_set()
        if self.failed or self._executor.stopped or self._executor.errored or hook_failed:
            return "failed"
        return "succeeded"

    @property
    def program_cpu_seconds(self) -> float:
        """What the program's process used."""
        return self._program.cpu_seconds if self._program else 0.0

    def cancel(self, count: int) -> None:
        """Stop: the first time after the running steps, then at once."""
        if count == 1:
            self._executor.stop("canceled")
            return
        self._executor.stop("abandoned")
        self.deployment.providers.cancel()
        if self._program is not None:
            self._program.kill()

    def close(self) -> None:
        """Give up what the run held."""
        self._callbacks.close()

    def run_program(self, program: Program | None) -> PropertyMap:
        """Run the program, then delete what it no longer has."""
        run, executor, runner = self.deployment, self._executor, self._runner
        transforms = Transforms(self._callbacks)
        registrations = Registrations(self._defaults, transforms, self._around.project.directory)
        program_run = self._program = ProgramRun(run, executor, runner, self._around.project, self._wake)
        monitor = Monitor(run, executor, runner, registrations, transforms, finish=program_run.finish)
        pending.resolve(run)
        self._refresh_first()
        try:
            self.failed = not program_run.until_done(program, monitor)
            if not self.failed and executor.stopped is None:
                pending.delete_orphans(run, executor)
                runner.delete_rest()
                if executor.stopped is None:
                    runner.check_plan()
            executor.drain()
            abandoned = executor.stopped == "abandoned"
            outputs = {} if abandoned else runner.finish_outputs(failed=self.result != "succeeded")
        except EngineError:
            raise
        except BaseException:
            executor.stop("abandoned")
            program_run.kill()
            raise
        finally:
            program_run.end()
        self.failed = self.failed or program_run.failed
        return outputs

    def _refresh_first(self) -> None:
        """Refresh what was asked for, or what its provider wants looked at before each update."""
        if self._options.refresh:
            refreshing.refresh(self.deployment, self._executor, counted=False)
            return
        stale = frozenset(state.urn for state in self.deployment.base.resources if state.refresh_before_update)
        if stale:
            refreshing.refresh(self.deployment, self._executor, counted=False, only=stale)

    def refresh(self) -> PropertyMap:
        """Refresh everything, or the targets."""
        self._runner.check_targets()
        pending.resolve(self.deployment)
        refreshing.refresh(self.deployment, self._executor, counted=True)
        return self._outputs()

    def destroy(self) -> PropertyMap:
        """Delete everything, or the targets."""
        pending.resolve(self.deployment)
        self._refresh_first()
        pending.delete_orphans(self.deployment, self._executor)
        self._runner.delete_rest()
        self._executor.drain()
        return {}

    def import_(self, specs: Sequence[ImportSpec]) -> PropertyMap:
        """Import objects."""
        importing.import_resources(self.deployment, self._executor, self._runner, self._defaults, specs)
        return self._outputs()

    def _outputs(self) -> PropertyMap:
        root = stack_state(self.deployment.base.resources)
        return dict(root.outputs) if root else {}
