"""Transforms: functions of the program that may change what it registers, or what it invokes.

https://www.pulumi.com/docs/iac/concepts/options/transforms/. A resource's own run first, then its parents', then the
stack's.
"""

import threading
from collections.abc import Iterable

from pulumi.runtime.proto.callback_pb2 import Callback
from pulumi.runtime.proto.resource_pb2 import (
    TransformInvokeOptions,
    TransformInvokeRequest,
    TransformInvokeResponse,
    TransformRequest,
    TransformResourceOptions,
    TransformResponse,
)

from sandbox.engine.model.values import Output, PropertyMap, Secret, contains, from_struct, to_struct
from sandbox.engine.protocol.callbacks import Callbacks


class Transforms:
    """The transforms of one run."""

    def __init__(self, callbacks: Callbacks) -> None:
        self._callbacks = callbacks
        self._lock = threading.Lock()
        self._stack: list[Callback] = []
        self._invokes: list[Callback] = []
        self._own: dict[str, tuple[Callback, ...]] = {}
        self._parents: dict[str, str] = {}

    def add_for_stack(self, callback: Callback) -> None:
        """A transform of every resource."""
        with self._lock:
            self._stack.append(callback)

    def add_for_invokes(self, callback: Callback) -> None:
        """A transform of every invoke."""
        with self._lock:
            self._invokes.append(callback)

    def remember(self, urn: str, parent: str, own: Iterable[Callback]) -> None:
        """A registered resource's transforms are its children's too."""
        with self._lock:
            self._parents[urn] = parent
            self._own[urn] = tuple(own)

    def of(self, parent: str, own: Iterable[Callback]) -> list[Callback]:
        """What applies to a resource, in order."""
        with self._lock:
            found = list(own)
            while parent:
                found.extend(self._own.get(parent, ()))
                parent = self._parents.get(parent, "")
            return [*found, *self._stack]

    def resource(
        self,
        callbacks: Iterable[Callback],
        request: TransformRequest,
        inputs: PropertyMap,
    ) -> tuple[PropertyMap, TransformResourceOptions]:
        """Inputs and options after each of the transforms. Raises HookError if one raised."""
        for callback in callbacks:
            request.properties.CopyFrom(to_struct(inputs))
            answer = self._callbacks.call(callback, request, TransformResponse())
            if answer.HasField("properties"):
                inputs = from_struct(answer.properties)
            if answer.HasField("options"):
                request.options.CopyFrom(answer.options)
        return inputs, request.options

    def invoke(
        self, token: str, args: PropertyMap, options: TransformInvokeOptions
    ) -> tuple[PropertyMap, TransformInvokeOptions]:
        """Arguments and options of an invoke after each of the transforms. Raises HookError if one raised."""
        with self._lock:
            callbacks = list(self._invokes)
        for callback in callbacks:
            request = TransformInvokeRequest(token=token, args=to_struct(args), options=options)
            answer = self._callbacks.call(callback, request, TransformInvokeResponse())
            if answer.HasField("args"):
                args = from_struct(answer.args)
            if answer.HasField("options"):
                options = answer.options
        return args, options


def with_dependencies(inputs: PropertyMap, dependencies: dict[str, list[str]]) -> PropertyMap:
    """`inputs` as outputs that carry what each of them depends on, for a transform to pass on."""
    return {
        key: value if not (urns := dependencies.get(key)) or isinstance(value, Output) else _output(value, urns)
        for key, value in inputs.items()
    }


def _output(value: object, urns: list[str]) -> Output:
    if isinstance(value, Secret):
        return Output(value.value, True, tuple(urns))
    return Output(value, False, tuple(urns))


def output_dependencies(value: object) -> list[str]:
    """The URNs that the outputs inside a value depend on."""
    found: dict[str, None] = {}

    def visit(node: object) -> bool:
        if isinstance(node, Output):
            found.update(dict.fromkeys(node.dependencies))
        return False

    contains(value, visit)
    return list(found)
