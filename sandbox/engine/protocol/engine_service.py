# ruff: noqa: ARG002, N802 - the protocol's signatures and names
"""The Engine service of the protocol: messages of the program and its root resource; and both services over gRPC."""

import threading
from collections.abc import Callable
from typing import Any, Final, cast

import grpc
from google.protobuf.empty_pb2 import Empty
from pulumi.runtime.proto import engine_pb2 as pb
from pulumi.runtime.proto.engine_pb2_grpc import add_EngineServicer_to_server
from pulumi.runtime.proto.resource_pb2_grpc import add_ResourceMonitorServicer_to_server

from sandbox.engine.execution.reporting import Reporter
from sandbox.engine.model.events import Severity
from sandbox.engine.program.workers import DaemonPool
from sandbox.engine.protocol.monitor import Monitor
from sandbox.engine.providers.rpc import OPTIONS, RpcError, error_code

_SEVERITIES: Final[dict[int, Severity]] = {
    pb.DEBUG: "debug",
    pb.INFO: "info",
    pb.WARNING: "warning",
    pb.ERROR: "error",
}
_MONITOR_CALLS: Final = (
    "GetDeploymentInfo",
    "SupportsFeature",
    "Invoke",
    "Call",
    "ReadResource",
    "ExistsResource",
    "RegisterResource",
    "RegisterResourceOutputs",
    "RegisterStackTransform",
    "RegisterStackInvokeTransform",
    "RegisterResourceHook",
    "RegisterErrorHook",
    "RegisterPackage",
    "SignalAndWaitForShutdown",
)
_ENGINE_CALLS: Final = ("Log", "GetRootResource", "SetRootResource", "StartDebugging", "RequirePulumiVersion")
_SPARE_WORKERS: Final = 8


class EngineService:
    """The engine as the program sees it; methods take a request and return a response."""

    def __init__(self, reporter: Reporter) -> None:
        self._reporter = reporter
        self._root = ""
        self.logged_error = threading.Event()
        """The program has said itself what is wrong."""

    def Log(self, request: pb.LogRequest) -> Empty:
        """A message of the program."""
        severity = _SEVERITIES.get(request.severity, "info")
        if severity == "error":
            self.logged_error.set()
        self._reporter.message(severity, request.message, request.urn, ephemeral=request.ephemeral)
        return Empty()

    def GetRootResource(self, request: pb.GetRootResourceRequest) -> pb.GetRootResourceResponse:
        """The URN that was set, or none."""
        return pb.GetRootResourceResponse(urn=self._root)

    def SetRootResource(self, request: pb.SetRootResourceRequest) -> pb.SetRootResourceResponse:
        """Older programs say so what their stack resource is."""
        self._root = request.urn
        return pb.SetRootResourceResponse()

    def StartDebugging(self, request: pb.StartDebuggingRequest) -> Empty:
        """The program waits for a debugger, and says how to attach one."""
        self._reporter.message("info", request.message)
        return Empty()

    def RequirePulumiVersion(self, request: pb.RequirePulumiVersionRequest) -> pb.RequirePulumiVersionResponse:
        """This engine has no version of the CLI's: a program that insists on one is told to use the CLI."""
        raise RpcError(
            grpc.StatusCode.FAILED_PRECONDITION,
            f"the program requires Pulumi {request.pulumi_version_range}; this is not the Pulumi CLI",
        )


class Server:
    """Monitor and engine on a port of 127.0.0.1, until `close`."""

    def __init__(self, monitor: Monitor, engine: EngineService, parallel: int) -> None:
        # The program's SDK has 4 threads a parallel step for its calls; one more waits for the end of the run.
        self._pool = DaemonPool(4 * max(1, parallel) + _SPARE_WORKERS, "monitor")
        self._server = grpc.server(cast("Any", self._pool), options=OPTIONS)
        add_ResourceMonitorServicer_to_server(_Served(monitor, _MONITOR_CALLS), self._server)  # pyright: ignore[reportArgumentType]
        add_EngineServicer_to_server(_Served(engine, _ENGINE_CALLS), self._server)  # pyright: ignore[reportArgumentType]
        port = self._server.add_insecure_port("127.0.0.1:0")
        self._server.start()
        self.address = f"127.0.0.1:{port}"

    def close(self) -> None:
        """Stop listening; calls under way get UNAVAILABLE."""
        self._server.stop(grace=0)
        self._pool.shutdown(wait=False)


class _Served:
    """A plain object as a gRPC servicer: its errors become statuses."""

    def __init__(self, target: object, calls: tuple[str, ...]) -> None:
        for name in calls:
            setattr(self, name, _handler(getattr(target, name)))


def _handler(method: Callable[[Any], Any]) -> Callable[[Any, grpc.ServicerContext], Any]:
    def handle(request: Any, context: grpc.ServicerContext) -> Any:
        try:
            return method(request)
        except grpc.RpcError as error:
            context.abort(error_code(error), error.details() if isinstance(error, RpcError) else str(error))

    return handle
