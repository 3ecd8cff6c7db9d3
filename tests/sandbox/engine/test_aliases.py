"""Renaming without replacing: a resource is found under a name it had before, and every reference follows."""

from pathlib import Path
from typing import Any

import pytest
from pulumi.runtime.proto.alias_pb2 import Alias

from tests.sandbox.engine.stage import Script, Stage

URN = "urn:pulumi:dev::toyproject::toy:index:Thing::"


def named(name: str, **options: Any) -> Any:
    return lambda script: {"id": script.thing(name, {"text": "x"}, **options).id}


@pytest.mark.parametrize(
    "options",
    [
        {"aliasURNs": [URN + "old"]},
        {"aliases": [Alias(urn=URN + "old")]},
        {"aliases": [Alias(spec=Alias.Spec(name="old"))]},
        {"aliases": [Alias(spec=Alias.Spec(name="never")), Alias(spec=Alias.Spec(name="old", noParent=True))]},
    ],
)
def test_a_renamed_resource_is_the_same_resource(tmp_path: Path, options: dict[str, Any]) -> None:
    stage = Stage(tmp_path)
    stage.up(named("old"))
    stage.cloud.calls.clear()
    assert stage.up(named("new", **options)).changes == {"same": 2}
    assert stage.things() == ["new"]
    assert stage.cloud.calls == []
    assert stage.up(named("new", **options)).changes == {"same": 2}, "the alias may stay in the program"


def test_a_resource_whose_type_changed_is_found_by_its_alias(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    stage.up(named("a"))
    alias = Alias(spec=Alias.Spec(type="toy:index:Thing"))
    stage.up(named("a", type="toy:v2:Thing", aliases=[alias]))
    assert stage.state("a").type == "toy:v2:Thing"
    assert stage.cloud.did("create") == ["a"]


def test_children_of_a_renamed_parent_need_no_aliases_of_their_own(tmp_path: Path) -> None:
    """Their names may begin with the parent's, as in `box-child`."""
    stage = Stage(tmp_path)

    def program(name: str, **options: Any) -> Any:
        def body(script: Script) -> None:
            box = script.component(name, **options)
            inner = script.component(f"{name}-inner", parent=box.urn)
            first = script.thing(f"{name}-inner-child", parent=inner.urn)
            script.thing("other", {"text": first.id}, parent=box.urn, uses={"text": [first]})

        return body

    stage.up(program("box"))
    stage.cloud.calls.clear()
    result = stage.up(program("crate", aliases=[Alias(spec=Alias.Spec(name="box"))]))
    assert result.changes == {"same": 5}
    assert stage.cloud.calls == []
    assert stage.things() == ["crate-inner-child", "other"]
    assert stage.state("other").dependencies == [stage.state("crate-inner-child").urn]


def test_a_resource_that_moved_to_another_parent_is_found_by_its_alias(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    stage.up(named("a"))

    def moved(script: Script) -> None:
        box = script.component("box")
        script.thing("a", {"text": "x"}, parent=box.urn, aliases=[Alias(spec=Alias.Spec(noParent=True))])

    assert stage.up(moved).changes == {"same": 2, "create": 1}
    assert stage.cloud.did("create") == ["a"]


def test_a_renamed_provider_goes_on_to_manage_its_resources(tmp_path: Path) -> None:
    stage = Stage(tmp_path)

    def program(name: str, **options: Any) -> Any:
        def body(script: Script) -> None:
            provider = script.thing(name, {"account": "1"}, type="pulumi:providers:toy", **options)
            script.thing("a", provider=f"{provider.urn}::{provider.id}")

        return body

    stage.up(program("one"))
    assert stage.up(program("two", aliases=[Alias(spec=Alias.Spec(name="one"))])).changes == {"same": 3}
    assert "::two::" in stage.state("a").provider
    assert stage.destroy().result == "succeeded"
    assert stage.cloud.objects == {}


def test_two_claims_to_one_former_name_are_refused(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    stage.up(named("old"))

    def program(script: Script) -> None:
        script.thing("one", aliases=[Alias(spec=Alias.Spec(name="old"))])
        script.thing("two", aliases=[Alias(spec=Alias.Spec(name="old"))])

    result = stage.up(program)
    assert result.result == "failed"
    assert "is taken" in result.errors[0]


def test_a_renamed_and_changed_resource_can_be_replaced(tmp_path: Path) -> None:
    """Also where a failure comes between: the old one keeps its place under its new URN."""
    stage = Stage(tmp_path)

    def program(name: str, key: int, fail: str = "") -> Any:
        def body(script: Script) -> None:
            aliases = [Alias(spec=Alias.Spec(name="old"))] if name != "old" else []
            first = script.thing(name, {"key": key, "dbr": True, "name": "n", "fail": fail}, aliases=aliases)
            script.thing("dependent", {"key": first.outputs.get("serial")}, uses={"key": [first]})

        return body

    stage.up(program("old", 1))
    assert stage.up(program("new", 2, fail="create")).result == "failed"
    result = stage.up(program("new", 2))
    assert result.result == "succeeded"
    assert stage.things() == ["new", "dependent"]
    assert len(stage.cloud.objects) == 2
    assert stage.up(program("new", 2)).changes == {"same": 3}
