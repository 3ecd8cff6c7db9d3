"""The cache: its doors, its one database, who is let in, and what it tells."""

from collections.abc import Mapping
from typing import Any

import pulumi
import pytest

from components.data.managed_redis import ManagedRedis, ManagedRedisArgs
from components.place import Place
from tests.components.recording import Recording, record

USERS = {
    "tenant-registry": "6497c918-11ad-41e7-1b0f-7c518a87d0b0",
    "gateway": "0e5f7d5c-8c06-4a65-9f0e-9b1e3f1b7d11",
    "master-data": "1e5f7d5c-8c06-4a65-9f0e-9b1e3f1b7d12",
}


def redis(place: Place, *, users: Mapping[str, pulumi.Input[str]] = USERS, **changes: object) -> Recording:
    """A cache that differs in `changes` from a dev one; its outputs are the stack's."""
    given: dict[str, Any] = {
        "place": place,
        "workspace_id": "/logs",
        "sku_name": "Balanced_B0",
        "high_availability": False,
        "users": users,
        **changes,
    }

    def program() -> None:
        made = ManagedRedis("redis", ManagedRedisArgs(**given))
        pulumi.export("id", made.id)
        pulumi.export("host", made.host)
        pulumi.export("port", made.port)

    return record(program)


def test_the_cluster_is_reached_from_inside_by_tls(place: Place) -> None:
    """Its SKU says all of its size: with zones or a capacity Azure refuses it."""
    inputs = redis(place)["redis-cluster"].inputs
    assert inputs["clusterName"] == "redis-cf-westeu-dev-1"
    assert inputs["sku"] == {"name": "Balanced_B0"}
    assert inputs["publicNetworkAccess"] == "Disabled"
    assert inputs["minimumTlsVersion"] == "1.2"
    assert inputs["tags"]["Deployment"] == "westeu-dev-1"
    assert not {"zones", "identity"} & inputs.keys()


@pytest.mark.parametrize(("asked", "given"), [(True, "Enabled"), (False, "Disabled")])
def test_high_availability_is_always_said(place: Place, asked: bool, given: str) -> None:
    """Left out it is on, and doubles the price."""
    assert redis(place, high_availability=asked)["redis-cluster"].inputs["highAvailability"] == given


def test_the_database_is_the_one_that_a_cluster_may_have(place: Place) -> None:
    """Azure takes the name "default" and port 10000 alone; keys are off, clients need not know of clusters."""
    inputs = redis(place)["redis-database"].inputs
    assert inputs["databaseName"] == "default"
    assert inputs["port"] == 10000
    assert inputs["clientProtocol"] == "Encrypted"
    assert inputs["clusteringPolicy"] == "EnterpriseCluster"
    assert inputs["accessKeysAuthentication"] == "Disabled"
    assert inputs["evictionPolicy"] == "VolatileLRU"


def test_users_are_let_in_one_after_another(place: Place) -> None:
    """A database takes one write at a time."""
    recording = redis(place)
    assignments = [f"redis-user-{user}" for user in USERS]
    for before, made in zip(["redis-database", *assignments], assignments, strict=False):
        assert before in recording[made].dependencies


def test_an_assignment_is_named_after_its_user(place: Place) -> None:
    """Letters and digits alone; an identity that is made anew has another object id, and so another assignment."""
    inputs = redis(place)["redis-user-gateway"].inputs
    assert inputs["accessPolicyAssignmentName"] == "0e5f7d5c8c064a659f0e9b1e3f1b7d11"
    assert inputs["accessPolicyName"] == "default"
    assert inputs["user"] == {"objectId": "0e5f7d5c-8c06-4a65-9f0e-9b1e3f1b7d11"}


def test_metrics_are_the_clusters_and_logs_the_databases(place: Place) -> None:
    """A setting for what a type lacks is refused."""
    recording = redis(place)
    metrics, logs = recording["redis-metrics"].inputs, recording["redis-logs"].inputs
    assert metrics["resourceUri"].endswith("redisenterprise:RedisEnterprise/redis-cf-westeu-dev-1")
    assert "logs" not in metrics
    assert "redisenterprise:Database" in logs["resourceUri"]
    assert "metrics" not in logs


def test_clients_are_told_host_and_port(place: Place) -> None:
    outputs = redis(place).outputs
    assert outputs["host"] == "redis-cf-westeu-dev-1.westeurope.redis.azure.net"
    assert outputs["port"] == 10000


def test_a_cache_without_users_is_one_that_nobody_enters(place: Place) -> None:
    recording = redis(place, users={})
    assert not recording.of_type("redisenterprise:AccessPolicyAssignment")
    assert recording.outputs["host"]


@pytest.mark.parametrize("sku", ["Enterprise_E10", "EnterpriseFlash_F300"])
def test_closed_tiers_are_refused_before_anything_is_made(place: Place, sku: str) -> None:
    """Azure makes no new clusters of them."""
    with pytest.raises(ValueError, match=f"{sku}.*Balanced_B0"):
        ManagedRedisArgs(place=place, workspace_id="/logs", sku_name=sku, high_availability=False, users={})
