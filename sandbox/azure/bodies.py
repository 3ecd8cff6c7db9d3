"""Resource bodies: JSON in the SDK's shape, read by dotted path, never changed in place."""

from collections.abc import Iterator, Mapping
from typing import Any

Body = dict[str, Any]


def at(value: Any, path: str) -> Any:
    """The value at a dotted path (`network.delegatedSubnetResourceId`), None when any step is missing."""
    for step in path.split("."):
        if not isinstance(value, Mapping):
            return None
        value = value.get(step)
    return value


def text_at(value: Any, path: str) -> str | None:
    """The string at a dotted path, None when there is none."""
    found = at(value, path)
    return found if isinstance(found, str) else None


def objects_at(value: Any, path: str) -> list[Body]:
    """The objects of the list at a dotted path, [] when there is none."""
    found = at(value, path)
    return [item for item in found if isinstance(item, dict)] if isinstance(found, list) else []


def put_at(value: Mapping[str, Any], path: str, new: Any) -> Body:
    """A copy of `value` with `new` at the dotted path; missing objects on the way are made."""
    head, _, rest = path.partition(".")
    if not rest:
        return {**value, head: new}
    inner = value.get(head)
    return {**value, head: put_at(inner if isinstance(inner, Mapping) else {}, rest, new)}


def without(value: Mapping[str, Any], path: str) -> Body:
    """A copy of `value` that lacks the dotted path; `value` itself when it is not there."""
    head, _, rest = path.partition(".")
    if head not in value:
        return dict(value)
    if not rest:
        return {key: item for key, item in value.items() if key != head}
    inner = value[head]
    return {**value, head: without(inner, rest)} if isinstance(inner, Mapping) else dict(value)


def merged(base: Mapping[str, Any], patch: Mapping[str, Any]) -> Body:
    """`base` under `patch`, object by object; a None in the patch removes (JSON merge patch, RFC 7386)."""
    result = dict(base)
    for key, item in patch.items():
        if item is None:
            result.pop(key, None)
        elif isinstance(item, Mapping) and isinstance(inner := result.get(key), Mapping):
            result[key] = merged(inner, item)
        else:
            result[key] = item
    return result


def strings(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Every string of a body with its dotted path; list items carry `[]`."""
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield from strings(item, f"{path}.{key}" if path else str(key))
    elif isinstance(value, list):
        for item in value:
            yield from strings(item, f"{path}[]")
