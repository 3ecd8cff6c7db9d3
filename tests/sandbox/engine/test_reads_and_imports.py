"""Existing objects: read without owning them, imported into the stack, and given up again."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sandbox.engine.execution.importing import ImportSpec
from sandbox.engine.model.values import UNKNOWN_STRING
from tests.sandbox.engine.stage import STACK, Script, Stage
from tests.sandbox.engine.toy_cloud import ToyObject

THING = "toy:index:Thing"


def existing(stage: Stage, name: str = "theirs", **body: Any) -> str:
    id_ = f"{THING}/{name}"
    stage.cloud.objects[id_] = ToyObject(THING, {"name": name, "serial": 7, **body})
    return id_


def test_a_read_resource_is_seen_but_never_changed_or_deleted(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    id_ = existing(stage, text="hello")

    def program(script: Script) -> Mapping[str, Any]:
        return {"upper": script.read("r", id_).outputs["upper"]}

    result = stage.up(program)
    assert result.outputs == {"upper": "HELLO"}
    assert stage.state("r").external
    assert stage.up(program).changes == {"same": 1}, "a read that finds what was known is not counted"
    assert stage.destroy().result == "succeeded"
    assert list(stage.cloud.objects) == [id_]
    assert "delete" not in dict(stage.cloud.calls)


def test_reading_what_is_not_there_is_an_error(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    result = stage.up(lambda script: {"x": script.read("r", "nothing").id})
    assert result.errors == (f"{THING} (r): there is no {THING} (r) with the id 'nothing'",)


def test_a_preview_reads_too_unless_the_id_is_not_known_yet(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    id_ = existing(stage, text="hello")
    seen: list[Any] = []

    def program(script: Script) -> None:
        seen.append(script.read("known", id_).outputs.get("upper"))
        seen.append(script.read("unknown", UNKNOWN_STRING).id)

    assert stage.preview(program).result == "succeeded"
    assert seen == ["HELLO", ""]


def test_a_read_resource_can_become_the_stacks_own_and_back(tmp_path: Path) -> None:
    """Registering what was read makes a new object; reading another object gives the own one up."""
    stage = Stage(tmp_path)
    id_ = existing(stage)
    stage.up(lambda script: {"x": script.read("r", id_).id})
    stage.up(lambda script: {"x": script.thing("r").id})
    own = stage.state("r")
    assert not own.external
    assert set(stage.cloud.objects) == {id_, own.id}
    result = stage.up(lambda script: {"x": script.read("r", id_).id})
    assert result.result == "succeeded"
    assert stage.state("r").external
    assert list(stage.cloud.objects) == [id_]


def test_reading_the_own_object_by_its_id_gives_it_up_without_deleting_it(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    stage.up(lambda script: {"x": script.thing("r", {"name": "n"}).id})
    stage.up(lambda script: {"x": script.read("r", f"{THING}/n").id})
    assert stage.state("r").external
    assert stage.cloud.names() == ["n"]


def test_the_import_option_takes_an_object_over_as_it_is(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    id_ = existing(stage, text="hello")

    def program(script: Script) -> None:
        script.thing("mine", {"name": "theirs", "text": "hello"}, importId=id_)

    result = stage.up(program)
    assert (result.result, result.changes) == ("succeeded", {"create": 1, "import": 1})
    state = stage.state("mine")
    assert (state.id, state.import_id, state.external) == (id_, id_, False)
    assert stage.cloud.did("create") == []
    assert stage.up(program).changes == {"same": 2}
    assert stage.destroy().result == "succeeded"
    assert stage.cloud.objects == {}


def test_what_the_program_wants_otherwise_is_updated_after_the_import(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    id_ = existing(stage, text="hello")
    result = stage.up(
        lambda script: {"u": script.thing("mine", {"name": "theirs", "text": "bye"}, importId=id_).outputs["upper"]}
    )
    assert result.changes == {"create": 1, "import": 1, "update": 1}
    assert result.outputs == {"u": "BYE"}


def test_importing_what_is_not_there_is_an_error(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    result = stage.up(lambda script: {"x": script.thing("mine", importId="nothing").id})
    assert result.errors == (f"{THING} (mine): there is no {THING} with the id 'nothing' to import",)
    assert stage.things() == []


def test_an_import_in_the_place_of_an_own_object_replaces_it(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    id_ = existing(stage, text="x")
    stage.up(lambda script: {"x": script.thing("a", {"text": "x", "name": "own"}).id})
    result = stage.up(lambda script: {"x": script.thing("a", {"text": "x", "name": "theirs"}, importId=id_).id})
    assert (result.result, result.outputs) == ("succeeded", {"x": id_})
    assert stage.cloud.names() == ["theirs"]


def test_an_imported_resource_that_still_has_its_import_option_may_not_be_replaced(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    id_ = existing(stage, key=1)
    result = stage.up(lambda script: {"x": script.thing("a", {"name": "theirs", "key": 2}, importId=id_).id})
    assert result.result == "failed"
    assert "import" in result.errors[0]
    assert stage.cloud.did("delete") == []


def test_import_without_a_program_takes_objects_into_the_stack(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    stage.up(lambda script: {"x": script.thing("own", {"text": "x"}).id})
    id_ = existing(stage, text="hello")
    result = stage.engine.import_(STACK, [ImportSpec(THING, "theirs", id_)], stage.options)
    assert (result.result, result.changes["import"]) == ("succeeded", 1)
    state = stage.state("theirs")
    assert (state.id, state.inputs["text"], state.import_id) == (id_, "hello", "")
    assert state.parent == stage.states()[0].urn
    assert state.provider == stage.state("own").provider, "the stack's own default provider is used"

    def program(script: Script) -> None:
        script.thing("own", {"text": "x"})
        script.thing("theirs", {"text": "hello", "name": "theirs"})

    assert stage.up(program).changes == {"same": 3}


def test_import_into_an_empty_stack_makes_the_stack_and_its_provider(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    id_ = existing(stage)
    spec = ImportSpec(THING, "theirs", id_, version="1.2.3", protect=True)
    assert stage.engine.import_(STACK, [spec], stage.options).result == "succeeded"
    assert [state.type for state in stage.states()] == ["pulumi:pulumi:Stack", "pulumi:providers:toy", THING]
    assert stage.state("default_1_2_3").inputs == {"version": "1.2.3", "__internal": {}}
    assert stage.state("theirs").protect


def test_import_of_a_name_that_is_taken_changes_nothing(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    stage.up(lambda script: {"x": script.thing("own").id})
    result = stage.engine.import_(STACK, [ImportSpec(THING, "own", existing(stage))], stage.options)
    assert result.result == "failed"
    assert "already" in result.errors[0]
    assert len(stage.states()) == 3
