"""Everything that was ever allocated, pinned: a deployed network cannot be moved, so no change of it may go unseen.

A new deployment is no change of these. It is pinned with the next writing of the file, before it goes to Azure.
"""

import os
from pathlib import Path

from cidr import AllocationMap, load_map
from cidr.schema import OwnedBlock, RetiredBlock

GOLDEN = Path(__file__).with_name("golden.txt")
HOW_TO_UPDATE = (
    "\nThe map of addresses differs from tests/cidr/golden.txt. Networks that stand in Azure cannot be moved."
    "\nIf the change is meant, write the file anew and commit it with the map:"
    "\n    UPDATE_GOLDEN=1 python -m pytest tests/cidr/test_golden.py\n"
)


def allocated(allocations: AllocationMap) -> list[str]:
    """One line a block that a deployment has or had, and one a subnet; each tells whose it is."""
    lines: list[str] = []
    for block in allocations.blocks:
        if isinstance(block, OwnedBlock):
            lines.append(f"{block.deployment} {block.network}")
            lines += [
                f"{block.deployment} {slot.network} {slot.name} {slot.subnet_name or '-'} {slot.delegation or '-'} "
                f"nsg={slot.nsg}"
                for slot in allocations.plan(block.deployment).subnets
            ]
        elif isinstance(block, RetiredBlock):
            lines.append(f"retired {block.was} {block.network}")
    return lines


def moved(pinned: list[str], allocations: AllocationMap) -> list[str]:
    """The pinned lines that hold no more; those of a deployment whose block is retired now are history."""
    now = allocated(allocations)
    gone = {line.split()[1] for line in now if line.startswith("retired ")} - {str(name) for name in allocations.owned}
    return [line for line in pinned if line not in now and line.split()[0] not in gone]


def test_nothing_that_is_allocated_moves() -> None:
    """A block, a subnet or an owner that changes is a red test."""
    if os.environ.get("UPDATE_GOLDEN"):
        GOLDEN.write_text("\n".join(allocated(load_map())) + "\n", encoding="utf-8")
    pinned = GOLDEN.read_text(encoding="utf-8").splitlines()
    assert len(pinned) > 80
    assert moved(pinned, load_map()) == [], HOW_TO_UPDATE


def test_a_block_that_moves_or_changes_hands_is_seen(load, small_map) -> None:
    """The gate is fed bad samples, and good ones: a new deployment, a removed one."""
    pinned = allocated(load(small_map))
    assert pinned[0] == "global-dev 10.0.0.0/16"
    free, live = "10.4.0.0/16, status: free}", "10.1.0.0/16, status: live, deployment: westeu-dev-1}"
    new = small_map.replace(free, "10.4.0.0/16, status: live, deployment: uksouth-dev-1}")
    held = "10.2.0.0/16, status: held, held_for: westeu-dev-1}"
    removed = small_map.replace(live, "10.1.0.0/16, status: retired, was: westeu-dev-1}")
    removed = removed.replace(held, "10.2.0.0/16, status: free}")
    assert moved(pinned, load(new)) == moved(pinned, load(removed)) == []
    swapped = small_map.replace(live, "10.1.0.0/16, status: free}").replace(
        held, held.replace("held_for", "deployment")
    )
    swapped = swapped.replace("status: held", "status: live")
    again = small_map.replace("status: retired, was: eastus-dev-1", "status: live, deployment: eastus-dev-1")
    resized = small_map.replace("0.0.2.0/24", "0.0.6.0/24")
    assert len(moved(pinned, load(swapped))) > 1
    assert moved(pinned, load(again)) == ["retired eastus-dev-1 10.3.0.0/16"]
    assert any(" db " in line for line in moved(pinned, load(resized)))
