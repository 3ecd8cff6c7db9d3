"""What must hold of every drawing, as functions that name each place where it does not."""

from collections.abc import Iterator, Sequence
from itertools import combinations, pairwise

from topology.scene import Box, Label, Point, Scene, Wire

NEAR = 0.01
CONTAINERS = ("deployment", "network", "strip", "range")


def faults(scene: Scene) -> list[str]:
    """Everything that overlaps, leaves its box or runs through one."""
    return [*_outside(scene), *_overlaps(scene), *_crossed(scene)]


def _outside(scene: Scene) -> Iterator[str]:
    page = Box(key="", x=0, y=0, w=scene.width, h=scene.height, style="page")
    boxes = {"": page, **{box.key: box for box in scene.boxes}}
    if len(boxes) != len(scene.boxes) + 1:
        yield "two boxes have one key"
    for box in scene.boxes:
        if not _holds(boxes[box.inside], box.x, box.y, box.right, box.bottom):
            yield f"box {box.key} leaves {box.inside or 'the page'}"
    for label in scene.labels:
        if not _holds(boxes[label.inside], label.x, label.top, label.x + label.width, label.bottom):
            yield f"text {label.text!r} leaves {label.inside or 'the page'}"
    for wire in scene.wires:
        for x, y in wire.points:
            if not _holds(page, x, y, x, y):
                yield f"line {wire.title} leaves the page"


def _holds(box: Box, left: float, top: float, right: float, bottom: float) -> bool:
    inside = box.x - NEAR <= left and right <= box.right + NEAR
    return inside and box.y - NEAR <= top and bottom <= box.bottom + NEAR


def _overlaps(scene: Scene) -> Iterator[str]:
    for one, other in combinations(scene.boxes, 2):
        if one.inside == other.inside and _meet(_rectangle(one), _rectangle(other)):
            yield f"boxes {one.key} and {other.key} overlap"
    for one, other in combinations(scene.labels, 2):
        if _meet(_ink(one), _ink(other)):
            yield f"texts {one.text!r} and {other.text!r} overlap"
    for label in scene.labels:
        for box in scene.boxes:
            if box.inside == label.inside and _meet(_ink(label), _rectangle(box)):
                yield f"text {label.text!r} lies under box {box.key}"


def _crossed(scene: Scene) -> Iterator[str]:
    """Lines run outside of every box that holds something, but for the ends in their own."""
    solid = [box for box in scene.boxes if not box.style.startswith(CONTAINERS)]
    for wire in scene.wires:
        for piece, (start, end) in enumerate(pairwise(wire.points)):
            for box in solid:
                at_an_end = piece in (0, len(wire.points) - 2) and _touches(box, wire)
                if not at_an_end and _meet(_segment(start, end), _rectangle(box)):
                    yield f"line {wire.title} runs through {box.key}"
    yield from _hidden(scene.wires)
    for label in scene.labels:
        for wire in scene.wires:
            if any(_meet(_segment(start, end), _ink(label)) for start, end in pairwise(wire.points)):
                yield f"line {wire.title} runs through text {label.text!r}"


def _hidden(wires: Sequence[Wire]) -> Iterator[str]:
    """Upright pieces of two lines never lie upon each other: each has a lane of its own."""
    upright = [
        (wire, start, end) for wire in wires for start, end in pairwise(wire.points) if start[0] == end[0] != start[1]
    ]
    for (one, a, b), (other, c, d) in combinations(upright, 2):
        apart = max(a[1], b[1]) <= min(c[1], d[1]) or max(c[1], d[1]) <= min(a[1], b[1])
        if one is not other and abs(a[0] - c[0]) < 1 and not apart:
            yield f"lines {one.title} and {other.title} lie upon each other"


def _touches(box: Box, wire: Wire) -> bool:
    """Whether one end of the line is at the box or in it: a row of a subnet, a service's side."""
    return any(_holds(box, x, y, x, y) for x, y in (wire.points[0], wire.points[-1]))


Area = tuple[float, float, float, float]


def _rectangle(box: Box) -> Area:
    return box.x, box.y, box.right, box.bottom


def _ink(label: Label) -> Area:
    return label.x, label.top, label.x + label.width, label.bottom


def _segment(start: Point, end: Point) -> Area:
    return min(start[0], end[0]), min(start[1], end[1]), max(start[0], end[0]), max(start[1], end[1])


def _meet(one: Area, other: Area) -> bool:
    across = one[0] < other[2] - NEAR and other[0] < one[2] - NEAR
    down = one[1] < other[3] - NEAR and other[1] < one[3] - NEAR
    return across and down
