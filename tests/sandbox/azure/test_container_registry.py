"""Registries and cache rules refuse what Azure refuses."""

from typing import Any

import pytest

from tests.sandbox.azure.cloud import GROUP, Cloud, Live

REGISTRY, RULE = "containerregistry:Registry", "containerregistry:CacheRule"


def registry_inputs(name: str = "acrtest", tier: str = "Premium", **more: object) -> dict[str, Any]:
    return {"resourceGroupName": GROUP, "registryName": name, "sku": {"name": tier}, **more}


def registry(cloud: Cloud, name: str = "acrtest", tier: str = "Premium", **more: object) -> Live:
    return cloud.create(REGISTRY, name, **registry_inputs(name, tier, **more))


def rule_inputs(name: str, source: str, target: str) -> dict[str, Any]:
    return {
        "resourceGroupName": GROUP,
        "registryName": "acrtest",
        "cacheRuleName": name,
        "sourceRepository": source,
        "targetRepository": target,
    }


def test_a_name_is_taken_in_the_whole_world(grounds: Cloud) -> None:
    """It is a host name too, where capitals do not count."""
    registry(grounds)
    grounds.group("rg-other")
    told = grounds.refused(REGISTRY, "r", **{**registry_inputs("AcrTest"), "resourceGroupName": "rg-other"})
    assert 'Status=409 Code="AlreadyInUse"' in told


def test_a_registry_is_named_by_letters_and_digits(grounds: Cloud) -> None:
    assert 'Code="InvalidResourceName"' in grounds.refused(REGISTRY, "r", **registry_inputs("acr"))


@pytest.mark.parametrize(
    "more",
    [
        {"publicNetworkAccess": "Disabled"},
        {"networkRuleSet": {"defaultAction": "Deny"}},
        {"policies": {"retentionPolicy": {"status": "enabled"}}},
        {"dataEndpointEnabled": True},
        {"zoneRedundancy": "Enabled"},
    ],
)
def test_only_premium_shuts_its_doors(grounds: Cloud, more: dict[str, object]) -> None:
    """Premium takes the same."""
    told = grounds.refused(REGISTRY, "r", **registry_inputs(tier="Standard", **more))
    assert 'Status=400 Code="SkuNotSupported"' in told
    assert "not supported in the tier Standard" in told
    registry(grounds, **more)


def test_the_tier_is_one_that_azure_sells(grounds: Cloud) -> None:
    assert 'Code="SkuNotSupported"' in grounds.refused(REGISTRY, "r", **registry_inputs(tier="Classic"))


def test_export_ends_only_behind_shut_doors(grounds: Cloud) -> None:
    told = grounds.refused(REGISTRY, "r", **registry_inputs(policies={"exportPolicy": {"status": "disabled"}}))
    assert 'Status=400 Code="ExportPolicyNotSupported"' in told


def test_a_retention_policy_keeps_a_year_at_most(grounds: Cloud) -> None:
    told = grounds.refused(REGISTRY, "r", **registry_inputs(policies={"retentionPolicy": {"days": 366}}))
    assert 'Status=400 Code="RetentionPolicyInvalid"' in told


def test_a_registry_says_where_its_images_are_and_how_old_it_is(grounds: Cloud) -> None:
    made = registry(grounds, dataEndpointEnabled=True, policies={"exportPolicy": {"status": "enabled"}})
    assert made.outputs["loginServer"] == "acrtest.azurecr.io"
    assert made.outputs["dataEndpointHostNames"] == ["acrtest.westeurope.data.azurecr.io"]
    assert made.outputs["policies"]["retentionPolicy"]["status"] == "disabled"
    grounds.delete(made)
    grounds.clock.now += 1
    assert registry(grounds).outputs["creationDate"] > made.outputs["creationDate"]


# Cache rules ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "target"),
    [
        ("registry.example/acme/user", "user"),
        ("ghcr.io/Acme/user", "user"),
        ("ghcr.io/acme/user:1", "user"),
        ("ghcr.io/acme/user", "User"),
        ("ghcr.io/acme/*", "user"),
        ("ghcr.io/acme/user", "*"),
        ("ghcr.io/a*", "a*"),
        ("ghcr.io", "user"),
    ],
)
def test_a_rule_maps_repositories_of_a_supported_registry(grounds: Cloud, source: str, target: str) -> None:
    registry(grounds)
    told = grounds.refused(RULE, "c", **rule_inputs("rule-one", source, target))
    assert 'Status=400 Code="CacheRuleInvalid"' in told


@pytest.mark.parametrize(
    ("there", "new"),
    [("*", "library/*"), ("library/*", "library/dotnet/*"), ("library/dotnet/*", "*"), ("*", "*"), ("a/b", "a/b")],
)
def test_rules_with_a_star_do_not_cover_each_other(grounds: Cloud, there: str, new: str) -> None:
    """The examples of Azure's page."""
    registry(grounds)

    def source(target: str) -> str:
        return "mcr.microsoft.com/x/*" if target.endswith("*") else "mcr.microsoft.com/x"

    grounds.create(RULE, "one", **rule_inputs("rule-one", source(there), there))
    told = grounds.refused(RULE, "two", **rule_inputs("rule-two", source(new), new))
    assert 'Status=409 Code="CacheRuleConflict"' in told
    assert "of cache rule rule-one" in told


def test_one_repository_may_stand_inside_a_star(grounds: Cloud) -> None:
    registry(grounds)
    grounds.create(RULE, "one", **rule_inputs("rule-one", "ghcr.io/acme/*", "*"))
    grounds.create(RULE, "two", **rule_inputs("rule-two", "quay.io/other/user", "library/user"))


def test_a_registry_holds_a_thousand_rules(grounds: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    """A smaller limit stands for it."""
    monkeypatch.setattr("sandbox.azure.catalog.container_registry._MOST_RULES", 2)
    registry(grounds)
    for index in range(2):
        grounds.create(RULE, f"c{index}", **rule_inputs(f"rule-{index}", "ghcr.io/acme/user", f"user-{index}"))
    told = grounds.refused(RULE, "c", **rule_inputs("rule-last", "ghcr.io/acme/user", "user"))
    assert 'Code="CacheRuleConflict"' in told
    assert "can have: 2" in told


def test_a_rules_repositories_are_for_life(grounds: Cloud) -> None:
    registry(grounds)
    rule = grounds.create(RULE, "one", **rule_inputs("rule-one", "ghcr.io/acme/*", "*"))
    assert 'Code="CacheRuleImmutable"' in grounds.update_refused(rule, sourceRepository="ghcr.io/other/*")
    assert 'Code="CacheRuleImmutable"' in grounds.update_refused(rule, targetRepository="acme/*")


def test_a_rule_has_a_name_of_five_characters_at_least(grounds: Cloud) -> None:
    registry(grounds)
    told = grounds.refused(RULE, "c", **rule_inputs("rule", "ghcr.io/acme/*", "*"))
    assert 'Code="InvalidResourceName"' in told


def test_credential_sets_are_not_modelled_and_say_so(grounds: Cloud) -> None:
    made = registry(grounds)
    credentials = {"credentialSetResourceId": f"{made.id}/credentialSets/x"}
    inputs = {**rule_inputs("rule-one", "docker.io/library/*", "*"), **credentials}
    assert "credential sets are not modelled" in grounds.refused(RULE, "c", **inputs)
