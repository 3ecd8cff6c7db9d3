"""What the history of a stack says of one run, in the form of the CLI's file backend."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Kind = Literal["update", "refresh", "destroy", "import", "resource-import"]
Result = Literal["in-progress", "succeeded", "failed"]


def _no_counts() -> dict[str, int]:
    return {}


def _no_strings() -> dict[str, str]:
    return {}


@dataclass(slots=True)
class Outcome:
    """One history entry. `kind` "" leaves no entry (no run: a repair of state, an import of it)."""

    kind: Kind | Literal[""] = ""
    result: Result = "failed"
    message: str = ""
    changes: Mapping[str, int] = field(default_factory=_no_counts)
    """Op (create, same, ...) -> how many."""
    config: Mapping[str, str] = field(default_factory=_no_strings)
    """Full key -> value."""
    secret_keys: frozenset[str] = frozenset()
    """Those of `config` to be written encrypted."""
