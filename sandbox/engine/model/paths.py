"""What options do with property paths: compare them, look at what they name, and reset it to what it was.

As PropertyPath in github.com/pulumi/pulumi sdk/go/common/resource/properties_path.go; the text form is in
`property_paths`.
"""

from dataclasses import dataclass
from typing import Any, Final, cast

from sandbox.engine.model.property_paths import Part
from sandbox.engine.model.values import PropertyMap, Secret

Path = tuple[Part, ...]
WILDCARD: Final = "*"


def covers(pattern: Path, path: Path) -> bool:
    """True if `path` is at or below `pattern`; a wildcard stands for any one element."""
    return len(path) >= len(pattern) and all(
        wanted in (WILDCARD, element) for wanted, element in zip(pattern, path, strict=False)
    )


def lookup(value: Any, path: Path) -> Any:
    """The value at `path`, seen through secrets; None where there is none."""
    for element in path:
        value = value.value if isinstance(value, Secret) else value
        if isinstance(value, dict) and isinstance(element, str):
            value = cast("PropertyMap", value).get(element)
        elif isinstance(value, list) and isinstance(element, int) and element < len(cast("list[Any]", value)):
            value = cast("list[Any]", value)[element]
        else:
            return None
    return value


def reset(path: Path, old: PropertyMap, new: PropertyMap) -> bool:
    """Set what `path` names in `new` to what it is in `old`, in place.

    Returns False, leaving that place alone, where this would make or remove an element of a list or a place in between.
    A value that lies inside a secret of `old` stays secret.
    """
    return _reset(path, _Place(old), _Place(new))


@dataclass(frozen=True, slots=True)
class _Place:
    """A value on the way, and whether it lies inside a secret."""

    value: Any
    secret: bool = False

    def opened(self) -> "_Place":
        place = self
        while isinstance(place.value, Secret):
            place = _Place(place.value.value, secret=True)
        return place

    @property
    def fields(self) -> PropertyMap | None:
        return cast("PropertyMap", self.value) if isinstance(self.value, dict) else None

    @property
    def items(self) -> list[Any] | None:
        return cast("list[Any]", self.value) if isinstance(self.value, list) else None

    def at(self, value: Any) -> "_Place":
        return _Place(value, self.secret)

    def kept_in(self, new: "_Place", value: Any) -> Any:
        """A value from here as it is put into `new`: still secret, where that is not secret itself."""
        return Secret(value) if self.secret and not new.secret and not isinstance(value, Secret) else value


def _reset(path: Path, old: _Place, new: _Place) -> bool:
    old, new, head, rest = old.opened(), new.opened(), path[0], path[1:]
    if head == WILDCARD:
        return _reset_all(rest, old, new)
    if isinstance(head, int):
        return _reset_item(head, rest, old, new)
    return _reset_field(head, rest, old, new)


def _reset_item(index: int, rest: Path, old: _Place, new: _Place) -> bool:
    before, after = old.items, new.items
    if before is None or after is None:
        return before is None and after is None
    if index >= len(before) or index >= len(after):
        return not rest and index >= len(before) and index >= len(after)
    if rest:
        return _reset(rest, old.at(before[index]), new.at(after[index]))
    after[index] = old.kept_in(new, before[index])
    return True


def _reset_field(key: str, rest: Path, old: _Place, new: _Place) -> bool:
    before, after = old.fields, new.fields
    if rest:
        if before is None or after is None:
            return before is None and after is None
        if key not in after:
            return key not in before
        return _reset(rest, old.at(before.get(key)), new.at(after[key]))
    if before is not None and key in before:
        if after is None:
            return False
        after[key] = old.kept_in(new, before[key])
    elif after is not None:
        after.pop(key, None)
    return True


def _reset_all(rest: Path, old: _Place, new: _Place) -> bool:
    if old.fields is not None and new.fields is not None:
        return _reset_fields(rest, old, old.fields, new, new.fields)
    if old.items is not None and new.items is not None:
        return _reset_items(rest, old, old.items, new, new.items)
    return not rest and isinstance(new.value, (dict, list))


def _reset_fields(rest: Path, old: _Place, before: PropertyMap, new: _Place, after: PropertyMap) -> bool:
    if rest:
        return all(key in after and _reset(rest, old.at(value), new.at(after[key])) for key, value in before.items())
    for key in set(after) - set(before):
        del after[key]
    after.update({key: old.kept_in(new, value) for key, value in before.items()})
    return True


def _reset_items(rest: Path, old: _Place, before: list[Any], new: _Place, after: list[Any]) -> bool:
    fits = len(before) == len(after)
    for index, value in enumerate(before[: len(after)]):
        if rest:
            fits = _reset(rest, old.at(value), new.at(after[index])) and fits
        else:
            after[index] = old.kept_in(new, value)
    return fits
