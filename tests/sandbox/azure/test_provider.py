"""The provider does to a program what pulumi-azure-native does, in process and over gRPC."""

import base64
from pathlib import Path

import grpc
import pytest
from google.protobuf.empty_pb2 import Empty
from pulumi.runtime.proto import provider_pb2 as pb
from pulumi.runtime.proto.provider_pb2_grpc import ResourceProviderStub

from sandbox.azure.invokes import client_token
from sandbox.azure.provider import AzureProvider
from sandbox.azure.sdk_types import load
from sandbox.azure.store import Store
from sandbox.engine.model.values import UNKNOWN, Secret, from_struct, to_struct
from sandbox.serve import debug_providers, serve
from tests.sandbox.azure.cloud import GROUP, SUBSCRIPTION, TENANT, Cloud, container, urn_of


def reasons(checked: pb.CheckResponse) -> list[str]:
    return [failure.reason for failure in checked.failures]


# Check ----------------------------------------------------------------------------------------------------------------


def test_check_fills_the_location_of_the_configuration(cloud: Cloud) -> None:
    checked = cloud.check("resources:ResourceGroup", "rg", {"resourceGroupName": "rg"})
    assert from_struct(checked.inputs) == {
        "resourceGroupName": "rg",
        "location": "westeurope",
        "azureApiVersion": "2024-03-01",
    }


def test_check_takes_the_location_of_the_resource_group(store: Store) -> None:
    cloud = Cloud(AzureProvider(store), store, clock=None)  # type: ignore[arg-type]
    cloud.configure(subscriptionId=SUBSCRIPTION)
    cloud.group("rg-north", "northeurope")
    inputs = {"resourceGroupName": "rg-north", "virtualNetworkName": "vnet"}
    assert from_struct(cloud.check("network:VirtualNetwork", "vnet", inputs).inputs)["location"] == "northeurope"
    unknown = cloud.check("network:VirtualNetwork", "vnet", {**inputs, "resourceGroupName": UNKNOWN})
    assert from_struct(unknown.inputs)["location"] is UNKNOWN
    missing = reasons(cloud.check("network:VirtualNetwork", "vnet", {**inputs, "resourceGroupName": "rg-none"}))
    assert any(reason.startswith("missing required property 'location'") for reason in missing)


def test_check_keeps_the_old_location_and_name(cloud: Cloud) -> None:
    olds = {"resourceGroupName": "rg-old", "location": "eastus"}
    inputs = from_struct(cloud.check("resources:ResourceGroup", "rg", {}, olds).inputs)
    assert (inputs["resourceGroupName"], inputs["location"]) == ("rg-old", "eastus")


def test_a_missing_name_is_the_logical_name_and_eight_digits(cloud: Cloud) -> None:
    first, again = (from_struct(cloud.check("resources:ResourceGroup", "rg", {}).inputs) for _ in range(2))
    name = first["resourceGroupName"]
    assert name.startswith("rg")
    assert len(name) == len("rg") + 8
    assert set(name.removeprefix("rg")) <= set("0123456789abcdef")
    assert first == again  # drawn from the engine's seed
    assert first["__createBeforeDelete"] is True


def test_a_missing_name_of_a_child_is_the_logical_name(cloud: Cloud) -> None:
    inputs = {"resourceGroupName": GROUP, "virtualNetworkName": "vnet", "addressPrefix": "10.0.0.0/24"}
    assert from_struct(cloud.check("network:Subnet", "apps", inputs).inputs)["subnetName"] == "apps"


def test_a_missing_name_of_a_role_assignment_is_a_guid(cloud: Cloud) -> None:
    inputs = {"scope": "/subscriptions/x", "principalId": "p", "roleDefinitionId": "r"}
    named = from_struct(cloud.check("authorization:RoleAssignment", "ra", inputs).inputs)["roleAssignmentName"]
    assert [len(part) for part in named.split("-")] == [8, 4, 4, 4, 12]


def test_check_tells_every_fault_at_once(cloud: Cloud) -> None:
    inputs = {
        "vaultName": "kv_bad",
        "properties": {"sku": {"family": "A", "name": 1}, "softDeleteRetentionInDays": "seven", "unheardOf": True},
    }
    found = reasons(cloud.check("keyvault:Vault", "kv", inputs))
    assert any("missing required property 'resourceGroupName'" in reason for reason in found)
    assert any("missing required property 'properties.tenantId'" in reason for reason in found)
    assert any("'properties.sku.name' should be of type 'string' but got a number" in reason for reason in found)
    assert any("'properties.softDeleteRetentionInDays' should be of type 'integer'" in reason for reason in found)
    assert any("'properties.unheardOf' is no property of" in reason for reason in found)
    assert any("'vaultName' does not match expression" in reason for reason in found)


def test_unknown_values_pass_every_check(cloud: Cloud) -> None:
    inputs = {"resourceGroupName": UNKNOWN, "vaultName": UNKNOWN, "properties": UNKNOWN}
    assert not reasons(cloud.check("keyvault:Vault", "kv", inputs))


def test_secrets_are_taken_off_before_inputs_are_looked_at(cloud: Cloud) -> None:
    inputs = {"resourceGroupName": Secret("rg"), "location": "westeurope"}
    assert from_struct(cloud.check("resources:ResourceGroup", "rg", inputs).inputs)["resourceGroupName"] == "rg"


def test_an_unknown_type_is_an_error_everywhere(cloud: Cloud) -> None:
    """Success is never faked: each operation says that the type is not modelled."""
    urn = urn_of("network:LoadBalancer", "lb")
    for method, request in (
        ("Check", pb.CheckRequest(urn=urn)),
        ("Diff", pb.DiffRequest(urn=urn)),
        ("Create", pb.CreateRequest(urn=urn)),
        ("Create", pb.CreateRequest(urn=urn, preview=True)),
        ("Read", pb.ReadRequest(urn=urn, id="/x")),
        ("Update", pb.UpdateRequest(urn=urn)),
        ("Delete", pb.DeleteRequest(urn=urn)),
    ):
        with pytest.raises(grpc.RpcError) as refusal:
            cloud.ask(method, request)
        assert "does not model" in refusal.value.details()
        assert "network:LoadBalancer" in refusal.value.details()


# Diff -----------------------------------------------------------------------------------------------------------------


def test_no_change_is_no_difference(grounds: Cloud) -> None:
    assert grounds.diff(grounds.network()).changes == pb.DiffResponse.DIFF_NONE


def test_a_tag_is_an_update(grounds: Cloud) -> None:
    diff = grounds.diff(grounds.network(), tags={"a": "b"})
    assert diff.changes == pb.DiffResponse.DIFF_SOME
    assert not diff.replaces
    assert diff.detailedDiff["tags"].kind == pb.PropertyDiff.ADD


@pytest.mark.parametrize("change", [{"virtualNetworkName": "other"}, {"location": "northeurope"}])
def test_a_name_or_a_location_replaces_and_deletes_first(grounds: Cloud, change: dict[str, str]) -> None:
    diff = grounds.diff(grounds.network(), **change)
    assert list(diff.replaces) == list(change)
    assert diff.deleteBeforeReplace
    assert diff.detailedDiff[diff.replaces[0]].kind == pb.PropertyDiff.UPDATE_REPLACE


def test_a_generated_name_is_replaced_before_the_old_one_is_deleted(cloud: Cloud) -> None:
    group = cloud.create("resources:ResourceGroup", "rg")
    assert not cloud.diff(group, location="eastus").deleteBeforeReplace


def test_two_spellings_of_a_location_are_the_same(grounds: Cloud) -> None:
    assert grounds.diff(grounds.network(), location="West Europe").changes == pb.DiffResponse.DIFF_NONE


def test_an_unknown_new_name_replaces(grounds: Cloud) -> None:
    assert list(grounds.diff(grounds.network(), virtualNetworkName=UNKNOWN).replaces) == ["virtualNetworkName"]


def test_a_list_is_compared_item_by_item(grounds: Cloud) -> None:
    network = grounds.network("vnet", "10.0.0.0/16", "10.1.0.0/16")
    diff = grounds.diff(network, addressSpace={"addressPrefixes": ["10.0.0.0/16", "10.2.0.0/16", "10.3.0.0/16"]})
    assert {path: found.kind for path, found in diff.detailedDiff.items()} == {
        "addressSpace.addressPrefixes[1]": pb.PropertyDiff.UPDATE,
        "addressSpace.addressPrefixes[2]": pb.PropertyDiff.ADD,
    }
    assert list(diff.diffs) == ["addressSpace"]


def test_geo_redundant_backup_is_an_update_that_arm_refuses(grounds: Cloud) -> None:
    """The provider marks only properties of the resource itself as replacing, not those of the objects in it."""
    server = grounds.server()
    changed = {"backup": {"geoRedundantBackup": "Enabled"}}
    assert not grounds.diff(server, **changed).replaces
    assert 'Code="InvalidParameterValue"' in grounds.update_refused(server, **changed)


# Create, Update, Read, Delete -----------------------------------------------------------------------------------------


def test_a_preview_knows_inputs_and_nothing_else(grounds: Cloud) -> None:
    checked = grounds.check("keyvault:Vault", "kv", grounds.vault_inputs("kv-preview"))
    response = grounds.ask(
        "Create", pb.CreateRequest(urn=urn_of("keyvault:Vault", "kv"), properties=checked.inputs, preview=True)
    )
    outputs = from_struct(response.properties)
    assert response.id == ""
    assert outputs["properties"]["tenantId"] == TENANT
    assert outputs["properties"]["vaultUri"] is UNKNOWN
    assert outputs["name"] is UNKNOWN
    assert grounds.provider.arm.read(f"/subscriptions/{SUBSCRIPTION}/resourceGroups/{GROUP}/providers/"
                                     "Microsoft.KeyVault/vaults/kv-preview") is None  # fmt: skip


def test_a_previewed_update_keeps_the_outputs_that_never_change(grounds: Cloud) -> None:
    network = grounds.network()
    response = grounds.ask(
        "Update",
        pb.UpdateRequest(
            urn=network.urn,
            id=network.id,
            olds=to_struct(network.outputs),
            news=to_struct({**network.inputs, "tags": {"a": "b"}}),
            preview=True,
        ),
    )
    outputs = from_struct(response.properties)
    assert (outputs["name"], outputs["location"]) == ("vnet", "westeurope")
    assert outputs["resourceGuid"] is UNKNOWN


def test_what_exists_is_not_created_again(grounds: Cloud) -> None:
    """The provider's words, by which an adoption after a lost reply knows the id."""
    network = grounds.network()
    told = grounds.refused(
        "network:VirtualNetwork",
        "other",
        resourceGroupName=GROUP,
        virtualNetworkName="VNET",
        addressSpace={"addressPrefixes": ["10.0.0.0/8"]},
    )
    assert told == f"cannot create already existing resource '{network.id}'"


def test_outputs_have_everything_that_the_sdk_promises(grounds: Cloud) -> None:
    """A program may use any output that the SDK types as always there at the top of a resource."""
    apps = grounds.network() and grounds.subnet("apps", "10.10.1.0/24", "Microsoft.App/environments")
    environment = grounds.environment(vnetConfiguration={"infrastructureSubnetId": apps.id, "internal": True})
    grounds.app(environment)
    grounds.vault()
    grounds.server()
    for live in grounds.made:
        shapes = load().resources[live.urn.split("::")[2].removeprefix("azure-native:")].outputs
        assert live.outputs.keys() <= {*shapes, "id"}
        for always in {"name", "type", "azureApiVersion", "provisioningState", "systemData"} & shapes.keys():
            assert always in live.outputs or live.outputs["type"].startswith("Microsoft.Network")


def test_a_read_says_when_a_resource_is_gone(grounds: Cloud) -> None:
    network = grounds.network()
    grounds.provider.arm.vanish(network.id)
    assert grounds.refresh(network).id == ""


def test_a_refresh_right_after_a_create_changes_no_input(grounds: Cloud) -> None:
    network = grounds.network()
    subnet = grounds.subnet("apps", "10.10.1.0/24", "Microsoft.App/environments")
    for live in (network, subnet, grounds.vault(), grounds.server()):
        assert from_struct(grounds.refresh(live).inputs) == live.inputs


def test_a_refresh_carries_what_another_person_changed_into_the_inputs(grounds: Cloud) -> None:
    vault = grounds.vault()
    grounds.provider.arm.change(
        vault.id, {"tags": {"Owner": "them"}, "properties": {"publicNetworkAccess": "Disabled"}}
    )
    inputs = from_struct(grounds.refresh(vault).inputs)
    assert inputs == {
        **vault.inputs,
        "tags": {"Owner": "them"},
        "properties": {**vault.inputs["properties"], "publicNetworkAccess": "Disabled"},
    }


def test_a_refresh_leaves_lists_alone_that_are_resources_of_their_own(grounds: Cloud) -> None:
    network = grounds.network()
    grounds.subnet("apps", "10.10.1.0/24")
    read = grounds.refresh(network)
    assert [child["name"] for child in from_struct(read.properties)["subnets"]] == ["apps"]
    assert "subnets" not in from_struct(read.inputs)


def test_an_import_gives_inputs_that_make_no_difference(grounds: Cloud) -> None:
    """What an import reads is what a program would write: the following diff is empty."""
    grounds.network()
    subnet = grounds.subnet("apps", "10.10.1.0/24")
    read = grounds.ask("Read", pb.ReadRequest(urn=subnet.urn, id=subnet.id))
    inputs = from_struct(read.inputs)
    assert inputs["subnetName"] == "apps"
    assert inputs["virtualNetworkName"] == "vnet"
    assert inputs["addressPrefix"] == "10.10.1.0/24"
    checked = grounds.check("network:Subnet", "apps", inputs)
    assert not reasons(checked)
    diff = grounds.ask(
        "Diff",
        pb.DiffRequest(urn=subnet.urn, id=subnet.id, olds=read.properties, old_inputs=read.inputs, news=checked.inputs),
    )
    assert not diff.replaces
    assert not any(found.inputDiff for found in diff.detailedDiff.values())


def test_an_import_by_an_id_of_another_type_is_refused(grounds: Cloud) -> None:
    network = grounds.network()
    with pytest.raises(grpc.RpcError) as refusal:
        grounds.ask("Read", pb.ReadRequest(urn=urn_of("network:Subnet", "apps"), id=network.id))
    assert "doesn't match path" in refusal.value.details()


def test_an_update_of_what_is_gone_makes_it_again(grounds: Cloud) -> None:
    """ARM's PUT is an upsert."""
    network = grounds.network()
    grounds.provider.arm.vanish(network.id)
    grounds.update(network, tags={"a": "b"})
    assert grounds.refresh(network).id == network.id


def test_a_second_delete_is_no_error(grounds: Cloud) -> None:
    network = grounds.network()
    grounds.delete(network)
    grounds.delete(network)


def test_values_that_azure_draws_stay_over_updates_and_differ_after_a_recreation(grounds: Cloud) -> None:
    identity = grounds.identity()
    first = identity.outputs["principalId"]
    assert grounds.update(identity, tags={"a": "b"}).outputs["principalId"] == first
    grounds.delete(identity)
    assert grounds.identity().outputs["principalId"] != first


def test_what_arm_never_returns_is_in_no_answer(grounds: Cloud) -> None:
    grounds.vault()
    secret = grounds.create(
        "keyvault:Secret",
        "s",
        resourceGroupName=GROUP,
        vaultName="kv-test",
        secretName="s",
        properties={"value": "hunter2"},
    )
    server = grounds.server(
        "psql-pw",
        authConfig={"passwordAuth": "Enabled"},
        administratorLogin="pgadmin",
        administratorLoginPassword="hunter2",
    )
    for live in (secret, server):
        read = grounds.refresh(live)
        assert "hunter2" not in str(live.outputs)
        assert "hunter2" not in str(from_struct(read.properties))


def test_app_secrets_are_not_returned(grounds: Cloud) -> None:
    environment = grounds.environment()
    app = grounds.app(
        environment,
        configuration={"secrets": [{"name": "k", "value": "hunter2"}]},
        template={"containers": [container(env=[{"name": "K", "secretRef": "k"}])]},
    )
    assert "hunter2" not in str(app.outputs)


# Configuration, functions, the wire -----------------------------------------------------------------------------------


def test_without_a_subscription_nothing_is_created(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ARM_SUBSCRIPTION_ID", raising=False)
    cloud = Cloud(AzureProvider(store), store, clock=None)  # type: ignore[arg-type]
    cloud.configure(location="westeurope")
    assert "set azure-native:subscriptionId" in cloud.refused("resources:ResourceGroup", "rg", resourceGroupName="rg")


def test_the_client_configuration_names_the_subscriptions_tenant(cloud: Cloud) -> None:
    response = cloud.ask("Invoke", pb.InvokeRequest(tok="azure-native:authorization:getClientConfig"))
    answer = from_struct(getattr(response, "return"))
    assert answer["subscriptionId"] == SUBSCRIPTION
    assert answer["tenantId"] == TENANT
    assert answer.keys() == {"clientId", "objectId", "subscriptionId", "tenantId"}


def test_the_client_token_is_the_one_that_arm_over_http_takes(cloud: Cloud) -> None:
    response = cloud.ask("Invoke", pb.InvokeRequest(tok="azure-native:authorization:getClientToken"))
    assert from_struct(getattr(response, "return")) == {"token": client_token(cloud.store)}


def test_a_function_that_is_not_modelled_is_an_error(cloud: Cloud) -> None:
    with pytest.raises(grpc.RpcError) as refusal:
        cloud.ask("Invoke", pb.InvokeRequest(tok="azure-native:storage:listStorageAccountKeys"))
    assert "does not model the function azure-native:storage:listStorageAccountKeys" in refusal.value.details()


def test_the_same_provider_answers_over_grpc(store: Store) -> None:
    provider = AzureProvider(store)
    with (
        serve({"azure-native": provider}) as ports,
        grpc.insecure_channel(f"127.0.0.1:{ports['azure-native']}") as wire,
    ):
        assert debug_providers(ports) == f"azure-native:{ports['azure-native']}"
        stub = ResourceProviderStub(wire)
        assert stub.GetPluginInfo(Empty()).version == load().version
        assert not stub.Handshake(pb.ProviderHandshakeRequest()).accept_secrets
        stub.Attach(pb.pulumi_dot_plugin__pb2.PluginAttach(address="127.0.0.1:1"))
        configured = stub.Configure(pb.ConfigureRequest(variables={"azure-native:config:subscriptionId": SUBSCRIPTION}))
        assert configured.supportsPreview
        urn = urn_of("resources:ResourceGroup", "rg")
        inputs = to_struct({"resourceGroupName": "rg", "location": "eastus"})
        created = stub.Create(pb.CreateRequest(urn=urn, properties=inputs))
        assert created.id == f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg"
        with pytest.raises(grpc.RpcError) as refusal:
            stub.Create(pb.CreateRequest(urn=urn, properties=inputs))
        assert refusal.value.code() is grpc.StatusCode.UNKNOWN
        assert refusal.value.details() == f"cannot create already existing resource '{created.id}'"
        stub.Delete(pb.DeleteRequest(urn=urn, id=created.id))
        stub.Cancel(Empty())


def test_stacks_of_one_store_see_each_other(store: Store, tmp_path: Path) -> None:
    """Two providers over one file are one cloud: what a global stack made, a regional one can refer to."""
    seen = Store(tmp_path / "azure.db")
    one, other = (Cloud(AzureProvider(found), found, clock=None) for found in (store, seen))  # type: ignore[arg-type]
    for cloud in (one, other):
        cloud.configure(subscriptionId=SUBSCRIPTION, location="westeurope")
    one.group()
    assert other.network().outputs["location"] == "westeurope"


def test_randomness_is_nowhere_in_the_clear(cloud: Cloud) -> None:
    """The bearer is no readable claim set: it is checked as a whole."""
    token = client_token(cloud.store)
    assert len(base64.b16decode(token.upper())) == 32
