"""A job finds a PostgreSQL server by its name where private DNS and the networks lead there, and nowhere else."""

import json
from pathlib import Path
from typing import Any

import pytest

from sandbox.azure.jobs import console
from sandbox.azure.postgres.records import Records, Server
from tests.sandbox.azure.cloud import GROUP, Live
from tests.sandbox.azure.jobs.grounds import TELL, Grounds, log_of

HOST = "psql-test.postgres.database.azure.com"
PORT = 21999


class Networks:
    """Two networks: a server in "data", the environment of the jobs in one of the two."""

    def __init__(self, real: Grounds) -> None:
        self.real, cloud = real, real.cloud
        self.data, self.apps = cloud.network("data", "10.10.0.0/16"), cloud.network("apps", "10.11.0.0/16")
        subnet = cloud.subnet("db", "10.10.2.0/24", "Microsoft.DBforPostgreSQL/flexibleServers", "data")
        self.zone = cloud.zone()
        cloud.link(self.zone, self.data, "of-the-server")
        network = {"delegatedSubnetResourceId": subnet.id, "privateDnsZoneArmResourceId": self.zone.id}
        self.server = cloud.server(network=network)
        record = Server(server_id=self.server.id.lower(), name="psql-test", version=18, sku_name="x", port=PORT)
        records = Records(Path(real.home).resolve() / "pg")
        records.directory(record.server_id).mkdir(parents=True)
        records.put(record)

    def run(self, network: str, host: str = HOST) -> console.Execution:
        """Run a job in an environment of this network."""
        prefix = {"data": "10.10.1.0/24", "apps": "10.11.1.0/24"}[network]
        subnet = self.real.cloud.subnet("env", prefix, "Microsoft.App/environments", network)
        environment = self.real.cloud.environment(vnetConfiguration={"infrastructureSubnetId": subnet.id})
        variables = [{"name": "POSTGRES_HOST", "value": host}]
        return self.real.run(self.real.job(TELL, environmentId=environment.id, container={"env": variables}))

    def peer(self, near: Live, far: Live) -> None:
        """One side of a peering."""
        name = near.outputs["name"]
        self.real.cloud.create(
            "network:VirtualNetworkPeering",
            name,
            resourceGroupName=GROUP,
            virtualNetworkName=name,
            virtualNetworkPeeringName="to-other",
            remoteVirtualNetwork={"id": far.id},
            allowVirtualNetworkAccess=True,
        )


@pytest.fixture
def networks(real: Grounds) -> Networks:
    return Networks(real)


def variables(execution: console.Execution) -> dict[str, Any]:
    """What libpq would read of the environment."""
    told = next(line for line in log_of(execution).splitlines() if line.startswith("{"))
    return {name: value for name, value in json.loads(told)["environment"].items() if name.startswith("PG")}


FOUND = {"PGHOSTADDR": "127.0.0.1", "PGPORT": str(PORT), "PGSSLMODE": "disable"}


def test_in_the_servers_network_the_name_leads_to_the_real_server(networks: Networks) -> None:
    """Whatever the case of the name; libpq reads the address by itself, so the program has no word of it."""
    assert variables(networks.run("data", HOST.upper())) == FOUND


def test_a_peered_and_linked_network_reaches_the_server(networks: Networks) -> None:
    """Both sides of the peering, and the link of the zone."""
    networks.peer(networks.data, networks.apps)
    networks.peer(networks.apps, networks.data)
    networks.real.cloud.link(networks.zone, networks.apps, "of-the-apps")
    assert variables(networks.run("apps")) == FOUND


def test_without_the_link_the_name_does_not_resolve(networks: Networks) -> None:
    """A peering carries packets, no names; and no real name server is asked."""
    networks.peer(networks.data, networks.apps)
    networks.peer(networks.apps, networks.data)
    ended = networks.run("apps")
    assert variables(ended) == {"PGHOSTADDR": HOST}
    assert "its private zone is not linked to network apps" in log_of(ended)


@pytest.mark.parametrize("sides", [0, 1])
def test_without_both_sides_of_a_peering_nothing_is_reached(networks: Networks, sides: int) -> None:
    """One side alone is Initiated, not Connected."""
    if sides:
        networks.peer(networks.apps, networks.data)
    networks.real.cloud.link(networks.zone, networks.apps, "of-the-apps")
    ended = networks.run("apps")
    assert variables(ended) == {"PGHOSTADDR": HOST}
    assert "network apps has no connected peering with data" in log_of(ended)


def test_a_name_that_no_server_has_does_not_resolve(networks: Networks) -> None:
    """A slip in the name of the host must fail here as it would there."""
    ended = networks.run("data", "psql-other.postgres.database.azure.com")
    assert "psql-other.postgres.database.azure.com does not resolve: no PostgreSQL server has that name" in log_of(
        ended
    )


def test_an_environment_without_a_network_reaches_no_private_server(networks: Networks) -> None:
    """It stands in a network of Azure's own."""
    container = {"env": [{"name": "POSTGRES_HOST", "value": HOST}]}
    ended = networks.real.run(networks.real.job(TELL, container=container))
    assert "share no network" in log_of(ended)


def test_libpq_refuses_what_does_not_resolve_and_asks_no_name_server(networks: Networks) -> None:
    """The failure that a developer sees is a failure to find the host."""
    program = """
import os, psycopg
try:
    psycopg.connect(host=os.environ["POSTGRES_HOST"], user="u", password="p", dbname="postgres")
except psycopg.OperationalError as error:
    print("told:", error)
"""
    container = {"env": [{"name": "POSTGRES_HOST", "value": "psql-other.postgres.database.azure.com"}]}
    ended = networks.real.run(networks.real.job(program, container=container))
    assert "told:" in log_of(ended)
    assert "psql-other.postgres.database.azure.com" in log_of(ended).partition("told:")[2]
