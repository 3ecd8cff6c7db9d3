"""Conditions of role assignments: what Azure takes as one, read into a tree.

https://learn.microsoft.com/azure/role-based-access-control/conditions-format
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from sandbox.azure.bodies import at
from sandbox.azure.errors import ArmError
from sandbox.azure.model import Write

from .common import UNVERIFIED_CODE, refuse, rule

_FORMAT: Final = "https://learn.microsoft.com/azure/role-based-access-control/conditions-format"
_FAQ: Final = "https://learn.microsoft.com/azure/role-based-access-control/conditions-faq"
VERSION: Final = "2.0"
LONGEST: Final = 8 * 1024
_TOKEN: Final = re.compile(
    r"\s*(?:(?P<attribute>@(?:Resource|Request|Principal|Environment)\[[^\]\s]+\])|(?P<text>'[^']*')"
    r"|(?P<guid>[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})|(?P<word>[A-Za-z][\w:]*)|(?P<sign>[(){},!]))"
)
_COMPARISONS: Final = frozenset(
    f"{kind}{test}"
    for kind, tests in {
        "String": ("Equals", "NotEquals", "StartsWith", "NotStartsWith", "Like", "NotLike"),
        "Guid": ("Equals", "NotEquals"),
    }.items()
    for test in (*tests, *(f"{test}IgnoreCase" for test in tests if kind == "String"))
)
_QUANTIFIERS: Final = ("", "ForAnyOfAnyValues:", "ForAllOfAnyValues:", "ForAnyOfAllValues:", "ForAllOfAllValues:")
_OPERATORS: Final = frozenset(f"{quantifier}{test}" for quantifier in _QUANTIFIERS for test in _COMPARISONS)
_MATCHES: Final = ("ActionMatches", "SubOperationMatches")


@dataclass(frozen=True)
class Joined:
    """Parts joined by AND or OR."""

    word: str
    parts: "tuple[Node, ...]"


@dataclass(frozen=True)
class Not:
    """What must not hold."""

    part: "Node"


@dataclass(frozen=True)
class Matches:
    """Whether the action (or suboperation) is this one."""

    word: str
    action: str


@dataclass(frozen=True)
class Comparison:
    """An attribute against values."""

    attribute: str
    operator: str
    values: tuple[str, ...]


Node = Joined | Not | Matches | Comparison


def parse(text: str) -> Node:
    """The tree of a condition. Raises ValueError that says what is wrong and where."""
    reader = _Reader(text)
    found = reader.any_of()
    reader.end()
    return found


class _Reader:
    """Reads by descent; AND binds more closely than OR."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._place = 0

    def any_of(self) -> Node:
        return self._joined("OR", self._all_of)

    def _all_of(self) -> Node:
        return self._joined("AND", self._one)

    def _joined(self, word: str, inner: Callable[[], Node]) -> Node:
        parts = [inner()]
        while self._take(word):
            parts.append(inner())
        return parts[0] if len(parts) == 1 else Joined(word, tuple(parts))

    def _one(self) -> Node:
        if self._take("!"):
            return Not(self._one())
        if self._take("("):
            found = self.any_of()
            self._need(")")
            return found
        kind, token = self._next("an expression")
        if token in _MATCHES:
            (action,) = self._values(token)
            return Matches(token, action)
        if kind != "attribute":
            raise ValueError(f"{token!r} at {self._place} is no expression")
        _, operator = self._next("an operator")
        if operator not in _OPERATORS:
            raise ValueError(f"{operator!r} at {self._place} is no operator that is known here")
        return Comparison(token, operator, self._values(operator))

    def _values(self, what: str) -> tuple[str, ...]:
        if not self._take("{"):
            return (self._value(what),)
        found = [self._value(what)]
        while self._take(","):
            found.append(self._value(what))
        self._need("}")
        if what in _MATCHES and len(found) != 1:
            raise ValueError(f"{what} at {self._place} takes one value")
        return tuple(found)

    def _value(self, what: str) -> str:
        kind, token = self._next(f"a value of {what}")
        if kind not in ("text", "guid"):
            raise ValueError(f"{token!r} at {self._place} is no value")
        return token.strip("'")

    def _next(self, what: str) -> tuple[str, str]:
        found = _TOKEN.match(self._text, self._place)
        if found is None or found.lastgroup is None:
            raise ValueError(f"{what} is missing at {self._place}")
        self._place = found.end()
        return found.lastgroup, found[found.lastgroup]

    def _take(self, token: str) -> bool:
        found = _TOKEN.match(self._text, self._place)
        if found is None or found[0].strip() != token:
            return False
        self._place = found.end()
        return True

    def _need(self, token: str) -> None:
        if not self._take(token):
            raise ValueError(f"{token!r} is missing at {self._place}")

    def end(self) -> None:
        if self._text[self._place :].strip():
            raise ValueError(f"{self._text[self._place : self._place + 20]!r} at {self._place} is left over")


@rule("BadRequestFormat", UNVERIFIED_CODE + f": {_FORMAT} and {_FAQ}")
def condition_is_sound(write: Write) -> None:
    """A condition has a version, and is one."""
    condition, version = at(write.body, "condition"), at(write.body, "conditionVersion")
    if condition is None:
        refuse(
            version is not None,
            400,
            "BadRequestFormat",
            f"The role assignment {write.name} has a conditionVersion and no condition.",
        )
        return
    refuse(
        version != VERSION,
        400,
        "BadRequestFormat",
        f"The conditionVersion '{version}' of role assignment {write.name} is not supported. Supported is {VERSION}.",
    )
    refuse(
        len(str(condition).encode()) > LONGEST,
        400,
        "BadRequestFormat",
        f"The condition of role assignment {write.name} is longer than {LONGEST} bytes.",
    )
    try:
        parse(str(condition))
    except ValueError as error:
        message = f"The condition of role assignment {write.name} is not valid: {error}."
        raise ArmError(400, "BadRequestFormat", message) from error
