"""An engine with a toy cloud and a backend in a temporary directory, and small programs for it."""

import sys
import textwrap
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from google.protobuf.empty_pb2 import Empty
from pulumi.runtime.proto import resource_pb2 as pb

from sandbox.engine.execution.deployment import Locate, RunOptions
from sandbox.engine.model.events import DiagnosticEvent, Event
from sandbox.engine.model.state import ResourceState
from sandbox.engine.model.values import PropertyMap, from_struct, to_struct, to_value
from sandbox.engine.operations import Engine, RunResult
from sandbox.engine.program.process import Project
from sandbox.engine.protocol.monitor import Monitor
from sandbox.engine.storage.backend import FileBackend
from sandbox.engine.storage.integrity import verify
from tests.sandbox.engine.states import open_secrets
from tests.sandbox.engine.toy_cloud import ToyCloud, ToyProvider

PROJECT = "toyproject"
STACK = "dev"


@dataclass
class Made:
    """A registered resource, as a program holds it."""

    urn: str
    id: str
    outputs: PropertyMap
    result: int = 0
    unknown: bool = False


@dataclass
class Script:
    """What a direct program (a function of the monitor) registers with."""

    monitor: Monitor
    root: str = ""
    open: list[str] = field(default_factory=list)

    def stack(self) -> str:
        self.root = self._register("pulumi:pulumi:Stack", f"{PROJECT}-{STACK}", {}, custom=False, parent="").urn
        return self.root

    def thing(self, name: str, inputs: Mapping[str, Any] | None = None, **options: Any) -> Made:
        """A `toy:index:Thing`; options are fields of RegisterResourceRequest."""
        return self._register(options.pop("type", "toy:index:Thing"), name, inputs or {}, **options)

    def component(self, name: str, **options: Any) -> Made:
        return self._register("toy:index:Box", name, {}, custom=False, **options)

    def _register(
        self,
        type_: str,
        name: str,
        inputs: Mapping[str, Any],
        *,
        custom: bool = True,
        parent: str | None = None,
        depends_on: Sequence[Made] = (),
        uses: Mapping[str, Sequence[Made]] | None = None,
        trigger: Any = None,
        **options: Any,
    ) -> Made:
        urns = {made.urn for made in depends_on} | {made.urn for group in (uses or {}).values() for made in group}
        request = pb.RegisterResourceRequest(
            type=type_,
            name=name,
            custom=custom,
            parent=self.root if parent is None else parent,
            object=to_struct(inputs),
            dependencies=sorted(urns),
            propertyDependencies={
                key: pb.RegisterResourceRequest.PropertyDependencies(
                    urns=sorted(made.urn for made in (uses or {}).get(key, ()))
                )
                for key in inputs
            },
            acceptSecrets=True,
            acceptResources=True,
            supportsPartialValues=True,
            supportsResultReporting=True,
            **options,
        )
        if trigger is not None:
            request.replacement_trigger.CopyFrom(to_value(trigger))
        answer = self.monitor.RegisterResource(request)
        return Made(answer.urn, answer.id, from_struct(answer.object), answer.result, answer.unknown)

    def outputs(self, urn: str, outputs: Mapping[str, Any]) -> None:
        self.monitor.RegisterResourceOutputs(pb.RegisterResourceOutputsRequest(urn=urn, outputs=to_struct(outputs)))

    def read(self, name: str, id_: str, inputs: Mapping[str, Any] | None = None) -> Made:
        answer = self.monitor.ReadResource(
            pb.ReadResourceRequest(
                type="toy:index:Thing",
                name=name,
                id=id_,
                parent=self.root,
                properties=to_struct(inputs or {}),
                acceptSecrets=True,
                acceptResources=True,
            )
        )
        return Made(answer.urn, answer.id, from_struct(answer.properties))

    def invoke(self, args: Mapping[str, Any], **options: Any) -> pb.ResourceInvokeResponse:
        return self.monitor.Invoke(
            pb.ResourceInvokeRequest(tok="toy:index:look", args=to_struct(args), acceptResources=True, **options)
        )


Body = Callable[[Script], Mapping[str, Any] | None]


def direct(body: Body) -> Callable[[Monitor], None]:
    """A program that runs in this process: the stack, what `body` registers, and what it returns as outputs."""

    def program(monitor: Monitor) -> None:
        monitor.GetDeploymentInfo(Empty())
        script = Script(monitor)
        script.stack()
        outputs = body(script)
        script.outputs(script.root, outputs or {})

    return program


class Stage:
    """Everything a test of the engine needs."""

    def __init__(
        self,
        directory: Path,
        *,
        provider: ToyProvider | None = None,
        locate: Locate | None = None,
        options: RunOptions | None = None,
    ) -> None:
        self.directory = directory
        self.cloud = provider.cloud if provider else ToyCloud()
        self.provider = provider or ToyProvider(self.cloud)
        self.events: list[Event] = []
        self.options = options or RunOptions(parallel=4)
        self.backend = FileBackend(directory / "state", PROJECT, open_secrets, lambda text: None)
        self.project_directory = directory / "project"
        self.project_directory.mkdir(exist_ok=True)
        project = Project(PROJECT, self.project_directory, self.project_directory, sys.executable)
        self.engine = Engine(self.backend, project, {"toy": self.provider}, self.events.append, locate)

    def program(self, text: str) -> None:
        """The text of the project's `__main__.py`."""
        (self.project_directory / "__main__.py").write_text(textwrap.dedent(text), encoding="utf-8")

    def up(self, body: Body | None = None, **options: Any) -> RunResult:
        """Up with a direct program, or with the project's own where there is none; the result must be whole."""
        return self._checked(
            self.engine.up(STACK, replace(self.options, **options), program=direct(body) if body else None)
        )

    def preview(self, body: Body | None = None, **options: Any) -> RunResult:
        return self.engine.preview(STACK, replace(self.options, **options), program=direct(body) if body else None)

    def refresh(self, **options: Any) -> RunResult:
        return self._checked(self.engine.refresh(STACK, replace(self.options, **options)))

    def destroy(self, **options: Any) -> RunResult:
        return self._checked(self.engine.destroy(STACK, replace(self.options, **options)))

    def _checked(self, result: RunResult) -> RunResult:
        verify(self.backend.load(STACK))
        return result

    def states(self) -> list[ResourceState]:
        return self.backend.load(STACK).resources

    def state(self, name: str) -> ResourceState:
        """The one state of the resource of this name."""
        (found,) = [state for state in self.states() if state.urn.endswith(f"::{name}")]
        return found

    def things(self) -> list[str]:
        """Names of the custom resources, as the state orders them."""
        return [
            state.urn.rpartition("::")[2]
            for state in self.states()
            if state.custom and not state.type.startswith("pulumi:")
        ]

    def messages(self, *severities: str) -> list[str]:
        return [
            event.message
            for event in self.events
            if isinstance(event, DiagnosticEvent) and (not severities or event.severity in severities)
        ]
