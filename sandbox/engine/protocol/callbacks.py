"""Functions of the program that the engine calls back: the protocol's Callbacks service, served by the program."""

import threading
from typing import TypeVar

import grpc
from google.protobuf.message import Message
from pulumi.runtime.proto.callback_pb2 import Callback, CallbackInvokeRequest
from pulumi.runtime.proto.callback_pb2_grpc import CallbacksStub

from sandbox.engine.model.errors import HookError
from sandbox.engine.providers.rpc import OPTIONS, RpcError, error_code

Answer = TypeVar("Answer", bound=Message)


class Callbacks:
    """Clients of the program's callback servers, one channel a server."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._channels: dict[str, grpc.Channel] = {}

    def call(self, callback: Callback, request: Message, answer: Answer) -> Answer:
        """Call a function of the program and fill `answer` with what it says. Raises HookError if it raised."""
        with self._lock:
            channel = self._channels.get(callback.target)
            if channel is None:
                channel = self._channels[callback.target] = grpc.insecure_channel(callback.target, options=OPTIONS)
        try:
            response = CallbacksStub(channel).Invoke(
                CallbackInvokeRequest(token=callback.token, request=request.SerializeToString())
            )
        except grpc.RpcError as error:
            if error_code(error) is grpc.StatusCode.UNAVAILABLE:
                raise HookError("the program ended before its callback could run") from error
            raise HookError(_without_token(error, callback.token)) from error
        answer.ParseFromString(response.response)
        return answer

    def close(self) -> None:
        """Close every channel."""
        with self._lock:
            for channel in self._channels.values():
                channel.close()
            self._channels.clear()


def _without_token(error: grpc.RpcError, token: str) -> str:
    details = error.details() if isinstance(error, RpcError) else getattr(error, "details", lambda: "")()
    return str(details).removeprefix(f"Invoke callback {token} error: ").rstrip("\n:")
