"""The text of the map with rows changed, and every other character as it was: comments, order, layout, line ends.

YAML is not written anew: each changed key or value is replaced where it stands in the text.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import TypeAlias, cast

import yaml

from cidr.loader import map_of
from cidr.schema import Block
from cidr.yaml_source import compose, parse_yaml

Edit: TypeAlias = tuple[int, int, str]  # from, up to, what stands there then; in characters of the text
Pair: TypeAlias = tuple[yaml.ScalarNode, yaml.ScalarNode]


def with_blocks(text: str, label: str, blocks: Sequence[Block]) -> str:
    """The map's text with the rows of these blocks as given; `label` is the name that faults show.

    A row keeps its form (in braces or a line a key), its comments and the order of its keys. The result is read and
    checked as a map. Raises FaultsError for a text that is no sound map, before or after; ValueError for a block that
    has no row.
    """
    map_of(parse_yaml(text, label))
    rows = {row.network: row for row in _rows(text)}
    edits: list[Edit] = []
    for block in blocks:
        row = rows.get(str(block.network))
        if row is None:
            raise ValueError(f"{block.network} has no row")
        edits += _edits(text, row, block.model_dump(mode="json", exclude_none=True))
    changed = replaced(text, edits)
    map_of(parse_yaml(changed, label))
    return changed


def replaced(text: str, edits: Sequence[Edit]) -> str:
    """The text with each part replaced; parts may touch, not overlap."""
    for start, end, new in sorted(edits, reverse=True):
        text = text[:start] + new + text[end:]
    return text


class _Row:
    """A row of the text: its pairs of key and value."""

    def __init__(self, node: yaml.MappingNode) -> None:
        self.flow = bool(node.flow_style)
        self.pairs = cast("list[Pair]", node.value)
        self.network = next(value.value for key, value in self.pairs if key.value == "network")


def _rows(text: str) -> Iterator[_Row]:
    top = cast("list[tuple[yaml.ScalarNode, yaml.SequenceNode]]", compose(text).value)
    blocks = next(value for key, value in top if key.value == "blocks")
    return (_Row(node) for node in cast("list[yaml.MappingNode]", blocks.value))


def _edits(text: str, row: _Row, wanted: Mapping[str, str]) -> Iterator[Edit]:
    there = [cast("str", key.value) for key, _ in row.pairs]
    gone = [key for key in there if key not in wanted]
    fresh = [key for key in wanted if key not in there]
    renamed = dict(zip(gone, fresh, strict=False))  # `held_for` becomes `deployment` where it stands
    for index, (key, value) in enumerate(row.pairs):
        name = renamed.get(there[index], there[index])
        if name not in wanted:
            yield without(text, row.pairs, index, flow=row.flow)
        elif name != there[index]:
            yield key.start_mark.index, value.end_mark.index, f"{name}: {wanted[name]}"
        elif value.value != wanted[name]:
            yield value.start_mark.index, value.end_mark.index, wanted[name]
    end = row.pairs[-1][1].end_mark.index
    newline = "\r\n" if "\r\n" in text else "\n"
    between = ", " if row.flow else newline + " " * row.pairs[0][0].start_mark.column
    yield end, end, "".join(f"{between}{name}: {wanted[name]}" for name in fresh[len(renamed) :])


def without(text: str, pairs: Sequence[tuple[yaml.ScalarNode, yaml.Node]], index: int, *, flow: bool) -> Edit:
    """Take one of a mapping's pairs out, with what parts it from the others; `flow` where they stand in braces."""
    key, value = pairs[index]
    if index == 0 and len(pairs) > 1:
        return key.start_mark.index, pairs[1][0].start_mark.index, ""
    if flow:
        start = pairs[index - 1][1].end_mark.index if index else key.start_mark.index
        return start, value.end_mark.index, ""
    end = text.find("\n", value.end_mark.index)
    return text.rfind("\n", 0, key.start_mark.index) + 1, len(text) if end < 0 else end + 1, ""
