"""The standby: in the paired region, alike in all but its names, joined to the first network, with a replica in it."""

from dataclasses import replace

import pytest

from cidr import FaultsError, load_map
from components.data.postgres import PostgresSize
from components.network.security_rules import Neighbours
from components.network.virtual_network import Network, NetworkArgs
from components.place import Place
from components.recovery.addresses import Halves
from components.recovery.postgres_replica import PostgresReplica, PostgresReplicaArgs
from components.recovery.standby import Standby, StandbyArgs, StandbyNames
from tests.components.recording import Recording, record

SIZE = PostgresSize(
    sku_name="Standard_D4ds_v5",
    tier="GeneralPurpose",
    storage_gb=128,
    version="18",
    backup_retention_days=35,
    geo_redundant_backup=True,
    high_availability="ZoneRedundant",
)


def declare(place: Place, size: PostgresSize = SIZE) -> None:
    """Two networks and a replica in the second one."""
    halves = Halves.of(load_map(), load_map().plan("westeu-dev-1"))
    here, there = (Neighbours(replicas=(str(half.slot("db").network),)) for half in (halves.standby, halves.own))
    own = Network("network", NetworkArgs(place=place, plan=halves.own, workspace_id="/logs", neighbours=here))
    standby = Standby(
        "standby",
        StandbyArgs(
            place=place,
            network=own,
            location="northeurope",
            plan=halves.standby,
            workspace_id="/logs",
            neighbours=there,
        ),
    )
    PostgresReplica(
        "replica",
        PostgresReplicaArgs(
            place=standby.place,
            size=size,
            tenant_id="tenant",
            source_id="/servers/psql",
            source_created_at="then",
            network_id=standby.network.id,
            network_guid=standby.network.resource_guid,
            subnet_id=standby.network.subnet_ids["db"],
            zone_place=place,
            zone_id="/zones/z",
            zone_name="z.postgres.database.azure.com",
            workspace_id="/logs",
        ),
    )


@pytest.fixture
def recording(place: Place) -> Recording:
    """All of it, as it is registered."""
    return record(lambda: declare(place))


def test_the_group_and_all_in_it_lie_in_the_paired_region(recording: Recording) -> None:
    """A group whose record lies in a region that is down takes no writes."""
    group = recording["standby-group"].inputs
    assert (group["resourceGroupName"], group["location"]) == ("rg-cf-westeu-dev-1-standby", "northeurope")
    for name in ("standby-network-vnet", "standby-network-nsg-db", "replica-server"):
        assert recording[name].inputs["resourceGroupName"] == "rg-cf-westeu-dev-1-standby"
        assert recording[name].inputs["location"] == "northeurope"


def test_no_name_of_the_standby_is_one_of_the_first_network(recording: Recording) -> None:
    """A person who looks for a name finds one thing."""
    assert recording["standby-network-vnet"].inputs["virtualNetworkName"] == "vnet-cf-westeu-dev-1-standby"
    assert recording["standby-network-subnet-db"].inputs["subnetName"] == "snet-cf-westeu-dev-1-standby-db"
    assert recording["replica-server"].inputs["serverName"] == "psql-cf-westeu-dev-1-standby"
    groups = [one.inputs["networkSecurityGroupName"] for one in recording.of_type("network:NetworkSecurityGroup")]
    assert len(groups) == len(set(groups))


def test_a_kind_without_room_for_the_word_is_refused(place: Place) -> None:
    with pytest.raises(FaultsError, match="takes no descriptor"):
        StandbyNames(place.names.deployment, place.names.application_code).of("postgres_dns_zone")


def test_the_two_networks_are_joined_from_both_sides_without_overlap(recording: Recording) -> None:
    spaces = [
        recording[name].inputs["addressSpace"]["addressPrefixes"] for name in ("network-vnet", "standby-network-vnet")
    ]
    assert spaces == [["10.10.0.0/17"], ["10.10.128.0/17"]]
    out, back = recording["standby-peering-out"].inputs, recording["standby-peering-back"].inputs
    assert (out["virtualNetworkName"], back["virtualNetworkName"]) == (
        "vnet-cf-westeu-dev-1",
        "vnet-cf-westeu-dev-1-standby",
    )
    assert out["virtualNetworkPeeringName"] != back["virtualNetworkPeeringName"]


def test_the_two_databases_and_nobody_else_across_may_replicate(recording: Recording) -> None:
    """Both groups deny by default: without these rules a replica never catches up."""
    for name, other in (("network-nsg-db", "10.10.130.0/24"), ("standby-network-nsg-db", "10.10.2.0/24")):
        rules = {rule["name"]: rule for rule in recording[name].inputs["securityRules"]}
        into, out = rules["AllowReplicationInbound"], rules["AllowReplicationOutbound"]
        assert (into["sourceAddressPrefix"], into["destinationPortRange"]) == (other, "5432")
        assert (out["destinationAddressPrefix"], out["destinationPortRange"]) == (other, "5432")


def test_every_subnet_has_its_standby_behind_a_group(recording: Recording) -> None:
    """What a failover puts there finds its place and its rules ready."""
    first = {one.name.removeprefix("network-") for one in recording.custom() if one.name.startswith("network-subnet-")}
    second = {
        one.name.removeprefix("standby-network-")
        for one in recording.custom()
        if one.name.startswith("standby-network-subnet-")
    }
    assert first == second
    assert all("networkSecurityGroup" in recording[f"standby-network-{name}"].inputs for name in second)


def test_the_replica_is_as_big_as_its_primary_and_has_what_a_replica_may_have(recording: Recording) -> None:
    """It takes the primary's place only so; availability, backups and a version of its own it has none."""
    inputs = recording["replica-server"].inputs
    assert (inputs["createMode"], inputs["sourceServerResourceId"]) == ("Replica", "/servers/psql")
    assert inputs["sku"] == {"name": "Standard_D4ds_v5", "tier": "GeneralPurpose"}
    assert inputs["storage"]["storageSizeGB"] == 128
    assert not {"highAvailability", "backup", "version", "administratorLogin"} & inputs.keys()
    assert inputs["authConfig"]["passwordAuth"] == "Disabled"


def test_a_promoted_replica_is_left_as_it_is_and_a_new_primary_gets_a_new_one(recording: Recording) -> None:
    request = recording["replica-server"].request
    assert set(request.ignoreChanges) == {"createMode", "sourceServerResourceId"}
    assert recording["replica-server"].trigger == "then"
    assert request.deleteBeforeReplace is True


def test_the_primarys_zone_is_linked_to_the_standby_network_before_the_replica(recording: Recording) -> None:
    link = recording["replica-zone-link"].inputs
    assert link["resourceGroupName"] == "rg-cf-westeu-dev-1"
    assert link["virtualNetworkLinkName"] == "dnslink-cf-westeu-dev-1-standby"
    assert "replica-zone-link" in recording["replica-server"].dependencies


def test_a_burstable_server_has_no_replica(place: Place) -> None:
    """Azure would say so after the network stands."""
    small = replace(SIZE, sku_name="Standard_B1ms", tier="Burstable", high_availability="Disabled")
    with pytest.raises(ValueError, match="Burstable tier has no read replicas"):
        record(lambda: declare(place, small))
