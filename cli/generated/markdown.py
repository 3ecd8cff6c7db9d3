"""The little Markdown that the generated pages need."""

from collections.abc import Iterable, Sequence


def table(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A table with a line at its end; `|` in a cell is written so that it does not end the cell."""
    lines = [columns, ["---"] * len(columns), *rows]
    return "".join(f"| {' | '.join(str(cell).replace('|', chr(92) + '|') for cell in line)} |\n" for line in lines)


def code(text: object) -> str:
    """The text as it is to be typed."""
    return f"`{text}`"


def page(title: str, source: str, *parts: str) -> str:
    """A whole page. `source`: what it is written from, for people; `parts`: paragraphs and tables."""
    written = f"Written by `./cfctl docs` from {source}; change that, not this page."
    return "\n".join([f"# {title}\n", f"{written}\n", *(part.rstrip("\n") + "\n" for part in parts)])
