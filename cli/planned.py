"""What a preview plans, with every resource's properties: the state that `up` would lead to, as far as it is known.

Names lead to names, so most ARM ids of a plan can be told already: from the same paths that the stand-in uses.
"""

from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from cidr import DeploymentName, Fault, FaultsError
from sandbox.azure import arm_ids
from sandbox.azure.catalog import by_token
from sandbox.azure.errors import NotModelledError
from sandbox.deployers import Deployer, Operation, Request, RunResult
from sandbox.engine.execution.deployment import RunOptions
from sandbox.engine.model.events import Event, Listener
from sandbox.engine.model.state import ResourceState, StackState
from sandbox.engine.model.values import UNKNOWN
from sandbox.engine.operations import Engine
from sandbox.engine.storage.snapshot import Snapshot
from sandbox.home import SandboxHome
from sandbox.runs import EngineName, Sandbox
from sandbox.waiting import WaitingProgram
from stacks import load_settings
from topology.resources import PACKAGE


def plan(
    home: SandboxHome, project: Path, names: Sequence[DeploymentName], notice: Callable[[str], None]
) -> dict[DeploymentName, StackState]:
    """The state that `up` would lead each of the deployments to. Changes nothing.

    A regional is planned also while its global is not up: what only that one knows stays unknown. Raises FaultsError
    when a program cannot be previewed, with its own errors.
    """
    found: dict[DeploymentName, StackState] = {}
    with WaitingProgram(project) as program, _PlanningSandbox(home, program, notice=notice) as sandbox:
        for name in names:
            notice(f"{name}: asking a preview what it would be")
            errors = sandbox.preview(str(name))
            if errors:
                raise FaultsError([_failed(name, error) for error in errors])
            state = sandbox.planned
            name_ids(state, load_settings(str(name), project).subscription_id)
            found[name] = state
    return found


def _failed(name: DeploymentName, error: str) -> Fault:
    return Fault(
        where=str(name),
        what=f"{name} cannot be drawn, its preview failed: {error.strip().splitlines()[-1]}",
        allowed="a deployment that is up, or one that can be previewed",
        next_step=f"./cfctl preview {name}",
    )


class _PlanningEngine(Engine):
    """The engine, asked for a preview's end: the state in memory that it led to."""

    planned: StackState

    @contextmanager
    def _snapshot(self, stack: str, operation: Operation, *, preview: bool) -> Generator[Snapshot]:  # pyright: ignore[reportIncompatibleMethodOverride]
        with super()._snapshot(stack, operation, preview=preview) as snapshot:
            yield snapshot
            self.planned = snapshot.state()


class _PlanningSandbox(Sandbox):
    """A sandbox that previews with the engine above."""

    def preview(self, deployment: str) -> tuple[str, ...]:
        """Preview; gives what went wrong."""
        result = self.run("preview", deployment, Request(), lambda _: None)
        return result.errors or (() if result.result == "succeeded" else (f"it ended as {result.result}",))

    @property
    def planned(self) -> StackState:
        """What the last preview led to."""
        return self._planner.engine.planned

    def _deploy_with(self, engine: EngineName) -> Deployer:
        from sandbox.random import RandomProvider  # noqa: PLC0415

        super()._deploy_with(engine)
        providers = {"azure-native": self._azure, "random": RandomProvider()}
        made = _PlanningEngine(self._backend, self._program.project, providers, _deaf, self._locate)
        self._planner = _Planner(made, self._program, self._environment, self._config)
        return self._planner


def _deaf(_: Event) -> None:
    """Nobody watches a plan being made."""


class _Planner:
    """Previews alone, behind the interface of what deploys."""

    def __init__(
        self,
        engine: _PlanningEngine,
        program: WaitingProgram,
        environment: Mapping[str, str],
        config: Callable[[str], Mapping[str, str]],
    ) -> None:
        self.engine = engine
        self._program = program
        self._environment = environment
        self._config = config

    def run(self, operation: Operation, deployment: str, request: Request, listener: Listener) -> RunResult:  # noqa: ARG002
        """One preview."""
        options = RunOptions(config=self._config(deployment), parallel=request.parallel, environment=self._environment)
        ended = self.engine.preview(deployment, options, self._program.take())
        return RunResult(ended.result, ended.changes, ended.outputs, ended.errors, ended.seconds)

    def cancel(self) -> None:
        """Passed on to the engine."""
        self.engine.cancel()


def name_ids(state: StackState, subscription: str) -> None:
    """Give the planned resources their ARM ids, where names tell them.

    An input that is unknown only because it is another resource's name (`resource_group_name=group.name`) takes that
    name; the resources stand in dependency order, so it is known by then. Any other unknown leaves the id open.
    """
    names: dict[str, str] = {}
    for resource in state.resources:
        if not resource.type.startswith(PACKAGE):
            continue
        try:
            path = by_token(resource.type).path
        except NotModelledError:
            continue
        values = _known(resource, arm_ids.parameters(path), names)
        try:
            resource.id = resource.id or arm_ids.fill(path, values, subscription)
        except KeyError:
            continue
        resource.inputs = {**resource.inputs, **values}
        names[resource.urn] = arm_ids.name(resource.id)


def _known(resource: ResourceState, parameters: Sequence[str], names: Mapping[str, str]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for parameter in parameters:
        value = resource.inputs.get(parameter)
        if isinstance(value, str) and value is not UNKNOWN:
            values[parameter] = value
            continue
        made_from = [names[urn] for urn in resource.property_dependencies.get(parameter) or () if urn in names]
        if len(made_from) == 1 and parameter.lower().endswith("name"):
            values[parameter] = made_from[0]
    return values
