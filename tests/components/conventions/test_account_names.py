"""Names and tags of the account: those of the documents, and never a deployment's."""

from itertools import product

import pytest

from cidr import DeploymentName, Environment, FaultsError, Region
from components.conventions import AccountNames, Names, account_tags, kinds, parse_name, tags_for
from components.conventions.pattern import Pattern

OF_ACCOUNT = [name for name, kind in kinds().items() if kind.account]


@pytest.mark.parametrize(
    ("kind", "descriptor", "suffix", "name"),
    [
        ("resource_group", None, None, "rg-cf-state"),
        ("storage_account", None, None, "stcfstate"),
        ("key_vault", None, "ab12", "kv-cf-state-ab12"),
        ("log_analytics_workspace", None, None, "log-cf-state"),
        ("budget", "dev", None, "budget-cf-all-dev"),
        ("lock", None, None, "lock-cf-state"),
        ("user_assigned_identity", "reaper", None, "id-cf-state-reaper"),
        ("container_apps_environment", None, None, "cae-cf-state"),
        ("storage_container", "state-dev", None, "state-dev"),
        ("key_vault_key", "state-dev", None, "state-dev"),
    ],
)
def test_names_are_those_of_the_documents(kind: str, descriptor: str | None, suffix: str | None, name: str) -> None:
    """platform.md, section 8."""
    assert AccountNames("cf").of(kind, descriptor, suffix) == name


@pytest.mark.parametrize("code", ["cf", "we", "st", "stat", "tate", "glob", "acme", "al", "all"])
@pytest.mark.parametrize("kind", OF_ACCOUNT)
def test_a_name_of_the_account_is_read_back_to_its_parts(kind: str, code: str) -> None:
    """Also where the code looks like a part of the name; no kind is said."""
    pattern = kinds()[kind].account
    assert pattern is not None
    descriptor = "prod" if pattern.needs_descriptor else None
    suffix = "ab12" if "suffix" in pattern.fields else None
    parsed = parse_name(AccountNames(code).of(kind, descriptor, suffix))
    assert (parsed.kind, parsed.application_code, parsed.deployment) == (kind, code, None)
    assert (parsed.descriptor, parsed.suffix) == (descriptor, suffix)


def described(pattern: Pattern | None) -> str | None:
    """A descriptor, where a name of the pattern needs one."""
    return "dev" if pattern and pattern.needs_descriptor else None


def test_no_name_of_a_deployment_is_one_of_the_account() -> None:
    """Every kind that both have, over regions, environments and tricky codes."""
    codes = ["cf", "st", "stat", "tate", "al", "all"]
    account = {
        AccountNames(code).of(kind, described(kinds()[kind].account), "ab12" if kind == "key_vault" else None)
        for code, kind in product(codes, OF_ACCOUNT)
    }
    deployments = [DeploymentName.of_region(*parts) for parts in product(Region, Environment, (1, 99))]
    deployments += [DeploymentName.of_global(environment) for environment in Environment]
    for deployment, code, kind in product(deployments, codes, OF_ACCOUNT):
        suffix = "ab12" if kind == "key_vault" else None
        assert Names(deployment, code).of(kind, described(kinds()[kind].pattern), suffix) not in account


def test_a_kind_that_the_account_has_not_is_refused_with_those_it_has() -> None:
    """A network of the account would be a mistake."""
    with pytest.raises(FaultsError, match="the account has no virtual_network") as error:
        AccountNames("cf").of("virtual_network")
    assert "storage_account" in str(error.value)


@pytest.mark.parametrize("code", ["c", "abcde", "CF"])
def test_an_application_code_is_the_same_everywhere(code: str) -> None:
    """Two to four letters."""
    with pytest.raises(FaultsError, match="2 to 4 lower-case letters"):
        AccountNames(code)


def test_tags_of_the_account_have_the_same_names_and_no_environment() -> None:
    """So that no environment's costs count them."""
    own = account_tags(Region.WESTEU, owner="Platform Team", cost_center="Platform")
    theirs = tags_for(DeploymentName.parse("westeu-dev-1"), owner="DevOps", cost_center="Platform")
    assert list(own) == list(theirs)
    assert (own["Environment"], own["Deployment"], own["Region"], own["Ephemeral"]) == (
        "account",
        "account",
        "westeu",
        "false",
    )


def test_tags_that_azure_does_not_take_are_refused() -> None:
    """As for a deployment."""
    with pytest.raises(FaultsError, match="owner is empty"):
        account_tags(Region.WESTEU, owner=" ", cost_center="x" * 256)
