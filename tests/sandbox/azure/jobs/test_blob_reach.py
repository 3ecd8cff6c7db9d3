"""A job finds the blobs of a storage account where its network has a private way to them, and nowhere else."""

import json

import pytest

from sandbox.azure.jobs import console
from tests.sandbox.azure.cloud import GROUP, Live
from tests.sandbox.azure.jobs.grounds import TELL, Grounds, log_of

HOST = "stcfstate.blob.core.windows.net"
STORE = f"https://{HOST}/exports-dev/westeu-dev-1"
ZONE = "privatelink.blob.core.windows.net"


class Way:
    """A network with an environment, and a zone that may lead to the account."""

    def __init__(self, real: Grounds) -> None:
        self.real, self.cloud = real, real.cloud
        self.network = self.cloud.network("apps", "10.11.0.0/16")
        subnet = self.cloud.subnet("env", "10.11.1.0/24", "Microsoft.App/environments", "apps")
        self.environment = self.cloud.environment(vnetConfiguration={"infrastructureSubnetId": subnet.id})
        self.zone = self.cloud.zone(ZONE)

    def link(self) -> Live:
        """The network sees the zone."""
        return self.cloud.link(self.zone, self.network)

    def name(self, account: str) -> Live:
        """The zone has the account's name, as a zone group writes it."""
        return self.cloud.create(
            "privatedns:PrivateRecordSet",
            account,
            resourceGroupName=GROUP,
            privateZoneName=ZONE,
            recordType="A",
            relativeRecordSetName=account,
            ttl=10,
            aRecords=[{"ipv4Address": "10.11.4.4"}],
        )

    def run(self, store: str = STORE) -> console.Execution:
        """A job that is told of this store."""
        variables = [{"name": "TENANCY_STORE", "value": store}]
        return self.real.run(self.real.job(TELL, environmentId=self.environment.id, container={"env": variables}))


@pytest.fixture
def way(real: Grounds) -> Way:
    return Way(real)


def address(execution: console.Execution) -> str | None:
    """What the job is told of where the name leads."""
    told = next(line for line in log_of(execution).splitlines() if line.startswith("{"))
    return json.loads(told)["environment"].get("BLOB_HOSTADDR")


def test_where_a_linked_zone_has_the_name_the_blobs_are_reached(way: Way) -> None:
    """Here they are a server on this machine; on Azure the name alone says it."""
    way.link()
    way.name("stcfstate")
    found = address(way.run())
    assert found is not None
    assert found.startswith("127.0.0.1:")


@pytest.mark.parametrize("missing", ["link", "name", "right name"])
def test_without_the_link_or_the_name_nothing_is_reached_and_it_is_said(way: Way, missing: str) -> None:
    """What a deployment without its endpoint would meet."""
    if missing != "link":
        way.link()
    if missing != "name":
        way.name("stother" if missing == "right name" else "stcfstate")
    ended = way.run()
    assert address(ended) == HOST, "no address of anything: the client refuses it"
    assert f"{HOST} does not resolve to a private endpoint" in log_of(ended)


def test_a_job_with_another_store_or_none_is_told_nothing(way: Way) -> None:
    """A directory, as for a restore by hand."""
    assert address(way.run("file:///tmp/exports")) is None
