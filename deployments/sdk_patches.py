"""Two patches that make the Pulumi SDK fast on azure-native, for the SDK versions they were written against.

They stand beside the deployments, not in a component and not in the engine: they change how this program registers
its resources, never what it registers, and a program under the Pulumi CLI needs them as much as one under the sandbox.
`apply` must run before the first resource; it changes nothing (and says so) when the SDK is not one it knows.

1. azure-native gives every resource 25 to 60 aliases, one for each API version. The SDK turns each into a chain of
   outputs that only a monitor without alias specifications ever reads, and awaits each again to send it.
2. While it waits for outputs at the end, the SDK subscribes again to all of them each time one is done: quadratic.

A preview of 503 resources under the CLI goes from 29.8 s to 5.6 s with both.
COMPLIANCEFLOW_SDK_PATCHES=off leaves the SDK as it is; tests/deployments hold that the registrations are the same.
"""

import asyncio
import inspect
import os
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from importlib.metadata import version as installed_version
from typing import Any, cast

import pulumi
from pulumi.runtime import resource as runtime_resource
from pulumi.runtime import settings as runtime_settings
from pulumi.runtime import stack as runtime_stack
from pulumi.runtime.proto import alias_pb2, resource_pb2

SWITCH = "COMPLIANCEFLOW_SDK_PATCHES"
KNOWN_VERSIONS = frozenset({"3.272.0"})

_NOT_SAID: Any = ...  # how the SDK marks a part of an alias that was not given
_UNREAD_ALIAS = "an alias that is sent as a specification has no URN here"
_PrepareAliases = Callable[[Any, Any, bool], Awaitable[list[alias_pb2.Alias]]]
_sdk: Any = runtime_settings.SETTINGS
_stock: dict[str, Any] = {}  # the SDK's own functions, by name, while ours stand in their place


def _is_plain(alias: Any) -> bool:
    """Whether an alias says only an earlier name or type, as those of azure-native do."""
    return (
        isinstance(alias, pulumi.Alias)
        and alias.stack is _NOT_SAID
        and alias.project is _NOT_SAID
        and alias.parent is _NOT_SAID
        and isinstance(alias.type_, str)
        and (alias.name is _NOT_SAID or isinstance(alias.name, str))
    )


def _alias_that_nobody_reads(alias: Any, defaultName: str, defaultType: str, defaultParent: Any) -> Any:  # noqa: N803
    """What a resource keeps for each alias: read only where the monitor takes no specifications."""
    specs = runtime_settings.monitor_supports_feature(resource_pb2.RESOURCE_MONITOR_FEATURE_ALIAS_SPECS)
    if specs and _is_plain(alias):
        return _UNREAD_ALIAS
    return _stock["collapse_alias_to_urn"](alias, defaultName, defaultType, defaultParent)


async def _aliases_without_tasks(
    resource: Any, resource_options: Any, supports_alias_specs: Any
) -> list[alias_pb2.Alias]:
    """The aliases as they go over the wire, without a task for each."""
    aliases = getattr(resource_options, "aliases", None)
    if not supports_alias_specs or not aliases or not all(_is_plain(alias) for alias in aliases):
        return await cast("_PrepareAliases", _stock["prepare_aliases"])(
            resource, resource_options, supports_alias_specs
        )
    return [
        alias_pb2.Alias(
            # the empty parent says "the present one", as the SDK writes it
            spec=alias_pb2.Alias.Spec(
                name="" if alias.name is _NOT_SAID else alias.name, type=alias.type_, parentUrn=""
            )
        )
        for alias in aliases
    ]


async def _wait_until_quiet(await_all_outstanding_tasks: bool = True) -> None:  # noqa: FBT001, FBT002
    """Wait until no call and no output is under way; raise what the first failed one raised."""
    manager = runtime_settings._get_rpc_manager()  # noqa: SLF001 # pyright: ignore[reportPrivateUsage]
    while True:
        while manager.rpcs:
            await asyncio.sleep(0)
            try:
                await manager.rpcs.pop()
            except Exception as error:
                first = manager.unhandled_exception
                if first is None or first is error:
                    raise
                raise error from first.with_traceback(manager.exception_traceback)
        if manager.unhandled_exception is not None:
            raise manager.unhandled_exception.with_traceback(manager.exception_traceback)
        while await_all_outstanding_tasks and (pending := _taken_outputs()):
            # The time limit lets a new output that failed be seen while old ones wait for a slow resource. It grows
            # with their number, so that subscribing to them stays a small part of the wait.
            limit = max(1.0, len(pending) / 2_000)
            done, waiting = await asyncio.wait(pending, timeout=limit, return_when=asyncio.FIRST_EXCEPTION)
            for task in done:
                await task
            with _sdk.lock:
                _sdk.outputs.update(waiting)
        if not manager.rpcs:
            return


def _taken_outputs() -> list[asyncio.Task[Any]]:
    """The outputs under way, taken from the SDK's set so that those made meanwhile are told apart."""
    with _sdk.lock:
        taken = list(_sdk.outputs)
        _sdk.outputs.clear()
    return taken


@dataclass(frozen=True, kw_only=True)
class _Patch:
    """A private function of the SDK, the parameters that it must have, and what takes its place."""

    module: Any
    name: str
    parameters: tuple[str, ...]
    replacement: Callable[..., Any]


_PATCHES = (
    _Patch(
        module=pulumi.resource,
        name="collapse_alias_to_urn",
        parameters=("alias", "defaultName", "defaultType", "defaultParent"),
        replacement=_alias_that_nobody_reads,
    ),
    _Patch(
        module=runtime_resource,
        name="prepare_aliases",
        parameters=("resource", "resource_options", "supports_alias_specs"),
        replacement=_aliases_without_tasks,
    ),
    _Patch(
        module=runtime_stack,
        name="wait_for_rpcs",
        parameters=("await_all_outstanding_tasks",),
        replacement=_wait_until_quiet,
    ),
)
_USED: tuple[tuple[Any, str], ...] = (
    (runtime_settings, "monitor_supports_feature"),
    (runtime_settings, "_get_rpc_manager"),
    (runtime_settings, "SETTINGS"),
    (resource_pb2, "RESOURCE_MONITOR_FEATURE_ALIAS_SPECS"),
)


def apply() -> bool:
    """Put the patches in place; True when they are. Says why not by a warning, unless switched off by SWITCH."""
    if os.environ.get(SWITCH) == "off":
        return False
    if _stock:
        return True
    obstacle = _obstacle()
    if obstacle:
        pulumi.log.warn(
            f"the Pulumi SDK stays as it is, and slow: {obstacle}. "
            "Look at the new SDK and take its version into deployments/sdk_patches.py."
        )
        return False
    for patch in _PATCHES:
        _stock[patch.name] = getattr(patch.module, patch.name)
        setattr(patch.module, patch.name, patch.replacement)
    return True


def remove() -> None:
    """Give the SDK its own functions back, so that both ways can be compared in one process."""
    for patch in _PATCHES:
        if patch.name in _stock:
            setattr(patch.module, patch.name, _stock.pop(patch.name))


def _obstacle() -> str | None:
    """Why the patches do not fit the SDK that is installed; None when they do."""
    version = installed_version("pulumi")
    if version not in KNOWN_VERSIONS:
        return f"its version {version} is not one of {', '.join(sorted(KNOWN_VERSIONS))}"
    for module, name in _USED:
        if not hasattr(module, name):
            return f"{module.__name__}.{name} is gone"
    for patch in _PATCHES:
        found = getattr(patch.module, patch.name, None)
        if found is None or tuple(inspect.signature(found).parameters) != patch.parameters:
            return f"{patch.module.__name__}.{patch.name} is not the function it was"
    return None
