"""Front Door: one private way to the gateway, nothing served before it is approved and guarded, domains proved."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pulumi
import pytest

from components.edge.domain import Domain, Zone
from tests.components.edge.conftest import ENVIRONMENT, REQUEST, answer, connection
from tests.components.recording import Recording, RefusedError, record

CHECK = Path(__file__).parents[4] / "shared" / "arm" / "check.py"
HOST = "gateway.calm-bay-1234.westeurope.azurecontainerapps.io"
YES = answer(connection("Approved"))
OWN = Domain(host_name="app.example.com", zone=Zone(name="example.com", group="rg-cf-state"))
APEX = Domain(host_name="example.com", zone=Zone(name="example.com", group="rg-cf-state"))
Program = Callable[..., Callable[[], None]]


@pytest.fixture
def door(program: Program) -> Recording:
    """One without a domain, that keeps the front end at the edges."""
    return record(program(kept=("/app",)), answers=YES, stack="global-prod")


def test_the_gateway_is_asked_by_its_own_name_over_a_private_way(door: Recording) -> None:
    """The environment finds the app by the host asked for, and its certificate names its apps alone."""
    origin = door["front-door-origin"].inputs
    assert (origin["hostName"], origin["originHostHeader"]) == (HOST, HOST)
    assert origin["enforceCertificateNameCheck"] is True
    assert origin["sharedPrivateLinkResource"] == {
        "privateLink": {"id": ENVIRONMENT},
        "groupId": "managedEnvironments",
        "privateLinkLocation": "westeurope",
        "requestMessage": REQUEST,
    }
    probe = door["front-door-origins"].inputs["healthProbeSettings"]
    assert (probe["probePath"], probe["probeProtocol"], probe["probeRequestType"]) == ("/health", "Https", "HEAD")


def test_nothing_is_served_before_the_way_is_approved_and_the_firewall_stands(door: Recording) -> None:
    """A route names neither: without the order Azure refuses it, or serves it unguarded."""
    for name in ("front-door-route-api", "front-door-route-front-end"):
        assert {"front-door-origin", "front-door-guard", "front-door-approved"} <= door[name].dependencies


def test_http_is_only_redirected(door: Recording) -> None:
    for route in door.of_type("cdn:Route"):
        assert route.inputs["httpsRedirect"] == "Enabled"
        assert route.inputs["forwardingProtocol"] == "HttpsOnly"
        assert set(route.inputs["supportedProtocols"]) == {"Http", "Https"}


def test_the_api_is_never_kept_and_the_front_end_is(door: Recording) -> None:
    api, front_end = door["front-door-route-api"].inputs, door["front-door-route-front-end"].inputs
    assert api["patternsToMatch"] == ["/*"]
    assert "cacheConfiguration" not in api
    assert front_end["patternsToMatch"] == ["/app", "/app/*"]
    assert front_end["cacheConfiguration"]["compressionSettings"]["isCompressionEnabled"] is True


def test_without_a_front_end_there_is_one_route(program: Program) -> None:
    assert len(record(program(), answers=YES, stack="global-prod").of_type("cdn:Route")) == 1


def test_the_firewall_guards_every_domain(program: Program) -> None:
    """The endpoint's name too, which is not served once there is a domain."""
    door = record(program(domain=OWN), answers=YES, stack="global-prod")
    (association,) = door["front-door-guard"].inputs["parameters"]["associations"]
    assert association["patternsToMatch"] == ["/*"]
    guarded = [domain["id"].rpartition("/")[2] for domain in association["domains"]]
    assert len(guarded) == 2
    assert {"front-door-endpoint", "front-door-own-domain"} <= door["front-door-guard"].dependencies
    route = door["front-door-route-api"].inputs
    assert route["linkToDefaultDomain"] == "Disabled"
    assert len(route["customDomains"]) == 1


def test_without_a_domain_the_endpoints_name_is_the_address(door: Recording) -> None:
    assert door["front-door-route-api"].inputs["linkToDefaultDomain"] == "Enabled"
    assert door.outputs["url"] == "https://fde-cf-global-prod-abc.z01.azurefd.net"
    assert door.outputs["records"] == []


def test_a_domain_in_a_zone_of_azure_is_proved_and_led_here(program: Program) -> None:
    """The record that leads people here comes last, and goes first."""
    door = record(program(domain=OWN), answers=YES, stack="global-prod")
    proof = door["front-door-own-proof"].inputs
    assert (proof["zoneName"], proof["resourceGroupName"]) == ("example.com", "rg-cf-state")
    assert (proof["recordType"], proof["relativeRecordSetName"]) == ("TXT", "_dnsauth.app")
    assert proof["txtRecords"] == [{"value": ["a-token"]}]
    leads = door["front-door-lead-cname"]
    assert leads.inputs["cnameRecord"] == {"cname": "fde-cf-global-prod-abc.z01.azurefd.net"}
    assert leads.inputs["relativeRecordSetName"] == "app"
    assert "front-door-route-api" in leads.dependencies
    assert door.outputs["url"] == "https://app.example.com"
    assert door.outputs["records"] == []


def test_an_apex_follows_the_endpoint_by_alias(program: Program) -> None:
    """A CNAME may not stand there."""
    door = record(program(domain=APEX), answers=YES, stack="global-prod")
    assert door["front-door-own-proof"].inputs["relativeRecordSetName"] == "_dnsauth"
    for kind in ("A", "AAAA"):
        made = door[f"front-door-lead-{kind.lower()}"].inputs
        assert (made["recordType"], made["relativeRecordSetName"]) == (kind, "@")
        assert made["targetResource"]["id"]
    assert all("cnameRecord" not in made.inputs for made in door.of_type("dns:RecordSet"))


def test_a_domain_elsewhere_tells_what_to_write_there(program: Program) -> None:
    door = record(program(domain=Domain(host_name="app.example.com")), answers=YES, stack="global-prod")
    assert not door.of_type("dns:RecordSet")
    assert door.outputs["records"] == [
        {"name": "_dnsauth.app.example.com", "type": "TXT", "value": "a-token"},
        {"name": "app.example.com", "type": "CNAME", "value": "fde-cf-global-prod-abc.z01.azurefd.net"},
    ]


@pytest.mark.parametrize(
    ("host", "zone"),
    [("App.example.com", None), ("app", None), ("https://x.y", None), ("a.example.org", "example.com"),
     ("badexample.com", "example.com")],
)  # fmt: skip
def test_a_domain_that_is_none_is_refused(host: str, zone: str | None) -> None:
    with pytest.raises(ValueError, match=r"no host name|not in the zone"):
        Domain(host_name=host, zone=Zone(name=zone, group="g") if zone else None)


def test_certificates_are_front_doors_own(program: Program) -> None:
    made = record(program(domain=OWN), answers=YES, stack="global-prod")["front-door-own-domain"].inputs
    assert made["tlsSettings"] == {"certificateType": "ManagedCertificate", "minimumTlsVersion": "TLS12"}
    assert made["customDomainName"] == "host-app-example-com"


def test_everything_that_has_logs_sends_them(door: Recording) -> None:
    sent = door["front-door-logs"].inputs
    assert sent["resourceUri"].endswith("afd-cf-global-prod")
    assert sent["workspaceId"] == "/logs"


def test_a_rebuilt_environment_rebuilds_front_door(door: Recording) -> None:
    """Its old id leads to a way that is dead for good; Front Door asks for a new one only with a new profile."""
    profile = door["front-door-profile"]
    assert profile.trigger == "calm-bay-1234.westeurope.azurecontainerapps.io"
    assert profile.request.deleteBeforeReplace


def test_names_and_tags_are_the_platforms(door: Recording) -> None:
    names = {
        "front-door-profile": ("profileName", "afd-cf-global-prod"),
        "front-door-endpoint": ("endpointName", "fde-cf-global-prod"),
        "front-door-firewall-policy": ("policyName", "fdfpcfglobalprod"),
    }
    for logical, (key, name) in names.items():
        assert door[logical].inputs[key] == name
        assert door[logical].inputs["tags"]["Deployment"] == "global-prod"
        assert door[logical].inputs["location"] == "Global"


@pytest.mark.skipif(not CHECK.exists(), reason="the extract of Azure's own types is not beside this checkout")
@pytest.mark.parametrize("domain", [None, OWN, APEX])
def test_every_shape_is_azures(program: Program, tmp_path: Path, domain: Domain | None) -> None:
    """Zero violations against Azure's published types, and no value outside Azure's lists."""
    given: dict[str, Any] = {"domain": domain, "kept": ("/app",), "allow_list": ("203.0.113.0/24",)}
    made = record(program(**given), answers=YES, stack="global-prod")
    export = tmp_path / "export.json"
    export.write_text(json.dumps(made.as_export()))
    done = subprocess.run([sys.executable, CHECK, export], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    assert "note:" not in done.stdout, done.stdout


# The way in every run -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("connections", "state"),
    [
        ([connection("Pending")], "is Pending"),
        ([connection("Rejected")], "is Rejected"),
        ([connection("Disconnected")], "is Disconnected"),
        ([], "is gone"),
        ([connection("Approved", "somebody else")], "is gone"),
    ],
)
def test_a_way_that_does_not_stand_stops_the_up_and_says_what_to_type(
    program: Program, connections: list[dict[str, Any]], state: str
) -> None:
    """It can be cut off at any time, and the state remembers that it once was approved."""
    into = Recording()
    with pytest.raises(pulumi.RunError) as refusal:
        record(program(), answers=answer(*connections), into=into, stack="global-prod")
    told = str(refusal.value)
    assert state in told
    assert REQUEST in told
    assert f"az network private-endpoint-connection approve --id ID --description '{REQUEST}'" in told
    assert "Then up global-prod again" in told
    assert not into.of_type("cdn:Route")


def test_an_environment_that_is_gone_stops_the_up_without_a_traceback(program: Program) -> None:
    gone: dict[str, Any] = {"azure-native:app:getManagedEnvironment": RefusedError("ResourceNotFound")}
    with pytest.raises(pulumi.RunError, match="the environment of the gateway cannot be read"):
        record(program(), answers=gone, stack="global-prod")


def test_a_first_preview_asks_nothing(program: Program) -> None:
    recording = record(program(domain=OWN), preview=True, answers=YES, stack="global-prod")
    assert not [call for call in recording.calls if call.tok.endswith("getManagedEnvironment")]
    assert recording.warnings() == []
    assert len(recording.of_type("cdn:Route")) == 1
