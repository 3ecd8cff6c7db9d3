"""The address map is drawn to scale, every block once, with nothing upon anything."""

import pytest

from cidr import load_map
from tests.topology.geometry import faults
from topology.addresses import MARGIN, STRIP_WIDTH, address_page, blocks_scene

PAGE = address_page(load_map())


def test_every_block_has_one_cell_in_its_colour() -> None:
    """Ten a row, in address order."""
    cells = {box.key: box for box in PAGE.blocks.boxes}
    blocks = load_map().blocks
    assert len(cells) == len(blocks) == 100
    assert all(cells[str(block.network)].style == block.status for block in blocks)
    assert cells["10.10.0.0/16"].y == cells["10.19.0.0/16"].y > cells["10.9.0.0/16"].y


@pytest.mark.parametrize("scene", [PAGE.blocks, *(scene for _, scene in PAGE.slots)])
def test_nothing_overlaps_on_the_map(scene: object) -> None:
    """Names of narrow slots go to further levels."""
    assert faults(scene) == []  # pyright: ignore[reportArgumentType]


def test_slots_are_to_scale() -> None:
    """A /24 is a 256th of a block's strip; a /26 a quarter of that; both bars begin with the block."""
    boxes = {box.title.partition(" ")[0]: box for box in dict(PAGE.slots)["westeu-dev-1"].boxes if box.style == "slot"}
    assert boxes["db"].x - MARGIN == pytest.approx(2 * boxes["db"].w)
    assert boxes["bastion"].w == pytest.approx(boxes["db"].w / 4)
    whole = next(box for box in dict(PAGE.slots)["westeu-dev-1"].boxes if box.style == "slot")
    assert whole.w == pytest.approx(STRIP_WIDTH / 256)


def test_the_tables_tell_owners_and_what_resources_can_have() -> None:
    """Azure keeps five addresses of each subnet."""
    rows = {row.network: row for row in PAGE.rows}
    assert rows["10.0.0.0/16"].owner == "global-dev"
    assert rows["10.12.0.0/16"].owner == "for eastus-dev-1"
    assert rows["10.60.0.0/16"].owner == ""
    db = next(row for row in PAGE.slot_rows if (row.deployment, row.name) == ("westeu-dev-1", "db"))
    assert (db.network, db.addresses) == ("10.10.2.0/24", 251)


def test_a_map_of_one_block_is_drawn_too() -> None:
    """No row of ten is needed."""
    assert faults(blocks_scene(load_map().blocks[:1])) == []
