"""The gateway's configuration: what Envoy would do with it."""

import json
import re
import subprocess
import sys
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cidr import FaultsError
from cidr.yaml_source import REPOSITORY
from components.gateway.config import GatewayFacts, bootstrap, render
from components.gateway.routes import OPEN_PATHS, RESERVED, Route, check_routes, contains
from deployments.catalogue.routes import ROUTES

# Linux takes no longer argument, nor variable: MAX_ARG_STRLEN of execve(2).
LONGEST_ARGUMENT = 128 * 1024
DOMAIN = "nice-sea.westeurope.azurecontainerapps.io"
FACTS = GatewayFacts(
    global_domain=DOMAIN,
    regions=("westeurope", "eastus"),
    entra_tenant_id="00000000-0000-0000-0000-000000000001",
    audience="00000000-0000-0000-0000-000000000002",
)
CONFIG = bootstrap(ROUTES, FACTS)

_segment = st.from_regex(r"[a-z0-9]{1,4}(-[a-z0-9]{1,3})?", fullmatch=True)
_path = st.lists(_segment, min_size=1, max_size=3).map(lambda parts: "/" + "/".join(parts))
_service = st.sampled_from(["tenant-registry", "master-data", "user"])


@st.composite
def _row(draw: st.DrawFn) -> Route:
    prefix, kind = draw(_path), draw(st.sampled_from(["global", "regional"]))
    if kind == "regional":
        prefix = f"/v{draw(st.integers(1, 12))}{prefix}"
    return Route(prefix=prefix, service=draw(_service), kind=kind)


def _apart(rows: list[Route]) -> bool:
    prefixes = [row.prefix for row in rows]
    reserved = any(prefix.split("/")[1] in RESERVED for prefix in prefixes)
    pairs = [(a, b) for i, a in enumerate(prefixes) for j, b in enumerate(prefixes) if i != j]
    return not reserved and not any(contains(a, b) for a, b in pairs)


valid_routes = st.lists(_row(), min_size=1, max_size=8).filter(_apart)


def manager(config: dict[str, Any]) -> dict[str, Any]:
    """The HTTP connection manager of the one listener."""
    (listener,) = config["static_resources"]["listeners"]
    return listener["filter_chains"][0]["filters"][0]["typed_config"]


def filter_named(config: dict[str, Any], name: str) -> dict[str, Any]:
    """The configuration of one HTTP filter."""
    return next(one["typed_config"] for one in manager(config)["http_filters"] if one["name"] == name)


def routes_of(config: dict[str, Any]) -> list[dict[str, Any]]:
    """Envoy's routes, in the order in which it tries them."""
    (host,) = manager(config)["route_config"]["virtual_hosts"]
    return host["routes"]


def matched(rules: Sequence[dict[str, Any]], path: str) -> dict[str, Any]:
    """The first that matches, as Envoy documents it for routes and for rules of the token filter."""
    for rule in rules:
        match = rule["match"]
        if "path" in match and path == match["path"]:
            return rule
        if "path_separated_prefix" in match and contains(match["path_separated_prefix"], path):
            return rule
        if "prefix" in match and path.startswith(match["prefix"]):
            return rule
    raise AssertionError(f"nothing matches {path}")


def token_rule(config: dict[str, Any], path: str) -> dict[str, Any]:
    """What the token filter asks of a path."""
    return matched(filter_named(config, "envoy.filters.http.jwt_authn")["rules"], path)


def test_rendering_pays_no_import_of_pulumi() -> None:
    """Commands that show routes read the same rows; Pulumi's import takes longer than they do."""
    program = "import sys, components.gateway.config, deployments.catalogue.routes; sys.exit('pulumi' in sys.modules)"
    subprocess.run([sys.executable, "-c", program], cwd=REPOSITORY, check=True)


@given(rows=valid_routes, rest=_path)
def test_every_prefix_goes_to_its_service_and_nowhere_else(rows: list[Route], rest: str) -> None:
    """Whatever the order of rows; a longer first segment is another path."""
    routes = routes_of(bootstrap(rows, FACTS))
    for row in rows:
        for path in (row.prefix, f"{row.prefix}/", row.prefix + rest):
            found = matched(routes, path)
            assert found["name"] == row.prefix
            cluster = found["route"]["cluster"]
            assert cluster == (row.service if row.kind == "global" else "regional-deployments")
            if row.kind == "regional":
                (mutation,) = found["typed_per_filter_config"]["service-host"]["mutations"]["request_mutations"]
                assert mutation["append"]["header"]["value"].startswith(f"{row.service}.%REQ(")
        assert matched(routes, f"{row.prefix}x")["name"] != row.prefix


def test_a_public_route_is_no_deployments() -> None:
    """Without a token nobody says to which deployment the request belongs."""
    row = Route(prefix="/v1/app", service="user", kind="regional", public=True)
    with pytest.raises(FaultsError, match="only a token tells which deployment it goes to"):
        check_routes([row], {"regional": ["user"]})


@given(rows=valid_routes, path=_path)
def test_no_path_is_open_but_the_gateways_own(rows: list[Route], path: str) -> None:
    """A route that somebody adds needs a token without anybody thinking of it, and so does a path that no route has."""
    config = bootstrap(rows, FACTS)
    for asked in (path, *(row.prefix for row in rows), *(f"{one}/x" for one in OPEN_PATHS), "/"):
        needs = token_rule(config, asked).get("requires")
        assert (needs == {"provider_name": "entra"}) is (asked not in OPEN_PATHS)
    for one in OPEN_PATHS:
        assert matched(routes_of(config), one)["direct_response"]["status"] == 200
        assert "requires" not in token_rule(config, one)


@given(rows=valid_routes)
def test_every_regional_route_is_looked_up_and_checked_and_no_other(rows: list[Route]) -> None:
    """The look-up holds by default; what switches it off are the routes that forward to a fixed host or to none."""
    regional = {row.prefix for row in rows if row.kind == "regional"}
    for route in routes_of(bootstrap(rows, FACTS)):
        own = route["typed_per_filter_config"]
        off = own.get("envoy.filters.http.ext_authz", {}).get("disabled", False)
        unchecked = "envoy.filters.http.rbac" in own
        assert off == unchecked == (route["name"] not in regional)


def test_a_token_is_entras_for_this_application_and_comes_in_one_place() -> None:
    """A token in a query string would stand in the logs of everything on its way."""
    provider = filter_named(CONFIG, "envoy.filters.http.jwt_authn")["providers"]["entra"]
    base = f"https://login.microsoftonline.com/{FACTS.entra_tenant_id}"
    assert provider["issuer"] == f"{base}/v2.0"
    assert provider["remote_jwks"]["http_uri"]["uri"] == f"{base}/discovery/v2.0/keys"
    assert provider["audiences"] == [FACTS.audience]
    assert provider["require_expiration"] is True
    assert provider["from_headers"] == [{"name": "Authorization", "value_prefix": "Bearer "}]
    assert "from_params" not in provider
    assert provider["claim_to_headers"] == [{"header_name": "x-cf-tenant", "claim_name": "tenant_id"}]


def test_headers_of_the_platform_are_taken_off_before_anything_reads_them() -> None:
    """A caller who sends the tenant or the host itself must gain nothing by it."""
    (early,) = manager(CONFIG)["early_header_mutation_extensions"]
    prefixes = [one["remove_on_match"]["key_matcher"]["prefix"] for one in early["typed_config"]["mutations"]]
    text = json.dumps(CONFIG)
    for name in set(re.findall(r"x-cf-[a-z-]*[a-z]", text)) | {"x-envoy-retry-on", "x-envoy-upstream-rq-timeout-ms"}:
        assert any(name.startswith(prefix) for prefix in prefixes), name
    answer = filter_named(CONFIG, "envoy.filters.http.ext_authz")["http_service"]["authorization_response"]
    taken = [one["exact"] for one in answer["allowed_upstream_headers"]["patterns"]]
    assert sorted(taken) == ["x-cf-deployment", "x-cf-upstream-host"]


def _host_pattern() -> str:
    policy = filter_named(CONFIG, "envoy.filters.http.rbac")["rules"]["policies"]["deployments"]
    tenant, host = policy["permissions"][0]["and_rules"]["rules"]
    assert tenant == {"header": {"name": "x-cf-tenant", "present_match": True}}
    return host["header"]["string_match"]["safe_regex"]["regex"]


@pytest.mark.parametrize(
    "host",
    [
        "evil.example.com",
        "kind-hill.northeurope.azurecontainerapps.io",  # no region of these facts
        "kind-hill.eastus.azurecontainerapps.io.evil.com",
        "evil.com/.kind-hill.eastus.azurecontainerapps.io",
        "kind-hill.eastus.azurecontainerapps.io:8443",
        "a@kind-hill.eastus.azurecontainerapps.io",
        "kind-hill.eastusxazurecontainerapps.io",
        "a.b.eastus.azurecontainerapps.io",
        "kind-hill.eastus.azurecontainerapps.io,kind-hill.eastus.azurecontainerapps.io",
        ".eastus.azurecontainerapps.io",
        "169.254.169.254",
        "",
    ],
)
def test_no_look_up_leads_out_of_the_platforms_environments(host: str) -> None:
    """Envoy matches the whole value: a registry that was deceived cannot make the gateway a way to elsewhere."""
    assert not re.fullmatch(_host_pattern(), host)
    assert re.fullmatch(_host_pattern(), "kind-hill.eastus.azurecontainerapps.io")


def test_every_upstream_is_tls_held_against_the_host_it_was_asked_for() -> None:
    """Each cluster that something names is there; each checks the certificate by the same host that it sends."""
    clusters = {one["name"]: one for one in CONFIG["static_resources"]["clusters"]}
    assert set(re.findall(r'"cluster": "([^"]+)"', json.dumps(manager(CONFIG)))) == set(clusters)
    for name, cluster in clusters.items():
        tls = cluster["transport_socket"]["typed_config"]
        assert tls["common_tls_context"]["tls_params"]["tls_minimum_protocol_version"] == "TLSv1_2"
        validation = tls["common_tls_context"]["validation_context"]
        assert validation["trusted_ca"]
        if name == "regional-deployments":
            (options,) = cluster["typed_extension_protocol_options"].values()
            assert options["upstream_http_protocol_options"] == {"auto_sni": True, "auto_san_validation": True}
            continue
        (locality,) = cluster["load_assignment"]["endpoints"]
        endpoint = locality["lb_endpoints"][0]["endpoint"]
        host = {"entra": "login.microsoftonline.com", "tenant-look-up": f"tenant-registry.{DOMAIN}"}.get(
            name, f"{name}.{DOMAIN}"
        )
        assert endpoint["hostname"] == endpoint["address"]["socket_address"]["address"] == tls["sni"] == host
        assert validation["match_typed_subject_alt_names"] == [{"san_type": "DNS", "matcher": {"exact": host}}]


def test_a_lookup_is_the_same_request_whatever_the_caller_asked() -> None:
    """By itself the filter sends the caller's method, path and host, and the environment's proxy finds apps by host."""
    cluster = next(one for one in CONFIG["static_resources"]["clusters"] if one["name"] == "tenant-look-up")
    (options,) = cluster["typed_extension_protocol_options"].values()
    script = options["http_filters"][0]["typed_config"]["default_source_code"]["inline_string"]
    for key, value in {":method": "GET", ":path": "/internal/route", ":authority": f"tenant-registry.{DOMAIN}"}.items():
        assert f'replace("{key}", "{value}")' in script
    assert filter_named(CONFIG, "envoy.filters.http.ext_authz")["failure_mode_allow"] is False


def test_only_what_changes_nothing_is_tried_again() -> None:
    """A write that failed halfway may have been done."""
    (host,) = manager(CONFIG)["route_config"]["virtual_hosts"]
    (method,) = host["retry_policy"]["retriable_request_headers"]
    pattern = method["string_match"]["safe_regex"]["regex"]
    assert method["name"] == ":method"
    assert [one for one in ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE") if re.fullmatch(pattern, one)] == [
        "GET",
        "HEAD",
    ]
    assert not any("retry_policy" in route.get("route", {}) for route in routes_of(CONFIG))


def test_a_rows_limits_are_its_routes() -> None:
    """Time, size and rate are data of the row."""
    row = Route(
        prefix="/x",
        service="tenant-registry",
        kind="global",
        timeout_seconds=7,
        max_request_bytes=9,
        requests_per_second=3,
    )
    route = matched(routes_of(bootstrap([row], FACTS)), "/x")
    own = route["typed_per_filter_config"]
    limit = own["envoy.filters.http.local_ratelimit"]
    assert route["route"]["timeout"] == "7s"
    assert own["envoy.filters.http.buffer"]["buffer"] == {"max_request_bytes": 9}
    assert limit["token_bucket"] == {"max_tokens": 6, "tokens_per_fill": 3, "fill_interval": "1s"}
    assert limit["filter_enforced"]["default_value"] == {"numerator": 100, "denominator": "HUNDRED"}
    (of_a_tenant,) = limit["descriptors"]
    assert of_a_tenant["token_bucket"] == {"max_tokens": 2, "tokens_per_fill": 1, "fill_interval": "1s"}


def test_the_access_log_holds_nothing_of_a_person_and_no_token() -> None:
    """Paths hold identifiers, queries more; addresses and agents are personal data (GDPR)."""
    (log,) = manager(CONFIG)["access_log"]
    operators = " ".join(log["typed_config"]["log_format"]["json_format"].values())
    read = set(re.findall(r"%REQ\(([^)]*)\)", operators))
    assert read == {":METHOD", "x-cf-deployment", "x-cf-tenant", "X-REQUEST-ID"}
    assert not re.search(r"PATH|QUERY|REMOTE|PEER|AUTHORIZATION|TRAILER|METADATA", operators)


def test_nothing_administers_envoy_from_outside() -> None:
    """Its admin interface can stop it and dump its configuration; without one there is no port for it."""
    assert "admin" not in CONFIG
    assert len(CONFIG["static_resources"]["listeners"]) == 1


def test_a_path_cannot_be_written_so_that_it_is_read_twice() -> None:
    """What is checked must be what is forwarded: dots, slashes twice and escaped slashes."""
    settings = manager(CONFIG)
    assert settings["normalize_path"] is settings["merge_slashes"] is True
    assert settings["path_with_escaped_slashes_action"] == "REJECT_REQUEST"


def test_the_rendered_text_is_the_same_each_time_and_fits_one_argument() -> None:
    """Else every run would be a new revision; the text is one variable and one argument."""
    assert render(ROUTES, FACTS) == render(list(ROUTES), FACTS)
    assert json.loads(render(ROUTES, FACTS)) == CONFIG
    assert len(render(ROUTES, FACTS)) < LONGEST_ARGUMENT / 2


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("global_domain", 'x"); os.exit() --'),
        ("global_domain", "localhost"),
        ("regions", ()),
        ("regions", ("westeurope", ".*")),
        ("entra_tenant_id", "common"),  # every organization's tokens
        ("audience", ""),
        ("tenant_claim", "a b"),
    ],
)
def test_facts_that_could_not_stand_in_the_configuration_are_refused(field: str, value: object) -> None:
    """They become hosts, addresses, patterns and a line of a script."""
    given_facts = {**vars(FACTS), field: value}
    with pytest.raises(FaultsError, match=f"gateway {field}"):
        GatewayFacts(**given_facts)
