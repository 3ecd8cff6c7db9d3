"""What a step needs of a provider, in the engine's own values. Clients, built-ins and the registry are providers."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from sandbox.engine.model.diffs import Diff
from sandbox.engine.model.errors import ProviderError
from sandbox.engine.model.state import ResourceState
from sandbox.engine.model.values import PropertyMap

Fault = tuple[str, str]
"""A property (or empty) and what is wrong with it."""


@dataclass(frozen=True, slots=True)
class Checked:
    """A provider's answer to Check: the inputs to go on with, or what is wrong with them."""

    inputs: PropertyMap
    faults: tuple[Fault, ...] = ()


@dataclass(frozen=True, slots=True)
class Existing:
    """A resource as state has it."""

    urn: str
    id: str
    inputs: PropertyMap
    outputs: PropertyMap

    @classmethod
    def of(cls, state: ResourceState, urn: str = "") -> "Existing":
        """What a state says; `urn`: its present URN, where the state has a former one."""
        return cls(urn or state.urn, state.id, state.inputs, state.outputs)


@dataclass(frozen=True, slots=True)
class Live:
    """A resource as its provider sees it. An empty id: there is none (or a preview cannot know it)."""

    id: str
    outputs: PropertyMap
    inputs: PropertyMap | None = None
    refresh_before_update: bool = False


class Provider(Protocol):
    """A configured provider. Every method raises ProviderError; timeouts are seconds, 0 is the provider's own."""

    def check(self, urn: str, old: PropertyMap | None, new: PropertyMap, seed: bytes) -> Checked:
        """Complete and judge inputs; `old`: the inputs of before, whose made-up names are to be kept."""
        ...

    def diff(self, old: Existing, new: PropertyMap, ignore_changes: Sequence[str]) -> Diff:
        """Tell what new inputs would change."""
        ...

    def create(self, urn: str, inputs: PropertyMap, *, timeout: float, preview: bool) -> Live:
        """Make a resource."""
        ...

    def read(self, urn: str, id_: str, inputs: PropertyMap | None, state: PropertyMap, *, timeout: float) -> Live:
        """Look at a resource; `inputs` and `state`: what is known of it."""
        ...

    def update(
        self, old: Existing, new: PropertyMap, ignore_changes: Sequence[str], *, timeout: float, preview: bool
    ) -> Live:
        """Change a resource in place."""
        ...

    def delete(self, old: Existing, *, timeout: float) -> None:
        """Delete a resource; one that is gone is deleted."""
        ...

    def invoke(self, token: str, args: PropertyMap, *, preview: bool) -> Checked:
        """Call a function; `inputs` of the answer is what it returns."""
        ...


class ConfigurableProvider(Provider, Protocol):
    """A provider before and after its configuration is known."""

    def check_config(self, urn: str, old: PropertyMap, new: PropertyMap) -> Checked:
        """Complete and judge the configuration."""
        ...

    def diff_config(self, old: Existing, new: PropertyMap) -> Diff:
        """Tell whether another configuration can manage what this one made."""
        ...

    def configure(self, urn: str, id_: str, inputs: PropertyMap) -> None:
        """Take the configuration."""
        ...

    def cancel(self) -> None:
        """Abort what is under way, if the provider can."""
        ...


class DiffUnavailableError(ProviderError):
    """A preview cannot ask this provider: its own configuration is not known yet."""
