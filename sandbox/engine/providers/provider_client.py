"""One configured provider: ResourceProvider of the protocol in the engine's own values.

https://pulumi-developer-docs.readthedocs.io/latest/docs/architecture/providers/. A provider that does not accept
secrets gets plain values, and what it hands back is marked secret again by name.
"""

import contextlib
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, cast

import grpc
from google.protobuf.empty_pb2 import Empty
from google.protobuf.struct_pb2 import Struct
from pulumi.runtime.proto import provider_pb2 as pb
from pulumi.runtime.proto.provider_pb2_grpc import ResourceProviderServicer, ResourceProviderStub

from sandbox.engine.model.diffs import Diff, PropertyDiff, plain
from sandbox.engine.model.errors import ProviderError
from sandbox.engine.model.events import DiffKind
from sandbox.engine.model.urn import Urn
from sandbox.engine.model.values import PropertyMap, Secret, from_struct, has_secrets, has_unknowns, to_struct
from sandbox.engine.providers.provider_protocol import Checked, DiffUnavailableError, Existing, Fault, Live
from sandbox.engine.providers.rpc import OPTIONS, call_in_process, error_code, provider_error

Endpoint = ResourceProviderServicer | str | Callable[[], ResourceProviderServicer]
"""A provider in this process, or the address of one that serves gRPC (`127.0.0.1:port`), or what makes one.

What makes one is asked for each provider resource, as the CLI starts a plugin for each: so that two of one package can
be configured differently.
"""

_KINDS: Final[Mapping[int, DiffKind]] = {
    pb.PropertyDiff.ADD: "add",
    pb.PropertyDiff.ADD_REPLACE: "add-replace",
    pb.PropertyDiff.DELETE: "delete",
    pb.PropertyDiff.DELETE_REPLACE: "delete-replace",
    pb.PropertyDiff.UPDATE: "update",
    pb.PropertyDiff.UPDATE_REPLACE: "update-replace",
}


class ProviderClient:
    """A provider behind an endpoint; one per provider resource, as the CLI starts one plugin each."""

    def __init__(self, package: str, endpoint: Endpoint) -> None:
        self.package = package
        self._configured = False
        self._accept_secrets = True
        self._accept_resources = True
        self._supports_preview = False
        self._call: Callable[[str, Any], Any]
        if isinstance(endpoint, str):
            stub = ResourceProviderStub(grpc.insecure_channel(endpoint, options=OPTIONS))
            self._call = lambda method, request: getattr(stub, method)(request)
        else:
            servicer = endpoint() if callable(endpoint) else endpoint
            self._call = lambda method, request: call_in_process(getattr(servicer, method), request)

    def _ask(self, method: str, request: Any) -> Any:
        try:
            return self._call(method, request)
        except grpc.RpcError as error:
            raise provider_error(error) from error

    def _wire(self, values: PropertyMap) -> Struct:
        return to_struct(values, secrets=self._accept_secrets, resources=self._accept_resources)

    def _back(self, values: PropertyMap, source: PropertyMap | None) -> PropertyMap:
        if not self._accept_secrets and source is not None:
            remark_secrets(values, source)
        return values

    def _partial_back(self, error: ProviderError, source: PropertyMap) -> ProviderError:
        if error.partial is not None:
            self._back(error.partial.outputs, source)
        return error

    def check_config(self, urn: str, old: PropertyMap, new: PropertyMap) -> Checked:
        """Configuration goes without secret marks, and gets them back by name."""
        request = _named(
            pb.CheckRequest(urn=urn, olds=to_struct(old, secrets=False), news=to_struct(new, secrets=False))
        )
        try:
            response = cast("pb.CheckResponse", self._call("CheckConfig", request))
        except grpc.RpcError as error:
            if error_code(error) is grpc.StatusCode.UNIMPLEMENTED:
                return Checked(new)
            raise provider_error(error) from error
        inputs = from_struct(response.inputs)
        remark_secrets(inputs, new)
        return Checked(inputs, _faults(response.failures))

    def diff_config(self, old: Existing, new: PropertyMap) -> Diff:
        """As for any resource; a provider that has no such call leaves it to the engine."""
        request = _named(
            pb.DiffRequest(
                urn=old.urn,
                old_inputs=to_struct(old.inputs, secrets=False),
                olds=to_struct(old.outputs, secrets=False),
                news=to_struct(new, secrets=False),
            )
        )
        try:
            return _diff(cast("pb.DiffResponse", self._call("DiffConfig", request)))
        except grpc.RpcError as error:
            if error_code(error) is grpc.StatusCode.UNIMPLEMENTED:
                return Diff("unknown")
            raise provider_error(error) from error

    def configure(self, urn: str, id_: str, inputs: PropertyMap) -> None:
        """Configure, and learn what the provider can do. A configuration that is not known yet is left for later."""
        if has_unknowns(inputs):
            return
        parsed = Urn.parse(urn)
        variables = {
            f"{self.package}:config:{key}": value if isinstance(value, str) else json.dumps(value)
            for key, value in cast("PropertyMap", plain(inputs)).items()
            if key != "version"
        }
        request = pb.ConfigureRequest(
            urn=urn,
            name=parsed.name,
            type=parsed.type,
            id=id_,
            args=to_struct(inputs),
            variables=variables,
            acceptSecrets=True,
            acceptResources=True,
            sends_old_inputs=True,
            sends_old_inputs_to_delete=True,
        )
        response = cast("pb.ConfigureResponse", self._ask("Configure", request))
        self._accept_secrets = response.acceptSecrets
        self._accept_resources = response.acceptResources
        self._supports_preview = response.supportsPreview
        self._configured = True

    def check(self, urn: str, old: PropertyMap | None, new: PropertyMap, seed: bytes) -> Checked:
        """An unconfigured provider is taken to agree."""
        if not self._configured:
            return Checked(new)
        request = _named(pb.CheckRequest(urn=urn, olds=self._wire(old or {}), news=self._wire(new), randomSeed=seed))
        response = cast("pb.CheckResponse", self._ask("Check", request))
        return Checked(self._back(from_struct(response.inputs), new), _faults(response.failures))

    def diff(self, old: Existing, new: PropertyMap, ignore_changes: Sequence[str]) -> Diff:
        """Raises DiffUnavailableError if the provider is not configured yet."""
        if not self._configured:
            raise DiffUnavailableError(
                "The provider for this resource has inputs that are not known during preview.\n"
                "This preview may not correctly represent the changes that will be applied during an update."
            )
        request = pb.DiffRequest(
            id=old.id,
            urn=old.urn,
            old_inputs=self._wire(old.inputs),
            olds=self._wire(old.outputs),
            news=self._wire(new),
            ignoreChanges=ignore_changes,
        )
        return _diff(cast("pb.DiffResponse", self._ask("Diff", _named(request))))

    def create(self, urn: str, inputs: PropertyMap, *, timeout: float, preview: bool) -> Live:
        """A provider that does not know previews is not asked in one: the outputs are then the inputs."""
        if preview and not (self._configured and self._supports_preview):
            return Live("", inputs if self._configured else {})
        request = pb.CreateRequest(urn=urn, properties=self._wire(inputs), timeout=timeout, preview=preview)
        try:
            response = cast("pb.CreateResponse", self._ask("Create", _named(request)))
        except ProviderError as error:
            raise self._partial_back(error, inputs) from error
        if not response.id and not preview:
            raise ProviderError(f"the provider {self.package} returned no id from Create")
        outputs = self._back(from_struct(response.properties), inputs)
        return Live(response.id, outputs, refresh_before_update=response.refresh_before_update)

    def read(self, urn: str, id_: str, inputs: PropertyMap | None, state: PropertyMap, *, timeout: float) -> Live:
        """An unconfigured provider sees nothing, and says nothing against it."""
        if not self._configured:
            return Live(id_, {}, {})
        request = pb.ReadRequest(id=id_, urn=urn, properties=self._wire(state), timeout=timeout)
        if inputs is not None:
            request.inputs.CopyFrom(self._wire(inputs))
        try:
            response = cast("pb.ReadResponse", self._ask("Read", _named(request)))
        except ProviderError as error:
            raise self._partial_back(error, state) from error
        outputs = self._back(from_struct(response.properties), state)
        live = self._back(from_struct(response.inputs), inputs) if response.HasField("inputs") else None
        return Live(response.id, outputs, live, response.refresh_before_update)

    def update(
        self, old: Existing, new: PropertyMap, ignore_changes: Sequence[str], *, timeout: float, preview: bool
    ) -> Live:
        """As `create`, for what exists."""
        if preview and not (self._configured and self._supports_preview):
            return Live(old.id, new if self._configured else {})
        request = pb.UpdateRequest(
            id=old.id,
            urn=old.urn,
            old_inputs=self._wire(old.inputs),
            olds=self._wire(old.outputs),
            news=self._wire(new),
            ignoreChanges=ignore_changes,
            timeout=timeout,
            preview=preview,
        )
        try:
            response = cast("pb.UpdateResponse", self._ask("Update", _named(request)))
        except ProviderError as error:
            raise self._partial_back(error, new) from error
        live = self._back(from_struct(response.properties), new)
        return Live(old.id, live, refresh_before_update=response.refresh_before_update)

    def delete(self, old: Existing, *, timeout: float) -> None:
        """Outputs go as properties, inputs beside them."""
        request = pb.DeleteRequest(
            id=old.id,
            urn=old.urn,
            properties=self._wire(old.outputs),
            old_inputs=self._wire(old.inputs),
            timeout=timeout,
        )
        self._ask("Delete", _named(request))

    def invoke(self, token: str, args: PropertyMap, *, preview: bool) -> Checked:
        """What was computed from a secret is secret, whatever the provider knows of secrets."""
        if not self._configured:
            return Checked({})
        request = pb.InvokeRequest(tok=token, args=self._wire(args), preview=preview)
        response = cast("pb.InvokeResponse", self._ask("Invoke", request))
        result = from_struct(getattr(response, "return"))
        if not self._accept_secrets and has_secrets(args):
            result = {key: value if isinstance(value, Secret) else Secret(value) for key, value in result.items()}
        return Checked(result, _faults(response.failures))

    def cancel(self) -> None:
        """Ask the provider to abort what it is doing; one that cannot is left to finish."""
        with contextlib.suppress(grpc.RpcError):
            self._call("Cancel", Empty())


def remark_secrets(outputs: PropertyMap, source: PropertyMap) -> None:
    """Mark in `outputs`, in place, what holds a secret in `source` under the same name; objects key by key."""
    for key, value in source.items():
        if key not in outputs:
            continue
        output = outputs[key]
        if isinstance(output, dict) and isinstance(value, dict):
            remark_secrets(cast("PropertyMap", output), cast("PropertyMap", value))
        elif not isinstance(output, Secret) and has_secrets(value):
            outputs[key] = Secret(output)


def _named(request: Any) -> Any:
    urn = Urn.parse(request.urn)
    request.name = urn.name
    request.type = urn.type
    return request


def _faults(failures: Any) -> tuple[Fault, ...]:
    return tuple((failure.property, failure.reason) for failure in failures)


def _diff(response: pb.DiffResponse) -> Diff:
    detailed = None
    if response.hasDetailedDiff:
        detailed = {
            path: PropertyDiff(_KINDS.get(change.kind, "update"), change.inputDiff)
            for path, change in response.detailedDiff.items()
        }
    changes = {pb.DiffResponse.DIFF_NONE: "none", pb.DiffResponse.DIFF_SOME: "some"}.get(response.changes, "unknown")
    return Diff(
        cast("Any", changes),
        list(response.replaces),
        list(response.diffs),
        detailed,
        response.deleteBeforeReplace,
    )
