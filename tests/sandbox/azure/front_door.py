"""A Front Door to test against, step by step: the inputs of each type, as the program sends them."""

from typing import Any

from tests.sandbox.azure.cloud import GROUP, Cloud, Live

PROFILE, ENDPOINT, ORIGINS, ORIGIN = "cdn:Profile", "cdn:AFDEndpoint", "cdn:AFDOriginGroup", "cdn:AFDOrigin"
ROUTE, DOMAIN, SECURITY, POLICY = "cdn:Route", "cdn:AFDCustomDomain", "cdn:SecurityPolicy", "frontdoor:Policy"
PREMIUM, STANDARD = "Premium_AzureFrontDoor", "Standard_AzureFrontDoor"
REQUEST = "Front Door afd"
IN_PROFILE = {"resourceGroupName": GROUP, "profileName": "afd"}


def profile(cloud: Cloud, name: str = "afd", **more: Any) -> Live:
    given = {"resourceGroupName": GROUP, "profileName": name, "location": "Global", "sku": {"name": PREMIUM}, **more}
    return cloud.create(PROFILE, name, **given)


def endpoint(cloud: Cloud, **more: Any) -> Live:
    return cloud.create(ENDPOINT, "fde", **{**IN_PROFILE, "endpointName": "fde", "location": "Global", **more})


def group_inputs(name: str = "gateway", **more: Any) -> dict[str, Any]:
    balance = {"sampleSize": 4, "successfulSamplesRequired": 3}
    return {**IN_PROFILE, "originGroupName": name, "loadBalancingSettings": balance, **more}


def origins(cloud: Cloud, name: str = "gateway", **more: Any) -> Live:
    return cloud.create(ORIGINS, name, **group_inputs(name, **more))


def shut_environment(cloud: Cloud, name: str = "cae-edge") -> Live:
    return cloud.environment(name, publicNetworkAccess="Disabled")


def origin_inputs(environment: Live, name: str = "gateway", **more: Any) -> dict[str, Any]:
    """A private origin: the app `gateway` of an environment."""
    host = f"gateway.{environment.outputs['defaultDomain']}"
    link = {
        "privateLink": {"id": environment.id},
        "groupId": "managedEnvironments",
        "privateLinkLocation": "westeurope",
        "requestMessage": REQUEST,
    }
    return {
        **IN_PROFILE,
        "originGroupName": "gateway",
        "originName": name,
        "hostName": host,
        "originHostHeader": host,
        "sharedPrivateLinkResource": link,
        **more,
    }


def origin(cloud: Cloud, environment: Live, name: str = "gateway", **more: Any) -> Live:
    return cloud.create(ORIGIN, f"origin-{name}", **origin_inputs(environment, name, **more))


def route_inputs(group: Live, name: str = "api", **more: Any) -> dict[str, Any]:
    return {
        **IN_PROFILE,
        "endpointName": "fde",
        "routeName": name,
        "originGroup": {"id": group.id},
        "patternsToMatch": ["/*"],
        "supportedProtocols": ["Http", "Https"],
        "httpsRedirect": "Enabled",
        "linkToDefaultDomain": "Enabled",
        **more,
    }


def served(cloud: Cloud) -> tuple[Live, Live, Live]:
    """Environment, origin group and endpoint of a Front Door that lacks its routes alone."""
    environment = shut_environment(cloud)
    profile(cloud)
    made = origins(cloud), endpoint(cloud)
    origin(cloud, environment)
    return environment, *made


def domain(cloud: Cloud, name: str = "own", host: str = "app.example.com", **more: Any) -> Live:
    return cloud.create(DOMAIN, name, **{**IN_PROFILE, "customDomainName": name, "hostName": host, **more})


def policy_inputs(name: str = "fdfp", **more: Any) -> dict[str, Any]:
    sets = [
        {"ruleSetType": "Microsoft_DefaultRuleSet", "ruleSetVersion": "2.1", "ruleSetAction": "Block"},
        {"ruleSetType": "Microsoft_BotManagerRuleSet", "ruleSetVersion": "1.1"},
    ]
    return {
        "resourceGroupName": GROUP,
        "policyName": name,
        "location": "Global",
        "sku": {"name": PREMIUM},
        "policySettings": {"mode": "Prevention", "enabledState": "Enabled"},
        "managedRules": {"managedRuleSets": sets},
        **more,
    }


def policy(cloud: Cloud, name: str = "fdfp", **more: Any) -> Live:
    return cloud.create(POLICY, name, **policy_inputs(name, **more))


def security_inputs(waf: Live, *domains: Live, name: str = "firewall") -> dict[str, Any]:
    association = {"domains": [{"id": one.id} for one in domains], "patternsToMatch": ["/*"]}
    parameters = {"type": "WebApplicationFirewall", "wafPolicy": {"id": waf.id}, "associations": [association]}
    return {**IN_PROFILE, "securityPolicyName": name, "parameters": parameters}
