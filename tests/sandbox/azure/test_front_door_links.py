"""The private way of Front Door: asked for by an origin, approved by the environment's owner, gone with the origin."""

from typing import Any

import pytest

from sandbox.azure import arm_writes
from sandbox.azure.errors import ArmError
from sandbox.azure.invokes import invoke
from tests.sandbox.azure.cloud import GROUP, SUBSCRIPTION, Cloud, Live
from tests.sandbox.azure.front_door import (
    ORIGIN,
    REQUEST,
    STANDARD,
    origin,
    origin_inputs,
    origins,
    profile,
    shut_environment,
)

CONNECTION = "app:ManagedEnvironmentPrivateEndpointConnection"
STATE = "privateLinkServiceConnectionState"
BAD = 'Status=400 Code="BadRequest"'


def connections(cloud: Cloud, name: str = "cae-edge") -> list[dict[str, Any]]:
    """What the environment's GET shows."""
    asked = {"resourceGroupName": GROUP, "environmentName": name}
    return list(invoke("azure-native:app:getManagedEnvironment", cloud.store, SUBSCRIPTION, asked)[
        "privateEndpointConnections"])  # fmt: skip


def say(cloud: Cloud, status: str) -> None:
    """The owner's word, over HTTP, on the only connection."""
    body = {"properties": {STATE: {"status": status, "description": REQUEST}}}
    assert arm_writes.put(cloud.store, connections(cloud)[0]["id"], body)[0] == 200


@pytest.fixture
def environment(grounds: Cloud) -> Live:
    """An environment without public access, and a profile with an origin group."""
    made = shut_environment(grounds)
    profile(grounds)
    origins(grounds)
    return made


def test_an_origin_asks_and_the_way_waits(grounds: Cloud, environment: Live) -> None:
    """Nothing approves it by itself: a program that does not is one whose entry does not work on Azure."""
    assert connections(grounds) == []
    origin(grounds, environment)
    (found,) = connections(grounds)
    assert found[STATE]["status"] == "Pending"
    assert found[STATE]["description"] == REQUEST
    assert found["groupIds"] == ["managedEnvironments"]


def test_the_owners_word_is_kept(grounds: Cloud, environment: Live) -> None:
    origin(grounds, environment)
    before = connections(grounds)[0]
    say(grounds, "Approved")
    (found,) = connections(grounds)
    assert found[STATE]["status"] == "Approved"
    assert {key: found[key] for key in ("id", "groupIds", "privateEndpoint")} == {
        key: before[key] for key in ("id", "groupIds", "privateEndpoint")
    }


def test_a_sandbox_may_refuse_for_the_owner(grounds: Cloud, environment: Live) -> None:
    """Also against a yes: the tests of a refused way use it."""
    grounds.store.set("endpoint-approval", environment.id, "Rejected")
    origin(grounds, environment)
    say(grounds, "Approved")
    assert connections(grounds)[0][STATE]["status"] == "Rejected"


def test_origins_of_one_target_share_a_way_that_goes_with_the_last(grounds: Cloud, environment: Live) -> None:
    first = origin(grounds, environment)
    say(grounds, "Approved")
    second = origin(grounds, environment, "blue")
    assert [it[STATE]["status"] for it in connections(grounds)] == ["Approved"]
    grounds.delete(first)
    assert len(connections(grounds)) == 1
    grounds.delete(second)
    assert connections(grounds) == []


def test_a_rebuilt_front_door_asks_anew(grounds: Cloud, environment: Live) -> None:
    origin(grounds, environment)
    say(grounds, "Approved")
    grounds.delete(next(live for live in grounds.made if live.inputs.get("profileName") == "afd"))
    assert connections(grounds) == []
    profile(grounds)
    origins(grounds)
    origin(grounds, environment)
    assert [it[STATE]["status"] for it in connections(grounds)] == ["Pending"]


def test_another_place_is_another_way(grounds: Cloud, environment: Live) -> None:
    made = origin(grounds, environment)
    before = connections(grounds)[0]["id"]
    link = {**made.inputs["sharedPrivateLinkResource"], "privateLinkLocation": "northeurope"}
    grounds.update(made, sharedPrivateLinkResource=link)
    (after,) = connections(grounds)
    assert after["id"] != before


def test_a_connection_is_not_made_by_its_owner(grounds: Cloud, environment: Live) -> None:
    made_up = f"{environment.id}/privateEndpointConnections/x"
    with pytest.raises(ArmError) as refusal:
        arm_writes.put(grounds.store, made_up, {"properties": {STATE: {"status": "Approved"}}})
    assert refusal.value.code == "PrivateEndpointConnectionNotFound"
    inputs = {"resourceGroupName": GROUP, "environmentName": "cae-edge", "privateEndpointConnectionName": "x"}
    told = grounds.refused(CONNECTION, "c", **inputs, **{STATE: {"status": "Approved"}})
    assert 'Status=404 Code="PrivateEndpointConnectionNotFound"' in told


def test_a_resource_of_the_program_cannot_take_it_over(grounds: Cloud, environment: Live) -> None:
    """Why the approval is a gate: the connection is there, so a create is refused, as azure-native does."""
    origin(grounds, environment)
    inputs = {
        "resourceGroupName": GROUP,
        "environmentName": "cae-edge",
        "privateEndpointConnectionName": connections(grounds)[0]["name"],
    }
    told = grounds.refused(CONNECTION, "c", **inputs, **{STATE: {"status": "Approved"}})
    assert "already exist" in told


def test_a_word_is_one_of_four(grounds: Cloud, environment: Live) -> None:
    origin(grounds, environment)
    with pytest.raises(ArmError) as refusal:
        say(grounds, "Maybe")
    assert refusal.value.code == "PrivateEndpointConnectionInvalid"


def link(environment: Live, **more: Any) -> dict[str, Any]:
    given = origin_inputs(environment)
    return {**given, "sharedPrivateLinkResource": {**given["sharedPrivateLinkResource"], **more}}


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"privateLinkLocation": "westus"}, "privateLinkLocation 'westus'"),
        ({"groupId": "managedEnvironment"}, "groupId 'managedEnvironment'"),
        ({"requestMessage": "x" * 141}, "1 to 140 characters"),
        ({"requestMessage": ""}, "1 to 140 characters"),
        ({"privateLink": {"id": "/subscriptions/x/nothing"}}, "was not found"),
    ],
)
def test_a_way_that_cannot_be_is_refused(grounds: Cloud, environment: Live, wrong: dict[str, Any], says: str) -> None:
    told = grounds.refused(ORIGIN, "o", **link(environment, **wrong))
    assert BAD in told
    assert says in told


def test_an_environment_with_a_public_side_takes_no_private_way(grounds: Cloud, environment: Live) -> None:
    shown = grounds.environment("cae-public")
    told = grounds.refused(ORIGIN, "o", **origin_inputs(shown))
    assert "public network access must be disabled first" in told


def test_private_ways_need_premium_and_the_certificates_name(grounds: Cloud) -> None:
    environment = shut_environment(grounds)
    profile(grounds, sku={"name": STANDARD})
    origins(grounds)
    assert "needs the tier Premium_AzureFrontDoor" in grounds.refused(ORIGIN, "o", **origin_inputs(environment))


def test_the_certificates_name_is_checked_on_a_private_way(grounds: Cloud, environment: Live) -> None:
    told = grounds.refused(ORIGIN, "o", **origin_inputs(environment, enforceCertificateNameCheck=False))
    assert "cannot be off" in told


@pytest.mark.parametrize("header", [None, "app.example.com"])
def test_an_app_is_asked_by_its_own_name(grounds: Cloud, environment: Live, header: str | None) -> None:
    """Azure takes it, and every probe fails."""
    inputs = {key: value for key, value in origin_inputs(environment, originHostHeader=header).items() if value}
    told = grounds.refused(ORIGIN, "o", **inputs)
    assert BAD in told
    assert "health probes and the certificate name check fail" in told


def test_private_and_public_origins_do_not_mix(grounds: Cloud, environment: Live) -> None:
    origin(grounds, environment)
    public = {key: value for key, value in origin_inputs(environment, "two").items() if "Link" not in key}
    assert "both private and public" in grounds.refused(ORIGIN, "o", **public)


def test_ways_to_other_types_are_not_modelled_and_say_so(grounds: Cloud, environment: Live) -> None:
    told = grounds.refused(ORIGIN, "o", **link(environment, privateLink={"id": grounds.vault().id}))
    assert "to keyvault:Vault are not modelled" in told
