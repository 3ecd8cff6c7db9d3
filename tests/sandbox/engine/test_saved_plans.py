"""A plan made by a preview: the `up` that it holds does that and no more, and stops before it does anything else."""

import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sandbox.engine.model.plans import InputDiff, matches
from sandbox.engine.model.values import UNKNOWN, Secret
from tests.sandbox.engine.stage import Body, Script, Stage

CHANGES = {"create", "update", "delete"}


def program(*names: str, **inputs: Any) -> Body:
    """Things of these names; the last one has the inputs, and takes the serial of the first."""

    def body(script: Script) -> None:
        made = [script.thing(name, inputs if name == names[-1] else {}) for name in names]
        script.thing("user", {"of": made[0].outputs.get("serial", UNKNOWN)}, uses={"of": [made[0]]})

    return body


def changed(stage: Stage) -> set[str]:
    return {operation for operation, _ in stage.cloud.calls} & CHANGES


def test_what_was_planned_is_done_with_the_names_that_were_planned(tmp_path: Path) -> None:
    """Names that a provider makes up come out as in the plan, what was not known may be anything."""
    stage = Stage(tmp_path)
    body = program("a", "b", text="x")
    plan = stage.preview(body).plan
    assert plan is not None
    assert changed(stage) == set()
    (planned,) = [each.inputs.adds["name"] for urn, each in plan.items() if urn.endswith("::b") and each.inputs]
    assert stage.up(body, plan=plan).result == "succeeded", stage.messages("error")
    assert stage.state("b").inputs["name"] == planned
    assert set(stage.up(body).changes) == {"same"}


@pytest.mark.parametrize(
    ("other", "says"),
    [
        (program("a", "b", text="y"), "not as planned: text: planned 'x', now 'y'"),
        (program("a", "b"), "not as planned: text: planned 'x', now None"),
        (program("a", "b", text="x", more=1), "not as planned: more: planned None, now 1"),
        (program("a", "c", "b", text="x"), "the plan does not have it"),
        (program("a", text="x"), "not as planned: text: planned None, now 'x'"),
    ],
    ids=["value", "less", "more", "another resource", "one resource less"],
)
def test_another_program_is_stopped_before_it_changes_what_was_not_planned(
    tmp_path: Path, other: Body, says: str
) -> None:
    stage = Stage(tmp_path)
    plan = stage.preview(program("a", "b", text="x")).plan
    ended = stage.up(other, plan=plan)
    assert ended.result == "failed"
    assert any(says in message for message in stage.messages("error")), stage.messages("error")
    assert {state.inputs.get("text") for state in stage.states()} <= {None}
    assert "c" not in stage.things()


def test_what_the_plan_has_and_the_program_never_came_to_is_an_error(tmp_path: Path) -> None:
    """Half of a plan is not the plan."""
    stage = Stage(tmp_path)

    def both(script: Script) -> None:
        script.thing("a")
        script.thing("b")

    plan = stage.preview(both).plan
    ended = stage.up(lambda script: script.thing("a") and None, plan=plan)
    assert ended.result == "failed"
    assert "it was to be changed by the plan, and the program has it not" in stage.messages("error")


def test_a_deletion_that_was_not_planned_is_not_done(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    stage.up(program("a", "b"))
    plan = stage.preview(program("a", "b")).plan
    ended = stage.up(program("a"), plan=plan)
    assert ended.result == "failed"
    assert any("not as planned: delete where same was planned" in each for each in stage.messages("error"))
    assert "delete" not in changed(stage)


def test_a_replacement_where_an_update_was_planned_is_not_done(tmp_path: Path) -> None:
    """The provider changed its mind: the plan's inputs are the same, and yet more would be done."""
    stage = Stage(tmp_path)
    stage.up(program("a", "b", text="x", name="fixed"))
    body = program("a", "b", text="y", name="fixed")
    plan = stage.preview(body).plan
    assert plan is not None
    ended = stage.up(body, plan=plan, replace=tuple(urn for urn in plan if urn.endswith("::b")))
    assert ended.result == "failed"
    assert any("where update was planned" in each for each in stage.messages("error")), stage.messages("error")
    assert stage.cloud.did("create").count("b") == 1


def test_less_than_was_planned_is_well(tmp_path: Path) -> None:
    """A retry of the same plan: what the first try made is there."""
    stage = Stage(tmp_path)
    body = program("a", "b", text="x")
    plan = stage.preview(body).plan
    stage.up(body, plan=plan)
    again = stage.up(body, plan=plan)
    assert (again.result, set(again.changes)) == ("succeeded", {"same"}), stage.messages("error")


def test_a_replacement_and_a_deletion_that_were_planned_are_done(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    stage.up(program("a", "b", "c", key=1))
    plan = stage.preview(program("a", "c", key=2)).plan
    ended = stage.up(program("a", "c", key=2), plan=plan)
    assert (ended.result, ended.changes.get("replace"), ended.changes.get("delete")) == ("succeeded", 1, 1), (
        stage.messages("error")
    )


keys = st.sampled_from(["text", "key", "more"])
inputs = st.dictionaries(keys, st.integers(0, 2), max_size=3)
programs = st.dictionaries(st.sampled_from("abcd"), inputs, min_size=1, max_size=4)


@settings(deadline=None, max_examples=15)
@given(programs, programs, programs)
def test_a_plan_lets_its_own_program_through_and_no_other(
    base: dict[str, Any], meant: dict[str, Any], other: dict[str, Any]
) -> None:
    """Whatever stood before; of another program nothing stands afterwards that the plan did not have."""

    def body(things: dict[str, Any]) -> Body:
        def register(script: Script) -> None:
            for name, values in things.items():
                script.thing(name, values)

        return register

    with tempfile.TemporaryDirectory() as directory:
        stage = Stage(Path(directory))
        stage.up(body(base))
        plan = stage.preview(body(meant)).plan
        before = {name: base[name] for name in base}
        ended = stage.up(body(other), plan=plan)
        stands = {
            state.urn.rpartition("::")[2]: {key: value for key, value in state.inputs.items() if key != "name"}
            for state in stage.states()
            if state.type == "toy:index:Thing" and not state.delete
        }
        assert ended.result == ("succeeded" if other == meant else "failed"), stage.messages("error")
        assert all(values in (meant.get(name), before.get(name)) for name, values in stands.items())
        assert stage.up(body(meant), plan=plan).result == "succeeded", stage.messages("error")


@given(st.dictionaries(st.text(max_size=3), st.integers()), st.dictionaries(st.text(max_size=3), st.integers()))
def test_a_diff_applied_gives_what_it_led_to(old: dict[str, Any], new: dict[str, Any]) -> None:
    assert InputDiff.of(old, new).applied(old) == new


def test_unknowns_match_anything_at_any_depth() -> None:
    planned = {"a": UNKNOWN, "b": [{"c": UNKNOWN, "d": 1}]}
    assert matches(planned, {"a": {"x": 1}, "b": [{"c": None, "d": 1}]})
    assert matches(planned, {"b": [{"d": 1}]})
    assert not matches(planned, {"a": 1, "b": [{"c": 2, "d": 2}]})
    assert not matches(planned, {"a": 1, "b": []})
    assert not matches({"a": 1}, {"a": True})


def test_a_secret_is_in_no_message(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    plan = stage.preview(program("a", "b", text=Secret("hunter2"))).plan
    ended = stage.up(program("a", "b", text=Secret("hunter3")), plan=plan)
    assert ended.result == "failed"
    assert "text: planned '[secret]', now '[secret]'" in " ".join(stage.messages("error"))
    assert "hunter" not in " ".join(stage.messages())
