"""A public zone: its name servers are told, and it is not deleted by accident."""

import pulumi

from components.edge.public_zone import PublicZone, PublicZoneArgs
from components.place import Place
from tests.components.recording import record


def test_a_zone_tells_its_name_servers_and_is_protected(place: Place) -> None:
    """Made anew it would have others, and every name in it would lead nowhere until they stand where it was bought."""

    def program() -> None:
        made = PublicZone("public", PublicZoneArgs(place=place, zone="example.com"))
        pulumi.export("servers", made.name_servers)

    found = record(program)
    zone = found["public-zone"]
    assert (zone.inputs["zoneName"], zone.inputs["location"], zone.inputs["zoneType"]) == (
        "example.com", "global", "Public",
    )  # fmt: skip
    assert zone.request.protect
    assert found.outputs["servers"] == ["ns1-01.azure-dns.com."]
