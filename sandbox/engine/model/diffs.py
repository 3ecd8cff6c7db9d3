"""What changed between two states of a resource, as a provider says it or as the engine finds it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final, Literal, cast

from sandbox.engine.model.events import DiffKind, PropertyChange
from sandbox.engine.model.paths import Path, covers, lookup
from sandbox.engine.model.property_paths import parse_path, render_path
from sandbox.engine.model.values import UNKNOWN, Output, PropertyMap, Secret, unwrap

INIT_ERROR: Final = "#initerror"
"""The property that replaceOnChanges names for "its initialization failed" (Pulumi's own key)."""
_REPLACING: Final[Mapping[DiffKind, DiffKind]] = {
    "add": "add-replace",
    "delete": "delete-replace",
    "update": "update-replace",
}
_INVERSE: Final[Mapping[DiffKind, DiffKind]] = {
    "add": "delete",
    "delete": "add",
    "add-replace": "delete-replace",
    "delete-replace": "add-replace",
}


def _no_keys() -> list[str]:
    return []


def _replacing(kind: DiffKind) -> DiffKind:
    return _REPLACING.get(kind) or kind


@dataclass(frozen=True, slots=True)
class PropertyDiff:
    """One difference. `input_diff`: found between old and new inputs, not between old state and new inputs."""

    kind: DiffKind
    input_diff: bool = True


@dataclass(frozen=True, slots=True)
class Diff:
    """A provider's answer to Diff (DiffResponse of the protocol)."""

    changes: Literal["none", "some", "unknown"]
    replaces: list[str] = field(default_factory=_no_keys)
    changed: list[str] = field(default_factory=_no_keys)
    detailed: dict[str, PropertyDiff] | None = None
    delete_before_replace: bool = False

    @property
    def replace(self) -> bool:
        """True if the resource has to be replaced."""
        if self.replaces:
            return True
        return any(diff.kind.endswith("-replace") for diff in (self.detailed or {}).values())

    def inverted(self) -> "Diff":
        """The same difference seen from the other side: what a refresh found."""
        if self.detailed is None:
            return self
        turned = {
            path: PropertyDiff(_INVERSE.get(diff.kind) or diff.kind, diff.input_diff)
            for path, diff in self.detailed.items()
        }
        return replace(self, detailed=turned)


def plain(value: Any) -> Any:
    """A value without secrets and outputs around any part of it, for comparison."""
    return unwrap(value)


def differences(old: Any, new: Any, path: Path = ()) -> Iterator[tuple[Path, DiffKind]]:
    """Where two unwrapped values differ, as deep as both have the same shape."""
    if isinstance(old, dict) and isinstance(new, dict):
        before, after = cast("PropertyMap", old), cast("PropertyMap", new)
        for key in sorted(before.keys() | after.keys()):
            if key not in after:
                yield (*path, key), "delete"
            elif key not in before:
                yield (*path, key), "add"
            else:
                yield from differences(before[key], after[key], (*path, key))
    elif isinstance(old, list) and isinstance(new, list):
        olds, news = cast("list[Any]", old), cast("list[Any]", new)
        for index in range(max(len(olds), len(news))):
            if index >= len(news):
                yield (*path, index), "delete"
            elif index >= len(olds):
                yield (*path, index), "add"
            else:
                yield from differences(olds[index], news[index], (*path, index))
    elif not same(old, new):
        yield path, "update"


def same(old: Any, new: Any) -> bool:
    """Equality of property values: unlike Python's, true is not 1."""
    if isinstance(old, dict) and isinstance(new, dict):
        before, after = cast("PropertyMap", old), cast("PropertyMap", new)
        return before.keys() == after.keys() and all(same(value, after[key]) for key, value in before.items())
    if isinstance(old, list) and isinstance(new, list):
        olds, news = cast("list[Any]", old), cast("list[Any]", new)
        return len(olds) == len(news) and all(map(same, olds, news))
    if isinstance(old, (Secret, Output)):
        return isinstance(new, (Secret, Output)) and type(old) is type(new) and same(old.value, new.value)
    return isinstance(old, bool) == isinstance(new, bool) and bool(old == new)


def input_diff(old: PropertyMap, new: PropertyMap) -> Diff:
    """The engine's own diff, for a provider that says DIFF_UNKNOWN."""
    detailed = {render_path(path): PropertyDiff(kind) for path, kind in differences(plain(old), plain(new))}
    if not detailed:
        return Diff("none")
    changed = list(dict.fromkeys(str(parse_path(path)[0]) for path in detailed))
    return Diff("some", changed=changed, detailed=detailed)


def apply_replace_on_changes(diff: Diff, patterns: list[str], *, init_errors: bool) -> Diff:
    """`diff` with the changes that the program wants to replace on turned into replacing ones.

    Raise ValueError if a pattern is no property path.
    """
    if not patterns or (diff.changes != "some" and not init_errors):
        return diff
    parsed = [parse_path(pattern) for pattern in patterns]

    def wanted(path: str) -> bool:
        return any(covers(pattern, parse_path(path)) for pattern in parsed)

    detailed = None
    if diff.detailed is not None:
        detailed = {
            path: PropertyDiff(_replacing(change.kind), change.input_diff) if wanted(path) else change
            for path, change in diff.detailed.items()
        }
    replaces = list(dict.fromkeys([*diff.replaces, *(key for key in diff.changed if wanted(key))]))
    if init_errors and wanted(INIT_ERROR):
        replaces.append(INIT_ERROR)
        return replace(diff, changes="some", replaces=replaces, detailed=detailed)
    return replace(diff, replaces=replaces, detailed=detailed)


def shown(value: Any) -> object:
    """A value as people may see it: secrets are "[secret]", what a preview cannot know is "[unknown]"."""
    if isinstance(value, Secret) or (isinstance(value, Output) and value.secret):
        return "[secret]"
    if value is UNKNOWN:
        return "[unknown]"
    if isinstance(value, Output):
        return shown(value.value)
    if isinstance(value, dict):
        return {key: shown(item) for key, item in cast("PropertyMap", value).items()}
    if isinstance(value, list):
        return [shown(item) for item in cast("list[Any]", value)]
    return value


def property_changes(
    diff: Diff, old_inputs: PropertyMap, old_outputs: PropertyMap, new_inputs: PropertyMap
) -> tuple[PropertyChange, ...]:
    """A diff for display, each change with its two values; what only a reason names has none."""
    if diff.changes == "none" and not diff.replaces:
        return ()
    detailed = diff.detailed
    if not detailed:
        found = input_diff(old_inputs, new_inputs).detailed or {}
        keys = dict.fromkeys([*diff.changed, *diff.replaces])
        detailed = {path: change for path, change in found.items() if not keys or str(parse_path(path)[0]) in keys}
        named = {str(parse_path(path)[0]) for path in detailed}
        detailed |= {key: PropertyDiff("update") for key in keys if key not in named}
    changes: list[PropertyChange] = []
    for text, change in sorted(detailed.items()):
        path = _parsed(text)
        kind = change.kind
        if path and path[0] in diff.replaces:
            kind = _replacing(kind)
        old = _shown_at(old_inputs if change.input_diff else old_outputs, path)
        new = None if kind.startswith("delete") else _shown_at(new_inputs, path)
        changes.append(PropertyChange(text, kind, None if kind.startswith("add") else old, new))
    return tuple(changes)


def _parsed(text: str) -> Path:
    try:
        return parse_path(text)
    except ValueError:
        return ()


def _shown_at(values: PropertyMap, path: Path) -> object:
    """The value at a path as shown; a secret anywhere on the way hides it."""
    for end in range(1, len(path)):
        if isinstance(lookup(values, path[:end]), Secret):
            return "[secret]"
    return shown(lookup(values, path)) if path else None
