"""The settings of the account: what the file says, and what is told where it cannot be taken."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from cidr import FaultsError, load_map
from stacks import account_settings_from, load_account, load_settings, load_stack, stack_file, stack_settings_from


def raw(**changes: Any) -> dict[str, Any]:
    """What stands in the stack file, with `changes`."""
    return {**load_account().model_dump(mode="json"), **changes}


def dev(**changes: Any) -> dict[str, Any]:
    """The environments of the stack file, with `changes` in dev."""
    environments = raw()["environments"]
    return {**environments, "dev": {**environments["dev"], **changes}}


def test_the_file_and_the_program_see_the_same() -> None:
    """Two thin adapters of one model."""
    assert account_settings_from(raw()) == load_account()
    assert load_stack("account") == stack_settings_from("account", raw()) == load_account()


def test_a_stack_that_is_not_the_account_is_a_deployment() -> None:
    """By its name alone."""
    assert load_stack("westeu-dev-1") == load_settings("westeu-dev-1")


def test_deployments_have_the_subscription_of_their_environment() -> None:
    """Those of today; one may have its own."""
    account = load_account()
    for name, block in load_map().owned.items():
        if block.status == "live":
            assert load_settings(str(name)).subscription_id == account.environments[name.environment].subscription_id


def test_an_environments_budget_is_what_its_deployments_may_cost() -> None:
    """Of platform.md, section 1: 150 + 200 + 200 in dev, and so on."""
    amounts = {str(name): one.budget.amount for name, one in load_account().environments.items()}
    assert amounts == {"dev": 550, "stg": 300 + 2 * 500, "prod": 1000 + 4 * 5000}


def test_every_subscription_is_named_once_the_states_first() -> None:
    """Environments may share one, with each other and with the state."""
    account = account_settings_from(raw(environments=dev(subscription_id=raw()["subscription_id"])))
    assert account.subscriptions[0] == account.subscription_id
    assert len(account.subscriptions) == 3


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"colour": "blue"}, ["unknown key 'colour'"]),
        ({"repository": "complianceflow"}, ["repository", "org/name"]),
        ({"repository": "org/name; rm"}, ["repository"]),
        ({"region": "mars"}, ["region", "westeu"]),
        ({"log_retention_days": 7}, ["log_retention_days", "30 to 730"]),
        ({"environments": {}}, ["environments"]),
        ({"environments": {"qa": {}}}, ["'qa' is no environment", "dev, stg, prod"]),
        ({"environments": dev(network_watchers=["mars"])}, ["'mars' is no region", "westeu"]),
        ({"environments": dev(network_watchers={"westeu": "create"})}, ["network_watchers", "[westeu]"]),
        ({"environments": dev(budget={"amount": 0})}, ["amount", "currency is missing", "contact_emails is missing"]),
        ({"locked": "yes"}, ["locked"]),
        ({"password": "hunter2"}, ["unknown key 'password'", "secrets live in"]),
    ],
)
def test_what_cannot_be_taken_is_told(changes: dict[str, Any], told: list[str]) -> None:
    """Each with its key path and what is allowed; a secret's value is never repeated."""
    with pytest.raises(FaultsError) as error:
        account_settings_from(raw(**changes))
    assert all(text in str(error.value) for text in told), str(error.value)
    assert "hunter2" not in str(error.value)


@pytest.mark.parametrize("repository", ["example-org/complianceflow", "Example-Org@123/complianceflow@456"])
def test_a_repository_is_written_as_its_tokens_name_it(repository: str) -> None:
    """With ids where GitHub gives them; case stays, Entra compares it."""
    assert account_settings_from(raw(repository=repository)).repository == repository


def test_environments_of_one_subscription_share_its_watchers() -> None:
    """There is one a region."""
    shared = raw()["environments"]["stg"]["subscription_id"]
    account = account_settings_from(raw(environments=dev(subscription_id=shared)))
    assert len(account.watchers) == len(set(account.watchers)) == 2 + 3


def test_a_fault_of_the_file_names_its_line(tmp_path: Path) -> None:
    """As for every stack file."""
    document = yaml.safe_load(stack_file("account").read_text())
    document["config"]["complianceflow:settings"]["replication"] = "RAID"
    file = stack_file("account", tmp_path)
    file.parent.mkdir()
    file.write_text(yaml.safe_dump(document))
    with pytest.raises(FaultsError, match=r"Pulumi\.account\.yaml:\d+ .*replication"):
        load_account(tmp_path)


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    """It is part of the repository."""
    with pytest.raises(FaultsError, match="the account has no stack file"):
        load_account(tmp_path)


def test_a_deployment_without_a_file_is_not_offered_the_accounts(tmp_path: Path) -> None:
    """It is no beginning for a copy."""
    for stack in ("account", "global-dev"):
        file = stack_file(stack, tmp_path)
        file.parent.mkdir(exist_ok=True)
        file.write_bytes(stack_file(stack).read_bytes())
    with pytest.raises(FaultsError) as error:
        load_settings("westeu-prod-1", tmp_path)
    assert "allowed: global-dev\n" in str(error.value)
