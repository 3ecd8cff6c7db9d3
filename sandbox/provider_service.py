# ruff: noqa: ARG002, N802 - the protocol's signatures; the protocol's names
"""What the providers of the sandbox share: the parts of Pulumi's ResourceProvider service that are alike in all.

https://pulumi-developer-docs.readthedocs.io/latest/docs/architecture/providers/
A servicer is called in process by the engine and over gRPC by the CLI; it fails by `context.abort` in both.
"""

import functools
import threading
from collections.abc import Callable, Mapping
from typing import Any, Concatenate, ParamSpec, TypeVar

import grpc
from google.protobuf.empty_pb2 import Empty
from google.protobuf.struct_pb2 import Struct
from pulumi.runtime.proto import plugin_pb2
from pulumi.runtime.proto import provider_pb2 as pb
from pulumi.runtime.proto.provider_pb2_grpc import ResourceProviderServicer

from sandbox.engine.model.values import from_struct, to_struct, unwrap

Properties = dict[str, Any]
P = ParamSpec("P")
S = TypeVar("S", bound="ProviderService")
R = TypeVar("R")


class RefusedError(Exception):
    """A provider's own refusal, with the text that its user is to read."""


def answers(*refusals: type[Exception]) -> Callable[[Callable[Concatenate[S, Any, Any, P], R]], Callable[..., R]]:
    """Let a method answer these exceptions as a provider does: status UNKNOWN with their text."""

    def decorate(method: Callable[Concatenate[S, Any, Any, P], R]) -> Callable[..., R]:
        @functools.wraps(method)
        def answer(self: S, request: Any, context: grpc.ServicerContext, *args: P.args, **kwargs: P.kwargs) -> R:
            try:
                return method(self, request, context, *args, **kwargs)
            except (RefusedError, *refusals) as error:
                context.abort(grpc.StatusCode.UNKNOWN, str(error))
                raise AssertionError("abort returned") from error

        return answer

    return decorate


def plain(struct: Struct) -> Properties:
    """Property values without secrets' and outputs' wrappings and without nulls."""
    return {key: value for key, value in unwrap(from_struct(struct)).items() if value is not None}


def wire(values: Mapping[str, Any]) -> Struct:
    """Property values for an answer; what is None is left out."""
    return to_struct({key: value for key, value in values.items() if value is not None})


def type_of(urn: str) -> str:
    """The type token in a URN, without its parents' types."""
    return urn.split("::")[2].rpartition("$")[2]


def name_of(urn: str) -> str:
    """The logical name in a URN, which may itself hold `::`."""
    return urn.split("::", 3)[3]


class ProviderService(ResourceProviderServicer):
    """The common part: greeting, attaching, provider configuration, cancelling."""

    version = ""
    accept_secrets = False
    autonaming = False

    def __init__(self) -> None:
        self._interrupt = threading.Event()

    def Handshake(self, request: Any, context: Any) -> Any:
        """Say what values this provider takes."""
        return pb.ProviderHandshakeResponse(
            accept_secrets=self.accept_secrets,
            accept_outputs=False,
            supports_autonaming_configuration=self.autonaming,
        )

    def GetPluginInfo(self, request: Any, context: Any) -> Any:
        """Say the version that this provider stands for."""
        return plugin_pb2.PluginInfo(version=self.version)

    def Attach(self, request: Any, context: Any) -> Any:
        """The engine says where it listens; these providers never call it."""
        return Empty()

    def CheckConfig(self, request: Any, context: Any) -> Any:
        """Take any configuration as it is, as the real providers do."""
        return pb.CheckResponse(inputs=request.news)

    def DiffConfig(self, request: Any, context: Any) -> Any:
        """Leave it to the engine to compare configurations."""
        return pb.DiffResponse()

    def Cancel(self, request: Any, context: Any) -> Any:
        """Interrupt the operations that wait now; they answer with an error.

        Later ones wait again: the CLI sends this at the end of each phase of a run, and a provider that it attached to
        serves the next phase and the next run.
        """
        interrupted, self._interrupt = self._interrupt, threading.Event()
        interrupted.set()
        return Empty()

    def wait(self, seconds: float) -> None:
        """Wait; raises RefusedError when the engine cancels meanwhile."""
        if self._interrupt.wait(seconds):
            raise RefusedError("context canceled")

    def configured(self) -> Any:
        """The answer to Configure: previews are answered, values come without their wrappings."""
        return pb.ConfigureResponse(
            supportsPreview=True,
            acceptSecrets=self.accept_secrets,
            acceptResources=False,
            acceptOutputs=False,
            supports_autonaming_configuration=self.autonaming,
        )
