"""The key of a scale rule: least right, in a vault, nowhere in clear."""

import json
import re
from collections.abc import Mapping

import pulumi
import pulumi_azure_native as azure_native
import pytest

from components.messaging.hub_listener import HubListener, HubListenerArgs
from components.place import Place
from tests.components.recording import Recording, RefusedError, record

MARK = "4dabf18193072939515e22adb298388d"  # by which a value on the wire is known to be a secret


def listener(
    place: Place,
    *,
    preview: bool = False,
    hub_provider: bool = False,
    answers: Mapping[str, RefusedError] | None = None,
    into: Recording | None = None,
    **changes: object,
) -> Recording:
    """A listen rule on a hub of the global deployment, its string in the regional's vault."""

    def program() -> None:
        if hub_provider:
            changes["hub_provider"] = azure_native.Provider("other", subscription_id="0")
        given = {
            "place": place,
            "namespace_group": "rg-cf-global-dev",
            "namespace_name": "evhns-cf-global-dev",
            "hub": "user-events",
            "rule_name": "westeu-dev-1.user",
            "vault_name": "kv-x",
            "secret_name": "lag-of-user-events",
            "replaced_with": "2026-11-01",
            **changes,
        }
        pulumi.export("uri", HubListener("lag", HubListenerArgs(**given)).secret_uri)

    return record(program, preview=preview, answers=answers, into=into)


def test_the_key_can_only_listen_and_to_one_hub_only(place: Place) -> None:
    """A rule of the namespace, or one that may send, would open hubs that this consumer has no business with."""
    recording = listener(place)
    rule = recording["lag-rule"].inputs
    assert rule["rights"] == ["Listen"]
    assert (rule["eventHubName"], rule["authorizationRuleName"]) == ("user-events", "westeu-dev-1.user")
    assert rule["resourceGroupName"] == "rg-cf-global-dev"
    assert not recording.of_type("eventhub:NamespaceAuthorizationRule")


def test_the_key_is_asked_of_the_rule_that_was_made(place: Place) -> None:
    """Of no other: the namespace has a root rule whose key opens everything."""
    calls = {call.tok: dict(call.args) for call in listener(place).calls}
    assert calls["azure-native:eventhub:listEventHubKeys"] == {
        "resourceGroupName": "rg-cf-global-dev",
        "namespaceName": "evhns-cf-global-dev",
        "eventHubName": "user-events",
        "authorizationRuleName": "westeu-dev-1.user",
    }


def test_the_string_is_a_secret_on_the_wire(place: Place) -> None:
    """What is marked so goes into the state encrypted, into no log and no display."""
    secret = listener(place)["lag-secret"].inputs
    assert secret["vaultName"] == "kv-x"
    assert secret["resourceGroupName"] == "rg-cf-westeu-dev-1"
    value = secret["properties"]["value"]
    assert MARK in value
    assert json.dumps(secret).count("Endpoint=sb://") == 1


def test_the_address_of_the_secret_is_none(place: Place) -> None:
    """It comes back beside the value, and an app's reference to it should be readable in a diff."""
    uri = listener(place).outputs["uri"]
    assert re.fullmatch(r"https://kv-x\.vault\.azure\.net/secrets/lag-of-user-events-\w{4}", uri)


def test_the_name_ends_with_what_is_drawn_with_the_secret_and_gone_with_it(place: Place) -> None:
    """A deleted secret keeps its name for days; what is switched off and on has another."""
    recording = listener(place)
    drawn = recording["lag-suffix"]
    assert not drawn.request.retainOnDelete
    assert (drawn.inputs["length"], drawn.inputs["upper"], drawn.inputs["special"]) == (4, False, False)
    assert "lag-suffix" in recording["lag-secret"].dependencies


def test_the_rule_is_made_anew_with_its_hub(place: Place) -> None:
    """A hub takes its rules along when it goes, and has its old id when it is back."""
    rule = listener(place)["lag-rule"]
    assert rule.trigger == "2026-11-01"
    assert rule.request.deleteBeforeReplace
    assert listener(place)["lag-secret"].trigger is None, "a deleted secret keeps its name"


def test_a_preview_asks_for_no_key_of_a_rule_that_is_not_there(place: Place) -> None:
    """There is none yet, and Azure would answer with an error."""
    recording = listener(place, preview=True)
    assert not [call for call in recording.calls if call.tok.endswith("listEventHubKeys")]
    assert "None" not in str(recording.outputs)


def test_a_hub_in_another_subscription_is_reached_by_its_own_provider(place: Place) -> None:
    """The secret stays with the vault's."""
    recording = listener(place, hub_provider=True)
    assert "::other::" in recording["lag-rule"].request.provider
    assert "::other::" not in recording["lag-secret"].request.provider
    assert "::other::" in next(call.provider for call in recording.calls)


@pytest.mark.parametrize(
    "answer", [{}, {"primaryConnectionString": ""}], ids=["no connection string", "an empty connection string"]
)
def test_an_answer_without_a_key_is_an_error_and_never_an_empty_secret(place: Place, answer: dict[str, str]) -> None:
    """A scale rule with an empty password never scales, and says so nowhere that people look."""

    def program() -> None:
        HubListener(
            "lag",
            HubListenerArgs(
                place=place,
                namespace_group="rg",
                namespace_name="evhns",
                hub="user-events",
                rule_name="user",
                vault_name="kv-x",
                secret_name="lag",  # noqa: S106 - the name of a secret
            ),
        )

    with pytest.raises(pulumi.RunError, match="Azure gave no connection string of the hub's listen rule"):
        record(program, answers={"azure-native:eventhub:listEventHubKeys": answer})


GONE = {"azure-native:eventhub:listEventHubKeys": RefusedError('Status=404 Code="ResourceNotFound"')}


def test_a_rule_that_is_gone_behind_the_states_back_stops_an_up_with_the_next_step(place: Place) -> None:
    """No traceback, and no secret without a key."""
    into = Recording()
    with pytest.raises(pulumi.RunError) as refusal:
        listener(place, answers=GONE, into=into)
    told = str(refusal.value)
    assert "the rule westeu-dev-1.user of hub user-events cannot be read" in told
    assert 'Code="ResourceNotFound"' in told
    assert told.endswith("refresh, then up westeu-dev-1")
    assert not into.of_type("keyvault:Secret")
