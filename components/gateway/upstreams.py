"""Where the gateway's requests go: its clusters. All are TLS, with the certificate held against the host asked for.

A cluster a global service; the registry's again for the look-up of a tenant's deployment; one for Entra's keys; one
that forwards to the deployment that the look-up named.
https://www.envoyproxy.io/docs/envoy/latest/intro/arch_overview/security/ssl
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from components.gateway.envoy import extension, typed

REGISTRY: Final = "tenant-registry"
LOOKUP: Final = "tenant-look-up"
LOOKUP_PATH: Final = "/internal/route"
ENTRA: Final = "entra"
ENTRA_HOST: Final = "login.microsoftonline.com"
DEPLOYMENTS: Final = "regional-deployments"
# The filter that resolves a deployment's host and the cluster that connects to it share one cache.
DNS_CACHE: Final[Mapping[str, Any]] = {"name": "deployments", "dns_lookup_family": "V4_ONLY", "max_hosts": 1024}

_CERTIFICATES: Final = {"filename": "/etc/ssl/certs/ca-certificates.crt"}  # in Envoy's image
_CONNECT_TIMEOUT: Final = "5s"
_HTTP_1: Final[Mapping[str, Any]] = {"explicit_http_config": {"http_protocol_options": {}}}
_HTTP_OPTIONS: Final = "envoy.extensions.upstreams.http.v3.HttpProtocolOptions"


def clusters(services: Sequence[str], global_domain: str) -> list[dict[str, Any]]:
    """Every cluster. `services`: the global services that a route names; `global_domain`: of their environment."""
    registry = f"{REGISTRY}.{global_domain}"
    return [
        *(_host(service, f"{service}.{global_domain}", _HTTP_1) for service in services),
        _host(LOOKUP, registry, {**_HTTP_1, "http_filters": _look_up_request(registry)}),
        _host(ENTRA, ENTRA_HOST, _HTTP_1),
        _deployments(),
    ]


def _host(name: str, host: str, options: Mapping[str, Any]) -> dict[str, Any]:
    """One host, found by DNS, asked at 443."""
    address = {"socket_address": {"address": host, "port_value": 443}}
    names = [{"san_type": "DNS", "matcher": {"exact": host}}]
    return {
        "name": name,
        "type": "LOGICAL_DNS",
        "dns_lookup_family": "V4_ONLY",
        "connect_timeout": _CONNECT_TIMEOUT,
        "load_assignment": {
            "cluster_name": name,
            "endpoints": [{"lb_endpoints": [{"endpoint": {"address": address, "hostname": host}}]}],
        },
        "transport_socket": _tls({"match_typed_subject_alt_names": names}, sni=host),
        "typed_extension_protocol_options": {_HTTP_OPTIONS: typed(_HTTP_OPTIONS, **options)},
    }


def _deployments() -> dict[str, Any]:
    """Envoy takes the name for the certificate and the connection from the request's host, which the filter has set."""
    options = {**_HTTP_1, "upstream_http_protocol_options": {"auto_sni": True, "auto_san_validation": True}}
    return {
        "name": DEPLOYMENTS,
        "lb_policy": "CLUSTER_PROVIDED",
        "connect_timeout": _CONNECT_TIMEOUT,
        "cluster_type": extension(
            "envoy.clusters.dynamic_forward_proxy",
            "envoy.extensions.clusters.dynamic_forward_proxy.v3.ClusterConfig",
            dns_cache_config=DNS_CACHE,
        ),
        "transport_socket": _tls({}),
        "typed_extension_protocol_options": {_HTTP_OPTIONS: typed(_HTTP_OPTIONS, **options)},
    }


def _tls(validation: Mapping[str, Any], **fields: str) -> dict[str, Any]:
    context = {
        "tls_params": {"tls_minimum_protocol_version": "TLSv1_2"},
        "validation_context": {"trusted_ca": _CERTIFICATES, **validation},
    }
    message = "envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext"
    return extension("envoy.transport_sockets.tls", message, common_tls_context=context, **fields)


def _look_up_request(host: str) -> list[dict[str, Any]]:
    """Makes every look-up one and the same request: the filter that asks sends the caller's own method, path and host.

    Envoy refuses a header mutation of these three; a script may set them.
    """
    fixed = {":method": "GET", ":path": LOOKUP_PATH, ":authority": host}
    lines = "".join(f'handle:headers():replace("{key}", "{value}") ' for key, value in fixed.items())
    script = f"function envoy_on_request(handle) {lines}end"
    filters = "envoy.extensions.filters.http"
    return [
        extension("envoy.filters.http.lua", f"{filters}.lua.v3.Lua", default_source_code={"inline_string": script}),
        extension("envoy.filters.http.upstream_codec", f"{filters}.upstream_codec.v3.UpstreamCodec"),
    ]
