"""The two dev deployments through the real entrance: up, again, disturbed, repaired, down."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sandbox.azure.catalog.diagnostic_categories import untold
from sandbox.azure.effects import Effects
from sandbox.azure.model import Record
from sandbox.azure.postgres.fleet import PostgresFleet
from sandbox.azure.resource_manager import ResourceManager
from sandbox.azure.store import Store

pytestmark = pytest.mark.slow

GLOBAL_GROUP = "/subscriptions/00000000-0000-0000-0000-0000000000d1/resourceGroups/rg-cf-global-dev"
HUBS = f"{GLOBAL_GROUP}/providers/Microsoft.EventHub/namespaces/evhns-cf-global-dev"
CHANGING = {"create", "update", "replace", "delete"}


def changed(document: dict[str, Any]) -> dict[str, dict[str, int]]:
    """What each run of a command changed."""
    return {
        run["deployment"]: {op: count for op, count in run["changes"].items() if op in CHANGING}
        for run in document["runs"]
    }


def replaced(document: dict[str, Any], deployment: str) -> set[str]:
    """The names of the resources that a run made anew."""
    (run,) = (run for run in document["runs"] if run["deployment"] == deployment)
    return {step["name"] for step in run["steps"] if step["op"] == "replace"}


def lose_the_global_group(home: Path) -> None:
    """Somebody takes away the lock of the regional, deletes global-dev's group in the portal and purges its vault."""
    store = Store(home / "azure.db")
    manager = ResourceManager(store, effects=Effects(PostgresFleet(home)))
    (vault,) = (record.arm_id for record in store.read(lambda tx: tx.of_type("keyvault:Vault")) if _is_global(record))
    for lock in store.read(lambda tx: tx.of_type("authorization:ManagementLockByScope")):
        if _is_global(lock):
            manager.delete(lock.arm_id)
    manager.delete(GLOBAL_GROUP)
    manager.purge(vault)
    store.close()


def _is_global(record: Record) -> bool:
    return record.arm_id.startswith(f"{GLOBAL_GROUP}/")


def test_up_again_and_after_a_refresh_nothing_changes_and_down_leaves_nothing(cfctl: Any) -> None:
    """What Azure answers differs in nothing from what the program says."""
    up = cfctl("up", "westeu-dev-1", "--json")
    assert up.status == 0, up.err
    store = Store(cfctl.home.azure_store)
    told = store.read(lambda transaction: untold(transaction.everything()))
    assert [it for it in told if "/rg-cf-state/" not in it] == []  # the account, which is not up, tells of its own
    store.close()
    assert changed(cfctl("up", "westeu-dev-1", "--json").document) == {"global-dev": {}, "westeu-dev-1": {}}
    for deployment in ("global-dev", "westeu-dev-1"):
        refreshed = cfctl("refresh", deployment, "--json")
        # What others made of it afterwards, and the program leaves alone: private endpoints to a namespace, the far
        # side of a peering.
        steps = {step["name"] for step in refreshed.document["runs"][0]["steps"]}
        assert steps <= {"hubs-namespace", "to-global-out"}
    assert changed(cfctl("up", "westeu-dev-1", "--json").document) == {"global-dev": {}, "westeu-dev-1": {}}
    down = cfctl("down", "westeu-dev-1", "global-dev", "--yes", "--json")
    assert down.status == 0, down.err
    kept = {kept["type"] for run in down.document["runs"] for kept in run["kept"]}
    # The role on the account's container of exports stays too: the account's lock would keep it from going.
    assert kept == {"keyvault:Vault", "operationalinsights:Workspace", "authorization:RoleAssignment"}


def test_a_failing_job_makes_up_red_and_no_service_and_the_same_command_goes_on(elsewhere: Callable[[], Any]) -> None:
    """After a plain up the databases are ready, or up is red."""
    cfctl = elsewhere()
    tenancy = cfctl.project / "tenancy"
    tenancy.unlink()
    tenancy.mkdir()
    whole = Path(__file__).resolve().parents[2] / "tenancy"
    shutil.copy(whole / "revision.py", tenancy / "revision.py")
    (tenancy / "__init__.py").touch()
    (tenancy / "__main__.py").write_text("print('no room left on the device'); raise SystemExit(1)\n")
    red = cfctl("up", "global-dev", "--json")
    assert red.status != 0
    (run,) = red.document["runs"]
    assert {step["name"] for step in run["steps"] if step["status"] == "failed"} == {"databases-opened"}
    assert not [
        step for step in run["steps"] if step["type"].endswith("ContainerApp") and step["name"] != "gateway-app"
    ]
    assert "./cfctl logs global-dev tenancy" in run["messages"][-1]["message"]
    logs = cfctl("logs", "global-dev", "tenancy")
    assert "no room left on the device" in logs.out

    shutil.rmtree(tenancy)
    tenancy.symlink_to(whole)
    green = cfctl("up", "global-dev", "--json")
    assert green.status == 0, green.err
    made = {step["name"] for step in green.document["runs"][0]["steps"]}
    assert {"databases-opened", "tenant-registry-app", "master-data-app", "file-ingestion-app"} <= made
    assert cfctl("down", "global-dev", "--yes").status == 0


def test_a_global_that_was_destroyed_and_made_again_is_joined_again_by_the_next_up(cfctl: Any) -> None:
    """Its ids are the old ones; endpoints, peering, links, keys and roles of the regional led to what is gone."""
    assert cfctl("up", "westeu-dev-1").status == 0
    lose_the_global_group(cfctl.home.root)
    assert cfctl("refresh", "global-dev").status == 0
    again = cfctl("up", "westeu-dev-1", "--json")
    assert again.status == 0, again.err
    repaired = replaced(again.document, "westeu-dev-1")
    assert {
        "to-global-out",
        "to-global-back",
        "hold-lock",
        "global-apps-link",
        "apps-dns-link-global",
        "way-hubs-global-dev-endpoint",
        "way-registry-global-dev-endpoint",
        "listen-tenant-events-rule",
        "user-event-hubs-data-receiver-hub-tenant-events",
        "user-acr-pull-registry",
    } <= repaired
    assert not {name for name in repaired if name.startswith("postgres") or name.endswith("-app")}
    assert changed(cfctl("up", "westeu-dev-1", "--json").document) == {"global-dev": {}, "westeu-dev-1": {}}
    assert cfctl("down", "westeu-dev-1", "global-dev", "--yes").status == 0


def test_an_endpoint_that_the_owner_refuses_stops_up_in_words(cfctl: Any) -> None:
    """And once it is approved the same command finishes."""
    assert cfctl("up", "global-dev").status == 0
    store = Store(cfctl.home.azure_store)
    store.set("endpoint-approval", HUBS, "Rejected")
    store.close()
    red = cfctl("up", "westeu-dev-1", "--json")
    assert red.status != 0
    told = "\n".join(message["message"] for run in red.document["runs"] for message in run["messages"])
    assert "Rejected" in told
    assert "evhns-cf-global-dev" in told
    store = Store(cfctl.home.azure_store)
    store.set("endpoint-approval", HUBS, "Approved")
    store.close()
    green = cfctl("up", "westeu-dev-1", "--json")
    assert green.status == 0, green.err
    assert cfctl("down", "westeu-dev-1", "global-dev", "--yes").status == 0
