"""Search services refuse what Azure refuses, and answer as it does."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sandbox.azure.catalog.ai_search import TIERS, WITHOUT_CAPACITY
from tests.sandbox.azure.cloud import GROUP, Cloud, Live
from tests.sandbox.azure.test_private_endpoints import Stage

SEARCH = "search:Service"
AUTH = {"aadOrApiKey": {"aadAuthFailureMode": "http403"}}


def service(name: str = "srch-test", sku: str = "basic", **more: Any) -> dict[str, Any]:
    return {"resourceGroupName": GROUP, "searchServiceName": name, "sku": {"name": sku}, **more}


@pytest.fixture
def searched(grounds: Cloud) -> tuple[Cloud, Live]:
    return grounds, grounds.create(SEARCH, "s", **service())


def test_a_service_answers_with_its_address_and_azures_defaults(searched: tuple[Cloud, Live]) -> None:
    """Its state is written small, other than that of most types."""
    outputs = searched[1].outputs
    assert outputs["endpoint"] == "https://srch-test.search.windows.net"
    assert (outputs["provisioningState"], outputs["status"]) == ("succeeded", "running")
    assert (outputs["replicaCount"], outputs["partitionCount"], outputs["publicNetworkAccess"]) == (1, 1, "Enabled")
    assert (outputs["disableLocalAuth"], outputs["authOptions"]) == (False, {"apiKeyOnly": {}})


def test_without_keys_there_is_no_other_way_to_sign_in(grounds: Cloud) -> None:
    """Roles alone count then; Azure refuses even to be told how it would be answered."""
    told = grounds.refused(SEARCH, "s", **service(disableLocalAuth=True, authOptions=AUTH))
    assert 'Status=400 Code="BadRequest"' in told
    assert "AuthOptions must be null if DisableLocalAuth is true." in told
    made = grounds.create(SEARCH, "s", **service(disableLocalAuth=True, identity={"type": "SystemAssigned"}))
    assert "authOptions" not in made.outputs
    assert made.outputs["identity"]["principalId"]


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"sku": {"name": "premium"}}, "is none of free, basic"),
        ({"replicaCount": 4}, "cannot have 4 replicas"),
        ({"sku": {"name": "standard"}, "replicaCount": 13}, "cannot have 13 replicas"),
        ({"sku": {"name": "standard"}, "partitionCount": 5}, "partitions one of 1, 2, 3, 4, 6, 12"),
        ({"sku": {"name": "standard"}, "replicaCount": 12, "partitionCount": 4}, "36 search units at most"),
        ({"publicNetworkAccess": "Sometimes"}, "is none of Enabled, Disabled"),
        ({"semanticSearch": "always"}, "is none of disabled, free, standard"),
        ({"hostingMode": "HighDensity"}, "of SKU standard3 alone"),
        ({"authOptions": {}}, "either apiKeyOnly or aadOrApiKey"),
    ],
)
def test_a_service_refuses(grounds: Cloud, wrong: dict[str, Any], says: str) -> None:
    told = grounds.refused(SEARCH, "s", **{**service(), **wrong})
    assert 'Status=400 Code="BadRequest"' in told
    assert says in told


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30, deadline=None)
@given(st.sampled_from(sorted(TIERS)), st.integers(1, 14), st.sampled_from([1, 2, 3, 4, 6, 12]))
def test_copies_times_parts_are_what_a_tier_has(grounds: Cloud, sku: str, replicas: int, partitions: int) -> None:
    """Whatever is asked for, what is taken is within the three limits."""
    tier = TIERS[sku]
    fits = replicas <= tier.replicas and partitions in tier.partitions and replicas * partitions <= 36
    inputs = service(sku=sku, replicaCount=replicas, partitionCount=partitions)
    if fits:
        grounds.delete(grounds.create(SEARCH, "s", **inputs))
    else:
        assert 'Code="BadRequest"' in grounds.refused(SEARCH, "s", **inputs)


@pytest.mark.parametrize("name", ["s", "Srch", "-srch", "a-b", "srch--test", "srch-", "s" * 61])
def test_names_are_checked_before_any_call(grounds: Cloud, name: str) -> None:
    """Also that the second character is no hyphen."""
    assert "does not match expression" in grounds.check(SEARCH, "s", service(name)).failures[0].reason


def test_the_service_checks_names_too(grounds: Cloud) -> None:
    """A client other than the provider has no pattern to stop it."""
    made = grounds.create(SEARCH, "s", **service())
    with pytest.raises(Exception, match="Srch") as refusal:
        grounds.provider.arm.create(made.id.replace("srch-test", "Srch"), {"location": "westeurope"})
    assert getattr(refusal.value, "code", "") == "InvalidServiceName"


def test_a_name_is_taken_in_the_whole_world_and_free_when_deleted(searched: tuple[Cloud, Live]) -> None:
    cloud, made = searched
    cloud.group("rg-other")
    again = {**service(), "resourceGroupName": "rg-other"}
    assert 'Status=409 Code="ServiceNameUnavailable"' in cloud.refused(SEARCH, "again", **again)
    cloud.delete(made)
    cloud.create(SEARCH, "again", **again)


def test_a_subscription_has_so_many_of_a_tier_in_a_region(grounds: Cloud) -> None:
    """Other tiers and other regions are counted for themselves."""
    for number in range(TIERS["standard3"].services):
        grounds.create(SEARCH, f"s{number}", **service(f"srch-{number}", "standard3"))
    told = grounds.refused(SEARCH, "more", **service("srch-more", "standard3"))
    assert 'Status=400 Code="ServiceQuotaExceeded"' in told
    assert "You are using 6 out of 6 'standard3'" in told
    grounds.create(SEARCH, "more", **service("srch-more", "standard"))
    grounds.create(SEARCH, "far", **service("srch-far", "standard3", location="northeurope"))


def test_a_region_may_have_no_room_for_a_tier(searched: tuple[Cloud, Live]) -> None:
    """What is there stays and can be changed; only more of it is refused."""
    cloud, made = searched
    cloud.store.set(WITHOUT_CAPACITY, "westeurope/basic", "")
    told = cloud.refused(SEARCH, "t", **service("srch-two"))
    assert 'Status=400 Code="InsufficientResourcesAvailable"' in told
    assert "'westeurope' currently does not have enough resources available" in told
    assert 'Code="InsufficientResourcesAvailable"' in cloud.update_refused(made, replicaCount=2)
    cloud.update(made, tags={"a": "b"})
    cloud.create(SEARCH, "t", **service("srch-two", "standard"))


def test_copies_and_tier_change_in_place(searched: tuple[Cloud, Live]) -> None:
    """A region does not."""
    cloud, made = searched
    assert not list(cloud.diff(made, sku={"name": "standard"}, replicaCount=2).replaces)
    assert list(cloud.diff(made, location="northeurope").replaces)
    assert cloud.update(made, sku={"name": "standard"}, replicaCount=2).outputs["replicaCount"] == 2


def test_an_endpoint_leads_to_it(grounds: Cloud) -> None:
    """And it shows the connection one level deeper than other services do."""
    stage, made = Stage(grounds), grounds.create(SEARCH, "s", **service(publicNetworkAccess="Disabled"))
    zone = grounds.zone("privatelink.search.windows.net")
    grounds.link(zone, stage.network)
    stage.way(made, "searchService")
    stage.names(zone)
    assert stage.records(zone) == {"srch-test": ["10.10.4.4"]}
    found = grounds.provider.arm.read(made.id)
    assert found is not None
    (connection,) = found["privateEndpointConnections"]
    assert connection["properties"]["groupId"] == "searchService"
    assert connection["properties"]["privateLinkServiceConnectionState"]["status"] == "Approved"


def test_the_free_tier_has_no_endpoints(grounds: Cloud) -> None:
    made = grounds.create(SEARCH, "s", **service(sku="free"))
    assert "the tier free has no private endpoints" in Stage(grounds).refused(made, "searchService")


def test_a_service_takes_azures_time(searched: tuple[Cloud, Live]) -> None:
    """Two minutes and a half."""
    cloud, _ = searched
    times = {(one.token, one.kind): one.azure_seconds for one in cloud.store.operations()}
    assert times[SEARCH, "create"] == 150
