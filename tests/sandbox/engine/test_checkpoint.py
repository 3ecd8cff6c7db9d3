"""State as the JSON of a Pulumi deployment: nothing lost, nothing in clear, nothing misread."""

import json
from dataclasses import fields
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.engine.model.state import PendingOperation, ResourceState, StackState
from sandbox.engine.model.values import SECRET_SIGNATURE, SIGNATURE, UNKNOWN, Output, ResourceReference, Secret
from sandbox.engine.storage.checkpoint import (
    deployment_of,
    from_deployment,
    magic_of,
    secrets_state_of,
    to_deployment,
    to_export,
)
from sandbox.engine.storage.resource_json import decode_resource, encode_resource
from sandbox.engine.storage.state_errors import DamagedStateError, SecretsError, StateError, StateVersionError
from sandbox.engine.storage.state_values import ValueCodec, secret_text
from tests.sandbox.engine.states import CANARY, SALT, make_resource, open_secrets, patient, states, values


def facts(state: StackState) -> list[dict[str, Any]]:
    """All that a state says, comparable: states themselves compare by identity."""

    def of(resource: ResourceState) -> dict[str, Any]:
        return {item.name: getattr(resource, item.name) for item in fields(resource)}

    return [
        *(of(resource) for resource in state.resources),
        *({"op": o.type} | of(o.resource) for o in state.pending_operations),
    ]


@given(states())
@patient
def test_a_state_comes_back_as_it_was(state: StackState) -> None:
    document = json.loads(json.dumps(to_deployment(state, open_secrets())))
    assert facts(from_deployment(document, open_secrets())) == facts(state)


@given(states())
@patient
def test_reading_and_writing_again_changes_nothing(state: StackState) -> None:
    """Ciphertexts and the manifest too: a save changes only what a run changed."""
    document = json.loads(json.dumps(to_export(state, open_secrets())))
    secrets = open_secrets()
    again = to_export(from_deployment(deployment_of(document), secrets), secrets)
    assert json.dumps(again) == json.dumps(document)


def test_in_a_replace_both_states_of_a_urn_keep_their_ciphertexts() -> None:
    """Same resource, same field, same secret; only the ids tell them apart."""
    documents = [encode_resource(make_resource("a", id=id_), ValueCodec(open_secrets())) for id_ in ("old", "new")]
    codec = ValueCodec(open_secrets())
    resources = [decode_resource(document, codec, "") for document in documents]
    assert documents[0]["inputs"] != documents[1]["inputs"]
    assert [encode_resource(resource, codec) for resource in resources] == documents


@given(states())
@patient
def test_no_secret_is_in_clear(state: StackState) -> None:
    assert CANARY not in json.dumps(to_export(state, open_secrets()))


def test_an_export_with_secrets_shown_needs_no_passphrase() -> None:
    document = to_export(StackState([make_resource("a")]), open_secrets(), show_secrets=True)
    assert CANARY in json.dumps(document)
    assert from_deployment(document["deployment"], None).resources[0].inputs["password"] == Secret(f"{CANARY}-a")


@given(values)
@patient
def test_every_value_comes_back(value: object) -> None:
    codec = ValueCodec(open_secrets())
    assert codec.decode(json.loads(json.dumps(codec.encode(value, "here"))), "here") == flat(value)


def flat(value: Any) -> Any:
    """What state keeps of a value: the id of a resource that a preview does not know is empty."""
    return value


@pytest.mark.parametrize("number", [float("inf"), float("-inf")])
def test_infinite_numbers_are_kept(number: float) -> None:
    """JSON has none; Pulumi keeps their bits."""
    codec = ValueCodec(None)
    assert codec.decode(codec.encode([number], "here"), "here") == [number]


def test_an_output_leaves_its_value() -> None:
    codec = ValueCodec(open_secrets())
    encoded = codec.encode(
        {"a": Output(1, False, ("urn",)), "b": Output("x", True, ()), "c": Output(UNKNOWN, False, ())}, ""
    )
    assert codec.decode(encoded, "") == {"a": 1, "b": Secret("x"), "c": UNKNOWN}


def test_a_reference_whose_id_was_wrapped_by_an_old_release_is_read() -> None:
    """One release wrote {"V": id}: deserializeID in pkg/resource/stack/deployment.go."""
    codec = ValueCodec(None)
    plain = codec.encode(ResourceReference("urn", "the-id", "1.0.0"), "")
    assert codec.decode(plain | {"id": {"V": "the-id"}}, "") == ResourceReference("urn", "the-id", "1.0.0")
    assert codec.decode(plain | {"id": {"V": None}}, "") == ResourceReference("urn", None, "1.0.0")


def test_a_secret_is_marked_inside_a_secret_but_encrypted_once() -> None:
    secrets = open_secrets()
    encoded = ValueCodec(secrets).encode(Secret({"a": Secret("b")}), "")
    inner = json.loads(secrets.decrypt(encoded["ciphertext"]))
    assert inner == {"a": {SIGNATURE: SECRET_SIGNATURE, "ciphertext": '"b"'}}
    assert ValueCodec(secrets).decode(encoded, "") == Secret({"a": Secret("b")})


def test_the_text_of_a_secret_is_what_go_writes() -> None:
    """So that `--show-secrets` exports of both are equal: Go sorts keys and escapes <, >, &, U+2028 and U+2029."""
    assert secret_text({"b": "<&>é\u2028", "a": 1}) == '{"a":1,"b":"\\u003c\\u0026\\u003eé\\u2028"}'


def test_fields_stand_in_the_clis_order_and_empty_ones_are_left_out() -> None:
    resource = make_resource("a", protect=True, dependencies=["d"], property_dependencies={"x": [], "b": ["d"]})
    resource.inputs = {}
    encoded = encode_resource(resource, ValueCodec(None))
    assert list(encoded) == ["urn", "custom", "id", "type", "protect", "dependencies", "propertyDependencies"]
    assert encoded["propertyDependencies"] == {"b": ["d"], "x": None}
    assert list(encode_resource(ResourceState("u", "t", custom=False), ValueCodec(None))) == ["urn", "custom", "type"]


def test_the_manifest_says_the_version_and_its_digest() -> None:
    manifest = to_deployment(StackState(), open_secrets())["manifest"]
    assert manifest["version"].startswith("v3.")
    assert manifest["magic"] == magic_of(manifest["version"])


@pytest.mark.parametrize(
    ("change", "feature"),
    [
        ({"taint": True}, "taint"),
        ({"refresh_before_update": True}, "refreshBeforeUpdate"),
        ({"replace_with": ["u"]}, "replaceWith"),
        ({"resource_hooks": {"BeforeCreate": ["h"]}}, "hooks"),
        ({"extra": {"viewOf": "u"}}, "views"),
        ({"inputs": {"a": {SIGNATURE: "803fd3297a5875dc03ca845dda5d2a98", "value": "/w=="}}}, "byteString"),
    ],
)
def test_what_an_older_reader_would_lose_is_named_as_a_feature(change: dict[str, Any], feature: str) -> None:
    """Deployment version 4: the CLI refuses a deployment whose features it does not have."""
    document = to_export(StackState([make_resource("a", **change)]), open_secrets())
    assert (document["version"], document["features"]) == (4, [feature])
    assert deployment_of(document) == document["deployment"]


def test_other_deployments_are_version_3_and_name_no_feature() -> None:
    document = to_export(StackState([make_resource("a")]), open_secrets())
    assert document["version"] == 3
    assert "features" not in document


@pytest.mark.parametrize(
    ("document", "error"),
    [
        ({}, DamagedStateError),
        ({"version": 3}, DamagedStateError),
        ({"version": 3, "deployment": []}, DamagedStateError),
        ({"version": "3", "deployment": {}}, DamagedStateError),
        ({"version": 2, "deployment": {}}, StateVersionError),
        ({"version": 5, "deployment": {}}, StateVersionError),
        ({"version": 4, "features": ["from the future"], "deployment": {}}, StateVersionError),
    ],
)
def test_what_is_no_deployment_of_a_known_version_is_refused(document: dict[str, Any], error: type[StateError]) -> None:
    with pytest.raises(error):
        deployment_of(document)


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"urn": ""}, "resources[0] lacks its urn"),
        ({"type": None}, "resources[0] lacks its type"),
        ({"custom": "yes"}, "resources[0].custom"),
        ({"inputs": []}, "resources[0].inputs"),
        ({"dependencies": "a"}, "resources[0].dependencies"),
        ({"dependencies": [1]}, "resources[0].dependencies"),
        ({"propertyDependencies": {"a": 1}}, "resources[0].propertyDependencies"),
        ({"created": "yesterday"}, "resources[0].created"),
        ({"hideDiff": [["a", 0]]}, "resources[0].hideDiff"),
        ({"outputs": {"a": {SIGNATURE: SECRET_SIGNATURE}}}, "resources[0].outputs"),
        ({"outputs": {"a": {SIGNATURE: SECRET_SIGNATURE, "ciphertext": "v1:x:y"}}}, "resources[0].outputs"),
        ({"outputs": {"a": {SIGNATURE: SECRET_SIGNATURE, "plaintext": "{"}}}, "resources[0].outputs"),
    ],
)
def test_a_damaged_field_is_named(change: dict[str, Any], place: str) -> None:
    document = to_deployment(StackState([make_resource("a")]), open_secrets())
    document["resources"][0].update(change)
    with pytest.raises((DamagedStateError, SecretsError)) as refused:
        from_deployment(document, open_secrets())
    assert place in str(refused.value)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5) | st.just(SIGNATURE), inner, max_size=3)
    ),
    max_leaves=6,
)


@given(states(), st.data())
@patient
def test_whatever_stands_in_a_field_the_answer_is_a_state_or_a_state_error(
    state: StackState, data: st.DataObject
) -> None:
    """A damaged file must never end in a traceback."""
    document = to_deployment(state, open_secrets())
    places = [document, *document.get("resources", []), *document.get("pending_operations", [])]
    place = data.draw(st.sampled_from(places))
    place[data.draw(st.sampled_from(sorted(place)))] = data.draw(json_values)
    try:
        from_deployment(document, open_secrets() if secrets_state_of(document) else None)
    except StateError:
        return


def test_deep_nesting_is_an_error_not_a_crash() -> None:
    deep: Any = "x"
    for _ in range(5000):
        deep = [deep]
    document = to_deployment(StackState([make_resource("a")]), open_secrets())
    document["resources"][0]["inputs"] = {"a": deep}
    with pytest.raises(DamagedStateError, match="nested too deeply"):
        from_deployment(document, open_secrets())


def test_nanoseconds_of_the_clis_times_are_kept() -> None:
    document = to_deployment(StackState([make_resource("a")]), open_secrets())
    document["resources"][0]["created"] = "2026-11-22T14:34:05.139646538Z"
    again = to_deployment(from_deployment(document, open_secrets()), open_secrets())
    assert again["resources"][0]["created"] == "2026-11-22T14:34:05.139646538Z"


def test_pending_operations_and_unknown_fields_are_kept() -> None:
    state = StackState(
        [],
        [PendingOperation(make_resource("a"), "creating")],
        {"integrity_error": {"error": "x"}},
        {"snippets": [{"uuid": "1"}]},
    )
    document = to_export(state, open_secrets())
    assert document["features"] == ["snippets-prototype"]
    again = from_deployment(document["deployment"], open_secrets())
    assert (again.metadata, again.extra["snippets"]) == (state.metadata, state.extra["snippets"])
    assert [operation.type for operation in again.pending_operations] == ["creating"]
    assert document["deployment"]["secrets_providers"] == {"type": "passphrase", "state": SALT}
