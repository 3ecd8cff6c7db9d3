"""Private zones, links and record sets refuse what Azure refuses."""

import pytest

from tests.sandbox.azure.cloud import GROUP, Cloud, Live

ZONE = "db.private.postgres.database.azure.com"


def record(name: str = "api", kind: str = "A", **more: object) -> dict[str, object]:
    values = {"aRecords": [{"ipv4Address": "10.0.0.4"}]} if kind == "A" else {}
    return {
        "resourceGroupName": GROUP,
        "privateZoneName": ZONE,
        "recordType": kind,
        "relativeRecordSetName": name,
        "ttl": 300,
        **values,
        **more,
    }


def link_inputs(zone: str, network: Live, name: str = "new", **more: object) -> dict[str, object]:
    return {
        "resourceGroupName": GROUP,
        "privateZoneName": zone,
        "virtualNetworkLinkName": name,
        "location": "global",
        "virtualNetwork": {"id": network.id},
        **more,
    }


def test_a_zone_counts_what_lies_in_it(grounds: Cloud) -> None:
    zone = grounds.zone(ZONE)
    grounds.link(zone, grounds.network())
    grounds.create("privatedns:PrivateRecordSet", "r", **record())
    found = grounds.provider.arm.read(zone.id)
    assert found is not None
    assert (found["numberOfRecordSets"], found["numberOfVirtualNetworkLinks"]) == (2, 1)


@pytest.mark.parametrize("name", ["single", "two..dots", "x" * 64 + ".internal"])
def test_a_zone_has_a_name_of_labels(grounds: Cloud, name: str) -> None:
    told = grounds.refused(
        "privatedns:PrivateZone", "z", resourceGroupName=GROUP, privateZoneName=name, location="global"
    )
    assert 'Code="BadRequest"' in told


def test_a_zone_with_links_is_not_deleted(grounds: Cloud) -> None:
    zone = grounds.zone(ZONE)
    link = grounds.link(zone, grounds.network())
    told = grounds.delete_refused(zone)
    assert 'Status=409 Code="CannotDeleteResource"' in told
    assert link.id in told
    grounds.delete(link)
    grounds.delete(zone)


def test_a_network_is_linked_once_to_a_zone_name(grounds: Cloud) -> None:
    """Not to the same zone twice, nor to another zone of that name."""
    network, zone = grounds.network(), grounds.zone(ZONE)
    grounds.link(zone, network)
    told = grounds.refused("privatedns:VirtualNetworkLink", "again", **link_inputs(ZONE, network, "again"))
    assert 'Status=400 Code="BadRequest"' in told
    assert "multiple zones with overlapping namespaces" in told
    grounds.group("rg-other")
    twin = {"resourceGroupName": "rg-other", "privateZoneName": ZONE, "location": "global"}
    grounds.create("privatedns:PrivateZone", "twin", **twin)
    other = {**link_inputs(ZONE, network), "resourceGroupName": "rg-other"}
    assert "overlapping namespaces" in grounds.refused("privatedns:VirtualNetworkLink", "twin", **other)


def test_a_network_registers_in_one_zone(grounds: Cloud) -> None:
    network = grounds.network()
    grounds.zone("a.internal")
    grounds.zone("b.internal")
    first = link_inputs("a.internal", network, registrationEnabled=True)
    grounds.create("privatedns:VirtualNetworkLink", "first", **first)
    second = link_inputs("b.internal", network, registrationEnabled=True)
    assert 'Code="BadRequest"' in grounds.refused("privatedns:VirtualNetworkLink", "second", **second)


def test_a_link_names_a_live_network_and_keeps_it(grounds: Cloud) -> None:
    network, zone = grounds.network(), grounds.zone(ZONE)
    missing = {**link_inputs(ZONE, network), "virtualNetwork": {"id": network.id + "-none"}}
    assert "was not found" in grounds.refused("privatedns:VirtualNetworkLink", "l", **missing)
    nameless = {**link_inputs(ZONE, network), "virtualNetwork": {}}
    assert "names no virtualNetwork.id" in grounds.refused("privatedns:VirtualNetworkLink", "l", **nameless)
    link = grounds.link(zone, network)
    other = grounds.network("other", "10.20.0.0/16")
    assert 'Code="BadRequest"' in grounds.update_refused(link, virtualNetwork={"id": other.id})


@pytest.mark.parametrize(
    "wrong",
    [
        record(kind="SPF"),
        record(ttl=-1),
        record(cnameRecord={"cname": "elsewhere"}),
        record("@", "CNAME", cnameRecord={"cname": "elsewhere"}),
        record("bad name"),
    ],
)
def test_a_record_set_holds_what_its_type_says(grounds: Cloud, wrong: dict[str, object]) -> None:
    grounds.zone(ZONE)
    assert 'Status=400 Code="BadRequest"' in grounds.refused("privatedns:PrivateRecordSet", "r", **wrong)


def test_a_cname_stands_alone(grounds: Cloud) -> None:
    grounds.zone(ZONE)
    grounds.create("privatedns:PrivateRecordSet", "a", **record())
    cname = record("api", "CNAME", cnameRecord={"cname": "elsewhere"})
    assert "cannot be in one zone" in grounds.refused("privatedns:PrivateRecordSet", "c", **cname)


def test_a_record_at_the_top_has_the_name_of_the_zone(grounds: Cloud) -> None:
    grounds.zone(ZONE)
    made = grounds.create("privatedns:PrivateRecordSet", "top", **record("@"))
    assert made.outputs["fqdn"] == f"{ZONE}."
    assert made.outputs["type"] == "Microsoft.Network/privateDnsZones/A"
