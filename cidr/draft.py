"""A map in the reading: the rows that have their shape, each with its key path, so that the checks can go on."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from pydantic import TypeAdapter, ValidationError

from cidr.faults import Fault
from cidr.schema import Block, Platform, SetAsideRow, SlotRow
from cidr.yaml_source import KeyPath, Source

T = TypeVar("T")
BLOCKS: TypeAdapter[Block] = TypeAdapter(Block)
SLOTS, SET_ASIDE, PLATFORM = TypeAdapter(SlotRow), TypeAdapter(SetAsideRow), TypeAdapter(Platform)


@dataclass(frozen=True)
class Placed(Generic[T]):
    """A row and where it stands."""

    row: T
    path: KeyPath


@dataclass(frozen=True, kw_only=True)
class Draft:
    """The sound rows of a file; `whole` when no row had to be left out."""

    platform: Platform | None
    slots: tuple[Placed[SlotRow], ...]
    set_aside: tuple[Placed[SetAsideRow], ...]
    blocks: tuple[Placed[Block], ...]
    whole: bool


@dataclass(frozen=True)
class Findings:
    """Faults as they are found; `at` is the place of a key path."""

    at: Callable[[KeyPath], str]
    faults: list[Fault] = field(default_factory=list[Fault])

    def add(self, path: KeyPath, what: str, allowed: str, next_step: str) -> None:
        """One more fault."""
        self.faults.append(Fault(where=self.at(path), what=what, allowed=allowed, next_step=next_step))


def draft_of(source: Source, *, whole: bool) -> Draft:
    """The rows of a file that have their shape; what has not is told elsewhere and left out here."""
    platform = list(_sound([source.data.get("platform")], PLATFORM, ()))
    return Draft(
        platform=platform[0].row if platform else None,
        slots=tuple(_sound(source.data.get("slots"), SLOTS, ("slots",))),
        set_aside=tuple(_sound(source.data.get("set_aside"), SET_ASIDE, ("set_aside",))),
        blocks=tuple(_sound(source.data.get("blocks"), BLOCKS, ("blocks",))),
        whole=whole,
    )


def _sound(rows: Any, adapter: TypeAdapter[T], path: KeyPath) -> Iterable[Placed[T]]:
    for index, row in enumerate(rows if isinstance(rows, list) else ()):
        try:
            yield Placed(adapter.validate_python(row), (*path, index))
        except ValidationError:
            continue
