"""Which block comes next."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cidr import AllocationMap, Environment, FaultsError, Region, load_map
from cidr.allocator import next_block, open_blocks, usable_addresses, utilisation
from tests.cidr.conftest import ELEVEN_FILE


@pytest.mark.parametrize(
    ("region", "environment", "network"),
    [
        ("westeu", "prod", "10.32.0.0/16"),
        ("eastus", "prod", "10.41.0.0/16"),
        ("northeu", "prod", "10.51.0.0/16"),
        ("eastus", "dev", "10.12.0.0/16"),
        ("westeu", "dev", "10.60.0.0/16"),
        ("uksouth", "stg", "10.60.0.0/16"),
    ],
)
def test_held_blocks_come_first_then_the_lowest_free_one(eleven, region, environment, network) -> None:
    """Deployments of one region and environment stand side by side while room is held for them."""
    assert str(next_block(eleven, Region(region), Environment(environment)).network) == network


def test_blocks_held_for_a_global_are_not_given_to_a_regional_of_its_region(load, small_map) -> None:
    """A global and a regional of one region are not kin: what is held for the one is not the other's."""
    held = small_map.replace("10.1.0.0/16, status: live, deployment: westeu-dev-1", "10.1.0.0/16, status: held, X")
    held = held.replace("status: held, held_for: westeu-dev-1", "status: live, deployment: westeu-dev-1")
    held = held.replace("status: held, X", "status: held, held_for: global-dev")
    assert str(next_block(load(held), Region.WESTEU, Environment.DEV).network) == "10.4.0.0/16"


def test_a_retired_block_is_never_given(load, small_map) -> None:
    """Logs and allow-lists may still name it: with nothing else left, the answer is an error."""
    full = small_map.replace("status: free}", "status: retired, was: eastus-dev-2}")
    with pytest.raises(FaultsError, match="no block is held for it and none is free"):
        next_block(load(full), Region.EASTUS, Environment.DEV)


def test_the_same_map_gives_the_same_answer() -> None:
    """Asking takes nothing."""
    asked = [next_block(load_map(), Region.WESTUS, Environment.DEV) for _ in range(3)]
    assert len(set(asked)) == 1


def test_utilisation_counts_every_block_once(eleven) -> None:
    """Eleven owned, 49 held, 40 free."""
    used = utilisation(eleven)
    assert (used.live, used.reserved, used.held, used.retired, used.free) == (11, 0, 49, 0, 40)
    assert used.total == len(eleven.blocks) == 100
    assert used.taken == pytest.approx(0.6)


def test_what_is_left_for_a_region_is_what_is_held_for_it_and_what_is_free(eleven) -> None:
    """In westeu prod: 10.32 to 10.39, and 40 free ones."""
    assert len(open_blocks(eleven, Region.WESTEU, Environment.PROD)) == 8 + 40


def test_azure_keeps_five_addresses_of_each_subnet() -> None:
    """See https://learn.microsoft.com/azure/virtual-network/virtual-networks-faq ."""
    plan = load_map().plan("westeu-dev-1")
    assert [usable_addresses(plan.slot(name)) for name in ("apps", "management")] == [251, 59]


@given(
    order=st.randoms(use_true_random=False), region=st.sampled_from(Region), environment=st.sampled_from(Environment)
)
def test_the_next_block_is_the_first_of_the_open_ones_in_whatever_order_the_file_is(order, region, environment) -> None:
    """The one is found by a single look at each block, the others by a table: they may not part."""
    file = load_map(ELEVEN_FILE).file
    blocks = list(file.blocks)
    order.shuffle(blocks)
    shuffled = AllocationMap(file.model_copy(update={"blocks": tuple(blocks)}))
    assert next_block(shuffled, region, environment) is open_blocks(shuffled, region, environment)[0]
