"""The namespace: its doors, its hubs, what Standard does not have."""

import pulumi
import pytest
from pulumi_azure_native import eventhub

from components.messaging.event_hubs import EventHubs, EventHubsArgs, Hub
from components.place import Place
from tests.components.recording import Recording, record

HUBS = (Hub("user-events", 4, 168), Hub("user-events.dead-letters", 1, 24))


def args(place: Place, **changes: object) -> EventHubsArgs:
    """A namespace with two hubs that differs in `changes` from a dev one."""
    given = {"place": place, "workspace_id": "/logs", "hubs": HUBS, "capacity": 1, **changes}
    return EventHubsArgs(**given)


def hubs(place: Place, **changes: object) -> Recording:
    """What its registrations are."""
    return record(lambda: EventHubs("hubs", args(place, **changes)) and None)


def test_nobody_comes_in_from_outside(place: Place) -> None:
    """Both resources have the switch and the one written last wins, so one that says nothing would open the door."""
    recording = hubs(place)
    namespace, rules = recording["hubs-namespace"].inputs, recording["hubs-network-rules"].inputs
    assert namespace["publicNetworkAccess"] == rules["publicNetworkAccess"] == "Disabled"
    assert (rules["defaultAction"], rules["trustedServiceAccessEnabled"]) == ("Deny", True)
    assert namespace["minimumTlsVersion"] == "1.2"


def test_the_endpoints_of_others_are_left_alone(place: Place) -> None:
    """A refresh reads their connections into the inputs, and the next up must not take them away."""
    assert list(hubs(place)["hubs-namespace"].request.ignoreChanges) == ["privateEndpointConnections"]


def test_kafka_clients_are_served_and_scale_rules_may_sign_in_by_key(place: Place) -> None:
    """Basic has no Kafka; a scale rule knows no sign-in but a connection string."""
    namespace = hubs(place)["hubs-namespace"].inputs
    assert namespace["sku"] == {"name": "Standard", "tier": "Standard", "capacity": 1}
    assert (namespace["kafkaEnabled"], namespace["disableLocalAuth"]) == (True, False)


def test_a_hub_is_a_resource_under_its_own_name(place: Place) -> None:
    """The dots of a dead-letter hub are part of its name, and hubs are made only behind shut doors."""
    hub = hubs(place)["hubs-hub-user-events.dead-letters"]
    assert hub.inputs["eventHubName"] == "user-events.dead-letters"
    assert hub.inputs["partitionCount"] == 1
    assert hub.inputs["retentionDescription"] == {"cleanupPolicy": "Delete", "retentionTimeInHours": 24}
    assert "hubs-network-rules" in hub.dependencies


def test_a_hub_that_takes_anothers_place_has_its_state(place: Place) -> None:
    """So the other is replaced, and goes first: what is only left over would go last, and there are ten at most."""
    new = Hub("shared", 1, 24, instead_of="user-events.dead-letters")
    recording = hubs(place, hubs=[HUBS[0], new])
    request = recording["hubs-hub-shared"].request
    assert {alias.spec.name for alias in request.aliases} - {""} == {"hubs-hub-user-events.dead-letters"}
    assert request.deleteBeforeReplace
    assert not recording["hubs-hub-user-events"].request.deleteBeforeReplace


def test_what_is_wired_to_the_namespace_waits_for_its_hubs(place: Place) -> None:
    """A rule on a hub is wired to the namespace's name alone, and Azure refuses it while the hub is not there."""

    def program() -> None:
        made = EventHubs("hubs", args(place))
        eventhub.NamespaceAuthorizationRule(
            "after", resource_group_name="rg", namespace_name=made.name, authorization_rule_name="r", rights=["Send"]
        )

    expected = {"hubs-network-rules", "hubs-hub-user-events", "hubs-hub-user-events.dead-letters"}
    assert expected <= record(program)["after"].dependencies


def test_units_grow_only_where_a_most_is_given(place: Place) -> None:
    """Without the switch Azure refuses a maximum other than 0."""
    fixed = hubs(place)["hubs-namespace"].inputs
    assert (fixed["isAutoInflateEnabled"], fixed["maximumThroughputUnits"]) == (False, 0)
    growing = hubs(place, capacity=2, maximum_capacity=10)["hubs-namespace"].inputs
    assert (growing["isAutoInflateEnabled"], growing["maximumThroughputUnits"]) == (True, 10)
    assert growing["sku"]["capacity"] == 2


def test_its_logs_go_to_the_workspace(place: Place) -> None:
    """A namespace without the setting tells nobody who was refused."""
    setting = hubs(place)["hubs-logs"].inputs
    assert setting["workspaceId"] == "/logs"
    assert setting["resourceUri"].endswith("/eventhub:Namespace/evhns-cf-westeu-dev-1")


def test_others_are_wired_to_its_address_ids_and_age(place: Place) -> None:
    """A preview knows the address before Azure has answered, and never the text "None"."""

    def program() -> None:
        made = EventHubs("hubs", args(place))
        pulumi.export("kafka", made.kafka_bootstrap)
        pulumi.export("hub", made.hub_ids["user-events"])
        pulumi.export("age", made.created_at)

    outputs = record(program).outputs
    assert outputs["kafka"] == "evhns-cf-westeu-dev-1.servicebus.windows.net:9093"
    assert outputs["hub"].endswith("/eventhub:EventHub/user-events")
    assert outputs["age"] == "2026-11-01T00:00:00Z"
    assert "None" not in str(record(program, preview=True).outputs)


@pytest.mark.parametrize(("partitions", "hours"), [(0, 24), (33, 24), (4, 0), (4, 169)])
def test_a_hub_that_standard_does_not_have_is_refused(partitions: int, hours: int) -> None:
    """The number of partitions is for life, so a wrong one must not get that far."""
    with pytest.raises(ValueError, match=r"hub user-events: .*1 to"):
        Hub("user-events", partitions, hours)


@pytest.mark.parametrize(("least", "most"), [(0, None), (41, None), (1, 41), (4, 2)])
def test_units_that_standard_does_not_have_are_refused(place: Place, least: int, most: int | None) -> None:
    """A maximum below the minimum is a slip of the hand in a stack file."""
    with pytest.raises(ValueError, match="allowed is 1 to 40"):
        args(place, capacity=least, maximum_capacity=most)


def test_two_hubs_of_one_name_are_refused(place: Place) -> None:
    """The second would quietly be the first."""
    with pytest.raises(ValueError, match="user-events is there more than once"):
        args(place, hubs=[HUBS[0], HUBS[0]])


def test_more_hubs_than_standard_has_are_refused(place: Place) -> None:
    """The eleventh would fail after all the others were made."""
    many = [Hub(f"hub-{index}", 1, 24) for index in range(11)]
    args(place, hubs=many[:10])
    with pytest.raises(ValueError, match="11 hubs in one namespace; Standard has 10 at most"):
        args(place, hubs=many)
