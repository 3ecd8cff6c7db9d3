"""YAML read so that every value keeps its place, and nothing is taken silently.

Plain YAML takes the last of two equal keys; here that is a fault. So are anchors and aliases (a value then stands at
two places) and keys that are not text.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias, cast

import yaml

from cidr.faults import Fault, FaultsError

KeyPath: TypeAlias = tuple[str | int, ...]
_TEXT = "tag:yaml.org,2002:str"
REPOSITORY = Path(__file__).resolve().parents[1]

# libyaml parses the map of addresses about ten times faster than the pure parser; both give nodes with marks.
_Loader = type("_Loader", (cast("type[yaml.SafeLoader]", getattr(yaml, "CSafeLoader", yaml.SafeLoader)),), {})
# A day stays text: YAML's own would be read before anything could tell the place of one that is none.
_Loader.yaml_implicit_resolvers = {
    first: [(tag, form) for tag, form in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in cast("dict[str, list[tuple[str, object]]]", yaml.SafeLoader.yaml_implicit_resolvers).items()
}


@dataclass(frozen=True, kw_only=True)
class Source:
    """A parsed YAML document: its data, the name to show for its file, and the line of each key path (from 1)."""

    label: str
    data: dict[str, object]
    lines: Mapping[KeyPath, int]

    def where(self, path: KeyPath) -> str:
        """As in `cidr/allocations.yaml:12 blocks[3].network`; a key that is missing has the line of its parent."""
        known = path
        while known and known not in self.lines:
            known = known[:-1]
        return f"{self.label}:{self.lines.get(known, 1)} {shown(path)}".rstrip()


def shown(path: KeyPath) -> str:
    """A key path as people write it: `blocks[3].network`."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text


def read_yaml(path: Path) -> Source:
    """The document at `path`, a mapping at its top.

    Raises FaultsError for a file that cannot be read, is no YAML, or holds a duplicate key, an alias, a key that is
    not text, or anything but one mapping; all duplicate keys of a file are told at once.
    """
    return parse_yaml(read_text(path), label_of(path))


def read_text(path: Path) -> str:
    """The text of a file, line ends as they are. Raises FaultsError where it cannot be read or is not UTF-8."""
    try:
        return path.read_bytes().decode("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        fault = _fault(label_of(path), f"cannot be read: {reason}", "a readable UTF-8 file", "check the path")
        raise FaultsError([fault]) from None


def label_of(path: Path) -> str:
    """How a file is named to people: relative to the repository where it lies inside, else as given."""
    resolved = path.resolve()
    return resolved.relative_to(REPOSITORY).as_posix() if resolved.is_relative_to(REPOSITORY) else str(path)


def parse_yaml(text: str, label: str) -> Source:
    """Like `read_yaml`, from text; `label` is the name that faults show."""
    loader = _Loader(text)
    try:
        node = loader.get_single_node()  # pyright: ignore[reportUnknownMemberType]
        lines: dict[KeyPath, int] = {}
        faults = _walk(node, (), lines, label, set()) if node is not None else []
        if not isinstance(node, yaml.MappingNode):
            faults.append(
                _fault(f"{label}:1", "holds no mapping at its top", "keys and values", "write `key: value` lines")
            )
        if faults:
            raise FaultsError(faults)
        data = cast("dict[str, object]", loader.construct_document(node))  # pyright: ignore[reportUnknownMemberType]
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        what = f"is not the YAML that is read here: {error.problem or error.context}"
        raise FaultsError([_fault(f"{label}:{line}", what, "one plain YAML document", "mend that line")]) from None
    except yaml.YAMLError as error:
        what = f"is no YAML: {str(error).splitlines()[0]}"
        raise FaultsError([_fault(label, what, "one plain YAML document", "mend the file")]) from None
    finally:
        loader.dispose()  # pyright: ignore[reportUnknownMemberType]
    return Source(label=label, data=data, lines=lines)


def compose(text: str) -> yaml.MappingNode:
    """The nodes of a document that `parse_yaml` took, with the marks of where they begin and end in the text."""
    loader = _Loader(text)
    try:
        return cast("yaml.MappingNode", loader.get_single_node())  # pyright: ignore[reportUnknownMemberType]
    finally:
        loader.dispose()  # pyright: ignore[reportUnknownMemberType]


def _walk(node: yaml.Node, path: KeyPath, lines: dict[KeyPath, int], label: str, seen: set[int]) -> list[Fault]:
    """Note the line of every key path below `node`; faults are duplicate keys, aliases and keys that are not text."""
    line = cast("int", node.start_mark.line) + 1
    lines.setdefault(path, line)
    if id(node) in seen:  # an alias gives the very same node again
        return [_fault(f"{label}:{line} {shown(path)}", "is an alias", "each value written out", "write the value out")]
    seen.add(id(node))
    faults: list[Fault] = []
    if isinstance(node, yaml.SequenceNode):
        for index, item in enumerate(cast("list[yaml.Node]", node.value)):
            faults += _walk(item, (*path, index), lines, label, seen)
    elif isinstance(node, yaml.MappingNode):
        for key, value in cast("list[tuple[yaml.Node, yaml.Node]]", node.value):
            key_line = cast("int", key.start_mark.line) + 1
            where = f"{label}:{key_line} {shown(path)}".rstrip()
            if not isinstance(key, yaml.ScalarNode) or key.tag != _TEXT:
                faults.append(_fault(where, "has a key that is not text", "text as keys", "put the key in quotes"))
                continue
            inner = (*path, cast("str", key.value))
            if inner in lines:
                what = f"has the key {key.value!r} twice, first in line {lines[inner]}"
                faults.append(_fault(where, what, "each key once", "take one of the two out"))
                continue
            lines[inner] = key_line
            faults += _walk(value, inner, lines, label, seen)
    return faults


def _fault(where: str, what: str, allowed: str, next_step: str) -> Fault:
    return Fault(where=where, what=what, allowed=allowed, next_step=next_step)
