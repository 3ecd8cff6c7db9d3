"""The boxes of the drawing and what is written in them: how high each is, and where its lines go."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from topology.model import Endpoint, Node
from topology.scene import Box, Label, Scene
from topology.text import Font, wrap

HEAD: Final = Font(15, bold=True)
TITLE: Final = Font(12, bold=True)
NAME: Final = Font(10.5, mono=True)
SMALL: Final = Font(10)
ROW: Final = Font(10, mono=True)

PAD: Final = 9
GAP: Final = 9
BADGE: Final = 20


@dataclass(frozen=True, kw_only=True)
class Line:
    """A line of text in a block; `indent` from its left padding. `anchor`: a wire may end beside it."""

    text: str
    font: Font
    style: str = "text"
    indent: float = 0
    anchor: str = ""


@dataclass(frozen=True, kw_only=True)
class Block:
    """A box with lines of text, and a badge where it has a sign."""

    key: str
    style: str
    width: float
    lines: tuple[Line, ...]
    sign: str = ""
    title: str = ""

    @property
    def height(self) -> float:
        """What the lines need."""
        return 2 * PAD + max(sum(line.font.line for line in self.lines), BADGE if self.sign else 0)


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a wire may end."""

    x: float
    y: float


def lines_of(
    text: str, font: Font, room: float, style: str = "text", *, indent: float = 0, anchor: str = ""
) -> list[Line]:
    """The text wrapped to `room`; only the first line has the anchor."""
    return [
        Line(text=piece, font=font, style=style, indent=indent, anchor=anchor if index == 0 else "")
        for index, piece in enumerate(wrap(text, font, room - indent))
    ]


def node_block(node: Node, width: float) -> Block:
    """A resource: its kind, its name, its facts, what lies in it."""
    room, indent = width - 2 * PAD, BADGE + 8
    lines = lines_of(node.label, TITLE, room, indent=indent)
    lines += lines_of(node.name, NAME, room, indent=indent)
    if node.facts:
        lines += lines_of(" · ".join(node.facts), SMALL, room, "muted", indent=indent)
    for part in node.parts:
        lines += lines_of(f"{part.label} ({len(part.names)}): {', '.join(part.names)}", SMALL, room)
    return Block(
        key=node.key,
        style=f"node {node.family}",
        width=width,
        lines=tuple(lines),
        sign=node.sign,
        title=f"{node.label} {node.name}",
    )


def endpoint_block(endpoint: Endpoint, width: float) -> Block:
    """A private endpoint: what it leads to, and whether its owner let it."""
    room = width - 2 * PAD
    where = f" in {endpoint.target_deployment}" if endpoint.target_deployment != endpoint.deployment else ""
    lines = lines_of(endpoint.name, NAME, room)
    leads = f"private endpoint of {endpoint.target_name}{where if endpoint.target_deployment else ''}"
    lines += lines_of(leads, SMALL, room, "muted")
    if not endpoint.passes:
        lines += lines_of(f"connection {endpoint.connection}: nothing passes", SMALL, room, "warn")
    return Block(key=endpoint.key, style="endpoint", width=width, lines=tuple(lines), title=leads)


def put(block: Block, x: float, y: float, inside: str, scene: Scene) -> dict[str, Spot]:
    """Draw a block with its upper left corner at x, y; gives where its anchors are."""
    scene.boxes.append(
        Box(key=block.key, x=x, y=y, w=block.width, h=block.height, style=block.style, inside=inside, title=block.title)
    )
    if block.sign:
        badge = f"{block.key}#badge"
        family = block.style.removeprefix("node ")
        scene.boxes.append(
            Box(key=badge, x=x + PAD, y=y + PAD, w=BADGE, h=BADGE, style=f"badge {family}", inside=block.key)
        )
        sign = Font(9, bold=True, mono=True)
        from_left = (BADGE - len(block.sign) * sign.size * 0.602) / 2
        scene.labels.append(
            Label(text=block.sign, x=x + PAD + from_left, y=y + PAD + 13.5, font=sign, style="sign", inside=badge)
        )
    return write(block.lines, x + PAD, y + PAD, block.key, scene)


def write(lines: Iterable[Line], x: float, y: float, inside: str, scene: Scene) -> dict[str, Spot]:
    """Write lines one below the other from y on; gives the spots of those with an anchor."""
    spots: dict[str, Spot] = {}
    for line in lines:
        baseline = y + line.font.size * 1.05
        scene.labels.append(
            Label(text=line.text, x=x + line.indent, y=baseline, font=line.font, style=line.style, inside=inside)
        )
        if line.anchor:
            spots[line.anchor] = Spot(x, y + line.font.line / 2)
        y += line.font.line
    return spots


def height_of(lines: Sequence[Line]) -> float:
    """What lines need, one below the other."""
    return sum(line.font.line for line in lines)


def stacked(blocks: Sequence[Block]) -> float:
    """What blocks need, one below the other with gaps between."""
    return sum(block.height for block in blocks) + GAP * max(len(blocks) - 1, 0)
