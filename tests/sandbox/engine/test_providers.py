"""Providers: default and explicit ones, in this process or over gRPC, configured, refused, with what they cannot do."""

from collections.abc import Generator
from concurrent import futures
from pathlib import Path
from typing import Any

import grpc
import pytest
from pulumi.runtime.proto import provider_pb2 as pb
from pulumi.runtime.proto.provider_pb2_grpc import ResourceProviderServicer, add_ResourceProviderServicer_to_server

from sandbox.engine.model.errors import ProviderError
from sandbox.engine.model.values import UNKNOWN, Secret
from sandbox.engine.operations import Engine
from sandbox.engine.providers.provider_client import ProviderClient
from sandbox.engine.providers.provider_protocol import Existing
from sandbox.engine.providers.rpc import RpcError, call_in_process
from sandbox.engine.storage.state_errors import DiskFullError
from tests.sandbox.engine.stage import STACK, Script, Stage
from tests.sandbox.engine.toy_cloud import ToyCloud, ToyProvider


@pytest.fixture
def served() -> Generator[tuple[ToyCloud, str]]:
    """A toy provider behind gRPC."""
    cloud = ToyCloud()
    server = grpc.server(futures.ThreadPoolExecutor(4))
    add_ResourceProviderServicer_to_server(ToyProvider(cloud), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    yield cloud, f"127.0.0.1:{port}"
    server.stop(grace=None).wait()


def test_a_provider_behind_an_address_serves_as_one_in_this_process(
    tmp_path: Path, served: tuple[ToyCloud, str]
) -> None:
    cloud, address = served
    stage = Stage(tmp_path)
    stage.engine = Engine(stage.backend, stage.engine._project, {"toy": address}, stage.events.append)

    def program(script: Script) -> None:
        script.thing("a", {"text": Secret("x")})
        script.thing("sick", {"sick": ["pale"]})

    result = stage.up(program)
    assert result.errors == ("toy:index:Thing (sick): pale",)
    assert stage.state("sick").init_errors == ["pale"]
    assert stage.state("a").outputs["upper"] == "X"
    assert len(cloud.objects) == 2
    assert stage.destroy().result == "succeeded"


def test_each_version_of_a_package_has_a_default_provider_of_its_own(tmp_path: Path) -> None:
    stage = Stage(tmp_path)

    def program(script: Script) -> None:
        script.thing("a", version="1.2.3")
        script.thing("b", version="1.2.3")
        script.thing("c", version="2.0.0-rc.1")

    stage.up(program)
    assert [state.urn.rpartition("::")[2] for state in stage.states() if "providers" in state.type] == [
        "default_1_2_3",
        "default_2_0_0_rc_1",
    ]
    assert stage.state("default_1_2_3").inputs == {"version": "1.2.3", "__internal": {}}
    assert stage.state("default_1_2_3").outputs == {"version": "1.2.3"}
    assert stage.state("a").provider == stage.state("b").provider


def test_a_new_version_of_a_default_provider_changes_nothing_else(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    stage.up(lambda script: {"x": script.thing("a", version="1.0.0").id})
    assert stage.up(lambda script: {"x": script.thing("a", version="1.1.0").id}).changes == {"same": 2}
    assert "default_1_1_0" in stage.state("a").provider
    assert len([state for state in stage.states() if "providers" in state.type]) == 1


def test_children_use_the_provider_of_their_component_or_parent(tmp_path: Path) -> None:
    stage = Stage(tmp_path)

    def program(script: Script) -> None:
        one = script.thing("one", {"account": "1"}, type="pulumi:providers:toy")
        two = script.thing("two", {"account": "2"}, type="pulumi:providers:toy")
        box = script.component("box", providers={"toy": f"{one.urn}::{one.id}"})
        inner = script.component("inner", parent=box.urn)
        script.thing("a", parent=inner.urn)
        b = script.thing("b", parent=inner.urn, provider=f"{two.urn}::{two.id}")
        script.thing("c", parent=b.urn)
        script.thing("d")

    assert stage.up(program).result == "succeeded"
    users = {name: stage.state(name).provider.split("::")[-2] for name in "abcd"}
    assert users == {"a": "one", "b": "two", "c": "two", "d": "default"}


def test_options_are_inherited_from_the_parent(tmp_path: Path) -> None:
    stage = Stage(tmp_path)

    def program(script: Script) -> None:
        parent = script.thing("parent", protect=True, retainOnDelete=True)
        script.thing("child", parent=parent.urn)
        script.thing("own", parent=parent.urn, protect=False)

    stage.up(program)
    assert (stage.state("child").protect, stage.state("child").retain_on_delete) == (True, True)
    assert not stage.state("own").protect


def test_a_package_without_a_provider_is_named_with_those_that_have_one(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    result = stage.up(lambda script: {"x": script.thing("a", type="aws:s3:Bucket").id})
    assert result.result == "failed"
    assert "no provider for package 'aws' is attached (attached: toy)" in result.errors[0]


def test_default_providers_can_be_disabled(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    config = {"pulumi:disable-default-providers": '["toy"]'}
    result = stage.up(lambda script: {"x": script.thing("a").id}, config=config)
    assert "default providers for 'toy' are disabled" in result.errors[0]


def test_a_faulty_configuration_is_told_and_nothing_is_made(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    result = stage.up(lambda script: {"x": script.thing("a").id}, config={"toy:bad": "1"})
    assert result.errors == ("pulumi:providers:toy (default): property 'bad': is bad",)


def test_a_preview_goes_on_when_a_configuration_is_not_known_yet(tmp_path: Path) -> None:
    """The provider is then not asked; for what exists the preview says that it cannot compare."""
    stage = Stage(tmp_path)

    def program(region: Any) -> Any:
        def body(script: Script) -> None:
            base = script.thing("base")
            config = {"region": base.outputs["serial"] if region is None else region}
            provider = script.thing("p", config, type="pulumi:providers:toy")
            script.thing("a", {"text": "x"}, provider=f"{provider.urn}::{provider.id}")

        return body

    assert stage.preview(program(None)).changes == {"create": 4}
    assert stage.provider.configured == [{}], "only the default provider is configured"
    stage.up(program("west"))
    preview = stage.preview(program(UNKNOWN))
    assert preview.result == "succeeded"
    assert any("not known during preview" in message for message in stage.messages("warning"))


def test_without_support_for_previews_outputs_are_the_inputs(tmp_path: Path) -> None:
    stage = Stage(tmp_path, provider=ToyProvider(ToyCloud(), supports_preview=False))
    seen: list[Any] = []
    stage.preview(lambda script: seen.append(script.thing("a", {"text": "x", "name": "a"}).outputs))
    assert seen == [{"text": "x", "name": "a"}]


def test_a_method_that_a_provider_lacks_is_an_error_like_any_other() -> None:
    provider = ResourceProviderServicer()
    with pytest.raises(RpcError) as caught:
        call_in_process(provider.Create, pb.CreateRequest())
    assert caught.value.code() is grpc.StatusCode.UNIMPLEMENTED


def test_a_provider_that_raises_is_an_error_with_what_it_raised() -> None:
    class Broken(ResourceProviderServicer):
        def Delete(self, request: Any, context: Any) -> Any:
            raise ValueError("broken")

    client = ProviderClient("broken", Broken())
    with pytest.raises(ProviderError, match="broken"):
        client.delete(Existing("urn:pulumi:a::b::c:d:E::f", "1", {}, {}), timeout=0.0)


def test_a_provider_without_configuration_calls_is_configured_all_the_same() -> None:
    class Bare(ResourceProviderServicer):
        def Configure(self, request: Any, context: Any) -> pb.ConfigureResponse:
            return pb.ConfigureResponse()

    client = ProviderClient("bare", Bare())
    urn = "urn:pulumi:a::b::pulumi:providers:bare::p"
    assert client.check_config(urn, {}, {"x": Secret(1)}).inputs == {"x": Secret(1)}
    assert client.diff_config(Existing(urn, "1", {}, {}), {}).changes == "unknown"
    client.configure(urn, "1", {})


def test_nothing_is_made_that_state_could_not_be_told_of_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A full disk fails the step before the provider is called, once, and the run with it."""
    stage = Stage(tmp_path)
    stage.up(lambda script: {"x": script.thing("a").id})

    def full(self: object, kind: str, resource: object) -> int:
        raise DiskFullError("no room left", next_step="free space")

    monkeypatch.setattr("sandbox.engine.storage.snapshot.Snapshot.begin", full)
    stage.cloud.calls.clear()
    result = stage.engine.up(STACK, stage.options, program=_two)
    assert result.result == "failed"
    assert len(result.errors) == 1
    assert "no room left" in result.errors[0]
    assert stage.cloud.calls == []


def _two(monitor: Any) -> None:
    script = Script(monitor)
    script.stack()
    script.thing("a")
    script.thing("b")
