"""Moving a state: killed anywhere it finishes, nothing is lost on the way, and no difference goes unseen."""

import copy
import json
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lifecycle.machine import StepError
from lifecycle.state_comparing import SECRET, SIGNATURE, differences, resources_in, secrets_in
from lifecycle.state_moving import MoveRecord, MoveRefusedError, move

CANARY = "canary-hunter2"


def secret(value: object) -> dict[str, str]:
    return {SIGNATURE: SECRET, "plaintext": json.dumps(value)}


def export(*resources: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"version": 3, "deployment": {"manifest": {"time": "then"}, "resources": list(resources), **more}}


def resource(name: str, **outputs: Any) -> dict[str, Any]:
    return {"urn": f"urn:pulumi:s::p::t:t:T::{name}", "type": "t:t:T", "custom": True, "outputs": outputs}


ORIGINAL = export(resource("one", password=secret(CANARY), size=1), resource("two", deep={"list": [1, secret([2])]}))
OTHER = export(resource("one", password=secret("another"), size=1))


class KilledError(BaseException):
    """The process is gone."""


@dataclass
class World:
    """Two places and a record; the process dies at the `dies`-th touch of them, before or after it has an effect."""

    stacks: dict[str, Any]
    record: MoveRecord | None = None
    kept: list[Any] = field(default_factory=list[Any])
    dies: int = -1
    after: bool = False
    touches: int = 0
    writes: int = 0
    told: list[str] = field(default_factory=list[str])

    def touch(self, effect: Any = lambda: None) -> Any:
        dies, self.touches = self.touches == self.dies, self.touches + 1
        if dies and not self.after:
            raise KilledError
        result = effect()
        if dies:
            raise KilledError
        return result

    def read(self) -> MoveRecord | None:
        return self.touch(lambda: self.record)

    def write(self, record: MoveRecord) -> None:
        assert CANARY not in repr(record)
        self.touch(lambda: setattr(self, "record", record))

    def move(self) -> MoveRecord:
        source, target = Double(self, "here"), Double(self, "there")
        return move(source, target, self, f"began{self.touches}", self.told.append)


@dataclass
class Double:
    """A place of a world. A state is kept sealed: with a number that is another one after each write."""

    world: World
    where: str

    def stands(self) -> bool:
        return self.world.touch(lambda: self.where in self.world.stacks)

    def check_idle(self) -> None:
        self.world.touch()

    def in_clear(self) -> Any:
        return self.world.touch(lambda: copy.deepcopy(self.world.stacks[self.where][1]))

    def sealed(self) -> Any:
        return self.world.touch(lambda: {"written": self.world.stacks[self.where][0]})

    def take(self, export: Any) -> None:
        self.world.writes += 1
        self.world.touch(lambda: self.world.stacks.update({self.where: (self.world.writes, copy.deepcopy(export))}))

    def keep(self, began: str) -> tuple[str, ...]:
        self.world.touch(lambda: self.world.kept.append(self.world.stacks[self.where][1]))
        return (f"{began}.json",)

    def drop(self) -> None:
        self.world.touch(lambda: self.world.stacks.pop(self.where))


def test_killed_at_any_touch_the_same_command_finishes_and_nothing_is_lost() -> None:
    """At every moment one of the two places has all of it; a second kill at the same place changes nothing of that."""
    whole = World({"here": (0, ORIGINAL)})
    whole.move()
    assert whole.touches > 10
    for dies in range(whole.touches):
        for after in (False, True):
            world = World({"here": (0, ORIGINAL)}, dies=dies, after=after)
            with pytest.raises(KilledError):
                world.move()
            assert any(not differences(ORIGINAL, content) for _, content in world.stacks.values())
            if "here" not in world.stacks:
                assert world.kept
            world.dies = -1
            done = world.move()
            assert done.done
            assert (done.resources, done.secrets) == (2, 2)
            assert list(world.stacks) == ["there"]
            assert not differences(ORIGINAL, world.stacks["there"][1])
            assert world.kept[-1] == ORIGINAL
            assert world.move() == done  # and once more
            assert CANARY not in "".join(world.told)


def test_a_source_that_went_on_after_the_kill_is_copied_anew() -> None:
    """The copy is known to be ours while nobody else has written there."""
    world = World({"here": (0, ORIGINAL)})
    world.move()
    begun = world.record
    assert begun is not None
    newer = export(resource("one", size=2))
    world.stacks["here"] = (9, newer)
    world.record = MoveRecord(source="here", target="there", began="t", copy=begun.copy)
    world.move()
    assert not differences(newer, world.stacks["there"][1])


@pytest.mark.parametrize(
    "record", [None, MoveRecord(source="here", target="there", began="t", copy="of another write")]
)
def test_another_stack_of_that_name_is_left_as_it_is(record: MoveRecord | None) -> None:
    """Also where a move has begun, and somebody has written there since. What differs is named, no value is."""
    world = World({"here": (0, ORIGINAL), "there": (7, OTHER)}, record=record)
    with pytest.raises(MoveRefusedError) as refused:
        world.move()
    assert "one: outputs.password (secret)" in str(refused.value)
    assert CANARY not in str(refused.value)
    assert world.stacks == {"here": (0, ORIGINAL), "there": (7, OTHER)}


def test_an_empty_stack_in_the_target_is_filled() -> None:
    """Such as `pulumi stack init` has made, by a person or by a move that was killed."""
    world = World({"here": (0, ORIGINAL), "there": (7, {"version": 3, "deployment": {"manifest": {}}})})
    assert world.move().done
    assert not differences(ORIGINAL, world.stacks["there"][1])


def test_pending_operations_and_a_stack_that_is_nowhere_are_refused() -> None:
    pending = {"type": "creating", "resource": {"urn": "urn:x"}}
    with pytest.raises(MoveRefusedError, match="creating urn:x"):
        World({"here": (0, export(resource("one"), pending_operations=[pending]))}).move()
    with pytest.raises(MoveRefusedError, match="no such stack"):
        World({"there": (0, ORIGINAL)}).move()
    went = MoveRecord(source="here", target="elsewhere", began="t", kept=("f",), done=True)
    with pytest.raises(MoveRefusedError, match="took it from here to elsewhere"):
        World({}, record=went).move()


def test_a_copy_that_is_not_the_original_keeps_the_original(monkeypatch: pytest.MonkeyPatch) -> None:
    """A backend that writes something else, and a source that somebody changes while it is copied."""
    world = World({"here": (0, ORIGINAL)})

    def garbling(self: Double, _: Any) -> None:
        self.world.stacks.update({self.where: (1, OTHER)})

    monkeypatch.setattr(Double, "take", garbling)
    with pytest.raises(StepError, match="the copy is not the original"):
        world.move()
    assert world.stacks["here"] == (0, ORIGINAL)

    def changing(self: Double, export: Any) -> None:
        self.world.stacks.update({self.where: (1, export), "here": (2, OTHER)})

    world = World({"here": (0, ORIGINAL)})
    monkeypatch.setattr(Double, "take", changing)
    with pytest.raises(StepError, match="has changed since it was copied"):
        world.move()
    assert world.stacks["here"] == (2, OTHER)
    monkeypatch.undo()
    assert world.move().done


leaves = st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=4), st.integers().map(secret))
values = st.recursive(
    leaves, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("ab", min_size=1), inner, max_size=3)
)


@given(st.dictionaries(st.text("xyz", min_size=1), values, max_size=3), values, values)
def test_what_differs_is_seen_and_what_does_not_is_not(shared: dict[str, Any], old: Any, new: Any) -> None:
    """Against JSON itself, in which equal values are equal texts; the order of keys says nothing."""
    one, other = export(resource("r", p=old, **shared)), export(resource("r", **dict(reversed(shared.items())), p=new))
    same = json.dumps(old, sort_keys=True) == json.dumps(new, sort_keys=True)
    assert (differences(one, other) == ()) == same
    one, other = (export(resource("r", p=secret(it))) for it in (old, new))
    assert (differences(one, other) == ()) == same
    assert differences(one, copy.deepcopy(one)) == ()


def test_secrets_are_compared_by_value_and_only_in_clear() -> None:
    """Writers order keys in their own ways; a ciphertext says nothing about what is in it."""
    first = {SIGNATURE: SECRET, "plaintext": '{"a": 1, "b": true}'}
    second = {SIGNATURE: SECRET, "plaintext": '{"b":true,"a":1}'}
    sealed = {SIGNATURE: SECRET, "ciphertext": "v1:x"}
    assert differences(export(resource("r", p=first)), export(resource("r", p=second))) == ()
    for other in (sealed, {"a": 1, "b": True}, secret({"a": 1, "b": 1})):
        assert differences(export(resource("r", p=first)), export(resource("r", p=other)))
    assert differences(export(resource("r", p=sealed)), export(resource("r", p=sealed)))


def test_one_resource_more_or_another_order_or_other_metadata_is_seen() -> None:
    one, two = resource("one"), resource("two")
    assert differences(export(one, two), export(one)) == (f"{two['urn']}: only one of the two has it",)
    assert differences(export(one, two), export(two, one))
    assert differences(export(one, metadata={"a": 1}), export(one, metadata={"a": 2})) == ("metadata.a",)
    assert differences(export(one, metadata={}), export({**one, "parent": ""})) == ()
    assert (resources_in(ORIGINAL), secrets_in(ORIGINAL)) == (2, 2)
