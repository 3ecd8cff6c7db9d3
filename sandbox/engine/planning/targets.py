"""Which resources a constrained run (--target, --replace) is about."""

import re
from collections.abc import Iterable

from sandbox.engine.model.graph import dependency_urns
from sandbox.engine.model.state import ResourceState


class Targets:
    """URNs and patterns: `*` stands for any text without a colon, `**` for any text. None: everything."""

    def __init__(self, patterns: Iterable[str], *, dependents: bool = False) -> None:
        self.patterns = tuple(patterns)
        self._dependents = dependents
        self._literals = {pattern for pattern in self.patterns if "*" not in pattern}
        self._globs = [_compile(pattern) for pattern in self.patterns if "*" in pattern]

    @property
    def constrained(self) -> bool:
        """True if not every resource is meant."""
        return bool(self.patterns)

    @property
    def dependents(self) -> bool:
        """True if dependents of targets are targets too."""
        return self._dependents

    @property
    def literals(self) -> tuple[str, ...]:
        """The plain URNs that were asked for."""
        return tuple(pattern for pattern in self.patterns if "*" not in pattern)

    def names(self, urn: str) -> bool:
        """True if the URN is asked for (or has been added as a dependent)."""
        return urn in self._literals or any(glob.fullmatch(urn) for glob in self._globs)

    def include(self, state: ResourceState) -> bool:
        """True if the run is about this resource."""
        if not self.constrained or self.names(state.urn):
            return True
        return self._dependents and any(self.names(urn) for urn in dependency_urns(state))

    def add(self, urn: str) -> None:
        """What needs this resource is meant as well, if dependents are."""
        if self.constrained:
            self._literals.add(urn)


def _compile(pattern: str) -> re.Pattern[str]:
    parts = (re.escape(part) for part in re.split(r"(\*\*?)", pattern))
    return re.compile("".join({r"\*\*": ".*", r"\*": "[^:]*"}.get(part, part) for part in parts))
