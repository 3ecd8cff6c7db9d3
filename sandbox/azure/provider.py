# ruff: noqa: ARG002, N802 - the protocol's signatures; the protocol's names
"""The provider `azure-native` over the stand-in's Azure Resource Manager: Pulumi's ResourceProvider service.

Usable in process (`provider.Create(request, context)`) and over gRPC (`sandbox.serve`). What it does to inputs, how it
compares and what it answers is pulumi-azure-native's behaviour; see `checking`, `comparing` and `shapes`.
"""

import os
import threading
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from google.protobuf.empty_pb2 import Empty
from pulumi.runtime.proto import provider_pb2 as pb

from cidr import FaultsError
from sandbox.engine.model.values import from_struct
from sandbox.provider_service import ProviderService, RefusedError, answers, name_of, plain, type_of, wire

from . import arm_ids, checking, comparing, shapes
from .bodies import Body, at, without
from .catalog import by_token
from .effects import DatabaseServers, Effects
from .errors import AlreadyExistsError, ArmError, LostReplyError, NotModelledError
from .fault_schedule import schedule
from .invokes import invoke
from .model import ResourceType
from .pace import Pace
from .representation import sdk_of
from .resource_manager import ResourceManager
from .sdk_types import load
from .store import Store

_answers = answers(ArmError, AlreadyExistsError, LostReplyError, NotModelledError, FaultsError)
_PREFIX = "azure-native:config:"


class AzureProvider(ProviderService):
    """The stand-in for pulumi-azure-native over one store.

    servers: the fleet of real PostgreSQL servers; None runs without. pace: how time passes. The fault schedule is read
    from the store and from CFCTL_FAULTS when the provider is made; FaultsError when it is wrong.
    """

    autonaming = True

    def __init__(self, store: Store, *, servers: DatabaseServers | None = None, pace: Pace | None = None) -> None:
        super().__init__()
        self.version = load().version
        self._store = store
        self._config: dict[str, str] = {}
        self._config_lock = threading.Lock()
        pace = pace or Pace()
        self.arm = ResourceManager(
            store,
            Effects(servers),
            replace(pace, sleep=pace.sleep or self.wait),
            schedule(store),
        )

    def reconcile(self, scopes: Iterable[str] = ("/subscriptions",)) -> None:
        """Bring real servers inside these ids to what the store says: after a reboot, or a run that was killed."""
        self.arm.reconcile(scopes)

    @property
    def _subscription(self) -> str:
        return self._config.get("subscriptionId") or os.environ.get("ARM_SUBSCRIPTION_ID", "")

    @_answers
    def Configure(self, request: Any, context: Any) -> Any:
        """Take the provider's configuration: `subscriptionId` and `location` are what the stand-in looks at.

        The CLI attaches every azure-native provider of a program to this one, so a key that a later one leaves out
        keeps its value.
        """
        given = {key.removeprefix(_PREFIX): value for key, value in request.variables.items()}
        with self._config_lock:
            self._config |= {key: value for key, value in given.items() if value}
        return self.configured()

    @_answers
    def Check(self, request: Any, context: Any) -> Any:
        """Fill in names and locations, then hold the inputs against the SDK's types."""
        kind = by_token(type_of(request.urn))
        autoname = None
        if request.HasField("autonaming"):
            mode = pb.CheckRequest.AutonamingOptions.Mode.Name(request.autonaming.mode)
            autoname = checking.AutoName(proposed=request.autonaming.proposed_name, mode=mode)
        defaults = checking.Defaults(
            logical_name=name_of(request.urn),
            seed=request.randomSeed,
            config_location=self._config.get("location"),
            group_location=self._group_location,
            autoname=autoname,
        )
        inputs = checking.with_defaults(kind, plain(request.olds), plain(request.news), defaults)
        failures = [pb.CheckFailure(reason=reason) for reason in checking.faults(kind, inputs)]
        return pb.CheckResponse(inputs=wire(inputs), failures=failures)

    def _group_location(self, group: str) -> str | None:
        found = self.arm.read(f"/subscriptions/{self._subscription}/resourceGroups/{group}")
        return found.get("location") if found else None

    @_answers
    def Diff(self, request: Any, context: Any) -> Any:
        """Compare inputs; path parameters and create-only properties replace, the old one deleted first."""
        kind = by_token(type_of(request.urn))
        old_inputs = plain(request.old_inputs)
        found = comparing.differences(kind, old_inputs, plain(request.olds), plain(request.news))
        if not found:
            return pb.DiffResponse(changes=pb.DiffResponse.DIFF_NONE)
        replaces = [path for path, difference in found.items() if difference.kind.endswith("REPLACE")]
        return pb.DiffResponse(
            changes=pb.DiffResponse.DIFF_SOME,
            replaces=replaces,
            deleteBeforeReplace=bool(replaces) and not old_inputs.get(checking.CREATE_BEFORE_DELETE),
            diffs=sorted({path.partition(".")[0].partition("[")[0] for path in found}),
            detailedDiff={
                path: pb.PropertyDiff(kind=pb.PropertyDiff.Kind.Value(difference.kind), inputDiff=difference.input_diff)
                for path, difference in found.items()
            },
            hasDetailedDiff=True,
        )

    @_answers
    def Create(self, request: Any, context: Any) -> Any:
        """Make the resource; a preview answers with what is known before."""
        kind, inputs = by_token(type_of(request.urn)), plain(request.properties)
        if request.preview:
            return pb.CreateResponse(properties=wire(shapes.preview(sdk_of(kind), inputs)))
        arm_id = self._arm_id(kind, inputs)
        outputs = self.arm.create(arm_id, _body(kind, inputs))
        return pb.CreateResponse(id=outputs["id"], properties=wire(outputs))

    @_answers
    def Update(self, request: Any, context: Any) -> Any:
        """PUT the resource again; a preview knows what the inputs say and the two outputs that never change."""
        kind, inputs, olds = by_token(type_of(request.urn)), plain(request.news), plain(request.olds)
        if request.preview:
            known = shapes.preview(sdk_of(kind), inputs)
            stable = {name: olds[name] for name in ("name", "location") if name in olds}
            return pb.UpdateResponse(properties=wire({**known, **stable}))
        return pb.UpdateResponse(properties=wire(self.arm.update(request.id, _body(kind, inputs))))

    @_answers
    def Read(self, request: Any, context: Any) -> Any:
        """The live resource; an empty id says that it is gone. Without old inputs this is an import by ARM id."""
        kind = by_token(type_of(request.urn))
        parameters = arm_ids.match(kind.path, request.id)
        if parameters is None:
            raise RefusedError(f"id '{request.id}' doesn't match path '{kind.path}'")
        outputs = self.arm.read(request.id)
        if outputs is None:
            return pb.ReadResponse(id="")
        sdk = sdk_of(kind)
        if request.HasField("inputs") and request.inputs.fields:
            inputs = plain(request.inputs)
            # Lists that are resources of their own stay out of inputs that never had them.
            seen, before = outputs, plain(request.properties)
            for path in kind.maintained:
                if at(inputs, path) is None:
                    seen, before = without(seen, path), without(before, path)
            inputs = comparing.refreshed(inputs, shapes.as_inputs(sdk, before), shapes.as_inputs(sdk, seen))
        else:
            inputs = {**(comparing.without_empty(shapes.as_inputs(sdk, outputs)) or {}), **parameters}
        return pb.ReadResponse(id=request.id, properties=wire(outputs), inputs=wire(inputs))

    @_answers
    def Delete(self, request: Any, context: Any) -> Any:
        """Delete the resource; one that is gone already is deleted."""
        by_token(type_of(request.urn))
        self.arm.delete(request.id)
        return Empty()

    @_answers
    def Invoke(self, request: Any, context: Any) -> Any:
        """Answer one of the functions of `invokes`."""
        answer = invoke(request.tok, self._store, self._subscription, from_struct(request.args))
        response = pb.InvokeResponse()
        getattr(response, "return").CopyFrom(wire(answer))  # `return` is a keyword of Python
        return response

    def _arm_id(self, kind: ResourceType, inputs: Mapping[str, Any]) -> str:
        if not self._subscription and "{subscriptionId}" in kind.path:
            raise RefusedError("the provider azure-native has no subscription: set azure-native:subscriptionId")
        return arm_ids.fill(kind.path, inputs, self._subscription)


def _body(kind: ResourceType, inputs: Body) -> Body:
    """The request body in the SDK's shape: what is no path parameter and not the provider's own."""
    own = {*arm_ids.parameters(kind.path), "azureApiVersion"}
    # Some types have a body property by the name of a path parameter; ARM takes it from the path.
    return {key: value for key, value in inputs.items() if key not in own and not key.startswith("__")}
