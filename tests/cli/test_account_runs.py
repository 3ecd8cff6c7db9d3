"""The account in a sandbox, as a user brings it up: begun by `init`, taken over by `up`, never taken down."""

from collections.abc import Mapping
from typing import Any

import pytest

from cli import account_runs
from cli.failures import RefusedError
from cli.options import DEFAULT_PARALLEL, EngineName
from cli.orders import Order
from deployments.account_state import state_plan
from sandbox.azure.resource_manager import ResourceManager
from sandbox.azure.store import Store
from stacks import load_account

PLAN = state_plan(load_account())
WATCHED = {it.group_id for it in PLAN.watchers} | {it.id for it in PLAN.watchers}
TAKEN_OVER = 1 + 1 + len(PLAN.containers) + 1 + len(PLAN.keys) + len(PLAN.grants) + len(WATCHED)


def changes(document: Mapping[str, Any]) -> dict[str, int]:
    """What the one run of a document did."""
    (run,) = document["runs"]
    assert run["result"] == "succeeded", run["messages"]
    return run["changes"]


def test_init_then_up_takes_over_what_is_there_and_the_second_up_changes_nothing(cfctl: Any) -> None:
    """Nothing is replaced; a setting that somebody turned meanwhile is put right in place."""
    assert cfctl("init", "sandbox").status == 0
    store = Store(cfctl.home.azure_store)
    arm = ResourceManager(store)
    created = arm.read(PLAN.account_id)["creationTime"]
    arm.change(PLAN.account_id, {"minimumTlsVersion": "TLS1_0"})

    first = changes(cfctl("up", "account", "--json").document)
    assert first["import"] == TAKEN_OVER
    assert not {"replace", "create-replacement", "delete", "delete-replaced"} & first.keys()
    found = arm.read(PLAN.account_id)
    assert (found["creationTime"], found["minimumTlsVersion"]) == (created, "TLS1_2")

    assert set(changes(cfctl("up", "account", "--json").document)) == {"same"}
    store.close()


def test_a_region_that_is_added_later_is_begun_by_init_too(cfctl: Any) -> None:
    """Where no network is yet, nobody has made its watcher; the account says so before a run begins."""
    assert cfctl("init", "sandbox").status == 0
    store = Store(cfctl.home.azure_store)
    arm = ResourceManager(store)
    arm.vanish(PLAN.watchers[0].id)
    ended = cfctl("up", "account")
    assert ended.status == 5
    assert f"no network watcher of {PLAN.watchers[0].location} in {PLAN.watchers[0].subscription_id}" in ended.err
    assert cfctl("init", "sandbox").status == 0
    assert arm.read(PLAN.watchers[0].id) is not None
    store.close()


@pytest.mark.parametrize("command", ["up", "preview"])
def test_without_init_there_is_nothing_to_take_over(cfctl: Any, command: str) -> None:
    """Said before a run begins, with what to type."""
    ended = cfctl(command, "account")
    assert ended.status == 5
    assert "there is no storage account stcfstate" in ended.err
    assert "./cfctl init sandbox" in ended.err


def test_the_account_is_brought_up_by_itself(cfctl: Any) -> None:
    """It needs nothing of a deployment, and no deployment needs it here."""
    ended = cfctl("up", "account", "westeu-dev-1")
    assert ended.status == 2
    assert "./cfctl up account, then ./cfctl up westeu-dev-1" in ended.err


def test_the_attached_cli_would_have_one_subscription_and_is_refused(cfctl: Any) -> None:
    """Rather than make the watchers of three environments in one."""
    ended = cfctl("up", "account", "--engine", "cli")
    assert ended.status == 2
    assert "of the account's 4" in ended.err


@pytest.mark.parametrize("deployments", [("account",), ("account", "westeu-dev-1")])
def test_down_is_refused_whatever_else_is_said(cfctl: Any, deployments: tuple[str, ...]) -> None:
    """Before anything is looked at, with or without what was begun."""
    order = Order("down", deployments, EngineName.SANDBOX, (), DEFAULT_PARALLEL, yes=True)
    with pytest.raises(RefusedError, match="never taken down"):
        account_runs.admit(cfctl.home, cfctl.project, order)


def test_doctor_reads_the_accounts_file_too(cfctl: Any) -> None:
    """It is a stack file like the others."""
    data = [check for check in cfctl("doctor", "--json").document["checks"] if check["name"] == "data"]
    assert [check["status"] for check in data] == ["ok"]
