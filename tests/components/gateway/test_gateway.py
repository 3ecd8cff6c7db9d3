"""The gateway as a container app: who may ask it, what it is given, which arguments are refused."""

import json
from typing import Any

import pulumi
import pytest
from pulumi_azure_native import app

from cidr import FaultsError
from components.apps.workload import Image, Scale
from components.apps.workload_identity import WorkloadIdentity, WorkloadIdentityArgs
from components.gateway.gateway import CONFIG_VARIABLE, Gateway, GatewayArgs
from components.gateway.routes import Route
from components.place import Place
from tests.components.recording import UNKNOWN, Recording, record

DOMAIN = "nice-sea.westeurope.azurecontainerapps.io"
IMAGE = Image(
    reference="complianceflow/gateway@sha256:0", port=8080, liveness_path="/health/live", readiness_path="/health"
)
TENANTS = Route(prefix="/tenants", service="tenant-registry", kind="global")
USERS = Route(prefix="/v1/users", service="user", kind="regional")
ALLOWED = ("203.0.113.0/24", "198.51.100.7/32")


def args(place: Place, identity: Any, **changes: object) -> GatewayArgs:
    """A public gateway with two routes, with `changes`."""
    given = {
        "place": place,
        "identity": identity,
        "environment_id": "/edge",
        "default_domain": "edge.westeurope.azurecontainerapps.io",
        "workspace_id": "/workspace",
        "image": IMAGE,
        "registry": "acr.azurecr.io",
        "routes": (TENANTS, USERS),
        "services": {"global": ["tenant-registry"], "regional": ["user"]},
        "global_domain": DOMAIN,
        "regions": ["westeurope"],
        "entra_tenant_id": "00000000-0000-0000-0000-000000000001",
        "audience": "00000000-0000-0000-0000-000000000002",
        "allow_list": ALLOWED,
        "public": True,
        "scale": Scale(least=1, most=3),
    }
    return GatewayArgs(**{**given, **changes})


def deployed(place: Place, *, preview: bool = False, **changes: object) -> Recording:
    """The gateway as it is registered."""

    def program() -> None:
        identity = WorkloadIdentity("gateway-runs-as", WorkloadIdentityArgs(place=place, workload="gateway"))
        given = {key: value() if callable(value) else value for key, value in changes.items()}
        made = Gateway("gateway", args(place, identity, **given))
        pulumi.export("url", made.url)

    return record(program, preview=preview)


def config_of(recording: Recording) -> Any:
    """The value of the variable with the configuration."""
    (container,) = recording["gateway-app"].inputs["template"]["containers"]
    return next(one["value"] for one in container["env"] if one["name"] == CONFIG_VARIABLE)


def test_a_public_gateway_lets_in_the_listed_addresses_alone(place: Place) -> None:
    """With rules that allow, Azure denies whoever is in none."""
    ingress = deployed(place)["gateway-app"].inputs["configuration"]["ingress"]
    rules = [(one["action"], one["ipAddressRange"]) for one in ingress["ipSecurityRestrictions"]]
    assert rules == [("Allow", text) for text in ALLOWED]
    assert (ingress["external"], ingress["allowInsecure"], ingress["targetPort"]) == (True, False, 8080)


def test_an_internal_gateway_leaves_it_to_the_network(place: Place) -> None:
    """Its environment has no address of the internet that a list could be for."""
    recording = deployed(place, public=False, allow_list=())
    ingress = recording["gateway-app"].inputs["configuration"]["ingress"]
    assert ingress["external"] is True
    assert "ipSecurityRestrictions" not in ingress


def test_the_routes_are_a_variable_of_the_revision(place: Place) -> None:
    """Azure makes a new revision of a changed template, and none of an unchanged one."""
    before, same = config_of(deployed(place)), config_of(deployed(place))
    after = config_of(deployed(place, routes=(TENANTS,)))
    assert before == same != after
    assert f"tenant-registry.{DOMAIN}" in before
    names = {route["name"] for route in _routes(before)} - {route["name"] for route in _routes(after)}
    assert names == {"/v1/users"}


def _routes(text: str) -> list[dict[str, Any]]:
    (listener,) = json.loads(text)["static_resources"]["listeners"]
    manager = listener["filter_chains"][0]["filters"][0]["typed_config"]
    return manager["route_config"]["virtual_hosts"][0]["routes"]


def test_a_preview_before_the_domain_is_known_has_an_unknown_configuration(place: Place) -> None:
    """The first preview of an environment: its domain is made with it."""

    def domain() -> pulumi.Output[str]:
        return app.ManagedEnvironment("apps", resource_group_name="rg-cf-global-dev").default_domain

    unknown = deployed(place, preview=True, global_domain=domain)
    assert config_of(unknown) == UNKNOWN


def test_it_runs_as_its_own_identity_and_answers_at_the_edges_domain(place: Place) -> None:
    """The identity pulls the image too."""
    recording = deployed(place)
    inputs = recording["gateway-app"].inputs
    (identity,) = inputs["identity"]["userAssignedIdentities"]
    assert identity.endswith("/id-cf-westeu-dev-1-gateway")
    assert inputs["configuration"]["registries"][0]["server"] == "acr.azurecr.io"
    assert recording.outputs["url"] == "https://gateway.edge.westeurope.azurecontainerapps.io"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"allow_list": ()}, "gateway allow_list: it is empty"),
        (
            {"allow_list": ("203.0.113.0/24", "203.0.113.7/24")},
            r"gateway allow_list\[1\]: '203.0.113.7/24' is no range",
        ),
        ({"allow_list": ("office",)}, r"allow_list\[0\]: 'office' is no range"),
        ({"allow_list": ("2001:db8::/32",)}, r"allow_list\[0\]: '2001:db8::/32' is no range"),
        ({"allow_list": ("0.0.0.0/0",)}, r"allow_list\[0\]: '0.0.0.0/0' lets in everybody"),
        ({"public": False}, "the gateway is not public"),
        ({"routes": (TENANTS, TENANTS)}, "has the same prefix"),
        ({"routes": (Route(prefix="/a", service="b", kind="global"),)}, "route /a -> b: no global service"),
        ({"audience": ""}, "gateway audience"),
        ({"regions": ()}, "gateway regions"),
    ],
)
def test_arguments_that_would_open_or_break_it_are_refused(place: Place, changes: dict[str, object], said: str) -> None:
    """Before anything is made; each fault names the argument or the row."""
    with pytest.raises(FaultsError, match=said):
        args(place, None, **changes)


def test_faults_of_list_and_routes_are_told_together(place: Place) -> None:
    """A user mends them in one go."""
    with pytest.raises(FaultsError) as caught:
        args(place, None, allow_list=("office", "0.0.0.0/0"), routes=(), audience="")
    assert len(caught.value.faults) == 4
