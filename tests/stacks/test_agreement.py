"""What two stack files say of each other: said on one side alone it is refused with both files, and the order knows."""

import json
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cidr import DeploymentName, FaultsError
from stacks import check_agreement, down_order, known_deployments, load_settings, needs_of, precedes, up_order
from tests.stacks.stack_files import KEY, peers, project

BOTH = {"westeu-prod-1": peers("westeu-prod-2"), "westeu-prod-2": peers("westeu-prod-1")}
HOSTED = {"global-dev": {"hosts_hubs_of": "westeu-dev-1"}, "westeu-dev-1": {"regional_event_hubs": False}}
Changes = Mapping[str, Mapping[str, Any]]


def faults(root: Path, deployment: str) -> list[str]:
    """What keeps a deployment from being brought up."""
    try:
        check_agreement(load_settings(deployment, root), root)
    except FaultsError as error:
        return [str(fault) for fault in error.faults]
    return []


@pytest.mark.parametrize("changes", [{}, BOTH, HOSTED], ids=["none", "peers", "hosted"])
def test_what_both_sides_say_is_taken(tmp_path: Path, changes: Changes) -> None:
    """And so is what nobody says."""
    root = project(tmp_path, changes)
    assert [faults(root, str(name)) for name in known_deployments()] == [[]] * 11


@pytest.mark.parametrize("asked", ["westeu-dev-1", "global-dev"])
def test_a_regional_of_another_tenant_than_its_globals_is_told_with_both_files(tmp_path: Path, asked: str) -> None:
    """Its identities would have no roles there, and Azure would say so in the middle of the run."""
    other = "00000000-0000-0000-0000-0000000000ff"
    root = project(tmp_path, {"westeu-dev-1": {"tenant_id": other}})
    (told,) = faults(root, asked)
    assert told.startswith(
        "stacks/Pulumi.westeu-dev-1.yaml complianceflow:settings.tenant_id: westeu-dev-1 and global-dev"
    )
    assert other in told
    assert "write the same `tenant_id` in both files" in told
    assert faults(root, "eastus-dev-1") == []


@pytest.mark.parametrize("asked", ["westeu-prod-1", "westeu-prod-2"])
def test_a_peer_that_does_not_name_the_other_is_told_with_both_files(tmp_path: Path, asked: str) -> None:
    """Whichever of the two is brought up: one half of the rules would stand alone."""
    root = project(tmp_path, {"westeu-prod-2": BOTH["westeu-prod-2"]})
    (told,) = faults(root, asked)
    assert "westeu-prod-2 names westeu-prod-1 as its peer" in told
    assert "complianceflow:settings.options.peers" in told.splitlines()[0]
    assert "write `options: {peers: [westeu-prod-2]}` in stacks/Pulumi.westeu-prod-1.yaml" in told
    assert "or take westeu-prod-1 out of stacks/Pulumi.westeu-prod-2.yaml" in told
    assert faults(root, "northeu-prod-1") == []


@pytest.mark.parametrize(
    ("changes", "asked", "words"),
    [
        (
            {"westeu-dev-1": HOSTED["westeu-dev-1"]},
            "westeu-dev-1",
            [
                "westeu-dev-1 has no event hubs of its own, and stacks/Pulumi.global-dev.yaml does not name it",
                "write `hosts_hubs_of: westeu-dev-1` in stacks/Pulumi.global-dev.yaml",
                "stacks/Pulumi.westeu-dev-1.yaml complianceflow:settings.regional_event_hubs",
            ],
        ),
        (
            {**HOSTED, "eastus-dev-1": HOSTED["westeu-dev-1"]},
            "eastus-dev-1",
            ["stacks/Pulumi.global-dev.yaml has those of westeu-dev-1"],
        ),
        *(
            (
                {"global-dev": HOSTED["global-dev"]},
                asked,
                [
                    "global-dev has the event hubs of westeu-dev-1, and stacks/Pulumi.westeu-dev-1.yaml says",
                    "write `regional_event_hubs: false` in stacks/Pulumi.westeu-dev-1.yaml",
                    "or take `hosts_hubs_of` out of stacks/Pulumi.global-dev.yaml",
                ],
            )
            for asked in ("westeu-dev-1", "global-dev")
        ),
    ],
)
def test_hubs_that_one_side_alone_speaks_of_are_told_with_both_files(
    tmp_path: Path, changes: Changes, asked: str, words: list[str]
) -> None:
    """Else a regional would look for hubs that nobody makes, or a global would keep some that nobody uses."""
    (told,) = faults(project(tmp_path, changes), asked)
    for each in words:
        assert each in told


def names(deployments: list[DeploymentName]) -> list[str]:
    return [str(name) for name in deployments]


def test_the_later_of_two_peers_needs_the_earlier(tmp_path: Path) -> None:
    """It makes what joins them, so the other one's network must be there; whoever is named first."""
    root = project(tmp_path, BOTH)
    assert names(up_order(["westeu-prod-2"], root)) == ["global-prod", "westeu-prod-1", "westeu-prod-2"]
    assert names(up_order(["westeu-prod-1"], root)) == ["global-prod", "westeu-prod-1"]
    assert names(down_order(["westeu-prod-1", "westeu-prod-2"])) == ["westeu-prod-2", "westeu-prod-1"]
    assert needs_of(DeploymentName.parse("westeu-prod-1"), root) == (DeploymentName.parse("global-prod"),)


def test_a_peer_of_a_peer_comes_along(tmp_path: Path) -> None:
    """What is needed needs others in its turn."""
    root = project(tmp_path, {**BOTH, "northeu-prod-1": peers("westeu-prod-2")})
    assert names(up_order(["northeu-prod-1"], root))[-3:] == ["westeu-prod-1", "westeu-prod-2", "northeu-prod-1"]


@pytest.mark.parametrize(
    "text", ["- not a mapping", "config: {", "config: {complianceflow:settings: {options: {peers: westeu-prod-1}}}"]
)
def test_the_order_stands_whatever_is_in_a_file(tmp_path: Path, text: str) -> None:
    """Taking down must work while a file is broken; what is wrong with it is told by who reads it whole."""
    root = project(tmp_path, BOTH)
    (root / "stacks" / "Pulumi.westeu-prod-2.yaml").write_text(text)
    assert names(up_order(["westeu-prod-2"], root)) == ["global-prod", "westeu-prod-2"]
    assert names(up_order(["westeu-prod-2"], tmp_path / "nowhere")) == ["global-prod", "westeu-prod-2"]


PROD = [name for name in known_deployments() if name.kind == "regional" and name.environment == "prod"]


@given(st.sets(st.sampled_from([(one, other) for one in PROD for other in PROD if one != other])))
@settings(deadline=None, max_examples=40)
def test_what_is_needed_comes_first_for_any_peers(pairs: set[tuple[DeploymentName, DeploymentName]]) -> None:
    """Named on both sides, any pairs: all that is needed is in the order, before what needs it."""
    said = {name: {b if a == name else a for a, b in pairs if name in (a, b)} for name in PROD}
    with TemporaryDirectory() as folder:
        root = Path(folder)
        (root / "stacks").mkdir()
        for name, its in said.items():
            values = {"options": {"peers": [*map(str, its)]}}
            (root / "stacks" / f"Pulumi.{name}.yaml").write_text(json.dumps({"config": {KEY: values}}))
        order = up_order(PROD[-1:], root)
        for name in order:
            needed = needs_of(name, root)
            earlier = {other for other in said.get(name, ()) if precedes(other, name)}
            assert set(needed) == {name.needs} - {None} | earlier
            assert all(order.index(other) < order.index(name) for other in needed)
