"""Matplotlib's figures as SVG that stands inside a page: in the page's own colours and letters, light or dark.

A figure is drawn in stand-in colours, which become the page's CSS variables: `fill: #000002` -> `fill: var(--actual)`.
What shows a figure of the data carries it: a group named by `shows` becomes `<g data-figure="..." data-amount="...">`.
"""

import io
import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

import matplotlib as mpl
from markupsafe import Markup, escape
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

INK: Final = "#000001"
ACTUAL: Final = "#000002"
FORECAST: Final = "#000003"
BUDGET: Final = "#000004"
OVER: Final = "#000005"
MUTED: Final = "#000006"
GRID: Final = "#000007"
GOOD: Final = "#000008"
_VARIABLES: Final = {
    INK: "ink",
    ACTUAL: "actual",
    FORECAST: "forecast",
    BUDGET: "budget",
    OVER: "over",
    MUTED: "muted",
    GRID: "line",
    GOOD: "good",
}
_STYLE: Final[dict[Any, Any]] = {
    "svg.fonttype": "none",  # text stays text: found by search, read aloud, in the page's own letters
    "svg.hashsalt": "cfctl",  # the same report gives the same file
    "font.size": 9,
    "font.family": "DejaVu Sans",  # comes with Matplotlib, so text is measured alike on every machine
    "text.color": INK,
    "axes.edgecolor": GRID,
    "axes.facecolor": "none",
    "axes.labelcolor": MUTED,
    "axes.spines.left": False,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.grid": True,
    "axes.grid.axis": "y",
    "axes.axisbelow": True,
    "grid.color": GRID,
    "grid.linewidth": 0.6,
    "xtick.color": MUTED,
    "ytick.color": MUTED,
    "xtick.major.size": 0,
    "ytick.major.size": 0,
    "figure.facecolor": "none",
    "lines.linewidth": 1.8,
}
_SHOWS: Final = re.compile(r'<g id="shows\|([^|"]+)\|([^|"]+)">')
HALF: Final = 6.4
THIRD: Final = 4.6
"""Widths in inches, of 72 points of a page: two figures beside each other, and three. Either fills a narrow page."""


@dataclass(frozen=True)
class Picture:
    """A figure that is drawn. key: its place in the page, unique in it; said: what it shows, in words."""

    key: str
    title: str
    said: str
    svg: Markup


def new_figure(width: float, height: float) -> tuple[Figure, Any]:
    """An empty figure of these inches, with its axes."""
    with mpl.rc_context(_STYLE):
        figure = Figure(figsize=(width, height), layout="constrained")
        axes: Any = figure.add_subplot()
    return figure, axes


def shows(figure_key: str, amount: Decimal) -> str:
    """The name of an artist (`gid`) that shows an amount: reader and test find it in the page."""
    return f"shows|{figure_key}|{amount}"


def picture(key: str, title: str, said: str, figure: Figure) -> Picture:
    """The figure as SVG for a page."""
    buffer = io.StringIO()
    with mpl.rc_context(_STYLE):
        FigureCanvasSVG(figure).print_svg(buffer, metadata={"Date": None, "Creator": None})
    return Picture(key, title, said, Markup(_at_home(buffer.getvalue(), key, said)))  # noqa: S704 - Matplotlib escapes


def _at_home(svg: str, key: str, said: str) -> str:
    """Without what would reach beyond the figure: sizes, styles for the whole page, ids that another figure has."""
    text = svg[svg.index("<svg") :]
    text = re.sub(r"<metadata>.*?</metadata>", "", text, flags=re.DOTALL)
    text = re.sub(r"<style[^>]*>.*?</style>", "", text, flags=re.DOTALL)
    text = re.sub(r"<!--.*?-->", "", text, flags=re.DOTALL)
    text = _SHOWS.sub(r'<g data-figure="\1" data-amount="\2">', text)
    text = re.sub(r'\bid="([^"]+)"', rf'id="{key}-\1"', text)
    text = re.sub(r"url\(#([^)]+)\)", rf"url(#{key}-\1)", text)
    text = re.sub(r'href="#([^"]+)"', rf'href="#{key}-\1"', text)
    text = re.sub(r"font: ([\d.]+px) [^;\"]*", r"font-size: \1", text)
    text = re.sub(r"font-family: [^;\"]*;? ?", "", text)
    for sentinel, variable in _VARIABLES.items():
        text = text.replace(sentinel, f"var(--{variable})")
    head = f'<svg role="img" aria-label="{escape(said)}" viewBox='
    text = re.sub(r'<svg [^>]*?viewBox=("[^"]*")[^>]*>', rf"{head}\1>", text, count=1)
    return re.sub(r"\s*\n\s*", "\n", text)
