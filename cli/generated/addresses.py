"""docs/generated/addresses.md: every block of the platform, and every subnet of what owns one."""

from collections.abc import Iterator
from itertools import groupby

from cidr.allocator import usable_addresses, utilisation
from cidr.plan import AddressPlan, AllocationMap, Slot
from cidr.schema import Block, HeldBlock, OwnedBlock, RetiredBlock
from cli.generated.markdown import code, page, table
from components.recovery.addresses import Halves


def addresses(allocations: AllocationMap) -> str:
    """The page of a map."""
    used, platform = utilisation(allocations), allocations.file.platform
    return page(
        "Addresses",
        "[cidr/allocations.yaml](../../cidr/allocations.yaml)",
        f"{used.total} blocks from {platform.first} to {platform.last}: {used.live} live, {used.reserved} reserved, "
        f"{used.held} held, {used.retired} retired, {used.free} free. A range is looked up by name, never computed.",
        "## Blocks",
        table(("block", "status", "whose"), _blocks(allocations)),
        "## Subnets",
        "A deployment's own network has the first half of its block. The second half repeats the same subnets for a "
        "standby network in the paired region, which persistent deployments (prod) have.",
        *(part for deployment in allocations.owned for part in _deployment(allocations, allocations.plan(deployment))),
    )


def _blocks(allocations: AllocationMap) -> Iterator[tuple[str, str, str]]:
    """One row a block, and one for neighbours that are held for one deployment, were one's, or are free."""
    ordered = sorted(allocations.blocks, key=lambda block: block.network)
    for (status, whose), found in groupby(ordered, key=lambda block: (block.status, _whose(block))):
        first, *others = [block.network for block in found]
        yield f"{code(first)} to {code(others[-1])}" if others else code(first), status, whose


def _whose(block: Block) -> str:
    match block:
        case OwnedBlock():
            return str(block.deployment)
        case HeldBlock():
            return f"growth of {block.held_for}"
        case RetiredBlock():
            return f"was {block.was}'s"
        case _:
            return ""


def _deployment(allocations: AllocationMap, plan: AddressPlan) -> Iterator[str]:
    halves = Halves.of(allocations, plan)
    yield f"### {plan.deployment}: {plan.block}"
    if plan.deployment.environment.ephemeral:
        yield table(
            ("subnet", "range", "usable", "for"),
            ((slot.name, code(slot.network), usable_addresses(slot), _purpose(slot)) for slot in plan.subnets),
        )
        return
    standby = {slot.name: slot.network for slot in halves.standby.subnets}
    yield table(
        ("subnet", "range", "standby", "usable", "for"),
        (
            (slot.name, code(slot.network), code(standby[slot.name]), usable_addresses(slot), _purpose(slot))
            for slot in plan.subnets
        ),
    )


def _purpose(slot: Slot) -> str:
    return f"{slot.purpose} (delegated to {slot.delegation})" if slot.delegation else slot.purpose
