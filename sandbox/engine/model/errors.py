"""What can go wrong while a program is deployed. What can go wrong with kept state is in `state_errors`.

These classes carry what a person must read; they import neither Pulumi nor gRPC, so that every command can catch them.
"""

from dataclasses import dataclass, field

from sandbox.engine.model.urn import Urn
from sandbox.engine.model.values import PropertyMap


def _no_reasons() -> list[str]:
    return []


@dataclass(slots=True)
class PartialResource:
    """A resource that exists although its creation or update failed (ErrorResourceInitFailed of the protocol)."""

    id: str
    outputs: PropertyMap
    inputs: PropertyMap | None
    reasons: list[str] = field(default_factory=_no_reasons)
    refresh_before_update: bool = False


class EngineError(Exception):
    """A deployment cannot go on, or one of its steps failed."""


class ProviderError(EngineError):
    """A provider refused or failed; str() is its own message."""

    def __init__(self, message: str, code: str = "UNKNOWN", partial: PartialResource | None = None) -> None:
        self.code = code
        """gRPC status name, such as INVALID_ARGUMENT."""
        self.partial = partial
        super().__init__(message)


class PlanError(EngineError):
    """What the program asks for is not possible; every fault found, each a message of its own."""

    def __init__(self, urn: str, *faults: str) -> None:
        self.urn = urn
        self.faults = faults
        super().__init__("\n".join(faults))


class HookError(EngineError):
    """A resource hook of the program failed."""


class ProtectedError(EngineError):
    """A delete step met a protected resource: reported, but other deletes go on, as in the CLI."""


class StepFailedError(EngineError):
    """A step of this run failed; its message has been reported already."""


class StoppedError(EngineError):
    """The run takes no further work: it failed elsewhere, or was canceled."""


class ProgramError(EngineError):
    """The program cannot be started, ended before it was done, or makes no progress."""


def describe(urn: str) -> str:
    """`type (name)` of a URN, as errors name a resource; other text as it is."""
    try:
        parsed = Urn.parse(urn)
    except ValueError:
        return urn
    return f"{parsed.type} ({parsed.name})"
