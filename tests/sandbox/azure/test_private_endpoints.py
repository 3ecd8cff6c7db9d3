"""Endpoints connect to what takes them, owners decide, and names come and go with the connection."""

from collections.abc import Callable
from typing import Any

import grpc
import pytest
from pulumi.runtime.proto import resource_pb2

from sandbox.azure.bodies import at
from sandbox.azure.catalog.private_link import TARGETS
from sandbox.azure.model import Record
from sandbox.engine.model.values import from_struct, to_struct
from tests.sandbox.azure.cloud import GROUP, SUBSCRIPTION, Cloud, Live
from tests.sandbox.azure.test_container_registry import registry
from tests.sandbox.azure.test_event_hubs import namespace

ENDPOINT, ZONE_GROUP = "network:PrivateEndpoint", "network:PrivateDnsZoneGroup"
VAULT_ZONE = "privatelink.vaultcore.azure.net"
OTHER, FOREIGN_TENANT = "00000000-0000-4000-8000-00000000000a", "00000000-0000-4000-8000-00000000000b"
STORAGE = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/{GROUP}/providers/Microsoft.Storage/storageAccounts/st"


class Stage:
    """A network with a subnet for endpoints."""

    def __init__(self, cloud: Cloud, prefix: str = "10.10.4.0/24") -> None:
        self.cloud = cloud
        self.network = cloud.network()
        self.subnet = cloud.subnet("ways", prefix)

    def inputs(
        self, target: str, group: str, name: str = "pep", *, manual: bool = False, **more: Any
    ) -> dict[str, Any]:
        kind = "manualPrivateLinkServiceConnections" if manual else "privateLinkServiceConnections"
        return {
            "resourceGroupName": GROUP,
            "privateEndpointName": name,
            "subnet": {"id": self.subnet.id},
            kind: [{"name": "way", "privateLinkServiceId": target, "groupIds": [group]}],
            **more,
        }

    def way(self, target: Live, group: str, name: str = "pep", *, manual: bool = False, **more: Any) -> Live:
        return self.cloud.create(ENDPOINT, name, **self.inputs(target.id, group, name, manual=manual, **more))

    def refused(self, target: Live, group: str, **more: Any) -> str:
        return self.cloud.refused(ENDPOINT, "pep", **self.inputs(target.id, group, **more))

    def group_inputs(self, *zones: Live, name: str = "pep", group: str = "default") -> dict[str, Any]:
        return {
            "resourceGroupName": GROUP,
            "privateEndpointName": name,
            "privateDnsZoneGroupName": group,
            "privateDnsZoneConfigs": [
                {"name": f"zone-{index}", "privateDnsZoneId": zone.id} for index, zone in enumerate(zones)
            ],
        }

    def names(self, *zones: Live, name: str = "pep") -> Live:
        return self.cloud.create(ZONE_GROUP, f"{name}-names", **self.group_inputs(*zones, name=name))

    def state(self, endpoint: Live, kind: str = "privateLinkServiceConnections") -> str:
        found = self.cloud.provider.arm.read(endpoint.id)
        return at(found[kind][0], "privateLinkServiceConnectionState.status")

    def records(self, zone: Live) -> dict[str, list[str]]:
        found = self.cloud.provider.arm.children(zone.id, "privatedns:PrivateRecordSet")
        return {one["name"]: [item["ipv4Address"] for item in one["aRecords"]] for one in found}


@pytest.fixture
def stage(grounds: Cloud) -> Stage:
    return Stage(grounds)


def storage_account(cloud: Cloud) -> Live:
    """An account as it stands in the store; how one is made is of no concern here."""
    record = Record(
        token="storage:StorageAccount",  # noqa: S106 - the name of a type
        arm_id=STORAGE,
        parent=f"/subscriptions/{SUBSCRIPTION}/resourcegroups/{GROUP}",
        name="st",
        subscription=SUBSCRIPTION,
        location="westeurope",
        unique_key="",
        inputs={},
        outputs={},
        hidden={},
        created_at=cloud.clock.now,
        ready_at=cloud.clock.now,
    )
    with cloud.store.transaction() as tx:
        tx.put(record)
    return Live("", STORAGE, {}, {})


# What an endpoint connects to -----------------------------------------------------------------------------------------


def test_an_endpoint_gives_a_target_an_address_of_its_subnet(stage: Stage) -> None:
    """The first four addresses are Azure's; each endpoint has its own."""
    vault = stage.cloud.vault()
    one, two = stage.way(vault, "vault"), stage.way(vault, "vault", "pep-2")
    assert one.outputs["customDnsConfigs"] == [{"fqdn": "kv-test.vault.azure.net", "ipAddresses": ["10.10.4.4"]}]
    assert two.outputs["customDnsConfigs"][0]["ipAddresses"] == ["10.10.4.5"]
    assert one.outputs["networkInterfaces"][0]["id"].rpartition("/")[2].startswith("pep.nic.")
    stage.cloud.delete(one)
    assert stage.way(vault, "vault", "pep-3").outputs["customDnsConfigs"][0]["ipAddresses"] == ["10.10.4.4"]


def test_a_registry_takes_two_addresses(stage: Stage) -> None:
    """One for its own name, one for its data."""
    made = stage.way(registry(stage.cloud), "registry")
    assert made.outputs["customDnsConfigs"] == [
        {"fqdn": "acrtest.westeurope.data.azurecr.io", "ipAddresses": ["10.10.4.4"]},
        {"fqdn": "acrtest.azurecr.io", "ipAddresses": ["10.10.4.5"]},
    ]


@pytest.mark.parametrize("group", ["registry", "Vault ", "blob"])
def test_a_target_has_the_groups_of_its_type(stage: Stage, group: str) -> None:
    told = stage.refused(stage.cloud.vault(), group)
    assert 'Status=400 Code="BadRequest"' in told
    assert "Invalid groupId" in told
    assert "are vault" in told


def test_a_connection_has_one_group(stage: Stage) -> None:
    vault = stage.cloud.vault()
    connection = {"name": "way", "privateLinkServiceId": vault.id, "groupIds": ["vault", "blob"]}
    told = stage.refused(vault, "vault", privateLinkServiceConnections=[connection])
    assert 'Status=400 Code="OnlyOneGroupIdPermitted"' in told


def test_only_some_tiers_take_endpoints(stage: Stage) -> None:
    for target, group in (
        (registry(stage.cloud, tier="Standard"), "registry"),
        (namespace(stage.cloud, tier="Basic"), "namespace"),
    ):
        told = stage.refused(target, group)
        assert 'Status=400 Code="BadRequest"' in told
        assert "has no private endpoints" in told


def test_a_server_inside_a_network_and_an_open_environment_take_none(stage: Stage) -> None:
    """One has an address there already, the other would stay open."""
    stage.cloud.subnet("db", "10.10.2.0/24", "Microsoft.DBforPostgreSQL/flexibleServers")
    told = stage.refused(stage.cloud.environment(), "managedEnvironments")
    assert "public network access must be disabled first" in told
    shut = stage.cloud.environment("cae-shut", publicNetworkAccess="Disabled")
    stage.way(shut, "managedEnvironments")


@pytest.mark.parametrize(
    "more",
    [
        {"privateLinkServiceConnections": []},
        {"subnet": {}},
        {"manualPrivateLinkServiceConnections": [{"name": "b", "privateLinkServiceId": "x", "groupIds": ["vault"]}]},
    ],
)
def test_an_endpoint_has_one_connection_and_a_subnet(stage: Stage, more: dict[str, Any]) -> None:
    vault = stage.cloud.vault()
    for connection in more.get("manualPrivateLinkServiceConnections", []):
        connection["privateLinkServiceId"] = vault.id
    assert 'Status=400 Code="InvalidRequestFormat"' in stage.refused(vault, "vault", **more)


def test_an_endpoint_connects_to_what_is_there_and_takes_endpoints(stage: Stage) -> None:
    vault = stage.cloud.vault()
    stage.cloud.delete(vault)
    assert 'Code="InvalidResourceReference"' in stage.refused(vault, "vault")
    assert 'Code="InvalidResourceReference"' in stage.refused(stage.network, "vault")
    manual = stage.inputs(stage.network.id, "vault", manual=True)
    assert 'Code="InvalidResourceReference"' in stage.cloud.refused(ENDPOINT, "pep", **manual)


def test_an_endpoint_stands_in_a_subnet_of_its_region_that_is_not_delegated(stage: Stage) -> None:
    vault = stage.cloud.vault()
    assert 'Code="InvalidResourceReference"' in stage.refused(vault, "vault", location="northeurope")
    apps = stage.cloud.subnet("apps", "10.10.1.0/24", "Microsoft.App/environments")
    told = stage.refused(vault, "vault", subnet={"id": apps.id})
    assert 'Status=400 Code="PrivateEndpointCreationNotAllowedAsSubnetIsDelegated"' in told


def test_a_target_may_be_in_another_region(stage: Stage) -> None:
    """Endpoints to a global namespace stand in every regional network."""
    stage.way(namespace(stage.cloud, location="eastus"), "namespace")


def test_a_subnet_has_so_many_addresses(grounds: Cloud) -> None:
    """A /29 has three: a registry takes two, and there is no room for a second one."""
    stage = Stage(grounds, "10.10.4.0/29")
    target = registry(grounds)
    stage.way(target, "registry")
    told = stage.refused(target, "registry", privateEndpointName="pep-2")
    assert 'Status=400 Code="SubnetIsFull"' in told


def test_a_subnet_with_an_endpoint_is_not_deleted(stage: Stage) -> None:
    endpoint = stage.way(stage.cloud.vault(), "vault")
    assert 'Code="InUseSubnetCannotBeDeleted"' in stage.cloud.delete_refused(stage.subnet)
    stage.cloud.delete(endpoint)
    stage.cloud.delete(stage.subnet)


def test_an_endpoint_keeps_its_subnet_and_its_target(stage: Stage) -> None:
    vault, other = stage.cloud.vault(), stage.cloud.vault("kv-other")
    endpoint = stage.way(vault, "vault")
    elsewhere = stage.cloud.subnet("elsewhere", "10.10.5.0/24")
    told = stage.cloud.update_refused(endpoint, subnet={"id": elsewhere.id})
    assert 'Code="PrivateEndpointSubnetImmutable"' in told
    connection = {"name": "way", "privateLinkServiceId": other.id, "groupIds": ["vault"]}
    told = stage.cloud.update_refused(endpoint, privateLinkServiceConnections=[connection])
    assert 'Code="PrivateEndpointConnectionImmutable"' in told
    stage.cloud.update(endpoint, tags={"a": "b"})


@pytest.mark.parametrize(
    ("make", "group", "code"),
    [
        (storage_account, "blob", 'Status=409 Code="StorageAccountOperationInProgress"'),
        (lambda cloud: cloud.vault(), "vault", 'Status=429 Code="RetryableError"'),
    ],
)
def test_a_target_takes_one_endpoint_at_a_time(stage: Stage, make: Any, group: str, code: str) -> None:
    target = make(stage.cloud)
    with stage.cloud.store.transaction() as tx:
        now = stage.cloud.clock.now
        tx.begin_write({f"{target.id}/privateEndpointConnections": True}, now, now + 30)
    assert code in stage.refused(target, group)
    stage.cloud.clock.now += 31
    stage.way(target, group)


# Who approves ---------------------------------------------------------------------------------------------------------


def test_one_who_may_approve_has_approved(stage: Stage) -> None:
    """The target shows the connection, the endpoint its state."""
    target = namespace(stage.cloud)
    endpoint = stage.way(target, "namespace")
    assert stage.state(endpoint) == "Approved"
    connection = stage.cloud.provider.arm.read(target.id)["privateEndpointConnections"][0]
    assert connection["privateEndpoint"] == {"id": endpoint.id}
    assert connection["privateLinkServiceConnectionState"] == {"status": "Approved", "description": "Auto-Approved"}
    assert connection["id"].startswith(f"{target.id}/privateEndpointConnections/pep.")


def made_vault(cloud: Cloud) -> Live:
    return cloud.vault()


def made_storage(cloud: Cloud) -> Live:
    sku = {"name": "Standard_LRS"}
    inputs = {"resourceGroupName": GROUP, "accountName": "sttest", "kind": "StorageV2", "sku": sku}
    return cloud.create("storage:StorageAccount", "st", **inputs)


def made_redis(cloud: Cloud) -> Live:
    sku = {"name": "Balanced_B0"}
    inputs = {"resourceGroupName": GROUP, "clusterName": "redis-test", "sku": sku, "publicNetworkAccess": "Disabled"}
    return cloud.create("redisenterprise:RedisEnterprise", "redis", **inputs)


@pytest.mark.parametrize(
    ("make", "group", "path", "action"),
    [
        (made_vault, "vault", "properties.privateEndpointConnections", "actionsRequired"),
        (made_storage, "blob", "privateEndpointConnections", "actionRequired"),
        (made_redis, "redisEnterprise", "privateEndpointConnections", "actionsRequired"),
    ],
)
def test_each_target_shows_its_connections_in_its_own_words(
    stage: Stage, make: Callable[[Cloud], Live], group: str, path: str, action: str
) -> None:
    """A refresh finds them, and they are nobody's inputs."""
    target = make(stage.cloud)
    before = from_struct(stage.cloud.refresh(target).inputs)
    endpoint = stage.way(target, group)
    shown = at(stage.cloud.provider.arm.read(target.id), path)
    assert [one["privateEndpoint"]["id"] for one in shown] == [endpoint.id]
    assert shown[0]["privateLinkServiceConnectionState"][action] == "None"
    assert from_struct(stage.cloud.refresh(target).inputs) == before


def test_a_manual_connection_waits_until_the_owner_approves(stage: Stage) -> None:
    target = registry(stage.cloud)
    endpoint = stage.way(target, "registry", manual=True)
    kind = "manualPrivateLinkServiceConnections"
    assert stage.state(endpoint, kind) == "Pending"
    stage.cloud.store.set("endpoint-approval", target.id, "Approved")
    assert stage.state(endpoint, kind) == "Approved"


def test_an_owner_may_refuse_and_think_better_of_it(stage: Stage) -> None:
    """At any time, for both kinds of connection."""
    target = registry(stage.cloud)
    stage.cloud.store.set("endpoint-approval", target.id, "Rejected")
    endpoint = stage.way(target, "registry")
    assert endpoint.outputs["privateLinkServiceConnections"][0]["privateLinkServiceConnectionState"]["status"] == (
        "Rejected"
    )
    shown = stage.cloud.provider.arm.read(target.id)["privateEndpointConnections"][0]
    assert shown["privateLinkServiceConnectionState"]["status"] == "Rejected"
    stage.cloud.store.unset("endpoint-approval", target.id)
    assert stage.state(endpoint) == "Approved"


def test_an_owner_decides_of_each_endpoint(stage: Stage) -> None:
    """One is refused, its neighbour is not; what is said of all counts where nothing is said of one."""
    target = registry(stage.cloud)
    one, two = stage.way(target, "registry"), stage.way(target, "registry", "pep-2")
    stage.cloud.store.set("endpoint-approval", one.id, "Rejected")
    assert (stage.state(one), stage.state(two)) == ("Rejected", "Approved")
    stage.cloud.store.set("endpoint-approval", target.id, "Pending")
    assert (stage.state(one), stage.state(two)) == ("Rejected", "Pending")


def test_what_lies_in_another_tenant_is_asked_for_by_hand(stage: Stage) -> None:
    """The deploying identity has no say there."""
    vault = stage.cloud.vault()
    stage.cloud.store.add_subscription(SUBSCRIPTION, FOREIGN_TENANT)
    stage.cloud.store.add_subscription(OTHER, "99999999-8888-4777-8666-555555555555")
    stage.cloud.configure(subscriptionId=OTHER)
    stage.cloud.group()
    here = Stage(stage.cloud)
    told = here.refused(vault, "vault")
    assert 'Status=403 Code="LinkedAuthorizationFailed"' in told
    assert here.state(here.way(vault, "vault", manual=True), "manualPrivateLinkServiceConnections") == "Pending"


def test_a_target_that_is_gone_leaves_its_endpoints_disconnected_for_good(stage: Stage) -> None:
    """One made anew under the same name knows nothing of them."""
    target = namespace(stage.cloud)
    endpoint = stage.way(target, "namespace")
    stage.cloud.delete(target)
    assert stage.state(endpoint) == "Disconnected"
    stage.cloud.clock.now += 1
    again = namespace(stage.cloud)
    assert stage.state(endpoint) == "Disconnected"
    assert stage.cloud.provider.arm.read(again.id)["privateEndpointConnections"] == []
    stage.cloud.update(endpoint, tags={"a": "b"})
    assert stage.state(endpoint) == "Disconnected"
    stage.cloud.delete(endpoint)
    assert stage.state(stage.way(again, "namespace")) == "Approved"


def test_the_state_can_be_asked_for_by_the_programs_own_function(stage: Stage) -> None:
    """A program asks in every run, since its state is as old as the last write."""
    target = registry(stage.cloud)
    stage.way(target, "registry")
    stage.cloud.store.set("endpoint-approval", target.id, "Rejected")
    args = to_struct({"resourceGroupName": GROUP, "privateEndpointName": "pep"})
    request = resource_pb2.ResourceInvokeRequest(tok="azure-native:network:getPrivateEndpoint", args=args)
    answer = from_struct(getattr(stage.cloud.ask("Invoke", request), "return"))
    assert at(answer["privateLinkServiceConnections"][0], "privateLinkServiceConnectionState.status") == "Rejected"
    args.update({"privateEndpointName": "none"})
    with pytest.raises(grpc.RpcError) as refusal:
        stage.cloud.ask("Invoke", resource_pb2.ResourceInvokeRequest(tok=request.tok, args=args))
    assert 'Code="ResourceNotFound"' in refusal.value.details()


def test_a_refresh_of_a_namespace_takes_its_connections_for_inputs(stage: Stage) -> None:
    """The SDK has them as an input too: a program that does not ignore them would take them away with the next up."""
    target = namespace(stage.cloud)
    endpoint = stage.way(target, "namespace")
    seen = from_struct(stage.cloud.refresh(target).inputs)
    assert [one["privateEndpoint"]["id"] for one in seen["privateEndpointConnections"]] == [endpoint.id]
    registered = registry(stage.cloud)
    stage.way(registered, "registry", "pep-2")
    assert from_struct(stage.cloud.refresh(registered).inputs) == registered.inputs


# Names ----------------------------------------------------------------------------------------------------------------


def test_a_zone_group_writes_the_targets_name_into_the_zone(stage: Stage) -> None:
    stage.way(stage.cloud.vault(), "vault")
    zone = stage.cloud.zone(VAULT_ZONE)
    group = stage.names(zone)
    assert stage.records(zone) == {"kv-test": ["10.10.4.4"]}
    shown = group.outputs["privateDnsZoneConfigs"][0]["recordSets"][0]
    assert shown["fqdn"] == f"kv-test.{VAULT_ZONE}"
    assert (shown["recordType"], shown["ttl"], shown["ipAddresses"]) == ("A", 10, ["10.10.4.4"])
    record = stage.cloud.provider.arm.read(f"{zone.id}/A/kv-test")
    assert record["fqdn"] == f"kv-test.{VAULT_ZONE}."
    assert stage.cloud.provider.arm.read(zone.id)["numberOfRecordSets"] == 2


def test_a_registrys_group_writes_two_names(stage: Stage) -> None:
    stage.way(registry(stage.cloud), "registry")
    zone = stage.cloud.zone("privatelink.azurecr.io")
    stage.names(zone)
    assert stage.records(zone) == {"acrtest.westeurope.data": ["10.10.4.4"], "acrtest": ["10.10.4.5"]}


@pytest.mark.parametrize("what", ["group", "endpoint"])
def test_names_go_with_the_group_and_with_the_endpoint(stage: Stage, what: str) -> None:
    """A name that leads to an address which another endpoint has next is worse than none."""
    endpoint = stage.way(stage.cloud.vault(), "vault")
    zone = stage.cloud.zone(VAULT_ZONE)
    group = stage.names(zone)
    stage.cloud.delete(group if what == "group" else endpoint)
    assert stage.records(zone) == {}


def test_names_go_with_the_resource_group_of_the_endpoint(grounds: Cloud) -> None:
    """The zone may lie in another group and stay."""
    stage = Stage(grounds)
    zone = grounds.zone(VAULT_ZONE)
    vault = grounds.vault()
    elsewhere = grounds.group("rg-ways")
    inputs = {**stage.inputs(vault.id, "vault"), "resourceGroupName": "rg-ways"}
    grounds.create(ENDPOINT, "pep", **inputs)
    grounds.create(ZONE_GROUP, "names", **{**stage.group_inputs(zone), "resourceGroupName": "rg-ways"})
    assert stage.records(zone) == {"kv-test": ["10.10.4.4"]}
    grounds.delete(elsewhere)
    assert stage.records(zone) == {}


def test_a_group_that_changes_its_zone_takes_the_names_along(stage: Stage) -> None:
    stage.way(stage.cloud.vault(), "vault")
    here = stage.cloud.zone(VAULT_ZONE)
    stage.cloud.group("rg-dns")
    there = stage.cloud.create(
        "privatedns:PrivateZone",
        "there",
        resourceGroupName="rg-dns",
        privateZoneName=VAULT_ZONE,
        location="global",
    )
    group = stage.names(here)
    stage.cloud.update(group, privateDnsZoneConfigs=stage.group_inputs(there)["privateDnsZoneConfigs"])
    assert stage.records(here) == {}
    assert stage.records(there) == {"kv-test": ["10.10.4.4"]}


def test_a_shared_zone_has_room_for_one_endpoint_of_a_target(stage: Stage) -> None:
    """The second overwrites the first: every network needs a zone of its own."""
    vault, zone = stage.cloud.vault(), stage.cloud.zone(VAULT_ZONE)
    stage.way(vault, "vault")
    stage.names(zone)
    stage.way(vault, "vault", "pep-2")
    stage.names(zone, name="pep-2")
    assert stage.records(zone) == {"kv-test": ["10.10.4.5"]}


def test_a_zone_fits_the_group(stage: Stage) -> None:
    """Clients look the name up under the zone of its service."""
    stage.way(stage.cloud.vault(), "vault")
    zone = stage.cloud.zone("privatelink.azurecr.io")
    told = stage.cloud.refused(ZONE_GROUP, "g", **stage.group_inputs(zone))
    assert 'Status=400 Code="PrivateDnsZoneNotSupported"' in told
    assert f"its names lie in {VAULT_ZONE}" in told


def test_an_endpoint_has_one_zone_group(stage: Stage) -> None:
    stage.way(stage.cloud.vault(), "vault")
    zone = stage.cloud.zone(VAULT_ZONE)
    stage.names(zone)
    told = stage.cloud.refused(ZONE_GROUP, "g", **stage.group_inputs(zone, group="second"))
    assert 'Status=400 Code="MoreThanOnePrivateDnsZoneGroupPerPrivateEndpointNotAllowed"' in told


def test_a_zone_group_has_one_to_five_zones_with_names_of_their_own(stage: Stage) -> None:
    """A zone without a name is Azure's "Cannot parse the request"."""
    stage.way(stage.cloud.vault(), "vault")
    zone = stage.cloud.zone(VAULT_ZONE)
    good = stage.group_inputs(zone)["privateDnsZoneConfigs"][0]
    for configs in (
        [],
        [{"privateDnsZoneId": zone.id}],
        [good, good],
        [{**good, "name": f"zone-{index}"} for index in range(6)],
    ):
        inputs = {**stage.group_inputs(zone), "privateDnsZoneConfigs": configs}
        assert 'Status=400 Code="InvalidRequestFormat"' in stage.cloud.refused(ZONE_GROUP, "g", **inputs)


def test_a_zone_group_needs_its_endpoint_and_its_zone(stage: Stage) -> None:
    zone = stage.cloud.zone(VAULT_ZONE)
    assert 'Code="ParentResourceNotFound"' in stage.cloud.refused(ZONE_GROUP, "g", **stage.group_inputs(zone))
    stage.way(stage.cloud.vault(), "vault")
    stage.cloud.delete(zone)
    assert 'Code="InvalidResourceReference"' in stage.cloud.refused(ZONE_GROUP, "g", **stage.group_inputs(zone))


def test_names_of_a_connection_that_is_not_approved_are_not_modelled_and_say_so(stage: Stage) -> None:
    stage.way(stage.cloud.vault(), "vault", manual=True)
    zone = stage.cloud.zone(VAULT_ZONE)
    told = stage.cloud.refused(ZONE_GROUP, "g", **stage.group_inputs(zone))
    assert "for a connection that is Pending is not modelled" in told


# The table ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("token", "group", "zone", "records"),
    [
        ("storage:StorageAccount", "dfs", "privatelink.dfs.core.windows.net", ["name"]),
        ("keyvault:Vault", "vault", VAULT_ZONE, ["name"]),
        ("containerregistry:Registry", "registry", "privatelink.azurecr.io", ["name.eastus.data", "name"]),
        ("eventhub:Namespace", "namespace", "privatelink.servicebus.windows.net", ["name"]),
        ("redisenterprise:RedisEnterprise", "redisEnterprise", "privatelink.redis.azure.net", ["name.eastus"]),
        ("dbforpostgresql:Server", "postgresqlServer", "privatelink.postgres.database.azure.com", ["name"]),
        ("app:ManagedEnvironment", "managedEnvironments", "privatelink.eastus.azurecontainerapps.io", ["happy-1"]),
    ],
)
def test_each_part_has_its_zone_and_its_names(token: str, group: str, zone: str, records: list[str]) -> None:
    """As Azure's own page of zones has it."""
    target = Record(
        token=token,
        arm_id="/x",
        parent="",
        name="Name",
        subscription="",
        location="eastus",
        unique_key="",
        inputs={},
        outputs={"defaultDomain": "happy-1.eastus.azurecontainerapps.io"},
        hidden={},
        created_at=0.0,
        ready_at=0.0,
    )
    part = TARGETS[token].parts[group]
    assert part.zone_name(target) == zone
    assert list(part.records(target).values()) == records
