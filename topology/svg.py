"""A scene as SVG text, to stand inside an HTML page whose style sheet has the colours."""

from html import escape

from topology.scene import Box, Label, Scene, Wire

ARROW = (
    '<defs><marker id="arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">'
    '<path d="M0 0.6 8 4 0 7.4z" fill="context-stroke"/></marker></defs>'
)


def svg(scene: Scene, title: str) -> str:
    """The drawing: as wide as the page lets it be, with its own proportions. `title`: for those who do not see it."""
    size = f'width="{scene.width:g}" height="{scene.height:g}" viewBox="0 0 {scene.width:g} {scene.height:g}"'
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img" aria-label="{escape(title)}">',
        ARROW,
        *(_box(box) for box in scene.boxes),
        *(_wire(wire) for wire in scene.wires),
        *(_label(label) for label in scene.labels),
        "</svg>",
    ]
    return "\n".join(parts)


def _box(box: Box) -> str:
    place = f'x="{box.x:g}" y="{box.y:g}" width="{box.w:g}" height="{box.h:g}"'
    return f'<rect class="{escape(box.style)}" {place} rx="5">{_title(box.title)}</rect>'


def _wire(wire: Wire) -> str:
    (x, y), *rest = wire.points
    path = f"M{x:g} {y:g}" + "".join(f"L{x:g} {y:g}" for x, y in rest)
    arrow = ' marker-end="url(#arrow)"' if wire.arrow else ""
    return f'<path class="wire {escape(wire.style)}" d="{path}"{arrow}>{_title(wire.title)}</path>'


def _label(label: Label) -> str:
    classes = " ".join(
        filter(None, (label.style, "mono" if label.font.mono else "", "bold" if label.font.bold else ""))
    )
    place = f'x="{label.x:g}" y="{label.y:g}" font-size="{label.font.size:g}"'
    return f'<text class="{escape(classes)}" {place}>{escape(label.text)}</text>'


def _title(text: str) -> str:
    return f"<title>{escape(text)}</title>" if text else ""
