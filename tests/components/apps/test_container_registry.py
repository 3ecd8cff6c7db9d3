"""The registry: shut, without keys, and a copy of what lies upstream."""

import pulumi
import pytest

from components.apps.container_registry import CacheRule, ContainerRegistry, ContainerRegistryArgs
from components.place import Place
from tests.components.recording import Recording, record

OURS = CacheRule("upstream", "ghcr.io/complianceflow/*", "*")


def args(place: Place, *rules: CacheRule) -> ContainerRegistryArgs:
    """A registry with these rules."""
    return ContainerRegistryArgs(place=place, workspace_id="/logs", cache_rules=rules)


@pytest.fixture
def registry(place: Place) -> Recording:
    """A registry with one rule."""

    def program() -> None:
        made = ContainerRegistry("registry", args(place, OURS))
        pulumi.export("server", made.login_server)
        pulumi.export("age", made.created_at)

    return record(program)


def test_it_has_no_public_side_and_no_keys(registry: Recording) -> None:
    """Only Premium has private endpoints; an admin account is a password that everybody shares."""
    inputs = registry["registry-registry"].inputs
    assert inputs["registryName"] == "acrcfwesteudev1"
    assert inputs["sku"] == {"name": "Premium"}
    assert inputs["publicNetworkAccess"] == "Disabled"
    assert inputs["networkRuleSet"] == {"defaultAction": "Deny"}
    assert (inputs["adminUserEnabled"], inputs["anonymousPullEnabled"]) == (False, False)


def test_nothing_leaves_it_and_nothing_is_dropped(registry: Recording) -> None:
    """Images by digest have no tag: a retention policy would take away what apps still start from."""
    policies = registry["registry-registry"].inputs["policies"]
    assert policies["exportPolicy"] == {"status": "disabled"}
    assert policies["retentionPolicy"]["status"] == "disabled"
    assert policies["azureADAuthenticationAsArmPolicy"] == {"status": "enabled"}


def test_a_cache_rule_is_a_copy_of_what_lies_upstream(registry: Recording) -> None:
    """Azure changes no rule's repositories, so a rule is made anew for others, the old one gone first."""
    rule = registry["registry-cache-upstream"]
    assert rule.inputs["sourceRepository"] == "ghcr.io/complianceflow/*"
    assert rule.inputs["targetRepository"] == "*"
    assert list(rule.request.replaceOnChanges) == ["sourceRepository", "targetRepository"]
    assert rule.request.deleteBeforeReplace


def test_others_are_wired_to_its_address_and_age(registry: Recording) -> None:
    """An image is pulled from that host."""
    assert registry.outputs == {"server": "acrcfwesteudev1.azurecr.io", "age": "2026-11-01T00:00:00Z"}


@pytest.mark.parametrize("source", ["docker.io/library/*", "acme.azurecr.io/*", "localhost:5000/x/*", "ghcr"])
def test_an_upstream_that_wants_credentials_is_refused(source: str) -> None:
    """Docker Hub serves the cache only with a credential set, and the platform holds none."""
    with pytest.raises(ValueError, match=r"cannot be read without credentials.*allowed: mcr\.microsoft\.com"):
        CacheRule("upstream", source, "*")


@pytest.mark.parametrize(
    ("source", "target"),
    [
        ("ghcr.io/acme/User", "user"),
        ("ghcr.io/acme/user:1", "user"),
        ("ghcr.io/acme/*/user", "user"),
        ("ghcr.io/", "user"),
        ("ghcr.io/acme/user", ""),
        ("ghcr.io/acme/user", "/user"),
        ("ghcr.io/acme/us*", "us*"),
    ],
)
def test_a_rule_names_repositories(source: str, target: str) -> None:
    """Tags, capitals and stars in the middle are slips that Azure tells apart late and badly."""
    with pytest.raises(ValueError, match="is no repository; allowed: repository names in lower case"):
        CacheRule("upstream", source, target)


@pytest.mark.parametrize(("source", "target"), [("ghcr.io/acme/*", "user"), ("ghcr.io/acme/user", "*")])
def test_a_star_stands_on_both_sides_or_on_none(source: str, target: str) -> None:
    """Many repositories cannot become one."""
    with pytest.raises(ValueError, match="both end in"):
        CacheRule("upstream", source, target)


@pytest.mark.parametrize(
    ("one", "other"), [("*", "library/*"), ("library/*", "library/dotnet/*"), ("a/*", "a/*"), ("a/b", "a/b")]
)
def test_rules_that_cover_each_other_are_refused(place: Place, one: str, other: str) -> None:
    """The examples of Azure's page, in both orders."""
    rules = [
        CacheRule(f"rule-{index}", "ghcr.io/x/*" if target.endswith("*") else "ghcr.io/x", target)
        for index, target in enumerate((one, other))
    ]
    for order in (rules, rules[::-1]):
        with pytest.raises(ValueError, match="overlap; give one another prefix"):
            args(place, *order)


def test_one_repository_may_stand_inside_a_star(place: Place) -> None:
    """The more exact rule wins; side by side stand prefixes that only look alike."""
    args(place, OURS, CacheRule("exact", "mcr.microsoft.com/dotnet", "library/dotnet"))
    args(place, CacheRule("one", "ghcr.io/a/*", "app/*"), CacheRule("two", "ghcr.io/b/*", "apps/*"))


def test_two_rules_of_one_name_are_refused(place: Place) -> None:
    """A name is a rule's own."""
    with pytest.raises(ValueError, match="rule upstream: there more than once"):
        args(place, OURS, CacheRule("upstream", "ghcr.io/other", "other"))
