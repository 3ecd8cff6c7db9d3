"""Where lines run: each has a lane of its own in the gutters beside the boxes, and above all columns if it crosses."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from topology.blocks import Spot
from topology.model import Topology
from topology.rows import drawn

Side = Literal["left", "right"]
LANE: Final = 9
EDGE: Final = 14
BUS_LANE: Final = 20


@dataclass(frozen=True, kw_only=True)
class Tip:
    """One end of a line: an anchor by name, in a column's gutter."""

    anchor: str
    column: int
    side: Side


@dataclass(frozen=True, kw_only=True)
class Link:
    """A line to be drawn. `label`: written above it where it crosses from one column to another."""

    source: Tip
    target: Tip
    style: str
    title: str
    label: str
    arrow: bool = True

    @property
    def crosses(self) -> bool:
        """Whether it runs above the columns: it leaves its gutter."""
        return self.source.column != self.target.column

    @property
    def tips(self) -> tuple[Tip, ...]:
        """The ends that need a lane: one lane serves both when they are in one gutter."""
        return (self.source, self.target) if self.crosses else (self.source,)


def links(topology: Topology) -> list[Link]:
    """Every line of the drawing: flows, ways in, endpoints to their targets, peerings."""
    columns = _columns(topology)
    return [*_peerings(topology, columns), *_flows(topology, columns), *_targets(topology, columns)]


def _columns(topology: Topology) -> Mapping[str, int]:
    """Key of a box -> the number of its column."""
    found: dict[str, int] = {}
    for number, deployment in enumerate(topology.deployments):
        found |= {node.key: number for node in deployment.services}
        for network in deployment.networks:
            found[network.key] = number
            found |= {subnet.key: number for subnet in network.subnets}
    return found


def _peerings(topology: Topology, columns: Mapping[str, int]) -> Iterator[Link]:
    for peering in topology.peerings:
        if peering.near in columns and peering.far in columns:
            near, far = (
                Tip(anchor=f"network:{key}", column=columns[key], side="left") for key in (peering.near, peering.far)
            )
            words = "no transit" if not peering.transit else "transit allowed"
            label = f"peering of {peering.near_name} and {peering.far_name}, {peering.state}, {words}"
            style = "peering" if peering.both else "peering broken"
            yield Link(source=near, target=far, style=style, title=label, label=label, arrow=False)


def _flows(topology: Topology, columns: Mapping[str, int]) -> Iterator[Link]:
    for number, entry in enumerate(topology.entries):
        if entry.subnet in columns:
            column = columns[entry.subnet]
            yield Link(
                source=Tip(anchor=f"public:{number}", column=column, side="left"),
                target=Tip(anchor=f"entry:{number}", column=column, side="left"),
                style="entry",
                title=f"Internet to {entry.app}",
                label="",
            )
    for number, flow in drawn(topology.flows):
        label = f"{flow.source.label} → {flow.destination.label}  {flow.ports}"
        yield Link(
            source=Tip(anchor=f"out:{number}", column=columns[flow.source.key], side="left"),
            target=Tip(anchor=f"in:{number}", column=columns[flow.destination.key], side="left"),
            style="flow crossing" if flow.crosses else "flow",
            title=f"{label} ({', '.join(flow.reasons)})",
            label=label,
        )


def _targets(topology: Topology, columns: Mapping[str, int]) -> Iterator[Link]:
    """Lines from endpoints to what they lead to; a target that itself stands in a subnet has none."""
    for endpoint in topology.endpoints:
        if endpoint.subnet in columns and endpoint.target in columns:
            label = f"{endpoint.name} → {endpoint.target_name} ({', '.join(endpoint.groups)})"
            yield Link(
                source=Tip(anchor=f"right:{endpoint.key}", column=columns[endpoint.subnet], side="right"),
                target=Tip(anchor=f"target:{endpoint.key}", column=columns[endpoint.target], side="right"),
                style="private" if endpoint.passes else "private broken",
                title=label,
                label=label,
            )


def gutter(found: Sequence[Link], column: int, side: Side) -> float:
    """How wide a gutter is: its lanes, and room at both edges."""
    lanes = sum(1 for link in found for tip in link.tips if (tip.column, tip.side) == (column, side))
    return 2 * EDGE + LANE * max(lanes - 1, 0)


def lane_order(found: Sequence[Link], spots: Mapping[str, Spot], column: int, side: Side) -> list[tuple[int, str]]:
    """The lanes of a gutter from the boxes outwards, each as number of its link and anchor: short spans inside.

    What crosses goes outside; so lines of one subnet part late and meet early.
    """
    own = [
        (number, tip.anchor)
        for number, link in enumerate(found)
        for tip in link.tips
        if (tip.column, tip.side) == (column, side)
    ]

    def span(lane: tuple[int, str]) -> tuple[bool, float]:
        link = found[lane[0]]
        if link.crosses:
            return True, spots[lane[1]].y
        return False, abs(spots[link.source.anchor].y - spots[link.target.anchor].y)

    return sorted(own, key=span)
