"""Targets: what is not meant stays as it was, and what a target needs is never left out silently."""

from pathlib import Path
from typing import Any

from tests.sandbox.engine.stage import Script, Stage

URN = "urn:pulumi:dev::toyproject::toy:index:Thing::"


def three(text: str, **more: Any) -> Any:
    """A <- b, and c alone."""

    def body(script: Script) -> None:
        first = script.thing("a", {"text": text})
        script.thing("b", {"text": text}, depends_on=[first])
        script.thing("c", {"text": text})
        for name in more:
            script.thing(name)

    return body


def texts(stage: Stage) -> dict[str, str]:
    return {name: stage.state(name).inputs["text"] for name in stage.things() if "text" in stage.state(name).inputs}


def test_only_targets_are_changed(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    stage.up(three("x"))
    result = stage.up(three("y"), targets=(URN + "c",))
    assert (result.result, result.changes) == ("succeeded", {"same": 3, "update": 1})
    assert texts(stage) == {"a": "x", "b": "x", "c": "y"}


def test_dependents_of_targets_can_be_meant_too(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    stage.up(three("x"))
    assert stage.up(three("y"), targets=(URN + "a",), target_dependents=True).changes == {"same": 2, "update": 2}
    assert texts(stage) == {"a": "y", "b": "y", "c": "x"}


def test_patterns_name_many(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    stage.up(three("x"))
    stage.up(three("y"), targets=("**::b", URN + "c*"))
    assert texts(stage) == {"a": "x", "b": "y", "c": "y"}


def test_new_resources_that_are_no_targets_are_not_made(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    stage.up(three("x"))
    result = stage.up(three("x", d=1, e=1), targets=(URN + "d",))
    assert result.changes == {"same": 5, "create": 1}
    assert sorted(stage.things()) == ["a", "b", "c", "d"]


def test_the_program_sees_that_what_was_left_out_is_unknown(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    seen: list[bool] = []

    def program(script: Script) -> None:
        script.thing("a")
        seen.append(script.thing("b").unknown)

    stage.up(program, targets=(URN + "a",))
    assert seen == [True]


def test_a_target_that_needs_what_is_left_out_is_refused(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    result = stage.up(three("x"), targets=(URN + "b",))
    assert result.result == "failed"
    assert "target" in result.errors[0]
    assert stage.things() == []


def test_what_is_no_longer_in_the_program_is_deleted_only_if_it_is_a_target(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    stage.up(three("x"))

    def less(script: Script) -> None:
        script.thing("a", {"text": "x"})

    stage.up(less, targets=(URN + "c",))
    assert stage.things() == ["a", "b"]
    assert stage.cloud.names() != []


def test_state_stays_in_order_when_untargeted_dependencies_left_the_program(tmp_path: Path) -> None:
    """B is kept as it was, so a, which it needs, is kept before it, though the program has it no more."""
    stage = Stage(tmp_path)
    stage.up(three("x"))

    def less(script: Script) -> None:
        script.thing("c", {"text": "y"})
        script.thing("b", {"text": "y"})

    assert stage.up(less, targets=(URN + "c",)).result == "succeeded"
    assert sorted(stage.things()) == ["a", "b", "c"]
    assert stage.things().index("a") < stage.things().index("b")


def test_destroying_a_target_with_dependents_needs_them_named(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    stage.up(three("x"))
    refused = stage.destroy(targets=(URN + "a",))
    assert refused.result == "failed"
    assert "(b)" in refused.errors[0]
    assert len(stage.cloud.objects) == 3
    assert stage.destroy(targets=(URN + "a",), target_dependents=True).changes == {"same": 2, "delete": 2}
    assert stage.things() == ["c"]


def test_a_target_that_does_not_exist_is_an_error(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    stage.up(three("x"))
    result = stage.up(three("x"), targets=(URN + "nothing",))
    assert result.result == "failed"
    assert "nothing" in result.errors[0]
    assert stage.destroy(targets=(URN + "nothing",)).result == "failed"
    assert stage.refresh(targets=(URN + "nothing",)).result == "failed"


def test_replace_replaces_what_it_names(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    stage.up(three("x"))
    result = stage.up(three("x"), replace=(URN + "c",))
    assert result.changes == {"same": 3, "replace": 1}
    assert stage.cloud.did("create") == ["a", "b", "c", "c"]


def test_a_targeted_refresh_looks_at_nothing_else(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    stage.up(three("x"))
    stage.refresh(targets=(URN + "a",))
    assert stage.cloud.did("read") == ["a"]
