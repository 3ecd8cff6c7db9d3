"""What a program asks for, and what it is told: the engine's own form of the monitor's requests and answers."""

from dataclasses import dataclass, field
from typing import Any, Literal

from sandbox.engine.model.state import ResourceState
from sandbox.engine.model.values import PropertyMap


@dataclass(frozen=True, slots=True)
class AliasSpec:
    """A former identity: a whole URN, or the parts that differ from today's (empty: as today)."""

    urn: str = ""
    name: str = ""
    type: str = ""
    stack: str = ""
    project: str = ""
    parent: str = ""
    no_parent: bool = False


def _no_list() -> list[str]:
    return []


def _no_aliases() -> list[AliasSpec]:
    return []


def _no_lists() -> dict[str, list[str]]:
    return {}


def _no_timeouts() -> dict[str, float]:
    return {}


def _no_strings() -> dict[str, str]:
    return {}


def _no_values() -> PropertyMap:
    return {}


@dataclass(slots=True)
class Goal:
    """A resource as the program wants it; fields as in `ResourceState`, None where the program said nothing."""

    type: str
    name: str
    custom: bool
    inputs: PropertyMap = field(default_factory=_no_values)
    parent: str = ""
    provider: str = ""
    dependencies: list[str] = field(default_factory=_no_list)
    property_dependencies: dict[str, list[str]] = field(default_factory=_no_lists)
    protect: bool | None = None
    retain_on_delete: bool | None = None
    deleted_with: str = ""
    replace_with: list[str] = field(default_factory=_no_list)
    delete_before_replace: bool | None = None
    ignore_changes: list[str] = field(default_factory=_no_list)
    replace_on_changes: list[str] = field(default_factory=_no_list)
    replacement_trigger: Any = None
    additional_secret_outputs: list[str] = field(default_factory=_no_list)
    aliases: list[AliasSpec] = field(default_factory=_no_aliases)
    import_id: str = ""
    custom_timeouts: dict[str, float] = field(default_factory=_no_timeouts)
    source_position: str = ""
    hide_diff: list[str] = field(default_factory=_no_list)
    hooks: dict[str, list[str]] = field(default_factory=_no_lists)
    providers: dict[str, str] = field(default_factory=_no_strings)
    """A component's: package -> provider reference, for what is in it."""

    def state(self, urn: str) -> ResourceState:
        """A new state of this goal under `urn`, without id and outputs."""
        return ResourceState(
            urn=urn,
            type=self.type,
            custom=self.custom,
            inputs=self.inputs,
            parent=self.parent,
            dependencies=self.dependencies,
            property_dependencies=self.property_dependencies,
            provider=self.provider,
            protect=bool(self.protect),
            retain_on_delete=bool(self.retain_on_delete),
            deleted_with=self.deleted_with,
            replace_with=self.replace_with,
            additional_secret_outputs=self.additional_secret_outputs,
            custom_timeouts=self.custom_timeouts,
            import_id=self.import_id,
            source_position=self.source_position,
            ignore_changes=self.ignore_changes,
            replace_on_changes=self.replace_on_changes,
            replacement_trigger=self.replacement_trigger,
            hide_diff=self.hide_diff,
            resource_hooks=self.hooks,
        )


@dataclass(slots=True)
class ReadGoal:
    """An existing resource that the program wants to see (`Type.get(name, id)`)."""

    type: str
    name: str
    id: str
    parent: str = ""
    provider: str = ""
    inputs: PropertyMap = field(default_factory=_no_values)
    dependencies: list[str] = field(default_factory=_no_list)
    additional_secret_outputs: list[str] = field(default_factory=_no_list)
    source_position: str = ""


@dataclass(frozen=True, slots=True)
class Registered:
    """The answer to a registration. `unknown`: left out by --target, its outputs are not known even in an update."""

    state: ResourceState
    result: Literal["success", "failed", "skipped"] = "success"
    unknown: bool = False
