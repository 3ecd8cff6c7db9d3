"""Routes as data: the platform's own, what one more row does, and which rows are refused."""

from dataclasses import replace
from typing import Any

import pytest

from cidr import KINDS, FaultsError
from components.gateway.config import GatewayFacts, bootstrap
from components.gateway.routes import Route, check_routes
from deployments.catalogue.routes import ROUTES
from deployments.catalogue.services import services_of

SERVICES = {kind: [service.name for service in services_of(kind) if service.http] for kind in KINDS}
USERS = Route(prefix="/v1/users", service="user", kind="regional")
TENANTS = Route(prefix="/tenants", service="tenant-registry", kind="global")
FACTS = GatewayFacts(
    global_domain="nice-sea.westeurope.azurecontainerapps.io",
    regions=("westeurope",),
    entra_tenant_id="00000000-0000-0000-0000-000000000001",
    audience="00000000-0000-0000-0000-000000000002",
)


def refused(*rows: Route) -> list[str]:
    """The faults of rows, as a user reads them."""
    with pytest.raises(FaultsError) as caught:
        check_routes(rows, SERVICES)
    return [str(fault) for fault in caught.value.faults]


def test_the_platforms_routes_reach_every_service_that_answers() -> None:
    """A service without a route would run and never be asked."""
    check_routes(ROUTES, SERVICES)
    for kind in KINDS:
        assert {row.service for row in ROUTES if row.kind == kind} == set(SERVICES[kind])


def test_one_row_adds_one_route_and_changes_nothing_else() -> None:
    """The new route stands in its row's place; filters, rules and clusters are as before."""

    def routes_and_rest(rows: tuple[Route, ...]) -> tuple[list[Any], Any]:
        config = bootstrap(rows, FACTS)
        (listener,) = config["static_resources"]["listeners"]
        manager = listener["filter_chains"][0]["filters"][0]["typed_config"]
        return manager["route_config"]["virtual_hosts"][0].pop("routes"), config

    added = Route(prefix="/v2/users", service="user", kind="regional")
    before, rest_before = routes_and_rest(ROUTES)
    after, rest_after = routes_and_rest((*ROUTES, added))
    assert [route["name"] for route in after if route not in before] == ["/v2/users"]
    assert [route for route in after if route in before] == before
    assert rest_after == rest_before


def test_a_route_to_an_unknown_service_names_its_row_and_the_likely_one() -> None:
    """The kind counts: a regional service is none of the global ones."""
    (slip,) = refused(replace(USERS, service="usr"))
    assert slip.startswith("route /v1/users -> usr: no regional service is called 'usr'")
    assert "write service='user'" in slip
    (wrong_kind,) = refused(replace(TENANTS, service="user"))
    assert "no global service is called 'user'" in wrong_kind
    (silent,) = refused(replace(USERS, service="outbox-publisher"))  # it runs, and answers nobody
    assert "no regional service is called 'outbox-publisher'" in silent


def test_a_regional_route_without_a_version_is_refused() -> None:
    """Its next version could not run beside it."""
    for prefix in ("/users", "/v0/users", "/v1", "/version1/users"):
        (fault,) = refused(replace(USERS, prefix=prefix))
        assert "of a regional route has no version" in fault
        assert f"write prefix='/v1{prefix}'" in fault
    check_routes([replace(USERS, prefix="/v12/users")], SERVICES)


def test_a_route_that_shadows_another_is_refused() -> None:
    """The later row would never be asked."""
    (fault,) = refused(TENANTS, replace(TENANTS, prefix="/tenants/search", service="master-data"))
    assert fault.startswith("route /tenants/search -> master-data: route /tenants -> tenant-registry shadows it")


def test_overlapping_prefixes_are_refused_in_the_other_order_too() -> None:
    """Else the order of rows would decide where a path goes."""
    (fault,) = refused(replace(TENANTS, prefix="/tenants/search", service="master-data"), TENANTS)
    assert "its paths overlap those of route /tenants/search -> master-data" in fault
    (twice,) = refused(TENANTS, replace(TENANTS, service="master-data"))
    assert "route /tenants -> tenant-registry has the same prefix" in twice
    check_routes([TENANTS, replace(TENANTS, prefix="/tenants-archive")], SERVICES)


@pytest.mark.parametrize("prefix", ["tenants", "/", "", "/tenants/", "//tenants", "/Tenants", "/tenants/{id}", "/a?b"])
def test_a_prefix_that_no_path_matches_is_refused(prefix: str) -> None:
    """Prefixes are whole segments, as paths are once Envoy has normalized them."""
    (fault,) = refused(replace(TENANTS, prefix=prefix))
    assert f"prefix {prefix!r} is none" in fault


@pytest.mark.parametrize("prefix", ["/health", "/health/live", "/internal/route"])
def test_the_gateways_own_paths_and_internal_ones_are_no_routes(prefix: str) -> None:
    """The look-up of a tenant's deployment is for the gateway alone."""
    (fault,) = refused(replace(TENANTS, prefix=prefix))
    assert "a segment that no route may take" in fault


@pytest.mark.parametrize(
    ("field", "value"), [("timeout_seconds", 241), ("max_request_bytes", 0), ("requests_per_second", 0)]
)
def test_limits_out_of_range_are_refused(field: str, value: int) -> None:
    """Container Apps ends a request after 240 s whatever stands here."""
    (fault,) = refused(replace(TENANTS, **{field: value}))
    assert f"{field} {value} is out of range" in fault


def test_every_fault_is_told_at_once() -> None:
    """And a gateway without routes is one."""
    assert len(refused(replace(USERS, prefix="/users", service="x"), replace(TENANTS, prefix="/"))) == 3
    assert "the gateway has no route" in refused()[0]
