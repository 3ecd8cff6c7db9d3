"""gRPC as this engine needs it: limits, calls in process that fail as a server's would, and what failures carry."""

from collections.abc import Callable, Sequence
from typing import Any, Final, NoReturn, cast

import grpc
from google.protobuf.message import DecodeError
from pulumi.runtime.proto import errors_pb2, provider_pb2, status_pb2

from sandbox.engine.model.errors import PartialResource, ProviderError
from sandbox.engine.model.values import from_struct

MAX_MESSAGE_BYTES: Final = 400 * 1024 * 1024
"""As in Pulumi's own SDKs (pulumi/runtime/_grpc_settings.py)."""
OPTIONS: Final = (
    ("grpc.max_receive_message_length", MAX_MESSAGE_BYTES),
    ("grpc.max_send_message_length", MAX_MESSAGE_BYTES),
    # A request may wait long for a worker when the program asks faster than providers answer.
    ("grpc.server_max_unrequested_time_in_server", 30 * 60),
)
_DETAILS_KEY: Final = "grpc-status-details-bin"


class RpcError(grpc.RpcError):
    """A failed call, made in process or seen from the side that answers; same surface as a client's error."""

    def __init__(self, code: grpc.StatusCode, details: str, trailing: Sequence[tuple[str, Any]] = ()) -> None:
        super().__init__(f"{code.name}: {details}")
        self._code = code
        self._details = details
        self._trailing = tuple(trailing)

    def code(self) -> grpc.StatusCode:
        """The status."""
        return self._code

    def details(self) -> str:
        """The message."""
        return self._details

    def trailing_metadata(self) -> Any:
        """Pairs of a key and a value, as a client's error has them."""
        return self._trailing


class InProcessContext:
    """The part of grpc.ServicerContext that a provider uses, for a call without a server."""

    def __init__(self) -> None:
        self._code: grpc.StatusCode | None = None
        self._details = ""
        self._trailing: tuple[tuple[str, Any], ...] = ()

    def abort(self, code: grpc.StatusCode, details: str) -> NoReturn:
        """End the call with a status."""
        raise RpcError(code, details, self._trailing)

    def abort_with_status(self, status: Any) -> NoReturn:
        """End the call with a status that has details."""
        raise RpcError(status.code, status.details, status.trailing_metadata or ())

    def set_code(self, code: grpc.StatusCode) -> None:
        """The status that the call will end with."""
        self._code = code

    def set_details(self, details: str) -> None:
        """The message that goes with it."""
        self._details = details

    def set_trailing_metadata(self, trailing_metadata: Sequence[tuple[str, Any]]) -> None:
        """What is sent at the end of the call."""
        self._trailing = tuple(trailing_metadata)

    def invocation_metadata(self) -> tuple[()]:
        """Nothing came with the call."""
        return ()

    def is_active(self) -> bool:
        """The caller is always there."""
        return True

    def time_remaining(self) -> float | None:
        """The caller waits for ever."""
        return None

    def add_callback(self, callback: Callable[[], None]) -> bool:  # noqa: ARG002 - the protocol's signature
        """Nobody can end the call from outside."""
        return False

    def check(self, cause: BaseException | None = None) -> None:
        """Raise the error that was set without abort(), if any."""
        if self._code is not None and self._code is not grpc.StatusCode.OK:
            raise RpcError(self._code, self._details, self._trailing) from cause


def call_in_process(method: Callable[[Any, Any], Any], request: Any) -> Any:
    """Call a servicer's method as a server would; every failure is a grpc.RpcError."""
    context = InProcessContext()
    try:
        response = method(request, context)
    except grpc.RpcError:
        raise
    except Exception as error:
        context.check(error)
        raise RpcError(grpc.StatusCode.UNKNOWN, f"Exception calling application: {error}") from error
    context.check()
    return response


def error_code(error: grpc.RpcError) -> grpc.StatusCode:
    """The status of a failed call; grpc.RpcError itself declares none."""
    return cast("RpcError", error).code()


def provider_error(error: grpc.RpcError) -> ProviderError:
    """A provider's failure with the details that Pulumi packs into the trailing metadata."""
    failed = cast("RpcError", error)
    message = failed.details() or ""
    partial: PartialResource | None = None
    for detail in _details(failed):
        init_failed = provider_pb2.ErrorResourceInitFailed()
        cause = errors_pb2.ErrorCause()
        inputs = errors_pb2.InputPropertiesError()
        if detail.Unpack(init_failed):
            partial = PartialResource(
                init_failed.id,
                from_struct(init_failed.properties),
                from_struct(init_failed.inputs) if init_failed.HasField("inputs") else None,
                list(init_failed.reasons),
                init_failed.refresh_before_update,
            )
            message = "\n".join(init_failed.reasons) or message or "resource init failed"
        elif detail.Unpack(cause) and cause.message and cause.message not in message:
            message = f"{message}: {cause.message}"
        elif detail.Unpack(inputs):
            message += "".join(f"\n- property {fault.property_path}: {fault.reason}" for fault in inputs.errors)
    return ProviderError(message, failed.code().name, partial)


def _details(error: RpcError) -> Sequence[Any]:
    for key, value in error.trailing_metadata() or ():
        if key == _DETAILS_KEY:
            status = status_pb2.Status()
            try:
                status.ParseFromString(value)
            except DecodeError:
                return ()
            return status.details
    return ()


def init_failed(failure: provider_pb2.ErrorResourceInitFailed) -> tuple[tuple[str, bytes], ...]:
    """Trailing metadata that says a resource exists but failed to initialize; for providers written in Python."""
    status = status_pb2.Status(code=int(grpc.StatusCode.UNKNOWN.value[0]), message="resource init failed")
    status.details.add().Pack(failure)
    return ((_DETAILS_KEY, status.SerializeToString()),)
