"""The allocator in a map of 100,000 blocks: what a request costs, first and later, and per block.

.venv/bin/python benchmarks/allocator.py
"""

import sys
import time
from collections.abc import Callable
from datetime import date
from ipaddress import IPv4Network
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from harness import machine, row

from cidr import AllocationMap, DeploymentName, Environment, Region, load_map
from cidr.allocator import next_block, utilisation
from cidr.changes import taken
from cidr.growth import growth_of
from cidr.schema import Block, FreeBlock, HeldBlock, OwnedBlock

BLOCKS = 100_000
BOUND = 0.050
SIZE = 28  # of a block: 10.0.0.0/8 has room for a million of them, and the allocator looks at no size


def large_map() -> AllocationMap:
    """A map that `load_map` would build: a third owned, a third held, a third free, in no order of regions."""
    first = int(IPv4Network("10.0.0.0/8").network_address)
    names = [
        DeploymentName.of_region(region, environment, instance)
        for instance in range(1, 100)
        for region in Region
        for environment in Environment
    ]
    blocks: list[Block] = []
    for index in range(BLOCKS):
        network, name = IPv4Network((first + index * 16, SIZE)), names[index % len(names)]
        if index % 3 == 0:
            blocks.append(OwnedBlock.model_construct(network=network, status="live", deployment=name, since=None))
        elif index % 3 == 1:
            blocks.append(HeldBlock.model_construct(network=network, status="held", held_for=name))
        else:
            blocks.append(FreeBlock.model_construct(network=network, status="free"))
    return AllocationMap(load_map().file.model_copy(update={"blocks": tuple(blocks)}))


def seconds(run: Callable[[], object]) -> float:
    """CPU of one call: others may share the machine."""
    before = time.process_time()
    run()
    return time.process_time() - before


def main() -> None:
    """Print the figures."""
    machine()
    region, environment = Region.UKSOUTH, Environment.STG
    maps = [large_map() for _ in range(3)]
    cold = min(seconds(lambda each=each: next_block(each, region, environment)) for each in maps)
    warm = maps[0]
    again = min(seconds(lambda: next_block(warm, region, environment)) for _ in range(10))
    new = DeploymentName.of_region(region, environment, 99)
    choose = min(seconds(lambda: taken(warm, new, date(2026, 11, 22))) for _ in range(10))
    small = min(seconds(lambda: [next_block(load_map(), region, environment) for _ in range(1000)]) for _ in range(3))
    row(f"{BLOCKS:,} blocks: the first request of a map just built", cold * 1000, BOUND * 1000, " ms")
    row(f"{BLOCKS:,} blocks: a request after it", again * 1000, BOUND * 1000, " ms")
    row(f"{BLOCKS:,} blocks: the row of a new deployment", choose * 1000, BOUND * 1000, " ms")
    row(f"{BLOCKS:,} blocks / the platform's 100, a block: at most as slow", again / BLOCKS / (small / 1000 / 100), 2)
    use = min(seconds(lambda: utilisation(warm)) for _ in range(5))
    row(f"{BLOCKS:,} blocks: utilisation", use * 1000, unit=" ms")
    grown = min(seconds(lambda: growth_of(warm.blocks, date(2026, 11, 22))) for _ in range(5))
    row(f"{BLOCKS:,} blocks: growth", grown * 1000, unit=" ms")


if __name__ == "__main__":
    main()
