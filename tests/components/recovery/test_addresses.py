"""The halves of a block: apart, alike, and found in the map of addresses, never assumed."""

from dataclasses import replace
from ipaddress import IPv4Address

import pytest

from cidr import AllocationMap, FaultsError, load_map
from components.recovery.addresses import Halves


@pytest.mark.parametrize("deployment", [str(name) for name in load_map().owned])
def test_the_halves_of_every_deployment_are_apart_and_alike(deployment: str) -> None:
    """They are joined by a peering, which takes no overlap; and what a failover looks for is at the same place."""
    plan = load_map().plan(deployment)
    halves = Halves.of(load_map(), plan)
    assert not halves.own.block.overlaps(halves.standby.block)
    assert halves.own.subnets == plan.subnets
    assert all(slot.network.subnet_of(halves.own.block) for slot in halves.own.subnets)
    assert all(slot.network.subnet_of(halves.standby.block) for slot in halves.standby.subnets)
    for here, there in zip(halves.own.subnets, halves.standby.subnets, strict=True):
        assert int(there.network.network_address) - int(here.network.network_address) == 128 * 256
        assert replace(there, network=here.network) == here


def test_a_subnet_has_its_standby_128_further() -> None:
    halves = Halves.of(load_map(), load_map().plan("westeu-prod-1"))
    assert (str(halves.own.block), str(halves.standby.block)) == ("10.30.0.0/17", "10.30.128.0/17")
    assert str(halves.standby.slot("db").network) == "10.30.130.0/24"


def _with_rows(**changes: object) -> AllocationMap:
    file = load_map().file
    rows = tuple(row.model_copy(update=changes) if row.name == "standby" else row for row in file.set_aside)
    return AllocationMap(file.model_copy(update={"set_aside": rows}))


@pytest.mark.parametrize(
    ("allocations", "says"),
    [
        (_with_rows(name="other"), "has no row `standby`"),
        (_with_rows(first=IPv4Address("0.0.192.0")), "0.0.192.0 to 0.0.255.255"),
        (_with_rows(first=IPv4Address("0.0.64.0"), last=IPv4Address("0.0.127.255")), "0.0.64.0 to 0.0.127.255"),
    ],
)
def test_a_map_that_sets_something_else_aside_is_refused(allocations: AllocationMap, says: str) -> None:
    """The error says what to write."""
    with pytest.raises(FaultsError, match=says):
        Halves.of(allocations, load_map().plan("westeu-prod-1"))


def test_a_subnet_in_the_half_that_is_set_aside_is_refused() -> None:
    plan = load_map().plan("westeu-prod-1")
    moved = Halves.of(load_map(), plan).standby.subnets
    with pytest.raises(FaultsError, match=r"apps, db, .* lie in the half"):
        Halves.of(load_map(), replace(plan, subnets=moved))
