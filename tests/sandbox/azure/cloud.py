"""A cloud to test against: the provider in process, asked as the engine asks it (Check, Diff, the operation)."""

from dataclasses import dataclass, field
from typing import Any

import grpc
import pytest
from pulumi.runtime.proto import provider_pb2 as pb

from sandbox.azure.provider import AzureProvider
from sandbox.azure.store import Store
from sandbox.engine.model.values import from_struct, to_struct
from sandbox.engine.providers.rpc import call_in_process

SUBSCRIPTION = "11111111-2222-4333-8444-555555555555"
TENANT = "99999999-8888-4777-8666-555555555555"
GROUP = "rg-test"


class Clock:
    """Time that a test sets; sleeping moves it."""

    def __init__(self) -> None:
        self.now = 1_790_000_000.0  # 2026-09-21

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


@dataclass
class Live:
    """A resource that the program holds: what the engine would have in its state."""

    urn: str
    id: str
    inputs: dict[str, Any]
    outputs: dict[str, Any]


@dataclass
class Cloud:
    """The provider and its store, with the engine's way of asking."""

    provider: AzureProvider
    store: Store
    clock: Clock
    made: list[Live] = field(default_factory=list)

    def ask(self, method: str, request: Any) -> Any:
        return call_in_process(getattr(self.provider, method), request)

    def configure(self, **variables: str) -> None:
        given = {f"azure-native:config:{key}": value for key, value in variables.items()}
        self.ask(
            "Configure", pb.ConfigureRequest(variables=given, sends_old_inputs=True, sends_old_inputs_to_delete=True)
        )

    def check(self, token: str, name: str, inputs: dict[str, Any], olds: dict[str, Any] | None = None) -> Any:
        return self.ask(
            "Check",
            pb.CheckRequest(
                urn=urn_of(token, name), news=to_struct(inputs), olds=to_struct(olds or {}), randomSeed=name.encode()
            ),
        )

    def create(self, token: str, name: str, /, **inputs: Any) -> Live:
        """Check and Create; check failures fail the test."""
        checked = self.check(token, name, inputs)
        assert not checked.failures, [failure.reason for failure in checked.failures]
        response = self.ask("Create", pb.CreateRequest(urn=urn_of(token, name), properties=checked.inputs))
        live = Live(urn_of(token, name), response.id, from_struct(checked.inputs), from_struct(response.properties))
        self.made.append(live)
        return live

    def update(self, live: Live, **inputs: Any) -> Live:
        """Check and Update with the inputs put over the resource's own; None takes one away."""
        merged = {key: value for key, value in {**live.inputs, **inputs}.items() if value is not None}
        checked = self.check(token_of(live.urn), live.urn.split("::")[3], merged, live.inputs)
        assert not checked.failures, [failure.reason for failure in checked.failures]
        response = self.ask(
            "Update",
            pb.UpdateRequest(
                urn=live.urn,
                id=live.id,
                olds=to_struct(live.outputs),
                old_inputs=to_struct(live.inputs),
                news=checked.inputs,
            ),
        )
        live.inputs, live.outputs = from_struct(checked.inputs), from_struct(response.properties)
        return live

    def diff(self, live: Live, **inputs: Any) -> Any:
        merged = {key: value for key, value in {**live.inputs, **inputs}.items() if value is not None}
        return self.ask(
            "Diff",
            pb.DiffRequest(
                urn=live.urn,
                id=live.id,
                olds=to_struct(live.outputs),
                old_inputs=to_struct(live.inputs),
                news=to_struct(merged),
            ),
        )

    def refresh(self, live: Live) -> Any:
        return self.ask(
            "Read",
            pb.ReadRequest(urn=live.urn, id=live.id, properties=to_struct(live.outputs), inputs=to_struct(live.inputs)),
        )

    def delete(self, live: Live) -> None:
        self.ask("Delete", pb.DeleteRequest(urn=live.urn, id=live.id, properties=to_struct(live.outputs)))

    def refused(self, token: str, name: str, /, **inputs: Any) -> str:
        """The text with which a create is refused."""
        with pytest.raises(grpc.RpcError) as refusal:
            self.create(token, name, **inputs)
        return refusal.value.details()

    def update_refused(self, live: Live, **inputs: Any) -> str:
        with pytest.raises(grpc.RpcError) as refusal:
            self.update(live, **inputs)
        return refusal.value.details()

    def delete_refused(self, live: Live) -> str:
        with pytest.raises(grpc.RpcError) as refusal:
            self.delete(live)
        return refusal.value.details()

    # A small platform, step by step ----------------------------------------------------------------------------------

    def group(self, name: str = GROUP, location: str = "westeurope") -> Live:
        return self.create("resources:ResourceGroup", name, resourceGroupName=name, location=location)

    def network(self, name: str = "vnet", *prefixes: str, group: str = GROUP) -> Live:
        return self.create(
            "network:VirtualNetwork",
            name,
            resourceGroupName=group,
            virtualNetworkName=name,
            addressSpace={"addressPrefixes": list(prefixes) or ["10.10.0.0/16"]},
        )

    def subnet(self, name: str, prefix: str, delegation: str = "", network: str = "vnet", **more: Any) -> Live:
        delegations = {"delegations": [{"name": "own", "serviceName": delegation}]} if delegation else {}
        return self.create(
            "network:Subnet",
            name,
            resourceGroupName=GROUP,
            virtualNetworkName=network,
            subnetName=name,
            addressPrefix=prefix,
            **delegations,
            **more,
        )

    def zone(self, name: str = "db.private.postgres.database.azure.com") -> Live:
        return self.create(
            "privatedns:PrivateZone", name, resourceGroupName=GROUP, privateZoneName=name, location="global"
        )

    def link(self, zone: Live, network: Live, name: str = "link") -> Live:
        return self.create(
            "privatedns:VirtualNetworkLink",
            name,
            resourceGroupName=GROUP,
            privateZoneName=zone.outputs["name"],
            virtualNetworkLinkName=name,
            location="global",
            virtualNetwork={"id": network.id},
        )

    def vault_inputs(self, name: str, **properties: Any) -> dict[str, Any]:
        return {
            "resourceGroupName": GROUP,
            "vaultName": name,
            "properties": {
                "tenantId": TENANT,
                "sku": {"family": "A", "name": "standard"},
                "enableRbacAuthorization": True,
                "softDeleteRetentionInDays": 7,
                **properties,
            },
        }

    def vault(self, name: str = "kv-test", **properties: Any) -> Live:
        return self.create("keyvault:Vault", name, **self.vault_inputs(name, **properties))

    def server_inputs(self, name: str = "psql-test", **more: Any) -> dict[str, Any]:
        return {
            "resourceGroupName": GROUP,
            "serverName": name,
            "version": "18",
            "sku": {"name": "Standard_B1ms", "tier": "Burstable"},
            "storage": {"storageSizeGB": 32},
            "authConfig": {"activeDirectoryAuth": "Enabled", "passwordAuth": "Disabled", "tenantId": TENANT},
            **more,
        }

    def server(self, name: str = "psql-test", **more: Any) -> Live:
        return self.create("dbforpostgresql:Server", name, **self.server_inputs(name, **more))

    def environment(self, name: str = "cae-test", **more: Any) -> Live:
        return self.create("app:ManagedEnvironment", name, resourceGroupName=GROUP, environmentName=name, **more)

    def app_inputs(self, environment: Live, name: str = "user", **more: Any) -> dict[str, Any]:
        return {
            "resourceGroupName": GROUP,
            "containerAppName": name,
            "environmentId": environment.id,
            "configuration": {"ingress": {"external": True, "targetPort": 80}},
            "template": {"containers": [container()]},
            **more,
        }

    def app(self, environment: Live, name: str = "user", **more: Any) -> Live:
        return self.create("app:ContainerApp", name, **self.app_inputs(environment, name, **more))

    def identity(self, name: str = "id-test") -> Live:
        return self.create("managedidentity:UserAssignedIdentity", name, resourceGroupName=GROUP, resourceName=name)


def container(**more: Any) -> dict[str, Any]:
    return {
        "name": "main",
        "image": "mcr.microsoft.com/k8se/quickstart:latest",
        "resources": {"cpu": 0.25, "memory": "0.5Gi"},
        **more,
    }


def urn_of(token: str, name: str) -> str:
    return f"urn:pulumi:westeu-dev-1::test::azure-native:{token}::{name}"


def token_of(urn: str) -> str:
    return urn.split("::")[2].removeprefix("azure-native:")
