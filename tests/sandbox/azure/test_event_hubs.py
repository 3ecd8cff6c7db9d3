"""Namespaces, hubs, network rules and keys refuse what Azure refuses, and show what Azure shows."""

from typing import Any

import grpc
import pytest
from pulumi.runtime.proto import resource_pb2

from sandbox.engine.model.values import from_struct, to_struct
from tests.sandbox.azure.cloud import GROUP, SUBSCRIPTION, TENANT, Cloud, Live

NAMESPACE, HUB, GROUPS = "eventhub:Namespace", "eventhub:EventHub", "eventhub:ConsumerGroup"
RULES, HUB_RULE, ROOT = (
    "eventhub:NamespaceNetworkRuleSet",
    "eventhub:EventHubAuthorizationRule",
    "eventhub:NamespaceAuthorizationRule",
)
NAME = "evhns-test"


def namespace_inputs(name: str = NAME, tier: str = "Standard", **more: object) -> dict[str, Any]:
    return {"resourceGroupName": GROUP, "namespaceName": name, "sku": {"name": tier, "tier": tier}, **more}


def namespace(cloud: Cloud, name: str = NAME, tier: str = "Standard", **more: object) -> Live:
    return cloud.create(NAMESPACE, name, **namespace_inputs(name, tier, **more))


def hub_inputs(name: str = "user-events", **more: object) -> dict[str, Any]:
    return {"resourceGroupName": GROUP, "namespaceName": NAME, "eventHubName": name, **more}


def hub(cloud: Cloud, name: str = "user-events", **more: object) -> Live:
    return cloud.create(HUB, name, **hub_inputs(name, **more))


def rule_inputs(name: str = "listen", rights: tuple[str, ...] = ("Listen",), **more: object) -> dict[str, Any]:
    return {**hub_inputs(), "authorizationRuleName": name, "rights": list(rights), **more}


def invoke(cloud: Cloud, token: str, **args: object) -> dict[str, Any]:
    request = resource_pb2.ResourceInvokeRequest(tok=f"azure-native:{token}", args=to_struct(args))
    return from_struct(getattr(cloud.ask("Invoke", request), "return"))


# Namespaces -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["short", "1starts-with-digit", "ends-", "x" * 51, "under_score"])
def test_a_namespace_has_a_name_that_azure_takes(grounds: Cloud, name: str) -> None:
    assert 'Status=400 Code="BadRequest"' in grounds.refused(NAMESPACE, "n", **namespace_inputs(name))


def test_a_name_is_taken_in_the_whole_world_until_the_namespace_is_gone(grounds: Cloud) -> None:
    """No soft delete: the name is free with the end of the delete."""
    first = namespace(grounds)
    grounds.group("rg-other")
    other = {**namespace_inputs(NAME.upper()), "resourceGroupName": "rg-other"}
    told = grounds.refused(NAMESPACE, "n", **other)
    assert 'Status=400 Code="BadRequest"' in told
    assert "The specified name is not available" in told
    grounds.delete(first)
    grounds.create(NAMESPACE, "n", **other)


@pytest.mark.parametrize(
    "more",
    [
        {"sku": {"name": "Gold"}},
        {"sku": {"name": "Standard", "tier": "Basic"}},
        {"sku": {"name": "Standard", "capacity": 41}},
        {"sku": {"name": "Premium", "tier": "Premium", "capacity": 3}},
        {"sku": {"name": "Basic"}, "isAutoInflateEnabled": True, "maximumThroughputUnits": 4},
        {"isAutoInflateEnabled": True},
        {"maximumThroughputUnits": 4},
        {"sku": {"name": "Standard", "capacity": 8}, "isAutoInflateEnabled": True, "maximumThroughputUnits": 4},
        {"isAutoInflateEnabled": True, "maximumThroughputUnits": 41},
    ],
)
def test_a_namespace_refuses_units_that_its_tier_does_not_have(grounds: Cloud, more: dict[str, object]) -> None:
    told = grounds.refused(NAMESPACE, "n", **{**namespace_inputs(), **more})
    assert 'Status=400 Code="BadRequest"' in told


def test_a_namespace_says_how_old_it_is_and_where_it_answers(grounds: Cloud) -> None:
    """One made anew under its old id is told apart by its age."""
    first = namespace(grounds)
    assert first.outputs["serviceBusEndpoint"] == f"https://{NAME}.servicebus.windows.net:443/"
    assert (first.outputs["kafkaEnabled"], first.outputs["status"]) == (True, "Active")
    grounds.clock.now += 60
    assert grounds.update(first, tags={"a": "b"}).outputs["createdAt"] == first.outputs["createdAt"]
    grounds.delete(first)
    grounds.clock.now += 60
    assert namespace(grounds).outputs["createdAt"] != first.outputs["createdAt"]


def test_a_basic_namespace_has_no_kafka_and_one_consumer_group(grounds: Cloud) -> None:
    assert namespace(grounds, tier="Basic").outputs["kafkaEnabled"] is False
    hub(grounds)
    told = grounds.refused(GROUPS, "g", **hub_inputs(), consumerGroupName="mine")
    assert 'Code="BadRequest"' in told
    assert "is using 'Basic' tier" in told
    told = grounds.refused(RULES, "r", resourceGroupName=GROUP, namespaceName=NAME)
    assert "not supported" in told


def test_what_is_not_modelled_says_so(grounds: Cloud) -> None:
    """Capture and compaction would look as if they worked."""
    namespace(grounds)
    told = grounds.refused(HUB, "h", **hub_inputs(captureDescription={"enabled": True}))
    assert "capture is not modelled" in told
    told = grounds.refused(HUB, "h", **hub_inputs(retentionDescription={"cleanupPolicy": "Compact"}))
    assert "compaction is not modelled" in told


def test_a_busy_namespace_takes_no_other_write(grounds: Cloud) -> None:
    """Writes of what lies in it stand beside each other, not beside one of the namespace itself."""
    made = namespace(grounds)
    hub(grounds)
    with grounds.store.transaction() as tx:
        tx.begin_write({made.id: True}, grounds.clock.now, grounds.clock.now + 30)
    inner = {"resourceGroupName": GROUP, "namespaceName": NAME}
    for token, inputs in (
        (HUB, hub_inputs("other")),
        (GROUPS, {**hub_inputs(), "consumerGroupName": "g"}),
        (RULES, inner),
        (HUB_RULE, rule_inputs()),
        (ROOT, {**inner, "authorizationRuleName": "r", "rights": ["Send"]}),
    ):
        told = grounds.refused(token, "x", **inputs)
        assert 'Status=409 Code="Conflict"' in told
        assert "in transition" in told
    assert 'Code="Conflict"' in grounds.update_refused(made, tags={"a": "b"})
    grounds.clock.now += 31
    hub(grounds, "other")


# Hubs -----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("tier", "more"),
    [
        ("Standard", {"partitionCount": 33}),
        ("Standard", {"messageRetentionInDays": 8}),
        ("Standard", {"retentionDescription": {"retentionTimeInHours": 169}}),
        ("Basic", {"messageRetentionInDays": 2}),
        ("Premium", {"partitionCount": 101}),
        ("Premium", {"messageRetentionInDays": 91}),
    ],
)
def test_a_hub_fits_its_tier(grounds: Cloud, tier: str, more: dict[str, object]) -> None:
    namespace(grounds, tier=tier)
    assert 'Status=400 Code="BadRequest" Message="SubCode=40000.' in grounds.refused(HUB, "h", **hub_inputs(**more))


def test_the_number_of_partitions_is_for_life(grounds: Cloud) -> None:
    """A hub that says nothing of them keeps its own."""
    namespace(grounds)
    made = hub(grounds, partitionCount=4)
    assert made.outputs["partitionIds"] == ["0", "1", "2", "3"]
    assert "PartitionCount cannot be changed" in grounds.update_refused(made, partitionCount=8)
    assert grounds.update(made, partitionCount=None, messageRetentionInDays=3).outputs["partitionCount"] == 4


@pytest.mark.parametrize(
    ("given", "days", "hours"),
    [
        ({}, 7, 168),
        ({"messageRetentionInDays": 2}, 2, 48),
        ({"retentionDescription": {"cleanupPolicy": "Delete", "retentionTimeInHours": 30}}, 2, 30),
        ({"retentionDescription": {"retentionTimeInHours": 30}, "messageRetentionInDays": 7}, 2, 30),
    ],
)
def test_retention_is_shown_both_ways_and_the_description_wins(
    grounds: Cloud, given: dict[str, object], days: int, hours: int
) -> None:
    """The SDK has two properties for one thing."""
    namespace(grounds)
    outputs = hub(grounds, **given).outputs
    assert outputs["messageRetentionInDays"] == days
    assert outputs["retentionDescription"] == {"cleanupPolicy": "Delete", "retentionTimeInHours": hours}


def test_a_standard_namespace_holds_ten_hubs(grounds: Cloud) -> None:
    namespace(grounds)
    for index in range(10):
        hub(grounds, f"hub-{index}")
    told = grounds.refused(HUB, "h", **hub_inputs("one-more"))
    assert 'Status=409 Code="Conflict"' in told
    assert "Actual: 10, Max allowed: 10" in told


def test_a_hub_needs_its_namespace_and_goes_with_it(grounds: Cloud) -> None:
    assert 'Code="ParentResourceNotFound"' in grounds.refused(HUB, "h", **hub_inputs())
    made = namespace(grounds)
    inside = hub(grounds)
    grounds.delete(made)
    assert grounds.provider.arm.read(inside.id) is None


def test_a_consumer_group_is_there_from_the_start_and_nineteen_more_can_be_made(grounds: Cloud) -> None:
    """`$Default` is Azure's: making it again is refused by the provider, reading it is not."""
    namespace(grounds)
    made = hub(grounds)
    assert grounds.provider.arm.read(f"{made.id}/consumergroups/$Default") is not None
    assert grounds.provider.arm.read(f"{made.id}/consumergroups/other") is None
    told = grounds.refused(GROUPS, "g", **hub_inputs(), consumerGroupName="$Default")
    assert "already existing" in told
    for index in range(19):
        grounds.create(GROUPS, f"g{index}", **hub_inputs(), consumerGroupName=f"group-{index}")
    told = grounds.refused(GROUPS, "g", **hub_inputs(), consumerGroupName="one-more")
    assert "Actual: 20, Max allowed: 20" in told


# Network rules --------------------------------------------------------------------------------------------------------


def test_rules_that_say_nothing_of_public_access_open_the_namespace(grounds: Cloud) -> None:
    """Both have the switch, and the one written last wins."""
    made = namespace(grounds, publicNetworkAccess="Disabled")
    rules = grounds.create(RULES, "r", resourceGroupName=GROUP, namespaceName=NAME, defaultAction="Deny")
    assert grounds.provider.arm.read(made.id)["publicNetworkAccess"] == "Enabled"
    grounds.update(rules, publicNetworkAccess="Disabled")
    assert grounds.provider.arm.read(made.id)["publicNetworkAccess"] == "Disabled"
    grounds.update(made, publicNetworkAccess="Enabled")
    assert grounds.provider.arm.read(rules.id)["publicNetworkAccess"] == "Enabled"


def test_rules_are_one_set_that_is_always_there(grounds: Cloud) -> None:
    """A create takes them over, a delete puts Azure's own back."""
    made = namespace(grounds)
    before = grounds.provider.arm.read(f"{made.id}/networkRuleSets/default")
    assert before["defaultAction"] == "Allow"
    rules = grounds.create(RULES, "r", resourceGroupName=GROUP, namespaceName=NAME, defaultAction="Deny")
    assert rules.id.endswith("/networkRuleSets/default")
    grounds.delete(rules)
    assert grounds.provider.arm.read(rules.id)["defaultAction"] == "Allow"


# Rules and keys -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("rights", [(), ("Manage",), ("Manage", "Send"), ("Read",)])
def test_a_rule_gives_rights_that_are_whole(grounds: Cloud, rights: tuple[str, ...]) -> None:
    namespace(grounds)
    hub(grounds)
    inputs = rule_inputs(rights=rights)
    assert 'Status=400 Code="BadRequest"' in grounds.refused(HUB_RULE, "r", **inputs)
    inputs.pop("eventHubName")
    assert 'Status=400 Code="BadRequest"' in grounds.refused(ROOT, "r", **inputs)


@pytest.mark.parametrize(("token", "own"), [(HUB_RULE, 12), (ROOT, 11)])
def test_a_hub_and_a_namespace_hold_twelve_rules(grounds: Cloud, token: str, own: int) -> None:
    """A namespace has the root rule from the start."""
    namespace(grounds)
    hub(grounds)

    def inputs(name: str) -> dict[str, Any]:
        given = rule_inputs(name)
        return given if token == HUB_RULE else {key: item for key, item in given.items() if key != "eventHubName"}

    for index in range(own):
        grounds.create(token, f"r{index}", **inputs(f"rule-{index}"))
    told = grounds.refused(token, "r", **inputs("one-more"))
    assert 'Status=409 Code="Conflict"' in told
    assert "Actual: 12, Max allowed: 12" in told


def test_a_hubs_key_names_the_hub_and_is_in_no_output(grounds: Cloud) -> None:
    namespace(grounds)
    hub(grounds)
    rule = grounds.create(HUB_RULE, "r", **rule_inputs())
    keys = invoke(grounds, "eventhub:listEventHubKeys", **hub_inputs(), authorizationRuleName="listen")
    assert keys["primaryConnectionString"] == (
        f"Endpoint=sb://{NAME}.servicebus.windows.net/;SharedAccessKeyName=listen;"
        f"SharedAccessKey={keys['primaryKey']};EntityPath=user-events"
    )
    assert keys["primaryKey"] != keys["secondaryKey"]
    assert keys["primaryKey"] not in str(rule.outputs)
    assert keys["primaryKey"] not in str(grounds.provider.arm.read(rule.id))


def test_a_key_stays_with_its_rule_and_is_new_with_a_new_one(grounds: Cloud) -> None:
    namespace(grounds)
    hub(grounds)
    rule = grounds.create(HUB_RULE, "r", **rule_inputs())
    asked = {**hub_inputs(), "authorizationRuleName": "listen"}
    first = invoke(grounds, "eventhub:listEventHubKeys", **asked)
    grounds.update(rule, rights=["Listen", "Send"])
    assert invoke(grounds, "eventhub:listEventHubKeys", **asked) == first
    grounds.delete(rule)
    grounds.clock.now += 1
    grounds.create(HUB_RULE, "r", **rule_inputs())
    assert invoke(grounds, "eventhub:listEventHubKeys", **asked)["primaryKey"] != first["primaryKey"]


def test_a_namespace_has_a_root_key_from_the_start(grounds: Cloud) -> None:
    made = namespace(grounds)
    asked = {"resourceGroupName": GROUP, "namespaceName": NAME, "authorizationRuleName": "RootManageSharedAccessKey"}
    keys = invoke(grounds, "eventhub:listNamespaceKeys", **asked)
    assert "EntityPath" not in keys["primaryConnectionString"]
    told = grounds.refused(ROOT, "r", **asked, rights=["Listen"])
    assert "already existing" in told
    root = grounds.provider.arm.read(f"{made.id}/authorizationRules/RootManageSharedAccessKey")
    assert root["rights"] == ["Listen", "Manage", "Send"]
    grounds.create(ROOT, "own", **{**asked, "authorizationRuleName": "own"}, rights=["Send"])


def test_keys_of_no_rule_are_not_found(grounds: Cloud) -> None:
    namespace(grounds)
    hub(grounds)
    with pytest.raises(grpc.RpcError) as refusal:
        invoke(grounds, "eventhub:listEventHubKeys", **hub_inputs(), authorizationRuleName="none")
    assert 'Code="ResourceNotFound"' in refusal.value.details()


def test_a_read_only_lock_hides_the_keys(grounds: Cloud) -> None:
    """Listing them is a POST."""
    made = namespace(grounds)
    hub(grounds)
    grounds.create(HUB_RULE, "r", **rule_inputs())
    grounds.create(
        "authorization:ManagementLockByScope", "l", scope=made.id, lockName="lock", level="ReadOnly", notes=""
    )
    with pytest.raises(grpc.RpcError) as refusal:
        invoke(grounds, "eventhub:listEventHubKeys", **hub_inputs(), authorizationRuleName="listen")
    assert 'Status=409 Code="ScopeLocked"' in refusal.value.details()


def test_another_subscription_is_another_namespace(grounds: Cloud) -> None:
    """The function is asked in the subscription of the provider that it names."""
    namespace(grounds)
    hub(grounds)
    grounds.create(HUB_RULE, "r", **rule_inputs())
    grounds.store.add_subscription("00000000-0000-4000-8000-000000000000", TENANT)
    grounds.configure(subscriptionId="00000000-0000-4000-8000-000000000000")
    with pytest.raises(grpc.RpcError):
        invoke(grounds, "eventhub:listEventHubKeys", **hub_inputs(), authorizationRuleName="listen")
    grounds.configure(subscriptionId=SUBSCRIPTION)
