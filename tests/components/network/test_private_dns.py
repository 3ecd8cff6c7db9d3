"""Private zones: linked before anyone uses them, and linked anew when a network is."""

import pulumi_azure_native as azure_native
import pytest

from components.network.private_dns import NetworkLink, PrivateDnsZone, PrivateDnsZoneArgs
from components.place import Place
from tests.components.recording import Recording, record


@pytest.fixture
def zone(place: Place) -> Recording:
    """A zone linked to its own network and to another, with both records of an environment."""

    def program() -> None:
        made = PrivateDnsZone(
            "dns",
            PrivateDnsZoneArgs(
                place=place,
                zone="example.internal",
                links={
                    "own": NetworkLink(name="dnslink-own", network_id="/own"),
                    "global": NetworkLink(name="dnslink-global", network_id="/global", replaced_with="guid-1"),
                },
                a_records={"*": "10.10.1.9", "@": "10.10.1.9"},
            ),
        )
        azure_native.managedidentity.UserAssignedIdentity("user", resource_group_name=made.id)

    return record(program)


def test_whoever_takes_the_id_waits_for_every_link(zone: Recording) -> None:
    """A Postgres server refuses a zone that is not linked to its network."""
    assert {"dns-link-own", "dns-link-global"} <= zone["user"].dependencies


def test_a_link_is_made_anew_when_its_network_is_though_the_id_stays(zone: Recording) -> None:
    """The trigger is the network's GUID; the old link goes first, since the name is the same."""
    link = zone["dns-link-global"]
    assert link.trigger == "guid-1"
    assert link.request.deleteBeforeReplace
    assert zone["dns-link-own"].trigger is None


def test_machines_are_not_registered(zone: Recording) -> None:
    """Records come from us and from private endpoints; a zone that registers machines can be linked once only."""
    assert {one.inputs["registrationEnabled"] for one in zone.of_type("privatedns:VirtualNetworkLink")} == {False}


def test_records_stand_for_the_domain_and_everything_below_it(zone: Recording) -> None:
    """`*` does not answer for the domain itself."""
    records = {one.inputs["relativeRecordSetName"]: one.inputs for one in zone.of_type("privatedns:PrivateRecordSet")}
    assert set(records) == {"*", "@"}
    assert all(one["aRecords"] == [{"ipv4Address": "10.10.1.9"}] for one in records.values())


def test_logical_names_hold_no_sign_that_a_url_would_not(zone: Recording) -> None:
    """URNs are typed into commands; `*` and `@` are told in words."""
    assert {"dns-a-wildcard", "dns-a-apex"} <= {one.name for one in zone.registrations}
