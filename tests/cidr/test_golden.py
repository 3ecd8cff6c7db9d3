"""Everything allocated today, pinned: a deployed network cannot be moved, so no change of it may go unseen."""

import os
from pathlib import Path

from cidr import load_map
from cidr.schema import HeldBlock, OwnedBlock, RetiredBlock

GOLDEN = Path(__file__).with_name("golden.txt")
HOW_TO_UPDATE = (
    "\nThe map of addresses differs from tests/cidr/golden.txt. Networks that stand in Azure cannot be moved."
    "\nIf the change is meant, write the file anew and commit it with the map:"
    "\n    UPDATE_GOLDEN=1 python -m pytest tests/cidr/test_golden.py\n"
)


def allocated() -> list[str]:
    """One line a block, and below each owned one a line a subnet."""
    lines: list[str] = []
    for block in load_map().blocks:
        match block:
            case OwnedBlock():
                lines.append(f"{block.network} {block.status} {block.deployment}")
                lines += [
                    f"    {slot.network} {slot.name} {slot.subnet_name or '-'} {slot.delegation or '-'} nsg={slot.nsg}"
                    for slot in load_map().plan(block.deployment).subnets
                ]
            case HeldBlock():
                lines.append(f"{block.network} held for {block.held_for}")
            case RetiredBlock():
                lines.append(f"{block.network} retired, was {block.was}")
            case _:
                lines.append(f"{block.network} free")
    return lines


def test_nothing_that_is_allocated_moves() -> None:
    """A block, a subnet or an owner that changes is a red test with both versions shown."""
    text = "\n".join(allocated()) + "\n"
    if os.environ.get("UPDATE_GOLDEN"):
        GOLDEN.write_text(text, encoding="utf-8")
    pinned = GOLDEN.read_text(encoding="utf-8")
    added = [line for line in text.splitlines() if line not in pinned.splitlines()]
    gone = [line for line in pinned.splitlines() if line not in text.splitlines()]
    assert text == pinned, f"{HOW_TO_UPDATE}\nnew: {added}\ngone: {gone}"
