"""`/health` of a service in the sandbox: each part hangs on things that are there, started, and within reach."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from sandbox.azure import arm_ids
from sandbox.azure.app_health import parts_of
from sandbox.azure.model import Record
from sandbox.azure.store import Store

GROUP = "/subscriptions/6c1f8c1e-0000-4f0e-9d3c-0d5f6a7b8c9d/resourceGroups/rg"
NETWORK = f"{GROUP}/providers/Microsoft.Network"
VNET = f"{NETWORK}/virtualNetworks/vnet"
APPS = f"{GROUP}/providers/Microsoft.App"
SERVER = f"{GROUP}/providers/Microsoft.DBforPostgreSQL/flexibleServers/psql"
PRIVATE = f"{NETWORK}/privateDnsZones"
HUBS = f"{GROUP}/providers/Microsoft.EventHub/namespaces/hubs/eventhubs"
BLOBS = f"{GROUP}/providers/Microsoft.Storage/storageAccounts/store/blobServices/default/containers"
VAULT = f"{GROUP}/providers/Microsoft.KeyVault/vaults/kv"
CACHE = f"{GROUP}/providers/Microsoft.Cache/redisEnterprise/cache"
TOLD = {
    "POSTGRES_HOST": "psql.postgres.database.azure.com",
    "POSTGRES_DATABASES": "user_service",
    "REDIS_HOST": "cache.westeurope.redis.azure.net",
    "KAFKA_SENDS": "user-events=hubs.servicebus.windows.net:9093",
    "BLOB_ENDPOINT": "https://store.blob.core.windows.net/",
    "BLOB_CONTAINERS": "documents",
}
ZONES = {
    "privatelink.redis.azure.net": "cache.westeurope",
    "privatelink.servicebus.windows.net": "hubs",
    "privatelink.blob.core.windows.net": "store",
    "privatelink.vaultcore.azure.net": "kv",
}


def record(arm_id: str, token: str, inputs: dict[str, Any], outputs: dict[str, Any]) -> Record:
    return Record(
        token=token,
        arm_id=arm_id,
        parent=arm_ids.key(arm_ids.parent(arm_id)),
        name=arm_ids.name(arm_id),
        subscription="",
        location="westeurope",
        unique_key="",
        inputs=inputs,
        outputs=outputs,
        hidden={},
        created_at=0.0,
        ready_at=0.0,
    )


def world() -> Iterator[Record]:
    subnet = {"vnetConfiguration": {"infrastructureSubnetId": f"{VNET}/subnets/apps"}}
    yield record(VNET, "network:VirtualNetwork", {}, {})
    yield record(f"{VNET}/subnets/apps", "network:Subnet", {}, {})
    yield record(f"{VNET}/subnets/db", "network:Subnet", {}, {})
    yield record(f"{APPS}/managedEnvironments/cae", "app:ManagedEnvironment", subnet, {})
    for zone, name in {**ZONES, "private.postgres.database.azure.com": "psql"}.items():
        yield record(f"{PRIVATE}/{zone}", "privatedns:PrivateZone", {}, {})
        link = {"virtualNetwork": {"id": VNET}}
        yield record(f"{PRIVATE}/{zone}/virtualNetworkLinks/own", "privatedns:VirtualNetworkLink", link, {})
        yield record(f"{PRIVATE}/{zone}/A/{name}", "privatedns:PrivateRecordSet", {}, {})
    network = {
        "delegatedSubnetResourceId": f"{VNET}/subnets/db",
        "privateDnsZoneArmResourceId": f"{PRIVATE}/private.postgres.database.azure.com",
    }
    host = {"fullyQualifiedDomainName": TOLD["POSTGRES_HOST"]}
    yield record(SERVER, "dbforpostgresql:Server", {"network": network}, host)
    yield record(f"{SERVER}/databases/user_service", "dbforpostgresql:Database", {}, {})
    yield record(CACHE, "redisenterprise:RedisEnterprise", {}, {"hostName": TOLD["REDIS_HOST"]})
    yield record(f"{HUBS}/user-events", "eventhub:EventHub", {}, {})
    yield record(f"{BLOBS}/documents", "storage:BlobContainer", {}, {})
    yield record(f"{VAULT}/secrets/listen", "keyvault:Secret", {}, {})


def app(**changes: str) -> Record:
    told = {**TOLD, **changes}
    variables = [{"name": name, "value": value} for name, value in told.items() if value]
    inputs = {
        "template": {"containers": [{"env": variables}]},
        "configuration": {"secrets": [{"name": "listen", "keyVaultUrl": "https://kv.vault.azure.net/secrets/listen"}]},
    }
    outputs = {"environmentId": f"{APPS}/managedEnvironments/cae"}
    return record(f"{APPS}/containerApps/user", "app:ContainerApp", inputs, outputs)


Look = Callable[..., dict[str, str]]


@pytest.fixture
def look(tmp_path: Path) -> Iterator[Look]:
    """The flaws by part, without the things of `gone`."""
    store = Store(tmp_path / "azure.db")

    def ask(gone: str = "", asked: Record | None = None, state: str = "Ready") -> dict[str, str]:
        with store.transaction() as transaction:
            for it in world():
                if it.arm_id == gone:
                    transaction.remove(it.arm_id)
                else:
                    transaction.put(it)
        parts = store.read(lambda transaction: parts_of(asked or app(), transaction, lambda _: state))
        return {part.name: part.flaw for part in parts}

    yield ask
    store.close()


def test_all_five_parts_answer_one_by_one(look: Look) -> None:
    assert look() == dict.fromkeys(("database", "cache", "hubs", "storage", "vault"), "")


def test_a_part_that_a_service_is_not_told_of_is_none_of_its_health(look: Look) -> None:
    told = dict.fromkeys(TOLD, "")
    assert list(look(asked=app(**told))) == ["vault"]
    assert list(look(asked=app(**{**told, "REDIS_HOST": TOLD["REDIS_HOST"]}))) == ["cache", "vault"]


@pytest.mark.parametrize(
    ("gone", "part", "said"),
    [
        (f"{SERVER}/databases/user_service", "database", "database user_service is gone"),
        (SERVER, "database", "no PostgreSQL server has that name"),
        (CACHE, "cache", "no cache has the name"),
        (
            f"{PRIVATE}/privatelink.redis.azure.net/A/cache.westeurope",
            "cache",
            "does not resolve to a private endpoint",
        ),
        (f"{HUBS}/user-events", "hubs", "hub user-events of hubs.servicebus.windows.net is gone"),
        (f"{PRIVATE}/privatelink.servicebus.windows.net/virtualNetworkLinks/own", "hubs", "does not resolve"),
        (f"{BLOBS}/documents", "storage", "container documents is gone"),
        (f"{PRIVATE}/privatelink.blob.core.windows.net", "storage", "does not resolve"),
        (f"{VAULT}/secrets/listen", "vault", "secret listen of kv.vault.azure.net is gone"),
        (f"{PRIVATE}/privatelink.vaultcore.azure.net/A/kv", "vault", "does not resolve"),
    ],
)
def test_what_is_gone_or_out_of_reach_makes_its_part_ill_and_no_other(
    look: Look, gone: str, part: str, said: str
) -> None:
    flaws = {name: flaw for name, flaw in look(gone).items() if flaw}
    assert list(flaws) == [part]
    assert said in flaws[part]


def test_a_server_that_is_stopped_is_ill(look: Look) -> None:
    assert look(state="Stopped")["database"] == "server psql is Stopped"
