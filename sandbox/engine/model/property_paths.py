"""Property paths such as `tags["a.b"]`, `subnets[0].name`: text and parts.

The grammar: https://www.pulumi.com/docs/iac/concepts/resources/options/ignorechanges/ . A part is a property name or an
index; `*` stands for every name or index.
"""

import re
from collections.abc import Iterable
from typing import Final

Part = str | int

_PART: Final = re.compile(
    r"""
    \[ \s* (?: "(?P<quoted> (?: \\. | [^"\\] )* )" | (?P<index> \d+ ) | (?P<star> \* ) ) \s* \]
    | \.? (?P<name> [^.\[\]"]+ )
    """,
    re.VERBOSE,
)
_PLAIN: Final = re.compile(r"[^.\[\]\"*]+")


def parse_path(text: str) -> tuple[Part, ...]:
    """The parts of a path; ValueError naming the place where it cannot be read."""
    parts: list[Part] = []
    position = 0
    while position < len(text):
        match = _PART.match(text, position)
        if match is None:
            raise ValueError(f"the property path {text!r} cannot be read from character {position + 1} on")
        if match["quoted"] is not None:
            parts.append(re.sub(r"\\(.)", r"\1", match["quoted"]))
        elif match["index"] is not None:
            parts.append(int(match["index"]))
        else:
            parts.append(match["name"] or "*")
        position = match.end()
    return tuple(parts)


def render_path(parts: Iterable[Part]) -> str:
    """The text of a path; `parse_path` gives the parts back."""
    text = ""
    for part in parts:
        if isinstance(part, int):
            text += f"[{part}]"
        elif part == "*":
            text += "[*]"
        elif _PLAIN.fullmatch(part):
            text += f".{part}" if text else part
        else:
            quoted = part.replace("\\", "\\\\").replace('"', '\\"')
            text += f'["{quoted}"]'
    return text
