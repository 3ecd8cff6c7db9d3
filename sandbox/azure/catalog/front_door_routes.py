"""What Front Door serves and to whom: domains of one's own, routes, and the firewall policy of each domain.

https://learn.microsoft.com/azure/frontdoor/front-door-route-matching
"""

from collections.abc import Iterator
from typing import Any, Final

from sandbox.azure import arm_ids
from sandbox.azure.bodies import Body, at, objects_at
from sandbox.azure.model import Computed, Durations, InUse, Record, Reference, ResourceType, World, Write

from .common import MEASURED, SYSTEM_DATA, UNVERIFIED_CODE, iso, refuse, rule
from .front_door import ENDPOINT_PATH, IN_USE, PROFILE_PATH, bad, name_rule, profile_id, profile_of, tier_of

ROUTE, DOMAIN, SECURITY = "cdn:Route", "cdn:AFDCustomDomain", "cdn:SecurityPolicy"
_ROUTES: Final = "https://learn.microsoft.com/azure/frontdoor/how-to-configure-route"
_DOMAINS: Final = "https://learn.microsoft.com/azure/frontdoor/domain"
_WAF: Final = "https://learn.microsoft.com/azure/web-application-firewall/afds/afds-overview"
_TOKEN_DAYS: Final = 7


# Custom domain --------------------------------------------------------------------------------------------------------


@rule("BadRequest", f"{UNVERIFIED_CODE}: {_DOMAINS}")
def _is_a_domain(write: Write) -> None:
    host = str(at(write.body, "hostName") or "")
    bad(host.count(".") < 1 or host != host.lower(), f"The hostName '{host}' of custom domain {write.name} is none.")
    for name, known in (("certificateType", ("ManagedCertificate",)), ("minimumTlsVersion", ("TLS12", "TLS13"))):
        value = at(write.body, f"tlsSettings.{name}")
        bad(
            value is not None and value not in known,
            f"The {name} '{value}' of custom domain {write.name} is none of {', '.join(known)}.",
        )


@rule("Conflict", f"{UNVERIFIED_CODE}: {_DOMAINS}")
def _is_nobody_elses(write: Write) -> None:
    host = at(write.body, "hostName")
    for other in write.world.of_type(DOMAIN):
        taken = other.inputs.get("hostName") == host and arm_ids.key(other.arm_id) != arm_ids.key(write.arm_id)
        refuse(taken, 409, "Conflict", f"The domain '{host}' is a custom domain of Front Door already.")


def _validation(write: Write) -> Body:
    expires = iso(write.now + _TOKEN_DAYS * 86400)
    return {"validationToken": write.world.digest(write.seed, "token").hex()[:32], "expirationDate": expires}


def _validated(domain: Record, world: World) -> str:
    """Approved once the token stands in a public zone of this cloud; nobody else's DNS is asked."""
    wanted = f"_dnsauth.{domain.inputs.get('hostName')}."
    for found in world.of_type("dns:RecordSet"):
        values = [text for item in objects_at(found.inputs, "txtRecords") for text in item.get("value") or []]
        if at(found.outputs, "fqdn") == wanted and at(domain.outputs, "validationProperties.validationToken") in values:
            return "Approved"
    return "Pending"


CUSTOM_DOMAIN: Final = ResourceType(
    token=DOMAIN,
    path=PROFILE_PATH + "/customDomains/{customDomainName}",
    name=name_rule("custom domain", 1, 260),
    durations=Durations(create=30, update=20, delete=30, source=MEASURED),
    source="https://learn.microsoft.com/azure/templates/microsoft.cdn/2025-06-01/profiles/customdomains",
    location="none",
    replace_on=("hostName",),
    refused={
        "tlsSettings.secret": "certificates of one's own are not modelled: take Front Door's",
        "preValidatedCustomDomainResourceId": "domains that another service validated are not modelled",
    },
    defaults={"deploymentStatus": "NotStarted"},
    computed={
        "profileName": Computed(lambda write: arm_ids.name(profile_id(write.arm_id))),
        "validationProperties": Computed(_validation),
        "systemData": SYSTEM_DATA,
    },
    live={"domainValidationState": _validated},
    references=(
        Reference(
            path="azureDnsZone.id",
            tokens=("dns:Zone",),
            code="BadRequest",
            message="The DNS zone {id} of custom domain {referrer} was not found.",
            source=_DOMAINS,
        ),
    ),
    in_use=(
        InUse(
            tokens=(ROUTE, SECURITY),
            code="Conflict",
            message="Custom domain {name} cannot be deleted while it is in use by {users}.",
            source=IN_USE,
        ),
    ),
    rules=(_is_a_domain, _is_nobody_elses),
)


# Route ----------------------------------------------------------------------------------------------------------------


@rule("BadRequest", "https://github.com/Azure/bicep/issues/12276")
def _goes_somewhere(write: Write) -> None:
    group = write.world.find(str(at(write.body, "originGroup.id") or ""))
    origins = write.world.children(group.arm_id, "cdn:AFDOrigin") if group is not None else []
    bad(
        not any((it.inputs.get("enabledState") or "Enabled") == "Enabled" for it in origins),
        "Please make sure that the originGroup is created successfully and at least one enabled origin is created "
        "under the origin group.",
    )


@rule("BadRequest", "https://github.com/hashicorp/terraform-provider-azurerm/issues/18844 and " + _ROUTES)
def _route_is_sound(write: Write) -> None:
    bad(
        not at(write.body, "customDomains") and at(write.body, "linkToDefaultDomain") != "Enabled",
        f"Route {write.name} has no domain: give it custom domains, or link it to the endpoint's.",
    )
    protocols = set(at(write.body, "supportedProtocols") or ("Http", "Https"))
    bad(
        at(write.body, "httpsRedirect") != "Disabled" and protocols != {"Http", "Https"},
        f"Route {write.name} redirects to HTTPS and does not take both Http and Https.",
    )
    patterns = _patterns(write.body)
    bad(
        not patterns or any(not pattern.startswith("/") for pattern in patterns),
        f"The patternsToMatch of route {write.name} are {', '.join(patterns) or 'none'}; each begins with '/'.",
    )


@rule("Conflict", f"{UNVERIFIED_CODE}: {IN_USE.partition(': ')[2]}")
def _patterns_are_its_own(write: Write) -> None:
    """A pattern stands in one route of a domain."""
    mine = set(_served(write.body, write.parent))
    for other in write.world.of_type(ROUTE):
        if arm_ids.key(other.arm_id) == arm_ids.key(write.arm_id):
            continue
        both = mine & set(_served(other.inputs, other.parent))
        told = ", ".join(sorted(pattern for _, pattern in both))
        refuse(both, 409, "Conflict", f"Route {other.name} has the patterns {told} for the domain of {write.name}.")


def _patterns(body: Body) -> list[str]:
    return [str(pattern) for pattern in at(body, "patternsToMatch") or ["/*"]]


def _served(body: Body, endpoint: str) -> Iterator[tuple[str, str]]:
    """Every domain of a route with every pattern."""
    domains = [str(item.get("id")) for item in objects_at(body, "customDomains")]
    domains += [endpoint] if at(body, "linkToDefaultDomain") == "Enabled" else []
    return ((arm_ids.key(domain), pattern.lower()) for domain in domains for pattern in _patterns(body))


AFD_ROUTE: Final = ResourceType(
    token=ROUTE,
    path=ENDPOINT_PATH + "/routes/{routeName}",
    name=name_rule("route", 1, 90),
    durations=Durations(create=30, update=30, delete=30, source=MEASURED),
    source="https://learn.microsoft.com/azure/templates/microsoft.cdn/2025-06-01/profiles/afdendpoints/routes",
    location="none",
    refused={"ruleSets": "rule sets are not modelled"},
    defaults={
        "enabledState": "Enabled",
        "forwardingProtocol": "MatchRequest",
        "httpsRedirect": "Disabled",
        "linkToDefaultDomain": "Disabled",
        "patternsToMatch": ["/*"],
        "supportedProtocols": ["Http", "Https"],
        "deploymentStatus": "NotStarted",
    },
    computed={"endpointName": Computed(lambda write: arm_ids.name(write.parent)), "systemData": SYSTEM_DATA},
    references=(
        Reference(
            path="originGroup.id",
            tokens=("cdn:AFDOriginGroup",),
            code="BadRequest",
            message="The origin group {id} of route {referrer} was not found.",
            source=_ROUTES + " (the code is unverified)",
        ),
        Reference(
            path="customDomains[].id",
            tokens=(DOMAIN,),
            code="BadRequest",
            message="The custom domain {id} of route {referrer} was not found.",
            source=_ROUTES + " (the code is unverified)",
        ),
    ),
    rules=(_goes_somewhere, _route_is_sound, _patterns_are_its_own),
)


# Security policy ------------------------------------------------------------------------------------------------------


def guarded(body: Body) -> list[str]:
    """The keys of the domains that a security policy guards."""
    associations: list[Any] = objects_at(body, "parameters.associations")
    return [arm_ids.key(str(item.get("id"))) for it in associations for item in objects_at(it, "domains")]


@rule("BadRequest", f"{UNVERIFIED_CODE}: {_WAF}")
def _firewall_fits(write: Write) -> None:
    policy = write.world.find(str(at(write.body, "parameters.wafPolicy.id") or ""))
    tier = tier_of(profile_of(write))
    bad(policy is None, f"Security policy {write.name} names no firewall policy.")
    bad(
        policy is not None and at(policy.outputs, "sku.name") != tier,
        f"The firewall policy of {write.name} is not of the tier of its profile, {tier}.",
    )
    bad(not guarded(write.body), f"Security policy {write.name} guards no domain.")


@rule("Conflict", f"{UNVERIFIED_CODE}: {_WAF} (one policy a domain)")
def _domain_has_one_policy(write: Write) -> None:
    mine = set(guarded(write.body))
    for other in write.world.of_type(SECURITY):
        if arm_ids.key(other.arm_id) != arm_ids.key(write.arm_id):
            both = mine & set(guarded(other.inputs))
            refuse(both, 409, "Conflict", f"Security policy {other.name} guards {', '.join(sorted(both))} already.")


SECURITY_POLICY: Final = ResourceType(
    token=SECURITY,
    path=PROFILE_PATH + "/securityPolicies/{securityPolicyName}",
    name=name_rule("security policy", 1, 260),
    durations=Durations(create=20, update=20, delete=20, source=MEASURED),
    source="https://learn.microsoft.com/azure/templates/microsoft.cdn/2025-06-01/profiles/securitypolicies",
    location="none",
    defaults={"deploymentStatus": "NotStarted"},
    computed={
        "profileName": Computed(lambda write: arm_ids.name(profile_id(write.arm_id))),
        "systemData": SYSTEM_DATA,
    },
    references=(
        Reference(
            path="parameters.wafPolicy.id",
            tokens=("frontdoor:Policy",),
            code="BadRequest",
            message="The firewall policy {id} of security policy {referrer} was not found.",
            source=_WAF + " (the code is unverified)",
        ),
        Reference(
            path="parameters.associations[].domains[].id",
            tokens=("cdn:AFDEndpoint", DOMAIN),
            code="BadRequest",
            message="The domain {id} of security policy {referrer} was not found.",
            source=_WAF + " (the code is unverified)",
        ),
    ),
    rules=(_firewall_fits, _domain_has_one_policy),
)

TYPES: Final = (CUSTOM_DOMAIN, AFD_ROUTE, SECURITY_POLICY)
