"""Replacing: before or after the old one goes, whom it takes along, what asks for it, and what forbids it."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from sandbox.engine.model.events import ResourcePreEvent
from tests.sandbox.engine.stage import Made, Script, Stage


def one(**inputs: Any) -> Any:
    """A program of one thing."""
    options = inputs.pop("options", {})
    return lambda script: {"id": script.thing("a", inputs, **options).id}


def chain(*, key: int, **options: Any) -> Any:
    """A <- b (by a property whose change replaces b) <- c (by depends_on only)."""

    def body(script: Script) -> None:
        first = script.thing("a", {"key": key, **options})
        second = script.thing("b", {"key": first.outputs["serial"]}, uses={"key": [first]})
        script.thing("c", {"text": "x"}, depends_on=[second])

    return body


def ops(stage: Stage) -> list[tuple[str, str]]:
    return [
        (event.metadata.op, event.metadata.urn.rpartition("::")[2])
        for event in stage.events
        if isinstance(event, ResourcePreEvent) and event.metadata.op != "same"
    ]


def reasons(stage: Stage) -> set[tuple[str, str]]:
    """(resource, property) of every replacement."""
    return {
        (event.metadata.urn.rpartition("::")[2], change.path)
        for event in stage.events
        if isinstance(event, ResourcePreEvent) and event.metadata.op == "replace"
        for change in event.metadata.changes
    }


def test_the_new_one_is_made_before_the_old_one_goes(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    stage.up(one(key=1))
    stage.events.clear()
    result = stage.up(one(key=2))
    assert result.changes == {"same": 1, "replace": 1}
    assert ops(stage) == [("create-replacement", "a"), ("replace", "a"), ("delete-replaced", "a")]
    assert stage.cloud.calls[-2:] == [("create", "a"), ("delete", "a")]
    assert len(stage.cloud.objects) == 1


def test_a_replacement_gets_a_new_made_up_name(tmp_path: Path) -> None:
    """Else it would conflict with the old one, which is still there."""
    stage = Stage(tmp_path)
    stage.up(one(key=1))
    name = stage.state("a").inputs["name"]
    stage.up(one(key=2))
    assert stage.state("a").inputs["name"] != name


def test_delete_before_replace_takes_along_what_depends_on_it_and_would_be_replaced(tmp_path: Path) -> None:
    """B's `key` comes from a, so b goes first; c only waits for b, and stays."""
    stage = Stage(tmp_path)
    stage.up(chain(key=1, dbr=True, name="fixed"))
    stage.cloud.calls.clear()
    result = stage.up(chain(key=2, dbr=True, name="fixed"))
    assert stage.cloud.calls == [("delete", "b"), ("delete", "a"), ("create", "a"), ("create", "b")]
    assert result.changes == {"same": 2, "replace": 2}
    assert reasons(stage) == {("a", "key"), ("b", "key")}
    assert stage.things() == ["a", "b", "c"]


def test_the_program_can_overrule_the_provider_about_the_order(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    options = {"deleteBeforeReplace": True, "deleteBeforeReplaceDefined": True}
    stage.up(one(key=1, name="fixed"))
    stage.cloud.calls.clear()
    stage.up(one(key=2, name="fixed", options=options))
    assert stage.cloud.calls == [("delete", "a"), ("create", "a")]
    stage.cloud.calls.clear()
    never = {"deleteBeforeReplace": False, "deleteBeforeReplaceDefined": True}
    stage.up(one(key=3, name="other", dbr=True, options=never))
    assert stage.cloud.calls == [("create", "a"), ("delete", "a")]


def test_preview_shows_the_whole_chain_of_a_delete_before_replace(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    stage.up(chain(key=1, dbr=True, name="fixed"))
    stage.events.clear()
    preview = stage.preview(chain(key=2, dbr=True, name="fixed"))
    previewed = ops(stage)
    stage.events.clear()
    assert preview.changes == stage.up(chain(key=2, dbr=True, name="fixed")).changes
    assert previewed == ops(stage)


def test_a_create_that_fails_after_its_delete_is_made_up_for_by_the_next_up(tmp_path: Path) -> None:
    """The old state stays as pending replacement: not deleted a second time, and gone when the new one is there."""
    stage = Stage(tmp_path)
    stage.up(one(key=1, dbr=True, name="n"))
    assert stage.up(one(key=2, dbr=True, name="n", fail="create")).result == "failed"
    assert stage.state("a").pending_replacement
    stage.cloud.calls.clear()
    result = stage.up(one(key=2, dbr=True, name="n"))
    assert result.result == "succeeded"
    assert stage.cloud.calls == [("create", "a")]
    assert not stage.state("a").pending_replacement


def test_it_is_made_up_for_without_delete_before_replace_too(tmp_path: Path) -> None:
    """The old state is done with, not marked for a deletion that happened already."""
    stage = Stage(tmp_path)
    stage.up(one(key=1, dbr=True, name="n"))
    stage.up(one(key=2, dbr=True, name="n", fail="create"))
    stage.cloud.calls.clear()
    stage.up(one(key=1, name="n"))
    assert stage.cloud.calls == [("create", "a")]
    assert not stage.state("a").delete


def test_a_pending_replacement_that_the_program_gave_up_is_only_forgotten(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    stage.up(one(key=1, dbr=True, name="n"))
    stage.up(one(key=2, dbr=True, name="n", fail="create"))
    stage.cloud.calls.clear()
    assert stage.up(lambda script: None).result == "succeeded"
    assert stage.cloud.calls == []
    assert stage.things() == []


def test_dependents_deleted_for_a_replacement_that_failed_are_made_again(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    stage.up(chain(key=1, dbr=True, name="n"))
    assert stage.up(chain(key=2, dbr=True, name="n", fail="create")).result == "failed"
    assert [stage.state(name).pending_replacement for name in "abc"] == [True, True, False]
    stage.cloud.calls.clear()
    result = stage.up(chain(key=2, dbr=True, name="n"))
    assert result.result == "succeeded"
    assert stage.cloud.calls == [("create", "a"), ("create", "b")]
    assert stage.destroy().result == "succeeded"
    assert stage.cloud.objects == {}


def test_an_old_one_whose_deletion_failed_is_deleted_by_the_next_up(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    stage.up(one(key=1, fail="delete"))
    result = stage.up(one(key=2))
    assert result.result == "failed"
    old = [state for state in stage.states() if state.delete]
    assert [state.inputs["key"] for state in old] == [1]
    stage.cloud.objects.pop(old[0].id)
    # What is told to fail on delete fails for ever: take it out of the state as a person would.
    with stage.backend.open("dev", "test") as snapshot:
        (doomed,) = [state for state in snapshot.state().resources if state.delete]
        doomed.inputs["fail"] = ""
        snapshot.update(doomed)
    assert stage.up(one(key=2)).changes == {"same": 2}
    assert not any(state.delete for state in stage.states())


def test_protected_resources_are_neither_deleted_nor_replaced(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    stage.up(one(key=1, options={"protect": True}))
    for program in (one(key=2, options={"protect": True}), lambda script: None):
        result = stage.up(program)
        assert result.result == "failed"
        assert "protect" in result.errors[0]
        assert len(stage.cloud.objects) == 1
    assert stage.destroy().result == "failed"
    assert len(stage.cloud.objects) == 1
    assert stage.up(one(key=2)).changes == {"same": 1, "replace": 1}


def test_every_protected_resource_is_named_and_the_others_are_deleted(tmp_path: Path) -> None:
    stage = Stage(tmp_path)

    def program(script: Script) -> None:
        base = script.thing("base")
        script.thing("p1", protect=True, depends_on=[base])
        script.thing("p2", protect=True)
        script.thing("free")

    stage.up(program)
    result = stage.destroy()
    assert {error.partition("(")[2][:2] for error in result.errors} == {"p1", "p2"}
    assert sorted(stage.things()) == ["base", "p1", "p2"], "what a protected resource needs stays with it"


def test_a_protected_dependent_forbids_the_replacement_before_anything_is_deleted(tmp_path: Path) -> None:
    stage = Stage(tmp_path)

    def program(key: int) -> Any:
        def body(script: Script) -> None:
            first = script.thing("a", {"key": key, "dbr": True})
            script.thing("b", {"key": first.outputs["serial"]}, uses={"key": [first]}, protect=True)

        return body

    stage.up(program(1))
    stage.cloud.calls.clear()
    result = stage.up(program(2))
    assert result.result == "failed"
    assert "(b)" in result.errors[0]
    assert stage.cloud.calls == []


def test_retained_resources_are_forgotten_not_deleted(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    stage.up(one(text="x", options={"retainOnDelete": True}))
    stage.events.clear()
    assert stage.destroy().result == "succeeded"
    assert len(stage.cloud.objects) == 1
    assert stage.states() == []
    (event,) = [each for each in stage.events if isinstance(each, ResourcePreEvent) and each.metadata.retain]
    assert event.metadata.op == "delete"


def test_what_is_deleted_with_another_is_not_deleted_by_itself(tmp_path: Path) -> None:
    stage = Stage(tmp_path)

    def program(script: Script) -> None:
        whole = script.thing("whole")
        script.thing("part", deletedWith=whole.urn, depends_on=[whole])

    stage.up(program)
    stage.destroy()
    assert stage.cloud.did("delete") == ["whole"]
    assert stage.states() == []


def test_what_is_deleted_with_another_is_replaced_with_it(tmp_path: Path) -> None:
    stage = Stage(tmp_path)

    def program(key: int) -> Any:
        def body(script: Script) -> None:
            whole = script.thing("whole", {"key": key, "dbr": True, "name": "n"})
            script.thing("part", {"name": "p"}, deletedWith=whole.urn, depends_on=[whole])

        return body

    stage.up(program(1))
    stage.cloud.calls.clear()
    stage.cloud.objects.pop("toy:index:Thing/p")  # It went with the whole, in the cloud.
    stage.events.clear()
    result = stage.up(program(2))
    assert result.changes == {"same": 1, "replace": 2}
    assert stage.cloud.calls == [("delete", "whole"), ("create", "whole"), ("create", "part")]
    assert ("part", "deletedWith") in reasons(stage)


def test_what_is_replaced_with_another_is_replaced_with_it(tmp_path: Path) -> None:
    stage = Stage(tmp_path)

    def program(key: int) -> Any:
        def body(script: Script) -> None:
            first = script.thing("a", {"key": key})
            script.thing("b", {"text": "x"}, replace_with=[first.urn])

        return body

    stage.up(program(1))
    stage.events.clear()
    assert stage.up(program(2)).changes == {"same": 1, "replace": 2}
    assert reasons(stage) == {("a", "key"), ("b", "replaceWith")}


@pytest.mark.parametrize(
    ("before", "after", "replaced"),
    [(None, 1, False), (1, 1, False), (1, 2, True), ({"a": [1]}, {"a": [2]}, True), (1, None, False)],
)
def test_a_replacement_trigger_replaces_when_its_value_changes(
    tmp_path: Path, before: Any, after: Any, *, replaced: bool
) -> None:
    stage = Stage(tmp_path)
    stage.up(one(text="x", options={"trigger": before}))
    changes = stage.up(one(text="x", options={"trigger": after})).changes
    assert changes == ({"same": 1, "replace": 1} if replaced else {"same": 2})
    assert stage.state("a").replacement_trigger == after


def test_replace_on_changes_turns_an_update_into_a_replacement(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    options = {"replaceOnChanges": ["tags.*"]}
    stage.up(one(text="x", tags={"a": 1}, options=options))
    assert stage.up(one(text="y", tags={"a": 1}, options=options)).changes == {"same": 1, "update": 1}
    assert stage.up(one(text="y", tags={"a": 2}, options=options)).changes == {"same": 1, "replace": 1}


def test_replace_on_changes_can_name_initialization_errors(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    options = {"replaceOnChanges": ["#initerror"]}
    stage.up(one(sick=["pale"], options=options))
    assert stage.up(one(sick=[], options=options)).changes == {"same": 1, "replace": 1}


def test_ignored_changes_are_put_back_before_the_provider_sees_them(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    stage.up(one(text="x", tags={"a": 1, "b": 1}))
    options = {"ignoreChanges": ["text", "tags.a"]}
    assert stage.up(one(text="y", tags={"a": 2, "b": 1}, options=options)).changes == {"same": 2}
    assert stage.up(one(text="y", tags={"a": 2, "b": 2}, options=options)).changes == {"same": 1, "update": 1}
    assert stage.state("a").inputs["tags"] == {"a": 1, "b": 2}
    assert stage.state("a").inputs["text"] == "x"


def test_a_provider_that_cannot_compare_leaves_it_to_the_engine(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    stage.up(one(text="x", legacy=True))
    assert stage.up(one(text="x", legacy=True)).changes == {"same": 2}
    assert stage.up(one(text="y", legacy=True)).changes == {"same": 1, "update": 1}


def test_a_change_of_the_providers_account_replaces_what_it_manages(tmp_path: Path) -> None:
    stage = Stage(tmp_path)

    def program(name: str, **config: Any) -> Any:
        def body(script: Script) -> Mapping[str, Any]:
            provider = script.thing(name, config, type="pulumi:providers:toy")
            made: Made = script.thing("a", {"text": "x"}, provider=f"{provider.urn}::{provider.id}")
            return {"id": made.id}

        return body

    stage.up(program("one", account="1", region="west"))
    assert stage.up(program("one", account="1", region="east")).changes == {"same": 2, "update": 1}
    assert stage.up(program("one", account="2", region="east")).changes == {"same": 1, "replace": 2}
    assert stage.up(program("two", account="2", region="east")).changes == {"same": 2, "create": 1, "delete": 1}
    assert stage.up(program("three", account="3", region="east")).changes == {
        "same": 1,
        "create": 1,
        "replace": 1,
        "delete": 1,
    }
