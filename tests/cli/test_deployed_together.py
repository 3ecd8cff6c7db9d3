"""What two stack files say of each other, deployed for real: peers, and a regional's hubs in the global namespace."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sandbox.azure.effects import Effects
from sandbox.azure.model import Record
from sandbox.azure.postgres.fleet import PostgresFleet
from sandbox.azure.resource_manager import ResourceManager
from sandbox.azure.store import Store
from tests.stacks.stack_files import peers, project

pytestmark = pytest.mark.slow

CHECK = Path(__file__).resolve().parents[3] / "shared" / "arm" / "check.py"
CHANGING = {"create", "update", "replace", "delete"}
FIRST, SECOND = "westeu-dev-1", "westeu-dev-2"
HALVES = {f"to-{FIRST}-out", f"to-{FIRST}-back"}
LINKS = {f"{FIRST}-apps-link", f"apps-dns-link-{FIRST}"}


def changed(document: dict[str, Any]) -> dict[str, set[str]]:
    """What each run of a command changed, by the names of the resources."""
    return {
        run["deployment"]: {step["name"] for step in run["steps"] if step["op"] in CHANGING} for run in document["runs"]
    }


def standing(home: Path, token: str) -> list[Record]:
    """What of one type is in the stand-in for Azure."""
    store = Store(home / "azure.db")
    found = store.read(lambda transaction: list(transaction.of_type(token)))
    store.close()
    return found


def lose_the_group(home: Path, deployment: str) -> None:
    """Somebody deletes the deployment's group in the portal, purges its vault, and deletes what is left of its peering
    with the global network: Azure lets no new one be made while a half of the old one is there.
    """
    group, other = (
        f"/subscriptions/00000000-0000-0000-0000-0000000000d1/resourceGroups/rg-cf-{name}"
        for name in (deployment, "global-dev")
    )
    network = f"{other}/providers/Microsoft.Network/virtualNetworks/vnet-cf-global-dev"
    (vault,) = (it.arm_id for it in standing(home, "keyvault:Vault") if it.arm_id.startswith(f"{group}/"))
    store = Store(home / "azure.db")
    manager = ResourceManager(store, effects=Effects(PostgresFleet(home)))
    manager.delete(group)
    manager.delete(f"{network}/virtualNetworkPeerings/peer-cf-global-dev-{deployment}")
    manager.purge(vault)
    store.close()


def violations(cfctl: Any, deployment: str) -> str:
    """What Azure's own types say of the deployment's state."""
    export = cfctl.home.root / f"{deployment}.json"
    export.write_text(cfctl("state", "export", deployment).out)
    checked = subprocess.run([sys.executable, CHECK, export], capture_output=True, text=True, check=False)
    return checked.stdout.strip().splitlines()[-1]


def test_peers_are_joined_by_the_later_one_and_joined_again_when_one_is_rebuilt(elsewhere: Callable[[], Any]) -> None:
    """From one side alone, which is refused, to a whole peering and back."""
    cfctl = elsewhere()
    assert cfctl("deployment", "add", SECOND, "--like", FIRST).status == 0
    project(cfctl.project, {SECOND: peers(FIRST)})
    refused = cfctl("up", SECOND, "--json")
    (fault,) = refused.document["errors"]
    assert f"stacks/Pulumi.{FIRST}.yaml does not name {SECOND}" in fault["what"]

    project(cfctl.project, {FIRST: peers(SECOND)})
    alone = cfctl("preview", SECOND)
    assert alone.status == 0, alone.err
    assert f"{FIRST} is not up: `up` brings it up first" in alone.err
    up = cfctl("up", SECOND, "--json")
    assert up.status == 0, up.err
    assert [run["deployment"] for run in up.document["runs"]] == ["global-dev", FIRST, SECOND]
    made = changed(up.document)
    assert made[SECOND] >= HALVES | LINKS
    assert not made[FIRST] & (HALVES | LINKS)
    assert set().union(*changed(cfctl("up", SECOND, "--json").document).values()) == set()
    if CHECK.exists():
        assert "0 violations, 0 without a type" in violations(cfctl, SECOND)
        assert "0 violations, 0 without a type" in violations(cfctl, FIRST)

    drawn = cfctl("topology", SECOND, "--json").document["topology"]
    (peering,) = (it for it in drawn["peerings"] if it["made_by"] == [SECOND] and "global" not in it["near_name"])
    assert (peering["both"], peering["transit"]) == (True, False)
    assert drawn["half_open"] == []
    own = {f"{name} {slot}" for name in (FIRST, SECOND) for slot in ("apps", "bastion", "db", "redis", "storage")}
    between = {
        (flow["source"]["label"], flow["destination"]["label"], flow["ports"])
        for flow in drawn["flows"]
        if {flow["source"]["label"], flow["destination"]["label"]} <= own
        and flow["source"]["deployment"] != flow["destination"]["deployment"]
    }
    ends = (f"{FIRST} apps", f"{SECOND} apps")
    assert between == {(*ends, "tcp 443, 31443"), (*ends[::-1], "tcp 443, 31443")}

    needed = cfctl("down", FIRST, "--yes", "--json")
    assert needed.status == 5
    assert f"{SECOND} is up and needs {FIRST}" in needed.document["errors"][0]["what"]

    lose_the_group(cfctl.home.root, FIRST)
    assert cfctl("refresh", FIRST).status == 0
    again = cfctl("up", SECOND, "--json")
    assert again.status == 0, again.err
    assert changed(again.document)[SECOND] == HALVES | LINKS
    assert set().union(*changed(cfctl("up", SECOND, "--json").document).values()) == set()

    down = cfctl("down", SECOND, "--yes", "--json")
    assert down.status == 0, down.err
    left = [it.arm_id for it in standing(cfctl.home.root, "network:VirtualNetworkPeering") if SECOND in it.arm_id]
    assert left == []
    assert cfctl("down", FIRST, "global-dev", "--yes").status == 0


def test_a_regionals_hubs_move_into_the_global_namespace_and_back(elsewhere: Callable[[], Any]) -> None:
    """In place, with an option's hub on top, which fills the namespace: ten hubs are there at most at any moment."""
    cfctl = elsewhere()
    apart = {"postgres.sku_name": "Standard_B2s", "options.media_processor": True}
    project(cfctl.project, {FIRST: apart})
    up = cfctl("up", FIRST, "--json")
    assert up.status == 0, up.err
    assert len(standing(cfctl.home.root, "eventhub:Namespace")) == 2

    project(cfctl.project, {FIRST: {"regional_event_hubs": False}})
    refused = cfctl("up", FIRST, "--json")
    assert "stacks/Pulumi.global-dev.yaml does not name it" in refused.document["errors"][0]["what"]
    project(cfctl.project, {"global-dev": {"hosts_hubs_of": FIRST}})
    hosted = cfctl("up", FIRST, "--json")
    assert hosted.status == 0, hosted.err
    (namespace,) = standing(cfctl.home.root, "eventhub:Namespace")
    assert namespace.name == "evhns-cf-global-dev"
    assert len(standing(cfctl.home.root, "eventhub:EventHub")) == 10
    rules = standing(cfctl.home.root, "eventhub:EventHubAuthorizationRule")
    assert {it.name for it in rules} == {"listen-global-dev", f"listen-{FIRST}"}
    assert set().union(*changed(cfctl("up", FIRST, "--json").document).values()) == set()
    if CHECK.exists():
        assert "0 violations, 0 without a type" in violations(cfctl, "global-dev")
        assert "0 violations, 0 without a type" in violations(cfctl, FIRST)
    told = cfctl("outputs", FIRST, "--json").document["outputs"]
    assert told["kafkaBootstrap"] == "evhns-cf-global-dev.servicebus.windows.net:9093"

    project(cfctl.project, {FIRST: {"regional_event_hubs": True}, "global-dev": {"hosts_hubs_of": None}})
    back = cfctl("up", FIRST, "--json")
    assert back.status == 0, back.err
    assert len(standing(cfctl.home.root, "eventhub:EventHub")) == 6 + 10
    assert set().union(*changed(cfctl("up", FIRST, "--json").document).values()) == set()
    assert cfctl("down", FIRST, "global-dev", "--yes").status == 0
