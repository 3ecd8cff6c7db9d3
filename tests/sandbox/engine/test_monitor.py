"""The protocol: what the monitor says it can do, what it refuses, and what an invoke may see."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import grpc
import pytest
from google.protobuf.empty_pb2 import Empty
from pulumi.runtime.proto import engine_pb2
from pulumi.runtime.proto import resource_pb2 as pb

from sandbox.engine.execution.reporting import Reporter
from sandbox.engine.model.events import DiagnosticEvent, Event
from sandbox.engine.model.values import UNKNOWN_STRING, Secret, from_struct
from sandbox.engine.protocol.engine_service import EngineService
from sandbox.engine.protocol.monitor import FEATURES, Monitor
from sandbox.engine.providers.rpc import RpcError
from tests.sandbox.engine.stage import PROJECT, STACK, Script, Stage
from tests.sandbox.engine.toy_cloud import ToyCloud, ToyObject, ToyProvider

THING = "toy:index:Thing"


def inside(stage: Stage, body: Callable[[Monitor], Any], **options: Any) -> Any:
    """What `body` gives in an up."""
    found: list[Any] = []

    def program(script: Script) -> None:
        found.append(body(script.monitor))

    stage.up(program, **options)
    return found[0]


def test_a_program_learns_what_the_run_is_and_what_the_monitor_can(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    config = {f"{PROJECT}:a": "1", f"{PROJECT}:b": "2"}
    info: pb.DeploymentInfo = inside(
        stage,
        lambda monitor: monitor.GetDeploymentInfo(Empty()),
        config=config,
        secret_keys=frozenset({f"{PROJECT}:b"}),
    )
    assert (info.project, info.stack, info.organization) == (PROJECT, STACK, "organization")
    assert (dict(info.config), list(info.configSecretKeys)) == (config, [f"{PROJECT}:b"])
    assert not info.dryRun
    assert set(info.supportedFeatures) == set(FEATURES.values())


def test_features_that_are_not_built_are_not_offered(tmp_path: Path) -> None:
    stage = Stage(tmp_path)

    def offered(monitor: Monitor) -> dict[str, bool]:
        names = ("secrets", "aliasSpecs", "resourceHooks", "errorHooks", "parameterization", "nonsense", "invokeParent")
        return {name: monitor.SupportsFeature(pb.SupportsFeatureRequest(id=name)).hasSupport for name in names}

    assert inside(stage, offered) == {
        "secrets": True,
        "aliasSpecs": True,
        "resourceHooks": True,
        "errorHooks": True,
        "parameterization": False,
        "nonsense": False,
        "invokeParent": False,
    }
    missing = {pb.RESOURCE_MONITOR_FEATURE_PARAMETERIZATION, pb.RESOURCE_MONITOR_FEATURE_STATE_MIGRATIONS}
    assert not missing & set(FEATURES.values())


@pytest.mark.parametrize(
    "call",
    [
        lambda monitor: monitor.RegisterPackage(pb.RegisterPackageRequest(name="terraform-provider")),
        lambda monitor: monitor.Call(pb.ResourceCallRequest(tok="toy:index:Thing/method")),
        lambda monitor: monitor.RegisterResource(pb.RegisterResourceRequest(type=THING, name="r", remote=True)),
        lambda monitor: monitor.RegisterResource(pb.RegisterResourceRequest(type=THING, name="r", packageRef="x")),
    ],
)
def test_what_is_not_built_is_refused_with_a_way_out(tmp_path: Path, call: Callable[[Monitor], Any]) -> None:
    stage = Stage(tmp_path)

    def refused(monitor: Monitor) -> RpcError:
        with pytest.raises(RpcError) as caught:
            call(monitor)
        return caught.value

    error: RpcError = inside(stage, refused)
    assert error.code() is grpc.StatusCode.UNIMPLEMENTED
    assert "Pulumi CLI" in error.details()


def test_invokes_pass_arguments_and_keep_secrets(tmp_path: Path) -> None:
    stage = Stage(tmp_path, provider=ToyProvider(ToyCloud(), accept_secrets=False))
    answers: list[Any] = []

    def program(script: Script) -> None:
        answers.append(from_struct(getattr(script.invoke({"x": 1}), "return")))
        answers.append(from_struct(getattr(script.invoke({"x": Secret(1)}), "return")))
        answers.append([(fault.property, fault.reason) for fault in script.invoke({"invalid": True}).failures])
        with pytest.raises(RpcError, match="was told to fail"):
            script.invoke({"fail": True})

    assert stage.up(program).result == "succeeded"
    assert answers == [
        {"echo": {"x": 1}, "objects": 0},
        {"echo": Secret({"x": 1}), "objects": Secret(0)},
        [("invalid", "is invalid")],
    ]


def test_an_invoke_that_depends_on_what_a_preview_only_plans_is_unknown(tmp_path: Path) -> None:
    """A component stands for everything in it."""
    stage = Stage(tmp_path)
    unknown: list[bool] = []

    def program(script: Script) -> None:
        box = script.component("box")
        script.thing("inner", parent=box.urn)
        free = script.component("free")
        unknown.append(script.invoke({"x": 1}, dependsOn=[free.urn]).unknown)
        unknown.append(script.invoke({"x": 1}, dependsOn=[box.urn]).unknown)

    stage.preview(program)
    stage.up(program)
    stage.preview(program)
    assert unknown == [False, True, False, False, False, False]


def test_existence_can_be_asked_for(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    stage.cloud.objects[f"{THING}/there"] = ToyObject(THING, {"name": "there", "serial": 1})

    def ask(monitor: Monitor) -> list[tuple[bool, bool]]:
        ids = (f"{THING}/there", f"{THING}/nowhere", UNKNOWN_STRING)
        answers = [monitor.ExistsResource(pb.ExistsResourceRequest(type=THING, id=id_)) for id_ in ids]
        return [(answer.exists, answer.unknown) for answer in answers]

    assert inside(stage, ask) == [(True, False), (False, False), (False, True)]
    assert stage.things() == []


def test_outputs_of_what_is_not_registered_are_refused(tmp_path: Path) -> None:
    stage = Stage(tmp_path)

    def refused(monitor: Monitor) -> str:
        with pytest.raises(RpcError) as caught:
            monitor.RegisterResourceOutputs(pb.RegisterResourceOutputsRequest(urn="urn:pulumi:a::b::c::d"))
        return caught.value.details()

    assert "is not registered" in inside(stage, refused)


def test_a_parent_must_be_registered_first(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    result = stage.up(lambda script: {"x": script.thing("a", parent="urn:pulumi:dev::p::t::nobody").id})
    assert "is not registered" in result.errors[0]


def test_timeouts_must_be_durations(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    timeouts = pb.RegisterResourceRequest.CustomTimeouts(create="5 minutes")
    result = stage.up(lambda script: {"x": script.thing("a", customTimeouts=timeouts).id})
    assert "'5 minutes' is no duration; write it as 90s, 5m or 1h30m" in result.errors[0]


def test_a_program_that_wants_a_cli_of_some_version_is_told_that_this_is_none() -> None:
    service = EngineService(Reporter(lambda event: None, preview=False))
    with pytest.raises(RpcError, match="not the Pulumi CLI"):
        service.RequirePulumiVersion(engine_pb2.RequirePulumiVersionRequest(pulumi_version_range=">=3.0.0"))


def test_messages_keep_their_severity_and_resource() -> None:
    events: list[Event] = []
    service = EngineService(Reporter(events.append, preview=False))
    severities = (engine_pb2.DEBUG, engine_pb2.INFO, engine_pb2.WARNING, engine_pb2.ERROR)
    for severity in severities:
        service.Log(engine_pb2.LogRequest(severity=severity, message="m", urn="u", ephemeral=True))
    assert events == [
        DiagnosticEvent(severity, "m", "u", ephemeral=True) for severity in ("debug", "info", "warning", "error")
    ]


def test_the_root_resource_is_what_was_set() -> None:
    service = EngineService(Reporter(lambda event: None, preview=False))
    assert service.GetRootResource(engine_pb2.GetRootResourceRequest()).urn == ""
    service.SetRootResource(engine_pb2.SetRootResourceRequest(urn="u"))
    assert service.GetRootResource(engine_pb2.GetRootResourceRequest()).urn == "u"


def test_runs_of_one_program_with_one_worker_are_the_same_step_for_step(tmp_path: Path) -> None:
    def program(script: Script) -> None:
        made = [script.thing(f"n{index}", {"name": f"n{index}"}) for index in range(5)]
        script.thing("last", {"name": "last"}, depends_on=made)

    def told(directory: Path) -> list[str]:
        directory.mkdir()
        stage = Stage(directory)
        stage.up(program, parallel=1)
        stage.destroy(parallel=1)
        return [
            type(event).__name__ + str(getattr(getattr(event, "metadata", None), "urn", "")) for event in stage.events
        ]

    assert told(tmp_path / "a") == told(tmp_path / "b")
