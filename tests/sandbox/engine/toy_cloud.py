"""A small cloud with a provider for it, for tests of the engine: what it does is said by the inputs of its resources.

Any property may be set; these mean something:
  key     a change replaces the resource;  dbr  the replacement needs the old one deleted first
  name    made up from the random seed where it is not given; two live objects of one name conflict
  fail    "create", "update", "delete", "read" or "diff": that call fails
  sick    the object is made, or updated, but its initialization fails with these reasons
  legacy  Diff answers DIFF_UNKNOWN, so that the engine has to compare
Outputs are the inputs, `serial` (how often an object was made for this resource) and `upper` (of `text`).
"""

import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import grpc
from google.protobuf.empty_pb2 import Empty
from pulumi.runtime.proto import provider_pb2 as pb
from pulumi.runtime.proto.plugin_pb2 import PluginInfo
from pulumi.runtime.proto.provider_pb2_grpc import ResourceProviderServicer

from sandbox.engine.model.diffs import differences
from sandbox.engine.model.property_paths import render_path
from sandbox.engine.model.values import UNKNOWN, PropertyMap, from_struct, to_struct, unwrap
from sandbox.engine.providers.rpc import init_failed

Body = dict[str, Any]


@dataclass
class ToyObject:
    """An object that exists."""

    type: str
    body: Body


@dataclass
class ToyCloud:
    """The objects, shared by all providers of this cloud, and a log of the calls that changed them."""

    objects: dict[str, ToyObject] = field(default_factory=dict)
    calls: list[tuple[str, str]] = field(default_factory=list)
    """(operation, resource name)"""
    made: Counter[str] = field(default_factory=Counter)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def names(self) -> list[str]:
        return sorted(str(each.body.get("name")) for each in self.objects.values())

    def did(self, operation: str) -> list[str]:
        return [name for done, name in self.calls if done == operation]


class ToyProvider(ResourceProviderServicer):
    """The provider. `before` runs before each call and may raise, wait, or abort through the context."""

    def __init__(
        self,
        cloud: ToyCloud,
        *,
        accept_secrets: bool = True,
        supports_preview: bool = True,
        latency: float = 0.0,
        before: Callable[[str, str, grpc.ServicerContext], None] | None = None,
    ) -> None:
        self.cloud = cloud
        self.configured: list[Body] = []
        self.seen: list[tuple[str, Any]] = []
        self.canceled = threading.Event()
        self._accept_secrets = accept_secrets
        self._supports_preview = supports_preview
        self._latency = latency
        self._before = before

    def _enter(self, operation: str, urn: str, context: Any) -> str:
        name = urn.rpartition("::")[2]
        if self._before is not None:
            self._before(operation, name, context)
        return name

    def Handshake(self, request: Any, context: Any) -> pb.ProviderHandshakeResponse:
        return pb.ProviderHandshakeResponse(
            accept_secrets=self._accept_secrets, accept_resources=True, accept_outputs=False
        )

    def Attach(self, request: Any, context: Any) -> Empty:
        return Empty()

    def GetPluginInfo(self, request: Any, context: Any) -> PluginInfo:
        return PluginInfo(version="1.0.0")

    def Cancel(self, request: Any, context: Any) -> Empty:
        self.canceled.set()
        return Empty()

    def CheckConfig(self, request: pb.CheckRequest, context: Any) -> pb.CheckResponse:
        inputs = from_struct(request.news)
        if inputs.get("bad"):
            return pb.CheckResponse(failures=[pb.CheckFailure(property="bad", reason="is bad")])
        return pb.CheckResponse(inputs=request.news)

    def DiffConfig(self, request: pb.DiffRequest, context: Any) -> pb.DiffResponse:
        found = _differences(request)
        replaces = [path for path in found if path == "account"]
        return _answer(found, replaces)

    def Configure(self, request: pb.ConfigureRequest, context: Any) -> pb.ConfigureResponse:
        self.configured.append(from_struct(request.args))
        return pb.ConfigureResponse(
            acceptSecrets=self._accept_secrets, acceptResources=True, supportsPreview=self._supports_preview
        )

    def Check(self, request: pb.CheckRequest, context: Any) -> pb.CheckResponse:
        name = self._enter("check", request.urn, context)
        inputs, old = from_struct(request.news), from_struct(request.olds)
        self.seen.append(("check", inputs))
        failures = [
            pb.CheckFailure(property=key, reason=f"{value!r} is invalid")
            for key, value in inputs.items()
            if key.startswith("invalid")
        ]
        if "name" not in inputs:
            inputs["name"] = old.get("name") or f"{name}-{request.randomSeed.hex()[:6]}"
        return pb.CheckResponse(inputs=to_struct(inputs), failures=failures)

    def Diff(self, request: pb.DiffRequest, context: Any) -> pb.DiffResponse:
        self._enter("diff", request.urn, context)
        news = from_struct(request.news)
        if unwrap(news).get("fail") == "diff":
            context.abort(grpc.StatusCode.INTERNAL, "diff was told to fail")
        found = _differences(request)
        if unwrap(news).get("legacy"):
            return pb.DiffResponse(changes=pb.DiffResponse.DIFF_UNKNOWN)
        replaces = [path for path in found if path.partition(".")[0] in ("key", "name")]
        return _answer(found, replaces, delete_before_replace=bool(unwrap(news).get("dbr")))

    def Create(self, request: pb.CreateRequest, context: Any) -> pb.CreateResponse:
        name = self._enter("create", request.urn, context)
        inputs = from_struct(request.properties)
        if request.preview:
            return pb.CreateResponse(properties=to_struct({**inputs, "serial": UNKNOWN, "upper": UNKNOWN}))
        time.sleep(self._latency)
        body = unwrap(inputs)
        if body.get("fail") == "create":
            context.abort(grpc.StatusCode.INTERNAL, f"{name} was told to fail on create")
        with self.cloud.lock:
            id_ = f"{request.type}/{body.get('name')}"
            if id_ in self.cloud.objects:
                context.abort(grpc.StatusCode.ALREADY_EXISTS, f"there is a {body['name']!r} already")
            self.cloud.made[name] += 1
            serial = self.cloud.made[name]
            self.cloud.objects[id_] = ToyObject(request.type, {**body, "serial": serial})
            self.cloud.calls.append(("create", name))
        outputs = to_struct(self._outputs(inputs, serial))
        if body.get("sick"):
            failure = pb.ErrorResourceInitFailed(
                id=id_, properties=outputs, reasons=body["sick"], inputs=request.properties
            )
            context.set_trailing_metadata(init_failed(failure))
            context.abort(grpc.StatusCode.UNKNOWN, "initialization failed")
        return pb.CreateResponse(id=id_, properties=outputs)

    def _outputs(self, inputs: PropertyMap, serial: int) -> PropertyMap:
        text = unwrap(inputs).get("text")
        outputs = {**inputs, "serial": serial, "result": f"r{serial}"}
        if isinstance(text, str):
            outputs["upper"] = text.upper()
        return outputs

    def Update(self, request: pb.UpdateRequest, context: Any) -> pb.UpdateResponse:
        name = self._enter("update", request.urn, context)
        inputs = from_struct(request.news)
        if request.preview:
            return pb.UpdateResponse(properties=to_struct(inputs))
        time.sleep(self._latency)
        body = unwrap(inputs)
        if body.get("fail") == "update":
            context.abort(grpc.StatusCode.INTERNAL, f"{name} was told to fail on update")
        with self.cloud.lock:
            there = self.cloud.objects.get(request.id)
            if there is None:
                context.abort(grpc.StatusCode.NOT_FOUND, f"there is no {request.id}")
            serial = there.body["serial"]
            self.cloud.objects[request.id] = ToyObject(request.type, {**body, "serial": serial})
            self.cloud.calls.append(("update", name))
        outputs = to_struct(self._outputs(inputs, serial))
        if body.get("sick"):
            failure = pb.ErrorResourceInitFailed(id=request.id, properties=outputs, reasons=body["sick"])
            context.set_trailing_metadata(init_failed(failure))
            context.abort(grpc.StatusCode.UNKNOWN, "initialization failed")
        return pb.UpdateResponse(properties=outputs)

    def Delete(self, request: pb.DeleteRequest, context: Any) -> Empty:
        name = self._enter("delete", request.urn, context)
        time.sleep(self._latency)
        if unwrap(from_struct(request.old_inputs)).get("fail") == "delete":
            context.abort(grpc.StatusCode.INTERNAL, f"{name} was told to fail on delete")
        with self.cloud.lock:
            self.cloud.objects.pop(request.id, None)
            self.cloud.calls.append(("delete", name))
        return Empty()

    def Read(self, request: pb.ReadRequest, context: Any) -> pb.ReadResponse:
        name = self._enter("read", request.urn, context)
        with self.cloud.lock:
            there = self.cloud.objects.get(request.id)
            self.cloud.calls.append(("read", name))
        if there is None:
            return pb.ReadResponse()
        body = dict(there.body)
        if body.get("fail") == "read":
            context.abort(grpc.StatusCode.INTERNAL, f"{name} was told to fail on read")
        serial = body.pop("serial")
        return pb.ReadResponse(id=request.id, inputs=to_struct(body), properties=to_struct(self._outputs(body, serial)))

    def Invoke(self, request: pb.InvokeRequest, context: Any) -> pb.InvokeResponse:
        args = from_struct(request.args)
        self.seen.append(("invoke", args))
        if unwrap(args).get("fail"):
            context.abort(grpc.StatusCode.INVALID_ARGUMENT, "the function was told to fail")
        if unwrap(args).get("invalid"):
            return pb.InvokeResponse(failures=[pb.CheckFailure(property="invalid", reason="is invalid")])
        response = pb.InvokeResponse()
        getattr(response, "return").CopyFrom(to_struct({"echo": args, "objects": len(self.cloud.objects)}))
        return response


def _differences(request: pb.DiffRequest) -> dict[str, str]:
    old, new = unwrap(from_struct(request.old_inputs)), unwrap(from_struct(request.news))
    ignored = set(request.ignoreChanges)
    found = {render_path(path): kind for path, kind in differences(old, new)}
    return {path: kind for path, kind in found.items() if path not in ignored}


def _answer(found: dict[str, str], replaces: list[str], *, delete_before_replace: bool = False) -> pb.DiffResponse:
    kinds = {"add": pb.PropertyDiff.ADD, "delete": pb.PropertyDiff.DELETE, "update": pb.PropertyDiff.UPDATE}
    replacing = {
        "add": pb.PropertyDiff.ADD_REPLACE,
        "delete": pb.PropertyDiff.DELETE_REPLACE,
        "update": pb.PropertyDiff.UPDATE_REPLACE,
    }
    detailed = {
        path: pb.PropertyDiff(kind=(replacing if path in replaces else kinds)[kind], inputDiff=True)
        for path, kind in found.items()
    }
    return pb.DiffResponse(
        changes=pb.DiffResponse.DIFF_SOME if found else pb.DiffResponse.DIFF_NONE,
        replaces=replaces,
        diffs=sorted({path.partition(".")[0].partition("[")[0] for path in found}),
        detailedDiff=detailed,
        hasDetailedDiff=True,
        deleteBeforeReplace=delete_before_replace,
    )
