"""Managed Redis refuses what Azure refuses, and answers as it does."""

from typing import Any

import pytest

from sandbox.azure.errors import ArmError
from tests.sandbox.azure.cloud import GROUP, Cloud, Live

CLUSTER, DATABASE = "redisenterprise:RedisEnterprise", "redisenterprise:Database"
ASSIGNMENT = "redisenterprise:AccessPolicyAssignment"
USER = "6497c918-11ad-41e7-1b0f-7c518a87d0b0"


def cluster(name: str = "redis-test", sku: str = "Balanced_B0", **more: Any) -> dict[str, Any]:
    names = {"resourceGroupName": GROUP, "clusterName": name}
    return {**names, "sku": {"name": sku}, "publicNetworkAccess": "Disabled", **more}


def database(name: str = "default", **more: Any) -> dict[str, Any]:
    return {"resourceGroupName": GROUP, "clusterName": "redis-test", "databaseName": name, **more}


def assignment(name: str = "one", user: str = USER, policy: str = "default") -> dict[str, Any]:
    return {
        **database(),
        "accessPolicyAssignmentName": name,
        "accessPolicyName": policy,
        "user": {"objectId": user},
    }


@pytest.fixture
def cached(grounds: Cloud) -> tuple[Cloud, Live]:
    return grounds, grounds.create(CLUSTER, "r", **cluster())


def test_a_cluster_answers_with_its_host(cached: tuple[Cloud, Live]) -> None:
    outputs = cached[1].outputs
    assert outputs["hostName"] == "redis-test.westeurope.redis.azure.net"
    assert (outputs["kind"], outputs["resourceState"], outputs["provisioningState"]) == ("v2", "Running", "Succeeded")
    assert (outputs["highAvailability"], outputs["redundancyMode"]) == ("Enabled", "ZR")


@pytest.mark.parametrize(
    ("place", "available", "mode"),
    [("westeurope", "Enabled", "ZR"), ("westus", "Enabled", "LR"), ("westeurope", "Disabled", "None")],
)
def test_zones_come_by_themselves_with_high_availability(grounds: Cloud, place: str, available: str, mode: str) -> None:
    made = grounds.create(CLUSTER, "r", **cluster(location=place, highAvailability=available))
    assert made.outputs["redundancyMode"] == mode


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"sku": {"name": "Enterprise_E10", "capacity": 2}}, "not available to new clusters"),
        ({"sku": {"name": "Balanced_B2"}}, "none of Azure Managed Redis"),
        ({"sku": {"name": "Balanced_B0", "capacity": 2}}, "Specifying a capacity"),
        ({"zones": ["1", "2", "3"]}, "Specifying zones for SKU 'Balanced_B0' is not supported"),
        ({"minimumTlsVersion": "1.1"}, "is obsolete"),
        ({"publicNetworkAccess": "Sometimes"}, "is not Enabled or Disabled"),
        ({"highAvailability": "Perhaps"}, "is not Enabled or Disabled"),
    ],
)
def test_a_cluster_refuses(grounds: Cloud, wrong: dict[str, Any], says: str) -> None:
    told = grounds.refused(CLUSTER, "r", **{**cluster(), **wrong})
    assert 'Status=400 Code="BadRequest"' in told
    assert says in told


def test_public_access_must_be_said(grounds: Cloud) -> None:
    """The SDK requires it since this API version."""
    inputs = {key: value for key, value in cluster().items() if key != "publicNetworkAccess"}
    assert "publicNetworkAccess" in grounds.check(CLUSTER, "r", inputs).failures[0].reason


def test_a_name_is_taken_in_its_region_alone(cached: tuple[Cloud, Live]) -> None:
    """The name is a host name under the region's."""
    cloud, _ = cached
    cloud.group("rg-other")
    other = {**cluster("Redis-Test"), "resourceGroupName": "rg-other"}
    assert 'Status=409 Code="NameNotAvailable"' in cloud.refused(CLUSTER, "again", **other)
    cloud.create(CLUSTER, "far", **{**other, "location": "northeurope"})


@pytest.mark.parametrize("name", ["-redis", "re--dis", "r" * 61])
def test_names_of_clusters_are_checked_before_any_call(grounds: Cloud, name: str) -> None:
    assert "does not match expression" in grounds.check(CLUSTER, "r", cluster(name)).failures[0].reason


@pytest.mark.parametrize("inside", ["-", "/databases/de--fault", "/databases/default/accessPolicyAssignments/a-b"])
def test_the_service_checks_names_too(cached: tuple[Cloud, Live], inside: str) -> None:
    """A client other than the provider has no pattern to stop it."""
    cloud, made = cached
    cloud.create(DATABASE, "d", **database())
    with pytest.raises(ArmError) as refusal:
        cloud.provider.arm.create(f"{made.id}{inside}", {"location": "westeurope"})
    assert refusal.value.code == "InvalidResourceName"


def test_a_database_has_azures_defaults(cached: tuple[Cloud, Live]) -> None:
    outputs = cached[0].create(DATABASE, "d", **database()).outputs
    assert outputs["port"] == 10000
    assert (outputs["clientProtocol"], outputs["clusteringPolicy"]) == ("Encrypted", "OSSCluster")
    assert (outputs["evictionPolicy"], outputs["accessKeysAuthentication"]) == ("VolatileLRU", "Disabled")


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"databaseName": "other"}, "a cluster has one, named 'default'"),
        ({"port": 6379}, "port '6379' is none of"),
        ({"clientProtocol": "Open"}, "clientProtocol 'Open'"),
        ({"clusteringPolicy": "None"}, "clusteringPolicy 'None'"),
        ({"evictionPolicy": "Oldest"}, "evictionPolicy 'Oldest'"),
        ({"accessKeysAuthentication": "Maybe"}, "accessKeysAuthentication 'Maybe'"),
        ({"persistence": {"aofEnabled": True, "rdbEnabled": True}}, "At most one of AOF and RDB"),
        ({"modules": [{"name": "RediSearch"}]}, "needs clusteringPolicy EnterpriseCluster"),
        ({"geoReplication": {"groupNickname": "g"}}, "not supported for Balanced_B0"),
    ],
)
def test_a_database_refuses(cached: tuple[Cloud, Live], wrong: dict[str, Any], says: str) -> None:
    told = cached[0].refused(DATABASE, "d", **{**database(), **wrong})
    assert 'Status=400 Code="BadRequest"' in told
    assert says in told


def test_search_is_a_module_of_one_policy(cached: tuple[Cloud, Live]) -> None:
    search: dict[str, Any] = {"modules": [{"name": "RediSearch"}], "clusteringPolicy": "EnterpriseCluster"}
    cached[0].create(DATABASE, "d", **database(evictionPolicy="NoEviction", **search))


def test_a_larger_cluster_may_be_linked(grounds: Cloud) -> None:
    grounds.create(CLUSTER, "r", **cluster(sku="Balanced_B5"))
    grounds.create(DATABASE, "d", **database(geoReplication={"groupNickname": "g"}))


def test_the_clustering_policy_stays(cached: tuple[Cloud, Live]) -> None:
    made = cached[0].create(DATABASE, "d", **database(clusteringPolicy="EnterpriseCluster"))
    told = cached[0].update_refused(made, clusteringPolicy="OSSCluster")
    assert "cannot be updated without deleting the database" in told


@pytest.mark.parametrize("change", [{"port": 10001}, {"modules": [{"name": "RedisJSON"}]}])
def test_the_provider_replaces_a_database_for_these(cached: tuple[Cloud, Live], change: dict[str, Any]) -> None:
    made = cached[0].create(DATABASE, "d", **database())
    assert list(cached[0].diff(made, **change).replaces)


def test_a_user_is_given_the_one_policy(cached: tuple[Cloud, Live]) -> None:
    cloud, _ = cached
    cloud.create(DATABASE, "d", **database())
    assert cloud.create(ASSIGNMENT, "a", **assignment()).outputs["user"] == {"objectId": USER}
    for wrong, says in ((assignment("b", policy="owner"), "only 'default'"), (assignment("c", "somebody"), "no GUID")):
        told = cloud.refused(ASSIGNMENT, "x", **wrong)
        assert 'Status=400 Code="BadRequest"' in told
        assert says in told


def test_a_user_needs_a_database(cached: tuple[Cloud, Live]) -> None:
    assert 'Code="ParentResourceNotFound"' in cached[0].refused(ASSIGNMENT, "a", **assignment())


@pytest.mark.parametrize("inside", ["database", "assignment"])
def test_a_cluster_and_what_is_in_it_take_one_write_at_a_time(cached: tuple[Cloud, Live], inside: str) -> None:
    cloud, made = cached
    cloud.create(DATABASE, "d", **database())
    with cloud.store.transaction() as tx:
        tx.begin_write({made.id: True}, cloud.clock.now, cloud.clock.now + 60)
    if inside == "database":
        told = cloud.update_refused(cloud.made[-1], evictionPolicy="NoEviction")
    else:
        told = cloud.refused(ASSIGNMENT, "a", **assignment())
    assert 'Status=409 Code="Conflict"' in told
    assert "is busy processing a previous update request" in told


def test_a_cluster_takes_azures_time(cached: tuple[Cloud, Live]) -> None:
    """Nine to ten minutes with its database, and four to go."""
    cloud, made = cached
    cloud.create(DATABASE, "d", **database())
    cloud.delete(made)
    times = {(one.token, one.kind): one.azure_seconds for one in cloud.store.operations()}
    assert times[CLUSTER, "create"] + times[DATABASE, "create"] == 570
    assert times[CLUSTER, "delete"] == 240
