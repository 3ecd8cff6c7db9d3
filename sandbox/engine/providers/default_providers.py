"""Default providers: the ones that resources get when the program names none, one per package and version."""

import json
import re
import threading
from collections.abc import Callable, Mapping

from sandbox.engine.model.errors import EngineError
from sandbox.engine.model.goals import Goal, Registered
from sandbox.engine.model.urn import PROVIDER_PREFIX
from sandbox.engine.model.values import PropertyMap, Secret
from sandbox.engine.providers.registry import BUILTIN_PACKAGE, INTERNAL, VERSION, reference

_VERSION_PART = re.compile(r"[0-9A-Za-z]+")


class DefaultProviders:
    """Registers each default provider once, as a resource of the stack."""

    def __init__(
        self, register: Callable[[Goal], Registered], config: Mapping[str, str], secret_keys: frozenset[str]
    ) -> None:
        self._register = register
        self._config = config
        self._secret_keys = secret_keys
        self._lock = threading.Lock()
        self._references: dict[tuple[str, str, str], str] = {}

    def reference(self, package: str, version: str, url: str = "") -> str:
        """The reference of the default provider; registers it first if need be."""
        key = (package, version, url)
        with self._lock:
            if key not in self._references:
                self._refuse_if_disabled(package)
                state = self._register(self._goal(package, version, url)).state
                self._references[key] = reference(state.urn, state.id)
            return self._references[key]

    def _goal(self, package: str, version: str, url: str) -> Goal:
        inputs = package_config(package, self._config, self._secret_keys)
        internal: PropertyMap = {}
        if version:
            inputs[VERSION] = version
        if url:
            internal["pluginDownloadURL"] = url
        if version or url:
            inputs[INTERNAL] = internal
        name = "_".join(["default", *_VERSION_PART.findall(version), *([re.sub(r"\W+", "_", url)] if url else [])])
        return Goal(PROVIDER_PREFIX + package, name, True, inputs)

    def _refuse_if_disabled(self, package: str) -> None:
        disabled = self._config.get("pulumi:disable-default-providers", "")
        if package != BUILTIN_PACKAGE and disabled and {"*", package} & set(json.loads(disabled)):
            raise EngineError(
                f"default providers for {package!r} are disabled (config pulumi:disable-default-providers); "
                f"give the resource an explicit provider"
            )


def is_default_name(name: str) -> bool:
    """True for the names that default providers get."""
    return name == "default" or name.startswith("default_")


def package_config(package: str, config: Mapping[str, str], secret_keys: frozenset[str]) -> PropertyMap:
    """The configuration of one package: `azure-native:location` is `location` of azure-native."""
    values: PropertyMap = {}
    for key, value in config.items():
        namespace, _, name = key.partition(":")
        if namespace == package:
            values[name.removeprefix("config:")] = Secret(value) if key in secret_keys else value
    return values
