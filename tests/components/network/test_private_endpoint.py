"""A private way is one only once it is approved, and its name leads nowhere before."""

import pulumi
import pytest

from components.network.private_endpoint import PrivateEndpoint, PrivateEndpointArgs
from components.place import Place
from tests.components.recording import Recording, RefusedError, record

ASK = "azure-native:network:getPrivateEndpoint"


def program(place: Place, **changes: object) -> None:
    """An endpoint to a vault; its id is exported."""
    given = {
        "place": place,
        "subnet_id": "/subnets/storage",
        "target": "vault",
        "target_id": "/vaults/v",
        "group_id": "vault",
        "zone_id": "/zones/vault",
        "replaced_with": "2026-11-01",
        **changes,
    }
    pulumi.export("id", PrivateEndpoint("vault-way", PrivateEndpointArgs(**given)).id)


def answer(status: str, description: str = "", *, manual: bool = False) -> dict[str, dict[str, object]]:
    """What Azure says of the endpoint's connection."""
    state = {"status": status, "description": description}
    kind = "manualPrivateLinkServiceConnections" if manual else "privateLinkServiceConnections"
    return {ASK: {kind: [{"name": "vault", "privateLinkServiceConnectionState": state}]}}


@pytest.fixture
def way(place: Place) -> Recording:
    """An endpoint whose connection is approved."""
    return record(lambda: program(place))


def test_an_endpoint_reaches_one_part_of_its_target(way: Recording) -> None:
    """Its name and interface are in the deployment that uses it, wherever the target is."""
    endpoint = way["vault-way-endpoint"].inputs
    assert endpoint["privateEndpointName"] == "pep-cf-westeu-dev-1-vault"
    assert endpoint["subnet"] == {"id": "/subnets/storage"}
    assert endpoint["privateLinkServiceConnections"] == [
        {"name": "vault", "privateLinkServiceId": "/vaults/v", "groupIds": ["vault"]}
    ]
    assert endpoint["tags"]["Deployment"] == "westeu-dev-1"


def test_the_zone_group_writes_the_records(way: Recording) -> None:
    """Records written here as well would be fought over."""
    group = way["vault-way-zone-group"].inputs
    assert (group["privateDnsZoneGroupName"], group["privateEndpointName"]) == ("default", "pep-cf-westeu-dev-1-vault")
    assert group["privateDnsZoneConfigs"] == [{"name": "vault", "privateDnsZoneId": "/zones/vault"}]
    assert not way.of_type("privatedns:PrivateRecordSet")
    assert way.outputs["id"].endswith("/network:PrivateEndpoint/pep-cf-westeu-dev-1-vault")


def test_both_are_made_anew_with_the_target(way: Recording) -> None:
    """A target made anew has its old id and knows nothing of the old endpoint, which stays Disconnected for ever."""
    for name in ("vault-way-endpoint", "vault-way-zone-group"):
        assert way[name].trigger == "2026-11-01"
        assert way[name].request.deleteBeforeReplace


def test_the_owners_word_is_left_to_the_owner(way: Recording) -> None:
    """A refresh reads it into the inputs; sent back with the next write it would ask for approval once more."""
    ignored = list(way["vault-way-endpoint"].request.ignoreChanges)
    assert ignored == ["privateLinkServiceConnections[*].privateLinkServiceConnectionState"]


def test_endpoints_of_one_target_follow_each_other(place: Place) -> None:
    """A storage account refuses the second while the first is on its way (StorageAccountOperationInProgress)."""

    def two() -> None:
        args = {"place": place, "subnet_id": "/s", "target_id": "/t", "zone_id": "/z"}
        first = PrivateEndpoint("one", PrivateEndpointArgs(**args, target="blob", group_id="blob"))
        PrivateEndpoint("two", PrivateEndpointArgs(**args, target="dfs", group_id="dfs", after=[first]))

    dependencies = record(two)["two-endpoint"].dependencies
    assert {"one-endpoint", "one-zone-group"} <= dependencies


@pytest.mark.parametrize("manual", [False, True])
@pytest.mark.parametrize("status", ["Pending", "Rejected"])
def test_a_connection_that_is_not_approved_stops_the_up_and_says_who_approves_it(
    place: Place, status: str, *, manual: bool
) -> None:
    """Nothing that needs the way may start, and no name may lead into a wall."""
    into = Recording()
    with pytest.raises(pulumi.RunError) as refusal:
        record(lambda: program(place), answers=answer(status, "no thanks", manual=manual), into=into)
    told = str(refusal.value)
    assert "'vault'" in told
    assert "pep-cf-westeu-dev-1-vault" in told
    assert f"is {status} (no thanks), not Approved" in told
    assert "Who owns /vaults/v approves it" in told
    assert "az network private-endpoint-connection list --id /vaults/v" in told
    assert "up westeu-dev-1 again" in told
    assert not into.of_type("network:PrivateDnsZoneGroup")


def test_a_connection_that_was_cut_off_is_not_waited_for(place: Place) -> None:
    """Nobody can approve it any more; only a new endpoint helps."""
    with pytest.raises(pulumi.RunError) as refusal:
        record(lambda: program(place), answers=answer("Disconnected"))
    told = str(refusal.value)
    assert "is Disconnected, not Approved" in told
    assert "az network private-endpoint delete --ids /subscriptions/" in told
    assert "approves it" not in told


def test_an_endpoint_without_any_connection_is_no_way(place: Place) -> None:
    """An empty answer is not an approval."""
    with pytest.raises(pulumi.RunError, match="names no connection"):
        record(lambda: program(place), answers={ASK: {}})


def test_a_preview_of_a_new_endpoint_asks_for_none(place: Place) -> None:
    """There is none to ask for; the id is unknown and the preview says nothing wrong."""
    recording = record(lambda: program(place), preview=True)
    assert not recording.calls
    assert recording.warnings() == []
    assert recording["vault-way-zone-group"].inputs["privateDnsZoneGroupName"] == "default"


def test_an_endpoint_that_is_gone_behind_the_states_back_stops_an_up_with_the_next_step(place: Place) -> None:
    """Azure's answer alone would leave the user with a traceback."""
    gone = {ASK: RefusedError('Status=404 Code="ResourceNotFound"')}
    with pytest.raises(pulumi.RunError) as refusal:
        record(lambda: program(place), answers=gone)
    assert "the private endpoint to vault cannot be read" in str(refusal.value)
    assert str(refusal.value).endswith("refresh, then up westeu-dev-1")
