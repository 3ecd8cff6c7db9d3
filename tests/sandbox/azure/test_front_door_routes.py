"""What Front Door serves: order of making and unmaking, patterns, domains and their proof, one firewall a domain."""

from typing import Any

import pytest

from tests.sandbox.azure.cloud import GROUP, Cloud, Live
from tests.sandbox.azure.front_door import (
    DOMAIN,
    IN_PROFILE,
    POLICY,
    ROUTE,
    SECURITY,
    STANDARD,
    domain,
    endpoint,
    origins,
    policy,
    policy_inputs,
    profile,
    route_inputs,
    security_inputs,
    served,
)

BAD, CONFLICT = 'Status=400 Code="BadRequest"', 'Status=409 Code="Conflict"'


def test_a_route_needs_an_origin_in_its_group(grounds: Cloud) -> None:
    """The commonest failure of a first deployment: the route does not name the origin, so it must wait for it."""
    profile(grounds)
    group = origins(grounds)
    endpoint(grounds)
    told = grounds.refused(ROUTE, "r", **route_inputs(group))
    assert BAD in told
    assert "at least one enabled origin is created under the origin group" in told


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"linkToDefaultDomain": "Disabled"}, "has no domain"),
        ({"supportedProtocols": ["Https"]}, "redirects to HTTPS"),
        ({"patternsToMatch": ["app/*"]}, "begins with '/'"),
        ({"originGroup": {"id": "/subscriptions/x/none"}}, "was not found"),
        ({"customDomains": [{"id": "/subscriptions/x/none"}]}, "was not found"),
    ],
)
def test_a_route_that_serves_nothing_is_refused(grounds: Cloud, wrong: dict[str, Any], says: str) -> None:
    _, group, _ = served(grounds)
    told = grounds.refused(ROUTE, "r", **{**route_inputs(group), **wrong})
    assert BAD in told
    assert says in told


def test_a_pattern_stands_in_one_route_of_a_domain(grounds: Cloud) -> None:
    _, group, _ = served(grounds)
    grounds.create(ROUTE, "api", **route_inputs(group))
    told = grounds.refused(ROUTE, "two", **route_inputs(group, "two", patternsToMatch=["/app", "/*"]))
    assert CONFLICT in told
    assert "the patterns /* " in told
    grounds.create(ROUTE, "three", **route_inputs(group, "three", patternsToMatch=["/app", "/app/*"]))


def test_what_a_route_needs_is_not_deleted_under_it(grounds: Cloud) -> None:
    _, group, _ = served(grounds)
    own = domain(grounds)
    route = grounds.create(ROUTE, "api", **route_inputs(group, customDomains=[{"id": own.id}]))
    for needed in (group, own):
        assert CONFLICT in grounds.delete_refused(needed)
    grounds.delete(route)
    grounds.delete(own)
    grounds.delete(group)


def test_a_profile_takes_all_that_is_in_it_along(grounds: Cloud) -> None:
    """In use is what stays: the firewall policy outside goes only afterwards."""
    _, group, found = served(grounds)
    waf = policy(grounds)
    grounds.create(ROUTE, "api", **route_inputs(group))
    grounds.create(SECURITY, "s", **security_inputs(waf, found))
    assert CONFLICT in grounds.delete_refused(waf)
    grounds.delete(next(live for live in grounds.made if "cdn:Profile" in live.urn))
    grounds.delete(waf)


# Domains --------------------------------------------------------------------------------------------------------------


def state(cloud: Cloud, live: Live) -> str:
    return str(cloud.provider.arm.read(live.id)["domainValidationState"])  # pyright: ignore[reportOptionalSubscript]


def test_a_domain_is_proved_by_its_token_in_dns(grounds: Cloud) -> None:
    """Another token proves nothing."""
    profile(grounds)
    own = domain(grounds)
    assert state(grounds, own) == "Pending"
    grounds.create("dns:Zone", "z", resourceGroupName=GROUP, zoneName="example.com", location="global")
    proof: dict[str, Any] = {
        "resourceGroupName": GROUP,
        "zoneName": "example.com",
        "recordType": "TXT",
        "relativeRecordSetName": "_dnsauth.app",
        "ttl": 3600,
    }
    record = grounds.create("dns:RecordSet", "t", **proof, txtRecords=[{"value": ["another"]}])
    assert state(grounds, own) == "Pending"
    token = own.outputs["validationProperties"]["validationToken"]
    grounds.update(record, txtRecords=[{"value": [token]}])
    assert state(grounds, own) == "Approved"


def test_a_domain_is_on_one_front_door(grounds: Cloud) -> None:
    profile(grounds)
    domain(grounds)
    told = grounds.refused(DOMAIN, "two", **IN_PROFILE, customDomainName="two", hostName="app.example.com")
    assert CONFLICT in told


@pytest.mark.parametrize(
    "wrong",
    [
        {"hostName": "app"},
        {"hostName": "App.example.com"},
        {"tlsSettings": {"certificateType": "Borrowed"}},
        {"tlsSettings": {"certificateType": "ManagedCertificate", "minimumTlsVersion": "TLS10"}},
        {"azureDnsZone": {"id": "/subscriptions/x/none"}},
    ],
)
def test_a_domain_that_cannot_be_is_refused(grounds: Cloud, wrong: dict[str, Any]) -> None:
    profile(grounds)
    inputs = {**IN_PROFILE, "customDomainName": "own", "hostName": "app.example.com", **wrong}
    assert BAD in grounds.refused(DOMAIN, "d", **inputs)


# Firewall -------------------------------------------------------------------------------------------------------------


def test_a_firewall_is_of_its_profiles_tier(grounds: Cloud) -> None:
    _, _, found = served(grounds)
    waf = policy(grounds, sku={"name": STANDARD}, managedRules={})
    told = grounds.refused(SECURITY, "s", **security_inputs(waf, found))
    assert BAD in told
    assert "not of the tier of its profile" in told


def test_a_domain_has_one_firewall(grounds: Cloud) -> None:
    _, _, found = served(grounds)
    waf = policy(grounds)
    grounds.create(SECURITY, "s", **security_inputs(waf, found))
    assert CONFLICT in grounds.refused(SECURITY, "t", **security_inputs(waf, found, name="two"))
    assert BAD in grounds.refused(SECURITY, "u", **security_inputs(waf, name="three"))


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"sku": None}, "Classic_AzureFrontDoor where none is named"),
        ({"sku": {"name": "Classic_AzureFrontDoor"}}, "takes nothing new"),
        ({"sku": {"name": STANDARD}}, "Managed rules need the SKU Premium"),
        ({"policySettings": {"mode": "Watch"}}, "The mode 'Watch'"),
    ],
)
def test_a_policy_names_a_tier_of_today(grounds: Cloud, wrong: dict[str, Any], says: str) -> None:
    """The SDK leaves it out by default, and Azure then makes one that fits nothing."""
    inputs = {key: value for key, value in policy_inputs(**wrong).items() if value is not None}
    told = grounds.refused(POLICY, "p", **inputs)
    assert BAD in told
    assert says in told


@pytest.mark.parametrize(
    ("kind", "version", "action", "says"),
    [
        ("Microsoft_DefaultRuleSet", "2.1", None, "action value is not supported"),
        ("Microsoft_DefaultRuleSet", "2.1", "Allow", "action value is not supported"),
        ("Microsoft_BotManagerRuleSet", "1.1", "Block", "action value is not supported"),
        ("Microsoft_DefaultRuleSet", "9.9", "Block", "types or versions are not compatible"),
        ("DefaultRuleSet", "1.0", None, "types or versions are not compatible"),
    ],
)
def test_managed_rules_are_those_of_the_tier(
    grounds: Cloud, kind: str, version: str, action: str | None, says: str
) -> None:
    rules = {"ruleSetType": kind, "ruleSetVersion": version, **({"ruleSetAction": action} if action else {})}
    told = grounds.refused(POLICY, "p", **policy_inputs(managedRules={"managedRuleSets": [rules]}))
    assert BAD in told
    assert says in told


ADDRESS = {"matchVariable": "SocketAddr", "operator": "IPMatch", "matchValue": ["0.0.0.0/0"]}
LIMIT: dict[str, Any] = {
    "name": "Limit",
    "priority": 1,
    "ruleType": "RateLimitRule",
    "action": "Block",
    "rateLimitThreshold": 100,
    "rateLimitDurationInMinutes": 1,
    "matchConditions": [ADDRESS],
}


@pytest.mark.parametrize(
    "wrong",
    [
        [{**LIMIT, "rateLimitDurationInMinutes": 2}],
        [{**LIMIT, "rateLimitThreshold": 0}],
        [{**LIMIT, "name": "limit-1"}],
        [{**LIMIT, "matchConditions": []}],
        [LIMIT, {**LIMIT, "name": "Other"}],
        [LIMIT, {**LIMIT, "priority": 2}],
    ],
)
def test_a_rule_of_ones_own_is_sound(grounds: Cloud, wrong: list[dict[str, Any]]) -> None:
    assert BAD in grounds.refused(POLICY, "p", **policy_inputs(customRules={"rules": wrong}))
    policy(grounds, customRules={"rules": [LIMIT]})


@pytest.mark.parametrize("name", ["1fdfp", "fdfp-cf", "x" * 129])
def test_a_policys_name_has_letters_and_digits(grounds: Cloud, name: str) -> None:
    assert BAD in grounds.refused(POLICY, "p", **policy_inputs(name))
