"""What a run tells whoever watches it, in Pulumi's own event vocabulary.

Names and meanings are those of EngineEvent (github.com/pulumi/pulumi sdk/go/common/apitype/events.go), so that a
display made for these events also serves the CLI's event log. Times are the wall clock's, in UTC.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from sandbox.engine.model.values import PropertyMap

Op = Literal[
    "same",
    "create",
    "update",
    "delete",
    "replace",
    "create-replacement",
    "delete-replaced",
    "discard-replaced",
    "remove-pending-replace",
    "read",
    "read-replacement",
    "discard",
    "refresh",
    "import",
    "import-replacement",
]
DiffKind = Literal["add", "add-replace", "delete", "delete-replace", "update", "update-replace"]
Severity = Literal["debug", "info", "info#err", "warning", "error"]


@dataclass(frozen=True, slots=True)
class PropertyChange:
    """One property of a diff. `old` and `new` are unwrapped for display; a secret is the string "[secret]"."""

    path: str
    kind: DiffKind
    old: object = None
    new: object = None


@dataclass(frozen=True, slots=True)
class StepMetadata:
    """The step that an event speaks of."""

    op: Op
    urn: str
    type: str
    provider: str = ""
    id: str = ""
    custom: bool = True
    protect: bool = False
    retain: bool = False
    """A delete step that only forgets the resource."""
    logical: bool = True
    """False for the physical halves of a replace."""
    changes: tuple[PropertyChange, ...] = ()
    parent: str = ""
    """URN of the parent, empty for the stack: a display shows a run as the tree that the program is."""


@dataclass(frozen=True, slots=True)
class PreludeEvent:
    """A run begins."""

    operation: Literal["preview", "up", "refresh", "destroy", "import"]
    stack: str
    config: dict[str, str] = field(default_factory=dict[str, str])
    """Keys and values as shown to people: secrets are "[secret]"."""


@dataclass(frozen=True, slots=True)
class ResourcePreEvent:
    """A step begins (in a preview: would begin)."""

    metadata: StepMetadata
    planning: bool = False


@dataclass(frozen=True, slots=True)
class ResOutputsEvent:
    """A step succeeded."""

    metadata: StepMetadata
    planning: bool = False
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class ResOpFailedEvent:
    """A step failed; its errors come as diagnostics before it."""

    metadata: StepMetadata
    seconds: float = 0.0
    inputs: PropertyMap = field(default_factory=PropertyMap)
    """What a failed create was sent, secrets in `Secret`: a reply that was lost can be made good with them."""


@dataclass(frozen=True, slots=True)
class DiagnosticEvent:
    """A message of the program, a provider or the engine."""

    severity: Severity
    message: str
    urn: str = ""
    ephemeral: bool = False


@dataclass(frozen=True, slots=True)
class SummaryEvent:
    """A run ended."""

    is_preview: bool
    duration_seconds: float
    resource_changes: dict[str, int]
    """Op -> how many resources; a replace counts once, as `replace`."""
    result: Literal["succeeded", "failed", "canceled"]


Event = PreludeEvent | ResourcePreEvent | ResOutputsEvent | ResOpFailedEvent | DiagnosticEvent | SummaryEvent
Listener = Callable[[Event], None]
"""Called on the engine's threads, one event at a time; must return quickly and never raise."""
