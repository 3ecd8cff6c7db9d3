"""Create, keep, update, delete: what up, preview, refresh and destroy do to a stack, with a program in this process."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from sandbox.engine.model.events import PreludeEvent, ResourcePreEvent, ResOutputsEvent, SummaryEvent
from sandbox.engine.model.values import UNKNOWN, Secret
from tests.sandbox.engine.stage import STACK, Script, Stage
from tests.sandbox.engine.toy_cloud import ToyCloud, ToyProvider


def two_things(script: Script) -> Mapping[str, Any]:
    first = script.thing("first", {"text": "hello"})
    script.thing("second", {"of": first.outputs["serial"]}, uses={"of": [first]})
    return {"serial": first.outputs["serial"]}


def test_up_creates_what_the_program_registers_and_returns_its_outputs(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    result = stage.up(two_things)
    assert (result.result, result.changes, result.outputs) == ("succeeded", {"create": 3}, {"serial": 1})
    assert stage.things() == ["first", "second"]
    second = stage.state("second")
    assert second.inputs["of"] == 1
    assert second.dependencies == second.property_dependencies["of"] == [stage.state("first").urn]
    assert second.created == second.modified


def test_a_second_up_changes_nothing(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    stage.up(two_things)
    before = [(state.urn, state.inputs, state.outputs, state.modified) for state in stage.states()]
    stage.cloud.calls.clear()
    result = stage.up(two_things)
    assert result.changes == {"same": 3}
    assert stage.cloud.calls == []
    assert [(state.urn, state.inputs, state.outputs, state.modified) for state in stage.states()] == before


def test_names_that_the_provider_made_up_are_kept(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    stage.up(two_things)
    name = stage.state("first").inputs["name"]
    stage.up(lambda script: {"serial": script.thing("first", {"text": "other"}).id})
    assert stage.state("first").inputs["name"] == name


def test_a_changed_input_is_an_update_in_place(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    stage.up(lambda script: {"upper": script.thing("a", {"text": "x"}).outputs["upper"]})
    created = stage.state("a").created
    result = stage.up(lambda script: {"upper": script.thing("a", {"text": "y"}).outputs["upper"]})
    assert result.changes == {"same": 1, "update": 1}
    assert result.outputs == {"upper": "Y"}
    state = stage.state("a")
    assert state.created == created
    assert created is not None
    assert state.modified is not None
    assert state.modified > created


def test_what_the_program_no_longer_has_is_deleted_dependents_first(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    stage.up(two_things)
    result = stage.up(lambda script: None)
    assert result.changes == {"same": 1, "delete": 2}
    assert stage.cloud.did("delete") == ["second", "first"]
    assert stage.cloud.objects == {}


def test_destroy_leaves_nothing(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    stage.up(two_things)
    result = stage.destroy()
    assert (result.result, result.changes) == ("succeeded", {"delete": 3})
    assert stage.states() == []
    assert stage.cloud.objects == {}


def test_preview_shows_what_up_would_do_and_does_nothing(tmp_path: Path) -> None:
    """Outputs that cannot be known before the object is there are unknown; the state file is not even made."""
    stage = Stage(tmp_path)
    seen: dict[str, Any] = {}

    def program(script: Script) -> Mapping[str, Any]:
        made = script.thing("a", {"text": "x"})
        seen.update(made.outputs, id=made.id)
        script.thing("b", {"of": made.outputs["serial"]})
        return {"serial": made.outputs["serial"]}

    result = stage.preview(program)
    assert (result.result, result.changes) == ("succeeded", {"create": 3})
    assert (seen["id"], seen["serial"], seen["text"]) == ("", UNKNOWN, "x")
    assert result.outputs == {"serial": UNKNOWN}
    assert stage.cloud.calls == []
    assert not stage.backend.exists(STACK)


def test_preview_of_a_change_shows_the_properties_that_change(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    stage.up(lambda script: {"id": script.thing("a", {"text": "x", "tags": {"a": 1}}).id})
    stage.events.clear()
    stage.preview(lambda script: {"id": script.thing("a", {"text": Secret("y"), "tags": {"b": 1}}).id})
    (update,) = [
        event for event in stage.events if isinstance(event, ResourcePreEvent) and event.metadata.op == "update"
    ]
    shown = [(change.path, change.kind, change.old, change.new) for change in update.metadata.changes]
    assert shown == [
        ("tags.a", "delete", 1, None),
        ("tags.b", "add", None, 1),
        ("text", "update", "x", "[secret]"),
    ]
    assert update.planning


def test_preview_of_an_untouched_stack_equals_the_next_up(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    stage.up(two_things)

    def changed(script: Script) -> None:
        script.thing("first", {"text": "hello", "key": 2})
        script.thing("third")

    assert stage.preview(changed).changes == stage.up(changed).changes


def test_refresh_takes_what_changed_outside_into_the_state(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    stage.up(two_things)
    state = stage.state("first")
    stage.cloud.objects[state.id].body["text"] = "edited"
    result = stage.refresh()
    assert result.changes == {"same": 2, "update": 1}
    state = stage.state("first")
    assert (state.inputs["text"], state.outputs["upper"]) == ("edited", "EDITED")
    assert state.created is not None
    assert state.modified is not None
    assert state.modified > state.created
    assert stage.up(two_things).changes == {"same": 2, "update": 1}


def test_refresh_forgets_what_is_gone_and_whoever_named_it(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    stage.up(two_things)
    del stage.cloud.objects[stage.state("first").id]
    result = stage.refresh()
    assert result.changes == {"same": 2, "delete": 1}
    assert stage.things() == ["second"]
    second = stage.state("second")
    assert second.dependencies == []
    assert second.property_dependencies == {}


def test_refresh_leaves_children_of_a_lost_parent_without_one(tmp_path: Path) -> None:
    stage = Stage(tmp_path)

    def program(script: Script) -> None:
        parent = script.thing("parent")
        script.thing("child", parent=parent.urn)

    stage.up(program)
    del stage.cloud.objects[stage.state("parent").id]
    stage.refresh()
    assert stage.state("child").parent == ""
    assert stage.up(program).changes == {"same": 2, "create": 1}


def test_a_failed_read_leaves_that_resource_alone_and_fails_the_refresh(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    stage.up(two_things)
    first, second = stage.state("first"), stage.state("second")
    stage.cloud.objects[first.id].body["fail"] = "read"
    stage.cloud.objects[second.id].body["text"] = "edited"
    result = stage.refresh()
    assert result.result == "failed"
    assert result.errors == ("toy:index:Thing (first): first was told to fail on read",)
    assert stage.state("first").outputs == first.outputs
    assert stage.state("second").inputs["text"] == "edited"


def test_up_can_refresh_first(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    stage.up(two_things)
    del stage.cloud.objects[stage.state("second").id]
    assert stage.up(two_things).changes == {"same": 3}
    assert stage.up(two_things, refresh=True).changes == {"same": 2, "create": 1}


def test_a_component_has_its_children_and_the_outputs_it_registers(tmp_path: Path) -> None:
    stage = Stage(tmp_path)

    def program(script: Script) -> None:
        box = script.component("box")
        child = script.thing("child", {"text": "x"}, parent=box.urn)
        script.outputs(box.urn, {"upper": child.outputs["upper"]})

    stage.up(program)
    assert stage.state("box").outputs == {"upper": "X"}
    assert stage.state("child").urn == "urn:pulumi:dev::toyproject::toy:index:Box$toy:index:Thing::child"
    assert stage.up(program).changes == {"same": 3}
    assert stage.destroy().changes == {"delete": 3}


def test_an_error_of_a_provider_is_told_once_with_type_and_name(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    result = stage.up(lambda script: {"id": script.thing("a", {"fail": "create"}).id})
    assert result.result == "failed"
    assert result.errors == ("toy:index:Thing (a): a was told to fail on create",)
    assert stage.messages("error") == ["a was told to fail on create"]
    assert stage.things() == []


def test_a_failure_keeps_what_was_done_and_the_next_up_goes_on(tmp_path: Path) -> None:
    stage = Stage(tmp_path)

    def program(fail: str) -> Any:
        def body(script: Script) -> None:
            first = script.thing("first")
            second = script.thing("second", {"fail": fail}, depends_on=[first])
            script.thing("third", depends_on=[second])

        return body

    assert stage.up(program("create")).result == "failed"
    assert stage.things() == ["first"]
    assert stage.backend.load(STACK).pending_operations == []
    result = stage.up(program(""))
    assert (result.result, result.changes) == ("succeeded", {"same": 2, "create": 2})


def test_a_failed_program_deletes_nothing(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    stage.up(two_things)

    def broken(script: Script) -> None:
        script.thing("first", {"text": "hello"})
        raise RuntimeError("the program is wrong")

    result = stage.up(broken)
    assert result.result == "failed"
    assert "the program is wrong" in result.errors[0]
    assert stage.things() == ["first", "second"]


def test_a_failed_up_keeps_the_outputs_that_it_did_not_come_to(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    stage.up(lambda script: {"old": 1, "both": 1})

    def program(script: Script) -> Mapping[str, Any]:
        script.outputs(script.root, {"both": 2})
        script.thing("a", {"fail": "create"})
        return {}

    stage.up(program)
    assert stage.states()[0].outputs == {"old": 1, "both": 2}


def test_faulty_inputs_are_all_told_and_nothing_is_made(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    result = stage.up(lambda script: {"id": script.thing("a", {"invalid_x": 1, "invalid_y": 2}).id})
    assert tuple(sorted(result.errors)) == (
        "toy:index:Thing (a): property 'invalid_x': 1 is invalid",
        "toy:index:Thing (a): property 'invalid_y': 2 is invalid",
    )
    assert stage.cloud.objects == {}


def test_two_resources_of_one_name_are_refused(tmp_path: Path) -> None:
    stage = Stage(tmp_path)

    def program(script: Script) -> None:
        script.thing("a")
        script.thing("a")

    assert "duplicate resource URN" in stage.up(program).errors[0]


def test_an_initialization_failure_is_recorded_and_the_next_up_tries_an_update(tmp_path: Path) -> None:
    """ErrorResourceInitFailed: the object exists, its state says what is wrong, and an unchanged program retries."""
    stage = Stage(tmp_path)
    result = stage.up(lambda script: {"id": script.thing("a", {"sick": ["no pulse", "pale"]}).id})
    assert result.result == "failed"
    assert result.errors == ("toy:index:Thing (a): no pulse\npale",)
    state = stage.state("a")
    assert (state.init_errors, state.outputs["serial"]) == (["no pulse", "pale"], 1)
    assert state.id in stage.cloud.objects
    result = stage.up(lambda script: {"id": script.thing("a", {"sick": []}).id})
    assert (result.result, result.changes) == ("succeeded", {"same": 1, "update": 1})
    assert stage.state("a").init_errors == []


def test_a_partly_failed_update_keeps_the_old_inputs(tmp_path: Path) -> None:
    """So that the next diff still sees the change that was not made."""
    stage = Stage(tmp_path)
    stage.up(lambda script: {"id": script.thing("a", {"text": "x"}).id})
    stage.up(lambda script: {"id": script.thing("a", {"text": "y", "sick": ["no pulse"]}).id})
    state = stage.state("a")
    assert state.inputs["text"] == "x"
    assert state.outputs["text"] == "y"
    assert state.init_errors == ["no pulse"]


def test_events_tell_of_a_run_in_the_order_of_its_steps(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    stage.up(two_things)
    assert isinstance(stage.events[0], PreludeEvent)
    last = stage.events[-1]
    assert isinstance(last, SummaryEvent)
    assert (last.result, last.resource_changes, last.is_preview) == ("succeeded", {"create": 3}, False)
    steps = [
        (type(event).__name__, event.metadata.urn.rpartition("::")[2], event.metadata.op, event.metadata.parent[-3:])
        for event in stage.events
        if isinstance(event, (ResourcePreEvent, ResOutputsEvent)) and "provider" not in event.metadata.type
    ]
    assert steps == [
        ("ResourcePreEvent", "toyproject-dev", "create", ""),
        ("ResOutputsEvent", "toyproject-dev", "create", ""),
        ("ResourcePreEvent", "first", "create", "dev"),
        ("ResOutputsEvent", "first", "create", "dev"),
        ("ResourcePreEvent", "second", "create", "dev"),
        ("ResOutputsEvent", "second", "create", "dev"),
    ]


@pytest.mark.parametrize("accept_secrets", [True, False])
def test_a_secret_stays_secret_whatever_the_provider_can_do(tmp_path: Path, *, accept_secrets: bool) -> None:
    """A provider that does not know secrets gets plain values; what it gives back is marked again, by name."""
    cloud = ToyCloud()
    stage = Stage(tmp_path, provider=ToyProvider(cloud, accept_secrets=accept_secrets))

    def program(script: Script) -> Mapping[str, Any]:
        made = script.thing("a", {"text": Secret("hunter2"), "deep": {"list": [Secret("s3cret"), 1]}})
        return {"text": made.outputs["text"]}

    result = stage.up(program)
    assert result.outputs == {"text": Secret("hunter2")}
    state = stage.state("a")
    assert state.inputs["text"] == state.outputs["text"] == Secret("hunter2")
    sent = next(inputs for operation, inputs in stage.provider.seen if operation == "check")
    assert sent["text"] == (Secret("hunter2") if accept_secrets else "hunter2")
    assert b"hunter2" not in (tmp_path / "state/.pulumi/stacks/toyproject/dev.json").read_bytes()
    assert b"s3cret" not in (tmp_path / "state/.pulumi/stacks/toyproject/dev.json").read_bytes()
    assert stage.up(program).changes == {"same": 2}


def test_outputs_are_secret_where_the_program_asks_for_it(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    stage.up(lambda script: {"id": script.thing("a", {"text": "x"}, additionalSecretOutputs=["upper", "none"]).id})
    assert stage.state("a").outputs["upper"] == Secret("X")


def test_config_reaches_the_default_provider_of_its_package(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    config = {"toy:region": "west", "toy:password": "hunter2", "toyproject:x": "1"}
    stage.up(lambda script: {"id": script.thing("a").id}, config=config, secret_keys=frozenset({"toy:password"}))
    assert stage.provider.configured == [{"region": "west", "password": Secret("hunter2")}]
    assert stage.state("default").inputs == {"region": "west", "password": Secret("hunter2")}
    prelude = stage.events[0]
    assert isinstance(prelude, PreludeEvent)
    assert prelude.config == {"toy:password": "[secret]", "toy:region": "west", "toyproject:x": "1"}
