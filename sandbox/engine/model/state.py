"""What the engine knows of a stack between runs: its resources, and the operations that never ended.

The fields are those of a Pulumi deployment, version 3 (ResourceV3, OperationV2, ManifestV1 in
github.com/pulumi/pulumi sdk/go/common/apitype/core.go); values are in the form of `values`, secrets in clear inside
`Secret`. `checkpoint` turns all of it into JSON and back.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sandbox.engine.model.values import PropertyMap


def _no_list() -> list[str]:
    return []


def _no_lists() -> dict[str, list[str]]:
    return {}


def _no_timeouts() -> dict[str, float]:
    return {}


def _no_values() -> PropertyMap:
    return {}


@dataclass(slots=True, eq=False)
class ResourceState:
    """One resource as it was last seen. Identity, not equality: one URN may have several states in a replace."""

    urn: str
    type: str
    custom: bool
    id: str = ""
    inputs: PropertyMap = field(default_factory=_no_values)
    outputs: PropertyMap = field(default_factory=_no_values)
    parent: str = ""
    dependencies: list[str] = field(default_factory=_no_list)
    property_dependencies: dict[str, list[str]] = field(default_factory=_no_lists)
    provider: str = ""
    protect: bool = False
    retain_on_delete: bool = False
    deleted_with: str = ""
    replace_with: list[str] = field(default_factory=_no_list)
    delete: bool = False
    """Replaced already; the old one waits for its deletion."""
    pending_replacement: bool = False
    """Deleted already; the new one was not made yet (delete before replace)."""
    external: bool = False
    """Read, not managed."""
    taint: bool = False
    init_errors: list[str] = field(default_factory=_no_list)
    additional_secret_outputs: list[str] = field(default_factory=_no_list)
    custom_timeouts: dict[str, float] = field(default_factory=_no_timeouts)
    """create, update, delete, read -> seconds."""
    import_id: str = ""
    created: datetime | None = None
    modified: datetime | None = None
    source_position: str = ""
    ignore_changes: list[str] = field(default_factory=_no_list)
    replace_on_changes: list[str] = field(default_factory=_no_list)
    replacement_trigger: Any = None
    hide_diff: list[str] = field(default_factory=_no_list)
    refresh_before_update: bool = False
    resource_hooks: dict[str, list[str]] = field(default_factory=_no_lists)
    """hook type as in state (BeforeCreate, OnError, ...) -> names."""
    aliases: list[str] = field(default_factory=_no_list)
    """Former URNs; only in memory, a saved state has the new URN everywhere."""
    extra: PropertyMap = field(default_factory=_no_values)
    """JSON fields of a newer Pulumi that this engine does not use: kept as they were."""


@dataclass(slots=True, eq=False)
class PendingOperation:
    """An operation that was begun and whose end was never recorded."""

    resource: ResourceState
    type: str
    """creating, updating, deleting, reading or importing."""


def _no_resources() -> list[ResourceState]:
    return []


def _no_operations() -> list[PendingOperation]:
    return []


@dataclass(slots=True)
class StackState:
    """A whole stack: resources in dependency order (what a resource needs stands before it)."""

    resources: list[ResourceState] = field(default_factory=_no_resources)
    pending_operations: list[PendingOperation] = field(default_factory=_no_operations)
    metadata: PropertyMap = field(default_factory=_no_values)
    extra: PropertyMap = field(default_factory=_no_values)
    """Other fields of the deployment JSON (snippets, extensions), kept as they were."""
