"""Which block comes next, and how much of the range is taken. It only asks: a reviewed commit changes the map."""

from collections import Counter
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
    kin = allocation_map.by_kinship.get(("regional", region, environment), ())
    held = [block for block in kin if isinstance(block, HeldBlock)]
    free = [block for block in allocation_map.by_kinship.get(None, ()) if isinstance(block, FreeBlock)]
    return [*held, *free]


def next_block(allocation_map: AllocationMap, region: Region, environment: Environment) -> HeldBlock | FreeBlock:
    """The block for one more regional deployment: the first of `open_blocks`. The same map gives the same answer.

    Raises FaultsError when none is left.
    """
    # One look at each block and no table: of a large map just read, the table alone takes longer than an answer may.
    held: HeldBlock | None = None
    free: FreeBlock | None = None
    for block in allocation_map.blocks:
        if isinstance(block, HeldBlock):
            name = block.held_for
            kin = name.region is region and name.environment is environment and name.kind == "regional"
            if kin and (held is None or _first(block) < _first(held)):
                held = block
        elif isinstance(block, FreeBlock) and held is None and (free is None or _first(block) < _first(free)):
            free = block
    found = held or free
    if found is None:
        fault = Fault(
            where=f"next block for {region} {environment}",
            what="no block is held for it and none is free",
            allowed="blocks with status held (for it) or free; a retired one only where --block names it",
            next_step="widen `platform` in cidr/allocations.yaml, or free a block that is held",
        )
        raise FaultsError([fault])
    return found


def _first(block: HeldBlock | FreeBlock) -> int:
    return int(block.network.network_address)


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
