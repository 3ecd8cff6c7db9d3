"""What a preview says that each resource becomes, as constraints for the `up` that carries it out.

The model is Pulumi's update plan (github.com/pulumi/pulumi pkg/resource/deploy/plan.go): an unknown value in a plan
accepts any, and a step may be less than what was planned, never more.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, cast

from sandbox.engine.model.diffs import same, shown
from sandbox.engine.model.events import Op
from sandbox.engine.model.values import UNKNOWN, PropertyMap, unwrap

_LESS: Final[Mapping[Op, frozenset[Op]]] = {
    "create": frozenset({"same"}),
    "update": frozenset({"same"}),
    "replace": frozenset({"same", "update"}),
    "create-replacement": frozenset({"same", "update"}),
    "delete-replaced": frozenset({"same", "update"}),
}
_CHANGES_NOTHING: Final = frozenset[Op]({"same", "read", "refresh"})


def _no_values() -> PropertyMap:
    return {}


@dataclass(frozen=True, slots=True)
class InputDiff:
    """How inputs change: what is there afterwards (`adds`, `updates`) and what is not any more, by top-level key."""

    adds: PropertyMap = field(default_factory=_no_values)
    updates: PropertyMap = field(default_factory=_no_values)
    deletes: tuple[str, ...] = ()

    @classmethod
    def of(cls, old: PropertyMap, new: PropertyMap) -> "InputDiff":
        """From `old` to `new`; a value that is not known counts as a change."""
        return cls(
            adds={key: value for key, value in new.items() if key not in old},
            updates={
                key: value for key, value in new.items() if key in old and not same(plain(old[key]), plain(value))
            },
            deletes=tuple(sorted(old.keys() - new.keys())),
        )

    def applied(self, old: PropertyMap) -> PropertyMap:
        """What `old` becomes."""
        kept = {key: value for key, value in old.items() if key not in self.deletes}
        return {**kept, **self.adds, **self.updates}


@dataclass(frozen=True, slots=True)
class ResourcePlan:
    """One resource's part. inputs: None where it is only deleted; seed: what its provider makes names up from."""

    type: str
    name: str
    custom: bool
    parent: str
    provider: str
    protect: bool
    steps: tuple[Op, ...]
    inputs: InputDiff | None = None
    seed: bytes = b""

    @property
    def changes(self) -> bool:
        """True if carrying it out changes anything."""
        return not _CHANGES_NOTHING.issuperset(self.steps)

    def allows(self, op: Op) -> bool:
        """True if a step is one that was planned, or less than one of those."""
        return op in self.steps or any(op in _LESS.get(planned, ()) for planned in self.steps)

    def deviations(self, old: PropertyMap, new: PropertyMap) -> Iterator[str]:
        """In which inputs `new` is not what was planned for `old`: key, plan and finding, secrets hidden."""
        if self.inputs is None:
            yield "it was to be deleted, and the program has it"
            return
        planned = self.inputs.applied(old)
        for key in sorted(planned.keys() | new.keys()):
            wanted, found = planned.get(key), new.get(key)
            if not matches(plain(wanted), plain(found)):
                yield f"{key}: planned {shown(wanted)!r}, now {shown(found)!r}"


ResourcePlans = Mapping[str, ResourcePlan]
"""URN -> its plan: of every resource that a preview came upon."""


def matches(planned: Any, found: Any) -> bool:
    """True if a value is what was planned; what was not known then may be anything now, or nothing."""
    if planned is UNKNOWN:
        return True
    if isinstance(planned, dict) and isinstance(found, dict):
        before, after = cast("PropertyMap", planned), cast("PropertyMap", found)
        return all(matches(before.get(key), after.get(key)) for key in before.keys() | after.keys())
    if isinstance(planned, list) and isinstance(found, list):
        items, others = cast("list[Any]", planned), cast("list[Any]", found)
        return len(items) == len(others) and all(map(matches, items, others))
    return same(planned, found)


def plain(value: Any) -> Any:
    """A value without secrets and outputs around any part of it."""
    return unwrap(value)
