"""Public zones: name servers, records by type, aliases that follow a resource."""

from typing import Any

import pytest

from tests.sandbox.azure.cloud import GROUP, Cloud, Live
from tests.sandbox.azure.front_door import endpoint, profile

ZONE, RECORD = "dns:Zone", "dns:RecordSet"
BAD = 'Status=400 Code="BadRequest"'


def record_inputs(kind: str, name: str = "app", **more: Any) -> dict[str, Any]:
    place = {"resourceGroupName": GROUP, "zoneName": "example.com"}
    return {**place, "recordType": kind, "relativeRecordSetName": name, "ttl": 3600, **more}


@pytest.fixture
def zone(grounds: Cloud) -> Live:
    return grounds.create(ZONE, "z", resourceGroupName=GROUP, zoneName="example.com", location="global")


def test_a_zone_has_four_name_servers_that_stay(grounds: Cloud, zone: Live) -> None:
    servers = zone.outputs["nameServers"]
    assert len({server.partition(".azure-dns.")[2] for server in servers}) == 4
    assert grounds.update(zone, tags={"a": "b"}).outputs["nameServers"] == servers


@pytest.mark.parametrize(
    ("kind", "records"),
    [("CNAME", {"cnameRecord": {"cname": "x.y"}}), ("TXT", {"txtRecords": [{"value": ["x"]}]})],
)
def test_a_record_has_a_full_name(grounds: Cloud, zone: Live, kind: str, records: dict[str, Any]) -> None:
    assert grounds.create(RECORD, "r", **record_inputs(kind, **records)).outputs["fqdn"] == "app.example.com."


@pytest.mark.parametrize("kind", ["A", "AAAA"])
def test_an_apex_follows_an_endpoint(grounds: Cloud, zone: Live, kind: str) -> None:
    """No CNAME may stand there."""
    profile(grounds)
    alias = {"targetResource": {"id": endpoint(grounds).id}}
    assert grounds.create(RECORD, "r", **record_inputs(kind, "@", **alias)).outputs["fqdn"] == "example.com."
    assert BAD in grounds.refused(RECORD, "c", **record_inputs("CNAME", "@", cnameRecord={"cname": "x.y"}))


@pytest.mark.parametrize(
    ("kind", "more"),
    [
        ("A", {}),
        ("A", {"cnameRecord": {"cname": "x.y"}}),
        ("SPF", {"txtRecords": [{"value": ["x"]}]}),
        ("TXT", {"txtRecords": [{"value": ["x"]}], "ttl": -1}),
        ("A", {"targetResource": {"id": "/subscriptions/x/none"}}),
        ("TXT", {"targetResource": {"id": "/subscriptions/x/none"}}),
    ],
)
def test_a_record_holds_what_its_type_says(grounds: Cloud, zone: Live, kind: str, more: dict[str, Any]) -> None:
    assert BAD in grounds.refused(RECORD, "r", **record_inputs(kind, **more))


def test_an_alias_is_of_an_address_and_holds_no_records(grounds: Cloud, zone: Live) -> None:
    profile(grounds)
    alias: dict[str, Any] = {"targetResource": {"id": endpoint(grounds).id}}
    assert BAD in grounds.refused(RECORD, "t", **record_inputs("TXT", **alias))
    assert BAD in grounds.refused(RECORD, "a", **record_inputs("A", **alias, aRecords=[{"ipv4Address": "192.0.2.1"}]))


def test_a_cname_stands_alone(grounds: Cloud, zone: Live) -> None:
    grounds.create(RECORD, "c", **record_inputs("CNAME", cnameRecord={"cname": "x.y"}))
    assert BAD in grounds.refused(RECORD, "t", **record_inputs("TXT", txtRecords=[{"value": ["x"]}]))
    grounds.create(RECORD, "p", **record_inputs("TXT", "_dnsauth.app", txtRecords=[{"value": ["x"]}]))
    assert zone.outputs["numberOfRecordSets"] == 2
    (_, shown) = grounds.provider.arm.read(zone.id), grounds.provider.arm.read(zone.id) or {}
    assert shown["numberOfRecordSets"] == 4
