"""The inputs of a resource as a row of the table reads them: typed, by dotted path, and said where they cannot be read.

What a plan does not know yet, what is a secret and what is of another type is no number: the resource is unpriced then,
with these words, never priced with a guess.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any, Final, cast

# Marks of Pulumi's wire form: https://github.com/pulumi/pulumi/blob/master/sdk/python/lib/pulumi/runtime/rpc.py
SIGNATURE: Final = "4dabf18193072939515e22adb298388d"
UNKNOWN_MARKS: Final = frozenset(
    {
        "04da6b54-80e4-46f7-96ec-b56ff0331ba9",
        "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",
        "3eeb2bf0-c639-47a8-9e75-3b44932eb421",
        "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",
        "030794c1-ac77-496b-92df-f27374a8bd58",
        "e48ece36-62e2-4504-bad9-02848725956a",
        "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",
    }
)


class UnreadableError(Exception):
    """An input that a price hangs on cannot be read; the text says which and why."""


def plain(value: Any) -> Any:
    """A property value without secrets and unknowns: None stands in their place."""
    if isinstance(value, str):
        return None if value in UNKNOWN_MARKS else value
    if isinstance(value, Mapping):
        mapping = cast("Mapping[str, Any]", value)
        return None if SIGNATURE in mapping else {key: plain(item) for key, item in mapping.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in cast("list[Any]", value)]
    return value


@dataclass(frozen=True, slots=True)
class Inputs:
    """Inputs, read by paths such as "sku.name"; every method raises UnreadableError."""

    values: Mapping[str, Any]

    def raw(self, path: str) -> Any:
        """What stands there; None where nothing stands or nobody knows yet."""
        here: Any = self.values
        for part in path.split("."):
            here = here.get(part) if isinstance(here, Mapping) else None
        return here

    def text(self, path: str, default: str | None = None) -> str:
        """A text, or the default where none stands."""
        found = self.raw(path)
        if found is None and default is not None:
            return default
        if not isinstance(found, str):
            raise UnreadableError(f"{path} is {'not known yet' if found is None else 'no text'}")
        return found

    def number(self, path: str, default: int | None = None) -> Decimal:
        """A number that is not below zero, exact as it is written; or the default where none stands."""
        found = self.raw(path)
        if found is None and default is not None:
            return Decimal(default)
        if isinstance(found, bool) or not isinstance(found, int | float | str):
            raise UnreadableError(f"{path} is {'not known yet' if found is None else 'no number'}")
        try:
            number = Decimal(str(found))
        except InvalidOperation:
            raise UnreadableError(f"{path} is {found!r}, which is no number") from None
        if not number.is_finite() or number < 0:
            raise UnreadableError(f"{path} is {found}, which no price can be for")
        # State is JSON, which has 128.0 for 128.
        return number.to_integral_value() if number == number.to_integral_value() else number

    def flag(self, path: str, *, default: bool) -> bool:
        """Yes or no, or the default where nothing stands."""
        found = self.raw(path)
        if found is None:
            return default
        if not isinstance(found, bool):
            raise UnreadableError(f"{path} is neither true nor false")
        return found

    def items(self, path: str) -> list["Inputs"]:
        """The mappings of a list; empty where none stands."""
        found = self.raw(path)
        if found is None:
            return []
        if not isinstance(found, list) or not all(isinstance(item, Mapping) for item in cast("list[Any]", found)):
            raise UnreadableError(f"{path} is no list of mappings")
        return [Inputs(item) for item in cast("list[Mapping[str, Any]]", found)]

    def texts(self, path: str) -> list[str]:
        """The texts of a list; empty where none stands."""
        found = self.raw(path)
        if not isinstance(found, list | None):
            raise UnreadableError(f"{path} is no list")
        return [str(item) for item in cast("list[Any]", found or [])]
