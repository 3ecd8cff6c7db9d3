"""Differences between inputs as the provider reports them, and a refresh's differences carried into inputs.

The behaviour is pulumi-azure-native's (provider/pkg/provider/diff.go).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from . import arm_ids
from .bodies import Body
from .model import ResourceType
from .representation import location_of

Kind = Literal["ADD", "DELETE", "UPDATE", "ADD_REPLACE", "DELETE_REPLACE", "UPDATE_REPLACE"]
_API_VERSION = "azureApiVersion"


@dataclass(frozen=True)
class Difference:
    """One property that differs: its path with list indices, and whether it is one between inputs."""

    kind: Kind
    input_diff: bool = True


def differences(kind: ResourceType, old_inputs: Body, old_outputs: Body, news: Body) -> dict[str, Difference]:
    """What differs between the inputs of a resource, by path; empty when nothing does."""
    migrated = _API_VERSION not in old_inputs and _API_VERSION in old_outputs
    olds = {**old_inputs, _API_VERSION: old_outputs[_API_VERSION]} if migrated else old_inputs
    replacing = {*arm_ids.parameters(kind.path), *kind.replace_on}
    found: dict[str, Difference] = {}
    for path, change in _object(_own(olds), _own(news), "", "", replacing):
        if path == "location" and _same_place(olds, news):
            continue
        # What Azure had filled in and the program now says too is no reason to replace.
        said = change == "ADD_REPLACE" and news.get(path) == old_outputs.get(path)
        found[path] = Difference("ADD" if said else change, input_diff=not (migrated and path == _API_VERSION))
    return found


def _own(inputs: Body) -> Body:
    return {key: value for key, value in inputs.items() if not key.startswith("__") and value is not None}


def _same_place(olds: Body, news: Body) -> bool:
    old, new = olds.get("location"), news.get("location")
    return isinstance(old, str) and isinstance(new, str) and location_of(old) == location_of(new)


Found = Iterator[tuple[str, Kind]]


def _object(old: Mapping[str, Any], new: Mapping[str, Any], path: str, place: str, replacing: set[str]) -> Found:
    """`path` has list indices, `place` has `[]` instead: the form in which replacing properties are named."""
    for key in [*old, *(key for key in new if key not in old)]:
        inner, spot = (f"{path}.{key}", f"{place}.{key}") if path else (key, key)
        was, now = old.get(key), new.get(key)
        if was is None and now is not None:
            yield inner, "ADD_REPLACE" if spot in replacing else "ADD"
        elif was is not None and now is None:
            yield inner, "DELETE_REPLACE" if spot in replacing else "DELETE"
        elif was is not None:
            yield from _value(was, now, inner, spot, replacing)


def _value(old: Any, new: Any, path: str, place: str, replacing: set[str]) -> Found:
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        for inner, change in _object(old, new, path, place, replacing):
            # A property that replaces does so whatever in it changes.
            yield inner, "UPDATE_REPLACE" if change == "UPDATE" and place in replacing else change
    elif isinstance(old, list) and isinstance(new, list):
        for index in range(max(len(old), len(new))):
            inner = f"{path}[{index}]"
            if index >= len(new):
                yield inner, "DELETE"
            elif index >= len(old):
                yield inner, "ADD"
            else:
                yield from _value(old[index], new[index], inner, f"{place}[]", replacing)
    elif old != new or isinstance(old, bool) != isinstance(new, bool):
        yield path, "UPDATE_REPLACE" if place in replacing else "UPDATE"


def refreshed(inputs: Mapping[str, Any], old: Mapping[str, Any], new: Mapping[str, Any]) -> Body:
    """`inputs` with what changed from `old` to `new`; what Azure fills in by itself stays out of them.

    `old` and `new` are the outputs before and after, as inputs: only their differences are carried over.
    """
    result = {key: value for key, value in inputs.items() if key not in old or new.get(key) is not None}
    for key, value in new.items():
        if value is None or old.get(key) == value:
            continue
        if key in old and key in inputs:
            result[key] = _refreshed_value(inputs[key], old[key], value)
        else:
            result[key] = value
    return result


def _refreshed_value(base: Any, old: Any, new: Any) -> Any:
    if isinstance(base, Mapping) and isinstance(old, Mapping) and isinstance(new, Mapping):
        return refreshed(base, old, new)
    if isinstance(base, list) and isinstance(old, list) and isinstance(new, list):
        return [
            _refreshed_value(base[index], old[index], item) if index < len(base) and index < len(old) else item
            for index, item in enumerate(new)
        ]
    return base if old == new else new


def without_empty(value: Any) -> Any:
    """`value` without empty lists and objects, at any depth; None when nothing is left."""
    if isinstance(value, Mapping):
        kept = {key: found for key, item in value.items() if (found := without_empty(item)) is not None}
        return kept or None
    if isinstance(value, list):
        items = [found for item in value if (found := without_empty(item)) is not None]
        return items or None
    return value
