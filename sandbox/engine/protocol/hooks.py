"""Resource hooks: functions of the program that run before and after a step, or when it failed.

https://www.pulumi.com/docs/iac/concepts/options/hooks/. A failed before-hook fails the step; a failed after-hook fails
the run, but what was done stays recorded; an error hook may have the step tried again.
"""

import threading
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final, Literal, TypeVar

from google.protobuf.struct_pb2 import Struct
from pulumi.runtime.proto.resource_pb2 import (
    ErrorHookRequest,
    ErrorHookResponse,
    RegisterErrorHookRequest,
    RegisterResourceHookRequest,
    ResourceHookRequest,
    ResourceHookResponse,
)

from sandbox.engine.model.errors import EngineError, HookError, ProviderError
from sandbox.engine.model.state import ResourceState
from sandbox.engine.model.urn import Urn
from sandbox.engine.model.values import PropertyMap, to_struct
from sandbox.engine.protocol.callbacks import Callbacks

if TYPE_CHECKING:
    from pulumi.runtime.proto.callback_pb2 import Callback

HookType = Literal[
    "BeforeCreate", "AfterCreate", "BeforeUpdate", "AfterUpdate", "BeforeDelete", "AfterDelete", "OnError"
]
FIELDS: Final[dict[HookType, str]] = {
    "BeforeCreate": "before_create",
    "AfterCreate": "after_create",
    "BeforeUpdate": "before_update",
    "AfterUpdate": "after_update",
    "BeforeDelete": "before_delete",
    "AfterDelete": "after_delete",
    "OnError": "on_error",
}
"""Hook type as state names it -> field of ResourceHooksBinding."""
MAX_TRIES: Final = 100
"""How often an error hook may have a step tried, as in the CLI."""

T = TypeVar("T")
Warn = Callable[[str, str], None]
"""Called with a message and a URN."""


class Hooks:
    """The hooks of one run, by name; state records which of them a resource has."""

    def __init__(self, callbacks: Callbacks, warn: Warn, *, preview: bool) -> None:
        self._callbacks = callbacks
        self._preview = preview
        self._warn = warn
        self._lock = threading.Lock()
        self._hooks: dict[str, RegisterResourceHookRequest] = {}
        self._error_hooks: dict[str, Callback] = {}

    def register(self, request: RegisterResourceHookRequest) -> None:
        """Take a hook that the program offers. Raises HookError if its name is taken."""
        with self._lock:
            self._check_name(request.name)
            self._hooks[request.name] = request

    def register_error_hook(self, request: RegisterErrorHookRequest) -> None:
        """Take an error hook. Raises HookError if its name is taken."""
        with self._lock:
            self._check_name(request.name)
            self._error_hooks[request.name] = request.callback

    def _check_name(self, name: str) -> None:
        if not name:
            raise HookError("a resource hook needs a name")
        if name in self._hooks or name in self._error_hooks:
            raise HookError(f"a resource hook of the name {name!r} is registered already; give each hook its own name")

    def run(self, kind: HookType, *, new: ResourceState | None = None, old: ResourceState | None = None) -> None:
        """Run the hooks of one kind that a resource has. Raises HookError."""
        state = new or old
        names = state.resource_hooks.get(kind, ()) if state else ()
        if state is None or not names:
            return
        after = kind.startswith("After")
        for name in names:
            hook = self._hooks.get(name)
            if hook is None:
                raise HookError(
                    f"hook {name!r} is not registered by this program"
                    + ("; a resource with delete hooks can only be deleted by a program" if "Delete" in kind else "")
                )
            if self._preview and not hook.on_dry_run:
                continue
            request = ResourceHookRequest(urn=state.urn, id=state.id, name=Urn.parse(state.urn).name, type=state.type)
            _copy(request.new_inputs, new and new.inputs)
            _copy(request.old_inputs, old and old.inputs)
            if after:
                _copy(request.new_outputs, new and new.outputs)
            _copy(request.old_outputs, old and old.outputs)
            try:
                error = self._callbacks.call(hook.callback, request, ResourceHookResponse()).error
            except HookError as failure:
                error = str(failure)
            if not error:
                continue
            if hook.ignore_errors:
                self._warn(f"{kind} hook {name!r} failed: {error}", state.urn)
                continue
            raise HookError(f"{'after' if after else 'before'} hook {name!r} failed: {error}")

    def retrying(
        self,
        operation: Literal["create", "update", "delete"],
        attempt: Callable[[], T],
        *,
        new: ResourceState | None = None,
        old: ResourceState | None = None,
    ) -> T:
        """The result of `attempt`, made again as long as an error hook of the resource asks for it."""
        state = new or old
        names = state.resource_hooks.get("OnError", ()) if state else ()
        failures: list[str] = []
        while True:
            try:
                return attempt()
            except ProviderError as error:
                if state is None or not names:
                    raise
                failures.insert(0, str(error))
                if len(failures) >= MAX_TRIES:
                    raise ProviderError(f"{error}\n(tried {MAX_TRIES} times)", error.code, error.partial) from error
                request = ErrorHookRequest(
                    urn=state.urn,
                    id=state.id,
                    name=Urn.parse(state.urn).name,
                    type=state.type,
                    failed_operation=operation,
                    errors=failures,
                )
                _copy(request.new_inputs, new and new.inputs)
                _copy(request.old_inputs, old and old.inputs)
                _copy(request.old_outputs, old and old.outputs)
                if not self._wants_retry(names, request):
                    raise
                tries = f"{len(failures)}/{MAX_TRIES}"
                self._warn(f"retrying {operation} due to on-error hook request ({tries}): {error}", state.urn)

    def _wants_retry(self, names: Sequence[str], request: ErrorHookRequest) -> bool:
        retry = False
        for name in names:
            callback = self._error_hooks.get(name)
            if callback is None:
                # The CLI says only this, and with it loses what the provider said; that is kept here.
                raise EngineError(f"{request.errors[0]}\n(error hook {name!r} is not registered by this program)")
            answer = self._callbacks.call(callback, request, ErrorHookResponse())
            if answer.error:
                raise HookError(f"error hook {name!r} failed: {answer.error}")
            retry = retry or answer.retry
        return retry


def _copy(field: Struct, values: PropertyMap | None) -> None:
    if values is not None:
        field.CopyFrom(to_struct(values))
