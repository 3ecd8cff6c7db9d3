"""What changes in the map when a deployment comes or goes, as rows; `cidr.editing` writes them into its text."""

from collections.abc import Iterable, Sequence
from datetime import date
from ipaddress import IPv4Network

from cidr.allocator import next_block, open_blocks
from cidr.faults import Fault, FaultsError
from cidr.names import DeploymentName
from cidr.plan import AllocationMap
from cidr.schema import Block, FreeBlock, HeldBlock, OwnedBlock, RetiredBlock, kinship


def taken(
    allocation_map: AllocationMap, name: DeploymentName, day: date, network: IPv4Network | None = None
) -> OwnedBlock:
    """The row of a regional deployment's block once it is live.

    One that is in the map keeps its block. Else it is the one named by `network`, which may be retired: only so is such
    a block ever given again; else the next one of the allocator, with `day` as the day on which it was taken. Raises
    FaultsError when none is left, and for a `network` that is another's or none of the platform's.
    """
    own = allocation_map.owned.get(name)
    if own is not None:
        if network not in (None, own.network):
            step = f"leave --block out, or write --block {own.network}"
            raise _refused("--block", f"{name} has {own.network} already", str(own.network), step)
        return own.model_copy(update={"status": "live"})
    block = next_block(allocation_map, name.region, name.environment) if network is None else None
    row = block or _named(allocation_map, name, network)
    return OwnedBlock(network=row.network, status="live", deployment=name, since=day)


def _named(allocation_map: AllocationMap, name: DeploymentName, network: IPv4Network | None) -> Block:
    candidates = open_blocks(allocation_map, name.region, name.environment)
    row = next((block for block in allocation_map.blocks if block.network == network), None)
    if row in candidates or isinstance(row, RetiredBlock):
        return row
    first = candidates[0].network if candidates else None
    what = f"{network} is no block of the platform" if row is None else f"{network} is {_whose(row)}"
    allowed = f"a free block, one held for {name.region} {name.environment}, or a retired one"
    raise _refused("--block", what, allowed, f"write --block {first}, or leave it out" if first else "name another")


def _whose(block: Block) -> str:
    if isinstance(block, OwnedBlock):
        return f"{block.deployment}'s"
    return f"held for {block.held_for}" if isinstance(block, HeldBlock) else block.status


def assigned(allocation_map: AllocationMap, names: Iterable[DeploymentName]) -> dict[DeploymentName, IPv4Network]:
    """The block that each of the regional deployments would have if they were added in this order.

    Raises FaultsError when there are not enough.
    """
    found: dict[DeploymentName, IPv4Network] = {}
    for name in names:
        own = allocation_map.owned.get(name)
        left = open_blocks(allocation_map, name.region, name.environment)
        rest = (block.network for block in left if block.network not in found.values())
        network = own.network if own else next(rest, None)
        if network is None:
            what = f"no block is left for {name}, after {len(found)} others"
            raise _refused(str(name), what, "held and free blocks", "widen `platform` in cidr/allocations.yaml")
        found[name] = network
    return found


def retired(allocation_map: AllocationMap, name: DeploymentName) -> list[Block]:
    """The rows that change when a deployment is removed: its own is retired, so that nobody has it by accident.

    What was held for it is held for its nearest kin side by side with it, else it is free. `name` must be in the map.
    """
    own = allocation_map.owned[name]
    changed: list[Block] = [RetiredBlock(network=own.network, status="retired", was=name, since=own.since)]
    ordered = sorted(allocation_map.blocks, key=lambda block: block.network)
    for index, block in enumerate(ordered):
        if isinstance(block, HeldBlock) and block.held_for == name:
            heir = _kin_beside(ordered[:index][::-1], block, name) or _kin_beside(ordered[index + 1 :], block, name)
            changed.append(
                HeldBlock(network=block.network, status="held", held_for=heir)
                if heir
                else FreeBlock(network=block.network, status="free")
            )
    return changed


def _kin_beside(line: Sequence[Block], block: Block, gone: DeploymentName) -> DeploymentName | None:
    """The first deployment on the way along blocks of one kinship."""
    for other in line:
        if kinship(other) != kinship(block):
            return None
        if isinstance(other, OwnedBlock) and other.deployment != gone:
            return other.deployment
    return None


def _refused(where: str, what: str, allowed: str, next_step: str) -> FaultsError:
    return FaultsError([Fault(where=where, what=what, allowed=allowed, next_step=next_step)])
