"""What is written in a subnet: who reaches it, whom it reaches, and what stands in it."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from topology.blocks import (
    GAP,
    NAME,
    PAD,
    ROW,
    SMALL,
    TITLE,
    Block,
    Line,
    Spot,
    endpoint_block,
    height_of,
    lines_of,
    node_block,
    put,
    stacked,
    write,
)
from topology.model import Entry, Flow, Subnet, Topology
from topology.scene import Box, Scene

SUBNET_WIDTH: Final = 550
ROWS_WIDTH: Final = 250
NODES_WIDTH: Final = SUBNET_WIDTH - ROWS_WIDTH - 3 * PAD


@dataclass(frozen=True, kw_only=True)
class SubnetBlock:
    """A subnet ready to be drawn."""

    key: str
    head: tuple[Line, ...]
    rows: tuple[Line, ...]
    nodes: tuple[Block, ...]
    title: str

    @property
    def height(self) -> float:
        """The head, and below it the taller of rows and nodes."""
        return 2 * PAD + height_of(self.head) + 6 + max(height_of(self.rows), stacked(self.nodes))


def subnet_block(subnet: Subnet, topology: Topology) -> SubnetBlock:
    """The block of a subnet. Anchors of its rows: `in:`, `out:` with the flow's number, `entry:` with the entry's."""
    room = SUBNET_WIDTH - 2 * PAD
    head = [Line(text=f"{subnet.title}", font=TITLE)] if subnet.title else []
    head += lines_of(f"{subnet.prefix or 'addresses not known yet'}  {subnet.name}", NAME, room, "muted")
    if subnet.purpose:
        head += lines_of(subnet.purpose, SMALL, room, "muted")
    nodes = [node_block(node, NODES_WIDTH) for node in subnet.nodes]
    nodes += [endpoint_block(endpoint, NODES_WIDTH) for endpoint in topology.endpoints if endpoint.subnet == subnet.key]
    if not nodes:
        empty = lines_of("nothing stands here", SMALL, NODES_WIDTH - 2 * PAD, "muted")
        nodes = [Block(key=f"{subnet.key}#empty", style="empty", width=NODES_WIDTH, lines=tuple(empty))]
    return SubnetBlock(
        key=subnet.key,
        head=tuple(head),
        rows=tuple(_rows(subnet, topology)),
        nodes=tuple(nodes),
        title=f"{subnet.name} {subnet.prefix}" + (f", guarded by {subnet.group}" if subnet.group else ", no group"),
    )


def _rows(subnet: Subnet, topology: Topology) -> list[Line]:
    rows: list[Line] = []
    for number, entry in enumerate(topology.entries):
        if entry.subnet == subnet.key:
            rows += lines_of(f"← Internet {entry.app} tcp 443", ROW, ROWS_WIDTH, anchor=f"entry:{number}")
    for number, flow in drawn(topology.flows):
        if flow.destination.key == subnet.key:
            text = f"← {_shown(flow.source.label, flow)} {flow.ports}"
            rows += lines_of(text, ROW, ROWS_WIDTH, anchor=f"in:{number}")
    for number, flow in drawn(topology.flows):
        if flow.source.key == subnet.key:
            text = f"→ {_shown(flow.destination.label, flow)} {flow.ports}"
            rows += lines_of(text, ROW, ROWS_WIDTH, anchor=f"out:{number}")
    for text in _with_outside(subnet, topology.flows):
        rows += lines_of(text, ROW, ROWS_WIDTH, "muted")
    return rows


def drawn(flows: Sequence[Flow]) -> list[tuple[int, Flow]]:
    """The flows that get a line: between two subnets that are both here."""
    return [
        (number, flow)
        for number, flow in enumerate(flows)
        if flow.source.key and flow.destination.key and flow.source.key != flow.destination.key
    ]


def _shown(label: str, flow: Flow) -> str:
    """An end's label; inside one deployment its name need not be said."""
    return label if flow.crosses else label.removeprefix(f"{flow.source.deployment} ")


def _with_outside(subnet: Subnet, flows: Sequence[Flow]) -> list[str]:
    """What passes within the subnet, and to and from what is no subnet: together what has the same ports."""
    found: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    for flow in flows:
        ends = flow.source.key, flow.destination.key
        if ends == (subnet.key, subnet.key):
            found["within: ", flow.ports].append("")
        elif ends == ("", subnet.key):
            found["← ", flow.ports].append(flow.source.label)
        elif ends == (subnet.key, ""):
            found["→ ", flow.ports].append(flow.destination.label)
    return [f"{sign}{', '.join(dict.fromkeys(labels))} {ports}" for (sign, ports), labels in sorted(found.items())]


def entry_block(number: int, entry: Entry) -> Block:
    """The Internet's way in. Its anchor is `public:` with the entry's number."""
    room = SUBNET_WIDTH - 2 * PAD
    who = ", ".join(entry.allowed) if entry.allowed else "everyone: no allow list"
    lines = lines_of(f"Internet → {entry.app} on {entry.environment}", TITLE, room, anchor=f"public:{number}")
    lines += lines_of(f"let in: {who}", SMALL, room, "text" if entry.allowed else "warn")
    return Block(key=f"public:{number}", style="public", width=SUBNET_WIDTH, lines=tuple(lines))


def put_subnet(block: SubnetBlock, x: float, y: float, inside: str, scene: Scene) -> dict[str, Spot]:
    """Draw a subnet; gives where its rows end at its left side, and its endpoints at its right (`endpoint:` key)."""
    scene.boxes.append(
        Box(key=block.key, x=x, y=y, w=SUBNET_WIDTH, h=block.height, style="subnet", inside=inside, title=block.title)
    )
    write(block.head, x + PAD, y + PAD, block.key, scene)
    top = y + PAD + height_of(block.head) + 6
    spots = {name: Spot(x, spot.y) for name, spot in write(block.rows, x + PAD, top, block.key, scene).items()}
    left = x + SUBNET_WIDTH - PAD - NODES_WIDTH
    for node in block.nodes:
        put(node, left, top, block.key, scene)
        spots[f"right:{node.key}"] = Spot(left + NODES_WIDTH, top + node.height / 2)
        top += node.height + GAP
    return spots
