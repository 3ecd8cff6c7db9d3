# ruff: noqa: ARG002 - the signatures of the protocol
"""The providers of a run: loaded, configured and found by the references that resources hold.

A provider is a resource too (`pulumi:providers:<package>`): this registry is the provider of providers. A reference is
`<urn>::<id>`; a provider whose id no preview can know has the unknown string as its id.
"""

import threading
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Final

from sandbox.engine.model.diffs import Diff, same
from sandbox.engine.model.errors import EngineError, ProviderError
from sandbox.engine.model.state import ResourceState
from sandbox.engine.model.urn import Urn, package_of
from sandbox.engine.model.values import UNKNOWN_STRING, PropertyMap
from sandbox.engine.providers.provider_client import Endpoint, ProviderClient
from sandbox.engine.providers.provider_protocol import Checked, ConfigurableProvider, Existing, Live, Provider

INTERNAL: Final = "__internal"
"""The engine's own inputs of a provider resource; providers never see them."""
VERSION: Final = "version"
BUILTIN_PACKAGE: Final = "pulumi"


def reference(urn: str, id_: str) -> str:
    """The provider reference that resources record."""
    return f"{urn}::{id_}"


def _without_internal(inputs: PropertyMap) -> PropertyMap:
    return {key: value for key, value in inputs.items() if key != INTERNAL}


class Providers:
    """The registry; safe for use by several threads. As a Provider it serves `pulumi:providers:*` resources."""

    def __init__(
        self,
        endpoints: Mapping[str, Endpoint],
        builtin: ConfigurableProvider,
        find: Callable[[str], ResourceState | None],
    ) -> None:
        """find: the state of an old provider resource by its reference, to load it from."""
        self._endpoints = endpoints
        self._builtin = builtin
        self._find = find
        self._lock = threading.RLock()
        self._loaded: dict[str, ConfigurableProvider] = {}
        self._checked: dict[str, ConfigurableProvider] = {}
        self._aliases: dict[str, str] = {}

    def get(self, ref: str) -> Provider | None:
        """The configured provider of a reference, if it is loaded."""
        with self._lock:
            return self._loaded.get(ref)

    def require(self, ref: str) -> Provider:
        """The provider of a reference, loaded from old state if need be. Raises EngineError."""
        with self._lock:
            loaded = self._loaded.get(ref)
            if loaded is not None:
                return loaded
            old = self._find(ref)
            if old is None:
                raise EngineError(f"no such provider: {ref}")
            return self.load(old)

    def load(self, state: ResourceState) -> Provider:
        """The provider of a provider resource's state, configured by its inputs."""
        with self._lock:
            ref = reference(state.urn, state.id)
            if ref not in self._loaded:
                self._configure(self._checked.pop(state.urn, None) or self._connect(state.urn), state)
            return self._loaded[ref]

    def rename(self, new: str, old: str) -> None:
        """A provider resource is known under a new URN; old references go on to find it."""
        with self._lock:
            self._aliases[new] = old

    def compare(self, ref: str, old: ResourceState, new: ResourceState) -> Diff:
        """What the provider of `ref` says of a change of its configuration."""
        with self._lock:
            provider = self._loaded.get(ref)
        if provider is None:
            raise EngineError(f"no such provider: {ref}")
        before = Existing(new.urn, old.id, _without_internal(old.inputs), old.outputs)
        return provider.diff_config(before, _without_internal(new.inputs))

    def cancel(self) -> None:
        """Ask every provider to abort what it is doing."""
        with self._lock:
            loaded = list({id(provider): provider for provider in self._loaded.values()}.values())
        for provider in loaded:
            provider.cancel()

    def _connect(self, urn: str) -> ConfigurableProvider:
        package = package_of(Urn.parse(urn).type)
        if package == BUILTIN_PACKAGE:
            return self._builtin
        endpoint = self._endpoints.get(package)
        if endpoint is None:
            have = ", ".join(sorted(self._endpoints)) or "none"
            raise EngineError(
                f"no provider for package {package!r} is attached (attached: {have}); "
                f"give the engine one, or take the resources of this package out of the program"
            )
        return ProviderClient(package, endpoint)

    def _configure(self, provider: ConfigurableProvider, state: ResourceState) -> None:
        provider.configure(state.urn, state.id, _without_internal(state.inputs))
        self._loaded[reference(state.urn, state.id)] = provider
        if state.urn in self._aliases:
            self._loaded[reference(self._aliases[state.urn], state.id)] = provider

    # The registry as the provider of provider resources.

    def check(self, urn: str, old: PropertyMap | None, new: PropertyMap, seed: bytes) -> Checked:
        """Judge a configuration; what is checked here is configured by the create, update or same that follows."""
        provider = self._connect(urn)
        checked = provider.check_config(urn, _without_internal(old or {}), _without_internal(new))
        if checked.faults:
            return checked
        with self._lock:
            self._checked[urn] = provider
        inputs = dict(checked.inputs)
        if VERSION in new:
            if VERSION in inputs and not same(inputs[VERSION], new[VERSION]):
                raise ProviderError(f"the provider changed its version from {new[VERSION]} to {inputs[VERSION]}")
            inputs[VERSION] = new[VERSION]
        if INTERNAL in new:
            inputs[INTERNAL] = new[INTERNAL]
        return Checked(inputs)

    def diff(self, old: Existing, new: PropertyMap, ignore_changes: Sequence[str]) -> Diff:
        """A change of configuration; the engine compares where the provider cannot."""
        with self._lock:
            ref = reference(old.urn, old.id)
            provider = self._checked.get(old.urn) or self._loaded.get(ref) or self._connect(old.urn)
        news = _without_internal(new)
        diff = provider.diff_config(replace(old, inputs=_without_internal(old.inputs)), news)
        if diff.changes == "unknown":
            return Diff("none" if same(old.outputs, news) else "some")
        return diff

    def create(self, urn: str, inputs: PropertyMap, *, timeout: float, preview: bool) -> Live:
        """Configure a new provider."""
        return self._store(urn, UNKNOWN_STRING if preview else str(uuid.uuid4()), inputs)

    def update(
        self, old: Existing, new: PropertyMap, ignore_changes: Sequence[str], *, timeout: float, preview: bool
    ) -> Live:
        """Configure a provider anew; its id stays, so that nothing that it manages changes."""
        return self._store(old.urn, old.id, new)

    def _store(self, urn: str, id_: str, inputs: PropertyMap) -> Live:
        with self._lock:
            provider = self._checked.pop(urn, None) or self._connect(urn)
            self._configure(provider, ResourceState(urn, Urn.parse(urn).type, custom=True, id=id_, inputs=inputs))
        return Live(id_, _without_internal(inputs))

    def read(self, urn: str, id_: str, inputs: PropertyMap | None, state: PropertyMap, *, timeout: float) -> Live:
        """A provider resource is nowhere but in the state."""
        raise ProviderError("provider resources may not be read")

    def delete(self, old: Existing, *, timeout: float) -> None:
        """A provider resource exists only in state: nothing to delete."""

    def invoke(self, token: str, args: PropertyMap, *, preview: bool) -> Checked:
        """The registry has no functions."""
        raise ProviderError("the provider registry has no functions")
