"""The bootstrap of Envoy for the API gateway, rendered from routes and facts. Pure: imports no Pulumi.

Headers that only the platform may set are taken off first; what a request passes then: components/gateway/filters.py.

Look-up of a tenant's deployment, the contract with tenant-registry: `GET /internal/route` with `authorization` and
`x-cf-tenant` (the claim of the verified token) answers 200 with `x-cf-deployment` (its name) and `x-cf-upstream-host`
(the default domain of its Container Apps environment), or 403 or 404, which the caller gets. The gateway puts the
service's name before that domain and forwards to no host but `{service}.{environment}.{region}.azurecontainerapps.io`
of the platform's regions.

Rate limits are each replica's own: a replica more is a limit higher. What counts over all of them is the limit for each
client address in prod's Front Door. Why so: docs/decisions/0017-the-gateway-in-prod-is-envoy-too.md.

https://www.envoyproxy.io/docs/envoy/latest/configuration/best_practices/edge
"""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from cidr import Fault, FaultsError
from components.gateway.envoy import extension
from components.gateway.filters import DEPLOYMENT_HEADER, TENANT_HEADER, http_filters, virtual_host
from components.gateway.routes import OPEN_PATHS, Route
from components.gateway.upstreams import clusters

LISTENER_PORT: Final = 8080

# Only the platform sets these: `x-envoy-` would let a caller choose retries and timeouts.
_PLATFORM_HEADERS: Final = ("x-cf-", "x-envoy-")

# No path (it holds identifiers), no query, no address, no agent, no header of the caller's but the request's own id.
_ACCESS_LOG: Final = {
    "time": "%START_TIME%",
    "method": "%REQ(:METHOD)%",
    "route": "%ROUTE_NAME%",
    "status": "%RESPONSE_CODE%",
    "details": "%RESPONSE_CODE_DETAILS%",
    "flags": "%RESPONSE_FLAGS%",
    "milliseconds": "%DURATION%",
    "received_bytes": "%BYTES_RECEIVED%",
    "sent_bytes": "%BYTES_SENT%",
    "upstream": "%UPSTREAM_CLUSTER%",
    "deployment": f"%REQ({DEPLOYMENT_HEADER})%",
    "tenant": f"%REQ({TENANT_HEADER})%",
    "request_id": "%REQ(X-REQUEST-ID)%",
}


# Envoy's own log: https://www.envoyproxy.io/docs/envoy/latest/configuration/observability/application_logging
_OWN_LOG: Final = {"time": "%Y-%m-%dT%T.%eZ", "level": "%l", "logger": "%n", "message": "%j"}


@dataclass(frozen=True, kw_only=True)
class GatewayFacts:
    """What the configuration needs to know beside the routes.

    `global_domain`: default domain of the environment that runs the global services. `regions`: Azure's names of the
    regions that deployments stand in. `entra_tenant_id`: whose v2.0 tokens are taken
    (`accessTokenAcceptedVersion` 2 in the application's manifest); `audience`: the application's client id, which is
    the `aud` of those. `tenant_claim`: the claim that names the caller's tenant of the platform.
    Raises FaultsError for a value that could not stand in a host, an address or a pattern.
    """

    global_domain: str
    regions: tuple[str, ...]
    entra_tenant_id: str
    audience: str
    tenant_claim: str = "tenant_id"

    def __post_init__(self) -> None:
        host, word = r"[a-z0-9-]+(\.[a-z0-9-]+)+", r"[A-Za-z0-9_.:/-]+"
        rows = [
            ("global_domain", self.global_domain, host, "the default domain of an environment"),
            ("entra_tenant_id", self.entra_tenant_id, r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "a GUID"),
            ("audience", self.audience, word, "the client id of the application"),
            ("tenant_claim", self.tenant_claim, word, "the name of a claim"),
            *(("regions", region, r"[a-z0-9]+", "Azure's names of regions") for region in self.regions or ("",)),
        ]
        faults = [
            Fault(where=f"gateway {name}", what=f"{value!r} is none", allowed=allowed, next_step=f"correct {name}")
            for name, value, form, allowed in rows
            if not re.fullmatch(form, value)
        ]
        if faults:
            raise FaultsError(faults)


def render(routes: Sequence[Route], facts: GatewayFacts) -> str:
    """The bootstrap as JSON, the same text for the same input: `envoy --config-yaml` takes it."""
    return json.dumps(bootstrap(routes, facts), sort_keys=True, separators=(",", ":"))


def bootstrap(routes: Sequence[Route], facts: GatewayFacts) -> dict[str, Any]:
    """Envoy's configuration for routes that `check_routes` accepted. No admin interface: none is configured."""
    services = sorted({row.service for row in routes if row.kind == "global"})
    listener = {
        "name": "api",
        "address": {"socket_address": {"address": "0.0.0.0", "port_value": LISTENER_PORT}},  # noqa: S104 - a container
        "per_connection_buffer_limit_bytes": 64 * 1024,
        "filter_chains": [{"filters": [_manager(routes, facts)]}],
    }
    connections = extension(
        "envoy.resource_monitors.global_downstream_max_connections",
        "envoy.extensions.resource_monitors.downstream_connections.v3.DownstreamConnectionsConfig",
        max_active_downstream_connections=1000,
    )
    return {
        "static_resources": {"listeners": [listener], "clusters": clusters(services, facts.global_domain)},
        "overload_manager": {"resource_monitors": [connections]},
        "application_log_config": {"log_format": {"json_format": _OWN_LOG}},
    }


def _manager(routes: Sequence[Route], facts: GatewayFacts) -> dict[str, Any]:
    """Container Apps' own proxy stands before this one and appends the caller's address: one trusted hop."""
    refused = {"status": "%RESPONSE_CODE%", "request_id": "%REQ(X-REQUEST-ID)%"}
    return extension(
        "envoy.filters.network.http_connection_manager",
        "envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",
        stat_prefix="api",
        early_header_mutation_extensions=[
            extension(
                "envoy.http.early_header_mutation.header_mutation",
                "envoy.extensions.http.early_header_mutation.header_mutation.v3.HeaderMutation",
                mutations=[{"remove_on_match": {"key_matcher": {"prefix": prefix}}} for prefix in _PLATFORM_HEADERS],
            )
        ],
        use_remote_address=True,
        xff_num_trusted_hops=1,
        normalize_path=True,
        merge_slashes=True,
        path_with_escaped_slashes_action="REJECT_REQUEST",
        server_header_transformation="PASS_THROUGH",
        always_set_request_id_in_response=True,
        max_request_headers_kb=32,
        request_headers_timeout="10s",
        request_timeout="60s",
        stream_idle_timeout="240s",
        # Longer than the 240 s of the proxy before this one, so that never this side closes what is about to be used.
        common_http_protocol_options={"idle_timeout": "300s", "headers_with_underscores_action": "REJECT_REQUEST"},
        local_reply_config={"body_format": {"json_format": refused, "content_type": "application/json"}},
        access_log=[_access_log()],
        route_config={"name": "api", "virtual_hosts": [virtual_host(routes)]},
        http_filters=http_filters(routes, facts.regions, facts.entra_tenant_id, facts.audience, facts.tenant_claim),
    )


def _access_log() -> dict[str, Any]:
    """A line a request, but for the probes, which ask every ten seconds."""
    probes = "|".join(map(re.escape, OPEN_PATHS))
    others = {"name": ":path", "invert_match": True, "string_match": {"safe_regex": {"regex": probes}}}
    log = extension(
        "envoy.access_loggers.stdout",
        "envoy.extensions.access_loggers.stream.v3.StdoutAccessLog",
        log_format={"json_format": _ACCESS_LOG},
    )
    return {**log, "filter": {"header_filter": {"header": others}}}
