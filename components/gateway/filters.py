"""What a request passes in the gateway, and what each route sets for itself.

The order: security headers for whatever the answer will be; token; rate limit; size limit; for a regional route the
look-up of the tenant's deployment, the check of what it answered, the service's host; then on to the service. A filter
that asks for more (token, look-up, check) holds for every path, and the routes that do without switch it off.
https://www.envoyproxy.io/docs/envoy/latest/configuration/http/http_filters/http_filters
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from components.gateway.envoy import appended, extension, typed
from components.gateway.routes import MEBIBYTE, OPEN_PATHS, Route
from components.gateway.upstreams import DEPLOYMENTS, DNS_CACHE, ENTRA, ENTRA_HOST, LOOKUP, LOOKUP_PATH

DEPLOYMENT_HEADER: Final = "x-cf-deployment"
UPSTREAM_HOST_HEADER: Final = "x-cf-upstream-host"
TENANT_HEADER: Final = "x-cf-tenant"

_READING: Final[Mapping[str, Any]] = {"name": ":method", "string_match": {"safe_regex": {"regex": "GET|HEAD"}}}
_LOOKUP_SECONDS: Final = 20  # a registry that starts from no replica
_UNKNOWN_PATHS_PER_SECOND: Final = 20
# Of a route's rate one tenant has half at most, so that none shuts the others out. A replica counts so many tenants at
# once: where more are at work, those that were quiet longest begin anew.
_TENANT: Final = "tenant"
_TENANTS_PART: Final = 2
_TENANTS_COUNTED: Final = 10_000
_OVERWRITE: Final = "OVERWRITE_IF_EXISTS_OR_ADD"

_FILTERS: Final = "envoy.extensions.filters.http"
_SECURITY: Final = "security-headers"
_JWT: Final = "envoy.filters.http.jwt_authn"
_RATE_LIMIT: Final = "envoy.filters.http.local_ratelimit"
_SIZE_LIMIT: Final = "envoy.filters.http.buffer"
_LOOKUP: Final = "envoy.filters.http.ext_authz"
_CHECK: Final = "envoy.filters.http.rbac"
_SERVICE_HOST: Final = "service-host"
_FORWARD: Final = "envoy.filters.http.dynamic_forward_proxy"
_ROUTER: Final = "envoy.filters.http.router"

# https://owasp.org/www-project-secure-headers/. The first hold for every answer; the others a service may choose.
_ALWAYS: Final = {
    "strict-transport-security": "max-age=31536000; includeSubDomains",
    "x-content-type-options": "nosniff",
}
_UNLESS_SET: Final = {
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
    "referrer-policy": "no-referrer",
    "cache-control": "no-store",
}
_NEVER: Final = ("server", "x-powered-by")


def http_filters(
    routes: Sequence[Route], regions: Sequence[str], entra_tenant_id: str, audience: str, tenant_claim: str
) -> list[dict[str, Any]]:
    """The chain, first to last; the meaning of the arguments after the routes is GatewayFacts'."""
    return [
        _security(),
        _token([row for row in routes if row.public], entra_tenant_id, audience, tenant_claim),
        # Without a bucket of its own it limits nothing: each route brings one.
        extension(_RATE_LIMIT, f"{_FILTERS}.local_ratelimit.v3.LocalRateLimit", stat_prefix="api"),
        extension(_SIZE_LIMIT, f"{_FILTERS}.buffer.v3.Buffer", max_request_bytes=MEBIBYTE),
        _look_up(),
        _check(regions),
        extension(_SERVICE_HOST, f"{_FILTERS}.header_mutation.v3.HeaderMutation"),
        extension(_FORWARD, f"{_FILTERS}.dynamic_forward_proxy.v3.FilterConfig", dns_cache_config=DNS_CACHE),
        extension(_ROUTER, f"{_FILTERS}.router.v3.Router", suppress_envoy_headers=True),
    ]


def _security() -> dict[str, Any]:
    mutations = [
        *appended(_ALWAYS, _OVERWRITE),
        *appended(_UNLESS_SET, "ADD_IF_ABSENT"),
        *({"remove": name} for name in _NEVER),
    ]
    message = f"{_FILTERS}.header_mutation.v3.HeaderMutation"
    return extension(_SECURITY, message, mutations={"response_mutations": mutations})


def _token(public: Sequence[Route], entra_tenant_id: str, audience: str, tenant_claim: str) -> dict[str, Any]:
    """Rules are tried in order, and the last matches every path: what is not open needs a token.

    A token that comes to an open path is not looked at there.

    https://learn.microsoft.com/entra/identity-platform/access-tokens#validate-tokens
    """
    entra = f"https://{ENTRA_HOST}/{entra_tenant_id}"
    keys = {"uri": f"{entra}/discovery/v2.0/keys", "cluster": ENTRA, "timeout": "5s"}
    provider = {
        "issuer": f"{entra}/v2.0",
        "audiences": [audience],
        "require_expiration": True,
        # Nowhere else: a token in a query string would stand in logs.
        "from_headers": [{"name": "Authorization", "value_prefix": "Bearer "}],
        "forward": True,  # services check it again, and read the caller from it
        "remote_jwks": {"http_uri": keys, "cache_duration": "600s", "async_fetch": {}},
        "claim_to_headers": [{"header_name": TENANT_HEADER, "claim_name": tenant_claim}],
    }
    rules = [
        *({"match": {"path": path}} for path in OPEN_PATHS),
        *({"match": {"path_separated_prefix": row.prefix, "headers": [_READING]}} for row in public),
        {"match": {"prefix": "/"}, "requires": {"provider_name": ENTRA}},
    ]
    return extension(
        _JWT,
        f"{_FILTERS}.jwt_authn.v3.JwtAuthentication",
        providers={ENTRA: provider},
        rules=rules,
    )


def _look_up() -> dict[str, Any]:
    """Method, path and host are set in the cluster; a registry that does not answer is 503, never let through."""
    server = {"uri": f"https://{LOOKUP}{LOOKUP_PATH}", "cluster": LOOKUP, "timeout": f"{_LOOKUP_SECONDS}s"}
    answer = {
        "allowed_upstream_headers": {"patterns": [{"exact": DEPLOYMENT_HEADER}, {"exact": UPSTREAM_HOST_HEADER}]},
        "allowed_client_headers": {"patterns": [{"exact": "retry-after"}]},
    }
    return extension(
        _LOOKUP,
        f"{_FILTERS}.ext_authz.v3.ExtAuthz",
        transport_api_version="V3",
        http_service={"server_uri": server, "authorization_response": answer},
        allowed_headers={"patterns": [{"exact": TENANT_HEADER}, {"exact": "x-request-id"}, {"exact": "traceparent"}]},
        failure_mode_allow=False,
        status_on_error={"code": "ServiceUnavailable"},
        validate_mutations=True,
    )


def _check(regions: Sequence[str]) -> dict[str, Any]:
    """Lets on only a request of a known tenant to an environment in the platform's regions."""
    domain = rf"[a-z0-9-]+\.({'|'.join(map(re.escape, regions))})\.azurecontainerapps\.io"
    asked = [
        {"header": {"name": TENANT_HEADER, "present_match": True}},
        {"header": {"name": UPSTREAM_HOST_HEADER, "string_match": {"safe_regex": {"regex": domain}}}},
    ]
    policy = {"permissions": [{"and_rules": {"rules": asked}}], "principals": [{"any": True}]}
    return extension(_CHECK, f"{_FILTERS}.rbac.v3.RBAC", rules={"action": "ALLOW", "policies": {"deployments": policy}})


def virtual_host(routes: Sequence[Route]) -> dict[str, Any]:
    """Every host's paths: the open ones, the routes, and 404 for all others (to callers with a token)."""
    return {
        "name": "api",
        "domains": ["*"],
        "routes": [
            *(_open(path) for path in OPEN_PATHS),
            *(_regional(row) if row.kind == "regional" else _global(row) for row in routes),
            {
                "name": "none",
                "match": {"prefix": "/"},
                "direct_response": {"status": 404},
                "typed_per_filter_config": {**_without_look_up(), **_limited(_UNKNOWN_PATHS_PER_SECOND)},
            },
        ],
        # A repeated write could be done twice: only what changes nothing is tried again.
        "retry_policy": {
            "retry_on": "connect-failure,refused-stream,gateway-error",
            "num_retries": 2,
            "retriable_request_headers": [_READING],
        },
    }


def _open(path: str) -> dict[str, Any]:
    return {
        "name": path,
        "match": {"path": path},
        "direct_response": {"status": 200},
        "typed_per_filter_config": _without_look_up(),
    }


def _global(row: Route) -> dict[str, Any]:
    return {
        "name": row.prefix,
        "match": {"path_separated_prefix": row.prefix},
        "route": {"cluster": row.service, "auto_host_rewrite": True, "timeout": f"{row.timeout_seconds}s"},
        "typed_per_filter_config": {**_without_look_up(), **_limits(row)},
    }


def _regional(row: Route) -> dict[str, Any]:
    host = appended({UPSTREAM_HOST_HEADER: f"{row.service}.%REQ({UPSTREAM_HOST_HEADER})%"}, "OVERWRITE_IF_EXISTS")
    message = f"{_FILTERS}.header_mutation.v3.HeaderMutationPerRoute"
    return {
        "name": row.prefix,
        "match": {"path_separated_prefix": row.prefix},
        "route": {"cluster": DEPLOYMENTS, "timeout": f"{row.timeout_seconds}s"},
        "request_headers_to_remove": [UPSTREAM_HOST_HEADER],
        "typed_per_filter_config": {
            _SERVICE_HOST: typed(message, mutations={"request_mutations": host}),
            _FORWARD: typed(
                f"{_FILTERS}.dynamic_forward_proxy.v3.PerRouteConfig", host_rewrite_header=UPSTREAM_HOST_HEADER
            ),
            **_limits(row),
        },
    }


def _without_look_up() -> dict[str, Any]:
    """An RBACPerRoute without rules switches the check off."""
    return {
        _LOOKUP: typed(f"{_FILTERS}.ext_authz.v3.ExtAuthzPerRoute", disabled=True),
        _CHECK: typed(f"{_FILTERS}.rbac.v3.RBACPerRoute"),
    }


def _limits(row: Route) -> dict[str, Any]:
    size = typed(f"{_FILTERS}.buffer.v3.BufferPerRoute", buffer={"max_request_bytes": row.max_request_bytes})
    return {_SIZE_LIMIT: size, **_limited(row.requests_per_second)}


def _limited(per_second: int) -> dict[str, Any]:
    """A bucket for all, and one for each tenant that the token names; a request takes from both.

    https://www.envoyproxy.io/docs/envoy/latest/configuration/http/http_filters/local_rate_limit_filter
    """
    always: Mapping[str, Any] = {"default_value": {"numerator": 100, "denominator": "HUNDRED"}}
    limit = typed(
        f"{_FILTERS}.local_ratelimit.v3.LocalRateLimit",
        stat_prefix="api",
        token_bucket=_bucket(per_second),
        rate_limits=[{"actions": [{"request_headers": {"header_name": TENANT_HEADER, "descriptor_key": _TENANT}}]}],
        # An entry without a value has a bucket for each value that comes.
        descriptors=[{"entries": [{"key": _TENANT}], "token_bucket": _bucket(max(1, per_second // _TENANTS_PART))}],
        max_dynamic_descriptors=_TENANTS_COUNTED,
        filter_enabled=always,
        filter_enforced=always,
        response_headers_to_add=[{"header": {"key": "retry-after", "value": "1"}, "append_action": _OVERWRITE}],
    )
    return {_RATE_LIMIT: limit}


def _bucket(per_second: int) -> dict[str, Any]:
    """Twice as many may come at once."""
    return {"max_tokens": 2 * per_second, "tokens_per_fill": per_second, "fill_interval": "1s"}
