"""The one way in, in each environment: the same gateway by the same rows, behind Front Door in prod."""

import json
from typing import Any

import pytest

from components.gateway.gateway import CONFIG_VARIABLE
from deployments.catalogue.routes import ROUTES
from deployments.program import deploy
from stacks import load_settings
from tests.components.edge.conftest import answer, connection
from tests.components.recording import Recording, record

GLOBALS = ("global-dev", "global-stg", "global-prod")


@pytest.fixture(scope="module", params=GLOBALS)
def entry(request: pytest.FixtureRequest) -> Recording:
    """Each global deployment."""
    return recorded(request.param)


def recorded(stack: str) -> Recording:
    """Brought up; where there is a Front Door its private way is approved already."""
    answers = answer(connection("Approved"))
    return record(lambda: deploy(load_settings(stack)).export(), stack=stack, answers=answers)


def config_of(recording: Recording) -> dict[str, Any]:
    """What Envoy is started with."""
    (container,) = recording["gateway-app"].inputs["template"]["containers"]
    (text,) = [one["value"] for one in container["env"] if one["name"] == CONFIG_VARIABLE]
    return json.loads(text)


def manager_of(config: dict[str, Any]) -> dict[str, Any]:
    (listener,) = config["static_resources"]["listeners"]
    return listener["filter_chains"][0]["filters"][0]["typed_config"]


def test_every_environment_has_token_check_limits_versions_and_routing_by_tenant(entry: Recording) -> None:
    """What API Management would do in prod, the gateway does everywhere (decision 0017)."""
    manager = manager_of(config_of(entry))
    filters = {one["name"]: one["typed_config"] for one in manager["http_filters"]}
    rules = filters["envoy.filters.http.jwt_authn"]["rules"]
    assert rules[-1] == {"match": {"prefix": "/"}, "requires": {"provider_name": "entra"}}
    routes = {one["name"]: one for one in manager["route_config"]["virtual_hosts"][0]["routes"]}
    assert {row.prefix for row in ROUTES} <= routes.keys()
    for row in ROUTES:
        own = routes[row.prefix]["typed_per_filter_config"]
        limit = own["envoy.filters.http.local_ratelimit"]
        assert limit["token_bucket"]["tokens_per_fill"] == row.requests_per_second
        assert limit["descriptors"][0]["token_bucket"]["tokens_per_fill"] < row.requests_per_second
        looked_up = "envoy.filters.http.ext_authz" not in own
        assert looked_up == (row.kind == "regional") == row.prefix.startswith("/v1/")


def test_tokens_are_those_of_the_environments_own_application(entry: Recording) -> None:
    """One of dev opens nothing in prod."""
    (filter_,) = [one for one in manager_of(config_of(entry))["http_filters"] if one["name"].endswith("jwt_authn")]
    provider = filter_["typed_config"]["providers"]["entra"]
    stack = next(name for name in GLOBALS if f"rg-cf-{name}" == entry["group"].inputs["resourceGroupName"])
    assert provider["audiences"] == [load_settings(stack).gateway.audience]
    assert len({load_settings(name).gateway.audience for name in GLOBALS}) == len(GLOBALS)


def test_prod_runs_the_gateway_that_stg_has_tried() -> None:
    """But for the hosts of its environment and the application whose tokens it takes."""
    texts = [
        json.dumps(config_of(recorded(stack)))
        .replace(f"cae-cf-{stack}.", "")
        .replace(load_settings(stack).gateway.audience, "")
        for stack in ("global-stg", "global-prod")
    ]
    assert texts[0] == texts[1]


def test_the_way_into_prod_is_front_door_and_its_clients_are_limited_there_together() -> None:
    """Replicas of the gateway count for themselves; the firewall counts a client over all of them."""
    prod = recorded("global-prod")
    assert prod["edge-environment"].inputs["vnetConfiguration"]["internal"] is True
    (policy,) = prod.of_type("frontdoor:Policy")
    limits = [rule for rule in policy.inputs["customRules"]["rules"] if rule["ruleType"] == "RateLimitRule"]
    assert [rule["rateLimitThreshold"] for rule in limits] == [1200]
    assert {rule["action"] for rule in limits} == {"Block"}
    assert prod.of_type("apimanagement:ApiManagementService") == []
