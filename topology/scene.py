"""A drawing as shapes with positions, before it is SVG: so a test can hold every box, text and line to its place."""

from dataclasses import dataclass, field

from topology.text import Font, width

Point = tuple[float, float]


@dataclass(frozen=True, kw_only=True)
class Box:
    """A rectangle. `inside`: the key of the box it lies in, empty for the page. `title`: shown to who points at it."""

    key: str
    x: float
    y: float
    w: float
    h: float
    style: str
    inside: str = ""
    title: str = ""

    @property
    def right(self) -> float:
        """The x of the right side."""
        return self.x + self.w

    @property
    def bottom(self) -> float:
        """The y of the lower side."""
        return self.y + self.h


@dataclass(frozen=True, kw_only=True)
class Label:
    """One line of text: `x` its left end, `y` its baseline. `inside`: the box that it must not leave."""

    text: str
    x: float
    y: float
    font: Font
    style: str
    inside: str = ""

    @property
    def width(self) -> float:
        """Pixels that it takes at most."""
        return width(self.text, self.font)

    @property
    def top(self) -> float:
        """The y above which it has no ink."""
        return self.y - self.font.size

    @property
    def bottom(self) -> float:
        """The y below which it has no ink."""
        return self.y + self.font.size * 0.28


@dataclass(frozen=True, kw_only=True)
class Wire:
    """A line of level and upright pieces. `arrow`: its last point has a head."""

    points: tuple[Point, ...]
    style: str
    title: str
    arrow: bool = True


@dataclass(kw_only=True)
class Scene:
    """Everything drawn: boxes from the outermost in, then lines, then text."""

    boxes: list[Box] = field(default_factory=list[Box])
    wires: list[Wire] = field(default_factory=list[Wire])
    labels: list[Label] = field(default_factory=list[Label])
    width: float = 0
    height: float = 0
