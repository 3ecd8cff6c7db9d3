"""A cloud that knows what it may be asked, fails when told to, and complains of calls that a right engine never makes.

Two types: an `Auto` object has a name made up by Check where none is given; a `Named` one has the name that its program
gives, and a create of a second one of that name is refused. A change of `key`, `name` or `home` replaces; all else
updates. An object vanishes together with the one that it lives in (`home`). Values of `key`, `ref` and `home` may be
ids of other objects: what is referred to must not be deleted first.
"""

import threading
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal, Protocol

import grpc
from google.protobuf.empty_pb2 import Empty
from pulumi.runtime.proto import provider_pb2 as pb
from pulumi.runtime.proto.plugin_pb2 import PluginInfo
from pulumi.runtime.proto.provider_pb2_grpc import ResourceProviderServicer

from sandbox.engine.model.state import ResourceState
from sandbox.engine.model.urn import Urn
from sandbox.engine.model.values import UNKNOWN, PropertyMap, from_struct, to_struct, unwrap
from sandbox.engine.providers.rpc import init_failed
from tests.sandbox.engine.fuzz.programs import FIXTURES, TYPES

REFERRING = ("key", "ref", "home", "text")
REPLACING = ("key", "name", "home")

Operation = Literal["check", "diff", "create", "update", "delete", "read", "write"]
"""`write` counts creates, updates and deletes together."""
Mode = Literal["refused", "lost", "partial"]
"""refused: nothing happened. lost: it happened, and the reply was lost. partial: it happened, but is not healthy."""


@dataclass(frozen=True)
class Object:
    """An object that exists."""

    type: str
    name: str
    inputs: PropertyMap
    """As they came, with what is secret marked; a provider tells them so again."""
    serial: int

    @property
    def body(self) -> Mapping[str, Any]:
        return unwrap(self.inputs)

    def refers_to(self, id_: str) -> bool:
        return any(self.body.get(key) == id_ for key in REFERRING)


@dataclass(frozen=True)
class Live:
    """What exists, and what nobody can blame on the engine; copied for a kill, restored after it."""

    objects: dict[str, Object] = field(default_factory=dict)
    lost: frozenset[str] = frozenset()
    """Made, but the reply was lost: the engine was told that the create failed."""
    missing: frozenset[str] = frozenset()
    """Gone without the engine's knowing: deleted outside, or the reply to the delete was lost."""
    drifted: frozenset[str] = frozenset()
    """Not as the state has it."""
    deleted: frozenset[str] = frozenset()
    """Deleted, and the engine was told so."""

    def copy(self) -> "Live":
        return replace(self, objects=dict(self.objects))


class Knowledge(Protocol):
    """What the engine has durably said so far, for the cloud to judge its calls by."""

    def states(self) -> Iterable[ResourceState]: ...
    def pending(self, kind: str, urn: str) -> bool: ...
    def keeps(self, urn: str) -> bool: ...


class Cloud:
    """The objects and everything that went wrong with them."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        fixture = {"text": "t9", "key": "k9", "tags": {"a": 0}}
        self.live = Live({id_: Object(TYPES["auto"], id_[5:], fixture, 0) for id_ in FIXTURES})
        self.made = 0
        self.calls: list[tuple[Operation, str, str]] = []
        """(operation, resource name, id) of this run's calls that change something."""
        self.faults: dict[tuple[Operation, int], Mode] = {}
        """(operation, which call of it in this run) -> what becomes of that call."""
        self.served: Counter[Operation] = Counter()
        self.fired: list[Operation] = []
        self.conflicts: set[str] = set()
        self.complaints: list[str] = []

    def complain(self, text: str) -> None:
        """Note a call that no engine should make."""
        self.complaints.append(text)

    def change(self, **fields: frozenset[str]) -> None:
        self.live = replace(self.live, **fields)

    def locate(self, type_: str, inputs: Mapping[str, Any]) -> str | None:
        """The id of the object that has the name that inputs give."""
        with self.lock:
            wanted = (type_, inputs.get("name"))
            return next((id_ for id_, each in self.live.objects.items() if (each.type, each.name) == wanted), None)

    def remove(self, id_: str) -> list[str]:
        """Delete an object and what lives in it; the ids of the latter."""
        objects = self.live.objects
        objects.pop(id_, None)
        tenants = [each for each, there in objects.items() if there.body.get("home") == id_]
        for tenant in list(tenants):
            tenants += self.remove(tenant)
        return tenants


class FuzzProvider(ResourceProviderServicer):
    """The cloud's provider."""

    def __init__(
        self, cloud: Cloud, knowledge: Knowledge, *, accept_secrets: bool = True, supports_preview: bool = True
    ) -> None:
        self.cloud = cloud
        self.knowledge = knowledge
        self.accept_secrets = accept_secrets
        self.supports_preview = supports_preview
        self.before: Any = None
        """Called before each call that changes something: (operation, name)."""

    def Attach(self, request: Any, context: Any) -> Empty:
        return Empty()

    def GetPluginInfo(self, request: Any, context: Any) -> PluginInfo:
        return PluginInfo(version="1.0.0")

    def Cancel(self, request: Any, context: Any) -> Empty:
        return Empty()

    def CheckConfig(self, request: pb.CheckRequest, context: Any) -> pb.CheckResponse:
        return pb.CheckResponse(inputs=request.news)

    def DiffConfig(self, request: pb.DiffRequest, context: Any) -> pb.DiffResponse:
        found = differences(_plain(request.old_inputs), _plain(request.news))
        return _answer(found, replaces=("key",), delete_before_replace=False)

    def Configure(self, request: pb.ConfigureRequest, context: Any) -> pb.ConfigureResponse:
        return pb.ConfigureResponse(
            acceptSecrets=self.accept_secrets, acceptResources=True, supportsPreview=self.supports_preview
        )

    def Check(self, request: pb.CheckRequest, context: Any) -> pb.CheckResponse:
        inputs, old = from_struct(request.news), from_struct(request.olds)
        failures = []
        if self._fault("check"):
            failures = [pb.CheckFailure(property="text", reason="it was told to be invalid")]
        if "name" not in inputs:
            with self.cloud.lock:
                self.cloud.made += 1
                inputs["name"] = old.get("name") or f"{_name(request.urn)}-{self.cloud.made}"
        return pb.CheckResponse(inputs=to_struct(inputs), failures=failures)

    def Diff(self, request: pb.DiffRequest, context: Any) -> pb.DiffResponse:
        if self._fault("diff"):
            context.abort(grpc.StatusCode.INTERNAL, "diff was told to fail")
        news = _plain(request.news)
        if news.get("legacy"):
            return pb.DiffResponse(changes=pb.DiffResponse.DIFF_UNKNOWN)
        found = differences(_plain(request.old_inputs), news)
        return _answer(found, REPLACING, delete_before_replace=bool(news.get("dbr")))

    def Create(self, request: pb.CreateRequest, context: Any) -> pb.CreateResponse:
        inputs = from_struct(request.properties)
        if request.preview:
            return pb.CreateResponse(properties=to_struct({**inputs, "serial": UNKNOWN}))
        name = self._enter("create", request.urn, inputs)
        fault = self._fault("create")
        if fault == "lost" and request.urn.partition("Named::")[2]:
            # Made under a name that is given, it would refuse every further create.
            fault = "refused"
        if fault == "refused":
            context.abort(grpc.StatusCode.INTERNAL, f"create of {name} was told to fail")
        body = unwrap(inputs)
        type_ = Urn.parse(request.urn).type
        id_ = f"{type_.rpartition(':')[2].lower()}/{body['name']}"
        with self.cloud.lock:
            if id_ in self.cloud.live.objects:
                self.cloud.conflicts.add(id_)
                context.abort(grpc.StatusCode.ALREADY_EXISTS, f"{id_} exists already")
            if not self._knows_pending("creating", request.urn):
                self.cloud.complain(f"Create of {request.urn}, of which no pending operation tells")
            self.cloud.made += 1
            serial = self.cloud.made
            self.cloud.live.objects[id_] = Object(type_, body["name"], inputs, serial)
            live = self.cloud.live
            self.cloud.change(missing=live.missing - {id_}, deleted=live.deleted - {id_})
            self.cloud.calls.append(("create", name, id_))
            if fault == "lost":
                self.cloud.change(lost=self.cloud.live.lost | {id_})
        if fault == "lost":
            context.abort(grpc.StatusCode.UNAVAILABLE, f"create of {name} was told to fail after it was made")
        outputs = to_struct({**inputs, "serial": serial})
        if fault == "partial":
            _fail_partly(context, id_, outputs, request.properties)
        return pb.CreateResponse(id=id_, properties=outputs)

    def Update(self, request: pb.UpdateRequest, context: Any) -> pb.UpdateResponse:
        inputs, old = from_struct(request.news), from_struct(request.old_inputs)
        serial = from_struct(request.olds).get("serial")
        if request.preview:
            return pb.UpdateResponse(properties=to_struct({**inputs, "serial": serial}))
        name = self._enter("update", request.urn, inputs)
        fault = self._fault("update")
        if fault == "refused":
            context.abort(grpc.StatusCode.INTERNAL, f"update of {name} was told to fail")
        with self.cloud.lock:
            there = self.cloud.live.objects.get(request.id)
            if there is None:
                context.abort(grpc.StatusCode.NOT_FOUND, f"there is no {request.id} any more")
            if not self._knows_pending("updating", request.urn):
                self.cloud.complain(f"Update of {request.urn}, of which no pending operation tells")
            state = self._state(request.id)
            if state is None:
                self.cloud.complain(f"Update of {request.id}, which is not in the state")
            elif not state.init_errors and not differences(unwrap(old), unwrap(inputs)):
                self.cloud.complain(f"Update of {request.urn} without a change")
            self.cloud.live.objects[request.id] = replace(there, inputs=inputs)
            self.cloud.change(drifted=self.cloud.live.drifted - {request.id})
            self.cloud.calls.append(("update", name, request.id))
            if fault in ("lost", "partial"):
                self.cloud.change(drifted=self.cloud.live.drifted | {request.id})
        if fault == "lost":
            context.abort(grpc.StatusCode.UNAVAILABLE, f"update of {name} was told to fail after it was done")
        outputs = to_struct({**inputs, "serial": there.serial})
        if fault == "partial":
            _fail_partly(context, request.id, outputs, request.news)
        return pb.UpdateResponse(properties=outputs)

    def Delete(self, request: pb.DeleteRequest, context: Any) -> Empty:
        name = self._enter("delete", request.urn, {})
        fault = self._fault("delete")
        if fault == "refused":
            context.abort(grpc.StatusCode.INTERNAL, f"delete of {name} was told to fail")
        with self.cloud.lock:
            self._judge_delete(request.urn, request.id)
            tenants = self.cloud.remove(request.id)
            self.cloud.calls.append(("delete", name, request.id))
            live = self.cloud.live
            self.cloud.change(lost=live.lost - {request.id}, missing=live.missing | set(tenants))
            if fault == "lost":
                self.cloud.change(missing=self.cloud.live.missing | {request.id})
            else:
                live = self.cloud.live
                self.cloud.change(missing=live.missing - {request.id}, deleted=live.deleted | {request.id})
        if fault == "lost":
            context.abort(grpc.StatusCode.UNAVAILABLE, f"delete of {name} was told to fail after it was done")
        return Empty()

    def Read(self, request: pb.ReadRequest, context: Any) -> pb.ReadResponse:
        if self._fault("read"):
            context.abort(grpc.StatusCode.INTERNAL, f"read of {_name(request.urn)} was told to fail")
        with self.cloud.lock:
            there = self.cloud.live.objects.get(request.id)
        if there is None:
            return pb.ReadResponse()
        outputs = to_struct({**there.inputs, "serial": there.serial}, secrets=self.accept_secrets)
        # What is only read was made from no inputs that anybody here could know.
        known = request.id not in FIXTURES
        inputs = to_struct(there.inputs, secrets=self.accept_secrets) if known else request.inputs
        return pb.ReadResponse(id=request.id, inputs=inputs, properties=outputs)

    def _enter(self, operation: Operation, urn: str, inputs: PropertyMap) -> str:
        name = _name(urn)
        if UNKNOWN in unwrap(inputs).values():
            self.cloud.complain(f"{operation} of {urn} with a value that is not known")
        if self.before is not None:
            self.before(operation, name)
        return name

    def _fault(self, operation: Operation) -> Mode | None:
        with self.cloud.lock:
            found: Mode | None = None
            counted: tuple[Operation, ...] = ("write",) if operation in ("create", "update", "delete") else ()
            for each in (operation, *counted):
                found = self.cloud.faults.get((each, self.cloud.served[each])) or found
                self.cloud.served[each] += 1
            if found == "partial" and operation == "delete":
                found = "refused"
            if found:
                self.cloud.fired.append(operation)
            return found

    def _state(self, id_: str) -> ResourceState | None:
        return next((state for state in self.knowledge.states() if state.id == id_), None)

    def _knows_pending(self, kind: str, urn: str) -> bool:
        return self.knowledge.pending(kind, urn)

    def _judge_delete(self, urn: str, id_: str) -> None:
        """Complain of a delete of what is not the engine's to delete, or that comes too early or a second time."""
        cloud = self.cloud
        states = [state for state in self.knowledge.states() if state.id == id_]
        if id_ in FIXTURES:
            cloud.complain(f"Delete of {id_}, which the stack only reads")
        if id_ in cloud.live.deleted:
            cloud.complain(f"second Delete of {id_} ({urn})")
        if any(state.retain_on_delete or state.external for state in states):
            cloud.complain(f"Delete of {id_} ({urn}), which is to be retained")
        if self.knowledge.keeps(urn) and not all(state.delete for state in states):
            # Deleted before it is replaced: whoever refers to it is brought up to date later, or goes before it.
            for state in self.knowledge.states():
                if _goes_before(state, urn):
                    cloud.complain(f"Delete of {id_} ({urn}) before {state.urn}, which has to be replaced with it")
            return
        held = {state.id: state for state in self.knowledge.states() if not state.pending_replacement}
        for other, there in cloud.live.objects.items():
            if other == id_ or other not in held or not there.refers_to(id_) or there.body.get("home") == id_:
                continue
            state = held[other]
            if not state.external and not {"key", "ref", "text"} & set(state.ignore_changes):
                cloud.complain(f"Delete of {id_} ({urn}), to which {other} still refers")


def _goes_before(state: ResourceState, urn: str) -> bool:
    """True if a resource has to be deleted before the one of this URN is, for it must be replaced when that changes."""
    if state.delete or state.pending_replacement or state.external or "legacy" in state.inputs:
        return False
    tied = {key for key, urns in state.property_dependencies.items() if urn in urns}
    return not tied.isdisjoint((*REPLACING, *state.replace_on_changes))


def differences(old: Mapping[str, Any], new: Mapping[str, Any], prefix: str = "") -> dict[str, str]:
    """Path -> add, delete or update."""
    found: dict[str, str] = {}
    for key in sorted(old.keys() | new.keys()):
        path = f"{prefix}{key}"
        if key not in new:
            found[path] = "delete"
        elif key not in old:
            found[path] = "add"
        elif isinstance(old[key], dict) and isinstance(new[key], dict):
            found |= differences(old[key], new[key], f"{path}.")
        elif old[key] != new[key]:
            found[path] = "update"
    return found


def _plain(struct: Any) -> PropertyMap:
    return unwrap(from_struct(struct))


def _name(urn: str) -> str:
    return urn.rpartition("::")[2]


def _fail_partly(context: Any, id_: str, outputs: Any, inputs: Any) -> None:
    reasons = ["it was told to fail in part"]
    failure = pb.ErrorResourceInitFailed(id=id_, properties=outputs, reasons=reasons, inputs=inputs)
    context.set_trailing_metadata(init_failed(failure))
    context.abort(grpc.StatusCode.UNKNOWN, "it was told to fail in part")


_KINDS = {"add": pb.PropertyDiff.ADD, "delete": pb.PropertyDiff.DELETE, "update": pb.PropertyDiff.UPDATE}
_REPLACES = {
    "add": pb.PropertyDiff.ADD_REPLACE,
    "delete": pb.PropertyDiff.DELETE_REPLACE,
    "update": pb.PropertyDiff.UPDATE_REPLACE,
}


def _answer(found: Mapping[str, str], replaces: Iterable[str], *, delete_before_replace: bool) -> pb.DiffResponse:
    replacing = [path for path in found if path in replaces]
    return pb.DiffResponse(
        changes=pb.DiffResponse.DIFF_SOME if found else pb.DiffResponse.DIFF_NONE,
        replaces=replacing,
        diffs=sorted({path.partition(".")[0] for path in found}),
        detailedDiff={
            path: pb.PropertyDiff(kind=(_REPLACES if path in replacing else _KINDS)[kind], inputDiff=True)
            for path, kind in found.items()
        },
        hasDetailedDiff=True,
        deleteBeforeReplace=delete_before_replace,
    )
