"""What changes in the map when a deployment comes or goes."""

from datetime import date
from ipaddress import IPv4Network

import pytest

from cidr import AllocationMap, DeploymentName, FaultsError, load_map
from cidr.changes import assigned, retired, taken
from cidr.editing import with_blocks
from cidr.loader import map_of
from cidr.yaml_source import parse_yaml
from tests.cidr.conftest import ELEVEN_FILE

TODAY = date(2026, 11, 22)
ELEVEN = load_map(ELEVEN_FILE)


def name(text: str) -> DeploymentName:
    return DeploymentName.parse(text)


def changed(text: str, *rows: object) -> AllocationMap:
    """The map after the rows were written into it."""
    return map_of(parse_yaml(with_blocks(text, "map", rows), "map"))


@pytest.mark.parametrize(
    ("deployment", "network"),
    [("westeu-prod-3", "10.32.0.0/16"), ("eastus-dev-2", "10.12.0.0/16"), ("uksouth-stg-1", "10.60.0.0/16")],
)
def test_held_blocks_are_taken_first_then_free_ones(deployment, network) -> None:
    """With the day, from which growth is told."""
    row = taken(ELEVEN, name(deployment), TODAY)
    assert (str(row.network), row.status, str(row.deployment), row.since) == (network, "live", deployment, TODAY)


def test_a_reserved_deployment_keeps_its_block_and_gets_no_day(load, small_map) -> None:
    """It took its block long ago: going live is no growth."""
    text = small_map.replace("status: live, deployment: westeu-dev-1", "status: reserved, deployment: westeu-dev-1")
    row = taken(load(text), name("westeu-dev-1"), TODAY)
    assert (str(row.network), row.status, row.since) == ("10.1.0.0/16", "live", None)


def test_a_retired_block_is_given_again_only_where_it_is_named(load, small_map) -> None:
    """Also to the deployment that had it: only a person knows whether an allow-list still names it."""
    allocations = load(small_map)
    assert str(taken(allocations, name("eastus-dev-1"), TODAY).network) == "10.4.0.0/16"
    again = taken(allocations, name("eastus-dev-1"), TODAY, IPv4Network("10.3.0.0/16"))
    assert str(again.network) == "10.3.0.0/16"
    assert changed(small_map, again).owned[name("eastus-dev-1")] == again


@pytest.mark.parametrize(
    ("network", "told"),
    [
        ("10.11.0.0/16", "10.11.0.0/16 is eastus-dev-1's"),
        ("10.12.0.0/16", "10.12.0.0/16 is held for eastus-dev-1"),
        ("10.200.0.0/16", "no block of the platform"),
        ("10.60.1.0/24", "no block of the platform"),
    ],
)
def test_another_block_can_be_named_but_nobody_elses(network, told) -> None:
    """What is held for others is theirs."""
    with pytest.raises(FaultsError, match=told) as error:
        taken(ELEVEN, name("uksouth-dev-1"), TODAY, IPv4Network(network))
    assert "write --block 10.60.0.0/16" in str(error.value)
    free = taken(ELEVEN, name("uksouth-dev-1"), TODAY, IPv4Network("10.77.0.0/16"))
    assert str(free.network) == "10.77.0.0/16"


def test_one_that_has_a_block_gets_no_second() -> None:
    """A block is never moved."""
    with pytest.raises(FaultsError, match=r"has 10\.10\.0\.0/16 already"):
        taken(ELEVEN, name("westeu-dev-1"), TODAY, IPv4Network("10.60.0.0/16"))


def test_what_is_held_for_a_removed_deployment_is_held_for_its_neighbour() -> None:
    """West Europe's prod keeps its growth when its second goes; its day stays with the block."""
    rows = retired(ELEVEN, name("westeu-prod-2"))
    assert (str(rows[0].network), rows[0].status, str(rows[0].was)) == ("10.31.0.0/16", "retired", "westeu-prod-2")
    assert {str(row.held_for) for row in rows[1:]} == {"westeu-prod-1"}
    after = changed(ELEVEN_FILE.read_text(), *rows)
    assert str(taken(after, name("westeu-prod-2"), TODAY).network) == "10.32.0.0/16"


def test_what_was_held_for_the_last_of_its_kin_is_free() -> None:
    """Nobody else of North Europe's prod could have it."""
    rows = retired(ELEVEN, name("northeu-prod-1"))
    assert [row.status for row in rows] == ["retired", *["free"] * 9]
    after = changed(ELEVEN_FILE.read_text(), *rows)
    assert str(taken(after, name("uksouth-dev-1"), TODAY).network) == "10.51.0.0/16"


def test_every_deployment_can_be_added_and_removed_again_and_again() -> None:
    """Each round gives another block and leaves a sound map, until nothing is left."""
    text, uksouth = ELEVEN_FILE.read_text(), name("uksouth-dev-1")
    given: list[str] = []
    for _ in range(3):
        row = taken(map_of(parse_yaml(text, "map")), uksouth, TODAY)
        text = with_blocks(text, "map", [row])
        text = with_blocks(text, "map", retired(map_of(parse_yaml(text, "map")), uksouth))
        given.append(str(row.network))
    assert given == ["10.60.0.0/16", "10.61.0.0/16", "10.62.0.0/16"]
    text = text.replace("status: free}", "status: retired, was: uksouth-dev-1}")
    with pytest.raises(FaultsError, match="none is free"):
        taken(map_of(parse_yaml(text, "map")), uksouth, TODAY)


def test_several_get_a_block_each_as_if_added_one_by_one() -> None:
    """What `plan region` tells is what `deployment add` gives."""
    names = [name(text) for text in ("uksouth-dev-1", "eastus-dev-2", "uksouth-prod-1", "westeu-dev-1")]
    found = {str(key): str(value) for key, value in assigned(ELEVEN, names).items()}
    assert found == {
        "uksouth-dev-1": "10.60.0.0/16",
        "eastus-dev-2": "10.12.0.0/16",
        "uksouth-prod-1": "10.61.0.0/16",
        "westeu-dev-1": "10.10.0.0/16",
    }


def test_more_than_there_are_blocks_is_told_with_the_first_that_gets_none(load, small_map) -> None:
    """One is free in the small map."""
    with pytest.raises(FaultsError, match="no block is left for uksouth-stg-1, after 1 others"):
        assigned(load(small_map), [name("uksouth-dev-1"), name("uksouth-stg-1")])
