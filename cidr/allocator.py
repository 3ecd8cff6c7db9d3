"""Which block comes next, and how much of the range is taken. It only asks: a reviewed commit changes the map."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from cidr.azure_limits import RESERVED_PER_SUBNET
from cidr.faults import Fault, FaultsError
from cidr.names import Environment, Region
from cidr.plan import AllocationMap, Slot
from cidr.schema import FreeBlock, HeldBlock


def open_blocks(allocation_map: AllocationMap, region: Region, environment: Environment) -> list[HeldBlock | FreeBlock]:
    """The blocks that further regional deployments of a region and environment may have, in the order they are given.

    First those held for it, then the free ones, each lowest first: so deployments of one region and environment stand
    side by side. Blocks held for others, and retired ones, are never among them.
    """
    return list(_open(allocation_map, region, environment))


def _open(allocation_map: AllocationMap, region: Region, environment: Environment) -> Iterator[HeldBlock | FreeBlock]:
    for kinship in (("regional", region, environment), None):
        for block in allocation_map.by_kinship.get(kinship, ()):
            if isinstance(block, HeldBlock | FreeBlock):
                yield block


def next_block(allocation_map: AllocationMap, region: Region, environment: Environment) -> HeldBlock | FreeBlock:
    """The block for one more regional deployment: the first of `open_blocks`. The same map gives the same answer.

    Raises FaultsError when none is left.
    """
    block = next(_open(allocation_map, region, environment), None)
    if block is None:
        fault = Fault(
            where=f"next block for {region} {environment}",
            what="no block is held for it and none is free",
            allowed="blocks with status held (for it) or free; a retired one only where --block names it",
            next_step="widen `platform` in cidr/allocations.yaml, or free a block that is held",
        )
        raise FaultsError([fault])
    return block


@dataclass(frozen=True)
class Utilisation:
    """How many blocks of the platform have each status."""

    live: int
    reserved: int
    held: int
    retired: int
    free: int

    @property
    def total(self) -> int:
        """All blocks of the platform."""
        return self.live + self.reserved + self.held + self.retired + self.free

    @property
    def taken(self) -> float:
        """The share of blocks that no new deployment of a new region could have, 0 to 1."""
        return 1 - self.free / self.total


def utilisation(allocation_map: AllocationMap) -> Utilisation:
    """How much of the platform's range is taken."""
    count = Counter[str](block.status for block in allocation_map.blocks)
    return Utilisation(count["live"], count["reserved"], count["held"], count["retired"], count["free"])


def usable_addresses(slot: Slot) -> int:
    """The addresses of a subnet that resources can have: all but the five that Azure keeps in each."""
    return slot.network.num_addresses - RESERVED_PER_SUBNET
