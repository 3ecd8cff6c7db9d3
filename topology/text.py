"""How wide text is, so that what is drawn is known to fit before any browser has seen it.

Widths are those of DejaVu Sans and DejaVu Sans Mono, or of Liberation Sans where that is wider: fonts that browsers
take for `sans-serif` and `monospace` are narrower or the same. So a text may end before its width, never behind it.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

_FIRST: Final = 32
# Thousandths of the font size, from the space on.
_SANS: Final = (
    *(318, 401, 460, 838, 636, 950, 780, 275, 390, 390, 500, 838, 318, 361, 318, 337, 636, 636, 636, 636, 636, 636),
    *(636, 636, 636, 636, 337, 337, 838, 838, 838, 556, 1015, 684, 686, 722, 770, 667, 611, 778, 752, 295, 500, 667),
    *(557, 863, 748, 787, 667, 787, 722, 667, 611, 732, 684, 989, 685, 667, 685, 390, 337, 390, 838, 556, 500, 613),
    *(635, 550, 635, 615, 352, 635, 634, 278, 278, 579, 278, 974, 634, 612, 635, 635, 411, 521, 392, 634, 592, 818),
    *(592, 592, 525, 636, 337, 636, 838),
)
_MONO: Final = 602
_WIDEST: Final = 1040  # arrows, dashes and other signs beside the letters
_BOLDER: Final = 135  # the most that a letter gains by being bold (M)


@dataclass(frozen=True, slots=True)
class Font:
    """`size`: pixels from line to line is a third more. `mono`: names, addresses and ports."""

    size: float
    bold: bool = False
    mono: bool = False

    @property
    def line(self) -> float:
        """The height of a line."""
        return round(self.size * 1.4, 1)


@lru_cache(maxsize=8192)
def width(text: str, font: Font) -> float:
    """Pixels that the text takes at most."""
    thousandths = sum(_width_of(character, mono=font.mono) for character in text)
    if font.bold and not font.mono:
        thousandths += _BOLDER * len(text)
    return thousandths * font.size / 999  # a browser rounds to its own raster


def _width_of(character: str, *, mono: bool) -> int:
    place = ord(character) - _FIRST
    if not 0 <= place < len(_SANS):
        return _WIDEST
    return _MONO if mono else _SANS[place]


def wrap(text: str, font: Font, room: float) -> list[str]:
    """The text on as many lines as it needs. Words wider than a line are parted behind `-`, `.` or `/`, else anywhere.

    Raises ValueError where not even one character has room.
    """
    lines: list[str] = []
    line = ""
    for word in text.split():
        longer = f"{line} {word}" if line else word
        if width(longer, font) <= room:
            line = longer
            continue
        if line:
            lines.append(line)
        *full, line = _parted(word, font, room)
        lines += full
    return [*lines, line] if line else lines


def _parted(word: str, font: Font, room: float) -> list[str]:
    pieces: list[str] = []
    piece = ""
    for part in re.findall(r"[^-./_]*[-./_]?", word):
        for bit in [part] if width(part, font) <= room else list(part):
            if width(piece + bit, font) > room:
                if not piece:
                    raise ValueError(f"no room for {bit!r} in {room} pixels")
                pieces.append(piece)
                piece = bit
            else:
                piece += bit
    if width(piece, font) > room:
        raise ValueError(f"no room for {piece!r} in {room} pixels")
    return [*pieces, piece]


def elided(text: str, font: Font, room: float) -> str:
    """The text, its end left out for an ellipsis where it is too wide."""
    if width(text, font) <= room:
        return text
    while text and width(f"{text}…", font) > room:
        text = text[:-1]
    return f"{text.rstrip()}…"
