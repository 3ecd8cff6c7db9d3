"""The drawing of a topology: a column a deployment, a row a subnet, services beside, crossings above.

Nothing overlaps by construction: boxes stand in rows and columns, lines run in gutters between them, each in its lane.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from topology.blocks import (
    GAP,
    HEAD,
    NAME,
    SMALL,
    Line,
    Spot,
    height_of,
    lines_of,
    node_block,
    put,
    write,
)
from topology.lanes import BUS_LANE, EDGE, LANE, Link, gutter, lane_order, links
from topology.model import Deployment, Topology, VirtualNetwork
from topology.rows import SUBNET_WIDTH, entry_block, put_subnet, subnet_block
from topology.scene import Box, Label, Point, Scene, Wire
from topology.text import Font, elided

MARGIN: Final = 16
SERVICE_WIDTH: Final = 270
ROW_GAP: Final = 12
STATUS_WORDS: Final[Mapping[str, str]] = {
    "up": "up",
    "planned": "as a preview plans it",
    "running": "a run is going on: as far as its state tells",
    "interrupted": "a run was interrupted: as far as its state tells",
}
_BUS_FONT: Final = Font(10)


@dataclass(frozen=True, kw_only=True)
class _Column:
    """Where the parts of a column begin."""

    number: int
    x: float
    left: float
    right: float

    @property
    def boxes(self) -> float:
        """The x of subnets."""
        return self.x + MARGIN + self.left

    @property
    def services(self) -> float:
        """The x of services."""
        return self.boxes + SUBNET_WIDTH + MARGIN + self.right

    @property
    def width(self) -> float:
        """Of the whole deployment."""
        return self.services - self.x + SERVICE_WIDTH + MARGIN


def draw(topology: Topology) -> Scene:
    """The scene of a topology."""
    return _Drawing(topology).scene


class _Drawing:
    """A drawing while it is made. `spots`: where lines may end, by anchor."""

    def __init__(self, topology: Topology) -> None:
        self._topology = topology
        self.scene = Scene()
        self._spots: dict[str, Spot] = {}
        found = links(topology)
        crossing = [number for number, link in enumerate(found) if link.crosses]
        top = MARGIN + BUS_LANE * len(crossing) + (MARGIN if crossing else 0)
        x, bottom = float(MARGIN), float(top)
        columns: list[_Column] = []
        for number, deployment in enumerate(topology.deployments):
            left, right = gutter(found, number, "left"), gutter(found, number, "right")
            columns.append(_Column(number=number, x=x, left=left, right=right))
            bottom = max(bottom, self._deployment(deployment, columns[-1], top))
            x += columns[-1].width + 2 * MARGIN
        lanes = _lanes(found, self._spots, columns)
        bus = {number: MARGIN + BUS_LANE * (index + 1) for index, number in enumerate(crossing)}
        for number, link in enumerate(found):
            self.scene.wires.append(_wire(number, link, self._spots, lanes, bus.get(number)))
            if number in bus:
                self.scene.labels.append(_bus_label(link, bus[number], columns))
        self.scene.width, self.scene.height = max(x - MARGIN, 2 * MARGIN), bottom + MARGIN

    def _deployment(self, deployment: Deployment, column: _Column, top: float) -> float:
        """Draw a deployment from `top` on; gives its lower side."""
        scene, place, key = self.scene, len(self.scene.boxes), f"deployment:{deployment.name}"
        head = _head(deployment)
        y = top + MARGIN
        write(head, column.boxes, y, key, scene)
        y += height_of(head) + GAP
        right = self._services(deployment, column, y)
        for number, entry in enumerate(self._topology.entries):
            if entry.deployment == deployment.name:
                block = entry_block(number, entry)
                made = put(block, column.boxes, y, key, scene)
                self._spots |= {name: Spot(column.boxes, spot.y) for name, spot in made.items()}
                y += block.height + ROW_GAP
        for network in deployment.networks:
            y = self._network(network, column, y, key) + ROW_GAP
        bottom = max(y, right) + MARGIN - ROW_GAP
        style = f"deployment {deployment.status}"
        # Before what stands in it: boxes are drawn in their order.
        scene.boxes.insert(place, Box(key=key, x=column.x, y=top, w=column.width, h=bottom - top, style=style))
        return bottom

    def _network(self, network: VirtualNetwork, column: _Column, began: float, inside: str) -> float:
        """Draw a network with its subnets; gives its lower side."""
        scene, place, key = self.scene, len(self.scene.boxes), network.key
        head = lines_of(f"{network.name}  {', '.join(network.prefixes)}", NAME, SUBNET_WIDTH)
        self._spots[f"network:{key}"] = Spot(column.x + MARGIN, began)
        write(head, column.boxes, began + GAP, key, scene)
        y = began + GAP + height_of(head) + GAP
        for subnet in network.subnets:
            block = subnet_block(subnet, self._topology)
            self._spots |= put_subnet(block, column.boxes, y, key, scene)
            y += block.height + ROW_GAP
        width = column.left + SUBNET_WIDTH + MARGIN
        box = Box(key=key, x=column.x + MARGIN, y=began, w=width, h=y - began, style="network", inside=inside)
        scene.boxes.insert(place, box)
        return y

    def _services(self, deployment: Deployment, column: _Column, y: float) -> float:
        """Draw the services that stand in no network, with the spots where lines arrive; gives their lower side."""
        scene, inside, x = self.scene, f"deployment:{deployment.name}", column.services
        if not deployment.services:
            return y
        scene.labels.append(Label(text="outside the network", x=x, y=y + 9, font=SMALL, style="muted", inside=inside))
        y += SMALL.line + GAP
        for node in deployment.services:
            block = node_block(node, SERVICE_WIDTH)
            put(block, x, y, inside, scene)
            arriving = [endpoint for endpoint in self._topology.endpoints if endpoint.target == node.key]
            for index, endpoint in enumerate(arriving):
                offset = block.height * (index + 1) / (len(arriving) + 1)
                self._spots[f"target:{endpoint.key}"] = Spot(x, y + offset)
            y += block.height + GAP
        return y - GAP + ROW_GAP


def _head(deployment: Deployment) -> list[Line]:
    lines = [Line(text=deployment.name, font=HEAD)]
    lines.append(Line(text=STATUS_WORDS[deployment.status], font=SMALL, style="muted"))
    counted = ", ".join(f"{count.label} {count.number}" for count in deployment.counts)
    if counted:
        lines += lines_of(f"also there, not drawn: {counted}", SMALL, SUBNET_WIDTH, "muted")
    return lines


def _lanes(
    found: Sequence[Link], spots: Mapping[str, Spot], columns: Sequence[_Column]
) -> dict[tuple[int, str], float]:
    """Number of a link and anchor -> the x of its lane."""
    lanes: dict[tuple[int, str], float] = {}
    for column in columns:
        for index, lane in enumerate(lane_order(found, spots, column.number, "left")):
            lanes[lane] = column.boxes - EDGE - LANE * index
        for index, lane in enumerate(lane_order(found, spots, column.number, "right")):
            lanes[lane] = column.boxes + SUBNET_WIDTH + MARGIN + EDGE + LANE * index
    return lanes


def _wire(
    number: int, link: Link, spots: Mapping[str, Spot], lanes: Mapping[tuple[int, str], float], bus: float | None
) -> Wire:
    """A link as a line: out to its lane, along it, and in again; by way of `bus`, its height there, if it crosses."""
    start, end = spots[link.source.anchor], spots[link.target.anchor]
    out = lanes[number, link.source.anchor]
    points: list[Point] = [(start.x, start.y), (out, start.y)]
    if bus is None:
        points += [(out, end.y), (end.x, end.y)]
    else:
        back = lanes[number, link.target.anchor]
        points += [(out, bus), (back, bus), (back, end.y), (end.x, end.y)]
    if link.style.startswith("peering"):
        points = points[1:-1]  # it ends at the network's upper side, not at a row
    return Wire(points=tuple(points), style=link.style, title=link.title, arrow=link.arrow)


def _bus_label(link: Link, y: float, columns: Sequence[_Column]) -> Label:
    """The words above a crossing: over subnets that it passes, where no line comes up."""
    first, last = sorted((link.source.column, link.target.column))
    column = columns[first if link.source.side == "left" else last]
    text = elided(link.label, _BUS_FONT, SUBNET_WIDTH - GAP)
    return Label(text=text, x=column.boxes + GAP, y=y - 4, font=_BUS_FONT, style="bus")
