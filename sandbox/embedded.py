"""This repository's engine as a deployer of a sandbox."""

from collections.abc import Callable, Mapping, Sequence

from sandbox.deployers import Found, Operation, Request, RunResult
from sandbox.engine.execution.deployment import Locate, RunOptions
from sandbox.engine.execution.importing import ImportSpec
from sandbox.engine.model.events import Event, Listener
from sandbox.engine.model.urn import Urn
from sandbox.engine.operations import Engine
from sandbox.engine.providers.provider_client import Endpoint
from sandbox.engine.storage.backend import FileBackend
from sandbox.waiting import WaitingProgram


class EmbeddedEngine:
    """Deploys with `sandbox.engine`, the providers in this process.

    program: gives the processes that it runs in. environment: added to the program's. config: the Pulumi configuration
    of a deployment.
    """

    def __init__(  # noqa: PLR0917
        self,
        backend: FileBackend,
        program: WaitingProgram,
        providers: Mapping[str, Endpoint],
        environment: Mapping[str, str],
        config: Callable[[str], Mapping[str, str]],
        locate: Locate,
    ) -> None:
        self._environment = environment
        self._config = config
        self._program = program
        self._listener: Listener | None = None
        self._engine = Engine(backend, program.project, providers, self._hear, locate)

    def run(self, operation: Operation, deployment: str, request: Request, listener: Listener) -> RunResult:
        """One run of the engine; the program runs in `preview` and `up` only."""
        self._listener = listener
        runs_program = operation in ("preview", "up")
        options = RunOptions(
            config=self._config(deployment) if runs_program else {},
            parallel=request.parallel,
            targets=request.targets,
            environment={**self._environment, **request.environment},
            plan=request.plan,
        )
        if operation == "preview":
            ended = self._engine.preview(deployment, options, self._program.take())
        elif operation == "up":
            ended = self._engine.up(deployment, options, self._program.take())
        elif operation == "refresh":
            ended = self._engine.refresh(deployment, options, check=request.check)
        else:
            ended = self._engine.destroy(deployment, options)
        return RunResult(
            ended.result, ended.changes, ended.outputs, ended.errors, ended.seconds, ended.planned, ended.plan
        )

    def import_(
        self, deployment: str, found: Sequence[Found], provider: Callable[[str], str], listener: Listener
    ) -> RunResult:
        """Take existing resources into the state. provider: type -> the provider reference to read it with."""
        self._listener = listener
        specs = [ImportSpec(it.type, Urn.parse(it.urn).name, it.id, it.parent, provider(it.type)) for it in found]
        ended = self._engine.import_(deployment, specs, RunOptions())
        return RunResult(ended.result, ended.changes, ended.outputs, ended.errors, ended.seconds)

    def cancel(self) -> None:
        """Passed on to the engine."""
        self._engine.cancel()

    def _hear(self, event: Event) -> None:
        if self._listener is not None:
            self._listener(event)
