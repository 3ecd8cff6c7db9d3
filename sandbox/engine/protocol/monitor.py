# ruff: noqa: ARG002, N802 - the protocol's signatures and names
"""The resource monitor: what the program calls. Methods take a request and return a response, or raise grpc.RpcError.

Pulumi's own SDK takes this very object as its monitor; `server` serves it over gRPC. Protocol:
https://pulumi-developer-docs.readthedocs.io/latest/docs/architecture/deployment-execution/resource-registration.html
"""

import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Final, NoReturn

import grpc
from google.protobuf.empty_pb2 import Empty
from pulumi.runtime.proto import resource_pb2 as pb
from pulumi.runtime.proto.callback_pb2 import Callback
from pulumi.runtime.proto.provider_pb2 import CheckFailure

from sandbox.engine.execution.deployment import Deployment
from sandbox.engine.execution.executor import Executor, internal_error
from sandbox.engine.execution.runner import Runner
from sandbox.engine.model.errors import EngineError, HookError, PlanError, StoppedError
from sandbox.engine.model.goals import Registered
from sandbox.engine.model.urn import make_urn
from sandbox.engine.model.values import UNKNOWN_STRING, PropertyMap, from_struct, has_unknowns, to_struct
from sandbox.engine.protocol.registrations import Registrations
from sandbox.engine.protocol.tracking import Tracker
from sandbox.engine.protocol.transforms import Transforms
from sandbox.engine.providers.provider_protocol import Fault
from sandbox.engine.providers.rpc import RpcError
from sandbox.engine.storage.state_errors import StateError

FEATURES: Final = {
    "secrets": pb.RESOURCE_MONITOR_FEATURE_SECRETS,
    "resourceReferences": pb.RESOURCE_MONITOR_FEATURE_RESOURCE_REFERENCES,
    "outputValues": pb.RESOURCE_MONITOR_FEATURE_OUTPUT_VALUES,
    "aliasSpecs": pb.RESOURCE_MONITOR_FEATURE_ALIAS_SPECS,
    "replacementTrigger": pb.RESOURCE_MONITOR_FEATURE_REPLACEMENT_TRIGGER,
    "deletedWith": pb.RESOURCE_MONITOR_FEATURE_DELETED_WITH,
    "replaceWith": pb.RESOURCE_MONITOR_FEATURE_REPLACE_WITH,
    "transforms": pb.RESOURCE_MONITOR_FEATURE_TRANSFORMS,
    "invokeTransforms": pb.RESOURCE_MONITOR_FEATURE_INVOKE_TRANSFORMS,
    "resourceHooks": pb.RESOURCE_MONITOR_FEATURE_RESOURCE_HOOKS,
    "errorHooks": pb.RESOURCE_MONITOR_FEATURE_ERROR_HOOKS,
    "invokeDependsOn": pb.RESOURCE_MONITOR_FEATURE_INVOKE_DEPENDS_ON,
    "invokeParent": pb.RESOURCE_MONITOR_FEATURE_INVOKE_PARENT,
}
"""What this monitor can do, by the names of SupportsFeature; the last two have only numbers in the protocol."""
_NAMELESS: Final = frozenset({"invokeDependsOn", "invokeParent"})


class Monitor:
    """The monitor of one run."""

    def __init__(
        self,
        deployment: Deployment,
        executor: Executor,
        runner: Runner,
        registrations: Registrations,
        transforms: Transforms,
        *,
        finish: Callable[[], None],
    ) -> None:
        """finish: called when the program has registered all; returns when the run is over."""
        self._run = deployment
        self._executor = executor
        self._runner = runner
        self._registrations = registrations
        self._transforms = transforms
        self._finish = finish
        self._tracker = Tracker()
        self._lock = threading.Lock()
        self._in_flight = 0
        self.served = 0
        """Calls begun so far: a sign of progress."""

    @property
    def in_flight(self) -> int:
        """Calls under way, but for the one that waits for the end of the run."""
        return self._in_flight

    @contextmanager
    def _call(self) -> Generator[None]:
        with self._lock:
            self._in_flight += 1
            self.served += 1
        try:
            yield
        except StoppedError as error:
            self._executor.drain()
            raise RpcError(grpc.StatusCode.UNAVAILABLE, "the deployment has stopped") from error
        except (EngineError, StateError) as error:
            raise RpcError(grpc.StatusCode.UNKNOWN, str(error)) from error
        except grpc.RpcError:
            raise
        except Exception as error:
            self._run.reporter.message("error", f"internal error of the engine:\n{internal_error(error)}")
            self._executor.stop("failed")
            self._executor.drain()
            raise RpcError(grpc.StatusCode.UNAVAILABLE, "the deployment has stopped") from error
        finally:
            with self._lock:
                self._in_flight -= 1

    def GetDeploymentInfo(self, request: Empty) -> pb.DeploymentInfo:
        """What the run is, and what this monitor can do."""
        options = self._run.options
        return pb.DeploymentInfo(
            project=self._run.project,
            stack=self._run.stack,
            organization=options.organization,
            config=dict(options.config),
            configSecretKeys=sorted(options.secret_keys),
            dryRun=self._run.preview,
            parallel=options.parallel,
            supportedFeatures=list(FEATURES.values()),
        )

    def SupportsFeature(self, request: pb.SupportsFeatureRequest) -> pb.SupportsFeatureResponse:
        """The same by name, for older programs."""
        return pb.SupportsFeatureResponse(hasSupport=request.id in FEATURES and request.id not in _NAMELESS)

    def RegisterResource(self, request: pb.RegisterResourceRequest) -> pb.RegisterResourceResponse:
        """Bring a resource to what the program says of it; returns when that is done."""
        with self._call(), self._tracker.registering(request.parent):
            self._refuse_unbuilt(request)
            try:
                goal = self._registrations.goal(request)
            except (PlanError, HookError) as error:
                # Not possible, and nothing that the program could go on from.
                urn = make_urn(self._run.stack, self._run.project, request.parent, request.type, request.name)
                self._runner.refuse(urn, error)
                raise StoppedError from error
            registered = self._runner.register(goal)
            state = registered.state
            self._registrations.registered(state.urn, request, goal)
            made = state.id not in ("", UNKNOWN_STRING)
            self._tracker.registered(state.urn, request.parent, custom=request.custom, made=made)
            if registered.result != "success" and not request.supportsResultReporting:
                raise RpcError(grpc.StatusCode.INTERNAL, "resource registration failed")
            # What was skipped is a success that nothing is known of.
            skipped = registered.result == "skipped"
            return pb.RegisterResourceResponse(
                urn=state.urn,
                id=state.id,
                object=to_struct(
                    self._visible(registered, request),
                    secrets=request.acceptSecrets,
                    resources=request.acceptResources,
                ),
                result=pb.FAIL if registered.result == "failed" else pb.SUCCESS,
                unknown=registered.unknown or skipped,
            )

    def _visible(self, registered: Registered, request: pb.RegisterResourceRequest) -> PropertyMap:
        """The outputs that the program gets. A component's are the program's own: old ones would be stale."""
        if not request.custom:
            return {}
        outputs = registered.state.outputs
        if request.supportsPartialValues:
            return outputs
        return {key: value for key, value in outputs.items() if not has_unknowns(value)}

    def _refuse_unbuilt(self, request: pb.RegisterResourceRequest) -> None:
        if request.remote:
            _unimplemented(f"{request.type} is a component of a provider (Construct)")
        if request.packageRef:
            _unimplemented(f"{request.type} is of a parameterized package")
        if request.state_migrations:
            _unimplemented(f"{request.name} has state migrations")

    def RegisterResourceOutputs(self, request: pb.RegisterResourceOutputsRequest) -> Empty:
        """The outputs of a component, or of the stack."""
        with self._call():
            self._runner.complete(request.urn, from_struct(request.outputs))
            return Empty()

    def ReadResource(self, request: pb.ReadResourceRequest) -> pb.ReadResourceResponse:
        """Look at a resource that exists."""
        with self._call():
            registered = self._runner.read(self._registrations.read_goal(request))
            state = registered.state
            self._tracker.registered(state.urn, request.parent, custom=True, made=True)
            return pb.ReadResourceResponse(
                urn=state.urn,
                id="" if state.id == UNKNOWN_STRING else state.id,
                properties=to_struct(state.outputs, secrets=request.acceptSecrets, resources=request.acceptResources),
                result=pb.FAIL if registered.result == "failed" else pb.SUCCESS,
                unknown=registered.result == "skipped",
            )

    def ExistsResource(self, request: pb.ExistsResourceRequest) -> pb.ExistsResourceResponse:
        """Tell whether a resource exists."""
        with self._call():
            if request.id == UNKNOWN_STRING:
                return pb.ExistsResourceResponse(unknown=True)
            ref = self._registrations.provider(
                request.provider, request.type, request.parent, request.version, request.pluginDownloadURL
            )
            urn = make_urn(self._run.stack, self._run.project, request.parent, request.type, "exists")
            live = self._run.providers.require(ref).read(
                urn, request.id, None, from_struct(request.properties), timeout=0.0
            )
            return pb.ExistsResourceResponse(exists=bool(live.id))

    def Invoke(self, request: pb.ResourceInvokeRequest) -> pb.ResourceInvokeResponse:
        """Call a function of a provider."""
        with self._call():
            provider = request.provider or self._registrations.explicit_provider(request.tok, request.parent)
            args, options = self._transforms.invoke(
                request.tok,
                from_struct(request.args),
                pb.TransformInvokeOptions(
                    provider=provider, version=request.version, plugin_download_url=request.pluginDownloadURL
                ),
            )
            ref = self._registrations.provider(
                options.provider, request.tok, "", options.version, options.plugin_download_url
            )
            if request.dependsOn and not self._tracker.all_made(request.dependsOn):
                return pb.ResourceInvokeResponse(unknown=True)
            answer = self._run.providers.require(ref).invoke(request.tok, args, preview=self._run.preview)
            keep = request.acceptResources or request.tok == "pulumi:pulumi:getResource"
            response = pb.ResourceInvokeResponse(failures=[_failure(fault) for fault in answer.faults])
            getattr(response, "return").CopyFrom(to_struct(answer.inputs, resources=keep))
            return response

    def Call(self, request: pb.ResourceCallRequest) -> NoReturn:
        """Methods of provider components: not built."""
        _unimplemented(f"{request.tok} is a method of a provider's component (Call)")

    def RegisterPackage(self, request: pb.RegisterPackageRequest) -> NoReturn:
        """Parameterized packages: not built."""
        _unimplemented(f"{request.name} is a parameterized package")

    def RegisterStackTransform(self, request: Callback) -> Empty:
        """A transform of every resource."""
        self._transforms.add_for_stack(request)
        return Empty()

    def RegisterStackInvokeTransform(self, request: Callback) -> Empty:
        """A transform of every invoke."""
        self._transforms.add_for_invokes(request)
        return Empty()

    def RegisterResourceHook(self, request: pb.RegisterResourceHookRequest) -> Empty:
        """A hook that resources may name."""
        with self._call():
            self._run.hooks.register(request)
            return Empty()

    def RegisterErrorHook(self, request: pb.RegisterErrorHookRequest) -> Empty:
        """An error hook that resources may name."""
        with self._call():
            self._run.hooks.register_error_hook(request)
            return Empty()

    def SignalAndWaitForShutdown(self, request: Empty) -> Empty:
        """The program has registered all it has; it stays to serve callbacks until the run is over."""
        self._finish()
        return Empty()


def _unimplemented(what: str) -> NoReturn:
    raise RpcError(
        grpc.StatusCode.UNIMPLEMENTED, f"{what}, which this engine cannot do; deploy with the Pulumi CLI instead"
    )


def _failure(fault: Fault) -> CheckFailure:
    return CheckFailure(property=fault[0], reason=fault[1])
