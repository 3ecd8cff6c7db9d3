"""Runs a Pulumi program against a monitor that records every registration, and lets it drain before anyone looks.

Inside the body of a mock test nothing may have registered yet; here a test gets the whole program's registrations,
with options, dependencies and hooks as they went over the wire. The monitor answers as azure-native does after a
create: ids, names, and the few outputs that other resources are wired to. Before-create hooks run, as an engine runs
them, when the recording asks for it.
"""

import asyncio
import contextvars
import json
import logging
import uuid
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import grpc
import pulumi
from google.protobuf import empty_pb2, json_format, struct_pb2
from pulumi.runtime import mocks, rpc, settings
from pulumi.runtime.proto import callback_pb2, callback_pb2_grpc, engine_pb2, resource_pb2
from pulumi.runtime.stack import run_in_stack

logging.getLogger("asyncio").setLevel(logging.CRITICAL)  # as the CLI does: a failed program leaves tasks behind

SUBSCRIPTION = "00000000-0000-0000-0000-0000000000d1"
UNKNOWN = rpc.UNKNOWN


class RefusedError(grpc.RpcError):
    """What an engine answers when something failed, with the text that the user is shown."""

    def code(self) -> grpc.StatusCode:
        """Not UNAVAILABLE, which would mean that the engine is gone."""
        return grpc.StatusCode.UNKNOWN

    def details(self) -> str:
        """What the user is shown."""
        return str(self)


@dataclass(frozen=True)
class Registration:
    """One resource as it was registered."""

    request: resource_pb2.RegisterResourceRequest
    urn: str

    @property
    def name(self) -> str:
        """Logical name."""
        return self.request.name

    @property
    def type(self) -> str:
        """Type token."""
        return self.request.type

    @property
    def inputs(self) -> dict[str, Any]:
        """Inputs as they went over the wire; what is not known is UNKNOWN."""
        return json_format.MessageToDict(self.request.object)

    @property
    def dependencies(self) -> set[str]:
        """Logical names of what it waits for."""
        return {urn.rpartition("::")[2] for urn in self.request.dependencies}

    @property
    def trigger(self) -> Any:
        """Value whose change replaces it; None where it has none."""
        if not self.request.HasField("replacement_trigger"):
            return None
        return json_format.MessageToDict(self.request.replacement_trigger)


@dataclass
class Recording:
    """Everything that one run of a program told its engine."""

    registrations: list[Registration] = field(default_factory=list)
    outputs: dict[str, Any] = field(default_factory=dict)
    logs: list[tuple[str, str]] = field(default_factory=list)
    calls: list[resource_pb2.ResourceInvokeRequest] = field(default_factory=list)

    def __getitem__(self, name: str) -> Registration:
        found = [one for one in self.registrations if one.name == name and one.request.custom]
        assert len(found) == 1, f"{name}: {[one.name for one in self.registrations]}"
        return found[0]

    def of_type(self, token: str) -> list[Registration]:
        """Those of one type of azure-native, as "network:Subnet"."""
        return [one for one in self.registrations if one.type == f"azure-native:{token}"]

    def custom(self) -> Iterator[Registration]:
        """Those that a provider makes: no components, not the stack."""
        return (one for one in self.registrations if one.request.custom)

    def warnings(self) -> list[str]:
        """What the program warned of."""
        return [text for severity, text in self.logs if severity == "WARNING"]

    def as_export(self) -> dict[str, Any]:
        """Like `pulumi stack export`, with what arm/check.py reads."""
        resources = [{"urn": one.urn, "type": one.type, "inputs": one.inputs} for one in self.custom()]
        return {"version": 3, "deployment": {"resources": resources}}


class _Monitor(mocks.MockMonitor):
    """Answers as an engine with azure-native behind it would after a create."""

    def __init__(
        self,
        recording: Recording,
        references: Mapping[str, Mapping[str, Any]],
        answers: Mapping[str, Mapping[str, Any] | grpc.RpcError],
        *,
        run_hooks: bool,
    ) -> None:
        super().__init__(_NoMocks())
        self.answers = {**_ANSWERS, **answers}
        self.recording = recording
        self.references = references
        self.run_hooks = run_hooks
        self.hooks: dict[str, callback_pb2.Callback] = {}

    def RegisterResource(self, request: resource_pb2.RegisterResourceRequest) -> Any:
        urn = self.make_urn(request.parent, request.type, request.name)
        self.recording.registrations.append(Registration(request, urn))
        if not request.custom:
            return resource_pb2.RegisterResourceResponse(urn=urn, object=struct_pb2.Struct())
        if self.run_hooks:
            for name in request.hooks.before_create:
                self._call_hook(self.hooks[name], request, urn)
        if settings.is_dry_run():
            return resource_pb2.RegisterResourceResponse(urn=urn, object=_struct(_as_outputs(request)))
        outputs, identifier = _created(request)
        return resource_pb2.RegisterResourceResponse(urn=urn, id=identifier, object=outputs)

    def ReadResource(self, request: resource_pb2.ReadResourceRequest) -> Any:
        assert request.type == "pulumi:pulumi:StackReference"
        if request.id not in self.references:
            raise AssertionError(f"unknown stack {request.id}")
        answer = struct_pb2.Struct()
        answer.update({"name": request.id, "outputs": dict(self.references[request.id]), "secretOutputNames": []})
        urn = self.make_urn(request.parent, request.type, request.name)
        return resource_pb2.ReadResourceResponse(urn=urn, properties=answer)

    def Invoke(self, request: resource_pb2.ResourceInvokeRequest) -> Any:
        self.recording.calls.append(request)
        answer = struct_pb2.Struct()
        given = self.answers[request.tok]
        if isinstance(given, grpc.RpcError):
            raise given
        answer.update(dict(given))
        return resource_pb2.ResourceInvokeResponse(**{"return": answer})

    def RegisterResourceHook(self, request: resource_pb2.RegisterResourceHookRequest) -> Any:
        self.hooks[request.name] = request.callback
        return empty_pb2.Empty()

    def RegisterResourceOutputs(self, request: resource_pb2.RegisterResourceOutputsRequest) -> Any:
        if "pulumi:pulumi:Stack::" in request.urn:
            self.recording.outputs = json_format.MessageToDict(request.outputs)
        return empty_pb2.Empty()

    def _call_hook(self, callback: callback_pb2.Callback, request: Any, urn: str) -> None:
        payload = resource_pb2.ResourceHookRequest(
            urn=urn, name=request.name, type=request.type, new_inputs=request.object
        )
        with grpc.insecure_channel(callback.target) as channel:
            stub = callback_pb2_grpc.CallbacksStub(channel)
            invocation = callback_pb2.CallbackInvokeRequest(token=callback.token, request=payload.SerializeToString())
            answer = resource_pb2.ResourceHookResponse.FromString(stub.Invoke(invocation).response)
        if answer.error:
            raise RefusedError(answer.error)


class _NoMocks(mocks.Mocks):
    def call(self, args: mocks.MockCallArgs) -> Any:
        raise AssertionError(args.token)

    def new_resource(self, args: mocks.MockResourceArgs) -> Any:
        raise AssertionError(args.name)


class _Engine:
    def __init__(self, recording: Recording) -> None:
        self.recording = recording

    def Log(self, request: engine_pb2.LogRequest) -> None:
        if request.severity != engine_pb2.DEBUG:
            self.recording.logs.append((engine_pb2.LogSeverity.Name(request.severity), request.message))


def record(
    program: Callable[[], None],
    *,
    stack: str = "westeu-dev-1",
    preview: bool = False,
    references: Mapping[str, Mapping[str, Any]] | None = None,
    run_hooks: bool = False,
    config: Mapping[str, str] | None = None,
    into: Recording | None = None,
    answers: Mapping[str, Mapping[str, Any] | grpc.RpcError] | None = None,
) -> Recording:
    """Run `program` to its end and give what it registered. Raises what the program raises.

    `references`: outputs of other stacks, by their full name. `config`: full keys, as Pulumi hands them over.
    `into`: a recording that is there too when the program fails. `answers`: of functions of azure-native, by token,
    in place of the usual ones; a refusal is raised.
    """
    recording = into or Recording()
    monitor = _Monitor(recording, references or {}, answers or {}, run_hooks=run_hooks)

    def run() -> None:
        settings.configure(
            mocks.MockSettings(
                monitor=monitor,
                engine=_Engine(recording),
                project="complianceflow",
                stack=stack,
                organization="organization",
                dry_run=preview,
                callbacks=None,
                monitor_features=set(),
                package_refs={},
                base_providers_by_ref={},
                outputs=set(),
                lock=settings.SETTINGS.lock,
            )
        )
        settings.set_root_resource(None)
        pulumi.runtime.set_all_config(dict(config or {}))
        loop = asyncio.new_event_loop()
        loop.set_default_executor(ThreadPoolExecutor(max_workers=16))
        asyncio.set_event_loop(loop)
        try:
            loop.run_until_complete(run_in_stack(program))
        finally:
            loop.run_until_complete(loop.shutdown_default_executor())
            loop.close()
            asyncio.set_event_loop(None)

    contextvars.copy_context().run(run)
    return recording


# What the functions of azure-native answer, by token.
_ANSWERS: Mapping[str, Mapping[str, Any]] = {
    "azure-native:authorization:getClientToken": {"token": "a-token"},
    "azure-native:eventhub:listEventHubKeys": {"keyName": "rule", "primaryConnectionString": "Endpoint=sb://a-key"},
    "azure-native:network:getPrivateEndpoint": {
        "privateLinkServiceConnections": [
            {"name": "a-connection", "privateLinkServiceConnectionState": {"status": "Approved"}}
        ]
    },
}

# Where the physical name of a resource stands in its inputs, for types that others are wired to by name.
_NAME_INPUTS = (
    "customDomainName",
    "securityPolicyName",
    "routeName",
    "originName",
    "originGroupName",
    "endpointName",
    "profileName",
    "policyName",
    "virtualNetworkLinkName",
    "relativeRecordSetName",
    "privateZoneName",
    "subnetName",
    "virtualNetworkPeeringName",
    "virtualNetworkName",
    "networkSecurityGroupName",
    "secretName",
    "configurationName",
    "databaseName",
    "serverName",
    "backupPolicyName",
    "backupInstanceName",
    "flowLogName",
    "publicIpAddressName",
    "natGatewayName",
    "bastionHostName",
    "vaultName",
    "containerAppName",
    "containerName",
    "queueName",
    "searchServiceName",
    "accountName",
    "clusterName",
    "jobName",
    "environmentName",
    "workspaceName",
    "authorizationRuleName",
    "eventHubName",
    "namespaceName",
    "cacheRuleName",
    "registryName",
    "privateDnsZoneGroupName",
    "privateEndpointName",
    "resourceName",
    "roleAssignmentName",
    "budgetName",
    "objectId",
    "zoneName",
    "resourceGroupName",
)


def _as_outputs(request: resource_pb2.RegisterResourceRequest) -> dict[str, Any]:
    """The inputs as azure-native gives them back: a list of identities comes back as a map by id."""
    inputs = json_format.MessageToDict(request.object)
    identity = inputs.get("identity", {})
    if "userAssignedIdentities" in identity:
        identity["userAssignedIdentities"] = {one: {} for one in identity["userAssignedIdentities"]}
    return inputs


def _struct(values: Mapping[str, Any]) -> struct_pb2.Struct:
    struct = struct_pb2.Struct()
    struct.update(values)
    return struct


def _created(request: resource_pb2.RegisterResourceRequest) -> tuple[struct_pb2.Struct, str]:
    inputs = _as_outputs(request)
    name = next((inputs[key] for key in _NAME_INPUTS if key in inputs), request.name)
    outputs: dict[str, Any] = {**inputs, "name": name}
    token = request.type.removeprefix("azure-native:")
    guid = str(uuid.uuid5(uuid.NAMESPACE_URL, f"{request.type}/{name}"))
    outputs |= {
        "network:VirtualNetwork": {"resourceGuid": guid},
        "dataprotection:BackupVault": {"identity": {**inputs.get("identity", {}), "principalId": guid}},
        "network:PublicIPAddress": {"ipAddress": "203.0.113.9"},
        "keyvault:Vault": {
            "properties": {**inputs.get("properties", {}), "vaultUri": f"https://{name}.vault.azure.net/"}
        },
        "keyvault:Secret": {
            "properties": {
                **inputs.get("properties", {}),
                "secretUri": f"https://{inputs.get('vaultName')}.vault.azure.net/secrets/{name}",
            }
        },
        "eventhub:Namespace": {"createdAt": "2026-11-01T00:00:00Z"},
        "containerregistry:Registry": {"loginServer": f"{name}.azurecr.io", "creationDate": "2026-11-01T00:00:00Z"},
        "dbforpostgresql:Server": {
            "fullyQualifiedDomainName": f"{name}.postgres.database.azure.com",
            "systemData": {"createdAt": "2026-11-01T00:00:00Z"},
        },
        "storage:StorageAccount": {
            "creationTime": "2026-11-01T00:00:00Z",
            "primaryEndpoints": {"blob": f"https://{name}.blob.core.windows.net/"},
        },
        "search:Service": {"endpoint": f"https://{name}.search.windows.net"},
        "cdn:Profile": {"frontDoorId": guid},
        "cdn:AFDEndpoint": {"hostName": f"{name}-abc.z01.azurefd.net"},
        "cdn:AFDCustomDomain": {"validationProperties": {"validationToken": "a-token", "expirationDate": "2026-12-01"}},
        "dns:Zone": {"nameServers": ["ns1-01.azure-dns.com."]},
        "redisenterprise:RedisEnterprise": {"hostName": f"{name}.westeurope.redis.azure.net"},
        "applicationinsights:Component": {"connectionString": f"InstrumentationKey={guid}"},
        "app:ManagedEnvironment": {
            "defaultDomain": f"{name}.westeurope.azurecontainerapps.io",
            "staticIp": "10.10.1.9",
        },
        "managedidentity:UserAssignedIdentity": {"principalId": guid, "clientId": guid[::-1]},
        "random:index/randomString:RandomString": {"result": "ab12"},
        "random:index/randomPassword:RandomPassword": {"result": "Zx9" * 21 + "Q"},
    }.get(token, {})
    group = inputs.get("resourceGroupName", "none")
    return _struct(outputs), f"/subscriptions/{SUBSCRIPTION}/resourceGroups/{group}/{token}/{name}"


def dumped(recording: Recording) -> str:
    """The registrations as text that two runs can be compared by, whatever the order they arrived in."""
    rows = []
    for one in recording.registrations:
        row = json_format.MessageToDict(one.request)
        for varying in ("sourcePosition", "stackTrace", "packageRef"):
            row.pop(varying, None)
        row["dependencies"] = sorted(row.get("dependencies", []))
        for dependencies in row.get("propertyDependencies", {}).values():
            dependencies["urns"] = sorted(dependencies.get("urns", []))
        rows.append(json.dumps(row, sort_keys=True))
    return "\n".join(sorted(rows))
