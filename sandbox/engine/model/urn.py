"""Pulumi's resource names: `urn:pulumi:<stack>::<project>::<parent types>$<type>::<name>`.

https://www.pulumi.com/docs/iac/concepts/resources/names/
"""

from dataclasses import dataclass
from typing import Final

STACK_TYPE: Final = "pulumi:pulumi:Stack"
PROVIDER_PREFIX: Final = "pulumi:providers:"


@dataclass(frozen=True, slots=True)
class Urn:
    """A URN in its parts; `types` runs from the outermost parent's type to the resource's own."""

    stack: str
    project: str
    types: tuple[str, ...]
    name: str

    @classmethod
    def parse(cls, text: str) -> "Urn":
        """Raise ValueError if `text` is no URN. A name may itself contain `::`."""
        parts = text.split("::", 3)
        if len(parts) != 4 or not parts[0].startswith("urn:pulumi:") or not parts[2]:
            raise ValueError(f"{text!r} is no URN (urn:pulumi:<stack>::<project>::<types>::<name>)")
        return cls(parts[0].removeprefix("urn:pulumi:"), parts[1], tuple(parts[2].split("$")), parts[3])

    @property
    def type(self) -> str:
        """The resource's own type token."""
        return self.types[-1]

    def __str__(self) -> str:
        return f"urn:pulumi:{self.stack}::{self.project}::{'$'.join(self.types)}::{self.name}"


def make_urn(stack: str, project: str, parent: str, type_: str, name: str) -> str:
    """The URN of a resource under `parent` (a URN, or empty); the stack itself adds no type to its children."""
    types: tuple[str, ...] = ()
    if parent:
        types = tuple(t for t in Urn.parse(parent).types if t != STACK_TYPE)
    return str(Urn(stack, project, (*types, type_), name))


def is_provider_type(type_: str) -> bool:
    """True for `pulumi:providers:<package>`."""
    return type_.startswith(PROVIDER_PREFIX)


def package_of(type_: str) -> str:
    """The package that serves a resource type or function token."""
    return type_.removeprefix(PROVIDER_PREFIX) if is_provider_type(type_) else type_.split(":", 1)[0]


def split_reference(reference: str) -> tuple[str, str]:
    """A provider reference `<urn>::<id>` in its two parts."""
    urn, _, id_ = reference.rpartition("::")
    return urn, id_
