"""Peers: each opens its own rules to the other, the later one makes what joins them, and nothing else changes."""

import json
import subprocess
import sys
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from cidr import FaultsError, load_map
from deployments.program import deploy
from stacks import files, load_settings
from tests.components.recording import UNKNOWN, Recording, record
from tests.deployments.conftest import REFERENCES
from tests.stacks.stack_files import peers, project

CHECK = Path(__file__).resolve().parents[3] / "shared" / "arm" / "check.py"
EARLIER, LATER = "westeu-prod-1", "westeu-prod-2"
ELSEWHERE = "00000000-0000-0000-0000-0000000000d9"
OF_PEER = {"environmentDomain": "calm-lake-2.westeurope.azurecontainerapps.io", "networkGuid": "guid-of-peer"}
KNOWN: Mapping[str, Mapping[str, Any]] = {
    "organization/complianceflow/global-prod": next(iter(REFERENCES.values())),
    f"organization/complianceflow/{EARLIER}": {"contract": OF_PEER},
}


def recorded(root: Path, stack: str, changes: Mapping[str, Mapping[str, Any]], **more: Any) -> Recording:
    """A deployment with the stack files of this repository but for `changes`."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(files, "REPOSITORY", project(root, changes))
        return record(lambda: deploy(load_settings(stack)).export(), stack=stack, **{"references": KNOWN, **more})


@cache
def prod(root: Path, stack: str, *, joined: bool) -> Recording:
    """One of the two, with the peering or without."""
    both = {EARLIER: peers(LATER), LATER: peers(EARLIER)} if joined else {}
    return recorded(root / str(joined), stack, both)


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("peers")


def names(recording: Recording) -> set[str]:
    return {one.name for one in recording.custom()}


def inputs(recording: Recording) -> dict[str, str]:
    return {one.name: json.dumps(one.inputs, sort_keys=True) for one in recording.custom()}


def changed(root: Path, stack: str) -> set[str]:
    """What has other inputs with the option on, of what is there without it too."""
    before, after = inputs(prod(root, stack, joined=False)), inputs(prod(root, stack, joined=True))
    return {name for name in before.keys() & after.keys() if before[name] != after[name]}


def test_the_later_one_makes_both_halves_and_both_links(root: Path) -> None:
    """And nothing else is added, changed or gone but the rules of its apps subnet."""
    before, after = (prod(root, LATER, joined=joined) for joined in (False, True))
    assert names(after) - names(before) == {
        f"to-{EARLIER}-out",
        f"to-{EARLIER}-back",
        f"{EARLIER}-apps-link",
        f"apps-dns-link-{EARLIER}",
    }
    assert names(before) <= names(after)
    assert changed(root, LATER) == {"network-nsg-apps"}
    assert "contract" in after.outputs


def test_the_earlier_one_changes_its_rules_alone(root: Path) -> None:
    """What joins them is another stack's; it tells what that one needs to know, and nothing where there is no peer."""
    before, after = (prod(root, EARLIER, joined=joined) for joined in (False, True))
    assert names(after) == names(before)
    assert changed(root, EARLIER) == {"network-nsg-apps"}
    assert set(after.outputs["contract"]) == {"environmentDomain", "networkGuid"}
    assert "contract" not in before.outputs


@pytest.mark.parametrize(("stack", "peer"), [(EARLIER, LATER), (LATER, EARLIER)])
def test_only_apps_reach_apps(root: Path, stack: str, peer: str) -> None:
    """At the port of the environment's edge proxy, 443, and 31443 where it listens behind its load balancer."""
    apps = {name: str(load_map().plan(name).slot("apps").network) for name in (stack, peer)}

    def rules(*, joined: bool) -> list[dict[str, Any]]:
        recording = prod(root, stack, joined=joined)
        return recording["network-nsg-apps"].inputs["securityRules"]

    before = {rule["name"] for rule in rules(joined=False)}
    ways = [
        {key: value for key, value in rule.items() if key not in ("priority", "sourcePortRange")}
        for rule in rules(joined=True)
        if rule["name"] not in before
    ]
    common = {"access": "Allow", "protocol": "Tcp", "destinationPortRanges": ["443", "31443"]}
    assert sorted(ways, key=lambda rule: rule["direction"]) == [
        {
            **common,
            "name": "AllowPeersToAppsInbound",
            "direction": "Inbound",
            "sourceAddressPrefix": apps[peer],
            "destinationAddressPrefix": apps[stack],
        },
        {
            **common,
            "name": "AllowAppsToPeersOutbound",
            "direction": "Outbound",
            "sourceAddressPrefix": apps[stack],
            "destinationAddressPrefix": apps[peer],
        },
    ]


def test_rules_that_name_the_whole_network_do_not_mean_the_peers(root: Path) -> None:
    """Bastion's group must allow the tag VirtualNetwork: with access by the tag, its hosts would reach the peer's."""
    recording = prod(root, LATER, joined=True)
    for half in (f"to-{EARLIER}-out", f"to-{EARLIER}-back"):
        assert recording[half].inputs["allowVirtualNetworkAccess"] is False
    assert recording["to-global-out"].inputs["allowVirtualNetworkAccess"] is True


def test_all_of_it_is_made_anew_when_the_peer_is(root: Path) -> None:
    """Its ids are the old ones; the GUID of its network tells, from its stack's outputs."""
    recording = prod(root, LATER, joined=True)
    for name in (f"to-{EARLIER}-out", f"to-{EARLIER}-back", f"apps-dns-link-{EARLIER}"):
        assert OF_PEER["networkGuid"] in recording[name].trigger, name
        assert recording[name].request.deleteBeforeReplace, name
    link = recording[f"{EARLIER}-apps-link"]
    assert link.inputs["privateZoneName"] == OF_PEER["environmentDomain"]
    assert link.inputs["resourceGroupName"] == f"rg-cf-{EARLIER}"


def test_peerings_of_one_network_wait_for_each_other(root: Path) -> None:
    """A network takes one write at a time."""
    recording = prod(root, LATER, joined=True)
    assert "to-global-back" in recording[f"to-{EARLIER}-out"].dependencies


@pytest.mark.skipif(not CHECK.exists(), reason="../shared/arm is not beside this repository")
def test_azures_own_types_take_it(root: Path, tmp_path: Path) -> None:
    """Held against the published ARM types."""
    export = tmp_path / "export.json"
    export.write_text(json.dumps(prod(root, LATER, joined=True).as_export()))
    checked = subprocess.run([sys.executable, CHECK, export], capture_output=True, text=True, check=False)
    assert "0 violations, 0 without a type" in checked.stdout, checked.stdout


def test_a_preview_alone_works_and_says_what_it_does_not_know(tmp_path: Path) -> None:
    """The peer was never up: its ids come from names, what only it can tell is unknown."""
    both = {EARLIER: peers(LATER), LATER: peers(EARLIER)}
    empty: dict[str, Any] = {key: {} for key in KNOWN}
    recording = recorded(tmp_path, LATER, both, preview=True, references=empty)
    remote = recording[f"to-{EARLIER}-out"].inputs["remoteVirtualNetwork"]["id"]
    assert remote.endswith(
        f"/resourceGroups/rg-cf-{EARLIER}/providers/Microsoft.Network/virtualNetworks/vnet-cf-{EARLIER}"
    )
    assert recording[f"{EARLIER}-apps-link"].inputs["privateZoneName"] == UNKNOWN
    assert any(f"{EARLIER} has no output contract.environmentDomain" in text for text in recording.warnings())


def test_a_peer_of_another_subscription_has_its_own_provider(tmp_path: Path) -> None:
    """A dedicated customer may have one of its own; what lies there is made there."""
    both = {EARLIER: {**peers(LATER), "subscription_id": ELSEWHERE}, LATER: peers(EARLIER)}
    recording = recorded(tmp_path, LATER, both)
    provider = recording[f"azure-of-{EARLIER}"]
    assert provider.inputs["subscriptionId"] == ELSEWHERE
    there = {f"to-{EARLIER}-back", f"{EARLIER}-apps-link"}
    assert {one.name for one in recording.custom() if one.request.provider.startswith(provider.urn)} == there


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        (
            {LATER: peers("eastus-prod-1"), "eastus-prod-1": peers(LATER)},
            f"{LATER} is of the residency zone EU, eastus-prod-1 of US (see stacks/Pulumi.eastus-prod-1.yaml)",
        ),
        ({LATER: peers(EARLIER)}, f"stacks/Pulumi.{EARLIER}.yaml does not name {LATER}"),
    ],
)
def test_what_cannot_be_joined_is_told_before_anything_is_declared(
    tmp_path: Path, changes: Mapping[str, Mapping[str, Any]], words: str
) -> None:
    """A program that fails half way has its declared resources made all the same."""
    recording = Recording()
    with pytest.raises(FaultsError) as error:
        recorded(tmp_path, LATER, changes, into=recording)
    assert words in str(error.value)
    assert list(recording.custom()) == []
