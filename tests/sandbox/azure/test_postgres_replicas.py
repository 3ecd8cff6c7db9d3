"""Read replicas refuse what Azure refuses (no real server runs here; those are in test_postgres_replication)."""

from typing import Any

import pytest

from tests.sandbox.azure.cloud import GROUP, Cloud, Live
from tests.sandbox.azure.test_flexible_servers import DELEGATION, SERVER, child, in_network

GENERAL = {"sku": {"name": "Standard_D2ds_v5", "tier": "GeneralPurpose"}, "storage": {"storageSizeGB": 128}}


def replica_inputs(source: Live, name: str = "psql-replica", **more: Any) -> dict[str, Any]:
    given = {
        "resourceGroupName": GROUP,
        "serverName": name,
        "location": "northeurope",
        "createMode": "Replica",
        "sourceServerResourceId": source.id,
        **GENERAL,
        **more,
    }
    return {key: value for key, value in given.items() if value is not None}


@pytest.fixture
def primary(grounds: Cloud) -> Live:
    return grounds.server(**GENERAL)


def capacity(cloud: Cloud, live: Live) -> object:
    found = cloud.provider.arm.read(live.id)
    assert found is not None
    return found["replicaCapacity"]


def test_a_replica_has_the_version_of_its_primary_and_says_what_it_is(grounds: Cloud, primary: Live) -> None:
    made = grounds.create(SERVER, "r", **replica_inputs(primary))
    assert (made.outputs["version"], made.outputs["replicationRole"]) == ("18", "GeoAsyncReplica")
    near = grounds.create(SERVER, "n", **replica_inputs(primary, "psql-near", location="westeurope"))
    assert near.outputs["replicationRole"] == "AsyncReplica"
    assert (primary.outputs["replicationRole"], capacity(grounds, primary), capacity(grounds, made)) == (
        "Primary",
        3,
        0,
    )


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"sku": {"name": "Standard_B2s", "tier": "Burstable"}}, "SkuTier"),
        ({"storage": {"storageSizeGB": 64}}, "StorageSizeGB"),
        ({"version": "17"}, "Version"),
        ({"highAvailability": {"mode": "SameZone"}}, "HighAvailability"),
        ({"backup": {"geoRedundantBackup": "Enabled"}}, "GeoRedundantBackup"),
    ],
)
def test_a_replica_refuses(grounds: Cloud, primary: Live, change: dict[str, Any], says: str) -> None:
    told = grounds.refused(SERVER, "r", **replica_inputs(primary, **change))
    assert 'Status=400 Code="InvalidParameterValue"' in told
    assert says in told


@pytest.mark.parametrize("change", [{"createMode": None}, {"sourceServerResourceId": None, "version": "18"}])
def test_mode_and_source_need_each_other(grounds: Cloud, primary: Live, change: dict[str, Any]) -> None:
    auth = {"authConfig": {"activeDirectoryAuth": "Enabled", "passwordAuth": "Disabled"}}
    told = grounds.refused(SERVER, "r", **replica_inputs(primary, **auth, **change))
    assert 'Status=400 Code="MissingRequiredParameter"' in told


def test_a_burstable_server_and_a_replica_have_no_replicas(grounds: Cloud, primary: Live) -> None:
    small = grounds.server("psql-small")
    assert "Burstable has no read replicas" in grounds.refused(SERVER, "r", **replica_inputs(small))
    first = grounds.create(SERVER, "r", **replica_inputs(primary))
    assert "is a replica itself" in grounds.refused(SERVER, "s", **replica_inputs(first, "psql-second"))


def test_a_server_has_five_replicas(grounds: Cloud, primary: Live) -> None:
    for number in range(5):
        grounds.create(SERVER, f"r{number}", **replica_inputs(primary, f"psql-r{number}"))
    assert 'Code="ReplicaCountExceeded"' in grounds.refused(SERVER, "more", **replica_inputs(primary, "psql-more"))


def test_the_primary_goes_after_its_replicas(grounds: Cloud, primary: Live) -> None:
    made = grounds.create(SERVER, "r", **replica_inputs(primary))
    assert 'Status=400 Code="PrimaryServerHasReplicas"' in grounds.delete_refused(primary)
    grounds.delete(made)
    grounds.delete(primary)


def test_databases_and_administrators_are_written_to_the_primary(grounds: Cloud, primary: Live) -> None:
    grounds.create(SERVER, "r", **replica_inputs(primary))
    there = {"serverName": "psql-replica"}
    database = {**child("user_service", "databaseName"), **there}
    assert 'Code="OperationNotAllowedOnReplica"' in grounds.refused("dbforpostgresql:Database", "d", **database)
    people = {
        **child("6c1f8c1e-1111-4f0e-9d3c-0d5f6a7b8c9d", "objectId", principalName="g", principalType="Group"),
        **there,
    }
    told = grounds.refused("dbforpostgresql:AdministratorsMicrosoftEntra", "a", **people)
    assert 'Code="OperationNotAllowedOnReplica"' in told


def test_promotion_is_refused_not_faked(grounds: Cloud, primary: Live) -> None:
    made = grounds.create(SERVER, "r", **replica_inputs(primary))
    told = grounds.update_refused(made, replica={"promoteMode": "Switchover", "promoteOption": "Planned"})
    assert "promotion is not modelled" in told


def group_of(cloud: Cloud, name: str, *rules: dict[str, Any]) -> dict[str, Any]:
    """A security group that denies all but `rules`, as a subnet names it."""
    plain = {"protocol": "*", "sourcePortRange": "*", "destinationPortRange": "*", "access": "Deny", "priority": 4096}
    ends = {"sourceAddressPrefix": "*", "destinationAddressPrefix": "*"}
    denials = [{**plain, **ends, "name": f"deny-{way}", "direction": way} for way in ("Inbound", "Outbound")]
    made = cloud.create(
        "network:NetworkSecurityGroup",
        name,
        resourceGroupName=GROUP,
        networkSecurityGroupName=name,
        securityRules=[*rules, *denials],
    )
    return {"networkSecurityGroup": {"id": made.id}}


def allowed(direction: str, source: str, destination: str, ports: str = "5432") -> dict[str, Any]:
    """A rule that allows TCP."""
    return {
        "name": f"replication-{direction}",
        "priority": 100,
        "direction": direction,
        "access": "Allow",
        "protocol": "Tcp",
        "sourcePortRange": "*",
        "sourceAddressPrefixes": [source],
        "destinationAddressPrefix": destination,
        "destinationPortRanges": ["443", ports],
    }


@pytest.mark.parametrize(
    ("ports", "peer", "taken"),
    [
        ("5432", "10.10.3.0/24", True),
        ("5000-6000", "10.10.0.0/16", True),
        ("5433", "10.10.3.0/24", False),
        ("5432", "10.10.4.0/24", False),
    ],
)
def test_the_groups_of_both_subnets_must_let_replication_through(
    grounds: Cloud, ports: str, peer: str, taken: bool
) -> None:
    """On Azure the replica would never catch up."""
    zone = grounds.zone()
    grounds.link(zone, grounds.network())
    own = "10.10.2.0/24"
    rules = allowed("Inbound", peer, own, ports), allowed("Outbound", own, peer, ports)
    here = grounds.subnet("db", own, DELEGATION, **group_of(grounds, "near", *rules))
    there = grounds.subnet("db-2", "10.10.3.0/24", DELEGATION)
    source = grounds.server("psql-test", **GENERAL, **in_network(here, zone))
    wanted = replica_inputs(source, location="westeurope", **in_network(there, zone))
    if taken:
        grounds.create(SERVER, "r", **wanted)
    else:
        told = grounds.refused(SERVER, "r", **wanted)
        assert 'Code="ReplicaNetworkNotReachable"' in told
        assert "subnet db does not let" in told


def test_two_networks_must_be_joined_before_one_replicates_into_the_other(grounds: Cloud) -> None:
    near, far = grounds.network("near", "10.30.0.0/17"), grounds.network("far", "10.30.128.0/17")
    zone = grounds.zone()
    for network, name in ((near, "near"), (far, "far")):
        grounds.link(zone, network, name)
    here = grounds.subnet("db", "10.30.2.0/24", DELEGATION, network="near")
    there = grounds.subnet("db-far", "10.30.130.0/24", DELEGATION, network="far")
    source = grounds.server(**GENERAL, **in_network(here, zone))
    wanted = replica_inputs(source, location="westeurope", **in_network(there, zone))
    told = grounds.refused(SERVER, "r", **wanted)
    assert 'Code="ReplicaNetworkNotReachable"' in told
    assert 'Code="ReplicaNetworkNotReachable"' in grounds.refused(SERVER, "r", **replica_inputs(source))
    for one, other in ((near, far), (far, near)):
        grounds.create(
            "network:VirtualNetworkPeering",
            f"{one.outputs['name']}-peer",
            resourceGroupName=GROUP,
            virtualNetworkName=one.outputs["name"],
            virtualNetworkPeeringName="peer",
            remoteVirtualNetwork={"id": other.id},
        )
    grounds.create(SERVER, "r", **wanted)
