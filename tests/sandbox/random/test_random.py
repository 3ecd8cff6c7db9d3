"""The stand-in for pulumi-random: values of the asked shape, kept in state, made anew when an input changes."""

import base64
import string
import uuid
from typing import Any

import grpc
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pulumi.runtime.proto import provider_pb2 as pb

from sandbox.engine.model.values import UNKNOWN, Secret, from_struct, to_struct
from sandbox.engine.providers.rpc import call_in_process
from sandbox.random import RandomProvider
from sandbox.random.values import SPECIAL, TYPES

STRING, PASSWORD, ID, UUID, INTEGER = (
    f"random:index/random{name}:Random{name}" for name in ("String", "Password", "Id", "Uuid", "Integer")
)
PROVIDER = RandomProvider()


def urn(token: str) -> str:
    return f"urn:pulumi:westeu-dev-1::test::{token}::name"


def ask(method: str, request: Any) -> Any:
    return call_in_process(getattr(PROVIDER, method), request)


def create(token: str, **inputs: Any) -> tuple[str, dict[str, Any]]:
    response = ask("Create", pb.CreateRequest(urn=urn(token), properties=to_struct(inputs)))
    return response.id, from_struct(response.properties)


def reasons(token: str, **inputs: Any) -> str:
    response = ask("Check", pb.CheckRequest(urn=urn(token), news=to_struct(inputs)))
    return "\n".join(failure.reason for failure in response.failures)


def diff(token: str, olds: dict[str, Any], news: dict[str, Any]) -> Any:
    return ask("Diff", pb.DiffRequest(urn=urn(token), old_inputs=to_struct(olds), news=to_struct(news)))


@given(
    length=st.integers(8, 64),
    least=st.tuples(*[st.integers(0, 2)] * 4),
    kinds=st.tuples(*[st.booleans()] * 3),
)
def test_a_string_has_its_length_and_the_least_of_each_kind(
    length: int, least: tuple[int, ...], kinds: tuple[bool, ...]
) -> None:
    upper, numeric, special = kinds
    counts = dict(zip(("minLower", "minUpper", "minNumeric", "minSpecial"), least, strict=True))
    id_, outputs = create(STRING, length=length, upper=upper, numeric=numeric, special=special, **counts)
    text = outputs["result"]
    assert id_ == text
    assert len(text) == length
    for characters, count, wanted in (
        (string.ascii_lowercase, counts["minLower"], True),
        (string.ascii_uppercase, counts["minUpper"], upper),
        (string.digits, counts["minNumeric"], numeric),
        (SPECIAL, counts["minSpecial"], special),
    ):
        found = sum(character in characters for character in text)
        assert found >= count
        assert wanted or found == count


def test_outputs_of_a_string_say_every_default() -> None:
    _, outputs = create(STRING, length=4, special=False, upper=False)
    assert outputs.keys() == {
        "id", "length", "lower", "minLower", "minNumeric", "minSpecial", "minUpper", "number", "numeric", "result",
        "special", "upper",
    }  # fmt: skip
    assert (outputs["lower"], outputs["numeric"], outputs["number"], outputs["minLower"]) == (True, True, True, 0)


def test_special_characters_can_be_chosen() -> None:
    _, outputs = create(STRING, length=50, lower=False, upper=False, numeric=False, overrideSpecial="-")
    assert outputs["result"] == "-" * 50


def test_a_password_is_secret() -> None:
    id_, outputs = create(PASSWORD, length=20)
    assert id_ == "none"
    assert isinstance(outputs["result"], Secret)
    assert len(outputs["result"].value) == 20


def test_an_id_is_the_same_bytes_in_every_form() -> None:
    id_, outputs = create(ID, byteLength=5, prefix="p-")
    data = base64.b64decode(outputs["b64Std"].removeprefix("p-"))
    assert len(data) == 5
    assert outputs["hex"] == f"p-{data.hex()}"
    assert outputs["dec"] == f"p-{int.from_bytes(data)}"
    assert outputs["b64Url"] == "p-" + base64.urlsafe_b64encode(data).decode().rstrip("=")
    assert id_ == outputs["b64Url"].removeprefix("p-")


def test_a_uuid_is_one() -> None:
    id_, outputs = create(UUID)
    assert uuid.UUID(outputs["result"]).version == 4
    assert id_ == outputs["result"]


@given(st.integers(-50, 50), st.integers(0, 20))
def test_an_integer_is_within_its_limits(least: int, span: int) -> None:
    _, outputs = create(INTEGER, min=least, max=least + span)
    assert least <= outputs["result"] <= least + span


def test_values_differ_from_each_other() -> None:
    assert create(UUID)[0] != create(UUID)[0]


@pytest.mark.parametrize(
    ("token", "inputs", "says"),
    [
        (STRING, {}, "Missing required argument: length"),
        (STRING, {"length": 0}, "at least 1"),
        (STRING, {"length": 3, "minLower": 2, "minUpper": 2}, "sum of minUpper"),
        (STRING, {"length": 3, "lower": False, "upper": False, "numeric": False, "special": False}, "must be true"),
        (STRING, {"length": "three"}, "wrong type"),
        (STRING, {"length": True}, "wrong type"),
        (STRING, {"length": 3, "colour": "red"}, "'colour' is no argument"),
        (ID, {"byteLength": 0}, "at least 1"),
        (INTEGER, {"min": 2, "max": 1}, "smaller than or equal"),
    ],
)
def test_wrong_inputs_are_told(token: str, inputs: dict[str, Any], says: str) -> None:
    assert says in reasons(token, **inputs)


def test_right_and_unknown_inputs_pass() -> None:
    assert reasons(STRING, length=4, keepers={"a": "b"}) == ""
    assert reasons(STRING, length=UNKNOWN) == ""


@pytest.mark.parametrize(
    ("olds", "news", "path"),
    [
        ({"length": 4}, {"length": 5}, "length"),
        ({"length": 4}, {"length": 4, "keepers": {"a": "b"}}, "keepers"),
        ({"length": 4, "keepers": {"a": "b"}}, {"length": 4, "keepers": {"a": "c"}}, "keepers"),
        ({"length": 4, "keepers": {"a": "b"}}, {"length": 4}, "keepers"),
    ],
)
def test_any_change_makes_a_new_value(olds: dict[str, Any], news: dict[str, Any], path: str) -> None:
    found = diff(STRING, olds, news)
    assert list(found.replaces) == [path]
    assert found.changes == pb.DiffResponse.DIFF_SOME
    assert not found.deleteBeforeReplace


def test_no_change_keeps_the_value() -> None:
    assert diff(STRING, {"length": 4}, {"length": 4}).changes == pb.DiffResponse.DIFF_NONE


def test_a_preview_knows_all_but_the_value() -> None:
    request = pb.CreateRequest(urn=urn(STRING), properties=to_struct({"length": 4}), preview=True)
    response = ask("Create", request)
    outputs = from_struct(response.properties)
    assert response.id == ""
    assert outputs["result"] is UNKNOWN
    assert (outputs["length"], outputs["special"]) == (4, True)


def test_a_refresh_gives_back_what_the_state_says() -> None:
    id_, outputs = create(STRING, length=4)
    state, inputs = to_struct(outputs), to_struct({"length": 4})
    read = ask("Read", pb.ReadRequest(urn=urn(STRING), id=id_, properties=state, inputs=inputs))
    assert (read.id, read.properties, read.inputs) == (id_, state, inputs)


@pytest.mark.parametrize(
    ("token", "given_id", "id_", "output", "value"),
    [
        (STRING, "abcd", "abcd", "result", "abcd"),
        (PASSWORD, "hunter2", "none", "result", Secret("hunter2")),
        (ID, "p-,AQID", "AQID", "hex", "p-010203"),
        (ID, "AQID", "AQID", "dec", "66051"),
        (INTEGER, "5,1,9", "5", "result", 5),
    ],
)
def test_a_value_is_imported_by_its_id(token: str, given_id: str, id_: str, output: str, value: object) -> None:
    read = ask("Read", pb.ReadRequest(urn=urn(token), id=given_id))
    assert read.id == id_
    assert from_struct(read.properties)[output] == value
    assert not set(from_struct(read.inputs)) - set(TYPES[token].inputs)


@pytest.mark.parametrize("token", ["random:index/randomPet:RandomPet", "random:index/randomShuffle:RandomShuffle"])
def test_what_is_not_modelled_is_refused(token: str) -> None:
    for method, request in (
        ("Check", pb.CheckRequest(urn=urn(token))),
        ("Create", pb.CreateRequest(urn=urn(token))),
        ("Delete", pb.DeleteRequest(urn=urn(token))),
    ):
        with pytest.raises(grpc.RpcError) as refusal:
            ask(method, request)
        assert "does not model" in refusal.value.details()


def test_an_update_and_a_seed_are_refused() -> None:
    for method, request in (
        ("Update", pb.UpdateRequest(urn=urn(STRING))),
        ("Create", pb.CreateRequest(urn=urn(INTEGER), properties=to_struct({"min": 1, "max": 2, "seed": "s"}))),
    ):
        with pytest.raises(grpc.RpcError):
            ask(method, request)


def test_deleting_is_forgetting() -> None:
    ask("Delete", pb.DeleteRequest(urn=urn(STRING), id="abcd"))
