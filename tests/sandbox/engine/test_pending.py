"""After a crash: the same command again finds out what became of what was under way, and finishes."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from sandbox.engine.model.state import ResourceState
from tests.sandbox.engine.stage import STACK, Script, Stage
from tests.sandbox.engine.toy_cloud import ToyObject

THING = "toy:index:Thing"


class Crashed:
    """A stage whose last run was killed while it did one operation, before or after the cloud had done it."""

    def __init__(self, directory: Path, *, locating: bool = True) -> None:
        self.stage = Stage(directory, locate=self.locate if locating else None)

    def locate(self, type_: str, inputs: Mapping[str, Any]) -> str | None:
        id_ = f"{type_}/{inputs['name']}"
        return id_ if id_ in self.stage.cloud.objects else None

    def crash(self, kind: str, state: ResourceState) -> None:
        """Leave the operation pending, as a journal that nobody ended does."""
        with self.stage.backend.open(STACK, "test") as snapshot:
            held = next((each for each in snapshot.state().resources if each.urn == state.urn), state)
            snapshot.begin(kind, held)

    def creating(self, name: str, **inputs: Any) -> None:
        first = next(each for each in self.stage.states() if each.type == THING)
        state = ResourceState(
            urn=f"urn:pulumi:dev::toyproject::{THING}::{name}",
            type=THING,
            custom=True,
            inputs={"name": name, **inputs},
            parent=first.parent,
            provider=first.provider,
        )
        self.crash("creating", state)


def base(script: Script) -> None:
    script.thing("base", {"name": "base"})


def with_new(**inputs: Any) -> Any:
    def body(script: Script) -> None:
        base(script)
        script.thing("new", {"name": "new", **inputs})

    return body


@pytest.fixture
def crashed(tmp_path: Path) -> Crashed:
    crashed = Crashed(tmp_path)
    crashed.stage.up(base)
    return crashed


def test_a_create_that_had_succeeded_is_taken_over(crashed: Crashed) -> None:
    stage = crashed.stage
    crashed.creating("new", text="x")
    stage.cloud.objects[f"{THING}/new"] = ToyObject(THING, {"name": "new", "text": "x", "serial": 9})
    result = stage.up(with_new(text="x"))
    assert (result.result, result.changes) == ("succeeded", {"same": 2, "import": 1})
    state = stage.state("new")
    assert (state.id, state.outputs["serial"], state.import_id) == (f"{THING}/new", 9, "")
    assert stage.backend.load(STACK).pending_operations == []
    assert any("interrupted" in message for message in stage.messages("warning"))
    assert stage.up(with_new(text="x")).changes == {"same": 3}


def test_what_is_taken_over_is_brought_to_what_the_program_says_now(crashed: Crashed) -> None:
    stage = crashed.stage
    crashed.creating("new", text="x")
    stage.cloud.objects[f"{THING}/new"] = ToyObject(THING, {"name": "new", "text": "x", "serial": 9})
    assert stage.up(with_new(text="y")).changes == {"same": 2, "import": 1, "update": 1}
    assert stage.cloud.objects[f"{THING}/new"].body["text"] == "y"


def test_a_create_that_had_not_happened_is_made(crashed: Crashed) -> None:
    stage = crashed.stage
    crashed.creating("new")
    result = stage.up(with_new())
    assert (result.result, result.changes) == ("succeeded", {"same": 2, "create": 1})
    assert stage.backend.load(STACK).pending_operations == []


def test_what_was_made_and_is_no_longer_wanted_is_deleted(crashed: Crashed) -> None:
    stage = crashed.stage
    crashed.creating("new")
    stage.cloud.objects[f"{THING}/new"] = ToyObject(THING, {"name": "new", "serial": 9})
    assert stage.up(base).result == "succeeded"
    assert stage.cloud.names() == ["base"]
    assert stage.backend.load(STACK).pending_operations == []


def test_destroy_deletes_what_an_interrupted_run_had_made(crashed: Crashed) -> None:
    stage = crashed.stage
    crashed.creating("new")
    stage.cloud.objects[f"{THING}/new"] = ToyObject(THING, {"name": "new", "serial": 9})
    assert stage.destroy().result == "succeeded"
    assert stage.cloud.objects == {}
    assert stage.backend.load(STACK).pending_operations == []


def test_without_a_way_to_look_a_create_is_dropped_with_a_warning(tmp_path: Path) -> None:
    crashed = Crashed(tmp_path, locating=False)
    stage = crashed.stage
    stage.up(base)
    crashed.creating("new")
    assert stage.up(with_new()).result == "succeeded"
    assert any("may exist" in message for message in stage.messages("warning"))
    assert stage.backend.load(STACK).pending_operations == []


def test_an_interrupted_update_is_compared_with_what_is_really_there(crashed: Crashed) -> None:
    stage = crashed.stage
    stage.up(with_new(text="x"))
    crashed.crash("updating", stage.state("new"))
    stage.cloud.objects[f"{THING}/new"].body["text"] = "y"
    assert stage.up(with_new(text="x")).changes == {"same": 2, "update": 1}
    assert stage.cloud.objects[f"{THING}/new"].body["text"] == "x"


def test_an_interrupted_delete_that_had_happened_is_made_good(crashed: Crashed) -> None:
    """The program wants the resource (again): it is made anew, although state still had it."""
    stage = crashed.stage
    stage.up(with_new())
    crashed.crash("deleting", stage.state("new"))
    del stage.cloud.objects[f"{THING}/new"]
    result = stage.up(with_new())
    assert (result.result, result.changes) == ("succeeded", {"same": 2, "replace": 1})
    assert stage.cloud.names() == ["base", "new"]


def test_an_interrupted_delete_is_finished(crashed: Crashed) -> None:
    stage = crashed.stage
    stage.up(with_new())
    crashed.crash("deleting", stage.state("new"))
    stage.cloud.calls.clear()
    assert stage.up(base).result == "succeeded"
    assert stage.cloud.did("delete") == ["new"]
    assert stage.things() == ["base"]


def test_destroy_after_an_interrupted_delete_does_not_delete_twice(crashed: Crashed) -> None:
    stage = crashed.stage
    crashed.crash("deleting", stage.state("base"))
    del stage.cloud.objects[f"{THING}/base"]
    stage.cloud.calls.clear()
    assert stage.destroy().result == "succeeded"
    assert stage.cloud.did("delete") == []
    assert stage.states() == []


def test_a_replacement_that_was_made_when_the_run_was_killed_takes_its_place(crashed: Crashed) -> None:
    """The old object is still live; the new one exists under its own name and is not made a second time."""
    stage = crashed.stage
    stage.up(with_new(key=1))

    def replaced(script: Script) -> None:
        base(script)
        script.thing("new", {"name": "newer", "key": 2})

    state = stage.state("new")
    with stage.backend.open(STACK, "test") as snapshot:
        pending = ResourceState(
            state.urn, THING, True, inputs={"name": "newer", "key": 2}, parent=state.parent, provider=state.provider
        )
        snapshot.begin("creating", pending)
    stage.cloud.objects[f"{THING}/newer"] = ToyObject(THING, {"name": "newer", "key": 2, "serial": 9})
    result = stage.up(replaced)
    assert result.result == "succeeded"
    assert stage.cloud.names() == ["base", "newer"]
    assert stage.cloud.did("create") == ["base", "new"]
    assert stage.up(replaced).changes == {"same": 3}


def test_a_preview_only_tells_of_pending_operations(crashed: Crashed) -> None:
    stage = crashed.stage
    crashed.creating("new")
    assert stage.preview(with_new()).changes == {"same": 2, "create": 1}
    assert any("interrupted" in message for message in stage.messages("warning"))
    assert len(stage.backend.load(STACK).pending_operations) == 1
